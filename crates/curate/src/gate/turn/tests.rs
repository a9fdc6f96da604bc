//! What a record tells, one cause at a time.

use super::*;
use rearview_domain::ErrorCode;
use rearview_domain::memory::RecalledMemory;
use rearview_domain::record::{Injected, MemoryCall, PinnedMemory, RecordPart, Resolved, Selected};
use rearview_domain::resolve::{BankDecision, DecidedBank};
use rearview_domain::settings::{DecidedSettings, Placement};
use rearview_domain::time::Time;
use rearview_domain::turn::MemoryOutcome;
use serde_json::{Value, json};

fn memory(id: &str, text: &str, rank: u32) -> RecalledMemory {
    serde_json::from_value(json!({
        "id": id, "text": text, "factType": "world", "context": null, "occurredStart": null, "occurredEnd": null,
        "mentionedAt": null, "documentId": null, "chunkId": null, "rank": rank, "tokens": 3,
    }))
    .unwrap()
}

fn resolved(inject_off: Option<MemoryOff>) -> RecordPart {
    RecordPart::Resolved(Box::new(Resolved {
        bank: DecidedBank {
            server_id: Some("s".into()),
            bank_id: "ana".into(),
            decision: BankDecision::BuiltIn,
        },
        profile: None,
        model: "p/m".into(),
        settings: DecidedSettings::decide(&[]),
        inject_off,
        store_off: None,
    }))
}

fn call(mode: MemoryMode, trace: Option<Value>, error: Option<Error>) -> RecordPart {
    let memories = if error.is_none() && mode == MemoryMode::Recall {
        vec![memory("in", "Ana sails.", 1), memory("capped", "Ana rows.", 2), memory("away", "Ana runs.", 3)]
    } else {
        Vec::new()
    };
    RecordPart::Memory(Box::new(MemoryCall {
        mode,
        request: json!({"query": "q", "max_tokens": 9}),
        ms: 1.0,
        memories,
        trace,
        reflect: None,
        ignored_params: Vec::new(),
        error,
        kept_from: None,
    }))
}

fn selected() -> RecordPart {
    let one = |id: &str, gate, pinned| Selected { memory_id: id.into(), gate, pinned };
    RecordPart::Selected(vec![
        one("pin", None, true),
        one("in", None, false),
        one("capped", Some(Gate::MaxMemories), false),
        one("away", Some(Gate::NotHere), false),
        one("empty", Some(Gate::EmptyText), false),
    ])
}

fn injected() -> RecordPart {
    RecordPart::Injected(Injected {
        placement: Placement::OwnBlock,
        placed: "somewhere".into(),
        block: "…".into(),
        tokens: 3,
    })
}

fn record(parts: Vec<RecordPart>) -> TurnRecord {
    let mut record = TurnRecord::new("t".into(), "c".into(), Time::now());
    parts.into_iter().for_each(|part| record.apply(part));
    record
}

fn tell(record: &TurnRecord, expected: Value) -> TurnGate {
    let expected: Expected = serde_json::from_value(expected).unwrap();
    let stages = record.memory.as_ref().and_then(Stages::of_call);
    let id = id_of(record, stages.as_ref(), &expected);
    of_record(record, stages.as_ref(), id.as_deref(), &expected)
}

fn whole(trace: Option<Value>) -> TurnRecord {
    record(vec![resolved(None), call(MemoryMode::Recall, trace, None), selected(), injected()])
}

#[test]
fn what_was_injected_says_its_place_also_by_its_text() {
    let record = whole(None);
    assert_eq!(tell(&record, json!({"id": "pin"})), TurnGate::Injected { place: 1, pinned: true });
    assert_eq!(tell(&record, json!({"id": "in"})), TurnGate::Injected { place: 2, pinned: false });
    assert_eq!(
        tell(&record, json!({"text": " Ana sails. "})),
        TurnGate::Injected { place: 2, pinned: false }
    );
}

