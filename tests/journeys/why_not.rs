//! Why a memory is not in a turn: what the record tells, and what the turn's own request finds when it is asked again,
//! on the engine of the app.

use rearview_domain::ChatId;
use rearview_tests::scripted_provider::{Script, ScriptedProvider};
use rearview_tests::temp_app::{Ended, TempApp};
use serde_json::{Value, json};

const QUESTION: &str = "What is Wiebke allergic to?";

struct Asking {
    app: TempApp,
    chat: ChatId,
    _provider: ScriptedProvider,
}

impl Asking {
    /// An app with the sample bank and a scripted model.
    async fn with_sample() -> Self {
        let app = TempApp::with_engine().await;
        let _: Value = app.must("engine.loadSample", json!({})).await;
        let provider = ScriptedProvider::start().await.unwrap();
        app.provider(&provider).await;
        for _ in 0..8 {
            provider.answer(Script::text("So."));
        }
        let chat = app.chat().await;
        // What is being stored would be one more reason for a fact not to be there.
        app.update(&chat, json!({"settings": {"store_conversations": false}})).await;
        Self { app, chat, _provider: provider }
    }

    async fn say(&self, settings: Value) -> Ended {
        let said = json!({"text": QUESTION, "bankId": "sample", "settings": settings});
        self.app.send(&self.chat, said).await
    }

    async fn why(&self, ended: &Ended, expected: Value) -> Value {
        let asked = json!({"chatId": self.chat, "turnId": ended.turn.id, "expected": expected});
        self.app.must("turn.whyNot", asked).await
    }

    /// The fact about hazelnuts.
    async fn allergy(&self) -> (String, String) {
        let filter = json!({"q": "severely allergic", "factType": "world"});
        let request = json!({"serverId": "embedded", "bankId": "sample", "filter": filter});
        let page: Value = self.app.must("memory.list", request).await;
        let text = |name: &str| page["items"][0][name].as_str().unwrap().to_owned();
        (text("id"), text("text"))
    }
}

#[tokio::test]
async fn what_the_record_knows_is_answered_from_the_record() {
    let asking = Asking::with_sample().await;
    let (id, text) = asking.allergy().await;
    let there = asking.say(json!({})).await;
    let told = asking.why(&there, json!({"text": text})).await;
    assert_eq!((&told["gate"]["kind"], &told["settled"]), (&json!("injected"), &json!(true)), "{told}");
    assert_eq!((&told["memoryId"], &told["probe"]), (&json!(id), &Value::Null));

    let off = asking.say(json!({"inject_memories": false})).await;
    let told = asking.why(&off, json!({"id": id})).await;
    assert_eq!(told["gate"], json!({"kind": "not_asked", "why": "setting"}));

    let capped = asking.say(json!({"max_memories": {"kind": "at", "n": 0}})).await;
    let told = asking.why(&capped, json!({"id": id})).await;
    assert_eq!((&told["gate"]["kind"], &told["gate"]["took"]), (&json!("max_memories"), &json!(0)), "{told}");

    let late = asking.say(json!({"recall_timeout_ms": 0})).await;
    let told = asking.why(&late, json!({"id": id})).await;
    assert_eq!(
        (&told["gate"]["kind"], &told["gate"]["error"]["code"]),
        (&json!("failed"), &json!("timeout"))
    );

    let said = json!({"chatId": asking.chat, "serverId": "embedded", "bankId": "sample", "memoryId": id,
                      "kind": "not_here", "text": text});
    let _: Value = asking.app.must("chat.setMemory", said).await;
    let hidden = asking.say(json!({})).await;
    let told = asking.why(&hidden, json!({"id": id})).await;
    assert_eq!(told["gate"]["kind"], "not_here", "{told}");
}

