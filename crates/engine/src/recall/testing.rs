//! Hand-made memories for tests: in memory only, or in a file without retain and encoder.

use super::fuse::{Candidate, Ranks};
use crate::bank::{self, Bank};
use crate::engine::testing::Fresh;
use crate::resident::Row;
use crate::unit::{Kind, NewUnit, Origin};
use half::f16;
use uuid::Uuid;

/// A world fact of ten tokens without tags, dates, entities or document. Without numbers it has no vector.
pub(crate) fn row(unit: i64, vector: &[f32]) -> Row {
    let halves: Vec<f16> = vector.iter().copied().map(f16::from_f32).collect();
    Row {
        unit,
        kind: Kind::World,
        valid: true,
        occurred_start: None,
        occurred_end: None,
        mentioned_at: None,
        document: None,
        ord: 0,
        tokens: 10,
        proof: 1,
        tags: Vec::new(),
        entities: Vec::new(),
        vector: (!halves.is_empty()).then_some(halves),
    }
}

/// A ranked world fact of ten tokens.
pub(crate) fn candidate(unit: i64, score: f32) -> Candidate {
    Candidate {
        unit,
        kind: Kind::World,
        tokens: 10,
        cosine: Some(score),
        keyword: None,
        ranks: Ranks::default(),
        words: 0.0,
        neighbour: 0.0,
        graph: 0.0,
        temporal: 0.0,
        recency: 0.5,
        proof: 0.5,
        factor: 1.0,
        repeats: None,
        score,
    }
}

/// A memory to be written.
#[derive(Clone)]
pub(crate) struct Seed {
    pub(crate) text: String,
    pub(crate) kind: Kind,
    pub(crate) vector: Option<Vec<f32>>,
    pub(crate) tags: Vec<&'static str>,
    pub(crate) entities: Vec<&'static str>,
    pub(crate) mentioned_at: Option<i64>,
    /// The facts of an observation, by their place among the seeds from 1.
    pub(crate) sources: Vec<i64>,
    /// Put into the one document, into its one chunk.
    pub(crate) in_document: bool,
}

impl Seed {
    pub(crate) fn new(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            kind: Kind::World,
            vector: None,
            tags: Vec::new(),
            entities: Vec::new(),
            mentioned_at: None,
            sources: Vec::new(),
            in_document: false,
        }
    }
}

/// A bank `b` with these memories, numbered from 1 in their order.
pub(crate) async fn bank_of(seeds: Vec<Seed>) -> (Fresh, Bank) {
    let fresh = Fresh::open().await;
    let mut write = fresh.engine.write().await.unwrap();
    let bank = bank::find_or_make(&mut write, "b").await.unwrap();
    let document: i64 = sqlx::query_scalar(
        "INSERT INTO document (bank, id, hash, text_length, created_at, updated_at) VALUES (?1,'doc','',0,0,0) RETURNING no",
    )
    .bind(bank.no)
    .fetch_one(write.sql())
    .await
    .unwrap();
    let chunk: i64 = sqlx::query_scalar(
        "INSERT INTO chunk (document, idx, hash, text, created_at) VALUES (?1, 0, '', 'one two three four', 0) RETURNING no",
    )
    .bind(document)
    .fetch_one(write.sql())
    .await
    .unwrap();
    for (ord, seed) in seeds.into_iter().enumerate() {
        let mut entities = Vec::new();
        for name in &seed.entities {
            let no: i64 = sqlx::query_scalar(
                "INSERT INTO entity (id, bank, name, norm, created_at) VALUES (?1, ?2, ?3, ?4, 0) \
                 ON CONFLICT (bank, norm) DO UPDATE SET name = name RETURNING no",
            )
            .bind(Uuid::new_v4().to_string())
            .bind(bank.no)
            .bind(name)
            .bind(crate::words::normal_form(name))
            .fetch_one(write.sql())
            .await
            .unwrap();
            entities.push(no);
        }
        let unit = NewUnit {
            id: Uuid::new_v4(),
            kind: seed.kind,
            text: seed.text,
            context: None,
            document: seed.in_document.then_some(document),
            chunk: seed.in_document.then_some(chunk),
            ord: ord as i64,
            occurred_start: None,
            occurred_end: None,
            mentioned_at: seed.mentioned_at,
            proof: 1,
            tags: seed.tags.into_iter().map(str::to_owned).collect(),
            metadata: None,
            observation_scopes: None,
            origin: Origin::Chunk,
            entities,
            vector: seed.vector,
            created_at: 0,
        };
        let no = write.add_unit(bank.no, &unit).await.unwrap();
        assert_eq!(no, ord as i64 + 1);
        for source in seed.sources {
            sqlx::query("INSERT INTO source (observation, unit) VALUES (?1, ?2)")
                .bind(no)
                .bind(source)
                .execute(write.sql())
                .await
                .unwrap();
        }
    }
    write.commit().await.unwrap();
    (fresh, bank)
}
