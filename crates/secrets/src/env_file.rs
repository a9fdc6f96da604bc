//! A `.env` file, read for import: which names it sets, and a value by its name. Nothing of it enters the
//! environment of this process, and no error repeats a line, because a line may be a key.

use rearview_domain::{Error, ErrorCode};
use secrecy::{ExposeSecret as _, SecretString};
use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The largest file that is read; real ones have a few kilobytes.
const MAX_BYTES: u64 = 1024 * 1024;

/// The longest value that references may make; a key file in one line has a few kilobytes.
const MAX_VALUE_BYTES: usize = 64 * 1024;

/// Stand for `$` and `\$` while the parser reads: it would replace `$NAME` by what this process's environment
/// has, and so put a key of the environment where the file's author wants it. Private to Unicode, so that no
/// file means anything by them.
const DOLLAR: char = '\u{F8F0}';
const PLAIN_DOLLAR: char = '\u{F8F1}';

/// A file that was read.
pub struct EnvFile {
    path: PathBuf,
    values: BTreeMap<String, SecretString>,
}

impl fmt::Debug for EnvFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnvFile")
            .field("path", &self.path)
            .field("names", &self.values.keys())
            .finish_non_exhaustive()
    }
}

/// Why a file could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvFileError {
    /// There is nothing at the path.
    #[error("There is no file `{0}`.")]
    Missing(String),
    /// The path is a folder or a device.
    #[error("`{0}` is no file.")]
    NotAFile(String),
    /// The system did not let it be read.
    #[error("`{path}` cannot be read: {why}.")]
    Unreadable {
        /// The path.
        path: String,
        /// The system's word.
        why: String,
    },
    /// It is larger than 1 MB.
    #[error("`{0}` is larger than 1 MB, so it is hardly a .env file.")]
    TooLarge(String),
    /// It is no UTF-8 text.
    #[error("`{0}` is no UTF-8 text.")]
    NotText(String),
    /// A line that cannot be read.
    #[error("Line {line} of `{path}` cannot be read.")]
    BrokenLine {
        /// The path.
        path: String,
        /// The line, from 1.
        line: usize,
    },
}

impl EnvFileError {
    /// The shape that reaches a person.
    pub fn to_error(&self) -> Error {
        let error = |code| Error::new(code, self.to_string());
        match self {
            Self::Missing(_) => error(ErrorCode::NotFound),
            Self::BrokenLine { .. } => error(ErrorCode::InvalidInput)
                .hint("A line reads NAME=value; a value with blanks or quotes in it stands in quotes."),
            Self::NotText(_) => error(ErrorCode::InvalidInput).hint("Save the file as UTF-8."),
            Self::NotAFile(_) | Self::Unreadable { .. } | Self::TooLarge(_) => error(ErrorCode::InvalidInput),
        }
    }
}

impl EnvFile {
    /// Reads a file. `~` stands for the home folder. Blocks while the disk does.
    ///
    /// # Errors
    /// Every kind of `EnvFileError`; one line that cannot be read makes the file unusable, because the lines
    /// behind it may then mean something else.
    pub fn read(path: &str) -> Result<Self, EnvFileError> {
        let path = expanded(path.trim());
        let (path, text) = read_text(&path)?;
        let shown = path.display().to_string();
        let text = text.replace("\\$", PLAIN_DOLLAR.encode_utf8(&mut [0; 4]));
        let text = text.replace('$', DOLLAR.encode_utf8(&mut [0; 4]));
        let mut lines = Lines { rest: text.as_bytes(), read: 0 };
        let mut values: BTreeMap<String, SecretString> = BTreeMap::new();
        let mut entries = dotenvy::from_read_iter(&mut lines);
        let mut broken = None;
        for entry in &mut entries {
            match entry {
                Ok((name, value)) => {
                    let Some(value) = referring(&value, &values) else {
                        broken = Some(());
                        break;
                    };
                    let value = value.trim();
                    // The first of a name counts, as for the programs that read the file.
                    if !value.is_empty() {
                        values.entry(name).or_insert_with(|| SecretString::from(value));
                    }
                }
                Err(_) => {
                    broken = Some(());
                    break;
                }
            }
        }
        drop(entries);
        match broken {
            None => Ok(Self { path, values }),
            Some(()) => Err(EnvFileError::BrokenLine { path: shown, line: lines.read }),
        }
    }

    /// The file, with its whole path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The names that are set to something, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }

