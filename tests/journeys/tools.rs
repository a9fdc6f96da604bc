//! Memory tools: what a model does with memory when it is let, on a real memory engine.

use rearview_domain::ChatId;
use rearview_domain::event::Happening;
use rearview_domain::message::Part;
use rearview_domain::record::{RecordPart, ToolState};
use rearview_domain::turn::{MemoryOutcome, TurnState};
use rearview_tests::gate::{Gate, PATIENCE};
use rearview_tests::scripted_memory::{Endpoint, Mood, ScriptedMemory};
use rearview_tests::scripted_provider::{Script, ScriptedProvider};
use rearview_tests::temp_app::{Ended, Started, TempApp, engine_client};
use serde_json::{Value, json};
use std::time::Duration;

const MODELS: [&str; 2] = ["scripted/scripted-1", "claude/scripted-1"];

struct Desk {
    app: TempApp,
    provider: ScriptedProvider,
}

impl Desk {
    async fn set() -> Self {
        let app = TempApp::with_engine().await;
        let provider = ScriptedProvider::start().await.unwrap();
        app.provider(&provider).await;
        Self { app, provider }
    }

    /// A chat with tools on, and what else is set.
    async fn chat(&self, model: &str, more: Value) -> ChatId {
        let chat = self.app.chat_with(json!({"kind": "normal", "model": model})).await;
        let mut settings = json!({"memory_tools": true, "store_conversations": false});
        for (name, value) in more.as_object().unwrap() {
            settings[name] = value.clone();
        }
        self.app.update(&chat, json!({"settings": settings})).await;
        chat
    }

    /// The model stores a text, then says that it did.
    async fn store(&self, chat: &ChatId, text: &str) -> Ended {
        let arguments = json!({"content": text}).to_string();
        self.provider
            .answer(Script::text("Let me note that. ").tool_call("retain_memory", &arguments).usage(11, 7));
        self.provider.answer(Script::text("Noted.").usage(200, 5));
        self.app.say(chat, "Remember something.").await
    }

    /// The model looks something up, then answers.
    async fn look(&self, chat: &ChatId, query: &str) -> Ended {
        let arguments = json!({"query": query}).to_string();
        self.provider.answer(Script::text("").tool_call("recall_memory", &arguments));
        self.provider.answer(Script::text("There you are."));
        self.app.say(chat, "Do you remember?").await
    }
}

fn results(ended: &Ended) -> Vec<String> {
    ended.record.tools.iter().map(|run| run.result.clone().unwrap_or_default()).collect()
}

#[tokio::test]
async fn what_one_chat_stores_with_a_tool_another_one_finds_with_a_tool_on_both_wires() {
    let desk = Desk::set().await;
    for (model, fact) in MODELS.iter().zip(["Ana is vegetarian.", "Ben plays the cello."]) {
        let chat = desk.chat(model, json!({"preload": false})).await;
        let stored = desk.store(&chat, fact).await;
        assert_eq!(stored.turn.state, TurnState::Finished, "{:?}", stored.error);
        let run = &stored.record.tools[0];
        assert_eq!((run.state, run.name.as_str(), run.step), (ToolState::Done, "retain_memory", 0));
        assert!(run.ms.unwrap() > 0.0);
        assert!(run.learned.iter().any(|learned| learned.text.contains(&fact[..3])), "{:?}", run.learned);
        let kinds: Vec<&str> = stored.parts.iter().map(kind).collect();
        assert_eq!(kinds, ["text", "tool_call", "tool_result", "text"]);
        assert_eq!((stored.record.steps.len(), stored.record.step_ends.len()), (2, 2));
        assert_eq!(stored.turn.usage.input, Some(211), "both requests count");
        let live: Vec<&str> = stored
            .events
            .iter()
            .filter_map(|event| match &event.event {
                Happening::Part { part } => Some(kind(part)),
                _ => None,
            })
            .collect();
        assert_eq!(live, ["tool_call", "tool_result"]);
        // Both requests are on record to the byte.
        let sent = desk.provider.requests();
        for (body, got) in stored.bodies.iter().zip(&sent[sent.len() - 2..]) {
            assert_eq!(body.hash, got.hash());
        }

        let other = desk.chat(model, json!({"preload": false})).await;
        let found = desk.look(&other, fact).await;
        assert!(results(&found)[0].starts_with("1. "), "{:?}", results(&found));
        assert!(found.body().contains(fact), "the model was not told: {}", found.body());
        assert!(!found.record.tools[0].memories.is_empty());
    }
}

