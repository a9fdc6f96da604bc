//! The fields of a platform, checked, and the base address that follows from them. Called by `api` before a
//! provider is kept or checked. What the secret of a platform looks like is in `credential.rs`.

use crate::reach::{bedrock_region, vertex_location};
use crate::set_up::{Healed, heal_base_url, is_local};
use crate::target::{Platform, WireKind};
use url::Url;

/// A field that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FieldError {
    /// The field, as the wire names it.
    pub field: &'static str,
    /// One sentence: what is wrong.
    pub message: String,
    /// What it should look like.
    pub hint: &'static str,
}

const REGION: &str = "A region reads like us-east-1.";
const PROFILE: &str = "A profile is a name in ~/.aws/config, e.g. default.";
const PROJECT: &str =
    "A project id reads like my-project-123; the console shows it beside the project's name.";
const LOCATION: &str = "A location reads like us-central1, or global.";
const VERSION: &str =
    "A version reads like 2024-10-21 or 2025-04-01-preview; leave it empty for the v1 addresses.";
const RESOURCE: &str = "The address of a resource reads like https://my-resource.openai.azure.com.";

/// The base address of a provider: healed, or made from the platform's fields when it is empty or still the
/// catalogue's pattern. An address of the vendor's own follows a changed region or location.
///
/// # Errors
/// When a field of the platform is not what its vendor takes. A base that is no address comes back as it is.
pub fn settle_base_url(platform: &Platform, base_url: &str, wire: WireKind) -> Result<Healed, FieldError> {
    let given = base_url.trim();
    let given = if given.contains('{') { "" } else { given };
    match platform {
        // The pattern of a catalogue row stays, so that the error can show what has to be filled in.
        Platform::Plain => Ok(heal_base_url(base_url, wire)),
        Platform::Azure { api_version, .. } => azure(given, api_version.as_deref()),
        Platform::Vertex { project, location } => vertex(given, project, location),
        Platform::Bedrock { region, profile } => bedrock(given, region, profile.as_deref()),
    }
}

fn bedrock(given: &str, region: &str, profile: Option<&str>) -> Result<Healed, FieldError> {
    if !is_region(region) {
        return Err(wrong("region", region, REGION));
    }
    if let Some(profile) =
        profile.filter(|it| it.is_empty() || it.len() > 128 || it.chars().any(char::is_control))
    {
        return Err(wrong("profile", profile, PROFILE));
    }
    // China is a partition of its own (AWS General Reference, service endpoints).
    let tail = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    Ok(follow(given, format!("https://bedrock-runtime.{region}.{tail}"), WireKind::BedrockConverse, |url| {
        bedrock_region(url).is_some()
    }))
}

fn vertex(given: &str, project: &str, location: &str) -> Result<Healed, FieldError> {
    let of_project = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.' | ':');
    if project.is_empty() || project.len() > 64 || !project.chars().all(of_project) {
        return Err(wrong("project", project, PROJECT));
    }
    if !is_location(location) {
        return Err(wrong("location", location, LOCATION));
    }
    let host = match location {
        "global" => "aiplatform.googleapis.com".to_owned(),
        location => format!("{location}-aiplatform.googleapis.com"),
    };
    Ok(follow(given, format!("https://{host}"), WireKind::Gemini, |url| vertex_location(url).is_some()))
}

fn azure(given: &str, api_version: Option<&str>) -> Result<Healed, FieldError> {
    if let Some(version) = api_version.filter(|version| !is_version(version)) {
        return Err(wrong("apiVersion", version, VERSION));
    }
    let mut changes = Vec::new();
    let with_scheme = if given.contains("://") || given.is_empty() {
        given.to_owned()
    } else {
        changes.push("Added `https://`.".to_owned());
        format!("https://{given}")
    };
    let mut url = Url::parse(&with_scheme).map_err(|_| wrong("baseUrl", given, RESOURCE))?;
    let host = url.host_str().unwrap_or_default().to_owned();
    // A key must not cross the network in the clear; a gateway on this computer is no network.
    if host.is_empty() || !(url.scheme() == "https" || url.scheme() == "http" && is_local(&host)) {
        return Err(wrong("baseUrl", given, RESOURCE));
    }
    if !url.username().is_empty() || url.password().is_some() {
        // Both setters refuse only addresses without a host, which have no user either.
        let removed = url.set_username("").and_then(|()| url.set_password(None));
        if removed.is_ok() {
            changes.push("Removed the name and password; a key belongs into its own field.".to_owned());
        }
    }
    if url.query().is_some() || url.fragment().is_some() {
        url.set_query(None);
        url.set_fragment(None);
        changes.push("Removed what stood behind the path; the API version has its own field.".to_owned());
    }
    if let Some(at) = url.path().find("/openai/deployments/") {
        let path = url.path()[..at].to_owned();
        url.set_path(&path);
        changes.push("Removed the deployment; it is chosen as the model.".to_owned());
    }
    Ok(Healed { url: String::from(url).trim_end_matches('/').to_owned(), changes })
}

