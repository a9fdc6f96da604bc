//! The history of injections.

use crate::commands::{bundle, injection};
use crate::wire::*;

commands! {
    /// Turns of all chats, searched by what memory did in them.
    read "injection.list" injection::list: ListInjections => InjectionList, ["chat", "record", "outbox"];
    /// The models and banks that turns name.
    read "injection.names" injection::names: ListInjectionNames => InjectionChoices, ["chat", "record", "servers"];
    /// Memories that were injected again and again and never came back in an answer.
    read "injection.unechoed" injection::unechoed: ListUnechoed => UnechoedList, ["record"];
    /// Memories that replays left out without any difference.
    read "injection.uninfluential" injection::uninfluential: ListUninfluential => UninfluentialList, ["replays"];
    /// What the bundle of a turn would hold; nothing is written.
    read "bundle.preview" bundle::preview: BundleOf => BundlePreview, ["record"];
    /// Writes a turn into one file for a bug report, without keys.
    write "bundle.save" bundle::save: BundleOf => WrittenFile, [];
    /// Opens a bundle that somebody made, to look at; nothing of it is kept.
    write "bundle.open" bundle::open: UploadRef => OpenedBundle, [];
    /// Closes a bundle.
    write "bundle.close" bundle::close: BundleRef => Done, [];
}
