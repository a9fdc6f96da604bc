//! Smoke tests against real providers, with the keys that stand in a person's environment. Nobody is asked
//! unless `REARVIEW_LIVE=1` is set; `make live` sets it. A request or two for each provider cost a little.
//!
//! `choose` says which providers are asked and how they are reached, `ask` asks one and tells a line about it,
//! `tests` holds both against a scripted server. The variables, beside the providers' own:
//! `REARVIEW_LIVE_ONLY=openai,groq` asks only those, `REARVIEW_LIVE_MODEL_OPENAI=…` asks that model.

#[cfg(test)]
mod ask;
#[cfg(test)]
mod choose;
#[cfg(test)]
mod tests;

#[cfg(test)]
mod live {
    use std::io::{Write, stdout};

    /// Ignored rather than passed, so that no report counts it among the tests that passed.
    #[tokio::test]
    #[ignore = "asks real providers with your keys and costs a little; run `make live`"]
    async fn every_provider_with_a_key_in_the_environment_answers_streams_and_calls_tools() {
        let env = |name: &str| std::env::var(name).ok();
        // Past the test runner, which keeps to itself what passing tests print.
        let outcome = super::ask::all(&env, &mut stdout().lock()).await;
        stdout().flush().unwrap();
        assert!(outcome.failed.is_empty(), "failed: {}", outcome.failed.join(", "));
    }
}
