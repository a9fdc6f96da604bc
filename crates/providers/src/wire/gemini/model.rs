//! What a model takes, as far as its name and the catalogue tell. The encoder asks here.

use crate::target::Target;
use rearview_domain::settings::Effort;

/// Thinking tokens for each effort on Gemini 2.5, as Google's own OpenAI-compatible API maps them
/// (ai.google.dev, "OpenAI compatibility", table of `reasoning_effort`).
const BUDGETS: [u32; 3] = [1_024, 8_192, 24_576];

/// The least that Gemini 2.5 Pro thinks; it cannot be switched off (ai.google.dev, "Gemini thinking").
const LEAST_PRO_BUDGET: u32 = 128;

/// A Gemini or Gemma model.
pub(super) struct Model<'a> {
    target: &'a Target,
    name: &'a str,
    /// Its generation, e.g. `(2, 5)`.
    generation: (u32, u32),
}

/// How much a model is told to think.
#[derive(Debug, PartialEq)]
pub(super) enum Thinking {
    /// Gemini 2.5: that many tokens.
    Budget(u32),
    /// Gemini 3 and later: a level, in the spelling of Google's client library.
    Level(&'static str),
}

impl<'a> Model<'a> {
    pub(super) fn of(target: &'a Target) -> Self {
        let name = target.model.rsplit('/').next().unwrap_or(&target.model);
        Self { target, name, generation: generation(name) }
    }

    fn is_gemini(&self) -> bool {
        self.name.starts_with("gemini-")
    }

    /// Whether it has a system instruction. Gemma up to its third generation answers 400 to one.
    pub(super) fn takes_system(&self) -> bool {
        !(self.name.starts_with("gemma-") && self.generation < (4, 0))
    }

    /// Whether it checks that the calls of a step come back signed.
    pub(super) fn checks_signatures(&self) -> bool {
        self.is_gemini() && self.generation >= (3, 0)
    }

    /// Whether it follows a schema while it has tools; earlier ones answer 400 to both at once.
    pub(super) fn takes_schema_with_tools(&self) -> bool {
        self.is_gemini() && self.generation >= (3, 0)
    }

    /// Whether temperature and the like are taken.
    pub(super) fn takes_sampling(&self) -> bool {
        self.target.quirks.sampling && self.target.facts.is_none_or(|facts| facts.sampling)
    }

    /// What to say about thinking for an effort; `None` says nothing.
    pub(super) fn thinking(&self, effort: Option<Effort>) -> Option<Thinking> {
        let effort = effort.filter(|effort| *effort != Effort::Provider)?;
        let by_name = self.is_gemini() && self.generation >= (2, 5);
        if !self.target.facts.map_or(by_name, |facts| facts.reasoning) {
            return None;
        }
        let pro = self.name.contains("-pro");
        let [low, medium, high] = BUDGETS;
        Some(if self.generation < (3, 0) {
            Thinking::Budget(match effort {
                Effort::Provider => return None,
                Effort::Off if pro => LEAST_PRO_BUDGET,
                Effort::Off => 0,
                Effort::Low => low,
                Effort::Medium => medium,
                Effort::High => high,
            })
        } else {
            Thinking::Level(match effort {
                Effort::Provider => return None,
                Effort::Off if pro => "LOW",
                Effort::Off => "MINIMAL",
                Effort::Low => "LOW",
                // Gemini 3 Pro has no level between its two.
                Effort::Medium if pro && self.generation == (3, 0) => "HIGH",
                Effort::Medium => "MEDIUM",
                Effort::High => "HIGH",
            })
        })
    }
}

/// The numbers behind the first dash: `gemini-2.5-flash` is `(2, 5)`. A name without them, such as
/// `gemini-flash-latest`, points to the current generation, the third.
fn generation(name: &str) -> (u32, u32) {
    let number = |text: &str| text.parse::<u32>().ok();
    let parsed = name.split('-').nth(1).and_then(|version| match version.split_once('.') {
        Some((major, minor)) => Some((number(major)?, number(minor)?)),
        None => Some((number(version)?, 0)),
    });
    parsed.unwrap_or((3, 0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::ModelFacts;
    use crate::target::WireKind;

    fn thinking(model: &str, effort: Effort) -> Option<Thinking> {
        let target = Target::plain(WireKind::Gemini, "https://api.example/v1beta", model);
        Model::of(&target).thinking(Some(effort))
    }

    #[test]
    fn the_generation_decides_between_a_budget_and_a_level() {
        use Effort::{High, Low, Medium, Off, Provider};
        use Thinking::{Budget, Level};
        for (model, effort, expected) in [
            ("gemini-2.5-flash", Off, Some(Budget(0))),
            ("gemini-2.5-flash-lite", Low, Some(Budget(1_024))),
            ("gemini-2.5-pro", Off, Some(Budget(128))),
            ("models/gemini-2.5-pro", Medium, Some(Budget(8_192))),
            ("gemini-2.5-pro", High, Some(Budget(24_576))),
            ("gemini-3-pro-preview", Off, Some(Level("LOW"))),
            ("gemini-3-pro-preview", Medium, Some(Level("HIGH"))),
            ("gemini-3.1-pro", Medium, Some(Level("MEDIUM"))),
            ("gemini-3-flash", Off, Some(Level("MINIMAL"))),
            ("gemini-10.2-flash", Low, Some(Level("LOW"))),
            ("gemini-flash-latest", High, Some(Level("HIGH"))),
            ("gemini-2.0-flash", High, None),
            ("gemma-3-27b-it", High, None),
            ("gemini-3-flash", Provider, None),
        ] {
            assert_eq!(thinking(model, effort), expected, "{model} {effort:?}");
        }
    }

    #[test]
    fn the_catalogue_outranks_the_name() {
        static CANNOT: ModelFacts = ModelFacts {
            reasoning: false,
            sampling: false,
            context: None,
            max_output: None,
            price: None,
            tools: false,
            images: false,
            files: false,
            adaptive_thinking: false,
            answer_schema: false,
            mid_system: false,
            responses_only: false,
            prompt_cache: false,
            ends: None,
        };
        let mut target = Target::plain(WireKind::Gemini, "https://api.example/v1beta", "gemini-2.5-flash");
        assert!(Model::of(&target).takes_sampling());
        target.facts = Some(&CANNOT);
        assert_eq!(Model::of(&target).thinking(Some(Effort::High)), None);
        assert!(!Model::of(&target).takes_sampling());
    }
}
