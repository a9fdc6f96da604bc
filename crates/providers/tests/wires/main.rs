//! One behavioural suite over every wire and platform: each behaviour is one test for each of them, against a
//! scripted server on loopback, through the crate's public interface alone.
//!
//! `script` says what a server does, `spelling` and `refusal` how each wire spells it, `server` plays it,
//! `subject` is who is spoken to and how. What a frame means byte by byte is tested beside the decoders; here
//! is that all wires behave alike from the socket to the parts of a message.

/// Makes a module for each subject, with a test for each behaviour.
#[cfg(test)]
macro_rules! on_every_wire {
    ($($behaviour:ident),+ $(,)?) => {
        on_every_wire!(@ openai_chat: $($behaviour),+);
        on_every_wire!(@ openai_responses: $($behaviour),+);
        on_every_wire!(@ anthropic_messages: $($behaviour),+);
        on_every_wire!(@ gemini: $($behaviour),+);
        on_every_wire!(@ bedrock_signed: $($behaviour),+);
        on_every_wire!(@ bedrock_bearer: $($behaviour),+);
        on_every_wire!(@ cohere: $($behaviour),+);
        on_every_wire!(@ ollama: $($behaviour),+);
        on_every_wire!(@ azure_classic: $($behaviour),+);
        on_every_wire!(@ azure_v1: $($behaviour),+);
        on_every_wire!(@ azure_responses_entra: $($behaviour),+);
        on_every_wire!(@ azure_claude: $($behaviour),+);
        on_every_wire!(@ vertex_gemini: $($behaviour),+);
        on_every_wire!(@ vertex_claude: $($behaviour),+);
        on_every_wire!(@ vertex_llama: $($behaviour),+);
    };
    (@ $subject:ident: $($behaviour:ident),+) => {
        mod $subject {
            $(
                #[tokio::test]
                async fn $behaviour() {
                    super::$behaviour(crate::subject::$subject()).await;
                }
            )+
        }
    };
}

#[cfg(test)]
mod answers;
#[cfg(test)]
mod ends;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod refusal;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod requests;
#[cfg(test)]
mod script;
#[cfg(test)]
mod server;
#[cfg(test)]
mod spelling;
#[cfg(test)]
mod subject;
#[cfg(test)]
mod tools;
