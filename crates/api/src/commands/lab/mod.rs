//! Handlers of the room `lab` of the table: recall, reflect and retain by hand; why a fact is not there; saved checks.

pub mod ask;
pub mod check;

use crate::app::{App, lock};
use rearview_domain::{Error, ErrorCode};
use tokio_util::sync::CancellationToken;

/// Runs a call that the person may end. Ending it closes the connection; a server that has begun to write goes on.
pub(super) async fn cancellable<T>(
    app: &App,
    run: Option<String>,
    call: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let Some(run) = run else { return call.await };
    let token = CancellationToken::new();
    lock(&app.0.lab_runs).insert(run.clone(), token.clone());
    let _forget = Forget { app, run };
    tokio::select! {
        answer = call => answer,
        () = token.cancelled() => Err(Error::new(ErrorCode::Cancelled, "It was cancelled.")),
    }
}

/// Forgets a run when it is over, also when whoever asked went away.
struct Forget<'a> {
    app: &'a App,
    run: String,
}

impl Drop for Forget<'_> {
    fn drop(&mut self) {
        lock(&self.app.0.lab_runs).remove(&self.run);
    }
}