/// `made` in place of nothing, and of an address of the vendor's own that the fields disagree with.
fn follow(given: &str, made: String, wire: WireKind, is_vendors: impl Fn(&Url) -> bool) -> Healed {
    if given.is_empty() {
        return Healed { url: made, changes: Vec::new() };
    }
    let mut healed = heal_base_url(given, wire);
    if healed.url != made && Url::parse(&healed.url).is_ok_and(|url| is_vendors(&url)) {
        healed.changes.push(format!("Replaced `{}` by `{made}`, as the fields say.", healed.url));
        healed.url = made;
    }
    healed
}

fn wrong(field: &'static str, value: &str, hint: &'static str) -> FieldError {
    let shown: String = value.chars().filter(|c| !c.is_control()).take(80).collect();
    let message = match (field, shown.is_empty()) {
        ("baseUrl", true) => "The address of the resource is missing.".to_owned(),
        (field, true) => format!("The {} is missing.", spoken(field)),
        (field, false) => format!("`{shown}` cannot be the {}.", spoken(field)),
    };
    FieldError { field, message, hint }
}

fn spoken(field: &str) -> &str {
    match field {
        "apiVersion" => "API version",
        "baseUrl" => "address of the resource",
        other => other,
    }
}

/// `us-east-1`, `us-gov-west-1`, `ap-southeast-2`: letters, words, a number.
fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let word =
        |part: &&str| !part.is_empty() && part.len() <= 12 && part.bytes().all(|b| b.is_ascii_lowercase());
    match parts.split_last() {
        Some((number, words)) => {
            (2..=4).contains(&words.len())
                && words.iter().all(word)
                && (1..=2).contains(&number.len())
                && number.bytes().all(|byte| byte.is_ascii_digit())
        }
        None => false,
    }
}

