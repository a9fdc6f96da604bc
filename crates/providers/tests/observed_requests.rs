//! Where requests go, held against what LiteLLM was seen to send: for each row of
//! `tests/data/observed_requests.json` a target made from our table must ask the same address in the same way,
//! plain and streaming. Also keeps `docs/providers.md` fresh, which tells how each provider was verified.
//! `REARVIEW_WRITE_TABLE=1` writes it.

// `cfg(test)` tells clippy what cargo knows anyway: that all of this is tests, where `unwrap` is welcome.
#[cfg(test)]
mod observed_requests {
    use rearview_domain::message::Role;
    use rearview_domain::record::Origin;
    use rearview_providers::catalogue::{self, Confidence, PlatformKind, ProviderRow, Seen};
    use rearview_providers::route::{sent_model, wire_for};
    use rearview_providers::{
        Piece, Platform, Request, RequestMessage, RequestPart, Target, WireKind, encode,
    };
    use serde::Deserialize;
    use std::collections::BTreeMap;
    use std::fmt::Write as _;
    use std::path::Path;

    /// What LiteLLM was seen to send, as `POST` and an address.
    #[derive(Deserialize)]
    struct Observed {
        prefix: String,
        plain: String,
        stream: String,
    }

    /// Where ours differs from what was seen, and why. One that no longer differs fails the test.
    const ON_PURPOSE: [(&str, &str); 5] = [
        ("ai21", "LiteLLM sends a model that it does not list, with AI21's key, to api.openai.com"),
        ("datarobot", "LiteLLM ends the address with a slash; DataRobot's own examples do not"),
        ("maritalk", "the request was watched with an address of one's own, not with Maritaca's"),
        ("ollama", "LiteLLM makes a prompt of the chat for /api/generate; /api/chat takes the chat itself"),
        ("oobabooga", "LiteLLM doubles the /v1 of the address"),
    ];

    fn observed() -> Vec<Observed> {
        serde_json::from_str(include_str!("../../../tests/data/observed_requests.json")).unwrap()
    }

