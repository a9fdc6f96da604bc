//! Why a memory is not in a turn, asked as the panel asks, on every server: the banks of `gates`, in which one gate is the
//! only cause, a turn that asks them, and `turn.whyNot`. The change that is offered is then a setting of the next turn, and
//! the memory is in that one.
//!
//! Not here, because no turn of a test can meet them:
//! - `NotExtracted`: the text would have to be under way in the very moment of the question; `gates` does not seed it either.
//! - `Cap` of the order behind the arms: a turn cannot ask for it, and the servers differ in whether it or `NoLane` comes
//!   first; `gates` takes either.
//! - `OwnCap`: in a turn the record knows it, so it is `max_memories` and nothing is asked.
//! - a floor of the server's own, with its score: here the arms bring nothing and the record says `no_candidate`; which
//!   floor it was is the probe's word, and is asserted.

use super::At;
use crate::bank::Bank;
use crate::each_server;
use crate::gates::{BOATS, BREEZE, add, bank_of, id, observed, sundays, tagged};
use crate::subject::{Subject, Which};
use macro_rules_attribute::apply;
use rearview_domain::ChatId;
use rearview_tests::scripted_provider::{Script, ScriptedProvider};
use rearview_tests::temp_app::Ended;
use serde_json::{Value, json};

/// A chat on the bank, with a scripted model, that stores nothing: what is being stored would be one more reason.
struct Asking {
    at: At,
    chat: ChatId,
    _provider: ScriptedProvider,
}

impl Asking {
    async fn the(bank: &Bank) -> Self {
        let at = At::the(bank).await;
        let provider = ScriptedProvider::start().await.unwrap();
        at.app.provider(&provider).await;
        for _ in 0..4 {
            provider.answer(Script::text("So."));
        }
        let model = json!({"kind": "normal", "model": "scripted/scripted-1", "bankId": bank.id});
        let chat = at.app.chat_with(model).await;
        Self { at, chat, _provider: provider }
    }

    /// A turn with these settings.
    async fn say(&self, said: &str, settings: &Value) -> Ended {
        let mut all = json!({"store_conversations": false, "recall_timeout_ms": 60_000});
        all.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
        self.at.app.send(&self.chat, json!({"text": said, "settings": all})).await
    }

    async fn why(&self, ended: &Ended, expected: Value) -> Value {
        let of = json!({"chatId": self.chat, "turnId": ended.turn.id, "expected": expected});
        self.at.app.must("turn.whyNot", of).await
    }

    /// A turn in which the fact is stopped by one gate, which is the probe's to name; the one change lets it in.
    async fn stopped(&self, said: &str, settings: Value, fact: &str, gate: &str) -> Value {
        let ended = self.say(said, &settings).await;
        let told = self.why(&ended, json!({"id": fact})).await;
        assert_eq!(told["settled"], json!(false), "{told:#}");
        assert_eq!(told["probe"]["gate"]["kind"], gate, "{told:#}");
        assert_eq!(told["probe"]["proved"], json!(true), "{told:#}");
        let [change] = told["probe"]["changes"].as_array().unwrap().as_slice() else {
            panic!("one gate takes one change: {told:#}")
        };
        let ended = self.say(said, &changed(settings, change)).await;
        let now = self.why(&ended, json!({"id": fact})).await;
        assert_eq!(now["gate"]["kind"], "injected", "{change} should let it in: {now:#}");
        told
    }
}

/// The settings with the change that was offered, as the panel makes it one.
fn changed(mut settings: Value, change: &Value) -> Value {
    let to = change["to"].clone();
    let field = change["field"].as_str().unwrap();
    let (name, value) = match field {
        "types" => ("fact_types", to),
        "tags" => ("recall_tags", to),
        "tags_match" => ("recall_tags_match", to),
        "max_tokens" => ("max_memory_tokens", to),
        "temporal_window" => ("temporal_window", json!({"kind": "none"})),
        "prefer_observations" => ("prefer_observations", json!(if to == json!(true) { "on" } else { "off" })),
        "tag_groups" | "budget" => (field, to),
        floor => {
            let arm =
                floor.strip_prefix("min_scores.").unwrap_or_else(|| panic!("no setting of a turn: {change}"));
            let mut floors = settings["min_scores"].clone();
            floors[arm] = to;
            ("min_scores", floors)
        }
    };
    settings[name] = value;
    settings
}

#[apply(each_server)]
async fn a_memory_that_is_in_the_turn_is_told_from_the_record(subject: Subject) {
    let bank = bank_of(&subject, &["Ana sails."]).await;
    let fact = id(&bank, "Ana sails.").await;
    let asking = Asking::the(&bank).await;
    let ended = asking.say("Who sails?", &json!({})).await;
    let told = asking.why(&ended, json!({"id": fact})).await;
    assert_eq!((&told["gate"]["kind"], &told["gate"]["place"]), (&json!("injected"), &json!(1)), "{told:#}");
    assert_eq!((&told["settled"], &told["probe"]), (&json!(true), &Value::Null));
    let off = asking.say("Who sails?", &json!({"inject_memories": false})).await;
    let told = asking.why(&off, json!({"id": fact})).await;
    assert_eq!(told["gate"], json!({"kind": "not_asked", "why": "setting"}));
}

