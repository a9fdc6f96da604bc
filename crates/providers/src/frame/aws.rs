//! Messages out of the bytes of an AWS event stream, however they are cut: lengths, checksums and headers
//! are read by the vendor's own crate.
//!
//! What a message means is not known here, but whether it is an event or an exception is: an exception is a
//! message like any other inside an answer of status 200.

use super::{Frame, FrameError, MAX_FRAME_BYTES};
use aws_smithy_eventstream::frame::read_message_from;
use aws_smithy_types::event_stream::Message;
use bytes::BytesMut;
use serde_json::{Map, Value, json};

/// Stands before the name of an exception in `Frame::event`. No name of an AWS event holds a colon.
pub(crate) const EXCEPTION: &str = "exception:";

/// Two lengths, two checksums: a message without headers and payload.
const SHORTEST_MESSAGE: usize = 16;

/// Collects bytes into messages.
#[derive(Default)]
pub(crate) struct AwsEvents {
    bytes: BytesMut,
}

impl AwsEvents {
    /// Takes bytes and appends the messages that they complete.
    pub(crate) fn feed(&mut self, bytes: &[u8], frames: &mut Vec<Frame>) -> Result<(), FrameError> {
        self.bytes.extend_from_slice(bytes);
        // A message begins with its length, itself included, as four bytes, the highest first.
        while let Some(length) = self.bytes.first_chunk::<4>() {
            let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
            if length > MAX_FRAME_BYTES {
                return Err(FrameError::TooLarge);
            }
            if length < SHORTEST_MESSAGE {
                return Err(FrameError::Broken);
            }
            if self.bytes.len() < length {
                break;
            }
            let message = self.bytes.split_to(length).freeze();
            frames.push(frame(&read_message_from(message).map_err(|_| FrameError::Broken)?));
        }
        Ok(())
    }
}

fn frame(message: &Message) -> Frame {
    let header = |name: &str| {
        let header = message.headers().iter().find(|header| header.name().as_str() == name)?;
        header.value().as_string().ok().map(|text| text.as_str().to_owned())
    };
    let data = String::from_utf8_lossy(message.payload()).into_owned();
    match header(":message-type").as_deref() {
        Some("exception") => {
            let name = header(":exception-type").unwrap_or_default();
            Frame { event: format!("{EXCEPTION}{name}"), data: told(data) }
        }
        // What the service did not foresee comes in headers alone.
        Some("error") => {
            let name = header(":error-code").unwrap_or_default();
            let message = header(":error-message").unwrap_or(data);
            Frame { event: format!("{EXCEPTION}{name}"), data: json!({ "message": message }).to_string() }
        }
        _ => Frame { event: header(":event-type").unwrap_or_default(), data },
    }
}

/// The payload of an exception as JSON, so that not even an empty one is overlooked.
fn told(payload: String) -> String {
    if serde_json::from_str::<Map<String, Value>>(&payload).is_ok() {
        payload
    } else {
        json!({ "message": payload.trim() }).to_string()
    }
}

