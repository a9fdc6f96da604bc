//! A run on a server that refuses, lies, hangs and dies: nothing stays half-known.

use super::model::{Fault, Floor, Model, journal};
use crate::run::{Edit, Journal, Plan, RunView};
use rearview_domain::JournalId;
use rearview_domain::journal::{ChangeState, RunState};
use rearview_hindsight::{Client, MemoryPatch, MemoryState};
use rearview_store::Store;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const LONG: Duration = Duration::from_secs(20);

fn fact(id: &str) -> Value {
    json!({
        "id": id, "text": format!("Fact {id}"), "type": "world", "state": "valid", "entities": ["Ana", "Lisbon, PT"],
        "occurred_start": "2026-01-02T00:00:00+00:00", "mentioned_at": "2026-01-03T10:00:00.5+00:00",
    })
}

fn facts(count: usize) -> Vec<Value> {
    (0..count).map(|n| fact(&format!("f{n}"))).collect()
}

fn retire() -> Edit {
    let state = Some(MemoryState::Invalidated);
    Edit::Patch { patch: MemoryPatch { state, reason: Some("old".into()), ..MemoryPatch::default() } }
}

fn plan(ids: &[String], edit: Edit) -> Plan {
    Plan {
        server_id: "s".into(),
        bank_id: "b".into(),
        label: "Retire".into(),
        note: None,
        changes: ids.iter().map(|id| (id.clone(), None)).collect(),
        edit: Some(edit),
    }
}

fn ids(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("f{n}")).collect()
}

async fn done(journal: &Arc<Journal>, id: &JournalId) -> RunView {
    journal.settled(id, LONG).await;
    journal.run(id).await.unwrap()
}

struct Set {
    model: Model,
    store: Store,
    client: Client,
    journal: Arc<Journal>,
}

async fn set(count: usize) -> Set {
    set_with(count, Duration::from_secs(5)).await
}

async fn set_with(count: usize, timeout: Duration) -> Set {
    let model = Model::with(facts(count));
    let client = model.serve(timeout).await;
    let store = Store::in_memory().await.unwrap();
    let journal = journal(&store, &client).await;
    Set { model, store, client, journal }
}

#[tokio::test]
async fn a_run_changes_all_facts_and_its_undo_leaves_them_as_they_were() {
    let Set { model, journal, .. } = set(30).await;
    let before = model.all();
    let id = journal.begin(plan(&ids(30), retire())).await.unwrap();
    let run = done(&journal, &id).await;
    assert_eq!((run.state, run.total, run.done, run.undoable), (RunState::Done, 30, 30, true));
    assert!(model.all().values().all(|fact| fact["state"] == "invalidated"));
    assert!(model.0.lock().unwrap().most_at_once <= 4, "no more than a few at once");
    journal.undo(&id, false).await.unwrap();
    let run = done(&journal, &id).await;
    assert_eq!((run.state, run.undone, run.conflicts, run.redoable), (RunState::Undone, 30, 0, true));
    let after = model.all();
    for (id, was) in &before {
        for field in ["text", "state", "entities", "occurred_start", "mentioned_at", "type"] {
            assert_eq!(after[id][field], was[field], "{id} {field}");
        }
    }
    journal.redo(&id).await.unwrap();
    let run = done(&journal, &id).await;
    assert_eq!((run.state, run.done), (RunState::Done, 30));
    assert!(model.all().values().all(|fact| fact["state"] == "invalidated"));
}

#[tokio::test]
async fn a_server_that_forgets_the_entities_of_a_restored_fact_is_given_them_again() {
    let Set { model, journal, .. } = set(3).await;
    model.0.lock().unwrap().forgets_entities = true;
    let id = journal.begin(plan(&ids(3), retire())).await.unwrap();
    done(&journal, &id).await;
    journal.undo(&id, false).await.unwrap();
    let run = done(&journal, &id).await;
    assert_eq!((run.undone, run.conflicts), (3, 0));
    assert_eq!(model.fact("f1")["entities"], json!(["Ana", "Lisbon, PT"]));
    let patches = model.0.lock().unwrap().patches.clone();
    let again = patches.iter().find(|(_, patch)| patch["entities"].is_array()).unwrap();
    assert_eq!(again.1["resolve_entities"], json!(false));
}

