//! The `breakpoint` table: when turns of a chat pause before their first request. What matches is decided in
//! `rearview-turns`; rows go with their chat.

use crate::error::{Result, StoreError, during};
use crate::open::Store;
use crate::row::{json, parse};
use rearview_domain::breakpoint::Breakpoint;
use rearview_domain::time::Time;
use rearview_domain::{BreakpointId, ChatId};
use sqlx::Row as _;

impl Store {
    /// The breakpoints of a chat, in the order they were set.
    ///
    /// # Errors
    /// `Unreadable`.
    pub async fn breakpoints(&self, chat: &ChatId) -> Result<Vec<Breakpoint>> {
        let wrong = during("read the breakpoints of a chat");
        let rows = sqlx::query("SELECT * FROM breakpoint WHERE chat_id = ?1 ORDER BY seq")
            .bind(chat.as_str())
            .fetch_all(&self.app().readers)
            .await
            .map_err(&wrong)?;
        rows.iter()
            .map(|row| {
                let text = |name: &'static str| row.try_get::<String, _>(name).map_err(&wrong);
                Ok(Breakpoint {
                    id: BreakpointId(text("id")?),
                    condition: parse("condition of a breakpoint", &text("condition")?)?,
                    on: row.try_get("is_on").map_err(&wrong)?,
                    created_at: Time(text("created_at")?),
                })
            })
            .collect()
    }

    /// Sets a breakpoint, or changes the one with its id; its place in the order stays.
    ///
    /// # Errors
    /// `NotFound` for a chat that is not there, `DiskFull`.
    pub async fn set_breakpoint(&self, chat: &ChatId, breakpoint: &Breakpoint) -> Result<()> {
        let changed = sqlx::query(
            "INSERT INTO breakpoint (id, chat_id, condition, is_on, created_at) \
             SELECT ?2, id, ?3, ?4, ?5 FROM chat WHERE id = ?1 \
             ON CONFLICT (id) DO UPDATE SET condition = excluded.condition, is_on = excluded.is_on",
        )
        .bind(chat.as_str())
        .bind(breakpoint.id.as_str())
        .bind(json("condition of a breakpoint", &breakpoint.condition)?)
        .bind(breakpoint.on)
        .bind(&breakpoint.created_at.0)
        .execute(&self.app().writer)
        .await
        .map_err(during("set a breakpoint"))?;
        match changed.rows_affected() {
            0 => Err(StoreError::NotFound { what: "chat", id: chat.0.clone() }),
            _ => Ok(()),
        }
    }

    /// Removes a breakpoint. Answers whether there was one.
    ///
    /// # Errors
    /// `DiskFull`.
    pub async fn remove_breakpoint(&self, chat: &ChatId, id: &BreakpointId) -> Result<bool> {
        let removed = sqlx::query("DELETE FROM breakpoint WHERE chat_id = ?1 AND id = ?2")
            .bind(chat.as_str())
            .bind(id.as_str())
            .execute(&self.app().writer)
            .await
            .map_err(during("remove a breakpoint"))?;
        Ok(removed.rows_affected() > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{at, chat};
    use rearview_domain::breakpoint::BreakCondition;

    fn breakpoint(id: &str, condition: BreakCondition) -> Breakpoint {
        Breakpoint { id: id.into(), condition, on: true, created_at: at(1) }
    }

    #[tokio::test]
    async fn breakpoints_keep_their_order_are_changed_in_place_and_removed_once() {
        let store = Store::in_memory().await.unwrap();
        store.insert_chat(&chat("c")).await.unwrap();
        store.insert_chat(&chat("d")).await.unwrap();
        let (c, d) = (ChatId::from("c"), ChatId::from("d"));
        let tag = breakpoint("1", BreakCondition::Tag { tag: "it's \"work\"".into() });
        let many = breakpoint("2", BreakCondition::Tokens { over: 500 });
        let other = breakpoint("3", BreakCondition::NoHits);
        for (chat, one) in [(&c, &tag), (&c, &many), (&d, &other)] {
            store.set_breakpoint(chat, one).await.unwrap();
        }
        assert_eq!(store.breakpoints(&c).await.unwrap(), [tag.clone(), many.clone()]);
        let off = Breakpoint { on: false, ..tag };
        store.set_breakpoint(&c, &off).await.unwrap();
        assert_eq!(store.breakpoints(&c).await.unwrap(), [off, many.clone()]);
        assert!(!store.remove_breakpoint(&c, &other.id).await.unwrap(), "it is another chat's");
        assert!(store.remove_breakpoint(&c, &"1".into()).await.unwrap());
        assert!(!store.remove_breakpoint(&c, &"1".into()).await.unwrap());
        assert_eq!(store.breakpoints(&c).await.unwrap(), [many]);
        let refused = store.set_breakpoint(&"none".into(), &other).await;
        assert!(matches!(refused, Err(StoreError::NotFound { .. })), "{refused:?}");
    }

    #[tokio::test]
    async fn breakpoints_go_with_their_chat() {
        let store = Store::in_memory().await.unwrap();
        store.insert_chat(&chat("c")).await.unwrap();
        let every = breakpoint("1", BreakCondition::EveryTurn);
        store.set_breakpoint(&"c".into(), &every).await.unwrap();
        store.delete_chat(&"c".into()).await.unwrap();
        assert_eq!(store.breakpoints(&"c".into()).await.unwrap(), []);
    }
}
