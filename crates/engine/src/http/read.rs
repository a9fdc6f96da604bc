//! Reading a request: JSON bodies and query strings into types, wrong ones refused in the API's 422 shape,
//! names that nobody read reported in the header `x-ignored-params`.

use crate::error::{EngineError, Result};
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::HeaderValue;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Names of a request that nobody read, collected while it is handled.
#[derive(Clone, Default)]
struct Ignored(Arc<Mutex<Names>>);

#[derive(Default)]
struct Names {
    ignored: Vec<String>,
    /// Whether the handler looked at the query string at all.
    query_read: bool,
}

impl Ignored {
    fn names(&self) -> MutexGuard<'_, Names> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Puts the collected names into the answer's header.
pub(super) async fn report_ignored(mut request: Request, next: Next) -> Response {
    let ignored = Ignored::default();
    request.extensions_mut().insert(ignored.clone());
    let query = request.uri().query().unwrap_or_default().to_owned();
    let mut response = next.run(request).await;
    let Names { ignored: mut names, query_read } = std::mem::take(&mut *ignored.names());
    if !query_read {
        let pairs: Vec<(String, String)> = serde_html_form::from_str(&query).unwrap_or_default();
        names.extend(pairs.into_iter().map(|(name, _)| name));
    }
    if !names.is_empty()
        && let Ok(value) = HeaderValue::from_str(&names.join(","))
    {
        response.headers_mut().insert("x-ignored-params", value);
    }
    response
}

/// A JSON body. An empty body counts as `{}`, so that types whose fields are all optional can be left out.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = EngineError;

    async fn from_request(request: Request, state: &S) -> Result<Self> {
        let ignored = request.extensions().get::<Ignored>().cloned().unwrap_or_default();
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|rejection| EngineError::refused(rejection.status(), rejection.body_text()))?;
        let bytes: &[u8] = if bytes.iter().all(u8::is_ascii_whitespace) { b"{}" } else { &bytes };
        let (value, names) = from_json(bytes)?;
        ignored.names().ignored.extend(names);
        Ok(Self(value))
    }
}

/// JSON into a type, with the names that were not read.
fn from_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<(T, Vec<String>)> {
    let mut names = Vec::new();
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let mut track = serde_path_to_error::Track::new();
    let read = {
        let tracked = serde_path_to_error::Deserializer::new(&mut json, &mut track);
        serde_ignored::deserialize(tracked, |path| names.push(path.to_string()))
    };
    let read: std::result::Result<T, serde_json::Error> = read;
    match read.and_then(|value| json.end().map(|()| value)) {
        Ok(value) => Ok((value, names)),
        Err(error) => Err(wrong(&error, &track.path().to_string(), "body")),
    }
}

/// A field's error in the API's words: `missing` for one that is not there.
fn wrong(error: &serde_json::Error, path: &str, place: &str) -> EngineError {
    let text = error.to_string();
    let text = text.split(" at line ").next().unwrap_or_default();
    let mut loc = vec![place.to_owned()];
    loc.extend(path.split(['.', '[', ']']).filter(|part| !part.is_empty()).map(str::to_owned));
    if error.is_syntax() || error.is_eof() {
        return EngineError::Invalid {
            loc: vec![place.to_owned()],
            kind: "json_invalid",
            message: format!("JSON decode error: {text}"),
            input: Value::Null,
        };
    }
    match text.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`')) {
        Some(field) => {
            loc.push(field.to_owned());
            EngineError::Invalid {
                loc,
                kind: "missing",
                message: "Field required".into(),
                input: Value::Null,
            }
        }
        None => {
            EngineError::Invalid { loc, kind: "value_error", message: text.to_owned(), input: Value::Null }
        }
    }
}

/// A query string. Repeated names become lists.
pub(crate) struct Params<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = EngineError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self> {
        let mut names = Vec::new();
        let text = parts.uri.query().unwrap_or_default();
        let mut track = serde_path_to_error::Track::new();
        let read = {
            let form = serde_html_form::Deserializer::from_bytes(text.as_bytes());
            let tracked = serde_path_to_error::Deserializer::new(form, &mut track);
            serde_ignored::deserialize(tracked, |path| names.push(path.to_string()))
        };
        let value = read.map_err(|error: serde_html_form::de::Error| {
            let field = track.path().to_string();
            let loc = ["query".to_owned(), field].into_iter().filter(|part| part != ".").collect();
            EngineError::Invalid { loc, kind: "value_error", message: error.to_string(), input: Value::Null }
        })?;
        if let Some(ignored) = parts.extensions.get::<Ignored>() {
            let mut known = ignored.names();
            known.ignored.extend(names);
            known.query_read = true;
        }
        Ok(Self(value))
    }
}

/// A page of a list.
///
/// # Errors
/// 422 for a negative number or a limit above `most`.
pub(crate) fn page(limit: Option<i64>, offset: Option<i64>, default: i64, most: i64) -> Result<(i64, i64)> {
    let (limit, offset) = (limit.unwrap_or(default), offset.unwrap_or(0));
    let wrong = |name: &str, message: String| {
        Err(EngineError::Invalid {
            loc: vec!["query".to_owned(), name.to_owned()],
            kind: "value_error",
            message,
            input: Value::Null,
        })
    };
    match (limit, offset) {
        (_, ..0) => wrong("offset", "Input should be greater than or equal to 0".to_owned()),
        (..0, _) => wrong("limit", "Input should be greater than or equal to 0".to_owned()),
        _ if limit > most => wrong("limit", format!("Input should be less than or equal to {most}")),
        page => Ok(page),
    }
}

/// As [`page`], for lists whose pages hold at least one.
///
/// # Errors
/// 422 as there, and for a limit of 0.
pub(crate) fn full_page(
    limit: Option<i64>,
    offset: Option<i64>,
    default: i64,
    most: i64,
) -> Result<(i64, i64)> {
    if limit.is_some_and(|limit| limit < 1) {
        return Err(EngineError::Invalid {
            loc: vec!["query".to_owned(), "limit".to_owned()],
            kind: "greater_than_equal",
            message: "Input should be greater than or equal to 1".to_owned(),
            input: Value::Null,
        });
    }
    page(limit, offset, default, most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "read by serde only")]
    struct Item {
        content: String,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "read by serde only")]
    struct Items {
        items: Vec<Item>,
    }

    #[test]
    fn names_that_nobody_reads_are_collected() {
        let (_, names) = from_json::<Items>(br#"{"items":[{"content":"a","x":1}],"y":2}"#).unwrap();
        assert_eq!(names, ["items.0.x", "y"]);
    }

    #[test]
    fn a_missing_field_is_told_with_its_place() {
        let error = from_json::<Items>(br#"{"items":[{}]}"#).unwrap_err();
        let EngineError::Invalid { loc, kind, .. } = error else { panic!("{error}") };
        assert_eq!((loc.join("/").as_str(), kind), ("body/items/0/content", "missing"));
    }

    #[test]
    fn half_a_json_is_told_apart_from_a_wrong_field() {
        let error = from_json::<Items>(br#"{"items":["#).unwrap_err();
        assert!(matches!(error, EngineError::Invalid { kind: "json_invalid", .. }), "{error}");
    }
}
