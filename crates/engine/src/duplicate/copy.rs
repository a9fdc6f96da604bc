//! The steps of a clone, each a few short transactions, so that others can write between them.
//!
//! Memories get new ids. `clone_map` remembers which old memory became which new one until the clone is done;
//! documents, chunks and entities find each other by what is unique in a bank.

use super::Plan;
use crate::db::Write;
use crate::error::{Result, during};
use crate::time::now_ms;
use crate::work::Job;
use rearview_domain::fault;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;

/// Documents, and memories, of one transaction.
const DOCUMENTS: usize = 100;
const UNITS: usize = 500;
/// A random UUID of version 4, in SQL.
const UUID: &str = "lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) \
    || '-a' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))";
const ACTION: &str = "clone a bank";

/// What was copied.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) documents: usize,
    pub(super) facts: i64,
    pub(super) observations: i64,
    pub(super) invalidated: i64,
    pub(super) models: u64,
    pub(super) model_history: u64,
    pub(super) directives: u64,
    pub(super) history: u64,
}

/// A clone under way: the new bank has no. `target`.
pub(super) struct Copy<'a> {
    job: &'a Job,
    pub(super) target: i64,
}

impl<'a> Copy<'a> {
    /// Makes the hidden bank.
    pub(super) async fn begin(job: &'a Job, plan: &Plan, hidden: &str) -> Result<Self> {
        let mut write = job.engine.write().await?;
        let target: i64 = sqlx::query_scalar(
            "INSERT INTO bank (id, name, config, embed_model, created_at, updated_at, last_write_at, last_document_at, \
             last_consolidated_at) SELECT ?2, CASE WHEN ?3 THEN name END, CASE WHEN ?3 THEN config ELSE '{}' END, \
             embed_model, ?5, ?5, CASE WHEN ?4 THEN last_write_at END, CASE WHEN ?4 THEN last_document_at END, \
             CASE WHEN ?4 THEN last_consolidated_at END FROM bank WHERE no = ?1 RETURNING no",
        )
        .bind(job.bank.no)
        .bind(hidden)
        .bind(plan.include_bank_config)
        .bind(plan.include_data)
        .bind(now_ms())
        .fetch_one(write.sql())
        .await
        .map_err(during(ACTION))?;
        write.make_keywords(target).await?;
        write.commit().await?;
        Ok(Self { job, target })
    }

    /// One statement, in which ?1 is the new bank, ?2 the old one and ?3 a JSON list. How many rows it wrote.
    async fn run(&self, write: &mut Write<'_>, sql: &str, list: &Value) -> Result<u64> {
        let done = sqlx::query(AssertSqlSafe(sql.to_owned()))
            .bind(self.target)
            .bind(self.job.bank.no)
            .bind(list.to_string())
            .execute(write.sql())
            .await
            .map_err(during(ACTION))?;
        Ok(done.rows_affected())
    }

    /// As [`Copy::run`], in a transaction of its own.
    async fn run_alone(&self, sql: &str) -> Result<u64> {
        let mut write = self.job.engine.write().await?;
        let rows = self.run(&mut write, sql, &json!([])).await?;
        write.commit().await?;
        Ok(rows)
    }

    /// The old bank's rows of a table.
    async fn numbers(&self, sql: &'static str) -> Result<Vec<i64>> {
        sqlx::query_scalar(sql)
            .bind(self.job.bank.no)
            .fetch_all(self.job.engine.read())
            .await
            .map_err(during(ACTION))
    }

    pub(super) async fn documents(&self, counts: &mut Counts) -> Result<()> {
        let all = self.numbers("SELECT no FROM document WHERE bank = ?1 ORDER BY no").await?;
        for batch in all.chunks(DOCUMENTS) {
            self.job.progress("documents", counts.documents, all.len()).await?;
            let mut write = self.job.engine.write().await?;
            let columns = "id, hash, text, text_length, context, tags, metadata, retain_params, observation_scopes, \
                           mentioned_at, created_at, updated_at";
            let list = json!(batch);
            self.run(
                &mut write,
                &format!(
                    "INSERT INTO document (bank, {columns}) SELECT ?1, {columns} FROM document WHERE bank = ?2 \
                     AND no IN (SELECT value FROM json_each(?3)) ORDER BY no"
                ),
                &list,
            )
            .await?;
            self.run(
                &mut write,
                "INSERT INTO chunk (document, idx, hash, text, state, created_at) \
                 SELECT nd.no, c.idx, c.hash, c.text, c.state, c.created_at FROM json_each(?3) j \
                 CROSS JOIN document od ON od.no = j.value AND od.bank = ?2 JOIN chunk c ON c.document = od.no \
                 JOIN document nd ON nd.bank = ?1 AND nd.id = od.id ORDER BY c.no",
                &list,
            )
            .await?;
            write.commit().await?;
            counts.documents += batch.len();
        }
        Ok(())
    }

