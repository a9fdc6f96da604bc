//! What the window may do: the content security policy and the capabilities in src-tauri. That the built app
//! obeys them is seen in the window lane.

use serde_json::Value;

use crate::tree;

/// Sources a policy may name: ourselves, bytes made by the page, and Tauri's own channel to Rust.
const SOURCES: [&str; 6] = ["'none'", "'self'", "data:", "blob:", "ipc:", "http://ipc.localhost"];

/// What a capability may grant a part of: no shell, no files, no HTTP.
const GRANTED: [&str; 4] = ["core", "dialog", "opener", "window-state"];

fn config() -> Value {
    serde_json::from_str(&tree::text("src-tauri/tauri.conf.json")).expect("tauri.conf.json is JSON")
}

#[test]
fn the_policy_names_no_remote_host_and_nothing_unsafe() {
    let config = config();
    let policy = config["app"]["security"]["csp"].as_object().expect("the policy is an object");
    assert_eq!(policy["default-src"], "'none'", "what is not named is refused");
    for (directive, value) in policy {
        for source in value.as_str().expect("a directive is a text").split_whitespace() {
            assert!(SOURCES.contains(&source), "`{directive}` allows `{source}`");
            assert!(
                source != "data:" || directive == "img-src",
                "`{directive}` allows data:, images alone may"
            );
        }
    }
}

#[test]
fn the_page_gets_no_globals_and_no_files() {
    let config = config();
    let app = &config["app"];
    assert_eq!(app["withGlobalTauri"], false);
    assert_eq!(app["security"]["freezePrototype"], true);
    assert_ne!(app["security"]["assetProtocol"]["enable"], true);
    assert!(app["security"]["dangerousDisableAssetCspModification"].is_null());
    assert!(app["security"]["dangerousRemoteDomainIpcAccess"].is_null());
}

#[test]
fn the_one_capability_grants_no_shell_and_no_files() {
    let capabilities = tree::sources("src-tauri/capabilities", &["json"]);
    assert_eq!(capabilities.len(), 1, "one window, one capability file");
    for (path, text) in capabilities {
        let capability: Value = serde_json::from_str(&text).expect("a capability is JSON");
        assert!(capability["remote"].is_null(), "`{}` lets a remote page in", path.display());
        for permission in capability["permissions"].as_array().expect("permissions are a list") {
            // Long form: an object with a scope; short form: the identifier alone.
            let identifier = permission["identifier"].as_str().or(permission.as_str()).unwrap_or_default();
            let of = identifier.split(':').next().unwrap_or_default();
            assert!(GRANTED.contains(&of), "`{}` grants `{identifier}`", path.display());
        }
    }
}
