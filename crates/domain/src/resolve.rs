//! Which bank a turn uses and what decides it: message, else chat, else profile (rule, else fixed
//! bank, else user id), else server, else `default`. Never the model, since memory follows the person.

use crate::error::{Error, ErrorCode};
use crate::id::{BankId, ServerId};
use crate::settings::TurnSettings;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The bank used when nobody says anything.
pub const DEFAULT_BANK: &str = "default";

/// A named way of using memory: who is asking, which bank, which settings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
#[ts(export)]
pub struct Profile {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Who is asking, e.g. `ana` or `ana@example.org`.
    pub user_id: Option<String>,
    /// A rule for the bank, e.g. `team-{user.prefix}`.
    pub bank_rule: Option<String>,
    /// A fixed bank.
    pub bank_id: Option<String>,
    /// Settings of this profile.
    pub settings: TurnSettings,
}

/// What decided the bank.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "by", rename_all = "snake_case")]
#[ts(export)]
pub enum BankDecision {
    /// The message named it.
    Message,
    /// The chat names it.
    Chat,
    /// The profile's rule made it.
    ProfileRule {
        /// The rule as written.
        rule: String,
    },
    /// The profile names it.
    ProfileBank,
    /// The profile's user id is the bank.
    ProfileUser,
    /// It is the server's default bank.
    Server,
    /// Nobody said anything.
    BuiltIn,
}

/// Everything that has a say in the bank, from the strongest voice to the weakest.
#[derive(Clone, Debug, Default)]
pub struct BankVoices<'a> {
    /// The message's bank.
    pub message: Option<&'a str>,
    /// The chat's bank.
    pub chat: Option<&'a str>,
    /// The profile.
    pub profile: Option<&'a Profile>,
    /// The server's default bank.
    pub server: Option<&'a str>,
}

/// The bank of a turn and what decided it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct DecidedBank {
    /// The memory server; `None` when none is set up.
    pub server_id: Option<ServerId>,
    /// The bank.
    pub bank_id: BankId,
    /// What decided it.
    pub decision: BankDecision,
}

/// Decides the bank.
///
/// # Errors
/// `InvalidInput` when the deciding voice names a bank that no server takes, or a rule that cannot be
/// filled in. A weaker voice is never used instead: a typo must not write into another bank.
pub fn decide_bank(voices: &BankVoices<'_>) -> Result<(BankId, BankDecision), Error> {
    let set = |text: Option<&str>| text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    if let Some(bank) = set(voices.message) {
        return Ok((BankId::parse(&bank)?, BankDecision::Message));
    }
    if let Some(bank) = set(voices.chat) {
        return Ok((BankId::parse(&bank)?, BankDecision::Chat));
    }
    if let Some(profile) = voices.profile {
        if let Some(rule) = set(profile.bank_rule.as_deref()) {
            let bank = fill_rule(&rule, profile)?;
            return Ok((BankId::parse(&bank)?, BankDecision::ProfileRule { rule }));
        }
        if let Some(bank) = set(profile.bank_id.as_deref()) {
            return Ok((BankId::parse(&bank)?, BankDecision::ProfileBank));
        }
        if let Some(user) = set(profile.user_id.as_deref()) {
            return Ok((BankId::parse(&user)?, BankDecision::ProfileUser));
        }
    }
    if let Some(bank) = set(voices.server) {
        return Ok((BankId::parse(&bank)?, BankDecision::Server));
    }
    Ok((BankId::from(DEFAULT_BANK), BankDecision::BuiltIn))
}

/// Fills `{user.id}`, `{user.prefix}` (the user id up to its first `@ - _ . :` or `/`) and `{profile}`.
fn fill_rule(rule: &str, profile: &Profile) -> Result<String, Error> {
    let wrong = |what: String| {
        Error::new(ErrorCode::InvalidInput, format!("The bank rule `{rule}` {what}."))
            .hint("A rule may use {user.id}, {user.prefix} and {profile}.")
    };
    let mut filled = String::new();
    let mut rest = rule;
    while let Some(open) = rest.find('{') {
        filled.push_str(&rest[..open]);
        let after = &rest[open + 1..];
        let close = after.find('}').ok_or_else(|| wrong("has a `{` without a `}`".into()))?;
        let user = profile.user_id.as_deref().map(str::trim).filter(|user| !user.is_empty());
        let needs_user = || wrong("needs a user id, and the profile has none".into());
        match &after[..close] {
            "user.id" => filled.push_str(user.ok_or_else(needs_user)?),
            "user.prefix" => {
                let user = user.ok_or_else(needs_user)?;
                let end = user.find(['@', '-', '_', '.', ':', '/']).unwrap_or(user.len());
                filled.push_str(&user[..end]);
            }
            "profile" => filled.push_str(&profile.name),
            other => return Err(wrong(format!("uses `{{{other}}}`, which does not exist"))),
        }
        rest = &after[close + 1..];
    }
    filled.push_str(rest);
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ana() -> Profile {
        Profile {
            id: "p".into(),
            name: "work".into(),
            user_id: Some("ana@example.org".into()),
            bank_rule: Some("team-{user.prefix}".into()),
            bank_id: Some("fixed".into()),
            ..Default::default()
        }
    }

    #[test]
    fn the_strongest_voice_decides_and_is_named() {
        let mut profile = ana();
        let mut voices = BankVoices { message: Some("m"), chat: Some("c"), profile: None, server: Some("s") };
        assert_eq!(decide_bank(&voices).unwrap(), (BankId::from("m"), BankDecision::Message));
        voices.message = None;
        assert_eq!(decide_bank(&voices).unwrap(), (BankId::from("c"), BankDecision::Chat));
        voices.chat = Some("  ");
        {
            let voices = BankVoices { profile: Some(&profile), ..voices.clone() };
            let rule = BankDecision::ProfileRule { rule: "team-{user.prefix}".into() };
            assert_eq!(decide_bank(&voices).unwrap(), (BankId::from("team-ana"), rule));
        }
        profile.bank_rule = None;
        {
            let voices = BankVoices { profile: Some(&profile), ..voices.clone() };
            assert_eq!(decide_bank(&voices).unwrap(), (BankId::from("fixed"), BankDecision::ProfileBank));
        }
        profile.bank_id = None;
        {
            let voices = BankVoices { profile: Some(&profile), ..voices.clone() };
            assert_eq!(
                decide_bank(&voices).unwrap(),
                (BankId::from("ana@example.org"), BankDecision::ProfileUser)
            );
        }
        assert_eq!(decide_bank(&voices).unwrap(), (BankId::from("s"), BankDecision::Server));
        voices.server = None;
        assert_eq!(decide_bank(&voices).unwrap(), (BankId::from("default"), BankDecision::BuiltIn));
    }

    #[test]
    fn a_rule_that_cannot_be_filled_in_is_an_error_and_never_another_bank() {
        for (rule, user) in [("{user.id}", None), ("{team}", Some("a")), ("x-{user.id", Some("a"))] {
            let profile = Profile {
                bank_rule: Some(rule.into()),
                bank_id: Some("fixed".into()),
                user_id: user.map(str::to_owned),
                ..Default::default()
            };
            let voices = BankVoices { profile: Some(&profile), ..Default::default() };
            assert!(decide_bank(&voices).is_err(), "{rule}");
        }
    }

    #[test]
    fn a_bank_with_a_slash_is_refused_on_every_level() {
        let voices = BankVoices { chat: Some("a/b"), server: Some("s"), ..Default::default() };
        assert!(decide_bank(&voices).is_err());
    }
}
