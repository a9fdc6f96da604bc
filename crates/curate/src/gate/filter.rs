//! Gates that the fact and the request decide between them: kinds, consolidation, tags.

use super::WhyGate;
use rearview_domain::memory::{FactType, TagsMatch};
use rearview_hindsight::{Fact, RecallRequest};
use serde_json::Value;

/// The kinds gate, and the one for what is not consolidated yet.
pub(super) fn kind(request: &RecallRequest, fact: &Fact) -> Option<WhyGate> {
    let fact_type = fact.fact_type?;
    if request.types.is_empty() || request.types.contains(&fact_type) {
        return None;
    }
    let only_observations = request.types == [FactType::Observation];
    Some(match only_observations && fact.consolidated_at.is_none() {
        true => WhyGate::NotConsolidated { fact_type, failed: fact.consolidation_failed_at.is_some() },
        false => WhyGate::FactType { fact_type, asked: request.types.clone() },
    })
}

/// The tags gate. A group that is read fuzzily is left to a rerun: which tags are alike is the server's to say.
pub(super) fn tags(request: &RecallRequest, fact: &Fact) -> Option<WhyGate> {
    let flat = fits_tags(&request.tags, request.tags_match.unwrap_or_default(), &fact.tags);
    let groups = request.tag_groups.iter().all(|group| fits_group(group, &fact.tags) != Some(false));
    (!flat || !groups).then(|| WhyGate::Tags { tags: fact.tags.clone() })
}

/// Whether a set of tags fits. No tags filter nothing, but for `Exact`, which then means "untagged".
pub fn fits_tags(wanted: &[String], how: TagsMatch, tags: &[String]) -> bool {
    let any = || wanted.iter().any(|tag| tags.contains(tag));
    let all = || wanted.iter().all(|tag| tags.contains(tag));
    match how {
        TagsMatch::Exact => all() && tags.iter().all(|tag| wanted.contains(tag)),
        _ if wanted.is_empty() => true,
        TagsMatch::Any => tags.is_empty() || any(),
        TagsMatch::All => tags.is_empty() || all(),
        TagsMatch::AnyStrict => any(),
        TagsMatch::AllStrict => all(),
    }
}

/// Whether a set of tags fits a group; `None` when only the server can tell.
pub fn fits_group(group: &Value, tags: &[String]) -> Option<bool> {
    let each = |key: &str| group.get(key).and_then(Value::as_array);
    if let Some(parts) = each("and") {
        let parts: Vec<_> = parts.iter().map(|part| fits_group(part, tags)).collect();
        return match parts.contains(&Some(false)) {
            true => Some(false),
            false => (!parts.contains(&None)).then_some(true),
        };
    }
    if let Some(parts) = each("or") {
        let parts: Vec<_> = parts.iter().map(|part| fits_group(part, tags)).collect();
        return match parts.contains(&Some(true)) {
            true => Some(true),
            false => (!parts.contains(&None)).then_some(false),
        };
    }
    if let Some(part) = group.get("not") {
        return fits_group(part, tags).map(|fits| !fits);
    }
    let wanted: Vec<String> = serde_json::from_value(group.get("tags")?.clone()).ok()?;
    let how = match group.get("match") {
        Some(how) => serde_json::from_value(how.clone()).ok()?,
        None => TagsMatch::AnyStrict,
    };
    let fits = fits_tags(&wanted, how, tags);
    let fuzzy = group.get("resolve").and_then(Value::as_str) == Some("fuzzy");
    (!fuzzy || fits).then_some(fits)
}
