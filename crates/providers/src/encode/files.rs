//! Files that are text, read out of their base64, for wires that take text and no such file.
//!
//! The encoders in `wire` call it. Nothing is read from a disk here.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Media types beside `text/…` whose files are text.
const TEXTS: [&str; 6] = [
    "application/json",
    "application/xml",
    "application/yaml",
    "application/x-yaml",
    "application/toml",
    "application/javascript",
];

/// The text of a file; `None` when its type is no text or its bytes are no UTF-8.
pub(crate) fn text(media_type: &str, base64: &str) -> Option<String> {
    let name = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if !name.starts_with("text/") && !TEXTS.contains(&name.as_str()) {
        return None;
    }
    String::from_utf8(STANDARD.decode(base64).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_text_is_read_as_text() {
        assert_eq!(text("text/plain", "SGkg8J+YgA=="), Some("Hi 😀".to_owned()));
        assert_eq!(text("Application/JSON; charset=utf-8", "e30="), Some("{}".to_owned()));
        assert_eq!(text("application/pdf", "SGk="), None);
        assert_eq!(text("text/plain", "//79"), None, "no UTF-8");
        assert_eq!(text("text/plain", "?"), None, "no base64");
    }
}
