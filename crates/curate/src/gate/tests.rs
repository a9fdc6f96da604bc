//! Gates that need no server, and the steps over each.

use super::filter::{fits_group, fits_tags, kind, tags};
use super::*;
use crate::stage::Stages;
use rearview_domain::memory::{Budget, MinScores, TagsMatch};
use rearview_hindsight::RecallAnswer;
use serde_json::json;

fn fact(value: Value) -> Fact {
    let mut whole = json!({"id": "f", "text": "Ana sails.", "fact_type": "world"});
    whole.as_object_mut().unwrap().extend(value.as_object().unwrap().clone());
    serde_json::from_value(whole).unwrap()
}

fn request(value: Value) -> RecallRequest {
    let mut whole = json!({"query": "sails"});
    whole.as_object_mut().unwrap().extend(value.as_object().unwrap().clone());
    serde_json::from_value(whole).unwrap()
}

fn first_step(request: &RecallRequest, gate: &WhyGate, fact: &Fact) -> (RecallRequest, WhyChange) {
    let stages = Stages::of(request, &RecallAnswer::default());
    let step = change::steps(request, gate, fact, &stages).remove(0);
    (step.request, step.change)
}

fn strings(tags: &[&str]) -> Vec<String> {
    tags.iter().map(|tag| (*tag).to_owned()).collect()
}

#[test]
fn tags_fit_as_the_api_says() {
    use TagsMatch::{All, AllStrict, Any, AnyStrict, Exact};
    let fits = |how| {
        [&[][..], &["a"], &["b"], &["a", "b"], &["c"]]
            .map(|tags| fits_tags(&strings(&["a", "b"]), how, &strings(tags)))
    };
    assert_eq!(fits(Any), [true, true, true, true, false]);
    assert_eq!(fits(All), [true, false, false, true, false]);
    assert_eq!(fits(AnyStrict), [false, true, true, true, false]);
    assert_eq!(fits(AllStrict), [false, false, false, true, false]);
    assert_eq!(fits(Exact), [false, false, false, true, false]);
    assert!(fits_tags(&[], AnyStrict, &strings(&["x"])) && fits_tags(&[], Exact, &[]));
    assert!(!fits_tags(&[], Exact, &strings(&["x"])));
}

#[test]
fn groups_are_read_with_and_or_not_and_what_is_fuzzy_is_the_servers() {
    let fits = |group: Value| fits_group(&group, &strings(&["a", "b"]));
    assert_eq!(fits(json!({"tags": ["a", "x"]})), Some(true));
    assert_eq!(fits(json!({"tags": ["a", "x"], "match": "all_strict"})), Some(false));
    assert_eq!(fits(json!({"not": {"tags": ["a"]}})), Some(false));
    assert_eq!(fits(json!({"or": [{"tags": ["x"]}, {"tags": ["b"]}]})), Some(true));
    assert_eq!(fits(json!({"and": [{"tags": ["a"]}, {"not": {"tags": ["x"]}}]})), Some(true));
    assert_eq!(fits(json!({"tags": ["axe"], "resolve": "fuzzy"})), None);
    assert_eq!(fits(json!({"and": [{"tags": ["axe"], "resolve": "fuzzy"}, {"tags": ["x"]}]})), Some(false));
    assert_eq!(fits(json!({"strange": 1})), None);
}

#[test]
fn a_kind_that_was_not_asked_for_is_added_and_three_kinds_are_all() {
    let asked = request(json!({"types": ["experience", "observation"]}));
    let gate = kind(&asked, &fact(json!({}))).unwrap();
    assert_eq!(gate.word(), "fact_type");
    let (changed, change) = first_step(&asked, &gate, &fact(json!({})));
    assert!(changed.types.is_empty());
    assert_eq!((change.field.as_str(), change.to), ("types", json!([])));
    assert_eq!(kind(&request(json!({})), &fact(json!({}))), None);
}

#[test]
fn observations_alone_do_not_hold_what_is_not_consolidated_yet() {
    let asked = request(json!({"types": ["observation"]}));
    let waits = kind(&asked, &fact(json!({})));
    assert_eq!(waits, Some(WhyGate::NotConsolidated { fact_type: FactType::World, failed: false }));
    let failed = kind(&asked, &fact(json!({"consolidation_failed_at": "2026-01-01T00:00:00Z"})));
    assert_eq!(failed, Some(WhyGate::NotConsolidated { fact_type: FactType::World, failed: true }));
    let done = kind(&asked, &fact(json!({"consolidated_at": "2026-01-01T00:00:00Z"})));
    assert_eq!(done.unwrap().word(), "fact_type");
}