/// `us-central1`, `northamerica-northeast2`, and the places without a number: `global`, `us`, `eu`.
fn is_location(text: &str) -> bool {
    if matches!(text, "global" | "us" | "eu") {
        return true;
    }
    let Some((area, rest)) = text.split_once('-') else { return false };
    let letters =
        |text: &str| !text.is_empty() && text.len() <= 16 && text.bytes().all(|b| b.is_ascii_lowercase());
    let number = rest.trim_start_matches(|c: char| c.is_ascii_lowercase());
    letters(area)
        && letters(&rest[..rest.len() - number.len()])
        && (1..=2).contains(&number.len())
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// `YYYY-MM-DD` or `YYYY-MM-DD-preview`; the v1 addresses also have versions with a name.
fn is_version(text: &str) -> bool {
    if matches!(text, "preview" | "latest") {
        return true;
    }
    let date = text.strip_suffix("-preview").unwrap_or(text);
    date.len() == 10
        && date.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
        && date[5..7].parse().is_ok_and(|month: u8| (1..=12).contains(&month))
        && date[8..10].parse().is_ok_and(|day: u8| (1..=31).contains(&day))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bedrock(region: &str, base: &str) -> Result<Healed, FieldError> {
        let platform = Platform::Bedrock { region: region.into(), profile: None };
        settle_base_url(&platform, base, WireKind::BedrockConverse)
    }

    fn vertex(project: &str, location: &str, base: &str) -> Result<Healed, FieldError> {
        let platform = Platform::Vertex { project: project.into(), location: location.into() };
        settle_base_url(&platform, base, WireKind::Gemini)
    }

    fn azure(base: &str, version: Option<&str>) -> Result<Healed, FieldError> {
        let platform = Platform::Azure { api_version: version.map(str::to_owned), entra: false };
        settle_base_url(&platform, base, WireKind::OpenaiChat)
    }

    #[test]
    fn an_empty_address_is_made_from_the_fields() {
        for base in ["", "  ", "https://bedrock-runtime.{region}.amazonaws.com"] {
            let healed = bedrock("eu-central-1", base).unwrap();
            assert_eq!(healed.url, "https://bedrock-runtime.eu-central-1.amazonaws.com");
        }
        assert_eq!(
            bedrock("cn-north-1", "").unwrap().url,
            "https://bedrock-runtime.cn-north-1.amazonaws.com.cn"
        );
        let pattern =
            "https://{location}-aiplatform.googleapis.com/v1/projects/{project}/locations/{location}";
        let healed = vertex("my-project", "us-central1", pattern).unwrap();
        assert_eq!(healed.url, "https://us-central1-aiplatform.googleapis.com");
        assert_eq!(vertex("my-project", "global", "").unwrap().url, "https://aiplatform.googleapis.com");
    }

    #[test]
    fn a_vendors_address_follows_the_fields_and_says_so_while_a_proxy_stays() {
        let moved = bedrock("eu-west-1", "https://bedrock-runtime.us-east-1.amazonaws.com").unwrap();
        assert_eq!(moved.url, "https://bedrock-runtime.eu-west-1.amazonaws.com");
        assert_eq!(moved.changes.len(), 1);
        let whole = "https://us-central1-aiplatform.googleapis.com/v1/projects/p/locations/us-central1";
        assert_eq!(
            vertex("p1", "us-central1", whole).unwrap().url,
            "https://us-central1-aiplatform.googleapis.com"
        );
        let proxy = bedrock("eu-west-1", "https://bedrock.example.com/aws").unwrap();
        assert_eq!(proxy, Healed { url: "https://bedrock.example.com/aws".into(), changes: vec![] });
    }

    #[test]
    fn fields_that_no_vendor_takes_are_named() {
        for region in
            ["", "us-east", "US-EAST-1", "us-east-1.evil.example/", "us-east-1#", "-1", "us--1", "1"]
        {
            assert_eq!(bedrock(region, "").unwrap_err().field, "region", "{region}");
        }
        for region in ["us-east-1", "us-gov-west-1", "ap-southeast-2", "eusc-de-east-1"] {
            assert!(bedrock(region, "").is_ok(), "{region}");
        }
        for project in ["", "My Project", "a/b", "p@evil"] {
            assert_eq!(vertex(project, "global", "").unwrap_err().field, "project", "{project}");
        }
        for location in ["", "us-central", "evil.example/", "us_central1", "moon", "us-central1-"] {
            assert_eq!(vertex("p1", location, "").unwrap_err().field, "location", "{location}");
        }
        for version in ["", "2024", "2024-13-01", "2024-10-21-beta", "newest", "2024-10-21&x=1"] {
            assert_eq!(
                azure("https://r.openai.azure.com", Some(version)).unwrap_err().field,
                "apiVersion",
                "{version}"
            );
        }
        for version in ["2024-10-21", "2025-04-01-preview", "preview"] {
            assert!(azure("https://r.openai.azure.com", Some(version)).is_ok(), "{version}");
        }
    }

    #[test]
    fn the_address_of_an_azure_resource_is_needed_and_healed() {
        for base in ["", "https://{resource}.openai.azure.com", "http://r.openai.azure.com", "not an address"]
        {
            assert_eq!(azure(base, None).unwrap_err().field, "baseUrl", "{base}");
        }
        let pasted = "r.openai.azure.com/openai/deployments/gpt/chat/completions?api-version=2024-10-21";
        let healed = azure(pasted, None).unwrap();
        assert_eq!(healed.url, "https://r.openai.azure.com");
        assert_eq!(healed.changes.len(), 3);
        assert_eq!(
            azure("https://r.openai.azure.com/openai/v1/", None).unwrap().url,
            "https://r.openai.azure.com/openai/v1"
        );
        assert!(azure("http://127.0.0.1:9", None).is_ok());
    }

    #[test]
    fn an_error_names_the_value_and_what_it_should_look_like() {
        let error = bedrock("Frankfurt", "").unwrap_err();
        assert_eq!(error.to_string(), "`Frankfurt` cannot be the region.");
        assert!(error.hint.contains("us-east-1"));
    }
}
