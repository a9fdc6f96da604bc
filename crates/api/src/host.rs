//! What a command may ask of the shell it runs in. As small as it can be: everything else a command
//! needs is in the app. The window and the harness implement it, tests write down what was asked.

use rearview_domain::Error;

/// The shell.
pub trait Host: Send + Sync {
    /// Opens an address in the system's browser. The scheme has been checked.
    ///
    /// # Errors
    /// When the system has no browser for it.
    fn open_url(&self, url: &str) -> Result<(), Error>;
}
