//! Who is spoken to: each wire as its own vendor has it, and the clouds that speak the same wires in their
//! own way. Also what a test does with one: ask it, and read what came.

use crate::refusal::Refusal;
use crate::script::Script;
use crate::server::{Play, Server, TOKEN, TOKEN_PATH};
use futures_util::StreamExt;
use rearview_domain::message::{Part, Role};
use rearview_domain::record::Origin;
use rearview_domain::turn::{FinishReason, Usage};
use rearview_providers::{
    Assembly, Event, Opened, Piece, Platform, Provider, ProviderError, Quirks, Request, RequestMessage,
    RequestPart, Target, Timeouts, WireKind, encode,
};
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

/// The key that most subjects get.
pub(crate) const KEY: &str = "sk-test-0123456789abcdef";
/// The two halves of an AWS key.
pub(crate) const ACCESS_KEY: &str = "AKIATESTTESTTESTTEST";
pub(crate) const SECRET_ACCESS_KEY: &str = "test/secret/access/key/0123456789abcdef0";
/// A key that was made for tests and opens nothing.
const THROWAWAY_KEY: &str = include_str!("../../src/auth/google/throwaway-test-key.pem");

/// How it is convinced of who asks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Proof {
    /// The key, in this header behind this text.
    Key(&'static str, &'static str),
    /// A signature by AWS's rules.
    Signature,
    /// A token that was fetched with the key.
    Token,
}

/// A wire at a platform.
pub(crate) struct Subject {
    pub(crate) wire: WireKind,
    pub(crate) platform: Platform,
    /// What its base address has behind the host.
    base_path: &'static str,
    /// Where a stream is asked for.
    pub(crate) path: &'static str,
    /// Where a plain answer is asked for.
    pub(crate) plain_path: &'static str,
    pub(crate) proof: Proof,
}

const BEARER: Proof = Proof::Key("authorization", "Bearer ");

pub(crate) fn openai_chat() -> Subject {
    at(WireKind::OpenaiChat, Platform::Plain, "/v1", "/v1/chat/completions", BEARER)
}

pub(crate) fn openai_responses() -> Subject {
    at(WireKind::OpenaiResponses, Platform::Plain, "/v1", "/v1/responses", BEARER)
}

pub(crate) fn anthropic_messages() -> Subject {
    at(WireKind::AnthropicMessages, Platform::Plain, "", "/v1/messages", Proof::Key("x-api-key", ""))
}

pub(crate) fn gemini() -> Subject {
    let path = "/v1beta/models/m:streamGenerateContent?alt=sse";
    let proof = Proof::Key("x-goog-api-key", "");
    Subject {
        plain_path: "/v1beta/models/m:generateContent",
        ..at(WireKind::Gemini, Platform::Plain, "/v1beta", path, proof)
    }
}

pub(crate) fn bedrock_signed() -> Subject {
    Subject { proof: Proof::Signature, ..bedrock_bearer() }
}

pub(crate) fn bedrock_bearer() -> Subject {
    let platform = Platform::Bedrock { region: "us-east-1".into(), profile: None };
    Subject {
        plain_path: "/model/m/converse",
        ..at(WireKind::BedrockConverse, platform, "", "/model/m/converse-stream", BEARER)
    }
}

pub(crate) fn cohere() -> Subject {
    at(WireKind::CohereChat, Platform::Plain, "", "/v2/chat", BEARER)
}

pub(crate) fn ollama() -> Subject {
    at(WireKind::OllamaChat, Platform::Plain, "", "/api/chat", BEARER)
}

fn azure(wire: WireKind, api_version: Option<&str>, entra: bool, path: &'static str) -> Subject {
    let platform = Platform::Azure { api_version: api_version.map(Into::into), entra };
    at(wire, platform, "", path, if entra { BEARER } else { Proof::Key("api-key", "") })
}

pub(crate) fn azure_classic() -> Subject {
    let path = "/openai/deployments/m/chat/completions?api-version=2024-10-21";
    azure(WireKind::OpenaiChat, Some("2024-10-21"), false, path)
}

