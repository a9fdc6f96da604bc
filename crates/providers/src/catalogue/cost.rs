//! What a request cost, from the counts that the provider reports and the price list.

use super::facts::ModelFacts;
use rearview_domain::turn::Usage;

/// The cost of one request in US dollars. The prompt's count includes cached tokens and the answer's count
/// includes reasoning, as `Usage` says; each kind is priced apart where its price is its own.
///
/// `None` when the price is not known or the provider did not count prompt and answer. Fees for searches,
/// storage of caches and the like are not in it, nor are discounts of batch or off-peak use.
pub fn cost(facts: &ModelFacts, usage: &Usage) -> Option<f64> {
    let price = facts.price.as_ref()?;
    let (input, output) = (usage.input?, usage.output?);
    let price = price.at(input);
    // A provider that reports more cached tokens than there were in all must not make the sum negative.
    let read = usage.cache_read.unwrap_or(0).min(input);
    let written = usage.cache_write.unwrap_or(0).min(input - read);
    let thought = usage.reasoning.unwrap_or(0).min(output);
    let sum = f64::from(input - read - written) * price.input
        + f64::from(read) * price.cache_read.unwrap_or(price.input)
        + f64::from(written) * price.cache_write.unwrap_or(price.input)
        + f64::from(output - thought) * price.output
        + f64::from(thought) * price.reasoning.unwrap_or(price.output);
    Some(sum / 1_000_000.0)
}

#[cfg(test)]
mod tests {
    use super::super::{Price, Tier, model};
    use super::*;

    fn usage(input: u32, output: u32) -> Usage {
        Usage { input: Some(input), output: Some(output), ..Usage::default() }
    }

    fn priced(price: Price) -> ModelFacts {
        ModelFacts { price: Some(price), ..ModelFacts::default() }
    }

    /// Whether two sums are the same to a millionth of a cent.
    fn same(ours: Option<f64>, by_hand: f64) -> bool {
        ours.is_some_and(|ours| (ours - by_hand).abs() < 1e-8)
    }

    #[test]
    fn cached_tokens_are_taken_out_of_the_prompt_and_priced_apart() {
        let facts = priced(Price {
            input: 3.0,
            output: 15.0,
            cache_read: Some(0.3),
            cache_write: Some(3.75),
            ..Price::default()
        });
        let usage = Usage { cache_read: Some(6_000), cache_write: Some(3_000), ..usage(10_000, 2_000) };
        // 1,000 fresh at 3 = 0.003; 6,000 read at 0.3 = 0.0018; 3,000 written at 3.75 = 0.01125; 2,000 at 15 = 0.03.
        assert!(same(cost(&facts, &usage), 0.046_05));
    }

    #[test]
    fn gpt_4o_costs_what_its_price_list_says() {
        let facts = model("openai", "gpt-4o").unwrap();
        // 1,000 at 2.50 and 500 at 10, of the 1,000 a half from the cache at 1.25.
        let usage = Usage { cache_read: Some(500), ..usage(1_000, 500) };
        assert!(same(cost(facts, &usage), 0.001_25 + 0.000_625 + 0.005));
    }

    #[test]
    fn a_long_prompt_is_billed_at_the_long_price_from_its_first_token() {
        let facts = model("gemini", "gemini-2.5-pro").unwrap();
        // 1.25 and 10 up to 200,000 tokens of prompt, 2.50 and 15 above.
        assert!(same(cost(facts, &usage(200_000, 1_000)), 0.25 + 0.01));
        assert!(same(cost(facts, &usage(200_001, 1_000)), 0.500_002_5 + 0.015));
    }

    #[test]
    fn the_highest_tier_reached_counts_and_keeps_what_it_does_not_say() {
        let tiers: &'static [Tier] = &[
            Tier { above: 32_000, input: Some(2.4), output: Some(12.0), ..Tier { above: 0, ..TIER } },
            Tier { above: 128_000, input: Some(3.0), output: Some(15.0), ..TIER },
        ];
        let facts =
            priced(Price { input: 1.2, output: 6.0, cache_read: Some(0.2), tiers, ..Price::default() });
        assert!(same(cost(&facts, &usage(32_000, 0)), 0.0384));
        assert!(same(cost(&facts, &usage(40_000, 1_000)), 0.096 + 0.012));
        let cached = Usage { cache_read: Some(100_000), ..usage(200_000, 0) };
        assert!(same(cost(&facts, &cached), 0.3 + 0.02));
    }

    const TIER: Tier =
        Tier { above: 0, input: None, output: None, cache_read: None, cache_write: None, reasoning: None };

    #[test]
    fn reasoning_with_a_price_of_its_own_is_taken_out_of_the_answer() {
        let facts = priced(Price { input: 0.4, output: 1.2, reasoning: Some(4.0), ..Price::default() });
        let usage = Usage { reasoning: Some(700), ..usage(0, 1_000) };
        assert!(same(cost(&facts, &usage), 0.000_36 + 0.002_8));
    }

    #[test]
    fn without_a_price_or_a_count_there_is_no_cost() {
        assert_eq!(cost(&ModelFacts::default(), &usage(1, 1)), None);
        let facts = priced(Price { input: 1.0, output: 1.0, ..Price::default() });
        assert_eq!(cost(&facts, &Usage { output: None, ..usage(1, 1) }), None);
        assert_eq!(cost(&facts, &Usage { input: None, ..usage(1, 1) }), None);
    }

    #[test]
    fn a_model_that_is_free_costs_nothing() {
        let facts = model("ollama", "llama3.1").unwrap();
        assert_eq!(cost(facts, &usage(1_000, 1_000)), Some(0.0));
    }

    #[test]
    fn more_cached_tokens_than_tokens_do_not_make_money() {
        let facts = priced(Price { input: 1.0, output: 1.0, cache_read: Some(0.1), ..Price::default() });
        let usage = Usage { cache_read: Some(500), cache_write: Some(500), ..usage(100, 0) };
        assert!(same(cost(&facts, &usage), 0.000_01));
    }
}