#[test]
fn our_own_gates_are_told_with_the_rank() {
    let record = whole(None);
    assert_eq!(tell(&record, json!({"id": "capped"})), TurnGate::MaxMemories { rank: 2, took: 2 });
    assert_eq!(tell(&record, json!({"id": "away"})), TurnGate::NotHere { rank: 3 });
    assert_eq!(tell(&record, json!({"id": "empty"})), TurnGate::EmptyText { rank: 0 });
}

#[test]
fn memory_that_was_off_failed_or_is_not_recorded_is_not_the_memorys_fault() {
    let off = record(vec![
        resolved(Some(MemoryOff::Incognito)),
        RecordPart::Outcome(MemoryOutcome::Off { why: MemoryOff::Incognito }),
    ]);
    assert_eq!(tell(&off, json!({"id": "in"})), TurnGate::NotAsked { why: MemoryOff::Incognito });
    // The outcome knows more than what was resolved: there were no words to search with.
    let wordless =
        record(vec![resolved(None), RecordPart::Outcome(MemoryOutcome::Off { why: MemoryOff::NoQuery })]);
    assert_eq!(tell(&wordless, json!({"id": "in"})), TurnGate::NotAsked { why: MemoryOff::NoQuery });
    let slow = Error::new(ErrorCode::Timeout, "slow");
    let failed = record(vec![resolved(None), call(MemoryMode::Recall, None, Some(slow.clone()))]);
    assert_eq!(tell(&failed, json!({"id": "in"})), TurnGate::Failed { error: slow.clone() });
    let skipped =
        record(vec![resolved(None), RecordPart::Outcome(MemoryOutcome::Failed { error: slow.clone() })]);
    assert_eq!(tell(&skipped, json!({"id": "in"})), TurnGate::Failed { error: slow });
    assert_eq!(tell(&record(vec![]), json!({"id": "in"})), TurnGate::NotRecorded);
    assert!(TurnGate::NotRecorded.is_settled(), "nobody can ask what an unknown turn would have asked");
}

#[test]
fn a_pinned_one_that_was_not_there_says_what_was() {
    let found = PinFound::Invalidated { reason: Some("wrong".into()) };
    let pin = PinnedMemory {
        memory_id: "gone".into(),
        text: "Ana swims.".into(),
        found: found.clone(),
        memory: None,
    };
    let mut with = whole(None);
    with.apply(RecordPart::Pinned(vec![pin]));
    assert_eq!(tell(&with, json!({"text": "Ana swims."})), TurnGate::Pin { found });
}

#[test]
fn another_bank_and_a_paragraph_are_told_apart_from_a_miss() {
    let record = whole(None);
    let told = tell(&record, json!({"id": "x", "bankId": "bob"}));
    assert_eq!(told, TurnGate::OtherBank { asked: "ana".into(), holds: "bob".into() });
    let reflected = self::record(vec![resolved(None), call(MemoryMode::Reflect, None, None)]);
    assert_eq!(tell(&reflected, json!({"id": "x"})), TurnGate::Reflected);
}

#[test]
fn the_trace_says_where_it_fell_and_without_one_nobody_does() {
    assert_eq!(tell(&whole(None), json!({"id": "x"})), TurnGate::NoTrace);
    let trace = json!({
        "query": {"budget": 2, "max_tokens": 9},
        "fusion": [
            {"node_id": "in", "rank": 1, "score": 0.9},
            {"node_id": "x", "rank": 2, "score": 0.5, "gate": "packed_out"},
            {"node_id": "y", "rank": 3, "score": 0.4, "gate": "budget"},
        ],
        "rrf_merged": [{"node_id": "x", "text": "Ana climbs.", "final_rrf_rank": 2, "source_ranks": {"semantic_rank": 4}}],
    });
    let record = whole(Some(trace));
    let TurnGate::Trace { fate, rank } = tell(&record, json!({"text": "Ana climbs."})) else { panic!() };
    assert!(matches!(fate, Fate::Tokens { .. } | Fate::Prefiltered), "{fate:?}");
    assert!(rank.is_some() || fate == Fate::Prefiltered);
    let told = tell(&record, json!({"id": "nobody"}));
    assert!(matches!(told, TurnGate::NoCandidate { candidates } if candidates >= 3), "{told:?}");
    assert!(!told.is_settled());
}
