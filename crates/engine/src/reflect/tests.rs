//! Reflect as a whole, with models that answer well, badly or not at all.

use super::{Question, Scope, reflect};
use crate::bank::Bank;
use crate::directive::{self, Directive};
use crate::engine::testing::Fresh;
use crate::llm::scripted::Scripted;
use crate::recall::testing::{Seed, bank_of};
use crate::synthesis::{Completion, Prompt, Synthesis, SynthesisError};
use crate::unit::Kind;
use async_trait::async_trait;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Notify;

const PATH: &str = "/v1/default/banks/b/reflect";

/// Two facts and an observation about Ana.
async fn ana() -> (Fresh, Bank) {
    let observation =
        Seed { kind: Kind::Observation, sources: vec![1], ..Seed::new("Ana lives by the sea in Lisbon.") };
    bank_of(vec![Seed::new("Ana lives in Lisbon."), Seed::new("Ana rows in Porto."), observation]).await
}

fn done(answer: &str, cited: &[&str]) -> String {
    json!({"tool": "done", "query": null, "ids": null, "depth": null, "answer": answer, "cited": cited})
        .to_string()
}

fn full(query: &str) -> Value {
    json!({"query": query, "include": {"facts": {}, "tool_calls": {}}})
}

fn texts(answer: &Value) -> Vec<&str> {
    answer["based_on"]["memories"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fact| fact["text"].as_str().unwrap())
        .collect()
}

fn words<'a>(list: &'a Value, field: &str) -> Vec<&'a str> {
    list.as_array().unwrap().iter().map(|item| item[field].as_str().unwrap()).collect()
}

#[tokio::test]
async fn an_answer_rests_on_what_it_cites_and_on_nothing_that_was_made_up() {
    let (fresh, _) = ana().await;
    let model = Scripted::answers(&[&done("In **Lisbon**.", &["o1", "f99", "p1"])]);
    fresh.engine.set_synthesis(Some(model.clone()));
    let answer = fresh.ok("POST", PATH, Some(full("Where does Ana live?"))).await;
    assert_eq!(answer["text"], "In **Lisbon**.");
    assert_eq!(texts(&answer), ["Ana lives by the sea in Lisbon."]);
    assert_eq!(answer["usage"]["total_tokens"], 15);
    assert_eq!(words(&answer["trace"]["tool_calls"], "tool"), ["search_observations", "recall"]);
    assert_eq!(words(&answer["trace"]["llm_calls"], "scope"), ["agent_1"]);
    assert_eq!((&answer["structured_output"], answer.get("origin")), (&Value::Null, None));
}

#[tokio::test]
async fn an_answer_that_cites_nothing_that_exists_rests_on_all_that_was_found() {
    let (fresh, _) = ana().await;
    fresh.engine.set_synthesis(Some(Scripted::answers(&[&done("Lisbon.", &["f99"])])));
    let answer = fresh.ok("POST", PATH, Some(full("Where does Ana live?"))).await;
    let mut found = texts(&answer);
    found.sort_unstable();
    assert_eq!(found, ["Ana lives by the sea in Lisbon.", "Ana lives in Lisbon.", "Ana rows in Porto."]);
}

