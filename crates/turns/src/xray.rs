//! A request looked at afterwards: its bytes cut at the borders of origins, the tokens of each piece, and what is other
//! than in the request before. Pure: bodies and spans in, pieces out. Called by `api` for the X-ray of a turn.

pub mod changes;

use crate::tokens;
use rearview_domain::record::{Origin, Span};

/// A piece of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The bytes, exactly as sent: after JSON escaping.
    pub text: String,
    /// Where they came from; `None` for the wire's own syntax.
    pub origin: Option<Origin>,
}

/// Cuts a body at its spans. The pieces in order are the body. `None` when the spans do not fit it.
pub fn cut(body: &str, spans: &[Span]) -> Option<Vec<Cut>> {
    let mut cuts = Vec::with_capacity(spans.len() * 2 + 1);
    let mut at = 0;
    for span in spans {
        let (start, end) = (span.start as usize, span.end as usize);
        if start > at {
            cuts.push(Cut { text: body.get(at..start)?.to_owned(), origin: None });
        }
        cuts.push(Cut { text: body.get(start..end)?.to_owned(), origin: Some(span.origin.clone()) });
        at = end;
    }
    if at < body.len() {
        cuts.push(Cut { text: body.get(at..)?.to_owned(), origin: None });
    }
    Some(cuts)
}

/// The o200k tokens of a piece's text as the model reads it, escapes undone. `None` where a count of ours would be
/// invented: the wire's syntax never reaches the model in that form, and images and files are not read as text.
pub fn tokens_of(cut: &Cut) -> Option<u32> {
    match cut.origin.as_ref()? {
        Origin::Attachment { .. } => None,
        _ => Some(tokens::count(&readable(&cut.text))),
    }
}

/// A piece's text with the escapes of JSON undone; as it is where it is no part of a JSON string (the definition of a
/// tool is JSON itself).
pub fn readable(text: &str) -> String {
    serde_json::from_str(&format!("\"{text}\"")).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn body_of(pieces: &[(&str, Option<Origin>)]) -> (String, Vec<Span>) {
        let (mut body, mut spans) = (String::new(), Vec::new());
        for (text, origin) in pieces {
            let start = body.len() as u32;
            body.push_str(text);
            if let Some(origin) = origin {
                spans.push(Span { start, end: body.len() as u32, origin: origin.clone() });
            }
        }
        (body, spans)
    }

    #[test]
    fn the_pieces_in_order_are_the_body() {
        let user = Origin::User { message_id: "m".into() };
        let (body, spans) = body_of(&[("{\"a\":\"", None), ("grüß\\n", Some(user.clone())), ("\"}", None)]);
        let cuts = cut(&body, &spans).unwrap();
        assert_eq!(cuts.iter().map(|cut| cut.text.as_str()).collect::<String>(), body);
        assert_eq!(cuts[1].origin, Some(user));
        assert_eq!(cuts.len(), 3);
    }

    #[test]
    fn spans_that_do_not_fit_are_told_and_never_cut_a_letter() {
        let span = |start, end| Span { start, end, origin: Origin::System };
        assert_eq!(cut("abc", &[span(2, 9)]), None);
        assert_eq!(cut("üb", &[span(1, 3)]), None);
    }

    #[test]
    fn tokens_are_those_of_the_text_that_the_model_reads() {
        let piece = |text: &str, origin| Cut { text: text.into(), origin };
        let escaped = piece("one\\ntwo \\u00e9", Some(Origin::System));
        assert_eq!(tokens_of(&escaped), Some(tokens::count("one\ntwo é")));
        assert_eq!(tokens_of(&piece("{\"role\":", None)), None);
        assert_eq!(tokens_of(&piece("aGk=", Some(Origin::Attachment { hash: "h".into() }))), None);
    }
}
