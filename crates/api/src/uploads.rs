//! Files that come from the page in slices: large ones never cross in one piece and are never whole in memory.
//! They lie in a folder of the data folder until what they were for has read them; what an earlier run left is
//! removed at the start.

use crate::app::lock;
use rearview_domain::{Error, ErrorCode};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use tokio::io::AsyncWriteExt as _;

/// Most bytes in one file.
const LARGEST: u64 = 4 * 1024 * 1024 * 1024;
/// Most bytes in one slice.
pub const SLICE: usize = 4 * 1024 * 1024;
/// Most files at a time; a page that forgets its own must not fill the disk.
const MOST: usize = 64;

#[derive(Clone, Debug)]
struct Upload {
    name: String,
    path: PathBuf,
    size: u64,
    written: u64,
    finished: bool,
    /// A slice is being written.
    busy: bool,
}

/// A file that arrived whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uploaded {
    /// Its name on the person's disk.
    pub name: String,
    /// Where it lies.
    pub path: PathBuf,
    /// Its size in bytes.
    pub size: u64,
}

/// The files.
#[derive(Debug)]
pub struct Uploads {
    dir: PathBuf,
    files: Mutex<HashMap<String, Upload>>,
}

impl Uploads {
    /// None yet; what an earlier run left in the folder is removed.
    pub fn new(data_dir: &Path) -> Self {
        let dir = data_dir.join("uploads");
        if let Err(error) = std::fs::remove_dir_all(&dir)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "uploads of an earlier run could not be removed");
        }
        Self { dir, files: Mutex::default() }
    }

    /// Begins a file; answers its id.
    ///
    /// # Errors
    /// `InvalidInput` for one that is too large, `Conflict` when too many are open; the disk's errors.
    pub async fn begin(&self, name: &str, size: u64) -> Result<String, Error> {
        if size > LARGEST {
            return Err(Error::new(ErrorCode::InvalidInput, format!("`{name}` is larger than 4 GB.")));
        }
        if lock(&self.files).len() >= MOST {
            return Err(Error::new(ErrorCode::Conflict, "Too many files are being read at the same time.")
                .hint("Finish or cancel some of them."));
        }
        let id = uuid::Uuid::now_v7().to_string();
        let path = self.dir.join(&id);
        tokio::fs::create_dir_all(&self.dir).await.map_err(|error| disk(&error, name))?;
        tokio::fs::File::create_new(&path).await.map_err(|error| disk(&error, name))?;
        let upload = Upload { name: name.to_owned(), path, size, written: 0, finished: false, busy: false };
        lock(&self.files).insert(id.clone(), upload);
        Ok(id)
    }

    /// Adds a slice at its place. One that was added already is no error, so that a page may send it again.
    ///
    /// # Errors
    /// `NotFound` for an id that is not open, `Conflict` for a slice out of place, `InvalidInput` for one that is
    /// too large; the disk's errors.
    pub async fn append(&self, id: &str, offset: u64, bytes: &[u8]) -> Result<u64, Error> {
        if bytes.len() > SLICE {
            return Err(Error::new(ErrorCode::InvalidInput, "A slice of the file is larger than 4 MB."));
        }
        let length = bytes.len() as u64;
        let (path, name) = {
            let mut files = lock(&self.files);
            let upload = files.get_mut(id).filter(|upload| !upload.finished).ok_or_else(gone)?;
            if upload.written == offset + length && length > 0 {
                return Ok(upload.written);
            }
            if upload.busy || upload.written != offset || offset + length > upload.size {
                let message = format!("A slice of `{}` came out of its place.", upload.name);
                return Err(Error::new(ErrorCode::Conflict, message).hint("Read the file again."));
            }
            upload.busy = true;
            (upload.path.clone(), upload.name.clone())
        };
        let written = async {
            let mut file = tokio::fs::OpenOptions::new().append(true).open(&path).await?;
            file.write_all(bytes).await?;
            file.flush().await
        };
        let written = written.await;
        let mut files = lock(&self.files);
        if let Some(upload) = files.get_mut(id) {
            upload.busy = false;
        }
        match written {
            Ok(()) => {
                let upload = files.get_mut(id).ok_or_else(gone)?;
                upload.written = offset + length;
                Ok(upload.written)
            }
            // A part of the slice may be on disk: nothing that could be built on.
            Err(error) => {
                files.remove(id);
                drop(files);
                let _ = std::fs::remove_file(&path);
                Err(disk(&error, &name))
            }
        }
    }

    /// Says that all of it has come.
    ///
    /// # Errors
    /// `NotFound` for an id that is not open, `Conflict` when bytes are missing.
    pub fn finish(&self, id: &str) -> Result<Uploaded, Error> {
        let mut files = lock(&self.files);
        let upload = files.get_mut(id).ok_or_else(gone)?;
        if upload.written != upload.size || upload.busy {
            let message =
                format!("Of `{}` only {} of {} bytes came.", upload.name, upload.written, upload.size);
            return Err(Error::new(ErrorCode::Conflict, message).hint("Read the file again."));
        }
        upload.finished = true;
        Ok(Uploaded { name: upload.name.clone(), path: upload.path.clone(), size: upload.size })
    }

    /// A file that arrived whole.
    ///
    /// # Errors
    /// `NotFound` when there is none of that id, or it has not arrived.
    pub fn get(&self, id: &str) -> Result<Uploaded, Error> {
        let files = lock(&self.files);
        let upload = files.get(id).filter(|upload| upload.finished).ok_or_else(gone)?;
        Ok(Uploaded { name: upload.name.clone(), path: upload.path.clone(), size: upload.size })
    }

    /// Takes a file out of here: from now on it belongs to the caller, who removes it.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub fn take(&self, id: &str) -> Result<Uploaded, Error> {
        let uploaded = self.get(id)?;
        lock(&self.files).remove(id);
        Ok(uploaded)
    }

    /// Removes a file, whole or not. One that is gone is no error.
    pub async fn discard(&self, id: &str) {
        let upload = lock(&self.files).remove(id);
        if let Some(upload) = upload
            && let Err(error) = tokio::fs::remove_file(&upload.path).await
        {
            tracing::warn!(%error, "an upload could not be removed");
        }
    }
}

