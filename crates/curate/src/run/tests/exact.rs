//! Undo is exact: whatever edits are made to whatever fact, taking the runs back in reverse order leaves every
//! fact as it was, entities included.

use super::model::{Model, journal};
use crate::run::back::{Back, Begun, way_back};
use crate::run::kept::{Stand, moment, stand};
use crate::run::{Edit, Kept, Plan};
use proptest::prelude::*;
use rearview_domain::memory::FactType;
use rearview_hindsight::{MemoryPatch, MemoryState};
use rearview_store::Store;
use serde_json::{Value, json};
use std::time::Duration;

fn name() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["Ana", "Lisbon, PT", "Ölçü", "日本", "O'Brien; DROP", "<b>x</b>"])
        .prop_map(str::to_owned)
}

fn names() -> impl Strategy<Value = Vec<String>> {
    prop::collection::btree_set(name(), 0..4).prop_map(|set| set.into_iter().collect())
}

fn date() -> impl Strategy<Value = Option<String>> {
    prop::option::of(
        (2001..2031i32, 1..12u32).prop_map(|(year, month)| format!("{year}-{month:02}-15T08:30:00+00:00")),
    )
}

fn fact() -> impl Strategy<Value = Value> {
    let words = (
        "[a-z<>\"' é]{1,12}x",
        prop::option::of("[a-z]{1,8}"),
        date(),
        date(),
        date(),
        names(),
        any::<bool>(),
    );
    (words, any::<bool>()).prop_map(|((text, context, start, end, mentioned, entities, world), retired)| {
        let mut fact = json!({
            "text": text, "context": context, "occurred_start": start, "occurred_end": end,
            "mentioned_at": mentioned, "type": if world { "world" } else { "experience" },
            "state": "valid", "entities": entities, "invalidation_reason": null,
        });
        if retired {
            fact["was_about"] = fact["entities"].take();
            fact["entities"] = json!([]);
            fact["state"] = json!("invalidated");
            fact["invalidation_reason"] = json!("before");
        }
        fact
    })
}

fn cleared(date: Option<String>) -> Option<String> {
    Some(date.unwrap_or_default())
}

fn edit() -> impl Strategy<Value = Edit> {
    let patch = (
        prop::option::of("[a-z]{1,12}y"),
        prop::option::of(prop::option::of("[a-z]{1,8}")),
        prop::option::of(date()),
        prop::option::of(date()),
        prop::option::of(names()),
        prop::option::of(any::<bool>()),
        prop::option::of(any::<bool>()),
    )
        .prop_map(|(text, context, start, mentioned, entities, world, valid)| Edit::Patch {
            patch: MemoryPatch {
                text,
                context: context.map(Option::unwrap_or_default),
                occurred_start: start.and_then(cleared),
                mentioned_at: mentioned.and_then(cleared),
                fact_type: world.map(|world| if world { FactType::World } else { FactType::Experience }),
                resolve_entities: entities.is_some().then_some(false),
                entities,
                state: valid.map(|valid| if valid { MemoryState::Valid } else { MemoryState::Invalidated }),
                reason: valid.and_then(|valid| (!valid).then(|| "by the run".to_owned())),
                ..MemoryPatch::default()
            },
        });
    prop_oneof![
        4 => patch,
        1 => names().prop_map(|names| Edit::AddEntities { names }),
        1 => names().prop_map(|names| Edit::RemoveEntities { names }),
        1 => (name(), names()).prop_map(|(into, from)| Edit::MergeEntities { into, from }),
        1 => (-400..400i32, any::<bool>()).prop_map(|(days, mentioned)| Edit::ShiftDates { days, mentioned }),
    ]
}

