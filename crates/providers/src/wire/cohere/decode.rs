//! Reads answers.

use crate::error::ProviderError;
use crate::event::Event;
use crate::wire::Reader;
use serde_json::Value;

/// The state of one answer.
#[derive(Default)]
pub(crate) struct Decoder {}

impl Reader for Decoder {
    fn frame(&mut self, _event: &str, _value: &Value, raw: &str, out: &mut Vec<Event>) {
        out.push(Event::Note(raw.to_owned()));
    }

    fn whole(&mut self, _value: &Value, _out: &mut Vec<Event>) -> bool {
        false
    }

    fn end(&mut self, cause: ProviderError, out: &mut Vec<Event>) {
        out.push(Event::Failed(cause));
    }
}
