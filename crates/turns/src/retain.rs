//! What of a turn is handed to memory: what the person and the model said, and nothing else. Injected
//! text cannot be in it, because it is built from the messages and never from a request.

use rearview_domain::message::{Message, Role};
use rearview_domain::record::{Resolved, Retained};
use rearview_domain::settings::DecidedSettings;
use rearview_domain::turn::{RetainSkip, RetainState, Turn};
use rearview_domain::{BankId, ChatId, DocumentId, ServerId};
use rearview_hindsight::{RetainItem, Timestamp, UpdateMode};
use rearview_store::{Store, StoreError};
use std::collections::BTreeMap;

/// How much of the previous exchange goes along as context, in characters a message. Hindsight puts the
/// context into the extraction prompt and onto every fact, so it is kept short.
const CONTEXT_CHARS: usize = 400;

/// What is handed to memory for one turn.
#[derive(Clone, Debug, PartialEq)]
pub struct Retain {
    /// The memory server.
    pub server_id: ServerId,
    /// The bank.
    pub bank_id: BankId,
    /// The item.
    pub item: RetainItem,
    /// The document.
    pub document_id: DocumentId,
}

/// What a record says about a retain that was decided on: what is handed over, or that nothing is.
pub fn recorded(turn: &Turn, retain: Option<&Retain>, state: RetainState) -> Retained {
    let item = retain.map(|retain| retain.item.clone()).unwrap_or_default();
    Retained {
        document_id: turn.document_id(),
        content: item.content,
        context: item.context.unwrap_or_default(),
        tags: item.tags,
        state,
        sent_at: None,
    }
}

/// Builds what is handed to memory, or says why nothing is.
///
/// `path` is the visible branch up to and including the answer. `demo` leaves the answer out: the Demo
/// answers from memory alone and would feed on itself. A turn whose answer has no words is not retained
/// yet: it will be when an answer comes. `same_bank` says whether the exchange before it went to the same bank;
/// see `follows_same_bank`.
///
/// # Errors
/// The reason why nothing is retained.
pub fn build(
    path: &[Message],
    turn: &Turn,
    resolved: &Resolved,
    demo: bool,
    same_bank: bool,
) -> Result<Retain, RetainSkip> {
    let Some(server_id) = resolved.bank.server_id.clone() else {
        return Err(RetainSkip::NoServer);
    };
    let question_at =
        path.iter().position(|message| message.id == turn.question_id).ok_or(RetainSkip::NotVisible)?;
    let answer = path.iter().find(|message| message.id == turn.answer_id).ok_or(RetainSkip::NotVisible)?;
    let (asked, answered) = (path[question_at].said(), answer.said());
    if answered.is_empty() {
        return Err(RetainSkip::Nothing);
    }
    let mut pieces = Vec::new();
    if !asked.is_empty() {
        pieces.push(format!("USER: {asked}"));
    }
    if !demo {
        pieces.push(format!("ASSISTANT: {answered}"));
    }
    if pieces.is_empty() {
        return Err(RetainSkip::Nothing);
    }
    let (tags, metadata) = labels(&resolved.settings, &turn.chat_id, &turn.model);
    let document_id = turn.document_id();
    let item = RetainItem {
        content: pieces.join("\n\n"),
        timestamp: Some(Timestamp::At(turn.started_at.clone())),
        context: Some(context(if same_bank { &path[..question_at] } else { &[] })),
        document_id: Some(document_id.clone()),
        metadata,
        tags,
        update_mode: Some(UpdateMode::Replace),
        ..RetainItem::default()
    };
    Ok(Retain { server_id, bank_id: resolved.bank.bank_id.clone(), item, document_id })
}

/// The tags and the metadata of everything that is stored for a chat: those of the settings, the chat, and
/// where it comes from.
pub(crate) fn labels(
    settings: &DecidedSettings,
    chat: &ChatId,
    model: &str,
) -> (Vec<String>, BTreeMap<String, String>) {
    labels_of(settings, Some(chat), model)
}

/// As `labels`, also for what belongs to no chat.
pub fn labels_of(
    settings: &DecidedSettings,
    chat: Option<&ChatId>,
    model: &str,
) -> (Vec<String>, BTreeMap<String, String>) {
    let mut tags = settings.tags.value.clone();
    let chat_tag = chat.map(|chat| format!("chat:{chat}"));
    tags.extend(chat_tag.filter(|tag| !settings.tags.value.contains(tag)));
    let mut metadata = settings.metadata.value.clone();
    metadata.entry("source".into()).or_insert_with(|| "rearview".into());
    if !model.is_empty() {
        metadata.entry("model".into()).or_insert_with(|| model.to_owned());
    }
    (tags, metadata)
}

/// Whether the exchange before a turn belongs to the turn's own bank. When the profile was switched in mid chat
/// it does not, and must not come along as context: banks never learn of each other. What is not known counts
/// as another bank.
///
/// # Errors
/// The store's.
pub async fn follows_same_bank(
    store: &Store,
    path: &[Message],
    turn: &Turn,
    resolved: &Resolved,
) -> Result<bool, StoreError> {
    let before = path.iter().take_while(|message| message.id != turn.question_id);
    let Some(previous) = before.filter_map(|message| message.turn_id.as_ref()).last() else {
        return Ok(true);
    };
    let record = store.record(previous).await?;
    let bank = record.and_then(|record| record.resolved).map(|resolved| resolved.bank);
    let own = &resolved.bank;
    Ok(bank.is_some_and(|bank| bank.server_id == own.server_id && bank.bank_id == own.bank_id))
}

