//! The model's two files: which they are, where a build finds them, and how they are read.
//!
//! Files are streamed: a tensor is in memory once, in the form it is computed with, and every byte passes
//! through SHA-256 on its way, so that damaged weights are found before they answer anything. What the
//! tensors mean is `layers`'; `scripts/weights.sh` puts the files where [`beside_program`] looks.

use super::EncodeError;
use safetensors::tensor::{Dtype, Metadata, TensorInfo};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

/// The name of the folder, and of the model in a bank's settings.
pub const MODEL: &str = "all-MiniLM-L6-v2";
/// The tensors.
pub(super) const TENSORS: &str = "model.safetensors";
/// The word pieces and how text is cut into them.
pub(super) const TOKENIZER: &str = "tokenizer.json";
/// SHA-256 of both, as `sha256sum` writes them; `scripts/weights.sh` checks against the same list.
const CHECKSUMS: &str = include_str!("weights.sha256");

/// A safetensors header of this model takes 10 KB; more than this is another file, or a hostile one.
const LONGEST_HEADER: u64 = 1 << 20;
/// How much is read at a time, in bytes.
const PIECE: usize = 1 << 18;
/// How far up from the program a build's `weights/` may be: `target/<triple>/debug/deps/program`.
const LEVELS: usize = 5;

/// The folder of the weights that belong to a build in a target directory, wherever that is: the nearest
/// `weights/all-MiniLM-L6-v2` above the running program. `None` when there is none, as in a fresh clone
/// without network. An installed app knows its resources instead.
pub fn beside_program() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    let folders = program.ancestors().skip(1).take(LEVELS).map(|above| above.join("weights").join(MODEL));
    folders.into_iter().find(|folder| folder.join(TENSORS).is_file())
}

/// The whole of a small file, checked.
pub(super) fn read_checked(folder: &Path, name: &str) -> Result<Vec<u8>, EncodeError> {
    let mut file = Stream::open(folder, name)?;
    let mut bytes = Vec::new();
    file.reader.read_to_end(&mut bytes).map_err(|source| file.failed(source))?;
    file.digest.update(&bytes);
    file.finish()?;
    Ok(bytes)
}

/// Reads [`TENSORS`] from front to back. `take` is asked for each tensor and reads it with [`Stream::floats`];
/// what it leaves is skipped. The error for a damaged file comes at its end at the latest.
pub(super) fn read_tensors(
    folder: &Path,
    mut take: impl FnMut(&str, &TensorInfo, &mut Stream) -> Result<(), EncodeError>,
) -> Result<(), EncodeError> {
    let mut file = Stream::open(folder, TENSORS)?;
    let mut length = [0; 8];
    file.fill(&mut length)?;
    let length = u64::from_le_bytes(length);
    if length > LONGEST_HEADER {
        return Err(file.malformed(format!("its header claims `{length}` bytes")));
    }
    let mut header = vec![0; length as usize];
    file.fill(&mut header)?;
    let header: Metadata =
        serde_json::from_slice(&header).map_err(|error| file.malformed(format!("its header: {error}")))?;
    for name in header.offset_keys() {
        let Some(tensor) = header.info(&name) else { continue };
        let (start, end) = tensor.data_offsets;
        file.left = end - start;
        take(&name, tensor, &mut file)?;
        let left = file.left;
        file.pieces(left, |_| {})?;
    }
    file.finish()
}

/// A file on its way through the checksum.
pub(super) struct Stream {
    path: PathBuf,
    name: String,
    reader: BufReader<File>,
    digest: Sha256,
    /// Bytes of the present tensor that nobody has read yet.
    left: usize,
}

impl Stream {
    fn open(folder: &Path, name: &str) -> Result<Self, EncodeError> {
        let path = folder.join(name);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(source) => return Err(EncodeError::Open { path, source }),
        };
        let reader = BufReader::with_capacity(PIECE, file);
        Ok(Self { path, name: name.to_owned(), reader, digest: Sha256::new(), left: 0 })
    }

    /// The present tensor, which must have this shape, in pieces of numbers.
    pub(super) fn floats(
        &mut self,
        name: &str,
        tensor: &TensorInfo,
        shape: &[usize],
        mut piece: impl FnMut(&[f32]),
    ) -> Result<(), EncodeError> {
        if tensor.dtype != Dtype::F32 || tensor.shape != shape {
            let (dtype, found) = (tensor.dtype, &tensor.shape);
            return Err(self.malformed(format!("`{name}` is {dtype:?} {found:?}, not F32 {shape:?}")));
        }
        let left = std::mem::take(&mut self.left);
        let mut numbers = Vec::with_capacity(left.min(PIECE) / 4);
        self.pieces(left, |bytes| {
            numbers.clear();
            numbers.extend(bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)));
            piece(&numbers);
        })
    }

    /// Something about the content that is not as it has to be.
    pub(super) fn malformed(&self, reason: String) -> EncodeError {
        EncodeError::Malformed { path: self.path.clone(), reason }
    }

    fn failed(&self, source: io::Error) -> EncodeError {
        let path = self.path.clone();
        match source.kind() {
            io::ErrorKind::UnexpectedEof => EncodeError::Truncated { path },
            _ => EncodeError::Read { path, source },
        }
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), EncodeError> {
        self.reader.read_exact(bytes).map_err(|source| self.failed(source))?;
        self.digest.update(bytes);
        Ok(())
    }

    fn pieces(&mut self, mut length: usize, mut piece: impl FnMut(&[u8])) -> Result<(), EncodeError> {
        let mut bytes = vec![0; length.min(PIECE)];
        while length > 0 {
            let part = &mut bytes[..length.min(PIECE)];
            self.fill(part)?;
            piece(part);
            length -= part.len();
        }
        Ok(())
    }

    /// Nothing may follow, and the checksum must be the pinned one.
    fn finish(mut self) -> Result<(), EncodeError> {
        let more = io::copy(&mut self.reader, &mut io::sink()).map_err(|source| self.failed(source))?;
        let found = hex::encode(std::mem::take(&mut self.digest).finalize());
        let pinned = CHECKSUMS.lines().find_map(|line| line.strip_suffix(&format!("  {}", self.name)));
        if more > 0 || pinned != Some(&found) {
            return Err(EncodeError::Checksum { path: self.path, found });
        }
        Ok(())
    }
}
