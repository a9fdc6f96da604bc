use super::*;
use crate::testing::at;
use serde_json::json;

fn run(id: &str, bank: &str) -> NewRun {
    NewRun {
        id: id.into(),
        server_id: "s".into(),
        bank_id: bank.into(),
        label: "Retire 3".into(),
        note: None,
        edit: Some(json!({"state": "invalidated"})),
        at: at(0),
        together: None,
    }
}

fn changes(facts: &[&str]) -> Vec<NewChange> {
    facts.iter().map(|fact| NewChange { fact_id: (*fact).to_owned(), edit: None }).collect()
}

#[tokio::test]
async fn a_change_is_followed_from_waiting_over_sent_to_done_and_its_fact_before_is_there_in_between() {
    let store = Store::in_memory().await.unwrap();
    let id = JournalId::from("r");
    store.make_run(&run("r", "b"), &changes(&["f1", "f2", "f3"])).await.unwrap();
    store.change_sent(&id, 1, &json!({"text": "was"}), &json!({"state": "invalidated"})).await.unwrap();
    let next = store.next_changes(&id, false, 10).await.unwrap();
    assert_eq!(next.len(), 3);
    assert_eq!(next[1].state, ChangeState::Sent);
    assert_eq!(next[1].before, Some(json!({"text": "was"})));
    assert_eq!(next[0].edit, json!({"state": "invalidated"}));
    store.change_is(&id, 1, ChangeState::Done, Some(&json!({"text": "is"})), None).await.unwrap();
    store.change_is(&id, 0, ChangeState::Skipped, None, Some("It is gone.")).await.unwrap();
    let read = store.journal_run(&id).await.unwrap();
    assert_eq!(
        (read.counts.waiting, read.counts.done, read.counts.skipped, read.counts.total()),
        (1, 1, 1, 3)
    );
    let back = store.next_changes(&id, true, 10).await.unwrap();
    assert_eq!(back.iter().map(|change| change.place).collect::<Vec<_>>(), [1]);
    let (skipped, total) = store.journal_changes(&id, &[ChangeState::Skipped], 10, 0).await.unwrap();
    assert_eq!((skipped[0].why.as_deref(), total), (Some("It is gone."), 1));
}

#[tokio::test]
async fn runs_that_a_dead_process_left_going_are_interrupted_and_keep_their_way() {
    let store = Store::in_memory().await.unwrap();
    store.make_run(&run("forth", "b"), &changes(&["f"])).await.unwrap();
    store.make_run(&run("back", "b"), &changes(&["f"])).await.unwrap();
    store.make_run(&run("done", "b"), &changes(&["f"])).await.unwrap();
    store.run_is(&"back".into(), RunState::Undoing, true, None).await.unwrap();
    store.run_is(&"done".into(), RunState::Done, false, None).await.unwrap();
    assert_eq!(store.interrupt_runs().await.unwrap(), 2);
    let of = async |id: &str| {
        let run = store.journal_run(&id.into()).await.unwrap();
        (run.state, run.back)
    };
    assert_eq!(of("forth").await, (RunState::Interrupted, false));
    assert_eq!(of("back").await, (RunState::Interrupted, true));
    assert_eq!(of("done").await, (RunState::Done, false));
}

#[tokio::test]
async fn the_list_is_of_one_bank_or_of_all_and_the_newest_comes_first() {
    let store = Store::in_memory().await.unwrap();
    for (id, bank) in [("1", "a"), ("2", "b"), ("3", "a")] {
        store.make_run(&run(id, bank), &changes(&["f"])).await.unwrap();
    }
    let ids = |page: &JournalPage| page.runs.iter().map(|run| run.id.0.clone()).collect::<Vec<_>>();
    let all = store.journal(None, 2, 0).await.unwrap();
    assert_eq!((ids(&all), all.total), (vec!["3".to_owned(), "2".to_owned()], 3));
    let (server, bank) = (ServerId::from("s"), BankId::from("a"));
    let of_a = store.journal(Some((&server, &bank)), 10, 0).await.unwrap();
    assert_eq!((ids(&of_a), of_a.total), (vec!["3".to_owned(), "1".to_owned()], 2));
}

#[tokio::test]
async fn runs_of_one_action_know_each_other_and_how_many_are_left_of_them() {
    let store = Store::in_memory().await.unwrap();
    for (id, bank, together) in
        [("1", "a", None), ("2", "b", Some("1")), ("3", "a", None), ("4", "c", Some("1"))]
    {
        let run = NewRun { together: together.map(JournalId::from), ..run(id, bank) };
        store.make_run(&run, &changes(&["f"])).await.unwrap();
    }
    let together = async |id: &str| {
        let runs = store.runs_together(&id.into()).await.unwrap();
        assert!(runs.iter().all(|run| run.parts as usize == runs.len()), "{runs:?}");
        runs.into_iter().map(|run| run.id.0).collect::<Vec<_>>()
    };
    assert_eq!(together("1").await, ["1", "2", "4"]);
    assert_eq!(together("4").await, ["1", "2", "4"]);
    assert_eq!(together("3").await, ["3"]);
    let (server, bank) = (ServerId::from("s"), BankId::from("b"));
    let of_b = store.journal(Some((&server, &bank)), 10, 0).await.unwrap().runs;
    assert_eq!((of_b[0].together.as_str(), of_b[0].parts), ("1", 3), "also where the others are not listed");
    store.forget_run(&"1".into()).await.unwrap();
    assert_eq!(together("2").await, ["2", "4"], "the others stay together without the first");
    assert!(store.runs_together(&"1".into()).await.is_err());
}

#[tokio::test]
async fn a_forgotten_run_takes_its_changes_along_and_nothing_is_sent_for_it_any_more() {
    let store = Store::in_memory().await.unwrap();
    let id = JournalId::from("r");
    store.make_run(&run("r", "b"), &changes(&["f"])).await.unwrap();
    store.forget_run(&id).await.unwrap();
    assert!(matches!(store.journal_run(&id).await, Err(StoreError::NotFound { .. })));
    let sent = store.change_sent(&id, 0, &json!({}), &json!({})).await;
    assert!(matches!(sent, Err(StoreError::NotFound { .. })), "{sent:?}");
    assert_eq!(store.journal_changes(&id, &[], 10, 0).await.unwrap().1, 0);
}

#[tokio::test]
async fn a_fact_tells_which_runs_of_its_bank_changed_it() {
    let store = Store::in_memory().await.unwrap();
    for (id, bank) in [("r1", "b"), ("r2", "other"), ("r3", "b"), ("r4", "b")] {
        store.make_run(&run(id, bank), &changes(&["f", "g"])).await.unwrap();
        if id != "r4" {
            store.change_sent(&id.into(), 0, &json!({"text": id}), &json!({})).await.unwrap();
        }
    }
    let of = async |fact: &str, limit| {
        let found = store.changes_of_fact((&"s".into(), &"b".into()), fact, limit).await.unwrap();
        found.into_iter().map(|(run, change)| (run.id.0, change.before.unwrap())).collect::<Vec<_>>()
    };
    let all = [("r3".to_owned(), json!({"text": "r3"})), ("r1".to_owned(), json!({"text": "r1"}))];
    assert_eq!(of("f", 10).await, all);
    assert_eq!(of("f", 1).await, all[..1]);
    assert_eq!(of("g", 10).await, []);
}
