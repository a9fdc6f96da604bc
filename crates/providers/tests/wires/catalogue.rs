//! The suite is about all that can be set up: whatever wire and platform a provider of the catalogue has, there is
//! a subject with both. `docs/providers.md` says so of every row.

use crate::subject::{self, Subject};
use rearview_providers::catalogue::{PlatformKind, providers};
use rearview_providers::route::wire_for;
use rearview_providers::{Platform, WireKind};

macro_rules! list {
    ([$($subject:ident)+]) => {
        vec![$(subject::$subject()),+]
    };
}

fn all() -> Vec<Subject> {
    with_every_subject!(list!)
}

fn kind(platform: &Platform) -> PlatformKind {
    match platform {
        Platform::Plain => PlatformKind::Plain,
        Platform::Azure { .. } => PlatformKind::Azure,
        Platform::Vertex { .. } => PlatformKind::Vertex,
        Platform::Bedrock { .. } => PlatformKind::Bedrock,
    }
}

fn is_a_subject(wire: WireKind, platform: PlatformKind) -> bool {
    all().iter().any(|subject| subject.wire == wire && kind(&subject.platform) == platform)
}

#[test]
fn every_wire_and_platform_of_the_catalogue_is_in_the_suite() {
    let rows: Vec<_> = providers().iter().filter(|row| row.offered).collect();
    assert!(rows.len() > 100);
    for row in rows {
        assert!(is_a_subject(row.wire.unwrap(), row.platform), "{}", row.prefix);
    }
}

#[test]
fn every_wire_that_a_model_of_a_platform_routes_to_is_in_the_suite() {
    let models =
        ["gpt-4o", "gpt-5.1-codex", "claude-opus-9", "gemini-9-pro", "meta/llama-9", "mistral-large-9"];
    for row in providers().iter().filter(|row| row.offered) {
        let subject = all().into_iter().find(|subject| kind(&subject.platform) == row.platform).unwrap();
        for model in models {
            let wire = wire_for(row.wire.unwrap(), &subject.platform, Some(&row.prefix), model);
            assert!(is_a_subject(wire, row.platform), "{}/{model}", row.prefix);
        }
    }
}