/// A message as the service would send it, for tests: `kind` is `event` or `exception`.
#[cfg(test)]
pub(crate) fn message(kind: &str, name: &str, payload: &str) -> Vec<u8> {
    use aws_smithy_types::event_stream::{Header, HeaderValue};
    let header =
        |name: &str, value: &str| Header::new(name.to_owned(), HeaderValue::String(value.to_owned().into()));
    let message = Message::new(payload.as_bytes().to_vec())
        .add_header(header(&format!(":{kind}-type"), name))
        .add_header(header(":content-type", "application/json"))
        .add_header(header(":message-type", kind));
    let mut bytes = Vec::new();
    aws_smithy_eventstream::frame::write_message_to(&message, &mut bytes).unwrap();
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_smithy_types::base64;
    use proptest::prelude::*;

    fn read(chunks: &[&[u8]]) -> (Vec<Frame>, Result<(), FrameError>) {
        let mut stream = AwsEvents::default();
        let mut frames = Vec::new();
        for chunk in chunks {
            if let Err(error) = stream.feed(chunk, &mut frames) {
                return (frames, Err(error));
            }
        }
        (frames, Ok(()))
    }

    /// The streams of the fixture, each with what botocore read from it.
    fn streams() -> Vec<(String, Vec<u8>, Value)> {
        let fixture: Value = serde_json::from_str(include_str!("testdata/aws.json")).unwrap();
        let streams = fixture["streams"].as_array().unwrap().iter();
        streams
            .map(|stream| {
                let bytes = base64::decode(stream["bytes"].as_str().unwrap()).unwrap();
                (stream["name"].as_str().unwrap().to_owned(), bytes, stream["messages"].clone())
            })
            .collect()
    }

    fn stream(name: &str) -> Vec<u8> {
        streams().into_iter().find(|(of, ..)| of == name).unwrap().1
    }

    #[test]
    fn six_streams_are_read_as_botocore_reads_them_however_they_are_cut() {
        let streams = streams();
        assert_eq!(streams.len(), 6);
        for (name, bytes, messages) in streams {
            let (frames, end) = read(&[&bytes]);
            assert_eq!((end, frames.len()), (Ok(()), messages.as_array().unwrap().len()), "{name}");
            for (frame, message) in frames.iter().zip(messages.as_array().unwrap()) {
                if let Some(event) = message["headers"][":event-type"].as_str() {
                    assert_eq!(
                        (frame.event.as_str(), frame.data.as_str()),
                        (event, message["payload"].as_str().unwrap())
                    );
                }
            }
            for size in [1, 7, 16] {
                let chunks: Vec<&[u8]> = bytes.chunks(size).collect();
                assert_eq!(read(&chunks).0, frames, "{name} in pieces of {size}");
            }
        }
    }

    #[test]
    fn exceptions_and_errors_are_told_apart_from_events() {
        let frames = read(&[&stream("an exception in mid stream")]).0;
        assert_eq!(frames[1].event, "exception:throttlingException");
        assert!(frames[1].data.contains("Too many requests"));
        let frames = read(&[&stream("an error that no model knows")]).0;
        assert_eq!(frames[0].event, "exception:InternalError");
        assert_eq!(frames[0].data, r#"{"message":"An \"internal\" error"}"#);
    }

    #[test]
    fn an_exception_without_json_is_wrapped_and_an_empty_one_is_not_lost() {
        assert_eq!(told("out of memory\n".into()), r#"{"message":"out of memory"}"#);
        assert_eq!(told(String::new()), r#"{"message":""}"#);
        assert_eq!(
            told(r#"{"message":"x","originalStatusCode":500}"#.into()),
            r#"{"message":"x","originalStatusCode":500}"#
        );
    }

    #[test]
    fn every_single_wrong_byte_is_noticed_and_what_came_before_it_is_kept() {
        let good = stream("a tool call");
        let first = usize::try_from(u32::from_be_bytes(*good.first_chunk::<4>().unwrap())).unwrap();
        let whole = read(&[&good]).0;
        for at in first..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 0x10;
            let (frames, end) = read(&[&bad]);
            assert!(end.is_err() || frames.len() < whole.len(), "byte {at}");
            assert_eq!(frames[..], whole[..frames.len()], "byte {at}");
            assert_eq!(frames[0], whole[0], "byte {at}");
        }
    }

    #[test]
    fn a_length_that_cannot_be_is_refused_before_anything_is_kept_for_it() {
        assert_eq!(read(&[&[0, 0, 0, 15]]).1, Err(FrameError::Broken));
        assert_eq!(read(&[&[0, 0, 0, 0]]).1, Err(FrameError::Broken));
        assert_eq!(read(&[&[1, 0, 0, 1]]).1, Err(FrameError::TooLarge));
        assert_eq!(read(&[&[0xff; 4]]).1, Err(FrameError::TooLarge));
    }

    proptest! {
        #[test]
        fn no_bytes_at_all_can_break_the_framing(bytes in prop::collection::vec(any::<u8>(), 0..64), length in 16u8..64) {
            let mut framed = vec![0, 0, 0, length];
            framed.extend_from_slice(&bytes);
            let _ = read(&[&framed]);
        }
    }
}
