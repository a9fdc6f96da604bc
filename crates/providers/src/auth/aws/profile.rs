//! Credentials of this computer: the environment, and the profiles of `~/.aws`, read by the vendor's crate.
//!
//! Keys in a profile and `credential_process` work without asking anybody else. Single sign-on, roles and
//! the like are requests to other hosts of AWS, which nobody entered here; for them the AWS command line
//! prints keys that can be entered. Files and processes are read anew for every request, so that what the
//! command line has just refreshed counts.

use aws_config::credential_process::CredentialProcessProvider;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::profile::{Profile, load as load_profiles};
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;

/// The settings of a profile that mean a request to another host, and how people call them.
const NEEDS_NETWORK: [(&str, &str); 5] = [
    ("role_arn", "assumes a role"),
    ("sso_session", "signs in through IAM Identity Center"),
    ("sso_start_url", "signs in through IAM Identity Center"),
    ("login_session", "signs in through the AWS console"),
    ("web_identity_token_file", "signs in with a web identity"),
];

/// The credentials of a profile; without a name those of the environment, else of the profile that
/// `AWS_PROFILE` names, else of `default`.
///
/// # Errors
/// What is missing and what to do, for the sentence of an error.
pub(super) async fn load(name: Option<&str>) -> Result<Credentials, String> {
    let name = name.map(str::trim).filter(|name| !name.is_empty());
    if name.is_none()
        && let Ok(found) = EnvironmentVariableCredentialsProvider::new().provide_credentials().await
    {
        return Ok(found);
    }
    let chosen = name.map(|name| name.to_owned().into());
    let profiles = load_profiles(&Default::default(), &Default::default(), &Default::default(), chosen).await;
    // What stands in a broken file could be a key, so the file's own words are not repeated.
    let profiles = profiles.map_err(|_| {
        "the files in `~/.aws` cannot be read; `aws configure list` shows what is wrong with them".to_owned()
    })?;
    let selected = profiles.selected_profile();
    match profiles.get_profile(selected) {
        Some(profile) => of(profile).await,
        None if name.is_some() => Err(format!(
            "there is no profile `{selected}` in `~/.aws`; make it with `aws configure --profile {selected}`"
        )),
        None => Err("no key was entered and this computer has no AWS credentials; enter an access key or a \
                     Bedrock API key, or run `aws configure`"
            .to_owned()),
    }
}

/// The credentials that stand in a profile, or that its process prints. A role outranks keys, as AWS has it.
async fn of(profile: &Profile) -> Result<Credentials, String> {
    let name = profile.name();
    let text = |field: &str| profile.get(field).map(str::trim).filter(|text| !text.is_empty());
    let elsewhere = || NEEDS_NETWORK.iter().find(|(field, _)| text(field).is_some());
    let print = format!("run `aws configure export-credentials --profile {name}` and enter what it prints");
    if text("role_arn").is_none() {
        match (text("aws_access_key_id"), text("aws_secret_access_key"), text("credential_process")) {
            (Some(id), Some(secret), _) => {
                let token = text("aws_session_token").map(str::to_owned);
                return Ok(Credentials::new(id, secret, token, None, "profile"));
            }
            (None, None, None) => {}
            (_, _, Some(command)) => {
                let process = CredentialProcessProvider::new(command.to_owned());
                // What a process says when it fails could hold anything.
                return process.provide_credentials().await.map_err(|_| {
                    format!(
                        "the `credential_process` of the profile `{name}` gave no keys; run it in a terminal to see why"
                    )
                });
            }
            _ => {
                return Err(format!(
                    "the profile `{name}` has only half of a key; complete it with `aws configure --profile {name}`"
                ));
            }
        }
    }
    match elsewhere() {
        Some((_, how)) => Err(format!("the profile `{name}` {how}, which Rearview does not do; {print}")),
        None => Err(format!(
            "the profile `{name}` has no keys; give it some with `aws configure --profile {name}`"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_config::profile::Property;

    fn profile(fields: &[(&str, &str)]) -> Profile {
        let property = |(key, value): &(&str, &str)| {
            ((*key).to_owned(), Property::new((*key).to_owned(), (*value).to_owned()))
        };
        Profile::new("work", fields.iter().map(property).collect())
    }

    #[tokio::test]
    async fn keys_in_a_profile_are_taken_with_their_token() {
        let fields = [
            ("aws_access_key_id", "AKIA1"),
            ("aws_secret_access_key", "s"),
            ("aws_session_token", "t"),
            ("region", "eu-central-1"),
        ];
        let keys = of(&profile(&fields)).await.unwrap();
        assert_eq!(
            (keys.access_key_id(), keys.secret_access_key(), keys.session_token()),
            ("AKIA1", "s", Some("t"))
        );
        let keys = of(&profile(&fields[..2])).await.unwrap();
        assert_eq!(keys.session_token(), None);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_process_is_asked_for_keys_and_its_words_are_not_repeated() {
        let good = r#"echo '{"Version":1,"AccessKeyId":"AKIA2","SecretAccessKey":"s","SessionToken":"t"}'"#;
        let keys = of(&profile(&[("credential_process", good)])).await.unwrap();
        assert_eq!((keys.access_key_id(), keys.session_token()), ("AKIA2", Some("t")));
        for bad in
            ["echo AKIASECRET; exit 1", "echo AKIASECRET >&2; exit 1", "echo AKIASECRET", "/no/such/file"]
        {
            let error = of(&profile(&[("credential_process", bad)])).await.unwrap_err();
            assert!(error.contains("terminal") && !error.contains("AKIASECRET"), "{error}");
        }
    }

    #[tokio::test]
    async fn what_needs_another_host_names_the_command_that_helps() {
        let keys = [("aws_access_key_id", "AKIA1"), ("aws_secret_access_key", "s")];
        for field in ["sso_session", "sso_start_url", "login_session", "web_identity_token_file", "role_arn"]
        {
            let error = of(&profile(&[(field, "x")])).await.unwrap_err();
            assert!(error.contains("aws configure export-credentials --profile work"), "{field}: {error}");
        }
        let error = of(&profile(&[&keys[..], &[("role_arn", "x")]].concat())).await.unwrap_err();
        assert!(error.contains("assumes a role"), "{error}");
    }

    #[tokio::test]
    async fn a_profile_without_a_whole_key_says_what_to_do() {
        let error = of(&profile(&[("region", "us-east-1")])).await.unwrap_err();
        assert!(error.contains("has no keys") && error.contains("aws configure"), "{error}");
        let error = of(&profile(&[("aws_access_key_id", "AKIASECRET")])).await.unwrap_err();
        assert!(error.contains("half of a key") && !error.contains("AKIASECRET"), "{error}");
    }

    #[tokio::test]
    async fn a_profile_that_is_not_there_is_named() {
        let error = load(Some("no-such-profile-of-rearview")).await.unwrap_err();
        assert!(
            error.contains("`no-such-profile-of-rearview`") && error.contains("aws configure"),
            "{error}"
        );
    }
}