    pub(super) async fn entities(&self) -> Result<()> {
        self.run_alone(&format!(
            "INSERT INTO entity (id, bank, name, norm, kind, metadata, first_seen, last_seen, created_at) \
             SELECT {UUID}, ?1, name, norm, kind, metadata, first_seen, last_seen, created_at FROM entity \
             WHERE bank = ?2 ORDER BY no"
        ))
        .await?;
        self.run_alone(
            "INSERT INTO entity_alias (bank, norm, entity) SELECT ?1, a.norm, ne.no FROM entity_alias a \
             JOIN entity oe ON oe.no = a.entity JOIN entity ne ON ne.bank = ?1 AND ne.norm = oe.norm WHERE a.bank = ?2",
        )
        .await?;
        Ok(())
    }

    pub(super) async fn units(&self, counts: &mut Counts) -> Result<()> {
        let all = self.numbers("SELECT no FROM unit WHERE bank = ?1 ORDER BY no").await?;
        for (n, batch) in all.chunks(UNITS).enumerate() {
            self.job.progress("memories", n * UNITS, all.len()).await?;
            let mut write = self.job.engine.write().await?;
            self.unit_batch(&mut write, &json!(batch)).await?;
            fault::point("engine.duplicate.units");
            write.commit().await?;
        }
        let (facts, observations, invalidated): (i64, i64, i64) = sqlx::query_as(
            "SELECT coalesce(sum(kind < 3 AND state = 0), 0), coalesce(sum(kind = 3), 0), coalesce(sum(state = 1), 0) \
             FROM unit WHERE bank = ?1",
        )
        .bind(self.target)
        .fetch_one(self.job.engine.read())
        .await
        .map_err(during(ACTION))?;
        (counts.facts, counts.observations, counts.invalidated) = (facts, observations, invalidated);
        Ok(())
    }

    async fn unit_batch(&self, write: &mut Write<'_>, list: &Value) -> Result<()> {
        let columns = "kind, text, context, ord, occurred_start, occurred_end, mentioned_at, event_at, tokens, proof, \
                       tags, metadata, observation_scopes, origin, state, invalidation_reason, invalidated_at, \
                       consolidated_at, consolidation_failed_at, edited_at, created_at, updated_at";
        let of_old =
            columns.split(',').map(|column| format!("u.{}", column.trim())).collect::<Vec<_>>().join(", ");
        for sql in [
            format!(
                "INSERT INTO clone_map (target, old, id) SELECT ?1, u.no, {UUID} FROM unit u WHERE u.bank = ?2 \
                 AND u.no IN (SELECT value FROM json_each(?3))"
            ),
            format!(
                "INSERT INTO unit (id, bank, document, chunk, {columns}) SELECT m.id, ?1, nd.no, nc.no, {of_old} \
                 FROM json_each(?3) j CROSS JOIN clone_map m ON m.target = ?1 AND m.old = j.value \
                 JOIN unit u ON u.no = m.old LEFT JOIN document od ON od.no = u.document \
                 LEFT JOIN document nd ON nd.bank = ?1 AND nd.id = od.id LEFT JOIN chunk oc ON oc.no = u.chunk \
                 LEFT JOIN chunk nc ON nc.document = nd.no AND nc.idx = oc.idx \
                 WHERE (u.document IS NULL OR nd.no IS NOT NULL) GROUP BY m.old ORDER BY m.old"
            ),
            "UPDATE clone_map SET new = (SELECT no FROM unit WHERE id = clone_map.id) WHERE target = ?1 \
             AND old IN (SELECT value FROM json_each(?3))"
                .to_owned(),
            "INSERT INTO vector (unit, v) SELECT m.new, v.v FROM json_each(?3) j \
             CROSS JOIN clone_map m ON m.target = ?1 AND m.old = j.value JOIN vector v ON v.unit = m.old \
             WHERE m.new IS NOT NULL"
                .to_owned(),
            "INSERT INTO unit_entity (unit, entity) SELECT m.new, ne.no FROM json_each(?3) j \
             CROSS JOIN clone_map m ON m.target = ?1 AND m.old = j.value JOIN unit_entity ue ON ue.unit = m.old \
             JOIN entity oe ON oe.no = ue.entity JOIN entity ne ON ne.bank = ?1 AND ne.norm = oe.norm \
             WHERE m.new IS NOT NULL"
                .to_owned(),
        ] {
            self.run(write, &sql, list).await?;
        }
        let made: Vec<i64> = sqlx::query_scalar(
            "SELECT m.new FROM json_each(?2) j CROSS JOIN clone_map m ON m.target = ?1 AND m.old = j.value \
             WHERE m.new IS NOT NULL",
        )
        .bind(self.target)
        .bind(list.to_string())
        .fetch_all(write.sql())
        .await
        .map_err(during(ACTION))?;
        for unit in made {
            write.touch(self.target, unit);
        }
        Ok(())
    }

