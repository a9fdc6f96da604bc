//! Who may depend on whom. The rule itself stands in the root manifest, in the comment with the arrows;
//! here it is held against what `cargo metadata` says. Features and versions are cargo's own business.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    process::Command,
};

use serde_json::Value;

use crate::tree;

/// One member of the workspace.
struct Member {
    /// Its folder's last part: the name that the root manifest's comment uses.
    folder: String,
    description: String,
    /// Package name and kind of each dependency; kind is `normal`, `dev` or `build`.
    dependencies: Vec<(String, String)>,
}

impl Member {
    fn depends_on(&self, kinds: &[&str]) -> impl Iterator<Item = &str> {
        self.dependencies
            .iter()
            .filter(|(_, kind)| kinds.contains(&kind.as_str()))
            .map(|(name, _)| name.as_str())
    }
}

/// All members by package name.
fn members() -> BTreeMap<String, Member> {
    let answer = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(tree::root())
        .output()
        .expect("cargo starts");
    assert!(answer.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&answer.stderr));
    let metadata: Value = serde_json::from_slice(&answer.stdout).expect("cargo metadata speaks JSON");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let packages = metadata["packages"].as_array().expect("there are packages");
    let member = |package: &Value| {
        let manifest = text(&package["manifest_path"]);
        let folder =
            Path::new(&manifest).parent().and_then(Path::file_name).expect("a manifest has a folder");
        let dependency = |d: &Value| (text(&d["name"]), d["kind"].as_str().unwrap_or("normal").to_owned());
        Member {
            folder: folder.to_string_lossy().into_owned(),
            description: text(&package["description"]),
            dependencies: package["dependencies"].as_array().into_iter().flatten().map(dependency).collect(),
        }
    };
    packages.iter().map(|package| (text(&package["name"]), member(package))).collect()
}

/// Each folder's place in the row of arrows of the root manifest: a lower number may be depended upon.
fn places() -> BTreeMap<String, usize> {
    let manifest = tree::text("Cargo.toml");
    let row =
        manifest.lines().find(|line| line.starts_with('#') && line.contains("<-")).expect("a row of arrows");
    let groups = row.trim_start_matches('#').split("<-").enumerate();
    groups
        .flat_map(|(place, group)| group.split(',').map(move |name| (name.trim().to_owned(), place)))
        .collect()
}

/// The package names of what ends up in the app: `rearview` and the members behind it.
fn shipped(members: &BTreeMap<String, Member>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut waiting = vec!["rearview".to_owned()];
    while let Some(name) = waiting.pop() {
        let behind = members[&name].depends_on(&["normal", "build"]);
        waiting.extend(behind.filter(|name| members.contains_key(*name)).map(str::to_owned));
        found.insert(name);
    }
    found
}

#[test]
fn every_member_stands_in_the_row_of_arrows() {
    let places = places();
    for member in members().values() {
        assert!(places.contains_key(&member.folder), "say in Cargo.toml where `{}` stands", member.folder);
    }
}

#[test]
fn dependencies_point_along_the_arrows_only_and_siblings_never_see_each_other() {
    let (members, places) = (members(), places());
    let place = |member: &Member| places.get(&member.folder).copied().unwrap_or_default();
    for member in members.values() {
        for other in member.depends_on(&["normal", "dev", "build"]).filter_map(|name| members.get(name)) {
            assert!(
                place(other) < place(member),
                "`{}` must not depend on `{}`",
                member.folder,
                other.folder
            );
        }
    }
}

#[test]
fn tauri_stands_in_one_manifest_only() {
    let members = members();
    let uses_tauri = |member: &&Member| {
        member
            .depends_on(&["normal", "dev", "build"])
            .any(|name| name == "tauri" || name.starts_with("tauri-"))
    };
    let users: Vec<&str> = members.values().filter(uses_tauri).map(|member| member.folder.as_str()).collect();
    assert_eq!(users, ["src-tauri"]);
}

#[test]
fn only_the_engine_serves_http_in_what_ships() {
    let members = members();
    let serves = |name: &String| {
        members[name].depends_on(&["normal", "build"]).any(|dependency| dependency.starts_with("axum"))
    };
    let serving: Vec<String> = shipped(&members).into_iter().filter(|name| serves(name)).collect();
    assert_eq!(serving, ["rearview-engine"]);
}

#[test]
fn the_engine_knows_nothing_of_the_app_but_its_words() {
    let members = members();
    let known: Vec<&str> = members["rearview-engine"]
        .depends_on(&["normal", "dev", "build"])
        .filter(|name| members.contains_key(*name))
        .collect();
    assert_eq!(known, ["rearview-domain", "rearview-encoder"]);
}

#[test]
fn the_harness_and_the_tests_do_not_ship() {
    let shipped = shipped(&members());
    assert!(shipped.contains("rearview-api"), "the walk must reach what ships, or this test cannot fail");
    assert!(!shipped.contains("rearview-harness"));
    assert!(!shipped.contains("rearview-tests"));
}

#[test]
fn the_window_has_no_plugin_that_opens_the_machine_to_the_page() {
    let members = members();
    let plugins = ["tauri-plugin-shell", "tauri-plugin-fs", "tauri-plugin-http", "tauri-plugin-process"];
    let found: Vec<&str> =
        members["rearview"].depends_on(&["normal"]).filter(|name| plugins.contains(name)).collect();
    assert_eq!(found, Vec::<&str>::new());
}

#[test]
fn each_description_is_the_sentence_beside_the_member() {
    let manifest = tree::text("Cargo.toml");
    for member in members().values() {
        let line = manifest.lines().find(|line| {
            let path = line.trim_start().strip_prefix('"').and_then(|rest| rest.split_once('"'));
            path.is_some_and(|(path, _)| path.rsplit('/').next() == Some(member.folder.as_str()))
        });
        let sentence = line.and_then(|line| line.split_once('#')).map(|(_, sentence)| sentence.trim());
        assert_eq!(sentence, Some(member.description.as_str()), "of `{}`", member.folder);
    }
}

#[test]
fn the_glue_stays_small() {
    let lines: usize =
        tree::sources("src-tauri/src", &["rs"]).iter().map(|(_, text)| text.lines().count()).sum();
    assert!(lines < 2_000, "src-tauri/src has {lines} lines; what is not glue belongs in a crate");
}

#[test]
fn no_file_has_a_name_that_says_nothing() {
    let empty = ["util", "utils", "common", "helper", "helpers", "manager", "service", "services", "misc"];
    for path in tree::files("") {
        for part in path.iter() {
            let stem = Path::new(part).file_stem().unwrap_or(part).to_string_lossy().to_lowercase();
            assert!(!empty.contains(&stem.as_str()), "`{}`: name it after what it holds", path.display());
        }
    }
}
