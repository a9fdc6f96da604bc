//! Verdicts, differences and files.

use super::judge::{Leak, Sight, judge};
use super::*;
use serde_json::json;
use std::collections::HashSet;

fn found(ids: &[&str]) -> Vec<CheckFound> {
    ids.iter().map(|id| CheckFound { id: (*id).to_owned(), text: format!("text of {id}") }).collect()
}

fn sight(ids: &[&str]) -> Sight {
    Sight { found: found(ids), tokens: 12, ms: 8.25 }
}

fn expectation(value: serde_json::Value) -> Expectation {
    serde_json::from_value(value).unwrap()
}

fn verdict(value: serde_json::Value, ids: &[&str]) -> (CheckState, String, Option<String>) {
    let verdict = judge(&expectation(value), &sight(ids), None);
    (verdict.state, verdict.seen, verdict.by)
}

#[test]
fn a_fact_is_expected_at_a_rank_and_known_by_id_before_text() {
    let by = |word: &str| Some(word.to_owned());
    assert_eq!(
        verdict(json!({"kind": "fact", "id": "b", "text": "text of b"}), &["a", "b"]),
        (CheckState::Green, "rank 2".into(), by("id"))
    );
    assert_eq!(
        verdict(json!({"kind": "fact", "id": "b", "text": "text of b", "rank": 1}), &["a", "b"]),
        (CheckState::Red, "rank 2".into(), by("id"))
    );
    assert_eq!(
        verdict(json!({"kind": "fact", "id": "old", "text": " text of a ", "rank": 1}), &["a", "b"]),
        (CheckState::Green, "rank 1".into(), by("text"))
    );
    assert_eq!(
        verdict(json!({"kind": "fact", "id": "old", "text": "text of"}), &["a"]),
        (CheckState::Red, "not answered".into(), None)
    );
    assert_eq!(verdict(json!({"kind": "fact", "id": "old", "text": ""}), &["a"]).0, CheckState::Red);
}

#[test]
fn what_must_never_come_is_red_also_under_another_id() {
    assert_eq!(
        verdict(json!({"kind": "never", "id": "z", "text": "text of z"}), &["a"]).0,
        CheckState::Green
    );
    assert_eq!(verdict(json!({"kind": "never", "id": "z", "text": "text of a"}), &["a"]).0, CheckState::Red);
}

#[test]
fn limits_include_themselves() {
    assert_eq!(verdict(json!({"kind": "max_tokens", "n": 12}), &[]).0, CheckState::Green);
    assert_eq!(
        verdict(json!({"kind": "max_tokens", "n": 11}), &[]),
        (CheckState::Red, "12 tokens".into(), None)
    );
    assert_eq!(verdict(json!({"kind": "max_ms", "n": 9}), &[]).0, CheckState::Green);
    assert_eq!(verdict(json!({"kind": "max_ms", "n": 8}), &[]), (CheckState::Red, "8.2 ms".into(), None));
}

#[test]
fn a_leak_is_found_by_id_and_by_text_and_a_bank_that_is_not_there_proves_nothing() {
    let canary = expectation(json!({"kind": "nothing_from", "bank": "b"}));
    let known = |ids: &[&str], texts: &[&str]| Leak::Known {
        ids: ids.iter().map(|id| (*id).to_owned()).collect::<HashSet<_>>(),
        texts: texts.iter().map(|text| (*text).to_owned()).collect(),
    };
    let state = |leak: &Leak| judge(&canary, &sight(&["a"]), Some(leak)).state;
    assert_eq!(state(&known(&["x"], &["other"])), CheckState::Green);
    assert_eq!(state(&known(&["a"], &[])), CheckState::Red);
    assert_eq!(state(&known(&[], &["text of a"])), CheckState::Red);
    assert_eq!(state(&Leak::NotKnown("there is no bank `b`".into())), CheckState::Unknown);
}

