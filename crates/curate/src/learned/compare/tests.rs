//! Facts, observations and names of a turn, told apart from what was there before.

use super::*;
use rearview_domain::id::{ChatId, TurnId};
use rearview_domain::record::{RecordPart, Retained};
use rearview_domain::turn::RetainState;
use serde_json::json;

fn fact(id: &str, text: &str, more: Value) -> Fact {
    let mut value = json!({"id": id, "text": text, "type": "world", "document_id": "c.t", "consolidated_at": "2026-11-28T00:00:00Z"});
    value.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
    serde_json::from_value(value).unwrap()
}

fn observation_on(id: &str, text: &str, sources: &[&str]) -> Fact {
    fact(
        id,
        text,
        json!({"type": "observation", "document_id": null, "source_memory_ids": sources, "proof_count": sources.len()}),
    )
}

fn version(text: &str, new: &str) -> MemoryVersion {
    serde_json::from_value(json!({"previous_text": text, "source_facts": [{"id": new, "is_new": true}]}))
        .unwrap()
}

fn learning(before: Before) -> Learning {
    Learning {
        turn_id: "t".into(),
        chat_id: "c".into(),
        server_id: "s".into(),
        bank_id: "b".into(),
        before,
        since: Some(Time::now()),
        looks: 0,
        next_look_at: Time::now(),
    }
}

fn record(content: &str) -> TurnRecord {
    let mut record = TurnRecord::new(TurnId::from("t"), ChatId::from("c"), Time::now());
    record.apply(RecordPart::Retained(Box::new(Retained {
        document_id: "c.t".into(),
        content: content.into(),
        context: String::new(),
        tags: Vec::new(),
        state: RetainState::Done { at: Time::now() },
        sent_at: None,
    })));
    record
}

fn empty() -> Before {
    Before {
        facts: Some(Vec::new()),
        observations: Some(Vec::new()),
        all_observations: true,
        entities: Some(Vec::new()),
    }
}

fn learned_fact(id: &str, text: &str) -> LearnedFact {
    LearnedFact { id: id.into(), text: text.into(), fact_type: None }
}

#[test]
fn facts_that_were_there_before_are_not_new_and_those_that_went_are_told() {
    let before = Before {
        facts: Some(vec![
            learned_fact("1", "Ana sails."),
            learned_fact("old", "Ana has a cat."),
            learned_fact("gone", "Ana is tall."),
        ]),
        ..empty()
    };
    let facts = vec![
        fact("1", "Ana sails.", json!({})),
        fact("again", "Ana has a cat.", json!({})),
        fact("2", "Ana moved.", json!({})),
    ];
    let learned = compare(&learning(before), &record("USER: Ana moved."), Seen { facts, ..Seen::default() });
    assert_eq!(learned.added.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), ["2"]);
    assert_eq!(learned.removed.unwrap(), [learned_fact("gone", "Ana is tall.")]);
}

#[test]
fn with_nothing_known_of_before_all_facts_are_new_and_what_went_is_not_known() {
    let facts = vec![fact("1", "Ana sails.", json!({}))];
    let learned =
        compare(&learning(Before::default()), &record("USER: Ana sails."), Seen { facts, ..Seen::default() });
    assert_eq!((learned.added.len(), learned.removed.clone()), (1, None));
    assert_eq!(learned.counts().removed, None);
}

#[test]
fn a_fact_names_its_sentence_and_waits_until_it_was_built_in() {
    let facts = vec![
        fact("2", "Bob cooks.", json!({"consolidated_at": null})),
        fact("1", "Ana sails.", json!({})),
        fact(
            "3",
            "Zoe runs a bakery in Oslo",
            json!({"consolidated_at": null, "consolidation_failed_at": "2026-11-28T00:00:00Z"}),
        ),
    ];
    let learned = compare(
        &learning(empty()),
        &record("USER: Hi. Ana sails. Bob cooks."),
        Seen { facts, ..Seen::default() },
    );
    assert_eq!(learned.state, LearnedState::Pending);
    assert_eq!(learned.counts().pending, 1);
    assert_eq!(learned.added[0].said.as_ref().unwrap().text, "Ana sails.", "in the order of the sentences");
    assert_eq!((learned.added[2].said.clone(), learned.added[2].failed), (None, true));
}

#[test]
fn where_no_observations_are_made_nothing_is_pending_and_the_reason_stands_there() {
    let facts = vec![fact("1", "Ana sails.", json!({"consolidated_at": null}))];
    let seen = Seen { facts, unobserved: Some("off".into()), ..Seen::default() };
    let learned = compare(&learning(empty()), &record("USER: Ana sails."), seen);
    assert_eq!((learned.state.clone(), learned.unobserved.as_deref()), (LearnedState::Complete, Some("off")));
    let counts = learned.counts();
    assert_eq!((counts.added, counts.changed, counts.removed, counts.pending), (Some(1), None, Some(0), 0));
}

