//! What a reflect is based on, read from the server's own form, and two of them side by side. A server names what its
//! model cited, or all that it found when its model cited nothing. Pure.

use rearview_domain::memory::{FactType, RecalledMemory};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::HashSet;
use ts_rs::TS;

/// The list that holds facts; what stands in others is no fact of the bank.
const MEMORIES: &str = "memories";

/// What one answer is based on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Based {
    /// The facts and observations, each once. Nobody ranks them, so their rank is 0.
    pub memories: Vec<RecalledMemory>,
    /// All else: mental models, directives, and facts that the server gave no id.
    pub others: Vec<Other>,
}

/// Something else that an answer is based on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Other {
    kind: String,
    id: Option<String>,
    name: Option<String>,
    text: String,
}

/// Something else that two answers are based on, or one of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct OtherBasis {
    /// The list that the server put it in, e.g. `mental_models`.
    pub kind: String,
    /// Its id; `None` when the server gave none.
    pub id: Option<String>,
    /// Its name; `None` when the server gave none.
    pub name: Option<String>,
    /// Its words then; `None` when it was not named then.
    pub then: Option<String>,
    /// Its words now; `None` when it is not named now.
    pub now: Option<String>,
}

#[derive(Deserialize)]
struct Item {
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    content: Option<String>,
    #[serde(default)]
    name: Option<String>,
    /// Of a fact where it came up, of a mental model its name.
    #[serde(default)]
    context: Option<String>,
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    occurred_start: Option<String>,
    #[serde(default)]
    occurred_end: Option<String>,
}

impl Based {
    /// Reads it; `None` when the server did not say, or in no form that is known here.
    pub fn of(told: Option<&Value>) -> Option<Self> {
        let lists = told?.as_object()?;
        lists.get(MEMORIES)?.as_array()?;
        let mut based = Self::default();
        let mut known = HashSet::new();
        for (kind, items) in lists {
            for value in items.as_array().into_iter().flatten() {
                let Ok(item) = serde_json::from_value::<Item>(value.clone()) else {
                    based.others.push(as_it_is(kind, value));
                    continue;
                };
                match (kind == MEMORIES, item.id.clone().filter(|id| !id.is_empty())) {
                    (true, Some(id)) => {
                        if known.insert(id.clone()) {
                            based.memories.push(fact(id, item));
                        }
                    }
                    (_, id) => based.others.push(other(kind, id, item)),
                }
            }
        }
        Some(based)
    }
}

fn fact(id: String, item: Item) -> RecalledMemory {
    RecalledMemory {
        id,
        text: item.text.unwrap_or_default(),
        fact_type: item.kind.and_then(|kind| serde_json::from_value::<FactType>(Value::String(kind)).ok()),
        entities: Vec::new(),
        context: item.context,
        occurred_start: item.occurred_start,
        occurred_end: item.occurred_end,
        mentioned_at: None,
        document_id: None,
        chunk_id: None,
        tags: Vec::new(),
        metadata: Default::default(),
        scores: Default::default(),
        rank: 0,
        arms: Default::default(),
        tokens: 0,
    }
}

/// What has a form that is not known here is shown as the server spelled it.
fn as_it_is(kind: &str, value: &Value) -> Other {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    Other { kind: kind.to_owned(), id: None, name: None, text }
}

fn other(kind: &str, id: Option<String>, item: Item) -> Other {
    let name = item.name.or_else(|| item.context.filter(|_| kind != MEMORIES));
    let text = item.text.or(item.content).or_else(|| name.clone()).unwrap_or_default();
    Other { kind: kind.to_owned(), id, name, text }
}

