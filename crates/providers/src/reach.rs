//! How far a stored key may travel: to the address it was entered for, and below it. Nothing is searched
//! for inside an address; scheme, host and port are compared whole, paths segment by segment.
//!
//! The driver asks before every request; `api` asks before it hands out a kept key for a changed address.

use crate::error::{ErrorKind, ProviderError};
use crate::target::{Platform, Target, WireKind};
use percent_encoding::percent_decode_str;
use url::Url;

/// How often a path is decoded before it counts as an attempt to hide something.
const DECODINGS: usize = 4;

/// The parsed address of a request, when a key for the target may go there.
///
/// # Errors
/// `Invalid` when it is no address, or one outside of what the person entered.
pub(crate) fn checked(url: &str, target: &Target) -> Result<Url, ProviderError> {
    let invalid = |detail: &str| ProviderError::new(ErrorKind::Invalid, &target.provider_name).detail(detail);
    let url = Url::parse(url).map_err(|_| invalid("its address is no web address"))?;
    let base = Url::parse(&target.base_url).map_err(|_| invalid("its address is no web address"))?;
    let near = url.origin() == base.origin() || is_control_plane(&target.platform, &base, &url);
    let within = match target.platform {
        Platform::Plain => below(&root(&base, target.wire), &url),
        // These build their paths from the root of the host, whatever path was copied with it.
        Platform::Azure { .. } | Platform::Vertex { .. } | Platform::Bedrock { .. } => true,
    };
    if near && within && is_plain(&url) {
        Ok(url)
    } else {
        Err(invalid("the request was made for another address than the provider's"))
    }
}

/// Whether a key that was entered for one address of a provider may be used for another. True when the new
/// address is the old one or below it. A key of AWS stays when only the region of its host changes, and one
/// of Google likewise: the same vendor answers at both. Any other host, port or scheme, another platform
/// and a path beside the old one need the key again.
pub fn key_stays(from: (&str, WireKind, &Platform), to: (&str, WireKind, &Platform)) -> bool {
    let (Ok(old), Ok(new)) = (Url::parse(from.0), Url::parse(to.0)) else { return false };
    if !is_plain(&old) || !is_plain(&new) {
        return false;
    }
    let same_origin = old.origin() == new.origin();
    match (from.2, to.2) {
        (Platform::Plain, Platform::Plain) => {
            same_origin && below(&root(&old, from.1), &root_url(&new, to.1))
        }
        // A key and an Entra token are two kinds of credential.
        (Platform::Azure { entra: old, .. }, Platform::Azure { entra: new, .. }) => same_origin && old == new,
        (Platform::Vertex { .. }, Platform::Vertex { .. }) => {
            same_origin || (vertex_location(&old).is_some() && vertex_location(&new).is_some())
        }
        (Platform::Bedrock { .. }, Platform::Bedrock { .. }) => same_origin || same_partition(&old, &new),
        _ => false,
    }
}

/// The region and the domain of `https://bedrock-runtime.{region}.amazonaws.com`; `None` for any other
/// address. The partition in China has a domain, and keys, of its own.
pub(crate) fn bedrock_region(url: &Url) -> Option<(&str, &'static str)> {
    let place = vendor_host(url)?.strip_prefix("bedrock-runtime.")?;
    let of = |domain: &'static str| place.strip_suffix(domain).map(|region| (region, domain));
    [".amazonaws.com", ".amazonaws.com.cn"].into_iter().find_map(of).filter(|(region, _)| is_label(region))
}

/// The location of `https://{location}-aiplatform.googleapis.com`, `global` for the host without one;
/// `None` for any other address.
pub(crate) fn vertex_location(url: &Url) -> Option<&str> {
    match vendor_host(url)?.strip_suffix("aiplatform.googleapis.com")? {
        "" => Some("global"),
        location => location.strip_suffix('-').filter(|it| is_label(it)),
    }
}

/// The host of an address that a vendor itself could have: `https` on its own port.
fn vendor_host(url: &Url) -> Option<&str> {
    (url.scheme() == "https" && url.port().is_none()).then(|| url.host_str()).flatten()
}

