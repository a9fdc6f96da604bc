//! Directives: rules that a bank gives every reflect, by priority. The server hides inactive ones from
//! lists unless asked; this client always asks.

use crate::address::Path;
use crate::client::Client;
use crate::error;
use crate::lenient;
use crate::pages::page;
use crate::send::{Call, Confirmed};
use rearview_domain::BankId;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct Directive {
    /// Its id.
    pub id: String,
    /// What it is called; servers take an empty name.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub name: String,
    /// The rule.
    pub content: String,
    /// The higher, the earlier in the prompt.
    #[serde(default, deserialize_with = "lenient::option")]
    pub priority: Option<i64>,
    /// Whether it holds.
    #[serde(default, deserialize_with = "lenient::option")]
    pub is_active: Option<bool>,
    /// Tags of reflects that it holds for; without any it holds for all.
    #[serde(default, deserialize_with = "lenient::list")]
    pub tags: Vec<String>,
    /// When it was made.
    #[serde(default, deserialize_with = "lenient::option")]
    pub created_at: Option<String>,
    /// When it was changed.
    #[serde(default, deserialize_with = "lenient::option")]
    pub updated_at: Option<String>,
}

/// Rules of a bank.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct DirectivePage {
    /// Those of the page.
    #[serde(deserialize_with = "lenient::list")]
    pub items: Vec<Directive>,
    /// How many there are in all.
    #[serde(default, deserialize_with = "lenient::option")]
    pub total: Option<u64>,
}

/// A rule to make.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(deserialize = "camelCase"), deny_unknown_fields)]
#[ts(export, rename_all = "camelCase", optional_fields = nullable)]
pub struct NewDirective {
    /// What it is called.
    pub name: String,
    /// The rule.
    pub content: String,
    /// The higher, the earlier in the prompt.
    pub priority: i64,
    /// Whether it holds.
    pub is_active: bool,
    /// Tags of reflects that it holds for; none for all.
    pub tags: Vec<String>,
}

/// A change of a rule; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default, rename_all(deserialize = "camelCase"), deny_unknown_fields)]
#[ts(export, rename_all = "camelCase", optional_fields = nullable)]
pub struct DirectivePatch {
    /// What it is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// The higher, the earlier in the prompt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<i64>,
    /// Whether it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_active: Option<bool>,
    /// Tags of reflects that it holds for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
}

const FEATURE: &str = "directives";

page!(DirectivePage: Directive);

fn path(bank: &BankId, id: &str) -> error::Result<Path> {
    Path::bank(bank)?.word("/directives").id("directive id", id)
}

impl Client {
    /// Lists a bank's rules, inactive ones included.
    ///
    /// # Errors
    /// `NotFound` for a bank that does not exist, `FeatureMissing` where the server has none.
    pub async fn directives(&self, bank: &BankId) -> error::Result<DirectivePage> {
        self.whole(|page| {
            let path = Path::bank(bank)?.word("/directives");
            let call = Call::get(path, format!("list the directives of the bank `{bank}`"));
            Ok(call.query(page.with("active_only", &Some(false)).done()).feature(FEATURE))
        })
        .await
    }

    /// Makes a rule, and its bank when that does not exist.
    ///
    /// # Errors
    /// `Invalid` for what the server refuses.
    pub async fn create_directive(&self, bank: &BankId, new: &NewDirective) -> error::Result<Directive> {
        let path = Path::bank(bank)?.word("/directives");
        let call = Call::new(Method::POST, path, format!("make the directive `{}`", new.name));
        self.ask(call.feature(FEATURE).body(new)?).await
    }

    /// Changes a rule.
    ///
    /// # Errors
    /// `NotFound` when it does not exist.
    pub async fn patch_directive(
        &self,
        bank: &BankId,
        id: &str,
        patch: &DirectivePatch,
    ) -> error::Result<Directive> {
        let call = Call::new(Method::PATCH, path(bank, id)?, format!("change the directive `{id}`"));
        self.ask(call.feature(FEATURE).body(patch)?).await
    }

    /// Deletes a rule.
    ///
    /// # Errors
    /// `NotFound` when it does not exist.
    pub async fn delete_directive(&self, bank: &BankId, id: &str) -> error::Result<()> {
        let call = Call::new(Method::DELETE, path(bank, id)?, format!("delete the directive `{id}`"));
        self.ask::<Confirmed>(call.feature(FEATURE)).await.map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_lying_directive_keeps_what_is_right_and_one_without_a_text_is_none() {
        let page: DirectivePage = serde_json::from_value(json!({
            "items": [
                {"id": "1", "content": "be brief", "priority": "high", "is_active": "yes", "tags": "a", "name": 7},
                {"id": "2", "name": "no text"},
                "nothing",
            ],
            "total": "three",
        }))
        .unwrap();
        assert_eq!(page.items.len(), 1);
        let first = &page.items[0];
        assert_eq!((first.content.as_str(), first.name.as_str()), ("be brief", ""));
        assert_eq!((first.priority, first.is_active, first.tags.len()), (None, None, 0));
        assert_eq!(page.total, None);
        assert!(serde_json::from_value::<DirectivePage>(json!({"detail": "x"})).is_err());
    }

    #[test]
    fn a_change_sends_only_what_changes_in_the_servers_spelling() {
        let patch: DirectivePatch = serde_json::from_value(json!({"isActive": false})).unwrap();
        assert_eq!(serde_json::to_value(patch).unwrap(), json!({"is_active": false}));
    }
}
