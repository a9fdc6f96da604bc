//! Files that come from the page in slices.

use super::wire;

wire! {
    /// Begins a file.
    request BeginUpload {
        /// Its name on the person's disk.
        pub name: String,
        /// Its size in bytes.
        #[ts(type = "number")]
        pub size: u64,
    }

    /// Adds a slice of a file.
    request AppendUpload {
        /// The file.
        pub upload_id: String,
        /// Where the slice begins, in bytes.
        #[ts(type = "number")]
        pub offset: u64,
        /// At most 4 MiB.
        pub base64: String,
    }

    /// Names a file.
    request UploadRef {
        /// The file.
        pub upload_id: String,
    }
}

wire! {
    /// A file that is coming.
    answer Upload {
        /// Its id.
        pub upload_id: String,
        /// How many bytes are here.
        #[ts(type = "number")]
        pub written: u64,
    }

    /// A file that is here.
    answer UploadedFile {
        /// Its id, to be handed to what reads it.
        pub upload_id: String,
        /// Its name.
        pub name: String,
        /// Its size in bytes.
        #[ts(type = "number")]
        pub size: u64,
    }
}