    /// What stands between memories, and their earlier versions.
    pub(super) async fn ties(&self) -> Result<()> {
        self.job.progress("links", 0, 0).await?;
        let pair = "JOIN clone_map b ON b.target = ?1 AND b.new IS NOT NULL AND b.old =";
        let from = "FROM clone_map a JOIN";
        for sql in [
            format!(
                "INSERT INTO link (src, dst, kind, weight) SELECT a.new, b.new, l.kind, l.weight {from} link l \
                 ON l.src = a.old {pair} l.dst WHERE a.target = ?1 AND a.new IS NOT NULL"
            ),
            format!(
                "INSERT INTO source (observation, unit) SELECT a.new, b.new {from} source s ON s.observation = a.old \
                 {pair} s.unit WHERE a.target = ?1 AND a.new IS NOT NULL"
            ),
            "INSERT OR IGNORE INTO said_again (unit, chunk) SELECT a.new, nc.no FROM clone_map a \
             JOIN said_again s ON s.unit = a.old JOIN chunk oc ON oc.no = s.chunk \
             JOIN document od ON od.no = oc.document JOIN document nd ON nd.bank = ?1 AND nd.id = od.id \
             JOIN chunk nc ON nc.document = nd.no AND nc.idx = oc.idx WHERE a.target = ?1 AND a.new IS NOT NULL"
                .to_owned(),
            "INSERT INTO history (bank, unit_id, version, stood_from, stood_to, change, new_sources) \
             SELECT ?1, m.id, h.version, h.stood_from, h.stood_to, h.change, h.new_sources FROM clone_map m \
             JOIN unit u ON u.no = m.old JOIN history h ON h.bank = ?2 AND h.unit_id = u.id \
             WHERE m.target = ?1 AND m.new IS NOT NULL ORDER BY h.no"
                .to_owned(),
            "INSERT INTO document_event (bank, document_id, kind, operation_id, fact_id, detail, created_at) \
             SELECT ?1, e.document_id, e.kind, e.operation_id, coalesce(m.id, e.fact_id), e.detail, e.created_at \
             FROM document_event e LEFT JOIN unit u ON u.id = e.fact_id \
             LEFT JOIN clone_map m ON m.target = ?1 AND m.old = u.no WHERE e.bank = ?2 ORDER BY e.no"
                .to_owned(),
        ] {
            self.run_alone(&sql).await?;
        }
        Ok(())
    }

    pub(super) async fn models(&self, counts: &mut Counts) -> Result<()> {
        let columns = "id, name, source_query, content, tags, max_tokens, trigger_options, reflect_response, vector, \
                       last_refreshed_at, last_full_refreshed_at, last_memory_seen_at, last_refresh_failed_at, \
                       created_at, updated_at";
        counts.models = self
            .run_alone(&format!(
                "INSERT INTO mental_model (bank, {columns}) SELECT ?1, {columns} FROM mental_model WHERE bank = ?2"
            ))
            .await?;
        counts.model_history = self
            .run_alone(
                "INSERT INTO mental_model_history (bank, model_id, entry, changed_at) \
                 SELECT ?1, model_id, entry, changed_at FROM mental_model_history WHERE bank = ?2 ORDER BY no",
            )
            .await?;
        Ok(())
    }

    pub(super) async fn directives(&self, counts: &mut Counts) -> Result<()> {
        let columns = "name, content, priority, is_active, tags, created_at, updated_at";
        counts.directives = self
            .run_alone(&format!(
                "INSERT INTO directive (id, bank, {columns}) SELECT {UUID}, ?1, {columns} FROM directive WHERE bank = ?2"
            ))
            .await?;
        Ok(())
    }

    /// The audit log and the requests to models.
    pub(super) async fn logs(&self, counts: &mut Counts) -> Result<()> {
        let audit = "action, transport, request, response, metadata, started_at, ended_at";
        let requests = "operation, scope, trace_id, provider, model, status, input, output, error, llm_info, metadata, \
                        input_tokens, output_tokens, cached_tokens, thoughts_tokens, started_at, ended_at, duration_ms";
        for (table, columns) in [("audit", audit), ("llm_request", requests)] {
            counts.history += self
                .run_alone(&format!(
                    "INSERT INTO {table} (id, bank, {columns}) SELECT {UUID}, ?1, {columns} FROM {table} WHERE bank = ?2"
                ))
                .await?;
        }
        Ok(())
    }
}
