//! One behavioural suite over every wire and platform: each behaviour is one test for each of them, against a
//! scripted server on loopback, through the crate's public interface alone.
//!
//! `script` says what a server does, `spelling` and `refusal` how each wire spells it, `server` plays it,
//! `subject` is who is spoken to and how. What a frame means byte by byte is tested beside the decoders; here
//! is that all wires behave alike from the socket to the parts of a message.

/// Hands the names of all subjects to a macro, behind what it gets besides.
#[cfg(test)]
macro_rules! with_every_subject {
    ($with:ident! $($more:tt)*) => {
        $with! {
            $($more)*
            [
                openai_chat
                openai_responses
                anthropic_messages
                gemini
                bedrock_signed
                bedrock_bearer
                cohere
                ollama
                azure_classic
                azure_v1
                azure_responses_entra
                azure_claude
                vertex_gemini
                vertex_claude
                vertex_llama
            ]
        }
    };
}

/// Makes a module for each subject, with a test for each behaviour.
#[cfg(test)]
macro_rules! on_every_wire {
    ($($behaviour:ident),+ $(,)?) => {
        with_every_subject!(on_each! ($($behaviour)+));
    };
}

#[cfg(test)]
macro_rules! on_each {
    ($behaviours:tt [$($subject:ident)+]) => {
        $(on_one!($subject $behaviours);)+
    };
}

#[cfg(test)]
macro_rules! on_one {
    ($subject:ident ($($behaviour:ident)+)) => {
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
mod catalogue;
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
