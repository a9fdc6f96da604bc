//! Which optional parts of the API a server offers, and why not when it does not.
//!
//! The table below is the one place that knows them: the path that stands for a part, the first version
//! that had it, and the switches in `/version` that turn it off. The app hides what is not available and
//! shows the reason. `server` fills it in a handshake.

use crate::lenient;
use crate::server::Version;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// One optional part of the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feature {
    /// Whether it can be used.
    pub available: bool,
    /// Why it cannot, for people; `None` when it can.
    pub reason: Option<String>,
}

/// The part of an OpenAPI document that matters here: paths, and the methods of each.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Paths {
    #[serde(default, deserialize_with = "lenient::map")]
    paths: BTreeMap<String, BTreeMap<String, Value>>,
}

impl Paths {
    pub(crate) fn is_empty(&self) -> bool {
        self.paths.is_empty()
    }

    /// Whether a path is offered. Names of parameters do not count: they differ between servers.
    fn offers(&self, method: &str, path: &str) -> bool {
        let wanted = without_names(path);
        self.paths.iter().any(|(path, methods)| without_names(path) == wanted && methods.contains_key(method))
    }
}

fn without_names(path: &str) -> String {
    let segments = path.split('/').map(|segment| if segment.starts_with('{') { "{}" } else { segment });
    segments.collect::<Vec<_>>().join("/")
}

/// For what no Hindsight has, only the engine in this app; it lists its paths.
const OF_ENGINE: (u32, u32) = (u32::MAX, 0);

struct Part {
    method: &'static str,
    path: &'static str,
    since: (u32, u32),
    switches: &'static [&'static str],
}

