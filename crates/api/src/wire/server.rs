//! Memory servers, banks and profiles: where memory lives and how it is used. Keys go in, never out.

use super::{Verdict, wire};
use rearview_domain::resolve::Profile;
use rearview_domain::settings::TurnSettings;
use rearview_domain::time::Time;
use rearview_domain::{BankId, ServerId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A memory server as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ServerConfig {
    /// Its id; stable while address and key change.
    pub id: ServerId,
    /// Its name.
    pub name: String,
    /// Its address.
    pub base_url: String,
    /// The bank used when nobody says another.
    #[serde(default)]
    pub default_bank: Option<String>,
    /// Settings of turns on this server.
    #[serde(default)]
    pub settings: TurnSettings,
}

wire! {
    /// Keeps a memory server.
    request SaveServer {
        /// The server. Its address is healed; the answer says what was changed.
        pub config: ServerConfig,
        /// Its key, when one was entered.
        pub key: Option<String>,
        /// Whether new turns use it.
        pub make_default: bool,
    }

    /// Names a memory server.
    request ServerRef {
        /// The server.
        pub server_id: ServerId,
    }

    /// Checks a memory server before or after it is kept.
    request CheckServer {
        /// Its id, when it is kept already; lets the kept key be used if the address is unchanged.
        pub server_id: Option<ServerId>,
        /// Its address.
        pub base_url: String,
        /// Its key, when one was entered.
        pub key: Option<String>,
    }

    /// Lists banks.
    request ListBanks {
        /// The server.
        pub server_id: ServerId,
        /// Words in the bank's id or name.
        pub q: Option<String>,
        /// At most this many.
        pub limit: u32,
        /// After this many.
        pub offset: u32,
    }

    /// Names a bank.
    request BankRef {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
    }

    /// Keeps the settings of turns on a bank.
    request SaveBankSettings {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// The settings, all of them.
        pub settings: TurnSettings,
    }

    /// Keeps a profile.
    request SaveProfile {
        /// The profile; an empty id makes a new one.
        pub profile: Profile,
    }

    /// Names a profile.
    request ProfileRef {
        /// The profile.
        pub profile_id: String,
    }
}

wire! {
    /// All memory servers.
    answer ServerList {
        /// The servers.
        pub items: Vec<ServerView>,
        /// The one that new turns use.
        pub default_id: Option<ServerId>,
    }

    /// A memory server as it is shown.
    answer ServerView {
        /// The server.
        pub config: ServerConfig,
        /// Whether it is the engine in this app: it has no address or key to set and cannot be deleted.
        pub embedded: bool,
        /// Whether a key is kept for it.
        pub key_present: bool,
        /// What was changed about its address, when it was just kept.
        pub healed: Vec<String>,
    }

    /// What a check found, each verdict on its own.
    answer ServerCheck {
        /// Whether anything answers at the address.
        pub reachable: Verdict,
        /// Whether it is a Hindsight server, and which version.
        pub version: Verdict,
        /// Whether the key was accepted.
        pub key_accepted: Verdict,
        /// What it can do.
        pub features: Vec<FeatureView>,
        /// How many banks it has.
        pub banks: Option<u32>,
        /// The address that was used.
        pub base_url: String,
        /// What was changed about it.
        pub healed: Vec<String>,
    }

    /// Something a server can or cannot do.
    answer FeatureView {
        /// Its name.
        pub name: String,
        /// Whether it can.
        pub available: bool,
        /// Why not.
        pub reason: Option<String>,
    }

    /// What a server offers.
    answer FeatureList {
        /// Every optional part of the API, by its name.
        pub items: Vec<FeatureView>,
    }

    /// Some banks.
    answer BankPage {
        /// The banks.
        pub items: Vec<BankView>,
        /// How many there are.
        pub total: u32,
    }

    /// A bank.
    answer BankView {
        /// Its id.
        pub id: BankId,
        /// Its name, or its id when it has none.
        pub name: String,
        /// How many facts it holds.
        pub facts: Option<u32>,
        /// When it was last written.
        pub last_write_at: Option<Time>,
    }

    /// The settings of turns on a bank.
    answer BankSettings {
        /// The settings.
        pub settings: TurnSettings,
    }

    /// All profiles.
    answer ProfileList {
        /// The profiles.
        pub items: Vec<Profile>,
    }
}
