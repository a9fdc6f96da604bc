//! Where the memory block goes in a request. Pure: a request and a block in, a request and a sentence
//! out. A message that is a list of parts stays a list; a message that is one text stays one text.

use crate::layout::frame;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rearview_domain::MessageId;
use rearview_domain::message::{Message, Part, Role};
use rearview_domain::record::Origin;
use rearview_domain::settings::Placement;
use rearview_providers::{Piece, Request, RequestMessage, RequestPart};
use std::collections::HashMap;
use std::sync::Arc;

/// The request without memory: system prompt, then the visible branch up to the question. An answer
/// that never got a word (it failed, or was stopped at once) is left out.
pub fn base_request(
    system_prompt: &str,
    history: &[Message],
    images: &HashMap<String, Arc<str>>,
    max_output_tokens: Option<u32>,
) -> Request {
    let mut messages = Vec::with_capacity(history.len() + 1);
    if !system_prompt.trim().is_empty() {
        messages.push(text_message(Role::System, vec![piece(system_prompt, Origin::System)]));
    }
    let question = history.iter().rposition(|message| message.role == Role::User);
    for (at, message) in history.iter().enumerate() {
        let origin = if Some(at) == question {
            Origin::User { message_id: message.id.clone() }
        } else {
            Origin::History { message_id: message.id.clone() }
        };
        messages.extend(request_messages(message.role, &message.parts, &origin, images));
    }
    Request { messages, max_output_tokens, ..Request::default() }
}

/// A message as it goes out. An answer that called tools is several: what the model said, what the tools
/// answered, what it said then.
pub fn request_messages(
    role: Role,
    parts: &[Part],
    origin: &Origin,
    images: &HashMap<String, Arc<str>>,
) -> Vec<RequestMessage> {
    let mut messages: Vec<RequestMessage> = Vec::new();
    for part in parts {
        let role = if matches!(part, Part::ToolResult { .. }) { Role::Tool } else { role };
        let Some(part) = request_part(part, origin, images) else { continue };
        match messages.last_mut() {
            Some(last) if last.role == role => last.parts.push(part),
            _ => messages.push(RequestMessage { role, parts: vec![part] }),
        }
    }
    messages
}

fn request_part(part: &Part, origin: &Origin, images: &HashMap<String, Arc<str>>) -> Option<RequestPart> {
    let origin = origin.clone();
    Some(match part {
        Part::Text { text } if text.is_empty() => return None,
        Part::Text { text } => RequestPart::Text(vec![Piece { text: text.clone(), origin }]),
        Part::Reasoning { text, signature, family } => RequestPart::Reasoning {
            text: text.clone(),
            signature: signature.clone(),
            family: family.clone(),
            origin,
        },
        Part::Opaque { family, value } => {
            RequestPart::Opaque { family: family.clone(), value: value.clone(), origin }
        }
        Part::Image { media_type, hash, .. } => RequestPart::Image {
            media_type: media_type.clone(),
            base64: images.get(hash)?.clone(),
            origin: Origin::Attachment { hash: hash.clone() },
        },
        Part::ToolCall { id, name, arguments } => {
            RequestPart::ToolCall { id: id.clone(), name: name.clone(), arguments: arguments.clone(), origin }
        }
        // A text is read by every model; only other files need a wire that knows them.
        Part::File { media_type, hash, name, .. } if media_type.starts_with("text/") => {
            let bytes = STANDARD.decode(images.get(hash)?.as_bytes()).ok()?;
            let text = format!("File `{name}`:\n\n{}", String::from_utf8_lossy(&bytes));
            RequestPart::Text(vec![Piece { text, origin: Origin::Attachment { hash: hash.clone() } }])
        }
        Part::File { media_type, hash, name, .. } => RequestPart::File {
            media_type: media_type.clone(),
            name: name.clone(),
            base64: images.get(hash)?.clone(),
            origin: Origin::Attachment { hash: hash.clone() },
        },
        Part::ToolResult { id, name, text, failed } => RequestPart::ToolResult {
            id: id.clone(),
            name: name.clone(),
            text: text.clone(),
            failed: *failed,
            origin: Origin::ToolResult { call_id: id.clone() },
        },
    })
}

/// Puts the block where the placement says. `takes_mid_system` says whether the model takes a system
/// message in mid conversation. Answers where it went, for people. An empty block changes nothing.
pub fn place(
    request: &mut Request,
    block: Vec<Piece>,
    placement: Placement,
    takes_mid_system: bool,
) -> &'static str {
    if block.is_empty() {
        return "nowhere";
    }
    let last_user = request.messages.iter().rposition(|message| message.role == Role::User);
    match (placement, last_user) {
        (Placement::OwnBlock | Placement::OnlyNew, Some(at)) if takes_mid_system => {
            request.messages.insert(at, text_message(Role::System, block));
            "a system message of its own, before the last user message"
        }
        (Placement::OwnBlock | Placement::OnlyNew, Some(at)) => {
            request.messages[at].parts.insert(0, RequestPart::Text(block));
            "the first text part of the last user message"
        }
        (Placement::PrependUser, Some(at)) => prepend_user(&mut request.messages[at], block),
        (Placement::SystemMessage | Placement::PinnedPerChat, _) | (_, None) => append_system(request, block),
    }
}

