//! Runs a real Hindsight server with the scripted model behind it until it is stopped, for people to look at and for pictures
//! (`tests/browser/shotsPanel.ts`). Prints its address on a line of its own.

use rearview_tests::hindsight_server::{HindsightServer, Result, ServerOptions};

#[tokio::main]
#[expect(clippy::print_stdout, reason = "the line with the address is what this program is for")]
async fn main() -> Result<()> {
    let server = HindsightServer::start(ServerOptions::default()).await?;
    println!("{}", server.url());
    // Dropping it takes the server and its database away.
    let stopped = tokio::signal::ctrl_c().await;
    drop(server);
    stopped.map_err(|source| rearview_tests::hindsight_server::HindsightServerError::Machine {
        attempt: "wait for Ctrl+C".into(),
        source,
    })
}
