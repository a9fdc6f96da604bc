//! Attached images and files: checked and kept when a message is sent, read back for every request they go
//! with.

use super::{invalid, store_error};
use crate::wire::{NewFile, NewImage};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rearview_domain::Error;
use rearview_domain::message::{Message, Part};
use rearview_store::Store;
use std::collections::HashMap;
use std::sync::Arc;

/// Images in one message, and the size of each; providers refuse more.
const IMAGES: (usize, usize) = (10, 20 * 1024 * 1024);
const IMAGE_TYPES: &[&str] = &["image/png", "image/jpeg", "image/gif", "image/webp"];

/// Files in one message, and the size of each.
const FILES: (usize, usize) = (10, 20 * 1024 * 1024);
/// The one kind of file beside texts that vendors read.
const PDF: &str = "application/pdf";

/// Checks images and files and keeps their bytes. Answers the parts of the message.
pub async fn keep(store: &Store, images: Vec<NewImage>, files: Vec<NewFile>) -> Result<Vec<Part>, Error> {
    let mut parts = keep_images(store, images).await?;
    if files.len() > FILES.0 {
        return Err(invalid(format!("At most {} files go with a message.", FILES.0)));
    }
    for file in files {
        let NewFile { name, media_type, base64 } = file;
        let bytes = STANDARD.decode(&base64).map_err(|_| invalid(format!("{name} did not arrive whole.")))?;
        if bytes.len() > FILES.1 {
            return Err(invalid(format!("{name} is larger than 20 MB.")));
        }
        let media_type = if media_type == PDF {
            media_type
        } else if std::str::from_utf8(&bytes).is_ok_and(|text| !text.contains('\0')) {
            // Whatever the system calls it (JSON, source code, a log): a text is sent as text.
            if media_type.starts_with("text/") { media_type } else { "text/plain".to_owned() }
        } else {
            return Err(invalid(format!("{name} is neither a PDF nor a text in UTF-8.")));
        };
        let hash = store.put_blob(&bytes, &media_type).await.map_err(store_error)?;
        let size = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        parts.push(Part::File { media_type, hash, bytes: size, name });
    }
    Ok(parts)
}

async fn keep_images(store: &Store, images: Vec<NewImage>) -> Result<Vec<Part>, Error> {
    if images.len() > IMAGES.0 {
        return Err(invalid(format!("At most {} images go with a message.", IMAGES.0)));
    }
    let mut parts = Vec::with_capacity(images.len());
    for image in images {
        let name = image.name.clone().unwrap_or_else(|| "The image".to_owned());
        if !IMAGE_TYPES.contains(&image.media_type.as_str()) {
            return Err(invalid(format!(
                "{name} is `{}`; models take PNG, JPEG, GIF and WebP.",
                image.media_type
            )));
        }
        let bytes =
            STANDARD.decode(&image.base64).map_err(|_| invalid(format!("{name} did not arrive whole.")))?;
        if bytes.len() > IMAGES.1 {
            return Err(invalid(format!("{name} is larger than 20 MB.")));
        }
        let hash = store.put_blob(&bytes, &image.media_type).await.map_err(store_error)?;
        let size = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        parts.push(Part::Image { media_type: image.media_type, hash, bytes: size, name: image.name });
    }
    Ok(parts)
}

/// Every image and file of the history, base64. One that is gone is left out of the request and logged.
pub async fn load(store: &Store, history: &[Message]) -> HashMap<String, Arc<str>> {
    let mut images = HashMap::new();
    for part in history.iter().flat_map(|message| &message.parts) {
        let (Part::Image { hash, .. } | Part::File { hash, .. }) = part else { continue };
        if images.contains_key(hash) {
            continue;
        }
        match store.blob(hash).await {
            Ok(Some((bytes, _))) => {
                images.insert(hash.clone(), Arc::from(STANDARD.encode(bytes)));
            }
            Ok(None) => tracing::error!(hash, "an attachment is gone"),
            Err(error) => tracing::error!(%error, hash, "an attachment could not be read"),
        }
    }
    images
}
