//! What models of this wire take, by the catalogue's facts, else by their names. The encoder asks here.
//!
//! The words for effort are those of OpenAI's reasoning guide: `minimal` came with GPT-5 and left with
//! GPT-5.1, which brought `none`; the o-series, Codex and gpt-oss know neither. A server that takes
//! another word refuses, and the request goes out without (see `concede`).

use crate::target::Target;
use rearview_domain::settings::Effort;

/// Whether the model reasons; `None` when nothing is known of it, as of a deployment on Azure.
pub(super) fn reasons(target: &Target) -> Option<bool> {
    if let Some(facts) = target.facts {
        return Some(facts.reasoning);
    }
    let name = name(target);
    if name.starts_with("gpt-oss") || name.starts_with("codex") || is_o_series(&name) {
        return Some(true);
    }
    // GPT-5's chat models answer at once.
    generation(&name).map(|(generation, _)| generation >= 5 && !name.contains("-chat"))
}

/// The word that asks for this effort; `None` when none does.
pub(super) fn effort(target: &Target, effort: Effort) -> Option<&'static str> {
    if reasons(target) == Some(false) {
        return None;
    }
    match effort {
        Effort::Provider => None,
        Effort::Off => least(&name(target)),
        Effort::Low => Some("low"),
        Effort::Medium => Some("medium"),
        Effort::High => Some("high"),
    }
}

/// The word for no reasoning, or for the least that the model can do.
fn least(name: &str) -> Option<&'static str> {
    if name.contains("-pro") {
        // They always think, and take no low effort either.
        return None;
    }
    if is_o_series(name) || name.starts_with("gpt-oss") || name.contains("codex") {
        return Some("low");
    }
    Some(if generation(name) == Some((5, 0)) { "minimal" } else { "none" })
}

/// Without what routers put before it: `openai/gpt-5` is `gpt-5`.
fn name(target: &Target) -> String {
    target.model.rsplit('/').next().unwrap_or_default().to_ascii_lowercase()
}

/// `(5, 1)` of `gpt-5.1-mini`, `(4, 0)` of `gpt-4o`.
fn generation(name: &str) -> Option<(u32, u32)> {
    let rest = name.strip_prefix("gpt-")?;
    let (major, rest) = number(rest)?;
    let minor = rest.strip_prefix('.').and_then(number).map_or(0, |(minor, _)| minor);
    Some((major, minor))
}

/// `o3-mini`, not `olmo`.
fn is_o_series(name: &str) -> bool {
    name.strip_prefix('o').and_then(number).is_some()
}

fn number(text: &str) -> Option<(u32, &str)> {
    let end = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    Some((text[..end].parse().ok()?, &text[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::ModelFacts;
    use crate::target::WireKind;

    fn target(model: &str) -> Target {
        Target::plain(WireKind::OpenaiResponses, "https://api.example/v1", model)
    }

    #[test]
    fn names_tell_which_models_reason_and_facts_outrank_them() {
        for (model, expected) in [
            ("o3-mini", Some(true)),
            ("gpt-5", Some(true)),
            ("openai/GPT-5.1-codex", Some(true)),
            ("gpt-oss-120b", Some(true)),
            ("codex-mini-latest", Some(true)),
            ("gpt-5-chat-latest", Some(false)),
            ("gpt-4o", Some(false)),
            ("my-deployment", None),
            ("olmo-2", None),
        ] {
            assert_eq!(reasons(&target(model)), expected, "{model}");
        }
        let facts = Box::leak(Box::new(ModelFacts { reasoning: true, ..ModelFacts::default() }));
        let known = Target { facts: Some(facts), ..target("gpt-4o") };
        assert_eq!(reasons(&known), Some(true));
    }

    #[test]
    fn no_effort_is_told_in_the_word_that_the_model_takes() {
        for (model, word) in [
            ("gpt-5", Some("minimal")),
            ("gpt-5-mini-2025-08-07", Some("minimal")),
            ("gpt-5.1", Some("none")),
            ("gpt-6", Some("none")),
            ("o4-mini", Some("low")),
            ("gpt-5-codex", Some("low")),
            ("gpt-5-pro", None),
            ("gpt-4o", None),
            ("my-deployment", Some("none")),
        ] {
            assert_eq!(effort(&target(model), Effort::Off), word, "{model}");
        }
        assert_eq!(effort(&target("gpt-5"), Effort::Provider), None);
        assert_eq!(effort(&target("gpt-5"), Effort::High), Some("high"));
    }
}
