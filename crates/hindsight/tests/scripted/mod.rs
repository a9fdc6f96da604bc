//! A server that gives scripted answers, one a request, over plain TCP, and keeps the raw requests.
//!
//! Raw on purpose: a framework would decode the paths that the tests want to see, and would not
//! let a test promise more bytes than it sends.

use rearview_hindsight::{Client, Options};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

/// One answer.
#[derive(Clone)]
pub struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    /// Its body.
    pub body: String,
    silent: bool,
}

impl Reply {
    /// Adds a header; a `content-length` of one's own takes the place of the true one.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    fn bytes(&self) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} Scripted\r\nconnection: close\r\n", self.status);
        if !self.headers.iter().any(|(name, _)| name == "content-length") {
            head += &format!("content-length: {}\r\n", self.body.len());
        }
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        (head + "\r\n" + &self.body).into_bytes()
    }
}

/// An answer of any type.
pub fn answer(status: u16, content_type: &str, body: &str) -> Reply {
    let headers = vec![("content-type".to_owned(), content_type.to_owned())];
    Reply { status, headers, body: body.to_owned(), silent: false }
}

/// A JSON answer.
pub fn json_answer(status: u16, body: serde_json::Value) -> Reply {
    answer(status, "application/json", &body.to_string())
}

/// A web page.
pub fn html(status: u16, body: &str) -> Reply {
    answer(status, "text/html", body)
}

/// No answer at all, until the other side hangs up.
pub fn silence() -> Reply {
    Reply { silent: true, ..answer(200, "text/plain", "") }
}

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Request {
    /// Its first line.
    pub line: String,
    /// Its body.
    pub body: String,
    headers: Vec<(String, String)>,
}

impl Request {
    /// A header by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

struct Shared {
    replies: Mutex<VecDeque<Reply>>,
    requests: Mutex<Vec<Request>>,
    arrived: Semaphore,
    hung_up: Semaphore,
}

/// The server; it ends with the test's runtime.
pub struct Scripted {
    address: std::net::SocketAddr,
    shared: Arc<Shared>,
}

impl Scripted {
    /// Starts with its answers, in order. A request beyond them is cut off.
    pub async fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            replies: Mutex::new(replies.into_iter().collect()),
            requests: Mutex::default(),
            arrived: Semaphore::new(0),
            hung_up: Semaphore::new(0),
        });
        let served = Arc::clone(&shared);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&served)));
            }
        });
        Self { address, shared }
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A client of it.
    pub fn client(&self, key: Option<&str>) -> Client {
        Client::new(&self.url(), key.map(Into::into), "Scripted", Options::default()).unwrap()
    }

    /// What it was asked so far.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.requests.lock().unwrap().clone()
    }

    /// Waits for the next request.
    pub async fn arrived(&self) {
        self.shared.arrived.acquire().await.unwrap().forget();
    }

    /// Waits for a client that hangs up on silence.
    pub async fn hung_up(&self) {
        self.shared.hung_up.acquire().await.unwrap().forget();
    }
}

async fn serve(mut stream: TcpStream, shared: Arc<Shared>) {
    let Some(request) = read(&mut stream).await else { return };
    shared.requests.lock().unwrap().push(request);
    shared.arrived.add_permits(1);
    let reply = shared.replies.lock().unwrap().pop_front();
    match reply {
        Some(reply) if reply.silent => {
            while !matches!(stream.read(&mut [0; 64]).await, Ok(0) | Err(_)) {}
            shared.hung_up.add_permits(1);
        }
        Some(reply) => {
            let _ = stream.write_all(&reply.bytes()).await;
            let _ = stream.shutdown().await;
        }
        None => {}
    }
}

async fn read(stream: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes[..head_end].to_vec()).ok()?;
    let mut lines = head.split("\r\n");
    let line = lines.next()?.to_owned();
    let split =
        |line: &str| line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned()));
    let headers: Vec<_> = lines.filter_map(split).collect();
    let length =
        headers.iter().find(|(name, _)| name == "content-length").map_or(0, |(_, n)| n.parse().unwrap());
    let mut body = bytes.split_off(head_end + 4);
    while body.len() < length {
        if stream.read_buf(&mut body).await.ok()? == 0 {
            return None;
        }
    }
    Some(Request { line, body: String::from_utf8(body).ok()?, headers })
}