fn is_label(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// Bedrock lists its models on `bedrock.{region}.amazonaws.com`, beside the host that answers.
fn is_control_plane(platform: &Platform, base: &Url, url: &Url) -> bool {
    let Platform::Bedrock { .. } = platform else { return false };
    let control = |(region, domain)| format!("bedrock.{region}{domain}");
    bedrock_region(base).map(control).is_some_and(|host| vendor_host(url) == Some(host.as_str()))
}

fn same_partition(old: &Url, new: &Url) -> bool {
    match (bedrock_region(old), bedrock_region(new)) {
        (Some((_, old)), Some((_, new))) => old == new,
        _ => false,
    }
}

/// What everything must lie below. On some wires a base is written with the beginning of their paths at its
/// end or without; see `address`.
fn root(base: &Url, wire: WireKind) -> String {
    let path = base.path().trim_end_matches('/');
    let endings: &[&str] = match wire {
        WireKind::AnthropicMessages => &["/v1"],
        WireKind::CohereChat | WireKind::OllamaChat => &["/v1", "/v2", "/api"],
        _ => &[],
    };
    endings.iter().find_map(|ending| path.strip_suffix(ending)).unwrap_or(path).to_owned()
}

fn root_url(base: &Url, wire: WireKind) -> Url {
    let mut url = base.clone();
    url.set_path(&root(base, wire));
    url
}

/// Whether the path of an address is `root` or goes on behind it with a new segment.
fn below(root: &str, url: &Url) -> bool {
    url.path().strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether an address has a host, names no person, and hides no step upwards in its path. The parser
/// resolves `..` and `%2e%2e`; what a server behind a proxy may resolve later is looked for here.
fn is_plain(url: &Url) -> bool {
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return false;
    }
    if !url.username().is_empty() || url.password().is_some() {
        return false;
    }
    let mut path = url.path().to_owned();
    for _ in 0..DECODINGS {
        if path.split(['/', '\\']).any(|segment| segment == "..") {
            return false;
        }
        let Ok(decoded) = percent_decode_str(&path).decode_utf8() else { return false };
        if decoded == path {
            return true;
        }
        path = decoded.into_owned();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reaches(base: &str, url: &str) -> bool {
        checked(url, &Target::plain(WireKind::OpenaiChat, base, "m")).is_ok()
    }

    fn stays(from: &str, to: &str) -> bool {
        let plain = |url| (url, WireKind::OpenaiChat, &Platform::Plain);
        key_stays(plain(from), plain(to))
    }

    #[test]
    fn a_request_goes_to_the_registered_address_or_below_it() {
        let base = "https://api.example.com/v1";
        for url in
            ["https://api.example.com/v1/chat/completions", "https://API.example.com:443/v1/models?limit=1"]
        {
            assert!(reaches(base, url), "{url}");
        }
        for url in [
            "https://evil.example/v1/models",
            "https://api.example.com.evil.example/v1/models",
            "https://evil-api.example.com/v1/models",
            "https://api.example.com@evil.example/v1/models",
            "https://key@api.example.com/v1/models",
            "https://evil.example/https://api.example.com/v1/models",
            "https://evil.example/?u=https://api.example.com/v1",
            "https://evil.example/#https://api.example.com/v1",
            "https://evil.example\\@api.example.com/v1/models",
            "https://api.example.com:8443/v1/models",
            "http://api.example.com/v1/models",
            "https://api.example.com./v1/models",
            "https://api.example.com/v10/models",
            "https://api.example.com/v1evil",
            "https://api.example.com/",
            "https://api.example.com/v1/../admin",
            "https://api.example.com/v1/%2e%2e/admin",
            "https://api.example.com/v1/..%2fadmin",
            "https://api.example.com/v1/..%5cadmin",
            "https://api.example.com/v1/%252e%252e%252fadmin",
            "https://api.example.com/v1/%ff/models",
            "ftp://api.example.com/v1/models",
            "file:///v1/models",
            "/v1/models",
        ] {
            assert!(!reaches(base, url), "{url}");
        }
    }

    #[test]
    fn a_query_of_the_base_is_no_part_of_the_prefix() {
        assert!(reaches("https://gate.example/v1?team=a", "https://gate.example/v1/models?team=a"));
        assert!(!reaches("https://gate.example/v1?team=a", "https://gate.example/?team=a/v1/models"));
    }

    #[test]
    fn an_anthropic_base_reaches_its_messages_with_v1_and_without() {
        for base in
            ["https://api.anthropic.com", "https://api.anthropic.com/v1", "https://api.z.ai/api/anthropic"]
        {
            let target = Target::plain(WireKind::AnthropicMessages, base, "claude");
            let url = crate::address::address(&target, crate::address::Ask::Models).unwrap();
            assert!(checked(&url, &target).is_ok(), "{url}");
        }
        let target =
            Target::plain(WireKind::AnthropicMessages, "https://api.z.ai/api/anthropic/v1", "claude");
        assert!(checked("https://api.z.ai/api/paas/v4/models", &target).is_err());
    }

    #[test]
    fn names_of_models_with_slashes_and_colons_reach_their_provider() {
        let mut target =
            Target::plain(WireKind::BedrockConverse, "https://bedrock-runtime.us-east-1.amazonaws.com", "");
        target.platform = Platform::Bedrock { region: "us-east-1".into(), profile: None };
        for model in ["anthropic.claude-3:0", "arn:aws:bedrock:us-east-1:1:inference-profile/us.a"] {
            target.model = model.into();
            let url = crate::address::address(&target, crate::address::Ask::Answer { plain: false }).unwrap();
            assert!(checked(&url, &target).is_ok(), "{url}");
        }
        assert!(checked("https://bedrock.us-east-1.amazonaws.com/foundation-models", &target).is_ok());
        for url in [
            "https://bedrock.eu-west-1.amazonaws.com/foundation-models",
            "https://bedrock.us-east-1.amazonaws.com.evil.example/foundation-models",
            "https://s3.us-east-1.amazonaws.com/x",
        ] {
            assert!(checked(url, &target).is_err(), "{url}");
        }
    }

    #[test]
    fn china_lists_its_models_in_its_own_domain() {
        let base = "https://bedrock-runtime.cn-north-1.amazonaws.com.cn";
        let mut target = Target::plain(WireKind::BedrockConverse, base, "");
        target.platform = Platform::Bedrock { region: "cn-north-1".into(), profile: None };
        assert!(checked("https://bedrock.cn-north-1.amazonaws.com.cn/foundation-models", &target).is_ok());
        assert!(checked("https://bedrock.cn-north-1.amazonaws.com/foundation-models", &target).is_err());
    }

    #[test]
    fn a_platform_builds_its_paths_from_the_root_of_its_host() {
        let mut target = Target::plain(WireKind::OpenaiChat, "https://r.openai.azure.com/openai/v1", "d");
        target.platform = Platform::Azure { api_version: Some("2024-10-21".into()), entra: false };
        let url = crate::address::address(&target, crate::address::Ask::Answer { plain: false }).unwrap();
        assert!(checked(&url, &target).is_ok(), "{url}");
        assert!(checked("https://other.openai.azure.com/openai/v1/models", &target).is_err());
    }

    #[test]
    fn a_kept_key_stays_with_the_address_it_was_entered_for() {
        assert!(stays("https://a.example/v1", "https://a.example/v1"));
        assert!(stays("https://a.example", "https://a.example/v1"));
        for other in [
            "https://a.example/v2",
            "https://a.example",
            "https://a.example.evil/v1",
            "https://evil.example/v1",
            "http://a.example/v1",
            "https://a.example:444/v1",
            "https://me@a.example/v1",
            "",
        ] {
            assert!(!stays("https://a.example/v1", other), "{other}");
        }
        assert!(!stays("https://gate.example/team-a/v1", "https://gate.example/team-b/v1"));
    }

    #[test]
    fn an_anthropic_key_stays_whether_v1_is_written_or_not() {
        let claude = |url| (url, WireKind::AnthropicMessages, &Platform::Plain);
        assert!(key_stays(claude("https://api.anthropic.com/v1"), claude("https://api.anthropic.com")));
        assert!(key_stays(claude("https://api.anthropic.com"), claude("https://api.anthropic.com/v1")));
    }

    #[test]
    fn keys_of_aws_and_google_stay_when_only_the_region_changes() {
        let aws = Platform::Bedrock { region: "us-east-1".into(), profile: None };
        let stays = |platform: &Platform, from, to| {
            let at = |url| (url, WireKind::BedrockConverse, platform);
            key_stays(at(from), at(to))
        };
        let virginia = "https://bedrock-runtime.us-east-1.amazonaws.com";
        assert!(stays(&aws, virginia, "https://bedrock-runtime.eu-central-1.amazonaws.com"));
        for evil in [
            "https://bedrock-runtime.eu-central-1.amazonaws.com.evil.example",
            "https://bedrock-runtime.evil.example/x.amazonaws.com",
            "https://bedrock-runtime.x.evil.amazonaws.com",
            "http://bedrock-runtime.eu-central-1.amazonaws.com",
            "https://bedrock-runtime.eu-central-1.amazonaws.com:8443",
            "https://bedrock-runtime.cn-north-1.amazonaws.com.cn",
            "https://bucket.s3.amazonaws.com",
            "https://proxy.example",
        ] {
            assert!(!stays(&aws, virginia, evil), "{evil}");
        }
        let google = Platform::Vertex { project: "p".into(), location: "global".into() };
        let global = "https://aiplatform.googleapis.com";
        assert!(stays(&google, global, "https://europe-west4-aiplatform.googleapis.com"));
        for evil in [
            "https://evil.aiplatform.googleapis.com.evil.example",
            "https://a.b-aiplatform.googleapis.com",
            "https://evilaiplatform.googleapis.com",
            "https://storage.googleapis.com",
        ] {
            assert!(!stays(&google, global, evil), "{evil}");
        }
    }

    #[test]
    fn a_key_does_not_become_another_platforms() {
        let stays = |from: &Platform, to: &Platform| {
            let at = |platform| ("https://r.openai.azure.com", WireKind::OpenaiChat, platform);
            key_stays(at(from), at(to))
        };
        let azure = |entra| Platform::Azure { api_version: None, entra };
        assert!(stays(&azure(false), &azure(false)));
        assert!(!stays(&azure(false), &azure(true)));
        assert!(!stays(&Platform::Plain, &azure(false)));
    }
}