fn result(ids: &[&str], state: CheckState) -> CheckResult {
    CheckResult {
        at: rearview_domain::time::Time::now(),
        state,
        ms: 10.0,
        tokens: 5,
        found: found(ids),
        count: 0,
        verdicts: Vec::new(),
        error: None,
    }
}

#[test]
fn a_difference_tells_who_moved_who_is_new_and_who_is_gone() {
    let before = result(&["a", "b", "c"], CheckState::Green);
    let mut now = result(&["b", "a", "d"], CheckState::Red);
    now.found[1].id = "a-under-a-new-id".to_owned();
    let told = difference(&before, &now);
    let moves: Vec<_> = told.moves.iter().map(|one| (one.text.as_str(), one.from, one.to)).collect();
    assert_eq!(
        moves,
        [
            ("text of b", Some(2), Some(1)),
            ("text of a", Some(1), Some(2)),
            ("text of d", None, Some(3)),
            ("text of c", Some(3), None)
        ]
    );
    assert_eq!(told.was, CheckState::Green);
    assert_eq!(difference(&now, &now).moves, []);
}

#[test]
fn a_file_reads_back_as_it_was_written_whatever_stands_in_it() {
    let text = "yes: no\n# \"quoted\" 'x' <script> \u{0} \u{2028} \t- |\n  - {a: &b *c}";
    let check = FileCheck {
        name: "null".into(),
        bank: "007".into(),
        request: serde_json::from_value(json!({
            "query": text, "budget": "high", "types": ["world"], "max_tokens": 7, "tags": ["true", "1.0", "~"],
            "include": {"entities": null, "chunks": {"max_tokens": 10}}, "tag_groups": [{"not": {"tags": ["x"]}}],
            "min_scores": {"final": 0.30000000000000004}, "temporal_window": {"start": "2026-01-01", "end": "2026-02-01"}
        }))
        .unwrap(),
        expect: vec![
            expectation(json!({"kind": "fact", "id": "1e5", "text": text, "rank": 3})),
            expectation(json!({"kind": "never", "text": "off"})),
            expectation(json!({"kind": "max_tokens", "n": 800})),
            expectation(json!({"kind": "max_ms", "n": 300})),
            expectation(json!({"kind": "nothing_from", "bank": "b"})),
        ],
    };
    let yaml = write_file(std::slice::from_ref(&check)).unwrap();
    assert_eq!(read_file(&yaml).unwrap(), [check], "{yaml}");
}

#[test]
fn a_file_that_is_none_says_where_it_is_wrong() {
    let refused = |yaml: &str| read_file(yaml).unwrap_err().message;
    assert!(refused("checks: []").contains("version"));
    assert!(refused("version: 2\nchecks: []").contains("version is 2"));
    assert!(
        refused(
            "version: 1\nchecks:\n- name: x\n  bank: b\n  request: {query: q, bugdet: low}\n  expect: []"
        )
        .contains("bugdet")
    );
    assert!(
        refused("version: 1\nchecks:\n- name: x\n  bank: b\n  request: {query: q}\n  expect: []")
            .contains("cannot fail")
    );
    assert!(refused(&"- ".repeat(100_000)).contains("no file of checks"));
    assert!(read_file("version: 1\nchecks: []").unwrap().is_empty());
}

#[test]
fn a_person_can_write_one_by_hand() {
    let yaml = "version: 1\nchecks:\n  - name: Ana's diet\n    bank: ana\n    request:\n      query: What does Ana eat?\n      budget: low\n    expect:\n      - kind: fact\n        text: Ana is a vegetarian.\n        rank: 3\n";
    let checks = read_file(yaml).unwrap();
    assert_eq!(checks[0].request.query, "What does Ana eat?");
    assert_eq!(
        checks[0].expect,
        [expectation(json!({"kind": "fact", "text": "Ana is a vegetarian.", "rank": 3}))]
    );
}
