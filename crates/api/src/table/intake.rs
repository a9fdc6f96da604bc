//! Bringing memory in and taking it out.

use crate::commands::intake::upload;
use crate::wire::*;

commands! {
    /// Begins a file that comes from the page in slices.
    write "upload.begin" upload::begin: BeginUpload => Upload, [];
    /// Adds a slice of a file.
    write "upload.append" upload::append: AppendUpload => Upload, [];
    /// Says that all of a file has come; its id is handed to what reads it.
    write "upload.finish" upload::finish: UploadRef => UploadedFile, [];
    /// Removes a file that is not wanted any more.
    write "upload.discard" upload::discard: UploadRef => Done, [];
}