#[tokio::test]
async fn a_busy_server_gets_the_wait_that_it_asks_for() {
    let Set { model, journal, .. } = set(6).await;
    model.fault("f2", Fault::Busy(0.4));
    model.fault("f3", Fault::Unavailable);
    let begun = Instant::now();
    let id = journal.begin(plan(&ids(6), retire())).await.unwrap();
    let run = done(&journal, &id).await;
    assert_eq!((run.state, run.done), (RunState::Done, 6));
    assert!(begun.elapsed() >= Duration::from_millis(400), "{:?}", begun.elapsed());
    assert_eq!(model.patches(), 6, "no change was made twice");
}

#[tokio::test]
async fn a_change_that_arrived_in_spite_of_an_error_is_not_sent_again() {
    let Set { model, journal, .. } = set(2).await;
    model.fault("f0", Fault::ChangesAndFails);
    let id = journal.begin(plan(&ids(2), retire())).await.unwrap();
    let run = done(&journal, &id).await;
    assert_eq!((run.done, run.failed), (2, 0));
    assert_eq!(model.patches(), 2);
}

#[tokio::test]
async fn a_change_that_the_server_only_says_it_made_is_told_as_failed() {
    let Set { model, journal, .. } = set(2).await;
    model.fault("f0", Fault::Lies);
    let id = journal.begin(plan(&ids(2), retire())).await.unwrap();
    let run = done(&journal, &id).await;
    assert_eq!((run.state, run.done, run.failed, run.resumable), (RunState::Done, 1, 1, true));
    let failed = journal.changes(&id, &[ChangeState::Failed], 10, 0).await.unwrap().changes;
    assert!(failed[0].why.as_deref().unwrap().contains("as it was"), "{failed:?}");
    journal.resume(&id).await.unwrap();
    assert_eq!(done(&journal, &id).await.done, 2);
}

#[tokio::test]
async fn facts_that_vanished_or_are_so_already_are_skipped_and_the_reason_is_told() {
    let Set { model, journal, .. } = set(3).await;
    model.0.lock().unwrap().facts.get_mut("f1").unwrap()["state"] = json!("invalidated");
    model.0.lock().unwrap().facts.get_mut("f1").unwrap()["invalidation_reason"] = json!("old");
    model.0.lock().unwrap().facts.get_mut("f2").unwrap()["type"] = json!("observation");
    let wanted = [ids(3), vec!["nobody".to_owned()]].concat();
    let id = journal.begin(plan(&wanted, retire())).await.unwrap();
    let run = done(&journal, &id).await;
    assert_eq!((run.done, run.skipped, run.failed), (1, 3, 0));
    let whys: Vec<String> = journal
        .changes(&id, &[ChangeState::Skipped], 10, 0)
        .await
        .unwrap()
        .changes
        .into_iter()
        .filter_map(|c| c.why)
        .collect();
    assert!(
        whys[0].contains("already") && whys[1].contains("observation") && whys[2].contains("any more"),
        "{whys:?}"
    );
}

#[tokio::test]
async fn a_hanging_call_ends_the_run_as_interrupted_and_resuming_finds_what_had_arrived() {
    let Set { model, journal, .. } = set_with(1, Duration::from_millis(150)).await;
    model.fault("f0", Fault::ChangesAndHangs);
    let id = journal.begin(plan(&ids(1), retire())).await.unwrap();
    let run = done(&journal, &id).await;
    // The fact itself says that the change arrived.
    assert_eq!((run.state, run.done, model.patches()), (RunState::Done, 1, 1));
}

#[tokio::test]
async fn a_refused_key_halts_the_run_at_once_and_nothing_is_half_known_after_it_is_mended() {
    let Set { model, journal, .. } = set(40).await;
    model.fault("f5", Fault::Unauthorized);
    let id = journal.begin(plan(&ids(40), retire())).await.unwrap();
    let run = done(&journal, &id).await;
    assert_eq!(run.state, RunState::Failed);
    assert!(run.error.is_some() && run.resumable && run.done + run.unknown + run.waiting == 40, "{run:?}");
    assert!(run.waiting > 25, "it went on: {run:?}");
    journal.resume(&id).await.unwrap();
    let run = done(&journal, &id).await;
    assert_eq!((run.state, run.done, run.unknown), (RunState::Done, 40, 0));
    assert_eq!(model.patches(), 40, "none was changed twice");
}