fn changed(before: Before, observation: Fact, versions: Option<Vec<MemoryVersion>>) -> ChangedObservation {
    let facts = vec![fact("new", "Ana moved.", json!({}))];
    let versions = versions.map(|versions| (observation.id.clone(), versions)).into_iter().collect();
    let seen = Seen { facts, versions, observations: Some(vec![observation]), ..Seen::default() };
    compare(&learning(before), &record("USER: Ana moved."), seen).observations.unwrap().remove(0)
}

#[test]
fn the_servers_history_tells_what_an_observation_said_before() {
    let versions =
        vec![version("later", "other"), version("Ana lives in Porto.", "new"), version("x", "older")];
    let one = changed(empty(), observation_on("o", "Ana lives in Lisbon.", &["old", "new"]), Some(versions));
    assert_eq!((one.change, one.known_by), (ObservationChange::Reworded, KnownBy::Server));
    assert_eq!((one.before.as_deref(), one.evidence), (Some("Ana lives in Porto."), Some(2)));
    let versions = vec![version("Ana lives in Lisbon.", "new")];
    let one = changed(empty(), observation_on("o", "Ana lives in Lisbon.", &["old", "new"]), Some(versions));
    assert_eq!(one.change, ObservationChange::Supported, "the same words with more behind them");
    let one = changed(Before::default(), observation_on("o", "Ana moved.", &["new"]), Some(Vec::new()));
    assert_eq!((one.change, one.known_by), (ObservationChange::Made, KnownBy::Server));
}

#[test]
fn without_a_history_it_is_compared_and_says_so() {
    let before = Before { observations: Some(vec![("o".into(), "Ana lives in Porto.".into())]), ..empty() };
    let one = changed(before, observation_on("o", "Ana lives in Lisbon.", &["old", "new"]), None);
    assert_eq!((one.change, one.known_by), (ObservationChange::Reworded, KnownBy::Compared));
    assert_eq!(one.before.as_deref(), Some("Ana lives in Porto."));
    let one = changed(empty(), observation_on("o", "x", &["old", "new"]), None);
    assert_eq!((one.change, one.known_by), (ObservationChange::Made, KnownBy::Compared));
}

#[test]
fn what_nobody_knows_is_not_called_new() {
    let one = changed(Before::default(), observation_on("o", "x", &["old", "new"]), None);
    assert_eq!((one.change, one.known_by, one.before), (ObservationChange::Touched, KnownBy::NotKnown, None));
    let some = Before { all_observations: false, ..empty() };
    let one = changed(some, observation_on("o", "x", &["old", "new"]), None);
    assert_eq!(one.change, ObservationChange::Touched, "it may be one of those that were not read");
}

#[test]
fn an_observation_that_went_is_told_with_its_words_when_they_are_known() {
    let before =
        Before { observations: Some(vec![("gone".into(), "Ana lives in Porto.".into())]), ..empty() };
    let seen = Seen {
        facts: vec![fact("new", "Ana moved.", json!({}))],
        observations: Some(Vec::new()),
        went: Some(vec!["gone".into(), "unknown".into()]),
        ..Seen::default()
    };
    let learned = compare(&learning(before), &record("USER: Ana moved."), seen);
    let went = learned.observations.clone().unwrap();
    assert_eq!(went[0].before.as_deref(), Some("Ana lives in Porto."));
    assert_eq!((went[1].before.clone(), went[1].change), (None, ObservationChange::Removed));
    assert_eq!(learned.counts().removed, Some(2));
}

#[test]
fn names_are_new_known_or_taken_for_another_and_not_known_without_a_list() {
    let facts =
        || vec![fact("1", "Ana Silva met Bob in Oslo.", json!({"entities": ["Ana Silva", "Bob", "Oslo"]}))];
    let known = Before { entities: Some(vec!["ana silva".into(), "Bob".into()]), ..empty() };
    let turn = record("USER: My sister met Bob in Oslo.");
    let changes = |before: Before| -> Vec<Option<EntityChange>> {
        let learned = compare(&learning(before), &turn, Seen { facts: facts(), ..Seen::default() });
        learned.entities.iter().map(|one| one.change).collect()
    };
    assert_eq!(
        changes(known),
        [Some(EntityChange::Merged), Some(EntityChange::Known), Some(EntityChange::New)]
    );
    assert_eq!(changes(Before::default()), [None, None, None]);
}