fn gone() -> Error {
    Error::new(ErrorCode::NotFound, "That file is not here any more.").hint("Choose it again.")
}

fn disk(error: &std::io::Error, name: &str) -> Error {
    crate::downloads::failed(error, Path::new(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn fresh() -> (tempfile::TempDir, Uploads) {
        let dir = tempfile::tempdir().unwrap();
        let uploads = Uploads::new(dir.path());
        (dir, uploads)
    }

    #[tokio::test]
    async fn slices_become_the_file_and_one_sent_twice_does_no_harm() {
        let (_dir, uploads) = fresh().await;
        let id = uploads.begin("a.zip", 6).await.unwrap();
        assert_eq!(uploads.append(&id, 0, b"abc").await.unwrap(), 3);
        assert_eq!(uploads.append(&id, 0, b"abc").await.unwrap(), 3);
        assert_eq!(uploads.append(&id, 3, b"def").await.unwrap(), 6);
        let done = uploads.finish(&id).unwrap();
        assert_eq!((done.name.as_str(), std::fs::read(&done.path).unwrap()), ("a.zip", b"abcdef".to_vec()));
        assert_eq!(uploads.get(&id).unwrap(), done);
        uploads.discard(&id).await;
        assert!(!done.path.exists());
        assert_eq!(uploads.get(&id).unwrap_err().code, ErrorCode::NotFound);
    }

    #[tokio::test]
    async fn a_slice_out_of_place_too_many_bytes_and_too_few_are_refused() {
        let (_dir, uploads) = fresh().await;
        let id = uploads.begin("a.zip", 4).await.unwrap();
        assert_eq!(uploads.append(&id, 1, b"a").await.unwrap_err().code, ErrorCode::Conflict);
        assert_eq!(uploads.append(&id, 0, b"abcde").await.unwrap_err().code, ErrorCode::Conflict);
        uploads.append(&id, 0, b"ab").await.unwrap();
        assert!(uploads.finish(&id).unwrap_err().message.contains("2 of 4"));
        assert_eq!(uploads.get(&id).unwrap_err().code, ErrorCode::NotFound, "it is not whole");
        assert_eq!(uploads.append("none", 0, b"a").await.unwrap_err().code, ErrorCode::NotFound);
        assert_eq!(uploads.begin("b", u64::MAX).await.unwrap_err().code, ErrorCode::InvalidInput);
    }

    #[tokio::test]
    async fn an_empty_file_is_a_file() {
        let (_dir, uploads) = fresh().await;
        let id = uploads.begin("empty", 0).await.unwrap();
        assert_eq!(uploads.finish(&id).unwrap().size, 0);
    }

    #[tokio::test]
    async fn what_an_earlier_run_left_is_removed() {
        let (dir, uploads) = fresh().await;
        uploads.begin("a", 1).await.unwrap();
        drop(uploads);
        Uploads::new(dir.path());
        assert!(!dir.path().join("uploads").exists());
    }
}