#[tokio::test]
async fn what_is_not_asked_for_is_null() {
    let (fresh, _) = ana().await;
    fresh.engine.set_synthesis(Some(Scripted::answers(&[&done("Lisbon.", &[])])));
    let answer = fresh.ok("POST", PATH, Some(json!({"query": "Where does Ana live?"}))).await;
    assert_eq!((&answer["based_on"], &answer["trace"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn half_a_json_is_asked_for_again() {
    let (fresh, _) = ana().await;
    let model = Scripted::answers(&[r#"{"tool":"done","answer":"Lis"#, &done("Lisbon.", &["o1"])]);
    fresh.engine.set_synthesis(Some(model.clone()));
    let answer = fresh.ok("POST", PATH, Some(full("Where does Ana live?"))).await;
    assert_eq!((&answer["text"], model.times()), (&json!("Lisbon."), 2));
    assert_eq!(answer["usage"]["total_tokens"], 30);
}

#[tokio::test]
async fn a_model_that_cannot_write_json_is_asked_in_plain_words() {
    let (fresh, _) = ana().await;
    let model = Scripted::answers(&["She lives…", "As I said…", "Ana lives in Lisbon."]);
    fresh.engine.set_synthesis(Some(model.clone()));
    let answer = fresh.ok("POST", PATH, Some(full("Where does Ana live?"))).await;
    assert_eq!(answer["text"], "Ana lives in Lisbon.");
    assert_eq!(words(&answer["trace"]["llm_calls"], "scope"), ["agent_1", "final"]);
    assert_eq!(texts(&answer).len(), 3);
    assert_eq!(model.asked.lock().unwrap().last().unwrap().schema, None);
}

#[tokio::test]
async fn a_model_that_says_nothing_at_all_is_an_error() {
    let (fresh, _) = ana().await;
    fresh.engine.set_synthesis(Some(Scripted::answers(&["", "", ""])));
    let (status, _, answer) = fresh.ask("POST", PATH, Some(full("Where does Ana live?"))).await;
    assert_eq!((status.as_u16(), &answer["detail"]), (500, &json!("the model gave no answer")));
}

#[tokio::test]
async fn a_further_look_up_shows_what_is_new_and_only_names_the_rest() {
    let (fresh, _) = bank_of(vec![Seed::new("Ana lives in Lisbon."), Seed::new("Bob rows in Porto.")]).await;
    let look = json!({"tool": "recall", "query": "Bob or Ana"}).to_string();
    let model = Scripted::answers(&[&look, &done("Bob rows.", &["f2"])]);
    fresh.engine.set_synthesis(Some(model.clone()));
    let answer = fresh.ok("POST", PATH, Some(full("Where does Ana live?"))).await;
    assert_eq!(texts(&answer), ["Bob rows in Porto."]);
    let asked = model.questions();
    assert!(asked[0].contains("Ana lives") && !asked[0].contains("Bob rows"), "{}", asked[0]);
    assert!(asked[1].contains("Bob rows") && !asked[1].contains("Ana lives"), "{}", asked[1]);
    assert!(asked[1].contains(r#"{"id":"f1","shown":"above"}"#), "{}", asked[1]);
}

#[tokio::test]
async fn a_model_cannot_look_beyond_the_types_that_are_asked_for() {
    let (fresh, _) = ana().await;
    let look = |tool: &str| json!({"tool": tool, "query": "Ana in Lisbon"}).to_string();
    for (kind, tool) in [("observation", "recall"), ("world", "search_observations")] {
        let model = Scripted::answers(&[&look(tool), &done("Lisbon.", &[])]);
        fresh.engine.set_synthesis(Some(model.clone()));
        let mut request = full("Where does Ana live?");
        request["fact_types"] = json!([kind]);
        let answer = fresh.ok("POST", PATH, Some(request)).await;
        let kinds = words(&answer["based_on"]["memories"], "type");
        assert!(!kinds.is_empty() && kinds.iter().all(|found| *found == kind), "{answer}");
        assert!(model.questions()[1].contains("(nothing found)"), "{:?}", model.questions());
    }
}

#[tokio::test]
async fn a_model_that_never_comes_to_an_end_is_made_to_answer() {
    let (fresh, bank) = ana().await;
    let model = Scripted::rule(|prompt| {
        let turn = json!({"tool": "recall", "query": format!("Ana {}", prompt.messages.len())}).to_string();
        Ok(crate::llm::scripted::complete(if prompt.schema.is_some() { &turn } else { "Lisbon." }))
    });
    fresh.engine.set_synthesis(Some(model.clone()));
    let question = Question::new("Where does Ana live?", &bank.config);
    let reflected = reflect(&fresh.engine, &bank, &question).await.unwrap();
    assert_eq!((reflected.text.as_str(), reflected.llm_calls.len()), ("Lisbon.", 6));
    let asked = model.asked.lock().unwrap();
    let tools = |at: usize| asked[at].schema.as_ref().map(|form| form["properties"]["tool"]["enum"].clone());
    assert_eq!((tools(4), tools(5)), (Some(json!(["done"])), None));
}

#[tokio::test]
async fn what_stands_around_a_memory_can_be_looked_up() {
    let (fresh, _) = bank_of(vec![Seed { in_document: true, ..Seed::new("Ana lives in Lisbon.") }]).await;
    let look = json!({"tool": "expand", "ids": ["f1", "f7"], "depth": "chunk"}).to_string();
    let model = Scripted::answers(&[&look, &done("Lisbon.", &["c1"])]);
    fresh.engine.set_synthesis(Some(model.clone()));
    let answer = fresh.ok("POST", PATH, Some(full("Where does Ana live?"))).await;
    assert!(model.questions()[1].contains("one two three four"), "{:?}", model.questions());
    assert_eq!(texts(&answer), ["Ana lives in Lisbon."], "a chunk stands for its facts");
}

#[tokio::test]
async fn directives_reach_the_model_by_priority_and_only_where_they_apply() {
    let (fresh, bank) = ana().await;
    let mut write = fresh.engine.write().await.unwrap();
    for (name, priority, tags) in
        [("low", 1, vec![]), ("high", 9, vec![]), ("tagged", 5, vec!["x".to_owned()])]
    {
        let rule = Directive { priority, tags, ..Directive::new(name.into(), format!("Be {name}.")) };
        directive::save(&mut write, &bank, &rule).await.unwrap();
    }
    write.commit().await.unwrap();
    let model = Scripted::rule(|_| Ok(crate::llm::scripted::complete(&done("Yes.", &[]))));
    fresh.engine.set_synthesis(Some(model.clone()));
    let plain = Question::new("Ana?", &bank.config);
    let tagged = Scope { tags: Some(vec!["x".to_owned()]), ..Scope::default() };
    for (question, names) in [
        (plain.clone(), vec!["high", "low"]),
        (Question { scope: tagged, ..plain.clone() }, vec!["high", "tagged", "low"]),
        (Question { all_directives: true, ..plain }, vec!["high", "tagged", "low"]),
    ] {
        let reflected = reflect(&fresh.engine, &bank, &question).await.unwrap();
        let applied: Vec<&str> = reflected.directives.iter().map(|rule| rule.name.as_str()).collect();
        assert_eq!(applied, names);
    }
    let asked = model.asked.lock().unwrap();
    let system = &asked[0].messages[0].content;
    assert!(system.find("- high: Be high.") < system.find("- low: Be low."), "{system}");
    assert!(!system.contains("tagged"));
}

#[tokio::test]
async fn an_answer_is_put_into_a_form_and_a_wrong_form_is_told() {
    let (fresh, _) = ana().await;
    let form = json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]});
    let request = json!({"query": "Where does Ana live?", "response_schema": form});
    let right = [&done("Lisbon.", &[]), r#"{"town":"Lisbon"}"#, r#"{"city":"Lisbon"}"#];
    fresh.engine.set_synthesis(Some(Scripted::answers(&right)));
    let answer = fresh.ok("POST", PATH, Some(request.clone())).await;
    assert_eq!(
        (&answer["structured_output"], &answer["structured_output_error"]),
        (&json!({"city": "Lisbon"}), &Value::Null)
    );
    assert_eq!(answer["usage"]["total_tokens"], 45);
    let wrong = [&done("Lisbon.", &[]), r#"{"town":"Lisbon"}"#, r#"{"city":7}"#];
    fresh.engine.set_synthesis(Some(Scripted::answers(&wrong)));
    let answer = fresh.ok("POST", PATH, Some(request)).await;
    assert_eq!((&answer["text"], &answer["structured_output"]), (&json!("Lisbon."), &Value::Null));
    assert!(answer["structured_output_error"].as_str().unwrap().contains("`city`"), "{answer}");
}

#[tokio::test]
async fn without_a_model_the_best_memories_are_listed_and_said_to_be_a_list() {
    let (fresh, _) = ana().await;
    let answer = fresh.ok("POST", PATH, Some(full("Where does Ana live?"))).await;
    assert_eq!((&answer["origin"], &answer["usage"]["total_tokens"]), (&json!("rule"), &json!(0)));
    let text = answer["text"].as_str().unwrap();
    let lines: Vec<&str> = text.lines().filter(|line| line.starts_with("- ")).collect();
    assert!(text.starts_with("No language model is set"), "{text}");
    assert!(lines[0].starts_with("- Ana lives by the sea"), "observations stand first: {text}");
    assert_eq!(texts(&answer).len(), lines.len());
    assert_eq!(words(&answer["trace"]["tool_calls"], "tool"), ["recall"]);
    assert_eq!(answer["trace"]["llm_calls"], json!([]));
}

#[tokio::test]
async fn a_bank_that_is_not_there_is_made_and_has_no_answer() {
    let fresh = Fresh::open().await;
    let answer = fresh.ok("POST", PATH, Some(json!({"query": "Where?"}))).await;
    assert!(answer["text"].as_str().unwrap().contains("no memory fits"), "{answer}");
    assert_eq!(fresh.ask("GET", "/v1/default/banks/b/config", None).await.0, 200);
    assert_eq!(fresh.ask("POST", PATH, Some(json!({"query": "Where?", "budget": "huge"}))).await.0, 422);
    assert_eq!(fresh.ask("POST", PATH, Some(json!({}))).await.0, 422);
}

/// A model that never answers; it says when it is asked and when its answer is waited for no more.
#[derive(Default)]
struct Silent {
    asked: Notify,
    given_up: AtomicBool,
}

struct GivenUp<'a>(&'a AtomicBool);

impl Drop for GivenUp<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[async_trait]
impl Synthesis for Silent {
    fn provider(&self) -> String {
        "silent".to_owned()
    }

    fn model(&self) -> String {
        "silent".to_owned()
    }

    async fn complete(&self, _prompt: &Prompt) -> Result<Completion, SynthesisError> {
        let _given_up = GivenUp(&self.given_up);
        self.asked.notify_one();
        std::future::pending().await
    }
}

#[tokio::test]
async fn a_client_that_goes_away_takes_the_call_of_the_model_with_it() {
    let (fresh, bank) = ana().await;
    let model = Arc::new(Silent::default());
    fresh.engine.set_synthesis(Some(model.clone()));
    let question = Question::new("Where does Ana live?", &bank.config);
    {
        let answer = reflect(&fresh.engine, &bank, &question);
        tokio::select! {
            _ = answer => panic!("it never answers"),
            () = model.asked.notified() => {}
        }
    }
    assert!(model.given_up.load(Ordering::SeqCst));
}
