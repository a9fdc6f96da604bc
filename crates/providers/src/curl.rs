//! A recorded request as a command line, without the key.
//!
//! Works on what the record keeps, so a turn of last month can be copied too.

use crate::auth::MASK;
use rearview_domain::ProviderId;

/// The command that sends `body` again. A masked header gets the key from a variable named after the
/// provider (`openai` gives `$OPENAI_API_KEY`); nothing else in it is expanded by a shell.
pub fn as_curl(
    method: &str,
    url: &str,
    headers: &[(String, String)],
    body: &[u8],
    provider_id: &ProviderId,
) -> String {
    if !url.starts_with("http") {
        return "# The Demo sends no request.".to_owned();
    }
    let mut command = format!("curl --no-buffer -X {method} {}", quoted(url));
    for (name, value) in headers {
        let header = if value.contains(MASK) {
            let scheme = if name == "authorization" { "Bearer " } else { "" };
            format!("\"{name}: {scheme}${}\"", variable(provider_id))
        } else {
            quoted(&format!("{name}: {value}"))
        };
        command += &format!(" \\\n  -H {header}");
    }
    command + &format!(" \\\n  --data-raw {}", quoted(&String::from_utf8_lossy(body)))
}

/// `lm-studio-2` as `LM_STUDIO_2_API_KEY`.
fn variable(provider_id: &ProviderId) -> String {
    let name: String = provider_id
        .as_str()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' })
        .collect();
    // A variable cannot begin with a digit.
    let lead = if name.starts_with(|c: char| c.is_ascii_digit()) { "_" } else { "" };
    format!("{lead}{name}_API_KEY")
}

/// Single-quoted for a POSIX shell: nothing inside is special but the quote itself.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn a_shell_reads_the_body_back_to_the_byte_and_expands_only_the_key() {
        let body = r#"{"text":"it's $HOME `id` \"x\" \\ 😀 !!"}"#;
        let headers = [
            ("content-type".to_owned(), "application/json".to_owned()),
            ("authorization".to_owned(), MASK.to_owned()),
        ];
        let command =
            as_curl("POST", "https://api.example/v1?a='b", &headers, body.as_bytes(), &"open-ai".into());
        let script = format!("curl() {{ printf '%s\\n' \"$@\"; }}\n{command}");
        let output = Command::new("sh").args(["-c", &script]).env("OPEN_AI_API_KEY", "k").output().unwrap();
        let args = String::from_utf8(output.stdout).unwrap();
        let args: Vec<&str> = args.lines().collect();
        assert_eq!(args[3], "https://api.example/v1?a='b");
        assert_eq!(args[7], "authorization: Bearer k");
        assert_eq!(args[9], body);
    }

    #[test]
    fn the_demo_has_no_command() {
        assert!(as_curl("POST", "demo:local", &[], b"{}", &"demo".into()).starts_with('#'));
    }
}
