//! Addresses: healing what a person pasted, and building the URL of a call from ids.
//!
//! Ids are the person's or the server's own text. Each becomes exactly one path segment, whatever is
//! in it; the two ids that no URL can carry (`.` and `..`) and the empty one, which would turn a call
//! on one thing into a call on all of them, are refused before anything is sent. `client` calls this.

use crate::error::{HindsightError, Result};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::{Host, Url};

/// Everything but the unreserved characters of RFC 3986 is encoded in a segment.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Endings that people copy from the browser or from a snippet. Longer ones first where they overlap.
const COPIED_ENDINGS: &[&str] = &[
    "/openapi.json",
    "/health/live",
    "/health/ready",
    "/health",
    "/version",
    "/metrics",
    "/docs",
    "/redoc",
    "/mcp",
];

/// Makes a base URL of what a person entered: trims it, adds a scheme (`http` for this machine and
/// private networks, `https` else), and takes off a query, a fragment, `/docs`, `/v1/default…` and slashes.
///
/// # Errors
/// `Address`, when nothing usable is left, the scheme is not HTTP, or a password stands in the URL.
pub(crate) fn heal(text: &str, server: &str) -> Result<Url> {
    let refuse = |why: String| HindsightError::Address { server: server.to_owned(), why };
    let text = text.trim().trim_matches(['"', '\'', '<', '>']).trim();
    if text.is_empty() {
        return Err(refuse("it is empty".to_owned()));
    }
    let mut url = match text.contains("://") {
        true => Url::parse(text),
        false => Url::parse(&format!("https://{text}")),
    }
    .map_err(|error| refuse(error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(refuse(format!("`{}` is not `http` or `https`", url.scheme())));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refuse("a name or password stands in it; enter the key in its own field".to_owned()));
    }
    let Some(host) = url.host() else {
        return Err(refuse("it names no host".to_owned()));
    };
    if !text.contains("://") && is_near(&host) && url.set_scheme("http").is_err() {
        return Err(refuse("its scheme cannot be set".to_owned()));
    }
    url.set_query(None);
    url.set_fragment(None);
    let path = heal_path(url.path()).to_owned();
    url.set_path(&path);
    Ok(url)
}

fn heal_path(path: &str) -> &str {
    let mut path = path.trim_end_matches('/');
    if let Some(at) = path.find("/v1/default") {
        path = &path[..at];
    }
    path = path.strip_suffix("/v1").unwrap_or(path);
    for ending in COPIED_ENDINGS {
        if let Some(rest) = path.strip_suffix(ending) {
            path = rest;
            break;
        }
    }
    path.trim_end_matches('/')
}

/// Whether a host is this machine or on a private network, where HTTPS is the exception.
fn is_near(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => !name.contains('.') || name.ends_with(".local") || name.ends_with(".localhost"),
        Host::Ipv4(ip) => ip.is_loopback() || ip.is_private() || ip.is_link_local() || ip.is_unspecified(),
        Host::Ipv6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

/// Whether a URL points to this machine. Such requests never go through a proxy.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

/// A path under the base URL, built from words of the API and from ids.
#[derive(Clone, Debug)]
pub(crate) struct Path(String);

impl Path {
    /// A path that is all words of the API, with its leading slash.
    pub(crate) fn of(words: &str) -> Self {
        Self(words.to_owned())
    }

    /// The path of a bank.
    ///
    /// # Errors
    /// `UnusableId` for ids that cannot be a segment.
    pub(crate) fn bank(bank: &rearview_domain::BankId) -> Result<Self> {
        Self::of("/v1/default/banks").id("bank id", bank.as_str())
    }

    /// Adds words of the API, with their leading slash.
    pub(crate) fn word(mut self, words: &str) -> Self {
        self.0.push_str(words);
        self
    }

    /// Adds an id as one segment.
    ///
    /// # Errors
    /// `UnusableId` for the empty id, `.` and `..`: URL parsers fold the last two even when encoded.
    pub(crate) fn id(mut self, what: &'static str, id: &str) -> Result<Self> {
        if matches!(id, "" | "." | "..") {
            return Err(HindsightError::UnusableId { what, id: id.to_owned() });
        }
        self.0.push('/');
        self.0.extend(utf8_percent_encode(id, SEGMENT));
        Ok(self)
    }

    /// The whole URL under a base.
    pub(crate) fn under(&self, base: &Url) -> Url {
        let mut url = base.clone();
        let path = format!("{}{}", base.path().trim_end_matches('/'), self.0);
        url.set_path(&path);
        url
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn healed(text: &str) -> String {
        heal(text, "s").unwrap().to_string()
    }

    #[test]
    fn what_people_paste_becomes_the_address_of_the_server() {
        for (pasted, base) in [
            ("  http://localhost:8888/ ", "http://localhost:8888/"),
            ("localhost:8888", "http://localhost:8888/"),
            ("127.0.0.1:8888/docs", "http://127.0.0.1:8888/"),
            ("192.168.1.20:8888", "http://192.168.1.20:8888/"),
            ("[::1]:8888", "http://[::1]:8888/"),
            ("nas.local", "http://nas.local/"),
            ("api.hindsight.vectorize.io", "https://api.hindsight.vectorize.io/"),
            ("http://a.example/docs#/Banks", "http://a.example/"),
            ("https://a.example/memory/v1/default/banks/ana?x=1", "https://a.example/memory"),
            ("https://a.example/v1/", "https://a.example/"),
            ("\"https://a.example/health\"", "https://a.example/"),
            ("HTTPS://A.Example//", "https://a.example/"),
        ] {
            assert_eq!(healed(pasted), base, "{pasted}");
        }
    }

    #[test]
    fn an_address_with_a_password_is_refused_without_repeating_it() {
        let error = heal("https://ana:hush@a.example", "Team").unwrap_err().to_string();
        assert!(error.contains("Team") && !error.contains("hush"), "{error}");
    }

    #[test]
    fn addresses_that_are_none_are_refused() {
        for text in ["", "   ", "ftp://a.example", "http://", "file:///etc/passwd", "http://a b"] {
            assert!(matches!(heal(text, "s"), Err(HindsightError::Address { .. })), "{text:?}");
        }
    }

    #[test]
    fn only_this_machine_counts_as_loopback() {
        for (url, expected) in [
            ("http://localhost:1", true),
            ("http://127.0.0.9", true),
            ("http://[::1]", true),
            ("http://10.0.0.1", false),
            ("http://localhost.example", false),
        ] {
            assert_eq!(is_loopback(&Url::parse(url).unwrap()), expected, "{url}");
        }
    }

    #[test]
    fn an_id_that_would_address_something_else_is_refused() {
        for id in ["", ".", ".."] {
            assert!(Path::of("/v1/default/banks").id("bank id", id).is_err(), "{id:?}");
        }
    }

    proptest! {
        #[test]
        fn any_other_id_is_one_segment_that_decodes_to_itself(id in "\\PC{1,40}|[./?#% ]{3,8}") {
            prop_assume!(!matches!(id.as_str(), "." | ".."));
            let base = Url::parse("http://h/base").unwrap();
            let url = Path::of("/v1").id("document id", &id).unwrap().word("/tail").under(&base);
            let segments: Vec<_> = url.path_segments().unwrap().collect();
            prop_assert_eq!(segments.len(), 4, "{}", url);
            let decoded = percent_encoding::percent_decode_str(segments[2]).decode_utf8().unwrap();
            prop_assert_eq!(decoded.as_ref(), id.as_str());
            prop_assert!(url.query().is_none() && url.fragment().is_none());
        }
    }
}
