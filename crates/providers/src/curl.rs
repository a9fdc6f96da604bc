//! A recorded request as a command line, without the key.
//!
//! Works on what the record keeps, so a turn of last month can be copied too.

use crate::auth::MASK;
use rearview_domain::ProviderId;
use url::Url;

/// The command that sends `body` again. A masked header gets the key from a variable named after the
/// provider (`openai` gives `$OPENAI_API_KEY`); a request that AWS wants signed is signed by curl, with the
/// keys of AWS's own variables. Nothing else in it is expanded by a shell.
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
    let signed = headers.iter().any(|(name, value)| name == SIGNED_AT && value.contains(MASK));
    if signed {
        command = format!("{SIGNING_CURL}\n{command} \\\n  {}", signature(url));
    }
    for (name, value) in headers {
        let header = match (value.contains(MASK), name.as_str()) {
            (true, SIGNED_AT | "authorization") if signed => continue,
            // curl signs an empty header and does not send it, so without a token there must be none. Two
            // words, because zsh does not split what it expands.
            (true, "x-amz-security-token") => {
                command += " \\\n  ${AWS_SESSION_TOKEN:+-H}";
                command += &format!(" ${{AWS_SESSION_TOKEN:+\"{name}: $AWS_SESSION_TOKEN\"}}");
                continue;
            }
            (true, "authorization") => format!("\"{name}: Bearer ${}\"", variable(provider_id)),
            (true, _) => format!("\"{name}: ${}\"", variable(provider_id)),
            (false, _) => quoted(&format!("{name}: {value}")),
        };
        command += &format!(" \\\n  -H {header}");
    }
    command + &format!(" \\\n  --data-raw {}", quoted(&String::from_utf8_lossy(body)))
}

/// The header that only signed requests have.
const SIGNED_AT: &str = "x-amz-date";

/// Older versions of curl sign an address with a percent sign in it wrongly, and nearly every model's id has
/// a colon. Measured: 7.88 does.
const SIGNING_CURL: &str = "# Signed by curl itself. Old versions of it sign ids with a colon wrongly.";

/// What makes curl sign, for the region in the host's name, else for the one that the shell knows.
fn signature(url: &str) -> String {
    let host = Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
    let mut labels = host.split('.').skip_while(|label| !label.starts_with("bedrock"));
    let region = labels.nth(1).filter(|_| host.contains(".amazonaws.com"));
    let good = |region: &&str| region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let region = region.filter(good).unwrap_or("$AWS_REGION");
    format!("--aws-sigv4 \"aws:amz:{region}:bedrock\" --user \"$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY\"")
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

    fn signed(url: &str, header: Option<&str>, token: &str) -> Vec<String> {
        let mut headers = vec![
            ("content-type".to_owned(), "application/json".to_owned()),
            ("authorization".to_owned(), MASK.to_owned()),
            ("x-amz-date".to_owned(), MASK.to_owned()),
        ];
        headers.extend(header.map(|masked| ("x-amz-security-token".to_owned(), masked.to_owned())));
        let command = as_curl("POST", url, &headers, b"{}", &"bedrock".into());
        let script = format!("curl() {{ printf '%s\\n' \"$@\"; }}\n{command}");
        let variables = [
            ("AWS_ACCESS_KEY_ID", "id"),
            ("AWS_SECRET_ACCESS_KEY", "secret $x"),
            ("AWS_SESSION_TOKEN", token),
            ("AWS_REGION", "eu-west-9"),
        ];
        let output = Command::new("sh").args(["-c", &script]).envs(variables).output().unwrap();
        String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_signed_request_is_signed_by_curl_with_the_variables_of_aws() {
        let url = "https://bedrock-runtime.us-gov-west-1.amazonaws.com/model/a%3A0/converse-stream";
        let args = signed(url, Some("••• when the profile has one"), "tok en/+=");
        assert_eq!(
            args[3..],
            [
                url,
                "--aws-sigv4",
                "aws:amz:us-gov-west-1:bedrock",
                "--user",
                "id:secret $x",
                "-H",
                "content-type: application/json",
                "-H",
                "x-amz-security-token: tok en/+=",
                "--data-raw",
                "{}"
            ]
        );
        let args = signed("http://127.0.0.1:8080/model/a/converse", None, "unused");
        assert_eq!(args[5], "aws:amz:eu-west-9:bedrock");
        assert!(!args.iter().any(|arg| arg.contains("security-token") || arg.contains("authorization")));
        let args = signed(
            "https://vpce-1.bedrock-runtime.eu-west-1.vpce.amazonaws.com/model/a/converse",
            Some(MASK),
            "",
        );
        assert!(!args.iter().any(|arg| arg.contains("security-token") || arg.is_empty()));
        assert_eq!(args[5], "aws:amz:eu-west-1:bedrock");
    }

    #[test]
    fn the_demo_has_no_command() {
        assert!(as_curl("POST", "demo:local", &[], b"{}", &"demo".into()).starts_with('#'));
    }
}
