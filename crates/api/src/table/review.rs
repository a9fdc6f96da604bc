//! Runs of changes that a person makes to memory, each with one undo.

use crate::commands::review::{change, find, pair, run};
use crate::wire::*;
use rearview_curate::finding::FindEvent;
use rearview_curate::run::{ChangePage, ChangePreview, RunPage, RunView};

commands! {
    /// Changes facts as one run. A small one is made before it answers, a bigger one goes on by itself.
    write "memory.change" change::change: ChangeMemories => RunView, ["memories", "runs"];
    /// Changes all facts that match a filter as one run.
    write "memory.changeMatching" change::change_matching: ChangeMatching => RunView, ["memories", "runs"];
    /// Does the same to some facts, worked out for each, as one run.
    write "memory.edit" change::edit: EditMemories => RunView, ["memories", "runs"];
    /// Makes one entity of several by rewriting their facts, as one run.
    write "entity.merge" change::merge: MergeEntities => RunView, ["memories", "runs"];
    /// What an edit would do: facts, those that cannot change, observations made anew.
    read "review.preview" change::preview: PreviewEdit => ChangePreview, ["memories"];

    /// Looks a whole bank through: duplicates, superseded, undated, orphaned, instruction-like facts and more.
    stream "review.find" find::find: FindInBank => FindEvent, ["memories"];
    /// Keeps both facts of a pair: no later check brings it up, until one of the texts changes.
    write "review.keepPair" pair::keep: KeepPair => Done, ["keptPairs"];
    /// Pairs that are kept, the latest first.
    read "review.keptPairs" pair::list: ListKeptPairs => KeptPairPage, ["keptPairs"];
    /// Forgets that pairs were kept; the next check brings them up again.
    write "review.forgetPairs" pair::forget: ForgetPairs => Done, ["keptPairs"];

    /// Runs of changes, the newest first.
    read "run.list" run::list: ListRuns => RunPage, ["runs"];
    /// A run with its changes.
    read "run.get" run::get: GetRun => ChangePage, ["runs"];
    /// Takes a run back, as far as nobody else changed its facts since.
    write "run.undo" run::undo: UndoRun => RunView, ["memories", "runs"];
    /// Does again what was taken back.
    write "run.redo" run::redo: JournalRef => RunView, ["memories", "runs"];
    /// Takes back all runs of one action over several banks.
    write "run.undoTogether" run::undo_together: JournalRef => RunsTogether, ["memories", "runs"];
    /// Does again all runs of one action over several banks.
    write "run.redoTogether" run::redo_together: JournalRef => RunsTogether, ["memories", "runs"];
    /// Goes on with a run that halted, and tries again what was refused.
    write "run.resume" run::resume: JournalRef => RunView, ["memories", "runs"];
    /// Stops a run where it is.
    write "run.stop" run::stop: JournalRef => RunView, ["memories", "runs"];
    /// Takes a run out of the journal; it cannot be undone any more.
    write "run.forget" run::forget: JournalRef => Done, ["runs"];
}
