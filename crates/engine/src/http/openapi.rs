//! The OpenAPI document of what this engine answers: Hindsight's own, without the paths that are not here.
//!
//! The document is an asset. A test takes it anew from the whole one and from what the router knows, and
//! writes it when `REARVIEW_WRITE_OPENAPI` is set.

use crate::engine::Engine;
use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;

const DOCUMENT: &str = include_str!("../../assets/openapi.json");

pub(super) fn routes() -> Router<Engine> {
    Router::new().route("/openapi.json", get(async || ([(CONTENT_TYPE, "application/json")], DOCUMENT)))
}

#[cfg(test)]
mod tests {
    use super::DOCUMENT;
    use crate::engine::testing::Fresh;
    use serde_json::{Map, Value, json};
    use std::collections::BTreeSet;

    const WHOLE: &str = include_str!("../../../../tests/data/openapi-1.1.0.json");
    const ASSET: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/openapi.json");

    /// Whether the router has this path with this method.
    async fn has(fresh: &Fresh, method: &str, path: &str) -> bool {
        let mut filled = path.to_owned();
        while let Some((before, (_, after))) =
            filled.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?)))
        {
            filled = format!("{before}x{after}");
        }
        let (status, _, answer) = fresh.ask(&method.to_uppercase(), &filled, None).await;
        status != 405 && !(status == 404 && answer["detail"] == "Not Found")
    }

    /// What this engine answers and Hindsight does not.
    fn own() -> Map<String, Value> {
        let parameter = |name: &str, place: &str, required: bool| json!({"name": name, "in": place, "required": required});
        let bank = parameter("bank_id", "path", true);
        let asked = ["type", "q", "ids", "limit", "offset"].map(|name| parameter(name, "query", false));
        let parameters: Vec<Value> =
            [bank, parameter("at", "query", true)].into_iter().chain(asked).collect();
        let as_of = json!({"get": {
            "summary": "What a bank knew at a time",
            "operationId": "memories_as_of",
            "parameters": parameters,
            "responses": {"200": {"description": "Memories as they stood then, with the time from and to which"}},
        }});
        Map::from_iter([("/v1/default/banks/{bank_id}/memories/as-of".to_owned(), as_of)])
    }

    /// The names of the schemas that a value refers to.
    fn schemas_in(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(object) => {
                let name = object
                    .get("$ref")
                    .and_then(Value::as_str)
                    .and_then(|reference| reference.rsplit('/').next());
                found.extend(name.map(str::to_owned));
                object.values().for_each(|value| schemas_in(value, found));
            }
            Value::Array(values) => values.iter().for_each(|value| schemas_in(value, found)),
            _ => {}
        }
    }

    /// The part of the whole document that this engine answers.
    async fn expected() -> Value {
        let fresh = Fresh::open().await;
        let mut document: Value = serde_json::from_str(WHOLE).unwrap();
        let mut paths = Map::new();
        for (path, methods) in document["paths"].as_object().unwrap() {
            let mut here = Map::new();
            for (method, operation) in methods.as_object().unwrap() {
                if has(&fresh, method, path).await {
                    here.insert(method.clone(), operation.clone());
                }
            }
            if !here.is_empty() {
                paths.insert(path.clone(), here.into());
            }
        }
        for (path, operations) in own() {
            for method in operations.as_object().unwrap().keys() {
                assert!(has(&fresh, method, &path).await, "{method} {path}");
            }
            paths.insert(path, operations);
        }
        let mut waiting = Vec::new();
        let paths = Value::from(paths);
        schemas_in(&paths, &mut waiting);
        let mut used = BTreeSet::new();
        while let Some(name) = waiting.pop() {
            if used.insert(name.clone()) {
                schemas_in(&document["components"]["schemas"][&name], &mut waiting);
            }
        }
        document["paths"] = paths;
        document["components"]["schemas"].as_object_mut().unwrap().retain(|name, _| used.contains(name));
        // What an answer may hold beyond Hindsight's, the document says too.
        for (schema, property) in [
            ("VersionResponse", "engine"),
            ("BankConfigResponse", "without_effect"),
            ("MemoryUnitListItem", "origin"),
            ("MemoryUnitListItem", "created_at"),
            ("ReflectResponse", "origin"),
        ] {
            if let Some(properties) = document["components"]["schemas"][schema]["properties"].as_object_mut()
            {
                properties.insert(property.to_owned(), json!({}));
            }
        }
        document
    }

    #[tokio::test]
    async fn the_document_has_every_path_of_the_router_and_no_other() {
        let expected = expected().await;
        if std::env::var_os("REARVIEW_WRITE_OPENAPI").is_some() {
            std::fs::write(ASSET, format!("{expected}\n")).unwrap();
            return;
        }
        let served: Value = serde_json::from_str(DOCUMENT).unwrap();
        let paths = |document: &Value| -> Vec<String> {
            let paths = document["paths"].as_object().unwrap().iter();
            paths
                .flat_map(|(path, methods)| {
                    methods.as_object().unwrap().keys().map(move |method| format!("{method} {path}"))
                })
                .collect()
        };
        assert_eq!(paths(&served), paths(&expected));
        assert!(served == expected, "the schemas differ: write the document anew");
    }
}
