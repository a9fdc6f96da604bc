//! Behind what a document has: texts meet at one line end, JSON lists become one list.

use serde::de::IgnoredAny;

/// The old text with the new one behind it. The old text's bytes stay as they are, so that its chunks do.
pub(super) fn append(old: &str, new: &str) -> String {
    if old.is_empty() {
        return new.to_owned();
    }
    match (inside_of_list(old), inside_of_list(new)) {
        (Some(first), Some(second)) => match (first.trim().is_empty(), second.trim().is_empty()) {
            (_, true) => old.to_owned(),
            (true, _) => new.to_owned(),
            _ => format!("[{}, {}]", first.trim_end(), second.trim_start()),
        },
        _ => format!("{old}\n{new}"),
    }
}

/// What stands between the brackets of a JSON list.
fn inside_of_list(text: &str) -> Option<&str> {
    let inside = text.trim().strip_prefix('[')?.strip_suffix(']')?;
    serde_json::from_str::<Vec<IgnoredAny>>(text).ok().map(|_| inside)
}

#[cfg(test)]
mod tests {
    use super::append;

    #[test]
    fn texts_meet_at_one_line_end() {
        assert_eq!(append("USER: a", "USER: b"), "USER: a\nUSER: b");
        assert_eq!(append("", "b"), "b");
    }

    #[test]
    fn lists_become_one_list() {
        assert_eq!(append(r#"[{"a": 1}]"#, r#"[{"b": 2}, 3]"#), r#"[{"a": 1}, {"b": 2}, 3]"#);
        assert_eq!(append("[]", "[1]"), "[1]");
        assert_eq!(append("[1]", "[ ]"), "[1]");
    }

    #[test]
    fn a_list_and_a_text_stay_apart() {
        assert_eq!(append("[1]", "[not json]"), "[1]\n[not json]");
    }
}