#[test]
fn the_smallest_change_of_tags_is_a_weaker_match_and_only_then_none() {
    for (asked, tagged, field, to) in [
        (
            json!({"tags": ["a", "b"], "tags_match": "all_strict"}),
            json!(["a"]),
            "tags_match",
            json!("any_strict"),
        ),
        (json!({"tags": ["a"], "tags_match": "any_strict"}), json!([]), "tags_match", json!("all")),
        (json!({"tags": ["a"]}), json!(["x"]), "tags", Value::Null),
        (json!({"tags_match": "exact"}), json!(["x"]), "tags_match", Value::Null),
        (
            json!({"tag_groups": [{"tags": ["x"]}, {"tags": ["a"]}]}),
            json!(["x"]),
            "tag_groups",
            json!([{"tags": ["x"]}]),
        ),
    ] {
        let (asked, tagged) = (request(asked), fact(json!({"tags": tagged})));
        let gate = tags(&asked, &tagged).unwrap();
        let (changed, change) = first_step(&asked, &gate, &tagged);
        assert_eq!((change.field.as_str(), change.to), (field, to));
        assert_eq!(tags(&changed, &tagged), None, "the change has to help");
    }
}

#[test]
fn a_floor_is_lowered_to_just_below_the_score() {
    let asked = request(json!({"min_scores": {"semantic": 0.8, "final": 0.5}}));
    let gate = WhyGate::LaneFloor { arm: "semantic".into(), floor: Some(0.8), score: Some(0.61239) };
    let (changed, change) = first_step(&asked, &gate, &fact(json!({})));
    assert_eq!(
        changed.min_scores,
        Some(MinScores { semantic: Some(0.612), r#final: Some(0.5), ..MinScores::default() })
    );
    assert_eq!(
        (change.field.as_str(), change.from, change.to),
        ("min_scores.semantic", json!(0.8), json!(0.612))
    );
    let gate = WhyGate::LaneFloor { arm: "semantic".into(), floor: None, score: Some(0.0) };
    let (_, change) = first_step(&asked, &gate, &fact(json!({})));
    assert_eq!(change.to, json!(-1.0), "0 may stand for less");
    let gate = WhyGate::FinalFloor { which: "final".into(), floor: 0.5, score: Some(0.0004) };
    let (changed, _) = first_step(&asked, &gate, &fact(json!({})));
    let lowered = changed.min_scores.unwrap().r#final.unwrap();
    assert!(lowered > 0.0 && lowered < 0.0004);
}

#[test]
fn a_larger_budget_comes_before_other_words() {
    let gate = WhyGate::NoLane { budget: Some(100), ranks: BTreeMap::new() };
    let low = request(json!({"budget": "low"}));
    let stages = Stages::of(&low, &RecallAnswer::default());
    let steps = change::steps(&low, &gate, &fact(json!({})), &stages);
    let fields: Vec<_> = steps.iter().map(|step| (step.change.field.as_str(), &step.change.to)).collect();
    assert_eq!(
        fields,
        [("budget", &json!("mid")), ("budget", &json!("high")), ("query", &json!("Ana sails."))]
    );
    assert_eq!(steps[1].request.budget, Some(Budget::High));
}

#[test]
fn the_gates_before_the_one_that_stopped_passed_and_those_behind_were_not_asked() {
    let shown = steps(&WhyGate::Tags { tags: Vec::new() }, false);
    let state = |gate: &str| shown.iter().find(|step| step.gate == gate).unwrap().state;
    assert_eq!(state("not_run"), GateState::NotAsked);
    assert_eq!(state("fact_type"), GateState::Passed);
    assert_eq!(state("tags"), GateState::Stopped);
    assert_eq!((state("window"), state("own_cap")), (GateState::NotAsked, GateState::NotAsked));
    let inside = steps(&WhyGate::In { rank: 1 }, true);
    assert!(inside.iter().all(|step| step.state != GateState::Stopped));
    let unknown = steps(&WhyGate::NotKnown { why: String::new() }, false);
    assert!(unknown.iter().all(|step| step.state == GateState::NotAsked), "no gate passed that nobody asked");
}

#[test]
fn an_explanation_can_move_between_threads_as_handlers_do() {
    fn is_send<T: Send>(_: T) {}
    let client =
        rearview_hindsight::Client::new("http://127.0.0.1:9", None, "s", Default::default()).unwrap();
    let (bank, request, expected) = ("b".into(), RecallRequest::default(), Expected::default());
    let asked =
        Asked { client: &client, bank: &bank, request: &request, expected: &expected, max_memories: None };
    is_send(why_not(asked));
    is_send(async {
        let check = crate::check::read_file("version: 1\nchecks: []")
            .unwrap()
            .remove(0)
            .on("s".into(), String::new());
        crate::check::run(&client, &check).await
    });
}
