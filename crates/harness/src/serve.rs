//! The harness's HTTP: `POST /rpc/<command>` with a bearer token, streams as SSE, the built page as
//! static files under the same rules that the window has. `Host` and `Origin` are checked, because a
//! page from anywhere may try to reach a server on loopback.

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::serve::ListenerExt;
use axum::{Json, Router};
use futures_util::stream;
use rearview_api::{App, table};
use rearview_domain::{Error, ErrorCode};
use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tower_http::services::{ServeDir, ServeFile};

/// The largest request: ten images of 20 MB in base64.
const LARGEST: usize = 300 * 1024 * 1024;
/// What the page may do; the window's own policy with this server in the place of `ipc:`.
const POLICY: &str = "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; \
                      img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; object-src 'none'; \
                      frame-src 'none'; base-uri 'none'; form-action 'none'";

#[derive(Clone)]
struct Shared {
    app: App,
    token: String,
    authority: String,
}

/// Listens on loopback only.
///
/// # Errors
/// When the port is taken.
pub async fn bind(port: u16) -> Result<TcpListener, std::io::Error> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await
}

/// Serves until SIGTERM or Ctrl-C.
///
/// # Errors
/// When the listener fails.
pub async fn run(listener: TcpListener, app: App, token: String, ui: PathBuf) -> Result<(), std::io::Error> {
    let authority = listener.local_addr()?.to_string();
    let shared = Shared { app, token, authority };
    let page = ServeDir::new(&ui).fallback(ServeFile::new(ui.join("index.html")));
    let router = Router::new()
        .route("/rpc/{name}", post(rpc))
        .fallback_service(page)
        .layer(middleware::from_fn_with_state(shared.clone(), guard))
        .layer(axum::extract::DefaultBodyLimit::max(LARGEST))
        .with_state(shared);
    // Without this the kernel holds back the tail of each streamed answer for 40 ms.
    let listener = listener.tap_io(|tcp| {
        if let Err(error) = tcp.set_nodelay(true) {
            tracing::warn!(%error, "a connection stays slow");
        }
    });
    axum::serve(listener, router).with_graceful_shutdown(ended()).await
}

async fn ended() {
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        () = terminated => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

/// Only this address, and only pages of this address.
async fn guard(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let own = own_page(request.headers(), &shared.authority);
    if !own {
        return (StatusCode::FORBIDDEN, "this server answers its own page only").into_response();
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn own_page(headers: &HeaderMap, authority: &str) -> bool {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    text(header::HOST) == Some(authority)
        && text(header::ORIGIN).is_none_or(|origin| origin == format!("http://{authority}"))
}

async fn rpc(
    State(shared): State<Shared>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: String,
) -> Response {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if given != Some(format!("Bearer {}", shared.token).as_str()) {
        let error = Error::new(ErrorCode::AuthFailed, "The token is wrong.");
        return (StatusCode::UNAUTHORIZED, Json(error)).into_response();
    }
    let wants_stream = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accept| accept.contains("text/event-stream"));
    if wants_stream {
        return streamed(shared.app, name, body);
    }
    match table::call(&shared.app, &name, &body).await {
        Ok(json) => ([(header::CONTENT_TYPE, "application/json")], json).into_response(),
        Err(error) => (status(&error), Json(error)).into_response(),
    }
}

/// Items as `{"item":…}`, a failure as `{"error":…}`, and `"end"` last.
fn streamed(app: App, name: String, request: String) -> Response {
    let (sink, mut items) = mpsc::unbounded_channel::<String>();
    let (frames, queue) = mpsc::unbounded_channel::<String>();
    tokio::spawn(async move {
        let forward = async {
            while let Some(item) = items.recv().await {
                if frames.send(format!("data: {{\"item\":{item}}}\n\n")).is_err() {
                    return;
                }
            }
        };
        let running = table::stream(&app, &name, &request, Box::new(sink));
        // A page that went away ends the stream, even one that never says anything again.
        let (outcome, ()) = tokio::select! {
            both = async { tokio::join!(running, forward) } => both,
            () = frames.closed() => return,
        };
        if let Err(error) = outcome {
            let json = serde_json::to_string(&error).unwrap_or_default();
            let _ = frames.send(format!("data: {{\"error\":{json}}}\n\n"));
        }
        let _ = frames.send("data: \"end\"\n\n".to_owned());
    });
    let frames = stream::unfold(queue, |mut queue| async move {
        let frame = queue.recv().await?;
        Some((Ok::<_, Infallible>(frame), queue))
    });
    ([(header::CONTENT_TYPE, "text/event-stream")], Body::from_stream(frames)).into_response()
}

fn status(error: &Error) -> StatusCode {
    match error.code {
        ErrorCode::NotFound => StatusCode::NOT_FOUND,
        ErrorCode::Conflict | ErrorCode::DataInUse => StatusCode::CONFLICT,
        ErrorCode::InvalidInput | ErrorCode::NotConfigured => StatusCode::BAD_REQUEST,
        ErrorCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_GATEWAY,
    }
}