#[tokio::test]
async fn twenty_refusals_in_a_row_end_a_run() {
    let Set { model, journal, .. } = set(60).await;
    for id in ids(60) {
        for _ in 0..3 {
            model.fault(&id, Fault::Fails);
        }
    }
    let id = journal.begin(plan(&ids(60), retire())).await.unwrap();
    let run = done(&journal, &id).await;
    assert_eq!(run.state, RunState::Failed, "{run:?}");
    assert!(run.failed >= 20 && run.waiting > 20, "{run:?}");
}

#[tokio::test]
async fn a_dead_process_leaves_changes_unknown_and_the_next_one_looks_at_the_facts() {
    let Set { model, store, client, journal } = set(4).await;
    // As the process dies right after it sent: the first had arrived, the second had not, the third neither and
    // somebody wrote over it, the fourth was never begun.
    let id = journal.begin(plan(&ids(4), retire())).await.unwrap();
    done(&journal, &id).await;
    journal.undo(&id, false).await.unwrap();
    done(&journal, &id).await;
    let text = |text: &str| {
        json!({"text": text, "factType": "world", "state": "valid", "entities": ["Ana", "Lisbon, PT"],
               "occurredStart": "2026-01-02T00:00:00+00:00", "mentionedAt": "2026-01-03T10:00:00.5+00:00"})
    };
    let patch = json!({"text": "new"});
    let edit = Edit::Patch { patch: MemoryPatch { text: Some("new".into()), ..MemoryPatch::default() } };
    let id = JournalId::from("dead");
    let run = rearview_store::NewRun {
        id: id.clone(),
        server_id: "s".into(),
        bank_id: "b".into(),
        label: "Rewrite".into(),
        note: None,
        edit: Some(edit.to_value()),
        at: rearview_domain::time::Time::now(),
    };
    let changes: Vec<_> =
        ids(4).into_iter().map(|fact_id| rearview_store::NewChange { fact_id, edit: None }).collect();
    store.make_run(&run, &changes).await.unwrap();
    for (place, was) in [(0, "Fact f0"), (1, "Fact f1"), (2, "Fact f2")] {
        store.change_sent(&id, place, &text(was), &patch).await.unwrap();
    }
    model.0.lock().unwrap().facts.get_mut("f0").unwrap()["text"] = json!("new");
    model.0.lock().unwrap().facts.get_mut("f2").unwrap()["text"] = json!("somebody else's");
    let sent = model.patches();

    let again = super::model::journal(&store, &client).await;
    let run = again.run(&id).await.unwrap();
    assert_eq!((run.state, run.unknown, run.waiting), (RunState::Interrupted, 3, 1));
    again.resume(&id).await.unwrap();
    let run = done(&again, &id).await;
    assert_eq!((run.state, run.done, run.conflicts, run.unknown), (RunState::Done, 3, 1, 0));
    assert_eq!(model.patches() - sent, 2, "what had arrived was not sent again");
    assert_eq!(model.fact("f2")["text"], "somebody else's");
    again.undo(&id, false).await.unwrap();
    done(&again, &id).await;
    for (fact, was) in [("f0", "Fact f0"), ("f1", "Fact f1"), ("f2", "somebody else's"), ("f3", "Fact f3")] {
        assert_eq!(model.fact(fact)["text"], was);
    }
}

#[tokio::test]
async fn an_interrupted_run_can_be_undone_instead_and_what_never_arrived_counts_as_undone() {
    let Set { model, store, client, journal } = set(2).await;
    let before = model.all();
    model.fault("f0", Fault::Unauthorized);
    model.fault("f1", Fault::Unauthorized);
    let id = journal.begin(plan(&ids(2), retire())).await.unwrap();
    let run = done(&journal, &id).await;
    assert_eq!((run.state, run.unknown), (RunState::Failed, 2));
    let again = super::model::journal(&store, &client).await;
    again.undo(&id, false).await.unwrap();
    let run = done(&again, &id).await;
    assert_eq!((run.state, run.undone, run.unknown), (RunState::Undone, 2, 0));
    assert_eq!(model.all(), before);
}

