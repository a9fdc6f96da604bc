//! Facts, entities, documents, tags and the graph between them.

use crate::commands::memory::{fact, tag, view};
use crate::wire::*;
use rearview_hindsight::{MemoryPage, TagPage};

commands! {
    /// Lists facts of a bank, the one said last first, or by the time that the filter names.
    read "memory.list" fact::list: ListMemories => MemoryPage, ["memories"];

    /// Lists the tags of a bank, the most used first.
    read "memory.tags" tag::list: ListTags => TagPage, ["memories"];

    /// The saved views of the fact browser, the oldest first.
    read "view.list" view::list: Empty => ViewList, ["views"];
    /// Keeps a view of the fact browser.
    write "view.save" view::save: SaveView => SavedView, ["views"];
    /// Deletes a saved view.
    write "view.delete" view::delete: ViewRef => Done, ["views"];
}
