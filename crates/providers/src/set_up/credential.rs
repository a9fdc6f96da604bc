//! What is kept as the key of a provider: a key as it was pasted, or the few fields of one that a platform
//! needs, as one JSON text. Called by `api` before a key goes into the keychain.
//!
//! Nothing in here ever tells what was entered: errors name fields, never values.

use crate::set_up::FieldError;
use crate::target::Platform;
use secrecy::SecretString;
use serde_json::{Map, Value};
use url::Url;

/// Where a Google service account changes its assertion for a token when its file does not say
/// (Google's OAuth documentation for server to server applications).
const TOKEN_URI: &str = "https://oauth2.googleapis.com/token";

const AWS: &str =
    "Enter a Bedrock API key, or JSON with access_key_id, secret_access_key and perhaps session_token.";
const GOOGLE: &str = "Paste the whole JSON file of a service account, or leave the key empty to use the application \
                      default credentials of this computer.";
const PLAIN: &str = "Copy the key again from the provider's console.";

/// The secret as it is kept.
///
/// # Errors
/// When it cannot be a secret of this platform; never with what was entered.
pub fn credential(platform: &Platform, entered: &str) -> Result<SecretString, FieldError> {
    let entered = entered.trim();
    match platform {
        Platform::Bedrock { .. } if entered.starts_with('{') => aws(entered),
        Platform::Bedrock { .. } => match entered {
            // An access key's id alone proves nothing, and is often pasted by itself.
            id if id.len() == 20 && (id.starts_with("AKIA") || id.starts_with("ASIA")) => {
                Err(wrong("This is the id of an access key; its secret is missing.", AWS))
            }
            key => one_word(key, AWS),
        },
        Platform::Vertex { .. } => google(entered),
        Platform::Azure { entra: true, .. } => {
            one_word(entered.strip_prefix("Bearer ").unwrap_or(entered).trim(), PLAIN)
        }
        Platform::Azure { entra: false, .. } => one_word(entered, PLAIN),
        // A gateway of one's own may want anything; the driver refuses what no header can carry.
        Platform::Plain => Ok(SecretString::from(entered)),
    }
}

fn one_word(text: &str, hint: &'static str) -> Result<SecretString, FieldError> {
    if text.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(SecretString::from(text))
    } else {
        Err(wrong("The key holds a character that no key can have.", hint))
    }
}

/// Accepts the names of `aws configure export-credentials` and of `aws sts` as well as ours.
fn aws(text: &str) -> Result<SecretString, FieldError> {
    let object = object(text, AWS)?;
    let fields = match object.get("Credentials") {
        Some(Value::Object(inner)) => inner,
        _ => &object,
    };
    let find = |names: [&str; 3]| names.iter().find_map(|name| word(fields, name));
    let id = find(["access_key_id", "AccessKeyId", "AWS_ACCESS_KEY_ID"]);
    let id = id.ok_or_else(|| wrong("The JSON has no access_key_id.", AWS))?;
    let secret = find(["secret_access_key", "SecretAccessKey", "AWS_SECRET_ACCESS_KEY"]);
    let secret = secret.ok_or_else(|| wrong("The JSON has no secret_access_key.", AWS))?;
    let mut kept = Map::new();
    kept.insert("access_key_id".into(), id.into());
    kept.insert("secret_access_key".into(), secret.into());
    if let Some(token) = find(["session_token", "SessionToken", "AWS_SESSION_TOKEN"]) {
        kept.insert("session_token".into(), token.into());
    }
    Ok(SecretString::from(Value::Object(kept).to_string()))
}

/// Keeps only the fields that make tokens: the whole file is longer than some keychains take.
fn google(text: &str) -> Result<SecretString, FieldError> {
    let fields = object(text, GOOGLE)?;
    match word(&fields, "type") {
        Some("service_account") | None => {}
        Some("authorized_user") => {
            return Err(wrong("This is a person's own credential, not a service account's.", GOOGLE));
        }
        Some(_) => return Err(wrong("This JSON is no service account.", GOOGLE)),
    }
    for name in ["client_email", "private_key"] {
        if word(&fields, name).is_none() {
            return Err(wrong(&format!("The JSON has no {name}."), GOOGLE));
        }
    }
    if !word(&fields, "private_key").is_some_and(|key| key.trim_start().starts_with("-----BEGIN ")) {
        return Err(wrong("The private_key is not in PEM form.", GOOGLE));
    }
    // A signed assertion goes there: another host could use it.
    let token_uri = word(&fields, "token_uri").unwrap_or(TOKEN_URI);
    if !is_google(token_uri) {
        return Err(wrong("The token_uri is not Google's.", GOOGLE));
    }
    let mut kept = Map::new();
    kept.insert("type".into(), "service_account".into());
    for name in ["project_id", "private_key_id", "private_key", "client_email"] {
        if let Some(value) = word(&fields, name) {
            kept.insert(name.into(), value.into());
        }
    }
    kept.insert("token_uri".into(), token_uri.into());
    Ok(SecretString::from(Value::Object(kept).to_string()))
}

fn is_google(uri: &str) -> bool {
    let Ok(url) = Url::parse(uri) else { return false };
    let host = url.host_str().unwrap_or_default();
    url.scheme() == "https"
        && url.port().is_none()
        && url.username().is_empty()
        && (host == "accounts.google.com" || host == "googleapis.com" || host.ends_with(".googleapis.com"))
}

