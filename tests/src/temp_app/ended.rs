//! A turn that ended, with everything that can be asked about it.

use rearview_api::wire::BodyView;
use rearview_domain::Error;
use rearview_domain::event::{Happening, RunEvent};
use rearview_domain::message::Part;
use rearview_domain::record::{Origin, TurnRecord};
use rearview_domain::turn::Turn;

/// A turn that ended.
#[derive(Clone, Debug)]
pub struct Ended {
    /// The turn as the last event told it.
    pub turn: Turn,
    /// The parts of the answer.
    pub parts: Vec<Part>,
    /// Why it failed.
    pub error: Option<Error>,
    /// All events of its run.
    pub events: Vec<RunEvent>,
    /// Its record, as it was right after the end.
    pub record: TurnRecord,
    /// The bodies that were sent, read back.
    pub bodies: Vec<BodyView>,
}

impl Ended {
    pub(super) fn read(events: Vec<RunEvent>, record: TurnRecord, bodies: Vec<BodyView>) -> Self {
        let last = events.last().expect("a run has events").event.clone();
        let (turn, parts, error) = match last {
            Happening::Finished { turn, parts } => (*turn, parts, None),
            Happening::Failed { turn, parts, error } => (*turn, parts, Some(error)),
            other => panic!("the last event is {other:?}"),
        };
        Self { turn, parts, error, events, record, bodies }
    }

    /// The answer's words.
    pub fn said(&self) -> String {
        self.parts
            .iter()
            .filter_map(|part| match part {
                Part::Text { text } => Some(text.as_str()),
                _ => None,
            })
            .collect()
    }

    /// The words that were shown while they came.
    pub fn shown(&self) -> String {
        self.events
            .iter()
            .filter_map(|event| match &event.event {
                Happening::Text { text } => Some(text.as_str()),
                _ => None,
            })
            .collect()
    }

    /// The last body that was sent, to the byte, as it was read back.
    pub fn body(&self) -> String {
        let body = self.bodies.last().expect("a request was sent");
        body.segments.iter().map(|segment| segment.text.as_str()).collect()
    }

    /// What the bytes of the last body say that came from an origin, JSON escaping undone.
    pub fn sent_from(&self, wanted: impl Fn(&Origin) -> bool) -> Vec<String> {
        let body = self.bodies.last().expect("a request was sent");
        body.segments
            .iter()
            .filter(|segment| segment.origin.as_ref().is_some_and(&wanted))
            .map(|segment| serde_json::from_str(&format!("\"{}\"", segment.text)).unwrap())
            .collect()
    }

    /// The memories in the last body, in their order.
    pub fn memories(&self) -> Vec<String> {
        self.sent_from(|origin| matches!(origin, Origin::Memory { .. }))
    }
}