macro_rules! features {
    ($($(#[$doc:meta])* $name:ident: $method:literal $path:literal, since $since:expr $(, switch $switch:literal)*;)*) => {
        /// What a server offers beyond recall, reflect, retain, memories, documents and operations.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct Features {
            $($(#[$doc])* pub $name: Feature,)*
        }

        impl Features {
            /// Every feature by its name, in the order of the table.
            pub fn all(&self) -> Vec<(&'static str, &Feature)> {
                vec![$((stringify!($name), &self.$name)),*]
            }

            /// Reads the features from a server's paths, or from its version when it does not list them.
            pub(crate) fn detect(version: &Version, paths: Option<&Paths>) -> Self {
                Self {
                    $($name: detect(version, paths, &Part {
                        method: $method,
                        path: $path,
                        since: $since,
                        switches: &[$($switch),*],
                    }),)*
                }
            }
        }
    };
}

features! {
    /// Other names for a bank.
    aliases: "get" "/v1/default/banks/{}/aliases", since (1, 1);
    /// Copies of a bank on the same server.
    clone: "post" "/v1/default/banks/{}/clone", since (1, 1), switch "document_export_api", switch "document_import_api";
    /// Export of a whole bank.
    transfer_export: "post" "/v1/default/banks/{}/transfer/export", since (1, 1), switch "document_export_api";
    /// Import of a whole bank.
    transfer_import: "post" "/v1/default/banks/{}/transfer/import", since (1, 1), switch "document_import_api";
    /// What happened to a document.
    document_history: "get" "/v1/default/banks/{}/documents/{}/history", since (1, 1);
    /// Audit log.
    audit_logs: "get" "/v1/default/banks/{}/audit-logs", since (0, 9);
    /// One entry of the audit log with request and response.
    audit_log_entry: "get" "/v1/default/banks/{}/audit-logs/{}", since (1, 1);
    /// What the server asked its models.
    llm_requests: "get" "/v1/default/banks/{}/llm-requests", since (0, 9), switch "llm_trace";
    /// Mental models.
    mental_models: "get" "/v1/default/banks/{}/mental-models", since (0, 9);
    /// Knowledge pages in folders.
    knowledge_base: "get" "/v1/default/banks/{}/knowledge-base/tree", since (0, 9);
    /// Rules for reflect.
    directives: "get" "/v1/default/banks/{}/directives", since (0, 9);
    /// Calls to others when something happened.
    webhooks: "get" "/v1/default/banks/{}/webhooks", since (0, 9);
    /// Extraction without storing.
    dry_run_extract: "post" "/v1/default/banks/{}/memories/dry-run-extract", since (0, 9);
    /// What a model will see.
    prompts_preview: "post" "/v1/default/banks/{}/prompts/preview", since (1, 1);
    /// Which consolidation strategy claims what.
    consolidation_preview: "post" "/v1/default/banks/{}/consolidation-strategies/preview", since (1, 1);
    /// Entities and how often they come together.
    entity_graph: "get" "/v1/default/banks/{}/entities/graph", since (0, 9);
    /// Facts and links as a graph.
    memory_graph: "get" "/v1/default/banks/{}/graph", since (0, 9);
    /// Settings of a bank.
    bank_config: "get" "/v1/default/banks/{}/config", since (0, 9), switch "bank_config_api";
    /// Whether a bank's models answer.
    bank_llm_health: "post" "/v1/default/banks/{}/health/llm", since (0, 9), switch "bank_llm_health";
    /// Files as memory.
    file_retain: "post" "/v1/default/banks/{}/files/retain", since (0, 9), switch "file_upload_api";
    /// Attachments of facts and documents.
    attachments: "get" "/v1/default/banks/{}/attachments/{}", since (1, 1);
    /// A bank's settings as a file.
    bank_template: "get" "/v1/default/banks/{}/export", since (0, 9);
    /// What a bank knew at a time, version by version.
    as_of: "get" "/v1/default/banks/{}/memories/as-of", since OF_ENGINE;
    /// Counts over time.
    memories_timeseries: "get" "/v1/default/banks/{}/stats/memories-timeseries", since (0, 9);
}

fn detect(version: &Version, paths: Option<&Paths>, part: &Part) -> Feature {
    let name = &version.api_version;
    let switched_off = part.switches.iter().any(|switch| version.features.get(*switch) == Some(&false));
    let reason = match (paths, version.number()) {
        (Some(paths), _) if !paths.offers(part.method, part.path) => {
            Some(format!("This memory server ({name}) does not offer it."))
        }
        (None, Some(_)) if part.since == OF_ENGINE => {
            Some("Only the memory engine in this app offers it.".to_owned())
        }
        (None, Some(number)) if number < part.since => {
            let (major, minor) = part.since;
            Some(format!("It needs Hindsight {major}.{minor}; this memory server is {name}."))
        }
        (None, None) => Some(format!("This memory server ({name}) does not say what it offers.")),
        _ if switched_off => Some("It is switched off on this memory server.".to_owned()),
        _ => None,
    };
    Feature { available: reason.is_none(), reason }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn version(text: &str, switches: &[(&str, bool)]) -> Version {
        let features = switches.iter().map(|(name, on)| ((*name).to_owned(), *on)).collect();
        Version { api_version: text.into(), features }
    }

    #[test]
    fn without_a_list_of_paths_the_version_decides() {
        let old = Features::detect(&version("0.9.1", &[]), None);
        assert!(old.mental_models.available && old.directives.available);
        assert!(!old.aliases.available);
        assert!(old.aliases.reason.unwrap().contains("1.1"));
        let new = Features::detect(&version("1.1.0", &[]), None);
        let hindsights = new.all().into_iter().filter(|(name, _)| *name != "as_of");
        assert!(hindsights.into_iter().all(|(_, feature)| feature.available && feature.reason.is_none()));
        assert!(new.as_of.reason.unwrap().contains("engine in this app"));
    }

    #[test]
    fn the_servers_own_paths_win_over_its_version_whatever_their_parameters_are_called() {
        let paths: Paths = serde_json::from_value(json!({"paths": {
            "/v1/default/banks/{id}/aliases": {"get": {}, "post": {}},
            "/v1/default/banks/{id}/clone": {"get": {}},
            "nonsense": 7,
        }}))
        .unwrap();
        let features = Features::detect(&version("0.9.1", &[]), Some(&paths));
        assert!(features.aliases.available);
        assert!(!features.clone.available, "the path is there with another method only");
        assert!(!features.mental_models.available);
    }

    #[test]
    fn what_is_switched_off_says_so() {
        let features =
            Features::detect(&version("1.1.0", &[("llm_trace", false), ("bank_config_api", true)]), None);
        assert!(features.llm_requests.reason.unwrap().contains("switched off"));
        assert!(features.bank_config.available);
    }

    #[test]
    fn a_server_that_says_nothing_offers_nothing_optional() {
        let features = Features::detect(&version("main", &[]), None);
        assert!(features.all().iter().all(|(_, feature)| !feature.available && feature.reason.is_some()));
    }
}