/// What a person can see of a fact; order and case of entities apart.
fn seen(fact: &Value) -> Value {
    let mut entities: Vec<String> = serde_json::from_value(fact["entities"].clone()).unwrap();
    entities.sort();
    let date = |name: &str| fact[name].as_str().and_then(moment).map(|moment| moment.to_string());
    json!([
        fact["text"],
        fact["context"],
        date("occurred_start"),
        date("occurred_end"),
        date("mentioned_at"),
        fact["type"],
        fact["state"],
        fact["invalidation_reason"],
        entities,
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn runs_that_are_taken_back_in_reverse_order_leave_every_fact_as_it_was(
        facts in prop::collection::vec(fact(), 1..5),
        edits in prop::collection::vec(edit(), 1..5),
        forgets in any::<bool>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let ids: Vec<String> = (0..facts.len()).map(|n| format!("f{n}")).collect();
            let named = facts.into_iter().zip(&ids).map(|(mut fact, id)| { fact["id"] = json!(id); fact });
            let model = Model::with(named);
            model.0.lock().unwrap().forgets_entities = forgets;
            let client = model.serve(Duration::from_secs(10)).await;
            let store = Store::in_memory().await.unwrap();
            let journal = journal(&store, &client).await;
            let before = model.all();
            let mut runs = Vec::new();
            for edit in edits {
                let changes = ids.iter().map(|id| (id.clone(), None)).collect();
                let plan = Plan {
                    server_id: "s".into(), bank_id: "b".into(), label: String::new(), note: None, changes,
                    edit: Some(edit),
                };
                let id = journal.begin(plan).await.unwrap();
                journal.settled(&id, Duration::from_secs(10)).await;
                let run = journal.run(&id).await.unwrap();
                assert_eq!((run.failed, run.conflicts, run.unknown), (0, 0, 0), "{run:?} {:?}",
                    journal.changes(&id, &[], 10, 0).await.unwrap().changes);
                runs.push(id);
            }
            // A server that forgets entities when it restores has forgotten those of a run that restored; only
            // what a run did is taken back, and a restore is one thing it did.
            for id in runs.iter().rev() {
                let run = journal.run(id).await.unwrap();
                if run.undoable {
                    journal.undo(id, false).await.unwrap();
                    journal.settled(id, Duration::from_secs(10)).await;
                }
                let run = journal.run(id).await.unwrap();
                assert_eq!((run.done, run.conflicts), (0, 0), "{run:?} {:?}",
                    journal.changes(id, &[], 10, 0).await.unwrap().changes);
            }
            for (id, fact) in model.all() {
                assert_eq!(seen(&fact), seen(&before[&id]), "{id}");
            }
        });
    }

    #[test]
    fn the_way_back_of_a_fact_that_nobody_else_touched_is_never_a_conflict(
        before in fact(), edit in edit(),
    ) {
        let before = kept(&before);
        if let Ok(patch) = edit.on(&before) {
            let mut after = before.patched(&patch);
            if after.is_retired() { after.entities.clear(); }
            prop_assert_ne!(stand(&before, &patch, &after), Stand::AsBefore);
            let back = way_back(&before, &after, &after, Begun::No, false);
            prop_assert!(!matches!(back, Back::Changed(_)), "{:?}", back);
            prop_assert_eq!(way_back(&before, &after, &before, Begun::Yes, false), Back::There);
        }
    }
}

fn kept(fact: &Value) -> Kept {
    let mut fact = fact.clone();
    fact["id"] = json!("f");
    Kept::from(&serde_json::from_value::<rearview_hindsight::Fact>(fact).unwrap())
}

#[test]
fn times_are_moments_however_they_are_spelled() {
    for (a, b) in [
        ("2026-01-02", "2026-01-02T00:00:00Z"),
        ("2026-01-02T01:00:00+01:00", "2026-01-02T00:00:00+00:00"),
        ("2026-01-02T00:00:00", "2026-01-02T00:00:00.000000Z"),
    ] {
        assert_eq!(moment(a), moment(b), "{a} {b}");
        assert!(moment(a).is_some());
    }
    assert_eq!(moment("next week"), None);
}

#[test]
fn an_edit_survives_the_journal_and_dates_are_shifted_by_whole_days() {
    let edit = Edit::ShiftDates { days: -1, mentioned: false };
    assert_eq!(serde_json::from_value::<Edit>(edit.to_value()).unwrap(), edit);
    let patch = MemoryPatch {
        occurred_start: Some(String::new()),
        fact_type: Some(FactType::World),
        ..Default::default()
    };
    let edit = Edit::Patch { patch };
    assert_eq!(serde_json::from_value::<Edit>(edit.to_value()).unwrap(), edit);
    let fact = Kept { occurred_start: Some("2026-03-01T06:00:00+02:00".into()), ..Kept::default() };
    let patch = Edit::ShiftDates { days: -1, mentioned: true }.on(&fact).unwrap();
    assert_eq!(patch.occurred_start.as_deref(), Some("2026-02-28T04:00:00Z"));
    assert_eq!((patch.occurred_end, patch.mentioned_at), (None, None), "what has no date gets none");
}

#[test]
fn merging_entities_touches_only_facts_that_have_one_of_them() {
    let of = |entities: &[&str]| Kept {
        entities: entities.iter().map(|name| (*name).into()).collect(),
        ..Kept::default()
    };
    let edit = Edit::MergeEntities { into: "Ana".into(), from: vec!["Anna".into(), "ana m.".into()] };
    let patch = edit.on(&of(&["Ana M.", "Lisbon", "Ana"])).unwrap();
    assert_eq!(patch.entities.unwrap(), ["Ana", "Lisbon"]);
    assert_eq!(patch.resolve_entities, Some(false));
    assert!(edit.on(&of(&["Annabel", "Lisbon"])).is_err());
}
