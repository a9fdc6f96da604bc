//! Counts of a bank, and memories over time.

use super::read::Params;
use crate::bank;
use crate::engine::Engine;
use crate::error::Result;
use crate::listing::stats;
use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::Value;

pub(super) fn routes() -> Router<Engine> {
    Router::new()
        .route("/v1/default/banks/{bank}/stats", get(counts))
        .route("/v1/default/banks/{bank}/stats/memories-timeseries", get(over_time))
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "counts are never kept, so there is nothing to refresh; the name is known")]
struct Counts {
    #[serde(default)]
    refresh: bool,
}

async fn counts(
    State(engine): State<Engine>,
    Path(id): Path<String>,
    Params(_): Params<Counts>,
) -> Result<Json<Value>> {
    let bank = bank::find(engine.read(), &id).await?;
    Ok(Json(stats::counts(engine.read(), &bank).await?))
}

#[derive(Deserialize)]
struct OverTime {
    #[serde(default)]
    period: String,
    #[serde(default)]
    time_field: String,
}

async fn over_time(
    State(engine): State<Engine>,
    Path(id): Path<String>,
    Params(asked): Params<OverTime>,
) -> Result<Json<Value>> {
    let bank = bank::find(engine.read(), &id).await?;
    Ok(Json(stats::over_time(engine.read(), &bank, &asked.period, &asked.time_field).await?))
}

#[cfg(test)]
mod tests {
    use crate::engine::testing::Fresh;
    use crate::listing::given::{fact, observed, put};
    use crate::time::now_ms;
    use crate::unit::{Kind, NewUnit};
    use serde_json::json;

    const PATH: &str = "/v1/default/banks/b/stats";

    #[tokio::test]
    async fn everything_is_counted_as_it_is_now() {
        let fresh = Fresh::open().await;
        let said = NewUnit { kind: Kind::Experience, ..fact("I advised Bob.") };
        let numbers = put(&fresh, vec![(fact("Ana sails."), &[]), (said, &[])]).await;
        observed(&fresh, "Ana is a sailor.", &numbers[..1]).await;
        let stats = fresh.ok("GET", &format!("{PATH}?refresh=true"), None).await;
        assert_eq!(stats["nodes_by_fact_type"], json!({"world": 1, "experience": 1, "observation": 1}));
        let named = ["total_nodes", "total_observations", "pending_consolidation", "failed_consolidation"];
        assert_eq!(named.map(|name| stats[name].as_i64().unwrap()), [3, 1, 1, 0]);
        assert_eq!(fresh.ask("GET", "/v1/default/banks/none/stats", None).await.0, 404);
    }

    #[tokio::test]
    async fn each_period_is_filled_with_zeros_and_ends_with_the_running_bucket() {
        let fresh = Fresh::open().await;
        put(&fresh, vec![(NewUnit { created_at: now_ms(), ..fact("x") }, &[])]).await;
        for (period, trunc, buckets) in [
            ("1h", "minute", 60),
            ("12h", "hour", 12),
            ("1d", "hour", 24),
            ("bad", "day", 7),
            ("90d", "day", 90),
        ] {
            let path = format!("{PATH}/memories-timeseries?period={period}");
            let series = fresh.ok("GET", &path, None).await;
            let found = series["buckets"].as_array().unwrap();
            assert_eq!((series["trunc"].as_str(), found.len()), (Some(trunc), buckets), "{period}");
            let counted: i64 = found.iter().map(|bucket| bucket["world"].as_i64().unwrap()).sum();
            assert_eq!(counted, 1, "{period}");
        }
        let said =
            fresh.ok("GET", &format!("{PATH}/memories-timeseries?time_field=mentioned_at"), None).await;
        assert!(said["buckets"].as_array().unwrap().iter().all(|bucket| bucket["world"] == 0), "{said}");
    }
}
