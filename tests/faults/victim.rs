//! The processes that the fault lane kills: a short life of Rearview, told line by line on standard output, and
//! with `victim engine DIR` the memory engine alone (`victim_engine`).
//!
//! `victim DIR PROVIDER MEMORY` opens the app in DIR, sets up both addresses, has a conversation with an
//! edit in it, and waits until everything is stored. A line is written only after the thing it tells has
//! happened, so whoever reads them knows what must not be lost. The environment decides where it dies
//! (`rearview_store::fault`).

mod victim_engine;

use rearview_domain::event::{Happening, RunEvent};
use rearview_domain::turn::RetainState;
use rearview_domain::{ChatId, RunId};
use rearview_tests::temp_app::{Started, TempApp};
use serde_json::{Value, json};
use std::io::Write as _;
use std::path::Path;

#[tokio::main]
#[expect(clippy::expect_used, reason = "a victim that cannot begin has to say so and end")]
async fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let [mode, dir] = args.as_slice()
        && mode == "engine"
    {
        return victim_engine::serve(Path::new(dir)).await;
    }
    let [dir, provider, memory] = args.as_slice() else { return tell(&json!({"wrong": "arguments"})) };
    let mut app = TempApp::at(Path::new(dir)).await.expect("the folder opens");
    let config = json!({"id": "scripted", "name": "Scripted", "wire": "openai_chat", "baseUrl": provider});
    let _: Value = app.must("provider.save", json!({"config": config})).await;
    app.server(memory, None).await;
    tell(&json!({"did": "set up"}));

    let chat = app.chat().await;
    tell(&json!({"did": "chat", "chat": chat}));
    let _: Value = app.must("chat.saveDraft", json!({"chatId": chat, "text": "what I wanted to say"})).await;
    tell(&json!({"did": "draft"}));
    let first = turn(&app, &chat, json!({"text": "I live in Porto, by the sea"})).await;
    let second = turn(&app, &chat, json!({"text": "and I sail on Sundays"})).await;
    // Stored before it is left, so that every life has something to take out of memory.
    app.retained(&chat, &second.turn.id, |state| matches!(state, RetainState::Done { .. })).await;
    let beside = json!({"kind": "beside", "message_id": second.turn.question_id});
    let third = turn(&app, &chat, json!({"text": "and I row on Sundays", "after": beside})).await;
    for (which, begun) in [("stored", &first), ("stored", &third), ("left", &second)] {
        let wanted: fn(&RetainState) -> bool = match which {
            "stored" => |state| matches!(state, RetainState::Done { .. }),
            _ => |state| matches!(state, RetainState::Removed { .. } | RetainState::Skipped { .. }),
        };
        app.retained(&chat, &begun.turn.id, wanted).await;
        tell(&json!({"did": which, "turn": begun.turn.id}));
    }
    app.quit().await;
    tell(&json!({"did": "quit"}));
}

/// A message and its answer, told as far as they get.
#[expect(clippy::expect_used, reason = "a turn that is refused ends the victim's life with words")]
async fn turn(app: &TempApp, chat: &ChatId, request: Value) -> Started {
    let text = request["text"].clone();
    let started = app.start(chat, request).await.expect("the message is taken");
    let turn = &started.turn;
    tell(
        &json!({"did": "started", "text": text, "turn": turn.id, "question": turn.question_id, "answer": turn.answer_id}),
    );
    follow(app, &started.run).await;
    started
}

/// Tells every piece of the answer that was shown.
#[expect(clippy::expect_used, reason = "events that cannot be read end the victim's life with words")]
async fn follow(app: &TempApp, run: &RunId) {
    let (sink, mut events) = tokio::sync::mpsc::unbounded_channel();
    let request = json!({"runId": run, "afterSeq": 0}).to_string();
    let attaching = rearview_api::table::stream(app.app(), "turn.attach", &request, Box::new(sink));
    let telling = async {
        while let Some(event) = events.recv().await {
            let event: RunEvent = serde_json::from_str(&event).expect("an event is JSON");
            match event.event {
                Happening::Text { text } => tell(&json!({"did": "shown", "turn": run, "text": text})),
                Happening::Finished { turn, .. } | Happening::Failed { turn, .. } => {
                    tell(&json!({"did": "ended", "turn": run, "state": turn.state}));
                }
                _ => {}
            }
        }
    };
    let (attached, ()) = tokio::join!(attaching, telling);
    attached.expect("the run can be followed");
}

/// One line, out of this process before anything else happens.
fn tell(line: &Value) {
    let mut out = std::io::stdout().lock();
    // Whoever does not listen any more is about to kill us.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}
