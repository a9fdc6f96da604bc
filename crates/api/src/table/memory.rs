//! Facts, entities, documents, tags and the graph between them.

use crate::commands::memory::{detail, document, entity, fact, graph, past, place, tag, timeline, view};
use crate::wire::*;
use rearview_curate::entity::alike::Alikes;
use rearview_curate::entity::{EntityList, MergePlan};
use rearview_curate::graph::Graph;
use rearview_curate::observed::ObservationsOn;
use rearview_curate::timeline::{Strip, Undated};
use rearview_hindsight::{
    ChunkPage, Deleted, DocumentHistory, DocumentPage, MemoryPage, TagPage, WholeMemory,
};

commands! {
    /// Lists facts of a bank, the one said last first, or by the time that the filter names.
    read "memory.list" fact::list: ListMemories => MemoryPage, ["memories"];

    /// Reads one memory, an observation with the facts it was made of, and the server's answer as it came.
    read "memory.get" detail::get: FactRef => WholeMemory, ["memories"];
    /// Where a memory was said: its document, its chunk and, if it is found, the sentence.
    read "memory.around" place::around: FactRef => MemoryAround, ["memories"];
    /// The whole text of a memory's document with the memory's place in it.
    read "memory.source" place::source: FactRef => MemorySource, ["memories"];
    /// The observations built on a memory or on the sources of an observation, and how far was looked.
    read "memory.observations" detail::observations: FindObservations => ObservationsOn, ["memories"];
    /// Drops the observations built on a fact. The server makes them anew; there is no undo.
    write "memory.clearObservations" detail::clear_observations: FactRef => ObservationsCleared, ["memories"];
    /// Earlier versions of a memory, and what the server noted of it.
    read "memory.history" past::history: FactRef => MemoryHistory, ["memories"];
    /// What was done to a memory here, run by run.
    read "memory.changes" past::changes: FactRef => FactChanges, ["memories", "runs"];
    /// The turns in which a memory was injected, kept out, found or learned.
    read "memory.turns" past::turns: FactRef => MemoryTurns, ["memories", "chats"];
    /// The calls of models that a memory came of, or that went on with it.
    read "memory.llmRequests" detail::made_by: FactRef => MadeBy, ["memories"];

    /// Lists the tags of a bank, the most used first.
    read "memory.tags" tag::list: ListTags => TagPage, ["memories"];

    /// The saved views of the fact browser, the oldest first.
    read "view.list" view::list: Empty => ViewList, ["views"];
    /// Keeps a view of the fact browser.
    write "view.save" view::save: SaveView => SavedView, ["views"];
    /// Deletes a saved view.
    write "view.delete" view::delete: ViewRef => Done, ["views"];
    /// Lists all entities of a bank, the most mentioned first; kept while the bank does not change.
    read "entity.list" entity::list: ListEntities => EntityList, ["memories"];
    /// Groups the entities of a bank whose names look alike.
    read "entity.alikes" entity::alikes: ListAlikes => Alikes, ["memories"];
    /// Tells which facts a merge of entities would rewrite, and how.
    read "entity.mergePlan" entity::merge_plan: PlanMerge => MergePlan, ["memories"];
    /// Draws what is around a fact or an entity.
    read "graph.around" graph::around_node: GraphAroundNode => Graph, ["memories"];
    /// Draws the latest facts of a bank with what they name.
    read "graph.bank" graph::of_bank: GraphOfBank => Graph, ["memories"];
    /// Draws which entities of a bank stand together in facts.
    read "graph.entities" graph::of_entities: GraphOfEntities => Graph, ["memories"];
    /// Writes a picture of a graph into the Downloads folder.
    write "graph.savePicture" graph::save_picture: SaveGraphPicture => WrittenFile, [];
    /// Counts the facts of a bank along a clock.
    read "timeline.strip" timeline::strip: CountOverTime => Strip, ["memories"];
    /// Looks for facts that lack a time, a stretch of the list at a time.
    read "timeline.undated" timeline::undated: ListUndated => Undated, ["memories"];
    /// Lists documents of a bank, the one stored last first.
    read "document.list" document::list: ListDocuments => DocumentPage, ["memories"];
    /// Reads a document with its text, and the turn it came from.
    read "document.read" document::read: OneDocument => DocumentView, ["memories"];
    /// Reads the chunks of a document, in its order.
    read "document.chunks" document::chunks: ListChunks => ChunkPage, ["memories"];
    /// Reads what was done to a document, newest first.
    read "document.history" document::history: OneDocument => DocumentHistory, ["memories"];
    /// Counts what goes with a document when it is deleted.
    read "document.goes" document::goes: OneDocument => DocumentGoes, ["memories"];
    /// Gives a document other tags; its facts follow, its observations are made anew.
    write "document.retag" document::retag: RetagDocument => Done, ["memories"];
    /// Begins to extract a document's facts anew.
    write "document.reprocess" document::reprocess: OneDocument => Reprocessing, ["memories"];
    /// Puts another text in the place of a document's and begins to extract its facts.
    write "document.replace" document::replace: ReplaceDocument => Reprocessing, ["memories"];
    /// Deletes a document with its facts.
    write "document.delete" document::delete: OneDocument => Deleted, ["memories"];
}
