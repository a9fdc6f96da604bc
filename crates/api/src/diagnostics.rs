//! "Copy diagnostics": what a bug report needs and nothing that is private. No message, no memory, no
//! key, no address beyond its host; log lines are scrubbed of everything that looks like a key.

use crate::app::App;
use crate::logging::PREFIX;
use std::fmt::Write as _;
use std::path::Path;

/// Lines of the newest log that go along.
const LOG_LINES: usize = 200;

/// The text.
pub async fn text(app: &App) -> String {
    let inner = &app.0;
    let mut text = String::new();
    let _ = writeln!(
        text,
        "Rearview {} on {} {}",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH
    );
    let _ = writeln!(text, "started {}", inner.started_at.0);
    let _ = writeln!(
        text,
        "keys: {:?} {}",
        inner.secret_status.kind,
        inner.secret_status.why.as_deref().unwrap_or("")
    );
    for provider in inner.setup.providers() {
        let _ = writeln!(
            text,
            "provider {} ({:?}) at {}",
            provider.id,
            provider.wire,
            host_of(&provider.base_url)
        );
    }
    for server in inner.setup.servers() {
        let health = inner.clients.health(&server.id).map(|health| match health.error {
            None => "answered well".to_owned(),
            Some(error) => format!("{:?}", error.code),
        });
        let health = health.unwrap_or_else(|| "not asked yet".to_owned());
        let _ = writeln!(text, "memory server {} at {}: {health}", server.id, host_of(&server.base_url));
    }
    match inner.store.outbox_counts().await {
        Ok(counts) => {
            let _ = writeln!(
                text,
                "outbox: {} queued, {} sent, {} failed",
                counts.queued, counts.sent, counts.failed
            );
        }
        Err(error) => {
            let _ = writeln!(text, "outbox: {error}");
        }
    }
    if let Ok(disk) = inner.store.disk_use() {
        let _ = writeln!(
            text,
            "disk: chats {} B, records {} B, backups {} B",
            disk.app, disk.records, disk.backups
        );
    }
    let _ = writeln!(text, "\nlast log lines:");
    for line in last_lines(&inner.config.log_dir) {
        let _ = writeln!(text, "{}", scrub(&line));
    }
    text
}

fn host_of(url: &str) -> String {
    url::Url::parse(url)
        .ok()
        .and_then(|url| url.host_str().map(str::to_owned))
        .unwrap_or_else(|| "-".to_owned())
}

fn last_lines(dir: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(dir) else { return Vec::new() };
    let newest = entries
        .filter_map(Result::ok)
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX))
        .max_by_key(std::fs::DirEntry::file_name);
    let Some(text) = newest.and_then(|entry| std::fs::read_to_string(entry.path()).ok()) else {
        return Vec::new();
    };
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LOG_LINES)..].iter().map(|line| (*line).to_owned()).collect()
}

/// Replaces everything that looks like a key: known prefixes, and what follows `Bearer`.
pub(crate) fn scrub(line: &str) -> String {
    const PREFIXES: &[&str] = &["sk-", "sk_", "hsk_", "gsk_", "AIza", "ghp_", "xai-"];
    let mut after_bearer = false;
    line.split_inclusive(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | '=' | '(' | ')'))
        .map(|piece| {
            let word = piece.trim_end_matches(|c: char| c.is_whitespace() || "\"',=()".contains(c));
            let secret = !word.is_empty()
                && (after_bearer
                    || PREFIXES
                        .iter()
                        .any(|prefix| word.starts_with(prefix) && word.len() > prefix.len() + 4));
            after_bearer = word.eq_ignore_ascii_case("bearer") || (after_bearer && word.is_empty());
            if secret { format!("•••{}", &piece[word.len()..]) } else { piece.to_owned() }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::scrub;

    #[test]
    fn what_looks_like_a_key_is_replaced() {
        assert_eq!(scrub("key=sk-abcdef123 ok"), "key=••• ok");
        assert_eq!(scrub("Authorization: Bearer abcdef"), "Authorization: Bearer •••");
        assert!(!scrub(r#"{"k":"hsk_1234567"}"#).contains("1234567"));
        assert_eq!(scrub("a task-list and sk- alone"), "a task-list and sk- alone");
    }
}
