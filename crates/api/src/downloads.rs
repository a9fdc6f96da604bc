//! Where files go that a person asked for: the Downloads folder, else the home folder. Everything that writes
//! such a file (templates, archives, exports) takes its path from here, so that nothing is ever overwritten and
//! no name leads elsewhere.

use rearview_domain::{Error, ErrorCode};
use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Longest name in bytes; file systems take 255, and a number may be added.
const LONGEST: usize = 180;
/// How many files of one name may stand side by side.
const MOST: u32 = 10_000;

/// The folder: the one that was decided for this run, else the person's Downloads folder, else home.
///
/// # Errors
/// `NotConfigured` when the system names none of them.
pub fn folder(decided: Option<&Path>) -> Result<PathBuf, Error> {
    let found = decided.map(Path::to_owned).or_else(dirs::download_dir).or_else(dirs::home_dir);
    found.ok_or_else(|| {
        Error::new(ErrorCode::NotConfigured, "This system names no Downloads folder and no home folder.")
            .hint("Set HOME and start Rearview again.")
    })
}

/// Makes a new, empty file in the folder, with a number before the extension when the name is taken. Answers the
/// open file and its path. Call it where blocking is allowed.
///
/// # Errors
/// `DiskFull`, `PermissionDenied`, or `Internal` with the system's words.
pub fn create(folder: &Path, name: &str) -> Result<(File, PathBuf), Error> {
    std::fs::create_dir_all(folder).map_err(|error| failed(&error, folder))?;
    let (stem, extension) = parts(name);
    for number in 1..=MOST {
        let name = match number {
            1 => format!("{stem}{extension}"),
            _ => format!("{stem} ({number}){extension}"),
        };
        let path = folder.join(name);
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(file) => return Ok((file, path)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(failed(&error, &path)),
        }
    }
    let message = format!("There are {MOST} files called `{stem}{extension}` in {}.", folder.display());
    Err(Error::new(ErrorCode::Conflict, message).hint("Move some of them away."))
}

/// Writes a whole small file; answers its path. Call it where blocking is allowed.
///
/// # Errors
/// As [`create`]; a file that could not be written whole is removed.
pub fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<PathBuf, Error> {
    use std::io::Write as _;
    let (mut file, path) = create(folder, name)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    match written {
        Ok(()) => Ok(path),
        Err(error) => {
            let _ = std::fs::remove_file(&path);
            Err(failed(&error, &path))
        }
    }
}

/// What the system says about a file, for people.
pub fn failed(error: &std::io::Error, path: &Path) -> Error {
    let shown = path.display();
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            Error::new(ErrorCode::DiskFull, format!("The disk is full; `{shown}` could not be written."))
                .hint("Free some space and try again.")
        }
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            Error::new(ErrorCode::PermissionDenied, format!("Rearview may not write `{shown}`."))
                .hint("Check the rights of that folder.")
        }
        _ => Error::new(ErrorCode::Internal, format!("`{shown}` could not be written: {error}.")),
    }
}

/// A name as stem and extension that every system takes as one file in one folder.
fn parts(name: &str) -> (String, String) {
    let safe: String =
        name.chars().map(|c| if c.is_control() || "/\\:*?\"<>|".contains(c) { '_' } else { c }).collect();
    let safe = safe.trim_matches(['.', ' ']);
    let (stem, extension) = match safe.rfind('.') {
        Some(at) if at > 0 && safe.len() - at <= 16 => safe.split_at(at),
        _ => (safe, ""),
    };
    let mut end = stem.len().min(LONGEST);
    while !stem.is_char_boundary(end) {
        end -= 1;
    }
    let stem = stem.get(..end).unwrap_or_default().trim_end_matches(['.', ' ']);
    // Names that Windows keeps for devices, whatever stands after the dot.
    let device = ["con", "prn", "aux", "nul"].contains(&stem.to_ascii_lowercase().as_str())
        || (stem.len() == 4
            && ["com", "lpt"].iter().any(|device| stem.to_ascii_lowercase().starts_with(device)));
    let stem = match stem {
        "" => "rearview".to_owned(),
        stem if device => format!("{stem}_"),
        stem => stem.to_owned(),
    };
    (stem, extension.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> String {
        let (stem, extension) = parts(name);
        format!("{stem}{extension}")
    }

    #[test]
    fn a_name_is_one_file_in_one_folder_whatever_stands_in_it() {
        for (name, file) in [
            ("ana.json", "ana.json"),
            ("../../etc/passwd", "_._etc_passwd"),
            ("a/b:c?.zip", "a_b_c_.zip"),
            ("<script>.json", "_script_.json"),
            ("", "rearview"),
            ("...", "rearview"),
            ("nul.json", "nul_.json"),
            ("COM1", "COM1_"),
            ("日本 🧠.json", "日本 🧠.json"),
            ("a\u{0}b\n.json", "a_b_.json"),
            (".json", "json"),
        ] {
            assert_eq!(named(name), file, "{name:?}");
        }
        let long = named(&format!("{}.json", "日".repeat(200)));
        assert!(long.len() <= LONGEST + 5 && long.ends_with(".json"), "{long}");
    }

    #[test]
    fn a_file_that_is_there_already_is_never_touched() {
        let dir = tempfile::tempdir().unwrap();
        let first = write(dir.path(), "ana.json", b"1").unwrap();
        let second = write(dir.path(), "ana.json", b"2").unwrap();
        assert_eq!(std::fs::read(&first).unwrap(), b"1");
        assert_eq!(second.file_name().unwrap(), "ana (2).json");
        assert_eq!(std::fs::read(&second).unwrap(), b"2");
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_told_by_its_path() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        std::fs::write(&file, b"").unwrap();
        let error = write(&file.join("below"), "a.json", b"1").unwrap_err();
        assert!(error.message.contains("below"), "{error:?}");
    }

    #[test]
    fn the_folder_that_was_decided_wins() {
        assert_eq!(folder(Some(Path::new("/x"))).unwrap(), Path::new("/x"));
    }
}
