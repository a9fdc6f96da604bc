//! Death of the memory engine at every fault point of its life, and at random moments.
//!
//! `REARVIEW_FAULT_ROUNDS` (default 20) says how many deaths there are at random fault points, after one at each.

#![expect(clippy::print_stdout, reason = "how many died where is the report of this lane")]

use crate::engine_aftermath::check;
use crate::engine_life::{Ledger, live};
use crate::engine_process::EngineProcess;
use futures_util::{StreamExt, stream};
use rand::Rng;
use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

/// Engines that live side by side.
const AT_ONCE: usize = 2;

fn rounds() -> usize {
    std::env::var("REARVIEW_FAULT_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(20)
}

/// How a life ends.
#[derive(Clone, Debug)]
enum End {
    /// By itself.
    Never,
    /// At this hit of this point.
    At(String, usize),
    /// After so long, whatever it is doing.
    After(Duration),
}

/// One life in a fresh folder and its aftermath. Whether it died, and how often it passed each point.
async fn life(end: &End) -> (bool, BTreeMap<String, usize>) {
    let dir = tempfile::tempdir().unwrap();
    let fault = match end {
        End::At(name, hit) => format!("{name}:{hit}"),
        _ => String::new(),
    };
    let mut ledger = Ledger::default();
    let died = match EngineProcess::start(dir.path(), &fault).await {
        Err((_, status)) => Some(status),
        Ok(mut engine) => {
            let door = engine.door();
            let killed = match end {
                End::After(moment) => tokio::time::timeout(*moment, live(&door, &mut ledger)).await,
                _ => Ok(live(&door, &mut ledger).await),
            };
            match killed {
                Ok(Ok(())) => {
                    engine.end().await;
                    None
                }
                Ok(Err(_)) => Some(engine.dead().await),
                Err(_) => {
                    engine.kill();
                    Some(engine.dead().await)
                }
            }
        }
    };
    if let Some(status) = died {
        let wanted = if matches!(end, End::After(_)) { 9 } else { 6 };
        assert_eq!(status.signal(), Some(wanted), "{end:?}: {status}");
    }
    let points = points(dir.path());
    let Ok(engine) = EngineProcess::start(dir.path(), "").await else {
        panic!("{end:?}: it does not start again")
    };
    check(&engine.door(), &ledger).await;
    engine.end().await;
    (died.is_some(), points)
}

fn points(dir: &std::path::Path) -> BTreeMap<String, usize> {
    let mut points = BTreeMap::new();
    for name in std::fs::read_to_string(dir.join("points")).unwrap_or_default().lines() {
        *points.entry(name.to_owned()).or_default() += 1;
    }
    points
}

#[tokio::test]
async fn a_death_of_the_engine_at_any_fault_point_loses_nothing_and_keeps_nothing_twice() {
    let (died, points) = life(&End::Never).await;
    assert!(!died, "the engine does not live to the end of its work");
    for name in [
        "engine.commit.before",
        "engine.commit.after",
        "engine.consolidation.commit",
        "engine.curate.encoded",
        "engine.curate.written",
        "engine.curate.delete_bank",
        "engine.curate.delete_all",
        "engine.curate.delete_kind",
        "engine.document.before_delete",
        "engine.duplicate.before_rename",
        "engine.duplicate.units",
        "engine.llm.before",
        "engine.llm.after",
        "engine.mental_model.refresh",
        "engine.migrate.before",
        "engine.operation.before",
        "engine.operation.after",
        "engine.retain.before_text",
        "engine.retain.after_text",
        "engine.retain.before_facts",
        "engine.retain.after_facts",
    ] {
        assert!(points.contains_key(name), "the engine's life does not pass `{name}`");
    }
    let mut plan: Vec<End> = points.keys().map(|name| End::At(name.clone(), 1)).collect();
    for _ in 0..rounds() {
        let all: usize = points.values().sum();
        let mut nth = rand::rng().random_range(0..all);
        for (name, hits) in &points {
            if nth < *hits {
                plan.push(End::At(name.clone(), nth + 1));
                break;
            }
            nth -= hits;
        }
    }
    let named = points.len();
    let lives = stream::iter(plan.into_iter().enumerate()).map(|(nth, end)| async move {
        let (died, _) = life(&end).await;
        // Hits vary a little from life to life; the first of each point is always there.
        assert!(died || nth >= named, "nobody died at {end:?}");
        let End::At(name, _) = end else { return None };
        died.then_some(name)
    });
    let names: Vec<Option<String>> = lives.buffer_unordered(AT_ONCE).collect().await;
    let mut deaths: BTreeMap<String, usize> = BTreeMap::new();
    names.iter().flatten().for_each(|name| *deaths.entry(name.clone()).or_default() += 1);
    for (name, deaths) in &deaths {
        println!("{deaths:4} deaths of the engine at {name}");
    }
    println!("{} rounds, {} deaths, nothing lost", names.len(), deaths.values().sum::<usize>());
}

#[tokio::test]
async fn a_kill_of_the_engine_at_a_random_moment_loses_nothing_and_keeps_nothing_twice() {
    let began = std::time::Instant::now();
    life(&End::Never).await;
    let long = began.elapsed();
    let kills = stream::iter(0..rounds()).map(|_| async move {
        // Nothing depends on how long it is: death may come anywhere.
        let moment = long.mul_f64(rand::rng().random_range(0.0..0.7));
        usize::from(life(&End::After(moment)).await.0)
    });
    let kills: Vec<usize> = kills.buffer_unordered(AT_ONCE).collect().await;
    println!("{} rounds, {} kills at random moments, nothing lost", kills.len(), kills.iter().sum::<usize>());
}
