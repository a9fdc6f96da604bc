//! What was found for a question, each thing once and under a short name that a model can cite.
//!
//! `f1` is a fact, `o1` an observation, `p1` a mental model, `c1` a chunk of a document: names cost fewer tokens
//! than UUIDs and cannot be mistyped into another memory's id. Names that a model makes up lead nowhere.

use crate::recall::Fact;
use crate::unit::Kind;
use serde_json::{Value, json};
use std::collections::HashMap;

/// A mental model as it was found.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FoundModel {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) content: String,
}

/// A chunk of a document.
#[derive(Clone, Debug)]
struct FoundChunk {
    id: String,
}

/// Something that can be cited.
#[derive(Clone, Debug)]
enum Piece {
    Memory(Box<Fact>),
    Model(FoundModel),
    Chunk(FoundChunk),
}

impl Piece {
    /// What it is told apart by: ids of different things may be the same text.
    fn key(&self) -> (u8, &str) {
        match self {
            Self::Memory(fact) => (0, &fact.id),
            Self::Model(model) => (1, &model.id),
            Self::Chunk(chunk) => (2, &chunk.id),
        }
    }

    fn letter(&self) -> char {
        match self {
            Self::Memory(fact) if fact.kind == Kind::Observation.word() => 'o',
            Self::Memory(_) => 'f',
            Self::Model(_) => 'p',
            Self::Chunk(_) => 'c',
        }
    }
}

/// Everything that was found, in the order in which it was.
#[derive(Clone, Debug, Default)]
pub(crate) struct Evidence {
    pieces: Vec<Piece>,
    names: Vec<String>,
    by_key: HashMap<(u8, String), usize>,
    by_name: HashMap<String, usize>,
    counts: HashMap<char, usize>,
}

/// A name, and whether it is new: what was shown once need not be shown again.
pub(super) struct Named<'a> {
    pub(super) name: &'a str,
    pub(super) new: bool,
}

impl Evidence {
    pub(super) fn memory(&mut self, fact: &Fact) -> Named<'_> {
        self.add(Piece::Memory(Box::new(fact.clone())))
    }

    pub(super) fn model(&mut self, model: FoundModel) -> Named<'_> {
        self.add(Piece::Model(model))
    }

    pub(super) fn chunk(&mut self, id: &str) -> Named<'_> {
        self.add(Piece::Chunk(FoundChunk { id: id.to_owned() }))
    }

    fn add(&mut self, piece: Piece) -> Named<'_> {
        let (kind, id) = piece.key();
        let key = (kind, id.to_owned());
        let (at, new) = match self.by_key.get(&key) {
            Some(at) => (*at, false),
            None => {
                let count = self.counts.entry(piece.letter()).or_default();
                *count += 1;
                let name = format!("{}{count}", piece.letter());
                let at = self.pieces.len();
                self.by_name.insert(name.clone(), at);
                self.by_key.insert(key, at);
                self.names.push(name);
                self.pieces.push(piece);
                (at, true)
            }
        };
        Named { name: self.names.get(at).map_or("", String::as_str), new }
    }

    /// The memory under a name or an id.
    pub(super) fn lookup(&self, given: &str) -> Option<&Fact> {
        match self.pieces.get(self.place(given)?)? {
            Piece::Memory(fact) => Some(fact),
            Piece::Model(_) | Piece::Chunk(_) => None,
        }
    }

    fn place(&self, given: &str) -> Option<usize> {
        let given = given.trim().trim_matches(['[', ']', '(', ')']);
        let by_id = |kind: u8| self.by_key.get(&(kind, given.to_owned()));
        let found = self.by_name.get(given).or_else(|| by_id(0)).or_else(|| by_id(1)).or_else(|| by_id(2));
        found.copied()
    }

    /// Keeps what a model cited; what it made up is dropped. Nothing is dropped when nothing that exists was cited
    /// (hindsight 1.1: then the answer rests on all that was found).
    pub(super) fn keep_cited(&mut self, cited: &[String]) {
        let mut places: Vec<usize> = cited.iter().filter_map(|name| self.place(name)).collect();
        // A chunk stands for the facts that came out of it.
        let chunks = places.iter().filter_map(|at| match self.pieces.get(*at) {
            Some(Piece::Chunk(chunk)) => Some(chunk.id.clone()),
            _ => None,
        });
        let chunks: Vec<String> = chunks.collect();
        let of_chunk = |piece: &Piece| match piece {
            Piece::Memory(fact) => fact.chunk_id.as_ref().is_some_and(|id| chunks.contains(id)),
            Piece::Model(_) | Piece::Chunk(_) => false,
        };
        places.extend(self.pieces.iter().enumerate().filter(|(_, piece)| of_chunk(piece)).map(|(at, _)| at));
        places.sort_unstable();
        places.dedup();
        if !places.is_empty() {
            self.pieces = places.iter().filter_map(|at| self.pieces.get(*at).cloned()).collect();
            // The names belong to the conversation that is over.
            self.names.clear();
            self.by_name.clear();
            self.by_key.clear();
        }
    }

    /// Memories by type (world, experience, observation), within a type in the order in which they were found.
    pub(crate) fn memories(&self) -> Vec<&Fact> {
        let mut facts: Vec<&Fact> = self
            .pieces
            .iter()
            .filter_map(|piece| match piece {
                Piece::Memory(fact) => Some(&**fact),
                Piece::Model(_) | Piece::Chunk(_) => None,
            })
            .collect();
        facts.sort_by_key(|fact| Kind::from_word(fact.kind));
        facts
    }

    /// Mental models.
    pub(crate) fn models(&self) -> Vec<&FoundModel> {
        let models = self.pieces.iter().filter_map(|piece| match piece {
            Piece::Model(model) => Some(model),
            Piece::Memory(_) | Piece::Chunk(_) => None,
        });
        models.collect()
    }
}

/// A memory as a model reads it: what it is called, what it says, when, of whom.
pub(super) fn shown(name: &str, fact: &Fact) -> Value {
    let mut shown = json!({"id": name, "text": fact.text});
    let mut put = |key: &str, value: Value| {
        if !value.is_null()
            && let Some(object) = shown.as_object_mut()
        {
            object.insert(key.to_owned(), value);
        }
    };
    put("context", fact.context.as_deref().into());
    put("occurred_start", fact.occurred_start.as_deref().into());
    put("occurred_end", fact.occurred_end.as_deref().into());
    put("mentioned_at", fact.mentioned_at.as_deref().into());
    put("entities", fact.entities.clone().filter(|names| !names.is_empty()).into());
    shown
}
