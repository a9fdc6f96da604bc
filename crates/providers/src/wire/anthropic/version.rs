//! Which version of the API is asked for, and where it is written.
//!
//! Nothing in the catalogue says that a model needs the later version: taking no sampling parameters is
//! true of many models that answer on 2023-06-01. So the default is 2023-06-01, and the driver asks again
//! with the later one when the provider refuses the first by name.

use crate::target::{AnthropicVersion, Platform, Target};

/// The version that our encoder and decoder are written against.
const VERSION: &str = "2023-06-01";

/// The later version. It refuses temperature, top_p and top_k at any value, documents in assistant turns
/// and citations in user turns (the vendor's versioning page; the SDK of Python asks for it since 2.0).
const LATER: &str = "2026-10-21";

/// What Vertex AI wants in the body in place of the header.
pub(super) const VERTEX_VERSION: &str = "vertex-2023-10-16";

/// The headers that name the version; Vertex AI wants it in the body instead.
pub(crate) fn headers(target: &Target) -> Vec<(String, String)> {
    if on_vertex(target) {
        return Vec::new();
    }
    let version = if is_later(target) { LATER } else { VERSION };
    vec![("anthropic-version".into(), version.into())]
}

/// Whether the request goes out under the later version, so that what it refuses has to be left out.
pub(super) fn is_later(target: &Target) -> bool {
    target.quirks.anthropic_version == AnthropicVersion::V2026_10_21 && !on_vertex(target)
}

pub(super) fn on_vertex(target: &Target) -> bool {
    matches!(target.platform, Platform::Vertex { .. })
}