/// Where it was said, and the exchange before it, so that "she" and "there" can be resolved.
fn context(before: &[Message]) -> String {
    let mut lines: Vec<String> = before
        .iter()
        .rev()
        .filter_map(|message| {
            let name = match message.role {
                Role::User => "USER",
                Role::Assistant => "ASSISTANT",
                Role::System | Role::Tool => return None,
            };
            let said = message.said();
            (!said.is_empty()).then(|| format!("{name}: {}", crate::query::tail(&said, CONTEXT_CHARS)))
        })
        .take(2)
        .collect();
    if lines.is_empty() {
        return "conversation in Rearview".to_owned();
    }
    lines.reverse();
    format!("conversation in Rearview; said just before:\n{}", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rearview_domain::message::Part;
    use rearview_domain::resolve::{BankDecision, DecidedBank};
    use rearview_domain::settings::{Level, TurnSettings};
    use rearview_domain::time::Time;
    use rearview_domain::turn::TurnState;

    fn message(id: &str, role: Role, text: &str) -> Message {
        Message {
            id: id.into(),
            chat_id: "c".into(),
            parent_id: None,
            role,
            parts: vec![Part::text(text)],
            turn_id: None,
            created_at: Time::now(),
        }
    }

    fn turn(question: &str, answer: &str) -> Turn {
        Turn {
            id: "t".into(),
            chat_id: "c".into(),
            question_id: question.into(),
            answer_id: answer.into(),
            model: "openai/gpt-4o".into(),
            state: TurnState::Finished,
            finish: None,
            error: None,
            memory: None,
            retain: None,
            usage: Default::default(),
            cost: None,
            context_tokens: None,
            learned: None,
            first_token_ms: None,
            total_ms: None,
            started_at: Time("2026-11-20T10:00:00.000Z".into()),
        }
    }

    fn resolved(settings: TurnSettings) -> Resolved {
        Resolved {
            bank: DecidedBank {
                server_id: Some("s".into()),
                bank_id: "b".into(),
                decision: BankDecision::BuiltIn,
            },
            profile: None,
            model: "openai/gpt-4o".into(),
            settings: DecidedSettings::decide(&[(Level::Chat, &settings)]),
            inject_off: None,
            store_off: None,
        }
    }

    #[test]
    fn one_document_a_turn_holds_what_was_said_in_it_and_not_the_history() {
        let path = [
            message("1", Role::User, "My name is Ana."),
            message("2", Role::Assistant, "Hello Ana."),
            message("3", Role::User, "I moved to Lisbon."),
            message("4", Role::Assistant, "Welcome to Lisbon."),
        ];
        let retain = build(&path, &turn("3", "4"), &resolved(TurnSettings::default()), false, true).unwrap();
        assert_eq!(retain.item.content, "USER: I moved to Lisbon.\n\nASSISTANT: Welcome to Lisbon.");
        assert_eq!(retain.item.document_id, Some("c.t".into()));
        assert_eq!(retain.item.update_mode, Some(UpdateMode::Replace));
        assert_eq!(retain.item.timestamp, Some(Timestamp::At(Time("2026-11-20T10:00:00.000Z".into()))));
        let context = retain.item.context.unwrap();
        assert!(context.ends_with("USER: My name is Ana.\nASSISTANT: Hello Ana."), "{context}");
        assert_eq!(retain.item.tags, ["chat:c"]);
    }

    #[test]
    fn what_was_said_to_another_bank_does_not_come_along_as_context() {
        let path = [
            message("1", Role::User, "My name is Ana."),
            message("2", Role::Assistant, "Hello Ana."),
            message("3", Role::User, "And I am Ben."),
            message("4", Role::Assistant, "Hello Ben."),
        ];
        let retain = build(&path, &turn("3", "4"), &resolved(TurnSettings::default()), false, false).unwrap();
        assert_eq!(retain.item.context.as_deref(), Some("conversation in Rearview"));
    }

    #[test]
    fn tags_and_metadata_of_the_settings_go_along() {
        let settings = TurnSettings {
            tags: Some(vec!["work".into()]),
            metadata: Some([("team".to_owned(), "a".to_owned())].into()),
            ..Default::default()
        };
        let path = [message("1", Role::User, "hi"), message("2", Role::Assistant, "ho")];
        let item = build(&path, &turn("1", "2"), &resolved(settings), false, true).unwrap().item;
        assert_eq!(item.tags, ["work", "chat:c"]);
        assert_eq!(item.metadata["team"], "a");
        assert_eq!(item.metadata["source"], "rearview");
    }

    #[test]
    fn the_demos_answer_is_never_retained() {
        let path = [message("1", Role::User, "I like tea."), message("2", Role::Assistant, "I am no model.")];
        let item =
            build(&path, &turn("1", "2"), &resolved(TurnSettings::default()), true, true).unwrap().item;
        assert_eq!(item.content, "USER: I like tea.");
    }

    #[test]
    fn a_turn_off_the_visible_branch_is_not_retained() {
        let path = [message("1", Role::User, "hi"), message("9", Role::Assistant, "other")];
        let outcome = build(&path, &turn("1", "2"), &resolved(TurnSettings::default()), false, true);
        assert_eq!(outcome, Err(RetainSkip::NotVisible));
    }

    #[test]
    fn a_turn_without_an_answer_waits_for_one() {
        let mut path = vec![message("1", Role::User, "hi"), message("2", Role::Assistant, "")];
        path[1].parts.clear();
        let outcome = build(&path, &turn("1", "2"), &resolved(TurnSettings::default()), false, true);
        assert_eq!(outcome, Err(RetainSkip::Nothing));
    }
}