    /// What stood in for the fields of an address when the requests were watched.
    fn filled(field: &str) -> Option<&'static str> {
        match field {
            "resource" => Some("res"),
            "region" => Some("us-east-1"),
            "location" => Some("us-central1"),
            "account_id" => Some("ACC"),
            "account" => Some("acc"),
            "workspace" => Some("ws.cloud.databricks.com"),
            "chat_id" => Some("CID"),
            _ => None,
        }
    }

    /// The target that our table makes for a prefix, as a person would fill it in.
    fn target(row: &ProviderRow, seen: &Observed, model: &str) -> Target {
        let own = seen.plain.starts_with("POST https://user.base/v1");
        let base_url = if own && (row.own_base || seen.prefix != row.prefix) || row.base_url.is_empty() {
            "https://user.base/v1".to_owned()
        } else {
            row.base_with(filled).unwrap()
        };
        let platform = match row.platform {
            PlatformKind::Plain => Platform::Plain,
            PlatformKind::Azure => Platform::Azure {
                api_version: seen.plain.contains("api-version=").then(|| "2024-10-21".to_owned()),
                entra: false,
            },
            PlatformKind::Vertex => {
                Platform::Vertex { project: "my-project".into(), location: "us-central1".into() }
            }
            PlatformKind::Bedrock => Platform::Bedrock { region: "us-east-1".into(), profile: None },
        };
        Target {
            provider_id: row.id().into(),
            provider_name: row.name.clone(),
            wire: wire_for(row.wire.unwrap(), &platform, Some(&seen.prefix), model),
            platform,
            base_url,
            model: sent_model(&seen.prefix, model).into(),
            quirks: row.quirks.clone(),
            facts: catalogue::model(&seen.prefix, model),
        }
    }

    /// The model that was asked for when the requests were watched.
    fn asked_for(prefix: &str) -> &'static str {
        match prefix {
            "azure" => "my-deploy",
            "bedrock" => "anthropic.claude-sonnet-4-20250514-v1:0",
            "gemini" => "gemini-2.5-flash",
            "vertex_ai" => "gemini-2.5-pro",
            _ => "some-model",
        }
    }

    fn line(target: &Target, plain: bool) -> String {
        let said = Piece::new("Hello", Origin::System);
        let message = RequestMessage { role: Role::User, parts: vec![RequestPart::Text(vec![said])] };
        let request = Request { messages: vec![message], plain, ..Request::default() };
        let encoded = encode(&request, target).unwrap();
        format!("{} {}", encoded.method, encoded.url)
    }

    /// Of each prefix that was watched and that we speak, whether both request lines are the same.
    fn compared() -> BTreeMap<String, Result<(), String>> {
        let compare = |seen: Observed| {
            let row = catalogue::provider(&seen.prefix)?;
            row.wire?;
            let target = target(row, &seen, asked_for(&seen.prefix));
            let ours = [line(&target, true), line(&target, false)];
            let same = ours[0] == seen.plain && ours[1] == seen.stream;
            let told = format!("{ours:?} here, {:?} there", [&seen.plain, &seen.stream]);
            Some((seen.prefix, if same { Ok(()) } else { Err(told) }))
        };
        observed().into_iter().filter_map(compare).collect()
    }

    fn is_on_purpose(prefix: &str) -> bool {
        ON_PURPOSE.iter().any(|(name, _)| *name == prefix)
    }

    #[test]
    fn every_request_goes_where_litellm_was_seen_to_send_it() {
        let compared = compared();
        assert!(compared.len() > 100, "only {} are compared", compared.len());
        let wrong: Vec<String> = compared
            .iter()
            .filter(|(prefix, _)| !is_on_purpose(prefix))
            .filter_map(|(prefix, same)| Some(format!("{prefix}: {}", same.as_ref().err()?)))
            .collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn every_difference_on_purpose_is_still_one() {
        let compared = compared();
        for (prefix, why) in ON_PURPOSE {
            let same = compared.get(prefix);
            assert!(same.is_some_and(Result::is_err), "{prefix} no longer differs: {why}");
        }
    }

    #[test]
    fn whatever_was_watched_and_is_not_compared_says_why_it_is_not_spoken() {
        for seen in observed() {
            let row = catalogue::provider(&seen.prefix).unwrap();
            assert!(row.wire.is_some() || row.why_not.is_some(), "{}", seen.prefix);
        }
    }

    #[test]
    fn a_model_on_another_wire_than_its_provider_has_the_address_of_that_wire() {
        let observed = observed();
        let vertex =
            "https://us-central1-aiplatform.googleapis.com/v1/projects/my-project/locations/us-central1";
        for (prefix, model, url) in [
            ("azure_ai", "claude-opus-9", "https://res.services.ai.azure.com/anthropic/v1/messages"),
            ("azure_ai", "some-model", "https://res.services.ai.azure.com/models/chat/completions"),
            ("azure", "gpt-5.1-codex", "https://res.openai.azure.com/openai/v1/responses"),
            ("azure", "responses/o3", "https://res.openai.azure.com/openai/v1/responses"),
            ("openai", "gpt-5.1-codex", "https://api.openai.com/v1/responses"),
            (
                "vertex_ai",
                "claude-9@1",
                &format!("{vertex}/publishers/anthropic/models/claude-9@1:streamRawPredict"),
            ),
            (
                "vertex_ai",
                "mistral-9",
                &format!("{vertex}/publishers/mistralai/models/mistral-9:streamRawPredict"),
            ),
            ("vertex_ai", "meta/llama-9", &format!("{vertex}/endpoints/openapi/chat/completions")),
            (
                "bedrock",
                "converse/eu-west-1/amazon.nova-9:0",
                "https://bedrock-runtime.us-east-1.amazonaws.com/model/amazon.nova-9%3A0/converse-stream",
            ),
        ] {
            let seen = observed.iter().find(|seen| seen.prefix == prefix).unwrap();
            let target = target(catalogue::provider(prefix).unwrap(), seen, model);
            assert_eq!(line(&target, false), format!("POST {url}"), "{prefix}/{model}");
        }
    }

    #[test]
    fn a_base_of_azure_with_v1_at_its_end_does_not_get_it_twice() {
        let seen = Observed { prefix: "azure".into(), plain: String::new(), stream: String::new() };
        let mut target = target(catalogue::provider("azure").unwrap(), &seen, "my-deploy");
        target.base_url = "https://res.openai.azure.com/openai/v1".into();
        assert_eq!(line(&target, false), "POST https://res.openai.azure.com/openai/v1/chat/completions");
    }

    /// How a provider was verified, for the table.
    fn verified(row: &ProviderRow, compared: &BTreeMap<String, Result<(), String>>) -> &'static str {
        let lines: Vec<_> = row.all_prefixes().filter_map(|prefix| compared.get(prefix)).collect();
        if lines.iter().any(|same| same.is_ok()) {
            "request line equals what LiteLLM sends"
        } else if !lines.is_empty() {
            "differs from LiteLLM on purpose"
        } else if row.seen == Seen::Own {
            // There is no vendor to agree with: the address is one's own or a server's default port.
            "scripted server"
        } else {
            "unverified"
        }
    }

    fn table() -> String {
        let compared = compared();
        let mut out = String::from(
            "# Providers\n\nMade by `crates/providers/tests/observed_requests.rs` from the catalogue; \
             `make catalogue` writes it anew.\n\nNo provider was asked while this was made: no key was at hand. Every wire, on \
             every platform that has it, is tested against scripted servers (`crates/providers/tests/wires`); `make live` \
             asks the providers whose keys are in the environment. Beyond that, a request line that equals LiteLLM's means that method \
             and address, plain and streaming, are those that LiteLLM 1.106.2 was seen to send with the network \
             replaced by a recorder. Confidence: high, several libraries agree on the address; medium, one library's \
             requests go there; low, one library's table has it, shown as unverified.\n",
        );
        let mut by_wire: BTreeMap<&str, Vec<&ProviderRow>> = BTreeMap::new();
        for row in catalogue::providers() {
            by_wire.entry(row.wire.map_or("not spoken", WireKind::as_str)).or_default().push(row);
        }
        for (wire, rows) in &by_wire {
            writeln!(out, "\n## {wire} ({})\n", rows.len()).unwrap();
            if *wire == "not spoken" {
                out.push_str("| Provider | Prefix | Why |\n|---|---|---|\n");
                for row in rows {
                    let why = row.why_not.as_deref().unwrap();
                    writeln!(out, "| {} | `{}` | {why} |", row.name, row.prefix).unwrap();
                }
                continue;
            }
            out.push_str("| Provider | Prefixes | Base address | Key variables | Confidence | Verified |\n");
            out.push_str("|---|---|---|---|---|---|\n");
            for row in rows {
                let code = |names: Vec<&str>| {
                    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
                };
                let confidence = match row.confidence {
                    Confidence::High => "high",
                    Confidence::Medium => "medium",
                    Confidence::Low => "low",
                };
                let base = match row.base_url.as_str() {
                    "" => "your own".to_owned(),
                    base => format!("`{base}`"),
                };
                writeln!(
                    out,
                    "| {} | {} | {base} | {} | {confidence} | {} |",
                    row.name,
                    code(row.all_prefixes().collect()),
                    code(row.variables.iter().map(String::as_str).collect()),
                    verified(row, &compared)
                )
                .unwrap();
            }
        }
        out.push_str("\n## Differences on purpose\n\n");
        for (prefix, why) in ON_PURPOSE {
            writeln!(out, "- `{prefix}`: {why}.").unwrap();
        }
        out
    }

    #[test]
    fn the_table_of_providers_is_fresh() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/providers.md");
        if std::env::var_os("REARVIEW_WRITE_TABLE").is_some() {
            std::fs::write(&path, table()).unwrap();
        }
        let written = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            written == table(),
            "docs/providers.md is out of date. Run this test with REARVIEW_WRITE_TABLE=1"
        );
    }
}
