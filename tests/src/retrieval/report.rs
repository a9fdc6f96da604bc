//! The figures of several servers side by side, as Markdown: one table for each group of questions, and what
//! the bootstrap says about the first server against each of the others. Knows no server.
//! Called by the `retrieval` program.

use super::bootstrap::{Difference, Verdict};
use super::metrics::{Metric, Outcome};
use super::overlap::ContentWords;
use super::set::{Group, Question, RetrievalSet};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// What one server answered to all the questions, in their order.
#[derive(Clone, Debug)]
pub struct System {
    /// As tables name it.
    pub name: String,
    /// One for each question.
    pub outcomes: Vec<Outcome>,
}

/// Questions that are told together.
struct Part<'a> {
    name: String,
    questions: Vec<&'a Question>,
}

/// All tables of one bank: every system, every part of the questions, then the first system's verdicts.
pub fn tables(set: &RetrievalSet, words: &ContentWords, systems: &[System]) -> String {
    let parts = parts(set, words);
    let mut text = String::new();
    for part in &parts {
        scores(&mut text, part, systems);
    }
    if let Some((first, others)) = systems.split_first() {
        for other in others {
            verdicts(&mut text, &parts, first, other);
        }
    }
    text
}

/// Everything, each group, the questions with and without a word of their evidence, and two halves.
fn parts<'a>(set: &'a RetrievalSet, words: &ContentWords) -> Vec<Part<'a>> {
    let texts: BTreeMap<&str, &str> =
        set.facts.iter().map(|fact| (fact.id.as_str(), fact.text.as_str())).collect();
    let shares = |question: &Question| {
        let asked = words.of(&question.question, &question.lang);
        let evidence = question.evidence.iter().filter_map(|id| texts.get(id.as_str()));
        evidence.into_iter().any(|text| !asked.is_disjoint(&words.of(text, &question.lang)))
    };
    let part = |name: String, chosen: &dyn Fn(&Question) -> bool| Part {
        name,
        questions: set.questions.iter().filter(|question| chosen(question)).collect(),
    };
    let mut parts = vec![part("all".to_owned(), &|_| true)];
    for group in Group::ALL {
        parts.push(part(group.to_string(), &move |question| question.group == group));
    }
    parts.push(part("a word in common".to_owned(), &|question| shares(question)));
    parts.push(part("no word in common".to_owned(), &|question| !shares(question)));
    parts.push(part("half to tune on".to_owned(), &tuned_on));
    parts.push(part("half held out".to_owned(), &|question| !tuned_on(question)));
    parts
}

/// Whoever turns a constant looks at this half and is believed for what the other half says. By the hash of
/// the id, so that nobody chose.
fn tuned_on(question: &Question) -> bool {
    Sha256::digest(&question.id).first().is_some_and(|byte| byte % 2 == 0)
}

fn scores(text: &mut String, part: &Part<'_>, systems: &[System]) {
    // Writing to a String cannot fail.
    let _ = write!(text, "\n**{}** ({} questions)\n\n| |", part.name, part.questions.len());
    for metric in Metric::ALL {
        let _ = write!(text, " {metric} |");
    }
    let _ = writeln!(text, "\n|---|{}", "---|".repeat(Metric::ALL.len()));
    for system in systems {
        let outcomes = of(system, part);
        let _ = write!(text, "| {} |", system.name);
        for metric in Metric::ALL {
            let _ = write!(text, " {:.1} |", 100.0 * metric.mean(outcomes.iter().copied()));
        }
        text.push('\n');
    }
}

fn verdicts(text: &mut String, parts: &[Part<'_>], first: &System, other: &System) {
    let _ = write!(text, "\n**{}** against **{}**\n\n| |", first.name, other.name);
    for metric in Metric::ALL {
        let _ = write!(text, " {metric} |");
    }
    let _ = writeln!(text, "\n|---|{}", "---|".repeat(Metric::ALL.len()));
    let verdicts = [Verdict::Better, Verdict::NotSignificantlyWorse, Verdict::Worse];
    let mut counts: BTreeMap<String, usize> =
        verdicts.iter().map(|verdict| (verdict.to_string(), 0)).collect();
    for part in parts {
        let _ = write!(text, "| {} |", part.name);
        let (ours, theirs) = (of(first, part), of(other, part));
        for metric in Metric::ALL {
            let figures = |outcomes: &[&Outcome]| -> Vec<f64> {
                outcomes.iter().map(|outcome| metric.of(outcome)).collect()
            };
            let difference = Difference::paired(&figures(&ours), &figures(&theirs));
            let [mean, low, high] =
                [difference.mean, difference.low, difference.high].map(|value| 100.0 * value);
            let verdict = difference.verdict();
            let mark = match verdict {
                Verdict::Better => "▲ ",
                Verdict::NotSignificantlyWorse => "",
                Verdict::Worse => "▼ ",
            };
            *counts.entry(verdict.to_string()).or_default() += 1;
            let _ = write!(text, " {mark}{mean:+.1} ({low:+.1} … {high:+.1}) |");
        }
        text.push('\n');
    }
    let told: Vec<String> = counts.iter().map(|(word, count)| format!("{count} {word}")).collect();
    let _ = writeln!(text, "\nOf these figures: {}.", told.join(", "));
}

/// The outcomes of one part, in the order of its questions.
fn of<'a>(system: &'a System, part: &Part<'_>) -> Vec<&'a Outcome> {
    let by_id: BTreeMap<&str, &Outcome> =
        system.outcomes.iter().map(|outcome| (outcome.question.as_str(), outcome)).collect();
    part.questions.iter().filter_map(|question| by_id.get(question.id.as_str()).copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn system(set: &RetrievalSet, name: &str, place: usize) -> System {
        let outcome = |question: &Question| Outcome {
            question: question.id.clone(),
            needed: question.evidence.len(),
            places: (place..place + question.evidence.len()).collect(),
            within: [question.evidence.len(); 4],
        };
        System { name: name.to_owned(), outcomes: set.questions.iter().map(outcome).collect() }
    }

    #[test]
    fn every_part_has_a_row_of_each_system_and_a_verdict_on_the_first() {
        let mut set = RetrievalSet::load().expect("the set is there");
        // The bootstrap of all of them takes seconds without optimisation; every group is among these.
        set.questions = set.questions.into_iter().step_by(7).collect();
        let words = ContentWords::load().expect("the lists are there");
        let text = tables(&set, &words, &[system(&set, "ours", 1), system(&set, "theirs", 11)]);
        assert_eq!(text.matches("| ours | 100.0 |").count(), 14);
        assert_eq!(text.matches("| theirs | 0.0 | 0.0 |").count(), 14);
        assert!(text.contains("**ours** against **theirs**"));
        assert!(text.contains("| all | ▲ +100.0 (+100.0 … +100.0) | ▲ +100.0 (+100.0 … +100.0) |"));
        assert!(text.contains("Of these figures: 42 better, 70 not significantly worse, 0 worse."));
    }
}
