//! Keys that are in the environment already, offered for import. Names are shown, values never.

use secrecy::SecretString;

/// Those of the names that are set to something, in their order.
pub fn env_keys(names: &[&str]) -> Vec<String> {
    names.iter().filter(|name| read_env(name).is_some()).map(|name| (*name).to_owned()).collect()
}

/// The value of a name, without blanks around it; `None` when it is not set, blank or no text.
pub fn read_env(name: &str) -> Option<SecretString> {
    // `var_os` panics on names that no environment can have.
    if name.is_empty() || name.contains(['=', '\0']) {
        return None;
    }
    let value = std::env::var(name).ok()?;
    let value = value.trim();
    (!value.is_empty()).then(|| SecretString::from(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret as _;

    #[test]
    fn names_that_are_set_are_listed_and_never_with_their_values() {
        // Cargo sets both for every test; setting one here would need unsafe code.
        let names = env_keys(&["REARVIEW_NO_SUCH_KEY", "CARGO_PKG_NAME", "", "A=B", "CARGO_MANIFEST_DIR"]);
        assert_eq!(names, ["CARGO_PKG_NAME", "CARGO_MANIFEST_DIR"]);
        assert!(!format!("{names:?}").contains(env!("CARGO_PKG_NAME")));
    }

    #[test]
    fn a_value_is_read_only_through_its_name() {
        let value = read_env("CARGO_PKG_NAME").unwrap();
        assert_eq!(value.expose_secret(), "rearview-secrets");
        assert!(!format!("{value:?}").contains("rearview-secrets"));
        assert!(read_env("REARVIEW_NO_SUCH_KEY").is_none());
    }
}