#[tokio::test]
async fn undo_leaves_alone_what_somebody_else_changed_since_and_takes_it_back_only_when_told() {
    let Set { model, journal, .. } = set(3).await;
    let edit = Edit::Patch { patch: MemoryPatch { text: Some("new".into()), ..MemoryPatch::default() } };
    let id = journal.begin(plan(&ids(3), edit)).await.unwrap();
    done(&journal, &id).await;
    model.0.lock().unwrap().facts.get_mut("f1").unwrap()["text"] = json!("better");
    model.0.lock().unwrap().facts.get_mut("f2").unwrap()["context"] = json!("a note of somebody else");
    journal.undo(&id, false).await.unwrap();
    let run = done(&journal, &id).await;
    assert_eq!((run.state, run.undone, run.conflicts), (RunState::Undone, 2, 1));
    assert_eq!(model.fact("f1")["text"], "better");
    assert_eq!(model.fact("f2")["context"], "a note of somebody else", "another field stays as edited");
    let conflict = journal.changes(&id, &[ChangeState::Conflict], 10, 0).await.unwrap().changes;
    assert_eq!(conflict[0].why.as_deref(), Some("Somebody else changed it since: text."));
    journal.undo(&id, true).await.unwrap();
    let run = done(&journal, &id).await;
    assert_eq!((run.undone, run.conflicts), (3, 0));
    assert_eq!(model.fact("f1")["text"], "Fact f1");
}

#[tokio::test]
async fn a_change_that_failed_and_was_written_over_is_a_conflict_and_not_a_guess() {
    let Set { model, journal, .. } = set(1).await;
    let edit = Edit::Patch { patch: MemoryPatch { text: Some("new".into()), ..MemoryPatch::default() } };
    model.fault("f0", Fault::ChangedByOthersAndFails);
    let id = journal.begin(plan(&ids(1), edit)).await.unwrap();
    let run = done(&journal, &id).await;
    assert_eq!((run.conflicts, run.done, run.failed), (1, 0, 0), "{run:?}");
}

#[tokio::test]
async fn a_stopped_run_keeps_what_it_did_and_goes_on_where_it_was() {
    let Set { model, journal, .. } = set(200).await;
    let id = journal.begin(plan(&ids(200), retire())).await.unwrap();
    while journal.run(&id).await.unwrap().done < 10 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    journal.stop(&id).await;
    let run = journal.run(&id).await.unwrap();
    assert_eq!(run.state, RunState::Stopped, "{run:?}");
    assert!(run.waiting > 0 && run.unknown == 0, "{run:?}");
    journal.resume(&id).await.unwrap();
    assert_eq!(done(&journal, &id).await.done, 200);
    assert_eq!(model.patches(), 200);
}

#[tokio::test]
async fn the_page_hears_of_a_run_at_most_five_times_a_second() {
    let model = Model::with(facts(150));
    let client = model.serve(LONG).await;
    let told: Arc<Mutex<Vec<Vec<String>>>> = Arc::default();
    let store = Store::in_memory().await.unwrap();
    let journal = Journal::open(store, Arc::new(Floor(client, told.clone()))).await.unwrap();
    let begun = Instant::now();
    let id = journal.begin(plan(&ids(150), retire())).await.unwrap();
    done(&journal, &id).await;
    tokio::time::sleep(Duration::from_millis(20)).await;
    let most = 2 + begun.elapsed().as_millis() / 200;
    let told = told.lock().unwrap().clone();
    assert!(told.len() as u128 <= most, "{} notices in {:?}", told.len(), begun.elapsed());
    assert_eq!(told.last().unwrap(), &["runs", "memories"]);
}

#[tokio::test]
async fn one_fact_twice_no_fact_and_a_change_of_nothing_are_refused_before_anything_is_written() {
    let Set { journal, .. } = set(1).await;
    for plan in [
        plan(&[], retire()),
        plan(&["f0".to_owned(), "f0".to_owned()], retire()),
        Plan { edit: None, ..plan(&ids(1), retire()) },
    ] {
        assert!(journal.begin(plan).await.is_err());
    }
    assert_eq!(journal.list(None, 10, 0).await.unwrap().total, 0);
}
