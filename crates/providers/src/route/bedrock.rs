//! Bedrock's spellings: regions and directions before a model's id, ids without a prefix, ARNs.

/// LiteLLM's directions to its own adapters, which are no part of an id.
const DIRECTIONS: [&str; 9] = [
    "converse/",
    "converse_like/",
    "invoke/",
    "chat_completions/",
    "openai/",
    "mantle/",
    "nova-2/",
    "nova/",
    "bedrock/",
];

/// Vendors whose ids begin with their name and a dot, as Bedrock's list of models has them.
const VENDORS: [&str; 17] = [
    "ai21",
    "amazon",
    "anthropic",
    "cohere",
    "deepseek",
    "google",
    "luma",
    "meta",
    "minimax",
    "mistral",
    "moonshot",
    "moonshotai",
    "nvidia",
    "openai",
    "qwen",
    "writer",
    "zai",
];

/// The id that Bedrock gets: without directions and without a region before it.
pub(super) fn model_id(upstream: &str) -> &str {
    let mut id = upstream;
    while let Some(rest) = DIRECTIONS.iter().find_map(|direction| id.strip_prefix(direction)) {
        id = rest;
    }
    without_region(id)
}

/// The id without an AWS region as its first path segment.
pub(super) fn without_region(id: &str) -> &str {
    match id.split_once('/') {
        Some((first, rest)) if is_region(first) => rest,
        _ => id,
    }
}

/// Whether it is written as AWS writes regions: `us-east-1`, `ap-southeast-2`, `us-gov-west-1`.
fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let word = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    let (Some((number, words)), true) = (parts.split_last(), matches!(parts.len(), 3 | 4)) else {
        return false;
    };
    number.len() == 1
        && number.bytes().all(|byte| byte.is_ascii_digit())
        && words.iter().all(word)
        && words.first().is_some_and(|place| place.len() == 2)
}

/// Whether a string without a prefix is an id or an ARN of Bedrock.
pub(super) fn is_id(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    if lower.starts_with("arn:aws") {
        return lower.split(':').nth(2) == Some("bedrock");
    }
    let mut parts = lower.splitn(3, '.');
    let (first, second, third) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
    let vendor = |name: &str| VENDORS.contains(&name);
    match (second, third) {
        (Some(name), None) => vendor(first) && !name.is_empty(),
        // With the geography of an inference profile before it, or with a dot in the model's name.
        (Some(second), Some(_)) => {
            let place =
                !first.is_empty() && first.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
            vendor(first) || (place && vendor(second))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_told_from_a_model() {
        for region in ["us-east-1", "ap-southeast-2", "us-gov-west-1", "eu-central-1"] {
            assert!(is_region(region), "{region}");
        }
        for other in ["us-east", "converse", "gpt-4o-1", "us-east-12", "US-EAST-1", "a-b-1", ""] {
            assert!(!is_region(other), "{other}");
        }
    }

    #[test]
    fn directions_and_regions_are_no_part_of_an_id() {
        for written in [
            "anthropic.claude-3",
            "converse/anthropic.claude-3",
            "us-east-1/anthropic.claude-3",
            "invoke/us-west-2/anthropic.claude-3",
            "nova/anthropic.claude-3",
        ] {
            assert_eq!(model_id(written), "anthropic.claude-3");
        }
        let arn = "arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-3";
        assert_eq!(model_id(arn), arn);
    }

    #[test]
    fn ids_and_arns_are_told_from_other_names() {
        for id in [
            "anthropic.claude-9",
            "us.anthropic.claude-9",
            "amazon.nova-9-v1:0",
            "eu.meta.llama9-1",
            "qwen.qwen3.5-9",
            "arn:aws:bedrock:us-east-1:1:inference-profile/x",
        ] {
            assert!(is_id(id), "{id}");
        }
        for other in
            ["gpt-4.1", "claude-3.5-sonnet", "llama3.1", "acme.model", "arn:aws:s3:::x", "anthropic", "."]
        {
            assert!(!is_id(other), "{other}");
        }
    }
}