fn kind(part: &Part) -> &'static str {
    match part {
        Part::Text { .. } => "text",
        Part::ToolCall { .. } => "tool_call",
        Part::ToolResult { .. } => "tool_result",
        _ => "other",
    }
}

#[tokio::test]
async fn a_bank_that_does_not_exist_yet_remembers_nothing_and_is_no_error() {
    let desk = Desk::set().await;
    let chat = desk.chat(MODELS[0], json!({})).await;
    desk.app.update(&chat, json!({"bankId": "never-used"})).await;
    let ended = desk.look(&chat, "Ana").await;
    assert_eq!(results(&ended), ["Nothing is remembered yet."]);
    assert_eq!(ended.record.tools[0].state, ToolState::Done);
    assert_eq!(ended.turn.memory, Some(MemoryOutcome::Empty { new_bank: true }));
    let reflected = {
        desk.provider.answer(Script::text("").tool_call("reflect_on_memory", r#"{"query":"Who is Ana?"}"#));
        desk.provider.answer(Script::text("I do not know."));
        desk.app.say(&chat, "Who is Ana?").await
    };
    assert_eq!(reflected.record.tools[0].state, ToolState::Done, "{:?}", reflected.record.tools[0]);
}

#[tokio::test]
async fn a_read_only_agent_is_not_offered_storing_and_cannot_do_it() {
    let desk = Desk::set().await;
    let chat = desk.chat(MODELS[0], json!({"retain_tool": false})).await;
    let ended = desk.store(&chat, "Ana is vegetarian.").await;
    let request = desk.provider.requests()[0].json();
    let offered: Vec<&str> = request["tools"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|tool| tool["function"]["name"].as_str())
        .collect();
    assert_eq!(offered, ["recall_memory", "reflect_on_memory"]);
    assert_eq!(ended.record.tools[0].state, ToolState::Failed);
    assert!(results(&ended)[0].contains("There is no tool `retain_memory`"));
    assert_eq!(ended.said(), "Let me note that. Noted.", "the model was told and went on");
    let banks: Value =
        desk.app.must("server.banks", json!({"serverId": "embedded", "limit": 10, "offset": 0})).await;
    assert_eq!(banks["items"], json!([]), "nothing was stored");
}

#[tokio::test]
async fn the_person_is_asked_before_storing_when_they_want_to_be() {
    let desk = Desk::set().await;
    for allow in [true, false] {
        let chat = desk.chat(MODELS[0], json!({"ask_before_storing": true, "preload": false})).await;
        let arguments = r#"{"content":"Ana is vegetarian."}"#;
        desk.provider.answer(Script::text("").tool_call("retain_memory", arguments));
        desk.provider.answer(Script::text("Fine."));
        let started = desk.app.start(&chat, json!({"text": "Remember it."})).await.unwrap();
        let run = asking(&desk.app, &started).await;
        let answer = json!({"runId": started.run, "step": run.0, "callId": run.1, "allow": allow});
        let _: Value = desk.app.must("turn.answerTool", answer).await;
        let ended = desk.app.finish(&started).await;
        let run = &ended.record.tools[0];
        let wanted = if allow { ToolState::Done } else { ToolState::Refused };
        assert_eq!((run.state, run.learned.is_empty()), (wanted, !allow));
        assert_eq!(ended.said(), "Fine.");
    }
}

/// Waits until a tool asks whether it may store.
async fn asking(app: &TempApp, started: &Started) -> (u32, String) {
    let waiting = async {
        loop {
            let record = app.record(&started.turn.chat_id, &started.turn.id).await;
            match record.tools.iter().find(|run| run.state == ToolState::Asking) {
                Some(run) => return (run.step, run.call_id.clone()),
                None => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.expect("no tool asks")
}

#[tokio::test]
async fn a_memory_server_that_fails_is_told_to_the_model_and_shown_and_the_turn_goes_on() {
    let desk = Desk::set().await;
    let memory = ScriptedMemory::start().await.unwrap();
    desk.app.server(&memory.url(), None).await;
    memory.mood(Endpoint::Recall, Mood::Refuses(500, "down"));
    let chat = desk.chat(MODELS[0], json!({})).await;
    let ended = desk.look(&chat, "Ana").await;
    assert_eq!(ended.said(), "There you are.");
    let run = &ended.record.tools[0];
    assert_eq!(run.state, ToolState::Failed);
    assert!(run.error.is_some());
    assert!(results(&ended)[0].starts_with("Recall failed: "), "{:?}", results(&ended));
    assert!(matches!(ended.turn.memory, Some(MemoryOutcome::Failed { .. })), "the preload failed too");
    let failed = ended.parts.iter().any(|part| matches!(part, Part::ToolResult { failed: true, .. }));
    assert!(failed);
}

#[tokio::test]
async fn stopping_while_a_tool_waits_for_memory_hangs_up_and_keeps_what_came() {
    let desk = Desk::set().await;
    let memory = ScriptedMemory::start().await.unwrap();
    desk.app.server(&memory.url(), None).await;
    memory.mood(Endpoint::Recall, Mood::After(Gate::new()));
    let chat = desk.chat(MODELS[0], json!({"preload": false, "recall_timeout_ms": 60_000})).await;
    desk.provider.answer(Script::text("One moment. ").tool_call("recall_memory", r#"{"query":"Ana"}"#));
    let started = desk.app.start(&chat, json!({"text": "Who is Ana?"})).await.unwrap();
    let waiting = async {
        while desk.app.record(&chat, &started.turn.id).await.tools.is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap();
    desk.app.cancel(&started).await;
    let ended = desk.app.finish(&started).await;
    assert_eq!(ended.turn.state, TurnState::Cancelled);
    assert_eq!(ended.record.tools[0].state, ToolState::Cancelled);
    assert!(memory.hung_up().await);
    // The stopped call has a result, so that the next request is one that providers take.
    desk.provider.answer(Script::text("Here I am again."));
    let next = desk.app.say(&chat, "Go on.").await;
    assert_eq!(next.said(), "Here I am again.");
    let messages = desk.provider.last().unwrap().json()["messages"].clone();
    let roles: Vec<&str> =
        messages.as_array().unwrap().iter().filter_map(|one| one["role"].as_str()).collect();
    assert_eq!(roles, ["user", "assistant", "tool", "user"]);
}

#[tokio::test]
async fn what_a_tool_stored_leaves_memory_with_its_branch_and_comes_back_with_it() {
    let desk = Desk::set().await;
    let chat = desk.chat(MODELS[0], json!({"preload": false})).await;
    let stored = desk.store(&chat, "Ana is vegetarian.").await;
    let document = stored.record.tools[0].document_id.clone().unwrap();
    let client = engine_client(&desk.app).await;
    let bank = stored.record.resolved.as_ref().unwrap().bank.bank_id.clone();
    assert!(client.document(&bank, &document).await.unwrap().is_some());

    desk.provider.answer(Script::text("I would rather not."));
    desk.app.retry(&chat, stored.turn.question_id.as_str(), json!({})).await;
    let gone = async {
        while client.document(&bank, &document).await.unwrap().is_some() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, gone).await.expect("the document stays");

    let back = json!({"chatId": chat, "messageId": stored.turn.answer_id});
    let _: Value = desk.app.must("chat.showBranch", back).await;
    let again = async {
        while client.document(&bank, &document).await.unwrap().is_none() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, again).await.expect("the document does not come back");
}

#[tokio::test]
async fn the_preload_is_asked_anew_on_every_run_and_is_the_only_block() {
    let desk = Desk::set().await;
    let chat = desk.chat(MODELS[0], json!({"preload_query": {"kind": "fixed", "text": "Ana"}})).await;
    desk.provider.answer(Script::text("Hello."));
    let before = desk.app.say(&chat, "Hello").await;
    assert!(before.memories().is_empty());
    desk.store(&chat, "Ana is vegetarian.").await;
    desk.provider.answer(Script::text("Salad."));
    let after = desk.app.say(&chat, "What should Ana eat?").await;
    assert_eq!(after.memories().len(), 1, "{}", after.body());
    assert!(after.body().contains("Relevant memories:"));
    assert!(!after.body().contains("# Relevant Memories"));
    assert_eq!(after.record.query.as_ref().unwrap().text, "Ana");
    let calls = after.record.steps.len();
    assert_eq!(calls, 1);
}

#[tokio::test]
async fn switching_the_profile_switches_the_bank_and_nothing_leaks_between_banks() {
    let desk = Desk::set().await;
    let canaries = [("ana", "CANARY-ANA-7731"), ("ben", "CANARY-BEN-4492")];
    let mut profiles = Vec::new();
    for (user, _) in canaries {
        let profile = json!({"id": "", "name": user, "userId": user, "bankRule": "team-{user.id}"});
        let saved: Value = desk.app.must("profile.save", json!({"profile": profile})).await;
        profiles.push(saved["id"].as_str().unwrap().to_owned());
    }
    for ((user, canary), profile) in canaries.iter().zip(&profiles) {
        let chat = desk.chat(MODELS[0], json!({"preload": false})).await;
        desk.app.update(&chat, json!({"profileId": profile})).await;
        let stored = desk.store(&chat, &format!("The secret word of {user} is {canary}.")).await;
        let bank = &stored.record.resolved.as_ref().unwrap().bank.bank_id;
        assert_eq!(bank.as_str(), format!("team-{user}"));
        assert_eq!(stored.record.tools[0].state, ToolState::Done);
    }
    let settings =
        json!({"preload_query": {"kind": "fixed", "text": "secret word"}, "inject_memories": true});
    let chat = desk.chat(MODELS[0], settings).await;
    for (at, (user, canary)) in canaries.iter().enumerate() {
        desk.app.update(&chat, json!({"profileId": profiles[at]})).await;
        let other = canaries[1 - at].1;
        let ended = desk.look(&chat, "secret word CANARY").await;
        assert!(ended.body().contains(canary), "{user} does not find their own word");
        // The conversation itself repeats what an earlier turn found; memory must not.
        let told = [ended.memories().join("\n"), results(&ended).join("\n")].concat();
        assert!(!told.contains(other), "{user} was told {told}");
        let record = serde_json::to_string(&ended.record.memory).unwrap();
        assert!(!record.contains(other), "the recall of {user} brought {record}");
    }
}

#[tokio::test]
async fn what_was_said_under_one_profile_is_no_context_for_the_bank_of_another() {
    let desk = Desk::set().await;
    let mut profiles = Vec::new();
    for user in ["ana", "ben"] {
        let profile = json!({"id": "", "name": user, "userId": user});
        let saved: Value = desk.app.must("profile.save", json!({"profile": profile})).await;
        profiles.push(saved["id"].as_str().unwrap().to_owned());
    }
    let chat = desk.app.chat_with(json!({"kind": "normal", "model": MODELS[0]})).await;
    desk.app.update(&chat, json!({"profileId": profiles[0]})).await;
    let first = desk.app.say(&chat, "My secret word is CANARY-ANA-7731.").await;
    let again = desk.app.say(&chat, "And I live in Porto.").await;
    desk.app.update(&chat, json!({"profileId": profiles[1]})).await;
    let other = desk.app.say(&chat, "Now it is Ben who speaks.").await;
    let context = |ended: &Ended| ended.record.retained.as_ref().unwrap().context.clone();
    assert!(context(&again).contains("CANARY-ANA-7731"), "the same bank has its context");
    assert!(!context(&other).contains("Porto"), "{}", context(&other));
    assert_eq!(first.record.resolved.unwrap().bank.bank_id.as_str(), "ana");
    assert_eq!(other.record.resolved.unwrap().bank.bank_id.as_str(), "ben");
}

#[tokio::test]
async fn an_incognito_chat_offers_no_tools_whatever_its_settings_say() {
    let desk = Desk::set().await;
    let chat = desk.app.chat_with(json!({"kind": "incognito", "model": MODELS[0]})).await;
    desk.app.update(&chat, json!({"settings": {"memory_tools": true}})).await;
    desk.app.say(&chat, "Hello").await;
    assert_eq!(desk.provider.last().unwrap().json()["tools"], Value::Null);
}

#[tokio::test]
async fn the_loop_ends_at_its_limit_with_an_answer() {
    let desk = Desk::set().await;
    let chat = desk.chat(MODELS[0], json!({"max_tool_steps": 3, "preload": false})).await;
    for _ in 0..2 {
        desk.provider.answer(Script::text("").tool_call("recall_memory", r#"{"query":"Ana"}"#));
    }
    desk.provider.answer(Script::text("I could not find it."));
    let ended = desk.app.say(&chat, "Who is Ana?").await;
    assert_eq!(ended.said(), "I could not find it.");
    assert_eq!(desk.provider.last().unwrap().json()["tool_choice"], "none");
    let states = ended.record.tools.iter().map(|run| run.state).collect::<Vec<_>>();
    assert_eq!(states, [ToolState::Done, ToolState::Done]);
    let parts = ended.events.iter().filter(|event| {
        matches!(&event.event, Happening::Record { part } if matches!(**part, RecordPart::StepEnd(_)))
    });
    assert_eq!(parts.count(), 3);
}
