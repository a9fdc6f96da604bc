//! Memory servers, the settings of turns on a bank, profiles.

use crate::commands::server;
use crate::wire::*;
use rearview_domain::resolve::Profile;

commands! {
    /// All memory servers.
    read "server.list" server::list: Empty => ServerList, ["servers"];
    /// Keeps a memory server.
    write "server.save" server::save: SaveServer => ServerView, ["servers"];
    /// Deletes a memory server and its key; its data stays where it is.
    write "server.delete" server::delete: ServerRef => Done, ["servers"];
    /// Deletes a memory server's key.
    write "server.clearKey" server::clear_key: ServerRef => Done, ["servers"];
    /// Makes new turns use a memory server.
    write "server.makeDefault" server::make_default: ServerRef => Done, ["servers"];
    /// Checks a memory server.
    read "server.check" server::check: CheckServer => ServerCheck, [];
    /// What a memory server offers, by the names of `Features`.
    read "server.features" server::features: ServerRef => FeatureList, ["servers"];
    /// Lists banks.
    read "server.banks" server::banks: ListBanks => BankPage, ["servers", "banks"];
    /// The settings of turns on a bank.
    read "bank.settings" server::bank_settings: BankRef => BankSettings, ["bankSettings"];
    /// Keeps the settings of turns on a bank.
    write "bank.saveSettings" server::save_bank_settings: SaveBankSettings => Done, ["bankSettings", "chat"];
    /// All profiles.
    read "profile.list" server::profiles: Empty => ProfileList, ["profiles"];
    /// Keeps a profile.
    write "profile.save" server::save_profile: SaveProfile => Profile, ["profiles", "chat"];
    /// Deletes a profile; chats that used it fall back.
    write "profile.delete" server::delete_profile: ProfileRef => Done, ["profiles", "chat"];
}
