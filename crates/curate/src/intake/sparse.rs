//! Reading little of much: of a conversation only what was said is built, whatever else its file holds.
//!
//! A value that nobody asks for costs no memory, and a list ends at a length that no conversation has. `chatgpt` and
//! `claude` read through this.

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::collections::HashMap;
use std::fmt;
use std::marker::PhantomData;

/// Messages of one conversation, on all its branches.
const MOST: usize = 100_000;

/// A map of messages.
pub(super) fn map<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    from: D,
) -> Result<HashMap<String, T>, D::Error> {
    struct Entries<T>(PhantomData<T>);
    impl<'de, T: Deserialize<'de>> Visitor<'de> for Entries<T> {
        type Value = HashMap<String, T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("messages by id")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut found = HashMap::new();
            while let Some((id, value)) = map.next_entry()? {
                found.insert(id, value);
                few(found.len())?;
            }
            Ok(found)
        }
    }
    from.deserialize_map(Entries(PhantomData))
}

/// A list of messages.
pub(super) fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Vec<T>, D::Error> {
    struct Items<T>(PhantomData<T>);
    impl<'de, T: Deserialize<'de>> Visitor<'de> for Items<T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of messages")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            let mut found = Vec::new();
            while let Some(value) = list.next_element()? {
                found.push(value);
                few(found.len())?;
            }
            Ok(found)
        }
    }
    from.deserialize_seq(Items(PhantomData))
}

fn few<E: serde::de::Error>(many: usize) -> Result<(), E> {
    if many > MOST { Err(E::custom("more messages than a conversation has")) } else { Ok(()) }
}

/// The texts that `of` finds in the elements of a list, which may be anything or no list at all.
pub(super) fn texts(list: Option<&RawValue>, of: fn(&RawValue) -> Option<String>) -> Vec<String> {
    struct Elements(fn(&RawValue) -> Option<String>);
    impl<'de> Visitor<'de> for Elements {
        type Value = Vec<String>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<String>, A::Error> {
            let mut found = Vec::new();
            while let Some(element) = list.next_element::<&RawValue>()? {
                found.extend((self.0)(element));
            }
            Ok(found)
        }
    }
    let Some(list) = list else { return Vec::new() };
    let mut json = serde_json::Deserializer::from_str(list.get());
    json.deserialize_seq(Elements(of)).unwrap_or_default()
}
