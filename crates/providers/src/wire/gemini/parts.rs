//! The parts of a content: which of ours the API can carry, each with what came with it, and how they are
//! spelled. `encode` is the only caller.

use super::replay::{self, Block, SIGNATURE, Signed};
use crate::body::Body;
use crate::request::{Piece, RequestMessage, RequestPart};
use crate::target::Target;
use crate::wire::functions::write_arguments_object;
use rearview_domain::message::Role;
use rearview_domain::record::Origin;

/// The signature that stands for none: Gemini 3 refuses a step whose first call has no signature, and takes
/// this one for calls that another model made (ai.google.dev, "Thought signatures").
const NO_SIGNATURE: &str = "skip_thought_signature_validator";

/// A part that the API can carry.
pub(super) enum Part<'a> {
    /// A text, with the runs of it that came signed.
    Text { pieces: &'a [Piece], signed: Vec<Signed<'a>>, origin: Option<&'a Origin> },
    /// A call; `sends_id` says whether the API gave its id.
    Call { part: &'a RequestPart, sends_id: bool, signature: Option<(&'a str, &'a Origin)>, unsigned: bool },
    /// What a tool answered; `sends_id` as for its call.
    Result { part: &'a RequestPart, sends_id: bool },
    /// Anything else.
    Other(&'a RequestPart),
}

impl<'a> Part<'a> {
    /// A text without signatures.
    pub(super) fn text(pieces: &'a [Piece]) -> Self {
        Self::Text { pieces, signed: Vec::new(), origin: None }
    }
}

/// Makes parts of messages, in order, and remembers of the calls so far which ids the API gave.
pub(super) struct Calls<'a> {
    family: &'static str,
    platform: &'static str,
    checks_signatures: bool,
    /// Ids of calls, latest last, with whether the API gave them. A chat repeats minted ids.
    ids: Vec<(&'a str, bool)>,
}

impl<'a> Calls<'a> {
    pub(super) fn new(target: &Target, checks_signatures: bool) -> Self {
        let (family, platform) = (target.family(), replay::platform(target));
        Self { family, platform, checks_signatures, ids: Vec::new() }
    }

    /// The parts that the API can carry. Empty text is left out because Vertex AI refuses it; reasoning
    /// without a signature says nothing to the model; results stand first, right behind their calls.
    pub(super) fn parts(&mut self, message: &'a RequestMessage) -> Vec<Part<'a>> {
        let mut parts = Vec::new();
        let mut results = Vec::new();
        let mut first_call = true;
        for (at, part) in message.parts.iter().enumerate() {
            match part {
                RequestPart::Text(pieces) => {
                    let length = pieces.iter().map(|piece| piece.text.len()).sum();
                    let next = message.parts.get(at + 1).filter(|_| message.role == Role::Assistant);
                    let (signed, origin) = self.signed(next, pieces, length).unzip();
                    if length > 0 {
                        let signed = signed.unwrap_or_default();
                        parts.push(Part::Text { pieces, signed, origin });
                    }
                }
                RequestPart::Image { .. } | RequestPart::File { .. } => {
                    if message.role == Role::User {
                        parts.push(Part::Other(part));
                    }
                }
                RequestPart::Reasoning { signature, family, .. } => {
                    if message.role == Role::Assistant && family == self.family && signature.is_some() {
                        parts.push(Part::Other(part));
                    }
                }
                RequestPart::Opaque { value, family, .. } => {
                    let whole = matches!(replay::read(value), Block::Part(_));
                    if message.role == Role::Assistant && family == self.family && whole {
                        parts.push(Part::Other(part));
                    }
                }
                RequestPart::ToolCall { id, .. } => {
                    if message.role == Role::Assistant {
                        let (signature, sends_id) = self.companion(&message.parts, id);
                        self.ids.push((id, sends_id));
                        let unsigned = first_call && self.checks_signatures && signature.is_none();
                        first_call = false;
                        parts.push(Part::Call { part, sends_id, signature, unsigned });
                    }
                }
                RequestPart::ToolResult { id, .. } => {
                    if matches!(message.role, Role::User | Role::Tool) {
                        let sends_id = self.ids.iter().rev().find(|(known, _)| known == id);
                        results
                            .push(Part::Result { part, sends_id: sends_id.is_some_and(|(_, given)| *given) });
                    }
                }
            }
        }
        results.extend(parts);
        results
    }

    /// The signed runs of a text, from the companion behind it. A text that was edited since has another
    /// length or other letters where they were cut, and goes back without them.
    fn signed(
        &self,
        next: Option<&'a RequestPart>,
        pieces: &[Piece],
        length: usize,
    ) -> Option<(Vec<Signed<'a>>, &'a Origin)> {
        let Some(RequestPart::Opaque { family, value, origin }) = next else { return None };
        let Block::Text { length: of, signed } = replay::read(value) else { return None };
        let text: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
        let fits =
            signed.iter().all(|run| text.is_char_boundary(run.start) && text.is_char_boundary(run.end));
        (family == self.family && of == length && fits).then_some((signed, origin))
    }

    /// A call's signature, and whether its id goes back.
    fn companion(&self, parts: &'a [RequestPart], call: &str) -> (Option<(&'a str, &'a Origin)>, bool) {
        for part in parts {
            if let RequestPart::Opaque { family, value, origin } = part
                && family == self.family
                && let Block::Call { id, signature, id_from } = replay::read(value)
                && id == call
            {
                let signature = signature.map(|signature| (signature, origin));
                return (signature, id_from == Some(self.platform));
            }
        }
        (None, false)
    }
}

/// Writes a part; a text that came signed in places as several.
pub(super) fn write(body: &mut Body, part: &Part<'_>) {
    match part {
        Part::Text { pieces, signed, origin } => write_text(body, pieces, signed, *origin),
        Part::Call { part, sends_id, signature, unsigned } => {
            let RequestPart::ToolCall { id, name, arguments, origin } = part else { return };
            body.open('{').key("functionCall").open('{');
            if *sends_id {
                body.key("id").string_from(id, origin);
            }
            body.key("name").string_from(name, origin).key("args");
            write_arguments_object(body, arguments, origin);
            body.close('}');
            match signature {
                Some((signature, origin)) => {
                    body.key(SIGNATURE).string_from(signature, origin);
                }
                None if *unsigned => {
                    body.key(SIGNATURE).string(NO_SIGNATURE);
                }
                None => {}
            }
            body.close('}');
        }
        Part::Result { part, sends_id } => {
            let RequestPart::ToolResult { id, name, text, failed, origin } = part else { return };
            body.open('{').key("functionResponse").open('{');
            if *sends_id {
                body.key("id").string_from(id, origin);
            }
            body.key("name").string_from(name, origin).key("response").open('{');
            body.key(if *failed { "error" } else { "result" }).string_from(text, origin);
            body.close('}').close('}').close('}');
        }
        Part::Other(part) => write_other(body, part),
    }
}

fn write_other(body: &mut Body, part: &RequestPart) {
    match part {
        RequestPart::Image { media_type, base64, origin }
        | RequestPart::File { media_type, base64, origin, .. } => {
            body.open('{').key("inlineData").open('{').key("mimeType").string_from(media_type, origin);
            body.key("data").string_from(base64, origin).close('}').close('}');
        }
        RequestPart::Reasoning { text, signature, origin, .. } => {
            body.open('{').key("text").string_from(text, origin).key("thought").literal(true);
            body.key(SIGNATURE).string_from(signature.as_deref().unwrap_or_default(), origin).close('}');
        }
        RequestPart::Opaque { value, origin, .. } => {
            body.value_from(value, origin);
        }
        RequestPart::Text(_) | RequestPart::ToolCall { .. } | RequestPart::ToolResult { .. } => {}
    }
}

/// A signed run is a part of its own, with what is left of the text around it. A run may be empty: a stream
/// often ends with a part that has nothing but its signature.
fn write_text(body: &mut Body, pieces: &[Piece], signed: &[Signed<'_>], origin: Option<&Origin>) {
    let length = pieces.iter().map(|piece| piece.text.len()).sum();
    let mut at = 0;
    for run in signed {
        if run.start > at {
            write_run(body, pieces, at, run.start);
            body.close('}');
        }
        write_run(body, pieces, run.start, run.end);
        body.key(SIGNATURE);
        match origin {
            Some(origin) => body.string_from(run.signature, origin),
            None => body.string(run.signature),
        };
        body.close('}');
        at = run.end;
    }
    if at < length {
        write_run(body, pieces, at, length);
        body.close('}');
    }
}

/// Opens a part and writes the bytes `[start, end)` of the text, each with the origin of its piece.
fn write_run(body: &mut Body, pieces: &[Piece], start: usize, end: usize) {
    body.open('{').key("text").open_string();
    let mut at = 0;
    for piece in pieces {
        let from = start.clamp(at, at + piece.text.len()) - at;
        let to = end.clamp(at, at + piece.text.len()) - at;
        if let Some(text) = piece.text.get(from..to) {
            body.piece(text, &piece.origin);
        }
        at += piece.text.len();
    }
    body.close_string();
}
