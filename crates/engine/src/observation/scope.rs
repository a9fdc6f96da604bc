//! Under which tags a fact is observed: the sets of tags that its observations carry.

use globset::Glob;
use serde_json::Value;
use std::collections::BTreeSet;

/// Tags of which all combinations are taken; more would make a thousand scopes of one fact (engine's own bound).
const MOST_COMBINED: usize = 5;

/// A set of tags, sorted; empty is the scope of all.
pub(crate) type Scope = Vec<String>;

/// The scopes of a fact with these tags. `wanted` is the fact's or the bank's own choice (hindsight 1.1:
/// `combined`, the default, `per_tag`, `all_combinations`, `shared`, or lists of tags, globs allowed).
pub(crate) fn scopes(tags: &[String], wanted: &Value) -> BTreeSet<Scope> {
    let tags: Scope = tags.iter().cloned().collect::<BTreeSet<_>>().into_iter().collect();
    let combined = || BTreeSet::from([tags.clone()]);
    let found: BTreeSet<Scope> = match wanted {
        Value::String(word) => match word.as_str() {
            "shared" => BTreeSet::from([Vec::new()]),
            "per_tag" => tags.iter().map(|tag| vec![tag.clone()]).collect(),
            "all_combinations" if tags.len() <= MOST_COMBINED => combinations(&tags),
            _ => combined(),
        },
        Value::Array(lists) => lists.iter().filter_map(|list| listed(list, &tags)).collect(),
        _ => combined(),
    };
    if found.is_empty() { combined() } else { found }
}

fn combinations(tags: &[String]) -> BTreeSet<Scope> {
    let all = 1_usize..1 << tags.len();
    all.map(|bits| {
        let chosen = tags.iter().enumerate().filter(|(place, _)| bits >> place & 1 == 1);
        chosen.map(|(_, tag)| tag.clone()).collect()
    })
    .collect()
}

/// One list of tags; a glob stands for the fact's tags that match, and a list of globs that none matches is none.
fn listed(list: &Value, tags: &[String]) -> Option<Scope> {
    let patterns: Vec<&str> = list.as_array()?.iter().filter_map(Value::as_str).collect();
    let mut scope = BTreeSet::new();
    for pattern in &patterns {
        if !pattern.contains(['*', '?', '[']) {
            scope.insert((*pattern).to_owned());
        } else if let Ok(glob) = Glob::new(pattern) {
            let glob = glob.compile_matcher();
            scope.extend(tags.iter().filter(|tag| glob.is_match(tag.as_str())).cloned());
        }
    }
    (patterns.is_empty() || !scope.is_empty()).then(|| scope.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_facts_scopes_follow_its_choice() {
        let tags = ["y".to_owned(), "x".to_owned()];
        for (wanted, want) in [
            (json!(null), json!([["x", "y"]])),
            (json!("combined"), json!([["x", "y"]])),
            (json!("per_tag"), json!([["x"], ["y"]])),
            (json!("shared"), json!([[]])),
            (json!("all_combinations"), json!([["x"], ["x", "y"], ["y"]])),
            (json!([["x"], ["z", "y"], []]), json!([[], ["x"], ["y", "z"]])),
            (json!([["y*"], ["q*"]]), json!([["y"]])),
            (json!([["q*"]]), json!([["x", "y"]])),
        ] {
            assert_eq!(json!(scopes(&tags, &wanted)), want, "{wanted}");
        }
        assert_eq!(json!(scopes(&[], &json!("per_tag"))), json!([[]]));
    }
}
