//! For tests: memories put straight into the tables, as retaining and consolidating would leave them.

use crate::bank;
use crate::engine::testing::Fresh;
use crate::extract::Mention;
use crate::unit::{Kind, NewUnit, Origin};
use uuid::Uuid;

/// A world fact without date, tags or entities.
pub(crate) fn fact(text: &str) -> NewUnit {
    NewUnit {
        id: Uuid::new_v4(),
        kind: Kind::World,
        text: text.to_owned(),
        context: None,
        document: None,
        chunk: None,
        ord: 0,
        occurred_start: None,
        occurred_end: None,
        mentioned_at: Some(1_000_000),
        proof: 1,
        tags: Vec::new(),
        metadata: None,
        observation_scopes: None,
        origin: Origin::Model,
        entities: Vec::new(),
        vector: None,
        created_at: 2_000_000,
    }
}

/// Puts memories with the names of their entities into bank `b`. Their `no`s.
pub(crate) async fn put(fresh: &Fresh, units: Vec<(NewUnit, &[&str])>) -> Vec<i64> {
    let mut write = fresh.engine.write().await.unwrap();
    let bank = bank::find_or_make(&mut write, "b").await.unwrap();
    let mut numbers = Vec::new();
    for (mut unit, names) in units {
        let mentions: Vec<_> =
            names.iter().map(|name| Mention { name: (*name).to_owned(), kind: None }).collect();
        let seen = unit.mentioned_at.unwrap_or(unit.created_at);
        unit.entities = crate::entity::resolve(&mut write, bank.no, &mentions, false, seen).await.unwrap();
        numbers.push(write.add_unit(bank.no, &unit).await.unwrap());
    }
    write.commit().await.unwrap();
    numbers
}

/// Puts an observation that rests on these facts into bank `b`; the facts count as consolidated. Its id.
pub(crate) async fn observed(fresh: &Fresh, text: &str, facts: &[i64]) -> Uuid {
    let unit = NewUnit { kind: Kind::Observation, ..fact(text) };
    let id = unit.id;
    let observation = put(fresh, vec![(unit, &[])]).await[0];
    let mut write = fresh.engine.write().await.unwrap();
    for fact in facts {
        sqlx::query("INSERT INTO source (observation, unit) VALUES (?1, ?2)")
            .bind(observation)
            .bind(fact)
            .execute(write.sql())
            .await
            .unwrap();
        sqlx::query("UPDATE unit SET consolidated_at = 3000000 WHERE no = ?1")
            .bind(fact)
            .execute(write.sql())
            .await
            .unwrap();
    }
    write.commit().await.unwrap();
    id
}
