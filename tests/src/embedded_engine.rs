//! The embedded memory engine for tests: one for a test process, in a fresh folder, with a scripted model.
//!
//! It listens twice on loopback, once for anybody and once for whoever has the key. It lives on a thread and a
//! runtime of its own, as one test's runtime ends before the next test's begins; its folder goes with the
//! process. Called by the conformance suite, next to `hindsight_server`.

use crate::hindsight_server::reaper::Reaper;
use crate::scripted_synthesis::ScriptedSynthesis;
use rearview_engine::{Engine, Options, Server, Token, encode};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;
use tokio::sync::{OnceCell, oneshot};

/// The engine that the tests of one process share.
static SHARED: OnceCell<EmbeddedEngine> = OnceCell::const_new();

/// The key of the listener that asks for one.
const KEY: &str = "hsk_right";

/// A running engine.
pub struct EmbeddedEngine {
    url: String,
    keyed_url: String,
    _stop: oneshot::Sender<()>,
    _reaper: Reaper,
}

impl EmbeddedEngine {
    /// The engine that all tests of this process share.
    ///
    /// # Errors
    /// When a thread, a port or the folder cannot be had.
    pub async fn shared() -> io::Result<&'static Self> {
        SHARED.get_or_try_init(Self::start).await
    }

    /// Starts an engine. Its weights are those beside the tests; without them it finds by words only.
    ///
    /// # Errors
    /// As [`EmbeddedEngine::shared`].
    async fn start() -> io::Result<Self> {
        let reaper = Reaper::start().map_err(io::Error::other)?;
        let dir = tempfile::Builder::new().prefix("rearview-engine-").tempdir()?.keep();
        reaper.watch_directory(&dir).map_err(io::Error::other)?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let (tell, told) = oneshot::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        thread::Builder::new().name("embedded-engine".to_owned()).spawn(move || {
            runtime.block_on(async move {
                match serve(dir).await {
                    Ok((open, keyed)) => {
                        // Nobody listening means that the test process is ending.
                        let _ = tell.send(Ok((open.url(), keyed.url())));
                        let _ = stopped.await;
                    }
                    Err(error) => drop(tell.send(Err(error))),
                }
            });
        })?;
        let (url, keyed_url) = told.await.map_err(io::Error::other)??;
        Ok(Self { url, keyed_url, _stop: stop, _reaper: reaper })
    }

    /// Where it listens for anybody.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where it asks for a key, and the key.
    pub fn keyed(&self) -> (&str, &str) {
        (&self.keyed_url, KEY)
    }
}

async fn serve(dir: PathBuf) -> io::Result<(Server, Server)> {
    let options =
        Options { dir, weights: encode::beside_program(), synthesis: Some(Arc::new(ScriptedSynthesis)) };
    let engine = Engine::open(options).await.map_err(io::Error::other)?;
    // As a real server does; a test would wait for minutes otherwise.
    engine.consolidate_after(Duration::ZERO);
    let open = Server::start(engine.clone(), 0, Token::None).await.map_err(io::Error::other)?;
    let keyed = Server::start(engine, 0, Token::Bearer(KEY.to_owned())).await.map_err(io::Error::other)?;
    Ok((open, keyed))
}