    /// The value of a name, without blanks around it.
    pub fn get(&self, name: &str) -> Option<SecretString> {
        self.values.get(name).cloned()
    }
}

/// A value with `$NAME` and `${NAME}` replaced by what the file itself set before; other names stay as they
/// are written. `None` when that grows beyond every real value.
fn referring(value: &str, set: &BTreeMap<String, SecretString>) -> Option<String> {
    let mut pieces = value.split(DOLLAR);
    let mut whole = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let (name, rest) = match piece.strip_prefix('{').and_then(|piece| piece.split_once('}')) {
            Some((name, rest)) => (name, rest),
            None => piece.split_at(piece.find(|c| !is_name(c)).unwrap_or(piece.len())),
        };
        match set.get(name) {
            Some(known) => whole.extend([known.expose_secret(), rest]),
            None => whole.extend(["$", piece]),
        }
        if whole.len() > MAX_VALUE_BYTES {
            return None;
        }
    }
    Some(whole.replace(PLAIN_DOLLAR, "$"))
}

/// A path with `~` replaced by the home folder.
pub fn expanded(path: &str) -> PathBuf {
    let home = || std::env::home_dir().filter(|home| !home.as_os_str().is_empty());
    match path.strip_prefix('~') {
        Some("") => home().unwrap_or_else(|| path.into()),
        Some(rest) if rest.starts_with(['/', '\\']) => {
            home().map_or_else(|| path.into(), |home| home.join(&rest[1..]))
        }
        _ => path.into(),
    }
}

/// The whole path of a text file, and the text, without a byte order mark.
///
/// # Errors
/// Every kind of `EnvFileError` but `BrokenLine`.
pub fn read_text(path: &Path) -> Result<(PathBuf, String), EnvFileError> {
    let shown = path.display().to_string();
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => EnvFileError::Missing(shown.clone()),
        io::ErrorKind::PermissionDenied => {
            EnvFileError::Unreadable { path: shown.clone(), why: "permission is denied".into() }
        }
        kind => EnvFileError::Unreadable { path: shown.clone(), why: kind.to_string() },
    };
    if path.as_os_str().is_empty() {
        return Err(EnvFileError::Missing(shown));
    }
    let path = path.canonicalize().map_err(failed)?;
    // Asked before it is opened: opening a pipe would wait for somebody to write into it.
    if !path.metadata().map_err(failed)?.is_file() {
        return Err(EnvFileError::NotAFile(shown));
    }
    let mut bytes = Vec::new();
    File::open(&path).map_err(failed)?.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(EnvFileError::TooLarge(shown));
    }
    let text = String::from_utf8(bytes).map_err(|_| EnvFileError::NotText(shown))?;
    let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
    Ok((path, text))
}

/// Hands out a line at a time and counts them: the parser's own error has the line and not its number.
struct Lines<'a> {
    rest: &'a [u8],
    read: usize,
}