#[apply(each_server)]
async fn a_turn_takes_fewer_than_are_answered(subject: Subject) {
    let bank = bank_of(&subject, &BOATS).await;
    let asking = Asking::the(&bank).await;
    let said = "Ana sails on a boat";
    let one = json!({"max_memories": {"kind": "at", "n": 1}});
    let ended = asking.say(said, &one).await;
    let recalled = &ended.record.memory.as_ref().unwrap().memories;
    assert_eq!(recalled.len(), 2, "{recalled:?}");
    let expected = json!({"id": recalled[1].id});
    let told = asking.why(&ended, expected.clone()).await;
    assert_eq!(told["gate"], json!({"kind": "max_memories", "rank": 2, "took": 1}), "{told:#}");
    assert_eq!(told["settled"], json!(true), "the record knows it, so nothing is asked");
    let ended = asking.say(said, &json!({"max_memories": {"kind": "at", "n": 2}})).await;
    assert_eq!(asking.why(&ended, expected).await["gate"]["kind"], "injected");
}

#[apply(each_server)]
async fn the_person_said_that_it_is_not_relevant_here(subject: Subject) {
    let bank = bank_of(&subject, &["Ana sails."]).await;
    let fact = id(&bank, "Ana sails.").await;
    let asking = Asking::the(&bank).await;
    let hide = json!({"chatId": asking.chat, "memoryId": fact, "kind": "not_here", "text": "Ana sails."});
    let _: Value = asking.at.app.must("chat.setMemory", asking.at.of(hide)).await;
    let ended = asking.say("Who sails?", &json!({})).await;
    let told = asking.why(&ended, json!({"id": fact})).await;
    assert_eq!(told["gate"], json!({"kind": "not_here", "rank": 1}), "{told:#}");
}

#[apply(each_server)]
async fn another_bank_holds_it_or_none(subject: Subject) {
    let text = format!("Ana sails on {}.", uuid::Uuid::new_v4());
    let holder = bank_of(&subject, &[&text]).await;
    let bank = bank_of(&subject, &["Bob rows."]).await;
    let asking = Asking::the(&bank).await;
    let ended = asking.say("Who sails?", &json!({})).await;
    let told = asking.why(&ended, json!({"text": text})).await;
    assert_eq!(told["probe"]["gate"], json!({"kind": "other_bank", "bankId": holder.id}), "{told:#}");
    assert_eq!(told["probe"]["changes"][0]["field"], "bank", "{told:#}");
    let nowhere = asking.why(&ended, json!({"text": "Nobody says so."})).await;
    assert_eq!(nowhere["probe"]["gate"]["kind"], "not_there", "{nowhere:#}");
}

#[apply(each_server)]
async fn it_was_invalidated(subject: Subject) {
    let bank = bank_of(&subject, &["Ana sails."]).await;
    let fact = id(&bank, "Ana sails.").await;
    let patch = json!({"state": "invalidated", "reason": "she stopped"});
    bank.patch(&format!("/memories/{fact}"), patch).await.ok();
    let asking = Asking::the(&bank).await;
    let ended = asking.say("Who sails?", &json!({})).await;
    let expected = json!({"id": fact, "text": "Ana sails."});
    let told = asking.why(&ended, expected.clone()).await;
    assert_eq!(told["probe"]["gate"]["kind"], "invalidated", "{told:#}");
    assert_eq!(told["probe"]["gate"]["reason"], "she stopped");
    assert_eq!(told["probe"]["changes"][0]["field"], "state");
    bank.patch(&format!("/memories/{fact}"), json!({"state": "valid"})).await.ok();
    let ended = asking.say("Who sails?", &json!({})).await;
    assert_eq!(asking.why(&ended, expected).await["gate"]["kind"], "injected");
}

#[apply(each_server)]
async fn its_kind_was_not_asked_for(subject: Subject) {
    let bank = bank_of(&subject, &["Ana sails."]).await;
    let fact = id(&bank, "Ana sails.").await;
    let asking = Asking::the(&bank).await;
    let settings = json!({"fact_types": ["experience"]});
    asking.stopped("Who sails?", settings, &fact, "fact_type").await;
}

#[apply(each_server)]
async fn it_is_in_no_observation_yet(subject: Subject) {
    let bank = bank_of(&subject, &["Ana sails."]).await;
    let fact = id(&bank, "Ana sails.").await;
    let asking = Asking::the(&bank).await;
    let settings = json!({"fact_types": ["observation"]});
    asking.stopped("Who sails?", settings, &fact, "not_consolidated").await;
}

#[apply(each_server)]
async fn its_tags_do_not_fit(subject: Subject) {
    let bank = tagged(&subject).await;
    let fact = id(&bank, "Ana sails.").await;
    let asking = Asking::the(&bank).await;
    let settings = json!({"recall_tags": ["sea", "sun"], "recall_tags_match": "all_strict"});
    asking.stopped("Who sails?", settings, &fact, "tags").await;
}

