//! The files of this repository as the rules see them: without what was built or installed.
//! Called by the rules beside it; knows no rule.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Folders that are made by tools and hold other people's names.
const MADE: [&str; 6] = [".git", "target", "node_modules", "dist", "gen", "results"];

/// The repository's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests have a folder of their own").to_owned()
}

/// Every file below `folder` (relative to the root), as paths relative to the root, in a stable order.
pub fn files(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![root().join(folder)];
    while let Some(this) = waiting.pop() {
        for entry in fs::read_dir(&this).unwrap_or_else(|e| panic!("list {}: {e}", this.display())) {
            let entry = entry.expect("a folder entry can be read");
            let name = entry.file_name();
            let kind = entry.file_type().expect("a folder entry has a kind");
            if kind.is_dir() && !MADE.iter().any(|made| name == *made) {
                waiting.push(entry.path());
            } else if kind.is_file() {
                found
                    .push(entry.path().strip_prefix(root()).expect("it was found below the root").to_owned());
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "a rule about `{folder}` must have something to look at");
    found
}

/// The files below `folder` whose name ends in one of `extensions`, with their text.
pub fn sources(folder: &str, extensions: &[&str]) -> Vec<(PathBuf, String)> {
    let wanted = |path: &PathBuf| path.extension().is_some_and(|e| extensions.iter().any(|x| e == *x));
    files(folder).into_iter().filter(wanted).map(|path| (path.clone(), text(&path))).collect()
}

/// The text of one file, by its path relative to the root.
pub fn text(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|e| panic!("read {}: {e}", path.display()))
}
