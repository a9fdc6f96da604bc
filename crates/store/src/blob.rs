//! The `blob` table: attached images, stored once by the hash of their bytes.
//!
//! Which message names which image is noted by `message`, and a chat's deletion takes along what nothing
//! else names. Called by `rearview-api` and `rearview-turns`.

use crate::error::{Result, during};
use crate::fault;
use crate::open::Store;
use rearview_domain::time::Time;
use sha2::{Digest as _, Sha256};

/// How long an image that was attached and never sent is kept: a week, in milliseconds.
const LOOSE_MS: i64 = 7 * 24 * 3_600 * 1_000;

impl Store {
    /// Keeps bytes and answers their SHA-256 in hex. The same bytes are kept once, with the media type
    /// they came with first.
    ///
    /// # Errors
    /// `DiskFull`.
    pub async fn put_blob(&self, bytes: &[u8], media_type: &str) -> Result<String> {
        let hash = hex::encode(Sha256::digest(bytes));
        fault::point("store.put_blob.before");
        sqlx::query(
            "INSERT INTO blob (hash, media_type, created_at, data) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (hash) DO UPDATE SET created_at = excluded.created_at",
        )
        .bind(&hash)
        .bind(media_type)
        .bind(Time::now().0)
        .bind(bytes)
        .execute(&self.app().writer)
        .await
        .map_err(during("save the image"))?;
        fault::point("store.put_blob.after_commit");
        Ok(hash)
    }

    /// Bytes and media type of a hash.
    ///
    /// # Errors
    /// `Damaged`.
    pub async fn blob(&self, hash: &str) -> Result<Option<(Vec<u8>, String)>> {
        sqlx::query_as("SELECT data, media_type FROM blob WHERE hash = ?1")
            .bind(hash)
            .fetch_optional(&self.app().readers)
            .await
            .map_err(during("read the image"))
    }

    /// Drops images that no message ever named and that were attached more than a week ago.
    pub(crate) async fn sweep_loose_blobs(&self) -> Result<()> {
        sqlx::query("DELETE FROM blob WHERE attached = 0 AND created_at < ?1")
            .bind(Time::now().plus_ms(-LOOSE_MS).0)
            .execute(&self.app().writer)
            .await
            .map_err(during("drop unused images"))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::LOOSE_MS;
    use crate::Store;
    use rearview_domain::time::Time;

    #[tokio::test]
    async fn the_same_bytes_are_kept_once() {
        let store = Store::in_memory().await.unwrap();
        let hash = store.put_blob(b"picture", "image/png").await.unwrap();
        assert_eq!(store.put_blob(b"picture", "image/jpeg").await.unwrap(), hash);
        assert_eq!(store.blob(&hash).await.unwrap(), Some((b"picture".to_vec(), "image/png".to_owned())));
        assert_eq!(store.blob("00").await.unwrap(), None);
    }

    #[tokio::test]
    async fn an_image_that_was_never_sent_goes_after_a_week() {
        let store = Store::in_memory().await.unwrap();
        let old = store.put_blob(b"old", "image/png").await.unwrap();
        sqlx::query("UPDATE blob SET created_at = ?1")
            .bind(Time::now().plus_ms(-LOOSE_MS - 60_000).0)
            .execute(&store.app().writer)
            .await
            .unwrap();
        let new = store.put_blob(b"new", "image/png").await.unwrap();
        store.sweep_loose_blobs().await.unwrap();
        assert_eq!(store.blob(&old).await.unwrap(), None);
        assert!(store.blob(&new).await.unwrap().is_some());
    }
}
