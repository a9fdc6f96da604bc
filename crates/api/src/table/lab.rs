//! Recall, reflect and retain by hand; why a fact is not there; saved checks.

use crate::commands::lab::{ask, check};
use crate::wire::*;
use rearview_curate::check::Check;
use rearview_curate::gate::WhyNot;

commands! {
    /// Answers what a turn would ask a bank, by all settings that hold for it.
    read "lab.defaults" ask::defaults: LabDefaultsOf => LabDefaults, ["servers", "bankSettings", "profiles", "chat"];
    /// Recalls by hand, with the stages that the trace tells of.
    read "lab.recall" ask::recall: LabRecall => LabRecalled, [];
    /// Reflects by hand. It asks the server's model and may cost money.
    read "lab.reflect" ask::reflect: LabReflect => LabReflected, [];
    /// Retains by hand.
    write "lab.retain" ask::retain: LabRetain => LabRetained, ["memories", "banks"];
    /// Reads a text as a retain would and stores nothing. It may ask the server's model and cost money.
    read "lab.tryRetain" ask::try_retain: LabTryRetain => LabTried, [];
    /// Answers what came of a retain so far.
    read "lab.learned" ask::learned: LabRetainedOf => LabLearned, ["memories"];
    /// Ends a call of the lab that runs.
    write "lab.cancel" ask::cancel: LabCancel => Done, [];
    /// Names the first gate that kept a fact out of an answer, and the smallest change that lets it in.
    read "lab.whyNot" ask::why_not: LabWhyNot => WhyNot, [];
    /// Lists the saved checks with their last results.
    read "check.list" check::list: Empty => CheckList, ["checks"];
    /// Saves a check.
    write "check.save" check::save: SaveCheck => Check, ["checks"];
    /// Deletes a check.
    write "check.delete" check::delete: CheckRef => Done, ["checks"];
    /// Runs checks, one after the other, and tells each that is done.
    stream "check.run" check::run: RunChecks => CheckProgress, [];
    /// Writes checks as YAML.
    read "check.export" check::export: ExportChecks => CheckYaml, ["checks"];
    /// Writes checks as YAML into a file among the person's downloads.
    write "check.saveFile" check::save_file: ExportChecks => WrittenFile, [];
    /// Adds the checks of a YAML file.
    write "check.import" check::import: ImportChecks => ImportedChecks, ["checks"];
}
