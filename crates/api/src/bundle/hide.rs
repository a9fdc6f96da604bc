//! What never goes into a bundle: keys, whatever they stand in, header values that are not known to be harmless, user
//! names and keys in addresses, and where things lie on this computer.

use rearview_domain::record::Step;
use serde_json::Value;

/// What stands for what was taken out.
pub const MASK: &str = "•••";
/// Shorter ones would be found in every second word.
const SHORTEST_SECRET: usize = 6;
/// Headers whose values say nothing of anybody.
const HARMLESS: [&str; 9] = [
    "accept",
    "accept-encoding",
    "anthropic-beta",
    "anthropic-version",
    "content-length",
    "content-type",
    "host",
    "openai-beta",
    "user-agent",
];
/// Names in the query of an address whose values say nothing of anybody.
const HARMLESS_QUERY: [&str; 3] = ["alt", "api-version", "beta"];

/// What is to be taken out of every text.
#[derive(Clone, Debug, Default)]
pub struct Hidden {
    /// Keys, tokens and credentials, the longest first.
    secrets: Vec<String>,
    /// Folders of this computer and what stands for them, the longest first.
    folders: Vec<(String, &'static str)>,
}

impl Hidden {
    /// Notes a key. Credentials that are JSON are noted whole and value by value, other ones also line by line.
    pub fn secret(&mut self, secret: &str) {
        self.add(secret);
        match serde_json::from_str::<Value>(secret) {
            Ok(value) if value.is_object() => self.leaves(&value),
            _ => secret
                .split(|c: char| c.is_whitespace() || c == '=' || c == ':')
                .for_each(|one| self.add(one)),
        }
    }

    /// Notes what an address hides: user name, password, and the values of its query.
    pub fn address(&mut self, address: &str) {
        let Ok(url) = url::Url::parse(address) else { return };
        self.add(url.username());
        self.add(url.password().unwrap_or_default());
        for (name, value) in url.query_pairs() {
            if !HARMLESS_QUERY.contains(&&*name.to_lowercase()) {
                self.add(&value);
            }
        }
    }

    /// Notes a folder of this computer.
    pub fn folder(&mut self, folder: &str, stand_in: &'static str) {
        if folder.len() > 3 {
            self.folders.push((folder.to_owned(), stand_in));
            self.folders.sort_by_key(|(folder, _)| std::cmp::Reverse(folder.len()));
        }
    }

    fn add(&mut self, secret: &str) {
        let secret = secret.trim();
        if secret.chars().count() < SHORTEST_SECRET {
            return;
        }
        // As it stands, as it stands in JSON, and as it stands in an address.
        let in_json = serde_json::to_string(secret).unwrap_or_default();
        let in_url: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        for spelling in [secret, in_json.trim_matches('"'), &in_url] {
            if !self.secrets.iter().any(|known| known == spelling) {
                self.secrets.push(spelling.to_owned());
            }
        }
        self.secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    }

    fn leaves(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.add(text),
            Value::Array(all) => all.iter().for_each(|one| self.leaves(one)),
            Value::Object(all) => all.values().for_each(|one| self.leaves(one)),
            _ => {}
        }
    }

    /// Takes keys out of a text; `None` when there is none in it.
    pub fn without_keys(&self, text: &str) -> Option<String> {
        let mut cleaned: Option<String> = None;
        for secret in &self.secrets {
            let now = cleaned.as_deref().unwrap_or(text);
            if now.contains(secret.as_str()) {
                cleaned = Some(now.replace(secret.as_str(), MASK));
            }
        }
        cleaned
    }

    /// Takes keys and folders out of every text of a value, names of its fields included.
    pub fn clean(&self, value: &mut Value) {
        match value {
            Value::String(text) => self.clean_text(text),
            Value::Array(all) => all.iter_mut().for_each(|one| self.clean(one)),
            Value::Object(all) => {
                let fields = std::mem::take(all);
                for (mut name, mut one) in fields {
                    self.clean_text(&mut name);
                    self.clean(&mut one);
                    all.insert(name, one);
                }
            }
            _ => {}
        }
    }

    fn clean_text(&self, text: &mut String) {
        if let Some(cleaned) = self.without_keys(text) {
            *text = cleaned;
        }
        for (folder, stand_in) in &self.folders {
            if text.contains(folder.as_str()) {
                *text = text.replace(folder.as_str(), stand_in);
            }
        }
    }
}

/// Masks what the head of a request tells beside its purpose.
pub fn mask(step: &mut Step) {
    step.url = masked_address(&step.url);
    for (name, value) in &mut step.headers {
        if !HARMLESS.contains(&name.to_lowercase().as_str()) {
            MASK.clone_into(value);
        }
    }
}

/// An address without user name, password and the values of its query.
fn masked_address(address: &str) -> String {
    let Ok(mut url) = url::Url::parse(address) else { return MASK.to_owned() };
    // Addresses that cannot have a user name refuse to lose it.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_fragment(None);
    let pairs: Vec<String> = url
        .query_pairs()
        .map(|(name, value)| {
            let harmless = HARMLESS_QUERY.contains(&&*name.to_lowercase());
            format!("{name}={}", if harmless { &*value } else { MASK })
        })
        .collect();
    url.set_query(None);
    if pairs.is_empty() { url.to_string() } else { format!("{url}?{}", pairs.join("&")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn addresses_and_headers_keep_only_what_is_harmless() {
        assert_eq!(
            masked_address("https://ana:pw@host.example:8443/v1/chat?key=abc&api-version=2026-01-01#frag"),
            "https://host.example:8443/v1/chat?key=•••&api-version=2026-01-01"
        );
        assert_eq!(masked_address("no address"), MASK);
        assert_eq!(masked_address("http://127.0.0.1:1/v1"), "http://127.0.0.1:1/v1");
    }

    #[test]
    fn keys_are_found_in_every_spelling_and_wherever_they_stand() {
        let mut hidden = Hidden::default();
        hidden.secret("sk-\"quoted\"+key");
        hidden.secret(r#"{"accessKeyId":"AKIA1234567","secretAccessKey":"wJalr/XUtn","region":"eu"}"#);
        hidden.address("https://ana.long:passw0rd@h.example/?token=query-token&alt=json-format");
        hidden.folder("/home/ana", "~");
        for told in [
            "sk-\"quoted\"+key",
            r#"sk-\"quoted\"+key"#,
            "sk-%22quoted%22%2Bkey",
            "AKIA1234567",
            "wJalr/XUtn",
            "ana.long",
            "passw0rd",
            "query-token",
        ] {
            assert_eq!(hidden.without_keys(&format!("a {told} b")).as_deref(), Some("a ••• b"), "{told}");
        }
        assert_eq!(hidden.without_keys("json-format eu"), None);
        let mut value = json!({"AKIA1234567": ["x passw0rd", 1], "path": "/home/ana/x"});
        hidden.clean(&mut value);
        assert_eq!(value, json!({"•••": ["x •••", 1], "path": "~/x"}));
    }
}