/// What else two answers are based on: first what was named then, in its order, then what is named only now. Of one that
/// did not say (`None`) nothing is named.
pub fn others(then: Option<&Based>, now: Option<&Based>) -> Vec<OtherBasis> {
    let mut only_now: Vec<&Other> = now.iter().flat_map(|based| &based.others).collect();
    let mut rows = Vec::new();
    for was in then.iter().flat_map(|based| &based.others) {
        let again = only_now.iter().position(|is| same(was, is)).map(|at| only_now.remove(at));
        rows.push(row(again.unwrap_or(was), Some(was), again));
    }
    rows.extend(only_now.into_iter().map(|is| row(is, None, Some(is))));
    rows
}

/// The same thing then and now, whatever it says; without an id its words are all there is of it.
fn same(was: &Other, is: &Other) -> bool {
    was.kind == is.kind
        && match (&was.id, &is.id) {
            (Some(was), Some(is)) => was == is,
            (None, None) => was.text == is.text,
            _ => false,
        }
}

fn row(of: &Other, then: Option<&Other>, now: Option<&Other>) -> OtherBasis {
    OtherBasis {
        kind: of.kind.clone(),
        id: of.id.clone(),
        name: of.name.clone(),
        then: then.map(|one| one.text.clone()),
        now: now.map(|one| one.text.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn based(told: Value) -> Based {
        Based::of(Some(&told)).unwrap()
    }

    #[test]
    fn what_the_server_did_not_say_is_not_nothing() {
        for told in [json!(null), json!("f1"), json!([]), json!({}), json!({"memories": null})] {
            assert_eq!(Based::of(Some(&told)), None, "{told}");
        }
        assert_eq!(Based::of(None), None);
        assert_eq!(Based::of(Some(&json!({"memories": []}))), Some(Based::default()));
    }

    #[test]
    fn facts_are_read_once_each_and_what_is_odd_hides_nothing() {
        let told = based(json!({
            "memories": [
                {"id": "a", "text": "Ana sails.", "type": "world", "occurred_start": "2026-01-02"},
                {"id": "a", "text": "Ana sails."}, {"id": "b", "text": "Ben rows.", "type": "of another age"},
                {"text": "nameless"}, "nonsense"
            ],
            "mental_models": [{"id": "m", "text": "She loves the sea.", "context": "The sea"}],
            "directives": [{"id": "d", "name": "tone", "content": "Be brief."}],
        }));
        let ids: Vec<&str> = told.memories.iter().map(|memory| memory.id.as_str()).collect();
        assert_eq!(ids, ["a", "b"]);
        assert_eq!(told.memories[0].occurred_start.as_deref(), Some("2026-01-02"));
        assert_eq!((told.memories[0].fact_type, told.memories[1].fact_type), (Some(FactType::World), None));
        let others: Vec<(&str, Option<&str>, &str)> = told
            .others
            .iter()
            .map(|other| (other.kind.as_str(), other.name.as_deref(), other.text.as_str()))
            .collect();
        assert!(others.contains(&("memories", None, "nameless")), "{others:?}");
        assert!(others.contains(&("memories", None, "nonsense")), "{others:?}");
        assert!(others.contains(&("mental_models", Some("The sea"), "She loves the sea.")), "{others:?}");
        assert!(others.contains(&("directives", Some("tone"), "Be brief.")), "{others:?}");
    }

    #[test]
    fn models_and_directives_are_held_against_each_other_by_their_ids() {
        let then = based(json!({"memories": [], "directives": [
            {"id": "d", "name": "tone", "content": "Be brief."}, {"id": "e", "name": "old", "content": "Gone."}]}));
        let now = based(json!({"memories": [], "directives": [
            {"id": "n", "name": "new", "content": "Hello."}, {"id": "d", "name": "tone", "content": "Be long."}]}));
        let told: Vec<(Option<String>, Option<String>)> =
            others(Some(&then), Some(&now)).into_iter().map(|row| (row.then, row.now)).collect();
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            told,
            [(some("Be brief."), some("Be long.")), (some("Gone."), None), (None, some("Hello."))]
        );
        assert_eq!(others(None, Some(&now)).len(), 2);
    }
}
