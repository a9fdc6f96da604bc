//! The handler of `provider.findLocal`. It runs when a person asks for it and never by itself.

use crate::app::App;
use crate::wire::{Empty, LocalServer, LocalServers};
use rearview_domain::Error;
use url::{Host, Url};

pub async fn find_local(app: &App, _: Empty) -> Result<LocalServers, Error> {
    let found = rearview_providers::find_local(&app.0.config.local_ports).await;
    let set_up = app.0.setup.providers();
    let items = found.servers.into_iter().map(|server| LocalServer {
        known: set_up.iter().any(|config| same_place(&config.base_url, &server.base_url)),
        preset: server.preset.to_owned(),
        name: server.name.to_owned(),
        wire: server.wire,
        base_url: server.base_url,
        models: server.models,
    });
    Ok(LocalServers { items: items.collect(), silent: found.silent })
}

/// Whether two addresses are the same port of this computer, by whichever of its names.
fn same_place(a: &str, b: &str) -> bool {
    let (Ok(a), Ok(b)) = (Url::parse(a), Url::parse(b)) else { return false };
    is_here(&a) && is_here(&b) && a.port_or_known_default() == b.port_or_known_default()
}

fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback() || address.is_unspecified(),
        Some(Host::Ipv6(address)) => address.is_loopback() || address.is_unspecified(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_known_by_its_port_whatever_this_computer_is_called() {
        for known in ["http://localhost:11434/v1", "http://127.0.0.1:11434", "http://[::1]:11434/v1"] {
            assert!(same_place(known, "http://127.0.0.1:11434"), "{known}");
        }
        for other in ["http://localhost:1234", "http://192.168.1.7:11434", "https://api.openai.com/v1", ""] {
            assert!(!same_place(other, "http://127.0.0.1:11434"), "{other}");
        }
    }
}
