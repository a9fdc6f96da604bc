//! Tests of reading model strings and of the wire that a model gets.

use super::*;
use crate::target::Platform;

#[track_caller]
fn routed(model: &str, provider: &str, wire: WireKind, upstream: &str) {
    let route = read(model);
    assert_eq!(
        (route.provider.as_deref(), route.wire, route.upstream_model.as_str(), route.problem.as_deref()),
        (Some(provider), Some(wire), upstream, None),
        "{model}"
    );
    assert_eq!(route.model, model);
}

#[test]
fn the_strings_of_the_product_route_though_most_are_not_listed() {
    use WireKind::*;
    routed("gpt-4o", "openai", OpenaiChat, "gpt-4o");
    routed("claude-sonnet-4-20250514", "anthropic", AnthropicMessages, "claude-sonnet-4-20250514");
    routed("groq/llama-3.1-70b-versatile", "groq", OpenaiChat, "llama-3.1-70b-versatile");
    routed("azure/gpt-4", "azure", OpenaiChat, "gpt-4");
    routed("bedrock/anthropic.claude-3", "bedrock", BedrockConverse, "anthropic.claude-3");
    routed("vertex_ai/gemini-pro", "vertex_ai", Gemini, "gemini-pro");
    routed("openrouter/anthropic/claude-9", "openrouter", OpenaiChat, "anthropic/claude-9");
    routed("ollama/llama3.2:3b", "ollama", OllamaChat, "llama3.2:3b");
    routed("cohere/command-next", "cohere", CohereChat, "command-next");
    routed("lm_studio/any/thing", "lm_studio", OpenaiChat, "any/thing");
}

#[test]
fn the_wire_follows_the_model_where_a_provider_has_several() {
    use WireKind::*;
    routed("vertex_ai/claude-sonnet-9@20310101", "vertex_ai", AnthropicMessages, "claude-sonnet-9@20310101");
    routed("vertex_ai/meta/llama-9-maas", "vertex_ai", OpenaiChat, "meta/llama-9-maas");
    routed("vertex_ai/mistral-large-9", "vertex_ai", OpenaiChat, "mistral-large-9");
    routed("vertex_ai/some-model", "vertex_ai", Gemini, "some-model");
    routed("azure_ai/claude-opus-9", "azure_ai", AnthropicMessages, "claude-opus-9");
    routed("azure/gpt-5.1-codex", "azure", OpenaiResponses, "gpt-5.1-codex");
    routed("gpt-5.1-codex", "openai", OpenaiResponses, "gpt-5.1-codex");
    routed("openai/gpt-6-codex", "openai", OpenaiResponses, "gpt-6-codex");
    routed("openai/gpt-5.1", "openai", OpenaiChat, "gpt-5.1");
    routed("openrouter/openai/gpt-6-codex", "openrouter", OpenaiChat, "openai/gpt-6-codex");
}

#[test]
fn new_names_without_a_prefix_go_to_the_vendor_that_names_so() {
    for (model, provider) in [
        ("claude-sonnet-9", "anthropic"),
        ("claude-3-5-sonnet-20241022", "anthropic"),
        ("gpt-7-mini", "openai"),
        ("o9-mini", "openai"),
        ("o3", "openai"),
        ("ft:gpt-6:acme::x", "openai"),
        ("gemini-9-pro", "vertex_ai"),
        ("command-r-99", "cohere_chat"),
        ("grok-9", "xai"),
        ("deepseek-chat", "deepseek"),
        ("mistral-large-latest", "mistral"),
        ("us.anthropic.claude-x-9", "bedrock"),
        ("arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-x", "bedrock"),
    ] {
        assert_eq!(read(model).provider.as_deref(), Some(provider), "{model}");
    }
}

#[test]
fn what_says_no_provider_gets_none_and_a_reason() {
    for model in
        ["llama-3.1-8b", "qwen3:8b", "gpt-oss-120b", "acme/model", "o1js", "", " ", "/", "groq", "vllm"]
    {
        let route = read(model);
        assert_eq!((route.provider, route.wire), (None, None), "{model}");
        assert!(route.problem.is_some_and(|problem| !problem.is_empty()), "{model}");
    }
}

#[test]
fn a_provider_that_is_not_spoken_is_named_and_says_why() {
    let route = read("replicate/meta/llama");
    assert_eq!((route.provider.as_deref(), route.wire), (Some("replicate"), None));
    assert!(route.problem.unwrap().contains("protocol of its own"));
    assert_eq!(read("anthropic/claude-2").provider.as_deref(), Some("anthropic_text"));
    assert_eq!(read("anthropic/claude-2").wire, None);
    assert!(read("groq/").problem.unwrap().contains("names no model"));
}

#[test]
fn other_spellings_of_a_provider_are_taken() {
    assert_eq!(read("OpenAI/gpt-4o").provider.as_deref(), Some("openai"));
    assert_eq!(read("together/x/y").provider.as_deref(), Some("together_ai"));
    assert_eq!(read("lm-studio/x").provider.as_deref(), Some("lm_studio"));
    assert_eq!(read("  gpt-4o\t").upstream_model, "gpt-4o");
}

#[test]
fn directions_for_an_adapter_are_not_sent() {
    assert_eq!(sent_model("bedrock", "converse/us-east-1/amazon.nova-9"), "amazon.nova-9");
    assert_eq!(sent_model("openai", "responses/o3"), "o3");
    assert_eq!(sent_model("azure", "responses/o3"), "o3");
    assert_eq!(sent_model("openrouter", "responses/o3"), "responses/o3");
}

#[test]
fn without_a_catalogue_prefix_the_platform_decides() {
    use WireKind::*;
    let azure = Platform::Azure { api_version: None, entra: false };
    assert_eq!(wire_for(OpenaiChat, &azure, None, "my-claude-deployment"), AnthropicMessages);
    assert_eq!(wire_for(OpenaiChat, &azure, None, "gpt-5.1-codex"), OpenaiResponses);
    assert_eq!(wire_for(OpenaiChat, &Platform::Plain, None, "gpt-5.1-codex"), OpenaiChat);
    assert_eq!(wire_for(OpenaiChat, &Platform::Plain, Some("openai"), "gpt-5.1-codex"), OpenaiResponses);
    assert_eq!(wire_for(AnthropicMessages, &Platform::Plain, Some("openai"), "o3"), AnthropicMessages);
    let bedrock = Platform::Bedrock { region: "us-east-1".into(), profile: None };
    assert_eq!(wire_for(BedrockConverse, &bedrock, Some("bedrock"), "anthropic.claude-9"), BedrockConverse);
    assert_eq!(wire_for(Demo, &azure, None, "claude"), Demo);
}
