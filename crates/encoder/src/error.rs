//! Why there are no vectors from the local model.
//!
//! Every text names the attempted action and the file; none holds the text that was to be encoded.

use std::io;
use std::path::PathBuf;

/// What can go wrong between the weights' folder and a vector.
#[derive(Debug, thiserror::Error)]
pub enum EncodeError {
    /// A file of the model is not there, or not readable.
    #[error("could not open the model's file `{path}`: {source}")]
    Open {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Reading stopped half way.
    #[error("could not read the model's file `{path}`: {source}")]
    Read {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file ends before its own header says it does.
    #[error("could not read the model's file `{path}`: it ends too early, so it was not copied whole")]
    Truncated {
        /// Which file.
        path: PathBuf,
    },
    /// The file is not of the form that this model's file has.
    #[error("could not use the model's file `{path}`: {reason}")]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The file is whole, and not the one that was published.
    #[error(
        "could not trust the model's file `{path}`: its SHA-256 is `{found}`, which is not the published one"
    )]
    Checksum {
        /// Which file.
        path: PathBuf,
        /// Its checksum, in hexadecimal.
        found: String,
    },
    /// The system gave no threads to compute with.
    #[error("could not start the encoder's threads: {0}")]
    Threads(String),
    /// The tensor library refused.
    #[error("could not compute a vector: {0}")]
    Compute(#[from] candle_core::Error),
    /// A text could not be cut into word pieces.
    #[error("could not cut a text into word pieces: {0}")]
    Tokens(String),
    /// A bug, here or in a library.
    #[error("could not load the model: the loader panicked")]
    Panicked,
}
