//! The engine itself: its folder open, its banks in memory, its worker running. Serving it is in `serve`.

use crate::db::{Db, Write};
use crate::error::{Result, during};
use crate::resident::Residents;
use crate::synthesis::Synthesis;
use crate::vectors::Vectors;
use crate::work::{Worker, queue};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::{Duration, Instant};

/// Where things are and what the engine may use.
pub struct Options {
    /// The folder of `memory.db`; made when it is missing.
    pub dir: PathBuf,
    /// The folder with the encoder's weights. Without it the engine finds by words only.
    pub weights: Option<PathBuf>,
    /// The model for extraction, consolidation and reflect. Without it the engine works by rules.
    pub synthesis: Option<Arc<dyn Synthesis>>,
}

/// How the engine is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum Status {
    /// The encoder's weights are being read; words are searched meanwhile.
    LoadingModel,
    /// All there.
    Ready,
    /// Words only, and why.
    Degraded {
        /// For people.
        reason: String,
    },
}

/// A running engine. Clones share it.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    db: Db,
    residents: Residents,
    vectors: Vectors,
    synthesis: RwLock<Option<Arc<dyn Synthesis>>>,
    worker: Worker,
    consolidates_after: OnceLock<Duration>,
    started: Instant,
}

impl Engine {
    /// Opens the folder and starts the worker, which takes up what an earlier run left.
    ///
    /// # Errors
    /// `InUse`, `TooNew`, `DiskFull`, `Damaged`, `Folder`, `Migration`; nothing is running then.
    pub async fn open(options: Options) -> Result<Self> {
        let db = Db::open(&options.dir).await?;
        let vectors = Vectors::start(options.weights);
        let engine = Self {
            inner: Arc::new(Inner {
                db,
                residents: Residents::default(),
                vectors,
                synthesis: RwLock::new(options.synthesis),
                worker: Worker::default(),
                consolidates_after: OnceLock::new(),
                started: Instant::now(),
            }),
        };
        engine.inner.worker.start(engine.clone()).await?;
        Ok(engine)
    }

    /// Stops the worker at its next safe point and closes the file. Other clones fail from now on.
    pub async fn close(&self) {
        self.inner.worker.stop().await;
        self.inner.db.close().await;
    }

    /// Takes another model, or none, or the same with another limit. Work that waited for a model goes on.
    /// Called within a tokio runtime.
    pub fn set_synthesis(&self, synthesis: Option<Arc<dyn Synthesis>>) {
        *self.inner.synthesis.write().unwrap_or_else(PoisonError::into_inner) = synthesis;
        let engine = self.clone();
        tokio::spawn(async move {
            if let Err(error) = queue::wait_no_longer(&engine).await {
                tracing::warn!(%error, "work that waited for a model goes on when its time comes");
            }
            engine.worker().wake();
        });
    }

    /// Begins to make observations this long after the last change, however few facts wait: for whoever minds
    /// waiting more than calls of the model. Can be said once.
    pub fn consolidate_after(&self, idle: Duration) {
        if self.inner.consolidates_after.set(idle).is_err() {
            tracing::warn!("when to consolidate has been said before");
        }
    }

    /// What [`Engine::consolidate_after`] was told.
    pub(crate) fn consolidates_after(&self) -> Option<Duration> {
        self.inner.consolidates_after.get().copied()
    }

    /// How it is now.
    pub fn status(&self) -> Status {
        self.inner.vectors.status()
    }

    /// Where its database is.
    pub fn path(&self) -> &Path {
        self.inner.db.path()
    }

    /// The model, when there is one.
    pub(crate) fn synthesis(&self) -> Option<Arc<dyn Synthesis>> {
        self.inner.synthesis.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Tables, for reading.
    pub(crate) fn read(&self) -> &sqlx::SqlitePool {
        self.inner.db.read()
    }

    /// The database, for what loads banks.
    pub(crate) fn db(&self) -> &Db {
        &self.inner.db
    }

    /// Begins a transaction that may write.
    pub(crate) async fn write(&self) -> Result<Write<'_>> {
        Write::begin(&self.inner.db, &self.inner.residents).await
    }

    /// Banks in memory.
    pub(crate) fn residents(&self) -> &Residents {
        &self.inner.residents
    }

    /// What turns texts into vectors.
    pub(crate) fn vectors(&self) -> &Vectors {
        &self.inner.vectors
    }

    /// What does operations.
    pub(crate) fn worker(&self) -> &Worker {
        &self.inner.worker
    }

    /// Seconds since it was opened.
    pub(crate) fn uptime_seconds(&self) -> f64 {
        self.inner.started.elapsed().as_secs_f64()
    }

    /// Whether the file answers.
    pub(crate) async fn check_database(&self) -> Result<()> {
        sqlx::query("SELECT 1").execute(self.read()).await.map(|_| ()).map_err(during("read the database"))
    }
}

#[cfg(test)]
pub(crate) mod testing {
    //! An engine in a folder of its own, asked without a socket.

    use super::{Engine, Options};
    use crate::serve::Token;
    use axum::body::Body;
    use axum::http::{HeaderMap, Request, StatusCode};
    use serde_json::Value;
    use tower::ServiceExt as _;

    /// An engine without weights or model, and the folder that goes with it.
    pub(crate) struct Fresh {
        pub(crate) engine: Engine,
        _dir: tempfile::TempDir,
        router: axum::Router,
    }

    impl Fresh {
        pub(crate) async fn open() -> Self {
            let dir = tempfile::tempdir().unwrap();
            let options = Options { dir: dir.path().to_owned(), weights: None, synthesis: None };
            let engine = Engine::open(options).await.unwrap();
            let address = ([127, 0, 0, 1], 1).into();
            let router = crate::http::router(engine.clone(), address, Token::None);
            Self { engine, _dir: dir, router }
        }

        /// Sends a request: status, headers, body as JSON (null when it is none).
        pub(crate) async fn ask(
            &self,
            method: &str,
            path: &str,
            body: Option<Value>,
        ) -> (StatusCode, HeaderMap, Value) {
            let body = body.map_or(Body::empty(), |body| Body::from(body.to_string()));
            let request = Request::builder()
                .method(method)
                .uri(path)
                .header("host", "127.0.0.1:1")
                .header("content-type", "application/json")
                .body(body)
                .unwrap();
            let response = self.router.clone().oneshot(request).await.unwrap();
            let (parts, body) = response.into_parts();
            let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
            (parts.status, parts.headers, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
        }

        /// As [`Fresh::ask`], for answers that must be 200.
        pub(crate) async fn ok(&self, method: &str, path: &str, body: Option<Value>) -> Value {
            let (status, _, answer) = self.ask(method, path, body).await;
            assert!(status.is_success(), "{method} {path}: {status} {answer}");
            answer
        }
    }
}

#[cfg(test)]
mod tests {
    use super::testing::Fresh;

    #[tokio::test]
    async fn an_engine_without_weights_is_well_and_says_that_it_is_degraded() {
        let fresh = Fresh::open().await;
        let health = fresh.ok("GET", "/health", None).await;
        assert_eq!(
            (health["status"].as_str(), health["engine"]["state"].as_str()),
            (Some("healthy"), Some("degraded"))
        );
    }

    #[tokio::test]
    async fn a_path_that_is_not_there_and_a_method_that_is_not_are_told_apart() {
        let fresh = Fresh::open().await;
        assert_eq!(fresh.ask("GET", "/nothing", None).await.0, 404);
        assert_eq!(fresh.ask("DELETE", "/version", None).await.0, 405);
    }
}
