//! Facts, entities, documents, tags and the graph between them.

use crate::commands::memory::fact;
use crate::wire::*;
use rearview_hindsight::MemoryPage;

commands! {
    /// Lists facts of a bank, the one said last first, or by the time that the filter names.
    read "memory.list" fact::list: ListMemories => MemoryPage, ["memories"];
}
