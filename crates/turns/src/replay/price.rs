//! What a replay will cost, before it runs, and what it did. Tokens are those that the provider counted for the turn
//! where it did, else ours; prices are the catalogue's. Nothing is expected of the provider's cache, so the price is
//! rather too high than too low. What the memory server pays for answering is not known and not in it.

use crate::machine::tally::{Tally, estimate};
use rearview_domain::message::Part;
use rearview_domain::record::TurnRecord;
use rearview_domain::turn::{Cost, Usage};
use rearview_providers::catalogue;
use rearview_providers::{Request, Target, WireKind};

/// Tokens of the turn's first request and its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TurnTokens {
    /// Of the prompt.
    pub input: u32,
    /// Of the answer.
    pub output: u32,
    /// Whether the provider counted both; else at least one of them is ours.
    pub reported: bool,
}

/// The tokens of a turn, by its record. `request` and `answer` are counted where the provider did not.
pub fn tokens_of(record: &TurnRecord, request: &Request, answer: &[Part]) -> TurnTokens {
    // Requests that were refused and sent again in another form had no answer.
    let first = record.step_ends.iter().find(|end| end.error.is_none());
    let usage = first.map(|end| end.usage.clone()).unwrap_or_default();
    // Of an answer that was cut, what is reported is how many there were when it began.
    let whole = first.is_some_and(|end| end.finish.is_some());
    match (usage.input, usage.output) {
        (Some(input), Some(output)) if whole => TurnTokens { input, output, reported: true },
        (input, output) => {
            let ours = estimate(request, answer);
            let output = output.max(ours.output).unwrap_or_default();
            TurnTokens { input: input.or(ours.input).unwrap_or_default(), output, reported: false }
        }
    }
}

/// What one sample of an arm will take: the turn's tokens, with the arm's block in the place of the turn's.
pub fn expected(turn: TurnTokens, turn_block: u32, arm_block: u32) -> Usage {
    let input = turn.input.saturating_sub(turn_block).saturating_add(arm_block);
    Usage { input: Some(input), output: Some(turn.output), ..Usage::default() }
}

/// US dollars of one request; `None` when the model's price is not known. The Demo costs nothing.
pub fn usd(target: &Target, usage: &Usage) -> Option<f64> {
    if target.wire == WireKind::Demo {
        return Some(0.0);
    }
    catalogue::cost(target.facts?, usage)
}

/// What an answer cost, by what the provider counted; counted by us where it did not.
pub fn paid(target: &Target, usage: &Usage, whole: bool, request: &Request, answer: &[Part]) -> Option<Cost> {
    if target.wire == WireKind::Demo {
        return Some(Cost { usd: 0.0, prices_of: catalogue::prices_of().to_owned(), estimated: false });
    }
    let mut tally = Tally::default();
    tally.add(usage, whole, target.facts, || estimate(request, answer));
    tally.cost()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rearview_domain::record::StepEnd;
    use rearview_domain::time::Time;
    use rearview_domain::turn::FinishReason;
    use rearview_providers::{Platform, Quirks};

    fn target(wire: WireKind, model: &str) -> Target {
        Target {
            provider_id: "openai".into(),
            provider_name: "OpenAI".into(),
            wire,
            platform: Platform::default(),
            base_url: String::new(),
            model: model.into(),
            quirks: Quirks::default(),
            facts: catalogue::model("openai", model),
        }
    }

    fn ended(usage: Usage, finish: Option<FinishReason>) -> TurnRecord {
        let mut record = TurnRecord::new("t".into(), "c".into(), Time::now());
        record.step_ends.push(StepEnd {
            index: 0,
            status: Some(200),
            request_id: None,
            connect_ms: None,
            first_token_ms: None,
            total_ms: 1.0,
            usage,
            finish,
            notes: Vec::new(),
            error: None,
        });
        record
    }

    fn usage(input: u32, output: u32) -> Usage {
        Usage { input: Some(input), output: Some(output), ..Usage::default() }
    }

    #[test]
    fn what_the_provider_counted_is_taken_and_what_it_did_not_is_counted_and_said_so() {
        let request = Request::default();
        let whole = ended(usage(100, 20), Some(FinishReason::Stop));
        let tokens = tokens_of(&whole, &request, &[]);
        assert_eq!(tokens, TurnTokens { input: 100, output: 20, reported: true });
        let answer = [Part::text("one two three")];
        let cut = ended(usage(100, 1), None);
        let tokens = tokens_of(&cut, &request, &answer);
        assert_eq!(tokens, TurnTokens { input: 100, output: 3, reported: false });
        let silent = TurnRecord::new("t".into(), "c".into(), Time::now());
        assert_eq!(tokens_of(&silent, &request, &answer).output, 3);
    }

    #[test]
    fn an_arm_takes_the_turns_tokens_with_its_own_block() {
        let turn = TurnTokens { input: 1_000, output: 500, reported: true };
        assert_eq!(expected(turn, 200, 0), usage(800, 500));
        assert_eq!(expected(turn, 0, 50), usage(1_050, 500));
    }

    #[test]
    fn a_price_that_is_not_known_is_not_made_up_and_the_demo_is_free() {
        let known = target(WireKind::OpenaiChat, "gpt-4o");
        // 1,000 at 2.50 and 500 at 10 a million.
        assert!((usd(&known, &usage(1_000, 500)).unwrap() - 0.007_5).abs() < 1e-9);
        assert_eq!(usd(&target(WireKind::OpenaiChat, "nobody-knows-it"), &usage(1, 1)), None);
        assert_eq!(usd(&target(WireKind::Demo, "demo"), &usage(1, 1)), Some(0.0));
        let cost = paid(&known, &usage(1_000, 500), true, &Request::default(), &[]).unwrap();
        assert!(!cost.estimated && (cost.usd - 0.007_5).abs() < 1e-9);
        let cost = paid(&known, &Usage::default(), false, &Request::default(), &[Part::text("a")]).unwrap();
        assert!(cost.estimated);
        assert_eq!(
            paid(
                &target(WireKind::OpenaiChat, "nobody-knows-it"),
                &usage(1, 1),
                true,
                &Request::default(),
                &[]
            ),
            None
        );
    }
}