impl Read for Lines<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let line = self.rest.iter().position(|byte| *byte == b'\n').map_or(self.rest.len(), |at| at + 1);
        let given = line.min(into.len());
        into[..given].copy_from_slice(&self.rest[..given]);
        self.rest = &self.rest[given..];
        if given == line && given > 0 {
            self.read += 1;
        }
        Ok(given)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(content: &[u8]) -> (tempfile::TempDir, String) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(".env");
        std::fs::write(&path, content).unwrap();
        (dir, path.display().to_string())
    }

    fn read(content: &[u8]) -> Result<EnvFile, EnvFileError> {
        let (_dir, path) = file(content);
        EnvFile::read(&path)
    }

    #[test]
    fn names_are_shown_and_values_are_not() {
        let text = "\u{feff}# mine\nexport OPENAI_API_KEY=sk-canary\r\nGROQ_API_KEY = 'gsk canary' # note\nEMPTY=\n\
                    MULTI=\"-----BEGIN\ncanary\n-----END\"\n";
        let read = read(text.as_bytes()).unwrap();
        assert_eq!(read.names().collect::<Vec<_>>(), ["GROQ_API_KEY", "MULTI", "OPENAI_API_KEY"]);
        assert_eq!(read.get("OPENAI_API_KEY").unwrap().expose_secret(), "sk-canary");
        assert_eq!(read.get("GROQ_API_KEY").unwrap().expose_secret(), "gsk canary");
        assert!(read.get("MULTI").unwrap().expose_secret().contains("\ncanary\n"));
        assert!(read.get("EMPTY").is_none());
        assert!(!format!("{read:?}").contains("canary"), "{read:?}");
    }

    #[test]
    fn reading_a_file_sets_nothing_in_this_process() {
        read(b"REARVIEW_TEST_OF_ENV_FILES=1\n").unwrap();
        assert!(std::env::var_os("REARVIEW_TEST_OF_ENV_FILES").is_none());
    }

    #[test]
    fn a_broken_line_is_named_by_its_number_and_never_repeated() {
        for (text, line) in [
            ("A=1\n\n# note\nsk-canary without a name\nB=2\n", 4),
            ("sk-canary", 1),
            ("A=1\nB=two words canary\n", 2),
            ("A=1\nB='canary\nC=3\n", 3),
        ] {
            let error = read(text.as_bytes()).unwrap_err();
            assert!(
                matches!(error, EnvFileError::BrokenLine { line: at, .. } if at == line),
                "{text:?}: {error:?}"
            );
            assert!(!format!("{error:?} {error} {:?}", error.to_error()).contains("canary"));
        }
    }

    #[test]
    fn what_is_no_such_file_is_told_apart() {
        let dir = tempfile::tempdir().unwrap();
        let missing = dir.path().join("none").display().to_string();
        assert_eq!(EnvFile::read(&missing).unwrap_err(), EnvFileError::Missing(missing));
        assert_eq!(EnvFile::read(" ").unwrap_err(), EnvFileError::Missing(String::new()));
        let folder = dir.path().display().to_string();
        assert_eq!(EnvFile::read(&folder).unwrap_err(), EnvFileError::NotAFile(folder));
        assert!(matches!(read(b"A=\xff\xfe\n").unwrap_err(), EnvFileError::NotText(_)));
        let large = format!("A={}\n", "x".repeat(MAX_BYTES as usize));
        assert!(matches!(read(large.as_bytes()).unwrap_err(), EnvFileError::TooLarge(_)));
    }

    #[cfg(unix)]
    #[test]
    fn a_device_is_not_read() {
        assert!(matches!(EnvFile::read("/dev/zero").unwrap_err(), EnvFileError::NotAFile(_)));
    }

    #[test]
    fn the_tilde_stands_for_the_home_folder_only_at_the_front() {
        let home = std::env::home_dir().unwrap();
        assert_eq!(expanded("~/x/.env"), home.join("x/.env"));
        assert_eq!(expanded("~"), home);
        assert_eq!(expanded("~other/.env"), Path::new("~other/.env"));
        assert_eq!(expanded("/a/~/.env"), Path::new("/a/~/.env"));
    }

    #[test]
    fn a_file_never_gets_what_stands_in_the_environment_of_this_process() {
        assert!(std::env::var("PATH").is_ok_and(|path| !path.is_empty()));
        let (_dir, path) =
            file(b"A_KEY=$PATH\nA_BASE=\"https://evil.example/${PATH}\"\nPATH=own\nB=${PATH}/x\n");
        let read = EnvFile::read(&path).unwrap();
        let value = |name: &str| read.get(name).unwrap().expose_secret().to_owned();
        assert_eq!(value("A_KEY"), "$PATH");
        assert_eq!(value("A_BASE"), "https://evil.example/${PATH}");
        assert_eq!(value("B"), "own/x", "the file's own value counts, whatever the environment has");
    }

    #[test]
    fn a_dollar_stays_where_it_refers_to_nothing() {
        let (_dir, path) = file(b"A=pa\\$A$$x\nB='c$d'\nC=\"$A-${A}$\"\n");
        let read = EnvFile::read(&path).unwrap();
        let value = |name: &str| read.get(name).unwrap().expose_secret().to_owned();
        assert_eq!((value("A").as_str(), value("B").as_str()), ("pa$A$$x", "c$d"));
        assert_eq!(value("C"), "pa$A$$x-pa$A$$x$");
    }

    #[test]
    fn references_that_double_at_every_line_end_in_an_error_and_not_in_all_memory() {
        let mut text = String::from("A0=xxxxxxxxxxxxxxxx\n");
        for line in 1..64 {
            text += &format!("A{line}=$A{0}$A{0}\n", line - 1);
        }
        let (_dir, path) = file(text.as_bytes());
        assert!(matches!(EnvFile::read(&path), Err(EnvFileError::BrokenLine { line: 14, .. })));
    }
}
