//! Missions and the settings of a bank.

use crate::commands::bank::{config, lab, mission, observation};
use crate::wire::*;
use rearview_curate::mission::LabEvent;
use rearview_hindsight::{Cleared, Consolidation, PromptPreview, Recovered, ScopePage, StrategyClaims};

commands! {
    /// The settings of a bank on its server, and what that server can do with them.
    read "bankConfig.read" config::read: BankRef => BankConfigView, ["bankConfig", "engine"];
    /// Changes settings of a bank; null gives one back.
    write "bankConfig.change" config::change: ChangeConfig => BankConfigView, ["bankConfig", "missions", "banks"];
    /// Gives every setting of a bank back, missions included.
    write "bankConfig.reset" config::reset: BankRef => BankConfigView, ["bankConfig", "missions", "banks"];
    /// What a model is sent when this bank retains, consolidates or reflects.
    read "bankConfig.prompts" config::prompts: PreviewPrompt => PromptPreview, ["bankConfig", "directives"];
    /// Saves the missions of a bank, all at once.
    write "mission.save" mission::save: SaveMission => BankConfigView, ["bankConfig", "missions", "banks"];
    /// Saves an earlier version of the missions again.
    write "mission.revert" mission::revert: RevertMission => BankConfigView, ["bankConfig", "missions", "banks"];
    /// Versions of a bank's missions that were saved or seen here, the newest first.
    read "mission.versions" mission::versions: ListMissionVersions => MissionVersions, ["missions"];
    /// How many tokens texts have, as o200k.
    read "mission.countTokens" mission::count_tokens: CountTokens => TokenCounts, [];
    /// What a mission lab would read and take; nothing is asked of a model.
    read "mission.planLab" lab::plan: PlanLab => LabPlan, ["memories", "bankConfig", "engine"];
    /// Reads documents under the missions that hold and under new ones, and stores nothing.
    stream "mission.lab" lab::run: RunLab => LabEvent, [];
    /// The scopes of a bank's observations, the fullest first.
    read "observation.scopes" observation::scopes: ListScopes => ScopePage, ["memories"];
    /// Merges facts that wait into observations.
    write "observation.consolidate" observation::consolidate: Consolidate => Consolidation, ["memories"];
    /// Gives facts that consolidation failed on another try.
    write "observation.recover" observation::recover: BankRef => Recovered, ["memories"];
    /// Deletes all observations of a bank; the facts stay.
    write "observation.clear" observation::clear: BankRef => Cleared, ["memories"];
    /// Which scopes each strategy of consolidation would claim; nothing is saved.
    read "observation.strategies" observation::strategies: PreviewStrategies => StrategyClaims, ["memories"];
}