/// Puts a block that an earlier message got back where it stood: as the own block of that message. A message that is not
/// in the request any more takes its block along.
pub fn place_earlier(request: &mut Request, question: &MessageId, block: Vec<Piece>, takes_mid_system: bool) {
    let is_its = |part: &RequestPart| match part {
        RequestPart::Text(pieces) => pieces
            .iter()
            .any(|piece| matches!(&piece.origin, Origin::History { message_id } if message_id == question)),
        _ => false,
    };
    let found = request
        .messages
        .iter()
        .position(|message| message.role == Role::User && message.parts.iter().any(is_its));
    match found {
        Some(at) if takes_mid_system => request.messages.insert(at, text_message(Role::System, block)),
        Some(at) => request.messages[at].parts.insert(0, RequestPart::Text(block)),
        None => {}
    }
}

/// As hindsight-litellm's `prepend_user`, but a list gets a part of its own instead of being turned into text.
fn prepend_user(message: &mut RequestMessage, mut block: Vec<Piece>) -> &'static str {
    if let [RequestPart::Text(pieces)] = message.parts.as_mut_slice() {
        block.push(frame("\n\n"));
        block.append(pieces);
        *pieces = block;
        "inside the last user message, before its text"
    } else {
        message.parts.insert(0, RequestPart::Text(block));
        "the last user message, as a text part before its others"
    }
}

/// As hindsight-litellm's `system_message`: after the first system message, or a new one at the front.
fn append_system(request: &mut Request, mut block: Vec<Piece>) -> &'static str {
    let Some(system) = request.messages.iter_mut().find(|message| message.role == Role::System) else {
        request.messages.insert(0, text_message(Role::System, block));
        return "a new system message at the front";
    };
    if let [RequestPart::Text(pieces)] = system.parts.as_mut_slice() {
        pieces.push(frame("\n\n"));
        pieces.append(&mut block);
        "the end of the first system message"
    } else {
        system.parts.push(RequestPart::Text(block));
        "the first system message, as a text part after its others"
    }
}

fn text_message(role: Role, pieces: Vec<Piece>) -> RequestMessage {
    RequestMessage { role, parts: vec![RequestPart::Text(pieces)] }
}