#[tokio::test]
async fn what_the_record_leaves_open_is_asked_now_with_the_turns_own_request() {
    let asking = Asking::with_sample().await;
    let (id, _) = asking.allergy().await;
    let typed = asking.say(json!({"fact_types": ["experience"]})).await;
    let told = asking.why(&typed, json!({"id": id})).await;
    assert_eq!((&told["settled"], &told["gate"]["kind"]), (&json!(false), &json!("no_candidate")), "{told}");
    assert_eq!(
        (&told["probe"]["gate"]["kind"], &told["probe"]["proved"]),
        (&json!("fact_type"), &json!(true))
    );
    assert_eq!(told["probe"]["changes"][0]["field"], "types");
    // The change is a setting of a turn, and with it the fact is there.
    let types = told["probe"]["changes"][0]["to"].clone();
    let changed = asking.say(json!({"fact_types": types})).await;
    let told = asking.why(&changed, json!({"id": id})).await;
    assert_eq!(told["gate"]["kind"], "injected", "{told}");

    // The engine answers its first fact however long it is; one behind it does not fit.
    let tight = asking.say(json!({"max_memory_tokens": 80})).await;
    let of = json!({"chatId": asking.chat, "turnId": tight.turn.id});
    let told: Value = asking.app.must("turn.stages", of).await;
    let candidates = told["stages"]["candidates"].as_array().unwrap();
    let over = candidates.iter().find(|one| one["fate"]["kind"] == "tokens").expect("80 tokens are few");
    let told = asking.why(&tight, json!({"id": over["id"]})).await;
    let fell = (&told["gate"]["kind"], &told["gate"]["fate"]["kind"]);
    assert_eq!(fell, (&json!("trace"), &json!("tokens")), "{told}");
    assert_eq!(told["probe"]["changes"][0]["field"], "max_tokens", "{told}");

    let nowhere = asking.why(&tight, json!({"text": "Nobody ever said this."})).await;
    assert_eq!(nowhere["probe"]["gate"]["kind"], "not_there", "{nowhere}");
}

#[tokio::test]
async fn a_query_in_other_words_is_blamed_only_when_the_own_words_find_it() {
    let asking = Asking::with_sample().await;
    let (id, _) = asking.allergy().await;
    let fixed =
        json!({"query": {"kind": "fixed", "text": "xylophone"}, "max_memory_tokens": 60, "budget": "low"});
    let other = asking.say(fixed).await;
    if other.record.selected.iter().any(|one| one.memory_id == id) {
        panic!("the test proves nothing: {:?}", other.record.selected);
    }
    let told = asking.why(&other, json!({"id": id})).await;
    assert_eq!(told["query"]["asked"], "xylophone", "{told}");
    assert!(told["query"]["rank"].as_u64().is_some(), "{told}");
    assert_eq!(told["query"]["yours"], QUESTION);
    let own = asking.say(json!({"fact_types": ["experience"]})).await;
    assert_eq!(asking.why(&own, json!({"id": id})).await["query"], Value::Null, "those were the own words");
}

#[tokio::test]
async fn what_changed_since_the_turn_is_told_as_asked_now() {
    let asking = Asking::with_sample().await;
    let (id, text) = asking.allergy().await;
    let change = |state: &str| {
        json!({"serverId": "embedded", "bankId": "sample", "label": "x",
               "changes": [{"id": id, "patch": {"state": state, "reason": "a slip"}}]})
    };
    let _: Value = asking.app.must("memory.change", change("invalidated")).await;
    let ended = asking.say(json!({})).await;
    let told = asking.why(&ended, json!({"id": id, "text": text})).await;
    assert_eq!(told["probe"]["gate"]["kind"], "invalidated", "{told}");
    assert_eq!(told["probe"]["changes"][0]["field"], "state");
    let back = json!({"serverId": "embedded", "bankId": "sample", "label": "x",
                      "changes": [{"id": id, "patch": {"state": "valid"}}]});
    let _: Value = asking.app.must("memory.change", back).await;
    let since = asking.why(&ended, json!({"id": id})).await;
    assert_eq!(since["probe"]["gate"]["kind"], "in", "{since}");

    // Another bank than the turn's: the record knows which was asked, the probe which holds it.
    let said = json!({"text": QUESTION, "bankId": "default"});
    let elsewhere = asking.app.send(&asking.chat, said).await;
    let told = asking.why(&elsewhere, json!({"id": id, "bankId": "sample"})).await;
    assert_eq!(told["gate"], json!({"kind": "other_bank", "asked": "default", "holds": "sample"}), "{told}");
    assert_eq!(told["probe"]["gate"]["kind"], "other_bank");
}

#[tokio::test]
async fn what_nobody_knows_is_not_known() {
    let asking = Asking::with_sample().await;
    let (id, _) = asking.allergy().await;
    let ended = asking.say(json!({"fact_types": ["experience"]})).await;
    let _: Value = asking.app.must("chat.create", json!({"kind": "normal"})).await;
    asking
        .app
        .refused("turn.whyNot", json!({"chatId": asking.chat, "turnId": "none", "expected": {"id": id}}))
        .await;
    // A server that is gone leaves what the record tells, and says that nobody could be asked.
    let reflected = asking.say(json!({"mode": "reflect"})).await;
    let told = asking.why(&reflected, json!({"id": id})).await;
    assert!(matches!(told["gate"]["kind"].as_str(), Some("reflected" | "failed")), "{told}");
    assert_eq!((&told["settled"], &told["probe"]), (&json!(true), &Value::Null));
    let nobody = asking.why(&ended, json!({})).await;
    assert_eq!(nobody["memoryId"], Value::Null);
}
