//! Turns: run, record, store; and what memory would do next.

use crate::commands::{learned, meter, record, replay, turn, turn_memory, xray};
use crate::wire::*;
use rearview_domain::event::RunEvent;
use rearview_domain::learned::MovedFacts;
use rearview_domain::record::TurnRecord;
use rearview_domain::turn::RetainState;

commands! {
    /// Sends a message.
    write "turn.start" turn::start: StartTurn => StartedTurn, ["chats", "chat"];
    /// Answers a question again.
    write "turn.retry" turn::retry: RetryTurn => StartedTurn, ["chats", "chat"];
    /// Follows a run.
    stream "turn.attach" turn::attach: AttachTurn => RunEvent, [];
    /// Stops a run.
    write "turn.cancel" turn::cancel: CancelTurn => Done, [];
    /// Says whether a memory tool may store what it asked to store.
    write "turn.answerTool" turn::answer_tool: AnswerTool => Done, [];
    /// Goes on without waiting for memory.
    write "turn.skipMemory" turn::skip_memory: CancelTurn => Done, [];
    /// Lets a turn go on that paused at a breakpoint, with changes of its block.
    write "turn.resume" turn::resume: ResumeTurn => Done, ["breakpoints", "chats"];
    /// The block of a paused turn as it would be with changes; nothing is changed.
    read "turn.pausedBlock" turn::paused_block: ResumeTurn => PausedBlock, [];
    /// The record of a turn.
    read "turn.record" record::record: TurnRef => TurnRecord, ["record"];
    /// A request of a turn as it was sent.
    read "turn.body" xray::body: StepRef => BodyView, [];
    /// What is other in a request than in the one before it.
    read "turn.changes" xray::changes: StepRef => RequestChanges, [];
    /// A request of a turn as a curl command, without the key.
    read "turn.curl" xray::curl: StepRef => Copyable, [];
    /// What memory took in a chat, turn by turn, and what it would have taken in other places of the prompt.
    read "chat.meter" meter::meter: ChatMeterOf => ChatMeter, ["chat", "record", "providers"];
    /// What a replay of a turn would take; nothing is sent.
    read "turn.replayPrice" replay::price: ReplayTurn => ReplayPlan, ["providers", "record"];
    /// Sends the request of a turn again with something changed; nothing of it is retained.
    write "turn.replay" replay::start: ReplayTurn => ReplayView, ["replays"];
    /// Stops a replay; what came is kept.
    write "turn.stopReplay" replay::stop: ReplayRef => Done, ["replays"];
    /// Deletes a replay that is over.
    write "turn.deleteReplay" replay::delete: ReplayRef => Done, ["replays"];
    /// The replays of a turn, and which memory mattered by them.
    read "turn.replays" replay::list: TurnRef => Replays, ["replays"];
    /// Tries again to store a turn.
    write "turn.retryRetain" turn_memory::retry_retain: TurnRef => RetainState, ["outbox", "record"];
    /// Says whether a turn that waits for it goes to memory.
    write "turn.answerRetain" learned::answer_retain: AnswerRetain => RetainState, ["outbox", "record", "chat", "chats"];
    /// How the facts that came of a turn are now.
    read "turn.learned" learned::now: TurnRef => LearnedNow, ["memories", "record", "runs"];
    /// Looks again at what a turn taught memory.
    write "turn.lookAgain" learned::look_again: TurnRef => Done, [];
    /// Moves facts that came of a turn to another bank: copied there, then retired here.
    write "turn.moveLearned" learned::move_to: MoveLearned => MovedFacts, ["memories", "record", "runs", "banks"];
    /// Moves facts back that were moved: restored here, then deleted there.
    write "turn.moveLearnedBack" learned::move_back: MoveLearnedBack => MovedFacts, ["memories", "record", "runs", "banks"];
    /// What memory would do for the next message of a chat.
    read "memory.status" turn_memory::memory_status: MemoryStatusOf => MemoryStatus, ["chat", "servers", "providers", "outbox"];
}
