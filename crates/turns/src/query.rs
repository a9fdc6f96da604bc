//! What is searched for in memory, and how it was derived.

use rearview_domain::message::{Message, Role};
use rearview_domain::record::Query;
use rearview_domain::settings::QueryRule;

/// The tail of an earlier message that a derived query takes along, in characters. Hindsight 1.1 cuts
/// queries at 500 tokens; two tails and a question stay well under that.
const TAIL_CHARS: usize = 400;

/// Derives the query from the visible branch, whose last user message is the question.
///
/// Answers `None` when there is nothing to search with: no user message has a word. Hindsight refuses
/// queries without a word character.
pub fn derive(rule: &QueryRule, history: &[Message]) -> Option<Query> {
    let said = history
        .iter()
        .enumerate()
        .rev()
        .filter(|(_, message)| message.role == Role::User)
        .map(|(at, message)| (at, message.said()))
        .find(|(_, text)| has_word(text));
    let query = match rule {
        QueryRule::Fixed { text } => Query { text: text.trim().to_owned(), derived: "fixed text".to_owned() },
        QueryRule::LastUserMessage => {
            let (at, text) = said?;
            let newest = history.iter().rposition(|message| message.role == Role::User) == Some(at);
            let derived = if newest { "last user message" } else { "last user message that has words" };
            Query { text, derived: derived.to_owned() }
        }
        QueryRule::WithPreviousExchange => {
            let (at, text) = said?;
            let mut lines: Vec<String> = history[..at]
                .iter()
                .rev()
                .filter(|message| matches!(message.role, Role::User | Role::Assistant))
                .take(2)
                .map(|message| tail(&message.said(), TAIL_CHARS))
                .filter(|text| has_word(text))
                .collect();
            lines.reverse();
            let derived = if lines.is_empty() {
                "last user message"
            } else {
                "last user message, with the end of the previous exchange"
            };
            lines.push(text);
            Query { text: lines.join("\n"), derived: derived.to_owned() }
        }
    };
    has_word(&query.text).then_some(query)
}

fn has_word(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

/// The last `chars` characters of a text.
pub(crate) fn tail(text: &str, chars: usize) -> String {
    let skip = text.chars().count().saturating_sub(chars);
    text.chars().skip(skip).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rearview_domain::message::Part;
    use rearview_domain::time::Time;

    fn message(role: Role, parts: Vec<Part>) -> Message {
        Message {
            id: "m".into(),
            chat_id: "c".into(),
            parent_id: None,
            role,
            parts,
            turn_id: None,
            created_at: Time::now(),
        }
    }

    fn image() -> Part {
        Part::Image { media_type: "image/png".into(), hash: "h".into(), bytes: 1, name: None }
    }

    #[test]
    fn the_last_user_message_is_the_query() {
        let history = [
            message(Role::User, vec![Part::text("Where did I live?")]),
            message(Role::Assistant, vec![Part::text("Porto.")]),
            message(Role::User, vec![Part::text("And now?")]),
        ];
        let query = derive(&QueryRule::LastUserMessage, &history).unwrap();
        assert_eq!(query.text, "And now?");
        assert_eq!(query.derived, "last user message");
    }

    #[test]
    fn an_image_alone_walks_back_to_words() {
        let history = [
            message(Role::User, vec![Part::text("Where is this?")]),
            message(Role::Assistant, vec![Part::text("?")]),
            message(Role::User, vec![image()]),
        ];
        let query = derive(&QueryRule::LastUserMessage, &history).unwrap();
        assert_eq!(query.text, "Where is this?");
        assert_eq!(query.derived, "last user message that has words");
    }

    #[test]
    fn all_text_parts_of_a_list_count() {
        let history = [message(Role::User, vec![Part::text("one"), image(), Part::text("two")])];
        assert_eq!(derive(&QueryRule::LastUserMessage, &history).unwrap().text, "one\n\ntwo");
    }

    #[test]
    fn no_word_means_no_query() {
        assert_eq!(derive(&QueryRule::LastUserMessage, &[message(Role::User, vec![image()])]), None);
        assert_eq!(derive(&QueryRule::LastUserMessage, &[message(Role::User, vec![Part::text("?!")])]), None);
        assert_eq!(derive(&QueryRule::Fixed { text: " ".into() }, &[]), None);
    }

    #[test]
    fn a_fixed_query_is_used_as_it_is_and_does_not_change_what_was_said() {
        let history = [message(Role::User, vec![Part::text("hi")])];
        let query = derive(&QueryRule::Fixed { text: "Ana's diet".into() }, &history).unwrap();
        assert_eq!(query.text, "Ana's diet");
        assert_eq!(history[0].said(), "hi");
    }

    #[test]
    fn a_derived_query_takes_the_end_of_the_previous_exchange_along() {
        let history = [
            message(Role::User, vec![Part::text("Tell me about Lisbon")]),
            message(Role::Assistant, vec![Part::text(format!("{} trams", "x".repeat(1000)))]),
            message(Role::User, vec![Part::text("and there?")]),
        ];
        let query = derive(&QueryRule::WithPreviousExchange, &history).unwrap();
        assert!(query.text.starts_with("Tell me about Lisbon\n"), "{}", query.text);
        assert!(query.text.ends_with("trams\nand there?"), "{}", query.text);
        assert!(query.text.chars().count() < 900);
    }
}