pub(crate) fn azure_v1() -> Subject {
    azure(WireKind::OpenaiChat, None, false, "/openai/v1/chat/completions")
}

pub(crate) fn azure_responses_entra() -> Subject {
    azure(WireKind::OpenaiResponses, None, true, "/openai/v1/responses")
}

pub(crate) fn azure_claude() -> Subject {
    azure(WireKind::AnthropicMessages, None, false, "/anthropic/v1/messages")
}

fn vertex(wire: WireKind, path: &'static str) -> Subject {
    let platform = Platform::Vertex { project: "p".into(), location: "global".into() };
    at(wire, platform, "", path, Proof::Token)
}

pub(crate) fn vertex_gemini() -> Subject {
    Subject {
        plain_path: "/v1/projects/p/locations/global/publishers/google/models/m:generateContent",
        ..vertex(
            WireKind::Gemini,
            "/v1/projects/p/locations/global/publishers/google/models/m:streamGenerateContent?alt=sse",
        )
    }
}

pub(crate) fn vertex_claude() -> Subject {
    Subject {
        plain_path: "/v1/projects/p/locations/global/publishers/anthropic/models/m:rawPredict",
        ..vertex(
            WireKind::AnthropicMessages,
            "/v1/projects/p/locations/global/publishers/anthropic/models/m:streamRawPredict",
        )
    }
}

pub(crate) fn vertex_llama() -> Subject {
    vertex(WireKind::OpenaiChat, "/v1/projects/p/locations/global/endpoints/openapi/chat/completions")
}

fn at(
    wire: WireKind,
    platform: Platform,
    base_path: &'static str,
    path: &'static str,
    proof: Proof,
) -> Subject {
    Subject { wire, platform, base_path, path, plain_path: path, proof }
}

impl Subject {
    pub(crate) async fn server(&self, plays: Vec<Play>) -> Server {
        Server::start(self.wire, plays).await
    }

    /// A server with one answer.
    pub(crate) async fn answering(&self, script: Script) -> Server {
        self.server(vec![Play::Answer(script)]).await
    }

    /// A server that refuses once.
    pub(crate) async fn refusing(&self, refusal: Refusal) -> Server {
        self.server(vec![Play::Refuse(refusal)]).await
    }

    pub(crate) fn target(&self, server: &Server) -> Target {
        Target {
            provider_id: "acme".into(),
            provider_name: "Acme".into(),
            wire: self.wire,
            platform: self.platform.clone(),
            base_url: format!("{}{}", server.root(), self.base_path),
            model: "m".into(),
            quirks: Quirks::default(),
            facts: None,
        }
    }

    pub(crate) fn key(&self, server: &Server) -> SecretString {
        match self.proof {
            Proof::Key(..) => KEY.into(),
            Proof::Signature => serde_json::json!({
                "access_key_id": ACCESS_KEY, "secret_access_key": SECRET_ACCESS_KEY,
            })
            .to_string()
            .into(),
            Proof::Token => serde_json::json!({
                "type": "service_account", "project_id": "p", "client_email": "a@p.iam.gserviceaccount.com",
                "private_key": THROWAWAY_KEY, "token_uri": format!("{}{TOKEN_PATH}", server.root()),
            })
            .to_string()
            .into(),
        }
    }

