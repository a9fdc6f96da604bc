//! Model strings are read as LiteLLM reads them. The samples hold its own answers; how they were made is in
//! `tests/data/routes/README.md`.

// `cfg(test)` tells clippy what cargo knows anyway: that all of this is tests, where `unwrap` is welcome.
#[cfg(test)]
mod route {
    use rearview_providers::route::{self, Route};
    use serde::Deserialize;
    use std::collections::BTreeMap;

    const SEEN: &str = include_str!("../../../tests/data/routes/seen.jsonl");
    const UNSEEN: &str = include_str!("../../../tests/data/routes/unseen.jsonl");

    /// LiteLLM's answer to a string.
    #[derive(Deserialize)]
    struct Theirs {
        model: String,
        provider: Option<String>,
        upstream_model: Option<String>,
        #[serde(default)]
        error: bool,
    }

    /// A difference on purpose: its name, the reason, and whether this is one.
    type Difference = (&'static str, &'static str, fn(&Theirs, &Route) -> bool);

    const ON_PURPOSE: [Difference; 1] = [(
        "azure-names-of-other-vendors",
        "LiteLLM turns `azure/` and a name of Mistral or Cohere into provider `openai`, and without an address \
         of one's own that request goes to api.openai.com with OpenAI's key. It stays at Azure here.",
        |theirs, ours| {
            theirs.model.starts_with("azure/")
                && theirs.provider.as_deref() == Some("openai")
                && ours.provider.as_deref() == Some("azure")
        },
    )];

    fn sample(text: &str) -> Vec<Theirs> {
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// (agreeing, resolvable by LiteLLM and not different on purpose, the strings in dispute).
    fn agreement(text: &str) -> (usize, usize, Vec<String>) {
        let (mut agreeing, mut asked, mut disputes) = (0, 0, Vec::new());
        for theirs in sample(text).iter().filter(|theirs| !theirs.error) {
            let ours = route::read(&theirs.model);
            if ON_PURPOSE.iter().any(|(_, _, differs)| differs(theirs, &ours)) {
                continue;
            }
            asked += 1;
            let same = ours.provider == theirs.provider
                && theirs.upstream_model.as_deref() == Some(ours.upstream_model.as_str());
            agreeing += usize::from(same);
            if !same {
                let (there, at) = (theirs.provider.as_deref(), theirs.upstream_model.as_deref());
                disputes.push(format!(
                    "{}: {there:?} {at:?} there, {:?} {:?} here",
                    theirs.model, ours.provider, ours.upstream_model
                ));
            }
        }
        (agreeing, asked, disputes)
    }

    #[track_caller]
    #[expect(clippy::print_stdout, reason = "the figures are read with `--nocapture`")]
    fn agrees(name: &str, text: &str, at_least: usize) {
        let (agreeing, asked, disputes) = agreement(text);
        let told = format!("{name}: {agreeing} of {asked} agree\n{}", disputes.join("\n"));
        assert!(asked >= at_least && agreeing * 100 >= asked * 99, "{told}");
        println!("{told}");
    }

    #[test]
    fn strings_that_the_rules_were_written_with_are_read_as_litellm_reads_them() {
        agrees("seen", SEEN, 5_000);
    }

    #[test]
    fn strings_that_no_rule_was_written_with_are_read_as_litellm_reads_them() {
        agrees("unseen", UNSEEN, 2_500);
    }

    #[test]
    fn every_difference_on_purpose_is_still_one() {
        let mut met: BTreeMap<&str, usize> = BTreeMap::new();
        for theirs in sample(SEEN).iter().chain(&sample(UNSEEN)).filter(|theirs| !theirs.error) {
            let ours = route::read(&theirs.model);
            for (name, _, _) in ON_PURPOSE.iter().filter(|(_, _, differs)| differs(theirs, &ours)) {
                *met.entry(name).or_default() += 1;
            }
        }
        for (name, why, _) in ON_PURPOSE {
            assert!(met.contains_key(name), "{name} no longer differs: {why}");
        }
    }

    #[test]
    fn a_string_of_the_sample_never_goes_to_another_provider_than_its_prefix_says() {
        for theirs in sample(SEEN).iter().chain(&sample(UNSEEN)) {
            let ours = route::read(&theirs.model);
            let Some((first, _)) = theirs.model.split_once('/') else { continue };
            let Some(row) = rearview_providers::catalogue::provider(first) else { continue };
            let provider = ours.provider.unwrap();
            let kin = row.all_prefixes().any(|prefix| prefix == provider) || provider == "anthropic_text";
            assert!(kin, "{} goes to {provider}", theirs.model);
        }
    }

    #[test]
    fn a_hundred_thousand_strings_are_read_in_a_moment() {
        let strings = sample(SEEN);
        let began = std::time::Instant::now();
        let mut found = 0;
        for theirs in strings.iter().cycle().take(100_000) {
            found += usize::from(route::read(&theirs.model).provider.is_some());
        }
        assert!(found > 90_000);
        // Generous: it is a debug build on a shared machine.
        assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
    }
}