fn object(text: &str, hint: &'static str) -> Result<Map<String, Value>, FieldError> {
    // The parser's own error tells a position only, but its words may grow; ours are fixed.
    serde_json::from_str(text).map_err(|_| wrong("This is no JSON object.", hint))
}

fn word<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    fields.get(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty())
}

fn wrong(message: &str, hint: &'static str) -> FieldError {
    FieldError { field: "key", message: message.to_owned(), hint }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret as _;
    use serde_json::json;

    const PEM: &str = "-----BEGIN PRIVATE KEY-----\ncanary-pem\n-----END PRIVATE KEY-----\n";

    fn kept(platform: &Platform, entered: &str) -> String {
        credential(platform, entered).unwrap().expose_secret().to_owned()
    }

    fn bedrock() -> Platform {
        Platform::Bedrock { region: "us-east-1".into(), profile: None }
    }

    fn vertex() -> Platform {
        Platform::Vertex { project: "p".into(), location: "global".into() }
    }

    fn account() -> Value {
        json!({
            "type": "service_account", "project_id": "p", "private_key_id": "id", "private_key": PEM,
            "client_email": "a@p.iam.gserviceaccount.com", "client_id": "1",
            "auth_uri": "https://accounts.google.com/o/oauth2/auth", "token_uri": TOKEN_URI,
            "auth_provider_x509_cert_url": "https://www.googleapis.com/oauth2/v1/certs",
            "client_x509_cert_url": "https://www.googleapis.com/robot/v1/metadata/x509/a", "universe_domain": "googleapis.com"
        })
    }

    #[test]
    fn an_access_key_of_aws_is_read_in_every_form_that_its_tools_print() {
        let ours = json!({"access_key_id": "AKIA1", "secret_access_key": "s", "session_token": "t"});
        for form in [
            ours.clone(),
            json!({"Version": 1, "AccessKeyId": "AKIA1", "SecretAccessKey": " s ", "SessionToken": "t"}),
            json!({"Credentials": {"AccessKeyId": "AKIA1", "SecretAccessKey": "s", "SessionToken": "t"}}),
            json!({"AWS_ACCESS_KEY_ID": "AKIA1", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t"}),
        ] {
            let kept: Value = serde_json::from_str(&kept(&bedrock(), &form.to_string())).unwrap();
            assert_eq!(kept, ours, "{form}");
        }
        let without =
            kept(&bedrock(), r#"{"access_key_id":"AKIA1","secret_access_key":"s","session_token":""}"#);
        assert!(!without.contains("session_token"));
        assert_eq!(kept(&bedrock(), " ABSKkey \n"), "ABSKkey");
    }

    #[test]
    fn a_service_account_is_kept_with_what_makes_tokens_only() {
        let kept: Value = serde_json::from_str(&kept(&vertex(), &account().to_string())).unwrap();
        let mut names: Vec<&str> = kept.as_object().unwrap().keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(
            names,
            ["client_email", "private_key", "private_key_id", "project_id", "token_uri", "type"]
        );
        assert!(kept["private_key"].as_str().unwrap().starts_with("-----BEGIN"));
    }

    #[test]
    fn a_service_account_does_not_send_its_assertion_elsewhere() {
        for uri in [
            "https://evil.example/token",
            "http://oauth2.googleapis.com/token",
            "https://oauth2.googleapis.com.evil.example/token",
            "https://evilgoogleapis.com/token",
            "https://oauth2.googleapis.com@evil.example/",
            "https://oauth2.googleapis.com:8443/token",
        ] {
            let mut account = account();
            account["token_uri"] = json!(uri);
            let error = credential(&vertex(), &account.to_string()).unwrap_err();
            assert!(error.message.contains("token_uri"), "{uri}: {error}");
        }
    }

    #[test]
    fn what_cannot_be_used_is_named_and_never_repeated() {
        let mut no_key = account();
        no_key["private_key"] = json!("canary-pem without its frame");
        let mut no_email = account();
        no_email.as_object_mut().unwrap().remove("client_email");
        let cases = [
            (vertex(), no_key.to_string(), "PEM"),
            (vertex(), no_email.to_string(), "client_email"),
            (vertex(), json!({"type": "authorized_user", "refresh_token": "canary"}).to_string(), "person"),
            (vertex(), json!({"type": "canary-kind"}).to_string(), "service account"),
            (vertex(), "canary-api-key".into(), "JSON"),
            (vertex(), r#"{"private_key": "canary"#.into(), "JSON"),
            (bedrock(), r#"{"access_key_id": "canary"}"#.into(), "secret_access_key"),
            (bedrock(), r#"{"secret_access_key": "canary"}"#.into(), "access_key_id"),
            (bedrock(), "AKIAIOSFODNN7CANARYX".into(), "secret is missing"),
            (bedrock(), "canary canary".into(), "character"),
            (Platform::Azure { api_version: None, entra: false }, "canary\ncanary".into(), "character"),
        ];
        for (platform, entered, expected) in cases {
            let error = credential(&platform, &entered).unwrap_err();
            assert!(error.message.contains(expected), "{expected}: {error}");
            assert!(!format!("{error:?}").to_lowercase().contains("canary"), "{error:?}");
        }
    }

    #[test]
    fn an_entra_token_is_kept_without_the_word_before_it() {
        let entra = Platform::Azure { api_version: None, entra: true };
        assert_eq!(kept(&entra, " Bearer eyJ.a.b "), "eyJ.a.b");
    }
}
