//! Files from the page, slice by slice.

use crate::app::App;
use crate::commands::invalid;
use crate::wire::*;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rearview_domain::Error;

pub async fn begin(app: &App, request: BeginUpload) -> Result<Upload, Error> {
    let upload_id = app.0.uploads.begin(&request.name, request.size).await?;
    Ok(Upload { upload_id, written: 0 })
}

pub async fn append(app: &App, request: AppendUpload) -> Result<Upload, Error> {
    let bytes = STANDARD
        .decode(&request.base64)
        .map_err(|_| invalid("A slice of the file did not arrive whole.").hint("Read the file again."))?;
    let written = app.0.uploads.append(&request.upload_id, request.offset, &bytes).await?;
    Ok(Upload { upload_id: request.upload_id, written })
}

pub async fn finish(app: &App, request: UploadRef) -> Result<UploadedFile, Error> {
    let done = app.0.uploads.finish(&request.upload_id)?;
    Ok(UploadedFile { upload_id: request.upload_id, name: done.name, size: done.size })
}

pub async fn discard(app: &App, request: UploadRef) -> Result<Done, Error> {
    app.0.uploads.discard(&request.upload_id).await;
    Ok(Done {})
}
