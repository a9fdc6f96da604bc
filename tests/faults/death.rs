//! Death at every fault point of a turn's life, and at random moments.
//!
//! `REARVIEW_FAULT_ROUNDS` (default 20) says how many deaths there are at fault points, never fewer than
//! one at each, and how many at random moments.

#![expect(clippy::print_stdout, reason = "how many died where is the report of this lane")]

use crate::aftermath::check;
use crate::victim_process::Victim;
use futures_util::{StreamExt, stream};
use rand::Rng;
use rearview_tests::gate::Gate;
use rearview_tests::scripted_memory::{Endpoint, Mood, ScriptedMemory};
use rearview_tests::scripted_provider::{Script, ScriptedProvider};
use serde_json::Value;
use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::ExitStatus;
use std::time::Duration;

/// Victims that live side by side: they wait most of their lives.
const AT_ONCE: usize = 3;

fn rounds() -> usize {
    std::env::var("REARVIEW_FAULT_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(20)
}

/// One life in a fresh folder and its aftermath. Answers how it ended and how often it passed each point.
async fn live(fault: &str) -> (ExitStatus, BTreeMap<String, usize>) {
    let (provider, memory) =
        (ScriptedProvider::start().await.unwrap(), ScriptedMemory::start().await.unwrap());
    provider
        .answer(Script::text("Porto is a good place to live. ").reasoning("Where is that?").in_pieces_of(7));
    let dir = tempfile::tempdir().unwrap();
    let (status, told) = Victim::start(dir.path(), &provider, &memory, fault).ended().await;
    assert!(
        fault.is_empty() || status.success() || status.signal() == Some(6),
        "{fault}: {status}, {told:?}"
    );
    check(dir.path(), &told, &memory).await;
    (status, points(dir.path()))
}

fn points(dir: &Path) -> BTreeMap<String, usize> {
    let mut points = BTreeMap::new();
    for name in std::fs::read_to_string(dir.join("points")).unwrap_or_default().lines() {
        *points.entry(name.to_owned()).or_default() += 1;
    }
    points
}

#[tokio::test]
async fn a_death_at_any_fault_point_loses_nothing_and_stores_nothing_twice() {
    let (status, points) = live("").await;
    assert!(status.success(), "the victim does not live to its end by itself: {status}");
    for name in [
        "store.begin_turn.after_commit",
        "store.append_run.after_commit",
        "store.finish_turn.after_outbox",
        "store.enqueue.after_commit",
        "turn.before_finish",
        "turn.after_finish",
        "outbox.before_send",
        "outbox.after_call",
        "outbox.after_update",
    ] {
        assert!(points.contains_key(name), "the victim's life does not pass `{name}`");
    }
    let deaths = rounds().max(points.len());
    let plan = (0..deaths).map(|death| {
        let (name, hits) = points.iter().nth(death % points.len()).unwrap();
        // The first time round early and late hits alternate; then all of them have their turn.
        let hit = match death / points.len() {
            0 => 1 + (death % 2) * (hits / 2),
            round => 1 + (round * 7) % hits,
        };
        (name.clone(), hit)
    });
    let lives = stream::iter(plan).map(|(name, hit)| async move {
        let (status, _) = live(&format!("{name}:{hit}")).await;
        if status.signal() == Some(6) || hit == 1 {
            return (name, usize::from(status.signal() == Some(6)));
        }
        // Pieces and questions vary from life to life; the first hit is always there.
        let (status, _) = live(&format!("{name}:1")).await;
        (name, usize::from(status.signal() == Some(6)))
    });
    let mut killed: BTreeMap<String, usize> = BTreeMap::new();
    let mut lives = lives.buffer_unordered(AT_ONCE);
    while let Some((name, deaths)) = lives.next().await {
        *killed.entry(name).or_default() += deaths;
    }
    for (name, deaths) in &killed {
        println!("{deaths:4} deaths at {name}");
    }
    let never: Vec<&String> =
        points.keys().filter(|name| killed.get(*name).is_none_or(|deaths| *deaths == 0)).collect();
    assert!(never.is_empty(), "nobody died at {never:?}");
}

#[tokio::test]
async fn a_kill_at_a_random_moment_of_an_answer_loses_nothing_that_was_shown() {
    let kills = stream::iter(0..rounds()).map(|_| async {
        let (provider, memory) =
            (ScriptedProvider::start().await.unwrap(), ScriptedMemory::start().await.unwrap());
        provider.answer(Script::text("It goes on: ").never_ends());
        let dir = tempfile::tempdir().unwrap();
        let mut victim = Victim::start(dir.path(), &provider, &memory, "");
        let pieces = rand::rng().random_range(1..12);
        assert!(victim.told("shown", pieces).await, "the victim ended by itself");
        wander().await;
        victim.kill();
        let (status, told) = victim.ended().await;
        assert_eq!(status.signal(), Some(9));
        check(dir.path(), &told, &memory).await;
        assert!(memory.documents().len() == 1, "what was said of the answer was not stored");
        told.iter().filter(|line: &&Value| line["did"] == "shown").count()
    });
    let shown: Vec<usize> = kills.buffer_unordered(AT_ONCE).collect().await;
    println!(
        "{} kills while an answer came, {} pieces shown before",
        shown.len(),
        shown.iter().sum::<usize>()
    );
}

#[tokio::test]
async fn a_kill_at_a_random_moment_of_a_retain_stores_it_once() {
    let kills = stream::iter(0..rounds()).map(|round| async move {
        let (provider, memory) =
            (ScriptedProvider::start().await.unwrap(), ScriptedMemory::start().await.unwrap());
        let gate = Gate::new();
        // Before the server has it, after it has it and before it says so, and while it works.
        let (endpoint, mood) = match round % 3 {
            0 => (Endpoint::Retain, Mood::After(gate.clone())),
            1 => (Endpoint::Retain, Mood::DoneThen(gate.clone())),
            _ => (Endpoint::Operation, Mood::After(gate.clone())),
        };
        memory.mood(endpoint, mood);
        let dir = tempfile::tempdir().unwrap();
        let mut victim = Victim::start(dir.path(), &provider, &memory, "");
        assert!(gate.reached().await, "nothing was retained");
        wander().await;
        victim.kill();
        let (status, told) = victim.ended().await;
        assert_eq!(status.signal(), Some(9));
        memory.mood(endpoint, Mood::Well);
        gate.open();
        check(dir.path(), &told, &memory).await;
    });
    let kills: Vec<()> = kills.buffer_unordered(AT_ONCE).collect().await;
    println!("{} kills while something was retained", kills.len());
}

/// A moment more or less, so that death comes anywhere. Nothing depends on how long it is.
async fn wander() {
    let micros = rand::rng().random_range(0..20_000);
    tokio::time::sleep(Duration::from_micros(micros)).await;
}
