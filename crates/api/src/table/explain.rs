//! What explains a turn, and what a person says of its memories for the chat.

use crate::commands::{breakpoint, chat_memory, explain, reflect_again, then};
use crate::wire::*;
use rearview_domain::breakpoint::Breakpoint;

commands! {
    /// The recall of a turn, stage by stage as its trace tells, and which of its memories say the same.
    read "turn.stages" explain::stages: TurnRef => TurnStages, ["record"];
    /// Says why a memory is not in a turn: what the record tells, then what a recall finds that is made now.
    read "turn.whyNot" explain::why_not: TurnWhyNotOf => TurnWhyNot, [];
    /// Asks a turn's own recall again and sets the answer beside what the turn had.
    read "turn.thenAndNow" then::then_and_now_of: ThenAndNowOf => ThenAndNow, [];
    /// Makes a turn's own reflect again, with the memory server's model, and sets it beside the turn's.
    read "turn.reflectAgain" reflect_again::reflect_again: ReflectAgainOf => ReflectedAgain, [];
    /// Lists what a turn's bank knew when the turn began, by when it was learned or by when it happened.
    read "turn.knownThen" then::known: KnownThenOf => BankThen, [];
    /// Lists what is pinned to a chat and what is not relevant in it.
    read "chat.memories" chat_memory::list: ChatMemoriesOf => ChatMemories, ["chatMemories"];
    /// Pins a memory to a chat, calls it not relevant there, or takes that back.
    write "chat.setMemory" chat_memory::set: SetChatMemory => ChatMemorySet, ["chatMemories"];
    /// Lists the breakpoints of a chat.
    read "chat.breakpoints" breakpoint::list: BreakpointsOf => Breakpoints, ["breakpoints"];
    /// Sets a breakpoint of a chat, or switches it on or off.
    write "chat.setBreakpoint" breakpoint::set: SetBreakpoint => Breakpoint, ["breakpoints"];
    /// Removes a breakpoint of a chat.
    write "chat.removeBreakpoint" breakpoint::remove: RemoveBreakpoint => Done, ["breakpoints"];
}
