//! Every difference between servers that is known and meant, by the test that shows it.
//!
//! A listed test must fail on that server: a difference that is gone has to leave the list. Called by
//! `each_server` for each test.

use crate::subject::{Subject, Which};
use futures_util::FutureExt as _;
use std::panic::AssertUnwindSafe;

/// A difference that is meant.
pub struct Difference {
    /// The server that differs.
    pub on: Which,
    /// The test, as `api::retain::its_name`.
    pub test: &'static str,
    /// Why it differs.
    pub why: &'static str,
}

/// All of them.
const DIFFERENCES: &[Difference] = &[
    Difference {
        on: Which::Embedded,
        test: "api::retain::a_time_is_kept_to_the_microsecond",
        why: "the engine keeps times to the millisecond, which is finer than any message is dated",
    },
    Difference {
        on: Which::Embedded,
        test: "client::server::every_feature_that_the_client_knows_is_found_by_its_path_or_is_switched_off",
        why: "knowledge bases, webhooks and files are left to a real server; their paths answer 404",
    },
];

/// Runs a test on a server: it passes, or it is listed here and fails.
pub async fn run<F: Future<Output = ()>>(which: Which, module: &str, test: impl FnOnce(Subject) -> F) {
    let name = module.split_once("::").map_or(module, |(_, name)| name);
    let subject = Subject::of(which).await;
    let Some(known) = DIFFERENCES.iter().find(|known| known.on == which && known.test == name) else {
        return test(subject).await;
    };
    let result = AssertUnwindSafe(test(subject)).catch_unwind().await;
    assert!(result.is_err(), "`{name}` is listed as a difference ({}) and passes now", known.why);
}
