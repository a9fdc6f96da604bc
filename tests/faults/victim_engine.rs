//! `victim engine DIR`: the memory engine alone, for the fault lane to kill.
//!
//! It listens without a token, tells its address, and ends cleanly when its standard input ends.

use crate::tell;
use rearview_engine::{Engine, Options, Server, Token};
use rearview_tests::scripted_synthesis::ScriptedSynthesis;
use serde_json::json;
use std::path::Path;
use std::sync::Arc;

/// Serves the folder until nobody holds the other end of standard input.
pub async fn serve(dir: &Path) {
    let options =
        Options { dir: dir.to_owned(), weights: None, synthesis: Some(Arc::new(ScriptedSynthesis)) };
    let started = async {
        let engine = Engine::open(options).await?;
        Server::start(engine.clone(), 0, Token::None).await.map(|server| (engine, server))
    };
    let (engine, server) = match started.await {
        Ok(started) => started,
        Err(error) => return tell(&json!({"did": "refuse", "error": error.to_string()})),
    };
    tell(&json!({"did": "listen", "url": server.url()}));
    // Nothing is ever written there.
    let _ = tokio::task::spawn_blocking(|| std::io::read_to_string(std::io::stdin())).await;
    server.stop().await;
    engine.close().await;
    tell(&json!({"did": "close"}));
}
