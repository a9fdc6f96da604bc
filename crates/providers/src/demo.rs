//! The Demo: no model, no network. It says so, and answers with what it was given, so that recall and
//! injection can be seen at work before any key is entered.
//!
//! Its request is encoded like any other, so the inspector has something true to show.

use crate::driver::Opened;
use crate::error::{ErrorKind, ProviderError};
use crate::event::Event;
use crate::request::{Piece, Request, RequestMessage, RequestPart};
use futures_util::{StreamExt, stream};
use rearview_domain::message::Role;
use rearview_domain::record::Origin;
use rearview_domain::turn::{FinishReason, Usage};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// The pause before each word, so that streaming can be seen.
const PAUSE: Duration = Duration::from_millis(4);

/// The name of the Demo's only model.
pub(crate) const MODEL: &str = "demo";

/// How much of the question is echoed, in characters.
const ECHO_CHARS: usize = 200;

/// Begins an answer; it ends with `Failed(Cancelled)` when `cancel` comes first.
pub(crate) fn open(request: &Request, cancel: CancellationToken) -> Opened {
    let mut events = VecDeque::from([Event::Started { id: None, model: Some(MODEL.into()) }]);
    let answer = answer(request);
    events.extend(
        answer
            .split_inclusive(char::is_whitespace)
            .map(|word| Event::Text { block: 0, delta: word.to_owned() }),
    );
    events.push_back(Event::BlockEnd { block: 0 });
    events.push_back(Event::Finished { reason: FinishReason::Stop, usage: Usage::default() });
    let events = stream::unfold((events, cancel), |(mut events, cancel)| async move {
        let mut event = events.pop_front()?;
        if matches!(event, Event::Text { .. }) {
            tokio::select! {
                biased;
                () = cancel.cancelled() => {
                    events.clear();
                    event = Event::Failed(ProviderError::new(ErrorKind::Cancelled, "Demo"));
                }
                () = tokio::time::sleep(PAUSE) => {}
            }
        }
        Some((event, (events, cancel)))
    });
    Opened { status: None, request_id: None, connect_ms: 0.0, frames: Arc::default(), events: events.boxed() }
}

/// The answer in full.
fn answer(request: &Request) -> String {
    let mut answer = "I am the Demo, not a language model: I only tell what I was given.\n\n".to_owned();
    let memories = memories(request);
    let reflected = joined(request.messages.iter(), |origin| *origin == Origin::Reflect);
    if memories.is_empty() && reflected.is_empty() {
        answer += "From memory I was given nothing.";
    }
    if !memories.is_empty() {
        answer += "From memory I was given:\n";
        for memory in memories {
            answer += &format!("\n- {}", one_line(&memory));
        }
    }
    if !reflected.is_empty() {
        answer += &format!("Memory reflected for me: {}", one_line(&reflected));
    }
    let question = one_line(&question(request));
    if !question.is_empty() {
        let cut = question.chars().count() > ECHO_CHARS;
        let echo: String = question.chars().take(ECHO_CHARS).collect();
        answer += &format!("\n\nYou said: “{echo}{}”", if cut { "…" } else { "" });
    }
    answer + "\n\nChoose a model at the top to get a real answer with the same memory."
}

/// The memories, each once, in the order of the block. One memory may have come in several pieces.
fn memories(request: &Request) -> Vec<String> {
    let mut memories: Vec<(u32, &str, String)> = Vec::new();
    for piece in request.messages.iter().flat_map(pieces) {
        if let Origin::Memory { index, id } = &piece.origin {
            match memories.iter_mut().find(|(at, of, _)| at == index && of == id) {
                Some((_, _, text)) => text.push_str(&piece.text),
                None => memories.push((*index, id, piece.text.clone())),
            }
        }
    }
    memories.into_iter().map(|(_, _, text)| text).collect()
}

/// What the person said last.
fn question(request: &Request) -> String {
    let last = request.messages.iter().rev().find(|message| message.role == Role::User);
    joined(last.into_iter(), |origin| matches!(origin, Origin::User { .. }))
}

fn joined<'a>(messages: impl Iterator<Item = &'a RequestMessage>, wanted: fn(&Origin) -> bool) -> String {
    messages.flat_map(pieces).filter(|piece| wanted(&piece.origin)).map(|piece| piece.text.as_str()).collect()
}

fn pieces(message: &RequestMessage) -> impl Iterator<Item = &Piece> {
    message.parts.iter().flat_map(|part| match part {
        RequestPart::Text(pieces) => pieces.as_slice(),
        _ => &[],
    })
}

/// Line ends become blanks: one memory is one line of the list, whatever it holds.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(memories: &[&str]) -> Request {
        let mut block = vec![Piece::new("Memories:\n", Origin::MemoryFrame)];
        for (at, memory) in (1u32..).zip(memories) {
            block.push(Piece::new(*memory, Origin::Memory { index: at, id: format!("m{at}") }));
        }
        let user = Origin::User { message_id: "u".into() };
        let message = |role, pieces| RequestMessage { role, parts: vec![RequestPart::Text(pieces)] };
        Request {
            messages: vec![
                message(Role::System, block),
                message(Role::User, vec![Piece::new("Where shall we eat?", user)]),
            ],
            ..Request::default()
        }
    }

    async fn run(request: &Request, cancel: CancellationToken) -> Vec<Event> {
        open(request, cancel).events.collect().await
    }

    #[tokio::test]
    async fn it_says_that_it_is_no_model_and_tells_each_memory_it_was_given() {
        let events = run(&request(&["Ana is\nvegetarian", "Ana likes tea"]), CancellationToken::new()).await;
        let text: String = events
            .iter()
            .filter_map(|event| match event {
                Event::Text { delta, .. } => Some(delta.as_str()),
                _ => None,
            })
            .collect();
        assert!(text.contains("not a language model"));
        assert!(text.contains("\n- Ana is vegetarian\n- Ana likes tea\n"), "{text}");
        assert!(text.contains("“Where shall we eat?”"));
        assert!(!text.contains("Memories:"));
        assert!(matches!(events.last(), Some(Event::Finished { usage, .. }) if *usage == Usage::default()));
    }

    #[test]
    fn without_memory_it_says_so() {
        assert!(answer(&request(&[])).contains("From memory I was given nothing."));
    }

    #[tokio::test]
    async fn stopping_it_ends_the_answer_with_one_terminal_event() {
        let cancel = CancellationToken::new();
        let mut events = open(&request(&["Ana is vegetarian"]), cancel.clone()).events;
        events.next().await.unwrap();
        events.next().await.unwrap();
        cancel.cancel();
        let rest: Vec<Event> = events.collect().await;
        assert!(matches!(&rest[..], [Event::Failed(error)] if error.kind == ErrorKind::Cancelled));
    }
}
