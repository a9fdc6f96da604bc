//! Every answer of the suite against the OpenAPI document of Hindsight 1.1.0 (`tests/data/openapi-1.1.0.json`,
//! its paths and schemas without the prose). Stricter than the document: what it names as a property of an
//! answer must be there, and nothing else may be, as that is how the real server writes them. What the embedded
//! engine says beyond that is listed here, property by property.

use crate::subject::{Answer, Which};
use jsonschema::Validator;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

const TEXT: &str = include_str!("../data/openapi-1.1.0.json");

/// Properties that the real server leaves out although its document names them: schema, property, reason.
const MAY_BE_MISSING: &[(&str, &str, &str)] = &[];

/// Properties that only the embedded engine answers: schema, property, reason. Nothing else may be added.
const ADDED: &[(&str, &str, &str)] = &[
    ("VersionResponse", "engine", "which engine speaks the API, and its own version"),
    ("BankConfigResponse", "without_effect", "settings that are kept and change nothing in this engine"),
    ("MemoryUnitListItem", "origin", "whether a model, a rule or the text itself made the memory"),
    ("MemoryUnitListItem", "created_at", "when the memory was stored, which lists can be sorted by"),
    ("ReflectResponse", "origin", "an answer was put together by rules, without a model"),
];

static HINDSIGHT: LazyLock<Value> = LazyLock::new(|| document(&[]));
static EMBEDDED: LazyLock<Value> = LazyLock::new(|| document(ADDED));

fn document(added: &[(&str, &str, &str)]) -> Value {
    let mut document: Value = serde_json::from_str(TEXT).unwrap();
    let schemas = document["components"]["schemas"].as_object_mut().unwrap();
    for (name, schema) in &mut *schemas {
        tighten(name, schema);
    }
    for (schema, property, _) in added {
        let known =
            schemas[*schema]["properties"].as_object_mut().unwrap().insert((*property).to_owned(), json!({}));
        assert_eq!(known, None, "{schema}.{property} is in the document already");
    }
    document
}

/// What a server of this kind is held to.
fn held_to(which: Which) -> &'static Value {
    match which {
        Which::Hindsight => &HINDSIGHT,
        Which::Embedded => &EMBEDDED,
    }
}

/// Compiled schemas by their place: compiling one takes longer than most answers.
/// By server and schema, made on first use.
type Validators = Mutex<HashMap<(Which, String), Arc<Validator>>>;

static VALIDATORS: LazyLock<Validators> = LazyLock::new(Mutex::default);

/// Fails when the answer is not what the document says about this call.
#[track_caller]
pub fn hold(which: Which, method: &Method, path: &str, answer: &Answer) {
    match answer.status {
        200..300 => {
            let Some(schema) = schema_of(method, path, answer.status) else { return };
            valid(which, &schema, answer);
        }
        422 if answer.body["detail"].is_array() => {
            valid(which, &json!({"$ref": "#/components/schemas/HTTPValidationError"}), answer);
        }
        _ => assert!(answer.body["detail"].is_string(), "{}: {}", answer.call, answer.body),
    }
}

#[track_caller]
fn valid(which: Which, schema: &Value, answer: &Answer) {
    let validator = validator(which, schema);
    let errors: Vec<String> = validator
        .iter_errors(&answer.body)
        .map(|error| format!("at `{}`: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{}: {}\n{}", answer.call, errors.join("\n"), answer.body);
}

fn validator(which: Which, schema: &Value) -> Arc<Validator> {
    let key = (which, schema.to_string());
    let mut validators = VALIDATORS.lock().unwrap();
    let made = validators.entry(key).or_insert_with(|| {
        let mut whole = schema.clone();
        whole["components"] = held_to(which)["components"].clone();
        Arc::new(jsonschema::validator_for(&whole).unwrap())
    });
    Arc::clone(made)
}

/// The schema of a documented JSON answer; none where the document leaves it open.
#[track_caller]
fn schema_of(method: &Method, path: &str, status: u16) -> Option<Value> {
    let path = path.split('?').next().unwrap_or_default();
    let paths = HINDSIGHT["paths"].as_object()?;
    let mut fitting: Vec<&str> = paths.keys().map(String::as_str).filter(|known| fits(known, path)).collect();
    // `/entities/graph` fits `/entities/{id}` too: fewer holes win.
    fitting.sort_by_key(|known| known.matches('{').count());
    let operation = &paths[*fitting.first()?][method.as_str().to_lowercase()];
    let responses = operation["responses"].as_object()?;
    let response = responses.get(&status.to_string());
    let response = response.unwrap_or_else(|| panic!("{method} {path} is not known to answer {status}"));
    let schema = &response["content"]["application/json"]["schema"];
    schema.as_object().filter(|schema| !schema.is_empty()).map(|_| schema.clone())
}

fn fits(known: &str, path: &str) -> bool {
    let (known, path) = (known.split('/').collect::<Vec<_>>(), path.split('/').collect::<Vec<_>>());
    known.len() == path.len()
        && known.iter().zip(&path).all(|(known, part)| known.starts_with('{') || known == part)
}

/// Makes every named property required and every other one an error, in a schema of an object.
fn tighten(name: &str, schema: &mut Value) {
    let Some(properties) = schema["properties"].as_object().cloned() else { return };
    let optional = |property: &str| MAY_BE_MISSING.iter().any(|known| (known.0, known.1) == (name, property));
    let required: Vec<&String> = properties.keys().filter(|property| !optional(property)).collect();
    if name != "ValidationError" {
        schema["required"] = json!(required);
    }
    if schema.get("additionalProperties").is_none() && name != "ValidationError" {
        schema["additionalProperties"] = json!(false);
    }
}