fn piece(text: &str, origin: Origin) -> Piece {
    Piece { text: text.to_owned(), origin }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::{recall_block, tests::memory, text_of};
    use rearview_domain::settings::ItemFormat;
    use rearview_domain::time::Time;

    fn message(id: &str, role: Role, parts: Vec<Part>) -> Message {
        Message {
            id: id.into(),
            chat_id: "c".into(),
            parent_id: None,
            role,
            parts,
            turn_id: None,
            created_at: Time::now(),
        }
    }

    fn history() -> Vec<Message> {
        vec![
            message("1", Role::User, vec![Part::text("hello")]),
            message("2", Role::Assistant, vec![Part::text("hi")]),
            message("3", Role::User, vec![Part::text("where?")]),
        ]
    }

    fn block() -> Vec<Piece> {
        recall_block(&[&memory("a", "fact")], ItemFormat::default())
    }

    fn shape(request: &Request) -> Vec<(Role, Vec<String>)> {
        let part = |part: &RequestPart| match part {
            RequestPart::Text(pieces) => text_of(pieces).replace(&text_of(&block()), "<memory>"),
            RequestPart::Image { .. } => "<image>".into(),
            _ => "<other>".into(),
        };
        request
            .messages
            .iter()
            .map(|message| (message.role, message.parts.iter().map(part).collect()))
            .collect()
    }

    fn placed(
        system: &str,
        history: &[Message],
        placement: Placement,
        mid: bool,
    ) -> Vec<(Role, Vec<String>)> {
        let images = HashMap::from([("h".to_owned(), Arc::from("aGk="))]);
        let mut request = base_request(system, history, &images, None);
        place(&mut request, block(), placement, mid);
        shape(&request)
    }

    fn row(role: Role, parts: &[&str]) -> (Role, Vec<String>) {
        (role, parts.iter().map(|part| (*part).to_owned()).collect())
    }

    #[test]
    fn the_default_is_a_message_of_its_own_so_that_the_prefix_stays_cached() {
        let shape = placed("be kind", &history(), Placement::OwnBlock, true);
        assert_eq!(shape[0], row(Role::System, &["be kind"]));
        assert_eq!(shape[3], row(Role::System, &["<memory>"]));
        assert_eq!(shape[4], row(Role::User, &["where?"]));
    }

    #[test]
    fn a_model_without_system_messages_in_mid_conversation_gets_a_text_part_of_its_own() {
        let shape = placed("", &history(), Placement::OwnBlock, false);
        assert_eq!(shape.len(), 3);
        assert_eq!(shape[2], row(Role::User, &["<memory>", "where?"]));
    }

    #[test]
    fn system_message_appends_after_one_blank_line_or_makes_one() {
        let shape = placed("be kind", &history(), Placement::SystemMessage, true);
        assert_eq!(shape[0], row(Role::System, &["be kind\n\n<memory>"]));
        let shape = placed("", &history(), Placement::SystemMessage, true);
        assert_eq!(shape[0], row(Role::System, &["<memory>"]));
        assert_eq!(shape.len(), 4);
    }

    #[test]
    fn prepend_user_keeps_a_text_a_text_and_a_list_a_list() {
        let shape = placed("", &history(), Placement::PrependUser, true);
        assert_eq!(shape[2], row(Role::User, &["<memory>\n\nwhere?"]));
        let image = Part::Image { media_type: "image/png".into(), hash: "h".into(), bytes: 2, name: None };
        let list = vec![message("1", Role::User, vec![image, Part::text("what is it?")])];
        let shape = placed("", &list, Placement::PrependUser, true);
        assert_eq!(shape[0], row(Role::User, &["<memory>", "<image>", "what is it?"]));
    }

    #[test]
    fn a_list_shaped_system_message_stays_a_list() {
        let mut request = base_request("", &history(), &HashMap::new(), None);
        let text = |text: &str| RequestPart::Text(vec![piece(text, Origin::System)]);
        request.messages.insert(0, RequestMessage { role: Role::System, parts: vec![text("a"), text("b")] });
        place(&mut request, block(), Placement::SystemMessage, true);
        assert_eq!(shape(&request)[0], row(Role::System, &["a", "b", "<memory>"]));
    }

    #[test]
    fn an_empty_block_leaves_the_request_as_it_is() {
        for placement in [Placement::OwnBlock, Placement::SystemMessage, Placement::PrependUser] {
            let mut request = base_request("s", &history(), &HashMap::new(), None);
            let before = shape(&request);
            place(&mut request, Vec::new(), placement, true);
            assert_eq!(shape(&request), before);
        }
    }

    #[test]
    fn an_answer_that_never_got_a_word_is_left_out() {
        let mut history = history();
        history[1].parts.clear();
        assert_eq!(base_request("", &history, &HashMap::new(), None).messages.len(), 2);
    }

    #[test]
    fn an_answer_that_called_tools_goes_out_as_the_messages_it_was_made_of() {
        let call =
            |id: &str| Part::ToolCall { id: id.into(), name: "recall_memory".into(), arguments: "{}".into() };
        let result = |id: &str| Part::ToolResult {
            id: id.into(),
            name: "recall_memory".into(),
            text: "1. x".into(),
            failed: false,
        };
        let mut history = history();
        history[1].parts = vec![
            Part::text("Let me look."),
            call("a"),
            call("b"),
            result("a"),
            result("b"),
            Part::text("You live in Porto."),
        ];
        let request = base_request("", &history, &HashMap::new(), None);
        let roles: Vec<_> =
            request.messages.iter().map(|message| (message.role, message.parts.len())).collect();
        assert_eq!(
            roles,
            [(Role::User, 1), (Role::Assistant, 3), (Role::Tool, 2), (Role::Assistant, 1), (Role::User, 1)]
        );
    }

    #[test]
    fn a_text_file_is_text_with_its_name_and_other_files_go_as_they_are() {
        let file = |media_type: &str, name: &str| Part::File {
            media_type: media_type.into(),
            hash: "h".into(),
            bytes: 2,
            name: name.into(),
        };
        let images = HashMap::from([("h".to_owned(), Arc::from("aGk="))]);
        let parts = [file("text/markdown", "notes.md"), file("application/pdf", "a.pdf")];
        let origin = Origin::User { message_id: "q".into() };
        let sent = request_messages(Role::User, &parts, &origin, &images).remove(0).parts;
        let RequestPart::Text(pieces) = &sent[0] else { panic!("{sent:?}") };
        assert_eq!(text_of(pieces), "File `notes.md`:\n\nhi");
        assert_eq!(pieces[0].origin, Origin::Attachment { hash: "h".into() });
        assert!(matches!(&sent[1], RequestPart::File { name, .. } if name == "a.pdf"));
    }

    #[test]
    fn the_question_and_the_history_are_told_apart() {
        let request = base_request("", &history(), &HashMap::new(), None);
        let origin = |at: usize| match &request.messages[at].parts[0] {
            RequestPart::Text(pieces) => pieces[0].origin.clone(),
            _ => unreachable!(),
        };
        assert_eq!(origin(0), Origin::History { message_id: "1".into() });
        assert_eq!(origin(2), Origin::User { message_id: "3".into() });
    }
}
