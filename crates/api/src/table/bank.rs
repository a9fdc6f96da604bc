//! Banks themselves: the list, names, copies, templates, archives, transfers.

use crate::commands::bank::{alias, banks, moves, template};
use crate::wire::*;
use rearview_curate::transfer::{ArchiveInfo, BankMove};
use rearview_hindsight::{Aliases, TemplateOutcome};

commands! {
    /// All banks of a server.
    read "bank.list" banks::list: ServerRef => BankList, ["servers", "banks", "memories"];
    /// Banks that are called nearly as what was typed, so that a slip makes none.
    read "bank.alike" banks::alike: FindAlike => Alike, ["servers", "banks"];
    /// Makes a bank, names it, and sets it up by a template.
    write "bank.create" banks::create: CreateBank => CreatedBank, ["banks", "bankConfig", "directives", "mentalModels"];
    /// What uses a bank.
    read "bank.uses" banks::uses: BankRef => BankUses, ["banks", "chats", "profiles", "servers"];
    /// Makes a bank the one of its server, for new chats.
    write "bank.useByDefault" banks::use_by_default: BankRef => Done, ["servers", "chat"];
    /// Deletes a bank with everything in it, after its name was typed.
    write "bank.delete" banks::delete: DeleteBank => DeletedBank, ["banks", "memories", "bankConfig", "operations"];

    /// The names of a bank.
    read "bank.aliases" alias::list: BankRef => Aliases, ["banks"];
    /// Shows a bank under another name.
    write "bank.rename" alias::rename: RenameBank => Aliases, ["banks"];
    /// Gives a bank another name.
    write "bank.addAlias" alias::add: AddAlias => Aliases, ["banks"];
    /// Takes a name from a bank.
    write "bank.removeAlias" alias::remove: AliasRef => Aliases, ["banks"];

    /// The settings, directives and mental models of a bank as a template.
    read "bank.template" template::read: BankRef => BankTemplate, ["bankConfig", "directives", "mentalModels"];
    /// Tells what a template would do to a bank; nothing is done.
    read "bank.tryTemplate" template::try_out: ApplyTemplate => TemplateOutcome, ["bankConfig", "directives", "mentalModels"];
    /// Sets a bank up by a template.
    write "bank.applyTemplate" template::apply: ApplyTemplate => TemplateOutcome, ["banks", "bankConfig", "directives", "mentalModels", "operations"];
    /// Writes the template of a bank into a file.
    write "bank.saveTemplate" template::save: BankRef => WrittenFile, [];

    /// Moves of banks that go on or have ended, the newest first.
    read "bank.moves" moves::list: Empty => BankMoves, ["bankMoves"];
    /// Copies a bank on its server.
    write "bank.clone" moves::clone: CloneBank => BankMove, ["bankMoves"];
    /// Copies a bank to another server.
    write "bank.transfer" moves::transfer: TransferBank => BankMove, ["bankMoves"];
    /// Packs a bank into a file.
    write "bank.archive" moves::archive: ArchiveBank => BankMove, ["bankMoves"];
    /// What is in an archive, before it goes anywhere.
    read "bank.archiveInfo" moves::info: UploadRef => ArchiveInfo, [];
    /// Brings a bank in from a file.
    write "bank.restore" moves::restore: RestoreBank => BankMove, ["bankMoves"];
    /// Stops a move, on the server too.
    write "bank.cancelMove" moves::cancel: MoveRef => Done, ["bankMoves"];
    /// Looks what became of a move that Rearview lost sight of, and follows it on if it still runs.
    write "bank.followMove" moves::follow: MoveRef => BankMove, ["bankMoves", "banks", "memories"];
    /// Takes a move that has ended off the list.
    write "bank.forgetMove" moves::forget: MoveRef => Done, ["bankMoves"];
}
