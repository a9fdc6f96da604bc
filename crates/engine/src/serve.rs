//! The engine on loopback: one listener, one token, stopped when it is told to.
//!
//! What is answered is in `http`. Called by `rearview-api` and by the command line.

use crate::engine::Engine;
use crate::error::{EngineError, Result};
use crate::http;
use axum::serve::ListenerExt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// What a client has to bring.
#[derive(Clone)]
pub enum Token {
    /// Nothing: for a person who started the engine alone and said so.
    None,
    /// This text as bearer token.
    Bearer(String),
}

impl Token {
    /// 256 random bits in hex.
    pub fn random() -> Self {
        Self::Bearer(hex::encode(rand::random::<[u8; 32]>()))
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Bearer(_) => "Bearer(…)",
        })
    }
}

/// A listening engine.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    token: Token,
    stop: CancellationToken,
    served: JoinHandle<()>,
}

impl Server {
    /// Listens on 127.0.0.1; port 0 takes a free one.
    ///
    /// # Errors
    /// `Folder` is never the case; a taken port is told as a refusal.
    pub async fn start(engine: Engine, port: u16, token: Token) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
        let listener = listener.and_then(|listener| Ok((listener.local_addr()?, listener)));
        let (address, listener) = listener.map_err(|source| EngineError::Folder {
            action: "listen on",
            path: PathBuf::from(format!("127.0.0.1:{port}")),
            source,
        })?;
        let stop = CancellationToken::new();
        let router = http::router(engine, address, token.clone());
        // Without this the kernel holds back the tail of an answer for 40 ms.
        let listener = listener.tap_io(|tcp| {
            if let Err(error) = tcp.set_nodelay(true) {
                tracing::warn!(%error, "a connection stays slow");
            }
        });
        let stopped = stop.clone().cancelled_owned();
        let served = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(stopped).await {
                tracing::error!(%error, "the memory engine stopped listening");
            }
        });
        Ok(Self { address, token, stop, served })
    }

    /// E.g. `http://127.0.0.1:43117`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The token it asks for; `None` when it asks for none.
    pub fn token(&self) -> Option<&str> {
        match &self.token {
            Token::None => None,
            Token::Bearer(token) => Some(token),
        }
    }

    /// Stops listening; answers that are under way have a second to finish.
    pub async fn stop(self) {
        self.stop.cancel();
        let mut served = self.served;
        if tokio::time::timeout(std::time::Duration::from_secs(1), &mut served).await.is_err() {
            served.abort();
        }
    }
}