#[apply(each_server)]
async fn its_tags_do_not_fit_the_groups(subject: Subject) {
    let bank = tagged(&subject).await;
    let fact = id(&bank, "Ana sails.").await;
    let asking = Asking::the(&bank).await;
    let groups = json!({"tag_groups": [{"tags": ["sea"]}, {"not": {"tags": ["sea"]}}]});
    asking.stopped("Who sails?", groups, &fact, "tags").await;
}

#[apply(each_server)]
async fn facts_inside_the_window_took_its_place(subject: Subject) {
    let (one, other) = ("Ana sails with Bob on a boat.", "Ana sails with Bob on a ship.");
    let bank = subject.bank_without_model().await;
    add(&bank, &[one], "2019-06-01T00:00:00Z").await;
    add(&bank, &[other], "2020-06-01T00:00:00Z").await;
    let asking = Asking::the(&bank).await;
    let said = "Ana sails with Bob";
    let few = json!({"max_memory_tokens": 12});
    let ended = asking.say(said, &few).await;
    let [first] = ended.record.memory.as_ref().unwrap().memories.as_slice() else {
        panic!("there is room for one: {:?}", ended.record.memory)
    };
    let (year, fact) = (if first.text == one { "2020" } else { "2019" }, first.id.clone());
    let mut settings = few;
    settings["temporal_window"] = json!({"kind": "window", "start": format!("{year}-05-01T00:00:00Z"),
                                         "end": format!("{year}-07-01T00:00:00Z")});
    // Hindsight's window moves a score by less than its other factors may: then the first stays first.
    if subject.which == Which::Hindsight {
        let ended = asking.say(said, &settings).await;
        if asking.why(&ended, json!({"id": fact})).await["gate"]["kind"] == "injected" {
            return;
        }
    }
    asking.stopped(said, settings, &fact, "window").await;
}

#[apply(each_server)]
async fn a_floor_of_the_settings_keeps_the_arms_from_bringing_it(subject: Subject) {
    let bank = bank_of(&subject, &["Ana sails."]).await;
    let fact = id(&bank, "Ana sails.").await;
    let asking = Asking::the(&bank).await;
    let settings = json!({"min_scores": {"semantic": 0.99, "keyword": 1000.0}});
    asking.stopped("Who sails?", settings, &fact, "lane_floor").await;
}

#[apply(each_server)]
async fn the_servers_own_floor_keeps_what_has_nothing_to_do_with_the_question(subject: Subject) {
    let bank = bank_of(&subject, &["Ana sails."]).await;
    let fact = id(&bank, "Ana sails.").await;
    let asking = Asking::the(&bank).await;
    let settings = json!({"min_scores": {}});
    let told = asking.stopped("quarterly tax deadlines", settings, &fact, "lane_floor").await;
    assert_eq!(
        told["probe"]["gate"]["floor"],
        Value::Null,
        "it is the server's and the trace does not tell it"
    );
}

#[apply(each_server)]
async fn it_is_in_no_arms_best(subject: Subject) {
    let bank = sundays(&subject).await;
    let fact = id(&bank, BREEZE).await;
    let asking = Asking::the(&bank).await;
    let settings = json!({"budget": "low", "max_memories": {"kind": "none"}});
    asking.stopped("Does Ana sail on Sunday?", settings, &fact, "no_lane").await;
}

#[apply(each_server)]
async fn it_is_below_the_final_floor(subject: Subject) {
    let bank = bank_of(&subject, &["Ana sails."]).await;
    let fact = id(&bank, "Ana sails.").await;
    let asking = Asking::the(&bank).await;
    let settings = json!({"min_scores": {"final": 9.0}});
    asking.stopped("Who sails?", settings, &fact, "final_floor").await;
}

#[apply(each_server)]
async fn an_observation_made_of_it_was_answered_in_its_place(subject: Subject) {
    let bank = observed(&subject).await;
    let fact = bank.memory("type=world").await["id"].as_str().unwrap().to_owned();
    let asking = Asking::the(&bank).await;
    let settings = json!({"prefer_observations": "on"});
    asking.stopped("Who sails?", settings, &fact, "covered").await;
}

#[apply(each_server)]
async fn it_does_not_fit_into_the_tokens(subject: Subject) {
    let bank = bank_of(&subject, &BOATS).await;
    let asking = Asking::the(&bank).await;
    let said = "Ana sails on a boat";
    let settings = json!({"max_memory_tokens": 12});
    let ended = asking.say(said, &settings).await;
    let [first] = ended.record.memory.as_ref().unwrap().memories.as_slice() else {
        panic!("there is room for one: {:?}", ended.record.memory)
    };
    let out = BOATS.iter().find(|text| **text != first.text).unwrap();
    let fact = id(&bank, out).await;
    asking.stopped(said, settings, &fact, "tokens").await;
}