    /// Texts that must never be anywhere but in the header of the proof: the key, or its secret fields.
    pub(crate) fn secrets(&self) -> Vec<&'static str> {
        match self.proof {
            Proof::Key(..) => vec![KEY],
            Proof::Signature => vec![SECRET_ACCESS_KEY],
            Proof::Token => vec![TOKEN, "PRIVATE KEY"],
        }
    }

    /// What a hostile server could send back of what it was sent.
    pub(crate) fn echoed(&self) -> &'static str {
        match self.proof {
            Proof::Key(..) => KEY,
            Proof::Signature => ACCESS_KEY,
            Proof::Token => TOKEN,
        }
    }

    pub(crate) async fn open_with(
        &self,
        provider: &Provider,
        server: &Server,
        request: &Request,
        cancel: CancellationToken,
    ) -> Result<Opened, ProviderError> {
        let target = self.target(server);
        let encoded = encode(request, &target)?;
        provider.open(&target, encoded, request, Some(&self.key(server)), cancel).await
    }

    pub(crate) async fn open(&self, server: &Server, request: &Request) -> Result<Opened, ProviderError> {
        self.open_with(&patient(), server, request, CancellationToken::new()).await
    }

    /// Asks the server for an answer and reads it to its end.
    pub(crate) async fn ask(&self, server: &Server) -> Told {
        self.ask_for(server, &request()).await
    }

    pub(crate) async fn ask_for(&self, server: &Server, request: &Request) -> Told {
        self.read(self.open(server, request).await.unwrap()).await
    }

    pub(crate) async fn read(&self, opened: Opened) -> Told {
        let events: Vec<Event> = opened.events.collect().await;
        let terminals = events.iter().filter(|event| event.is_terminal()).count();
        assert_eq!(terminals, 1, "not one end: {events:?}");
        assert!(events.last().is_some_and(Event::is_terminal), "the end is not the last: {events:?}");
        Told { events, family: self.family() }
    }

    /// Asks and is refused.
    pub(crate) async fn refused(&self, server: &Server) -> ProviderError {
        self.open(server, &request()).await.err().expect("it was not refused")
    }

    pub(crate) fn family(&self) -> &'static str {
        let base_url = String::new();
        Target {
            provider_id: "acme".into(),
            provider_name: String::new(),
            wire: self.wire,
            platform: self.platform.clone(),
            base_url,
            model: String::new(),
            quirks: Quirks::default(),
            facts: None,
        }
        .family()
    }
}

/// Time-outs that no test runs into unless it means to.
pub(crate) fn patient() -> Provider {
    Provider::new(Timeouts::default())
}

/// `Hello`, and nothing more.
pub(crate) fn request() -> Request {
    Request { messages: vec![user(vec![said("Hello")])], ..Request::default() }
}

pub(crate) fn user(parts: Vec<RequestPart>) -> RequestMessage {
    RequestMessage { role: Role::User, parts }
}

pub(crate) fn said(text: &str) -> RequestPart {
    RequestPart::Text(vec![Piece::new(text, Origin::User { message_id: "u".into() })])
}

/// An answer that was read to its end.
pub(crate) struct Told {
    pub(crate) events: Vec<Event>,
    family: &'static str,
}

impl Told {
    /// The parts of the message.
    pub(crate) fn parts(&self) -> Vec<Part> {
        let mut assembly = Assembly::new(self.family);
        self.events.iter().for_each(|event| assembly.apply(event));
        assembly.parts()
    }

    /// All text, whatever the parts.
    pub(crate) fn text(&self) -> String {
        let texts = self.parts().into_iter().filter_map(|part| match part {
            Part::Text { text } => Some(text),
            _ => None,
        });
        texts.collect()
    }

    pub(crate) fn reasoning(&self) -> String {
        let texts = self.parts().into_iter().filter_map(|part| match part {
            Part::Reasoning { text, .. } => Some(text),
            _ => None,
        });
        texts.collect()
    }

    pub(crate) fn finished(&self) -> (FinishReason, Usage) {
        match self.events.last() {
            Some(Event::Finished { reason, usage }) => (reason.clone(), usage.clone()),
            other => panic!("the answer did not finish: {other:?}"),
        }
    }

    pub(crate) fn failure(&self) -> &ProviderError {
        match self.events.last() {
            Some(Event::Failed(error)) => error,
            other => panic!("the answer did not fail: {other:?}"),
        }
    }

    pub(crate) fn notes(&self) -> Vec<&str> {
        let notes = self.events.iter().filter_map(|event| match event {
            Event::Note(raw) => Some(raw.as_str()),
            _ => None,
        });
        notes.collect()
    }
}
