//! Everything that is decided before a turn begins, as data. `plan` is pure; `api` gathers the voices.

use crate::{tokens, tools};
use globset::{GlobBuilder, GlobMatcher};
use rearview_domain::breakpoint::{BlockEdits, Breakpoint, Pause};
use rearview_domain::chat::{ChatKind, ChatMemory, ChatMemoryKind};
use rearview_domain::memory::RecalledMemory;
use rearview_domain::message::{Message, Role};
use rearview_domain::record::{MemoryCall, PinFound, PinnedMemory, Resolved, TurnRecord};
use rearview_domain::resolve::{BankVoices, DecidedBank, Profile, decide_bank};
use rearview_domain::settings::{Cap, Decided, DecidedSettings, Level, MemoryMode, Placement, TurnSettings};
use rearview_domain::turn::{MemoryOff, RetainSkip, Turn};
use rearview_domain::{BankId, Error, MessageId, ServerId, TurnId};
use rearview_providers::{Target, Tool, WireKind};
use std::collections::HashMap;
use std::sync::Arc;

/// The memory server as a voice.
#[derive(Clone, Debug)]
pub struct ServerVoice {
    /// Its id.
    pub id: ServerId,
    /// Its default bank.
    pub default_bank: Option<String>,
    /// Its settings.
    pub settings: TurnSettings,
}

/// Everybody who has a say in a turn.
#[derive(Clone, Debug)]
pub struct Voices<'a> {
    /// How the chat is kept.
    pub kind: ChatKind,
    /// The memory server; `None` when none is set up.
    pub server: Option<&'a ServerVoice>,
    /// The profile.
    pub profile: Option<&'a Profile>,
    /// The bank that the chat names.
    pub chat_bank: Option<&'a BankId>,
    /// The chat's settings.
    pub chat: &'a TurnSettings,
    /// The bank that the message names.
    pub message_bank: Option<&'a str>,
    /// The message's settings.
    pub message: &'a TurnSettings,
    /// The model, as `provider/model`.
    pub model: &'a str,
}

/// The bank alone; its own settings are a level of `decide`, so it is needed first.
///
/// # Errors
/// As `decide_bank`.
pub fn bank(voices: &Voices<'_>) -> Result<DecidedBank, Error> {
    let (bank_id, decision) = decide_bank(&BankVoices {
        message: voices.message_bank,
        chat: voices.chat_bank.map(BankId::as_str),
        profile: voices.profile,
        server: voices.server.and_then(|server| server.default_bank.as_deref()),
    })?;
    Ok(DecidedBank { server_id: voices.server.map(|server| server.id.clone()), bank_id, decision })
}

/// Decides every setting, and whether memory is asked and fed at all.
///
/// A chat that is incognito or temporary beats every setting, and an excluded model beats all but those.
pub fn decide(voices: &Voices<'_>, bank: DecidedBank, bank_settings: &TurnSettings) -> Resolved {
    let none = TurnSettings::default();
    let settings = DecidedSettings::decide(&[
        (Level::Server, voices.server.map_or(&none, |server| &server.settings)),
        (Level::Bank, bank_settings),
        (Level::Profile, voices.profile.map_or(&none, |profile| &profile.settings)),
        (Level::Chat, voices.chat),
        (Level::Message, voices.message),
    ]);
    let excluded = is_excluded(&settings.excluded_models.value, voices.model);
    let inject_off = match voices.kind {
        ChatKind::Incognito => Some(MemoryOff::Incognito),
        ChatKind::Temporary => Some(MemoryOff::Temporary),
        ChatKind::Normal if excluded => Some(MemoryOff::ExcludedModel),
        ChatKind::Normal if !settings.inject_memories.value => Some(MemoryOff::Setting),
        ChatKind::Normal if voices.server.is_none() => Some(MemoryOff::NoServer),
        ChatKind::Normal => None,
    };
    let store_off = match voices.kind {
        ChatKind::Incognito => Some(RetainSkip::Incognito),
        ChatKind::Temporary => Some(RetainSkip::Temporary),
        ChatKind::Normal if excluded => Some(RetainSkip::ExcludedModel),
        ChatKind::Normal if !settings.store_conversations.value => Some(RetainSkip::Setting),
        ChatKind::Normal if voices.server.is_none() => Some(RetainSkip::NoServer),
        ChatKind::Normal => None,
    };
    Resolved {
        bank,
        profile: voices.profile.map(|profile| profile.name.clone()),
        model: voices.model.to_owned(),
        settings,
        inject_off,
        store_off,
    }
}

/// The settings that memory is asked with before the first request. With tools on that is the preload,
/// which has a query, a budget and a number of its own and never reflects.
pub fn asking(resolved: &Resolved, demo: bool) -> DecidedSettings {
    let mut settings = resolved.settings.clone();
    if !tools::offered(resolved, demo).is_empty() {
        let level = settings.preload_max_results.level;
        let n = settings.preload_max_results.value;
        settings.mode.value = MemoryMode::Recall;
        settings.budget = settings.preload_budget.clone();
        settings.query = settings.preload_query.clone();
        settings.max_memories = Decided { value: Cap::At { n }, level };
    }
    settings
}

/// Whether a model is excluded: a glob matches `provider/model` or the model alone, whatever the case.
/// A glob that cannot be read excludes nothing but itself, spelled out.
pub fn is_excluded(globs: &[String], model: &str) -> bool {
    let bare = model.split_once('/').map_or(model, |(_, bare)| bare);
    globs.iter().any(|glob| match matcher(glob) {
        Some(matcher) => matcher.is_match(model) || matcher.is_match(bare),
        None => glob.eq_ignore_ascii_case(model) || glob.eq_ignore_ascii_case(bare),
    })
}

fn matcher(glob: &str) -> Option<GlobMatcher> {
    // `*` crosses `/` here as it does in hindsight-litellm: model names carry slashes of their own.
    GlobBuilder::new(glob).case_insensitive(true).build().ok().map(|glob| glob.compile_matcher())
}

/// What memory gave to an earlier message of the branch, as that turn's record tells.
#[derive(Clone, Debug, PartialEq)]
pub struct EarlierBlock {
    /// The turn.
    pub turn_id: TurnId,
    /// The message it answered.
    pub question_id: MessageId,
    /// The memories in its block, in their order, with the words that were sent.
    pub memories: Vec<RecalledMemory>,
    /// Lines that the person added to it at a breakpoint; empty without any.
    pub added: String,
}

impl EarlierBlock {
    /// The block as an answer of memory that nobody asked for.
    pub fn as_call(&self) -> MemoryCall {
        MemoryCall {
            mode: MemoryMode::Recall,
            request: serde_json::Value::Null,
            ms: 0.0,
            memories: self.memories.clone(),
            trace: None,
            reflect: None,
            ignored_params: Vec::new(),
            error: None,
            kept_from: Some(self.turn_id.clone()),
        }
    }
}

/// The memories that a record says were in its block, recalled or pinned, in their order and with the words that were
/// sent; reflect's paragraph is none.
pub fn injected_memories(record: &TurnRecord) -> Vec<RecalledMemory> {
    let recalled = || record.memory.iter().flat_map(|call| &call.memories);
    let pinned = || record.pinned.iter().filter_map(|pin| pin.memory.as_ref());
    let edits = record.pause.as_ref().and_then(Pause::edits);
    let passed = record.selected.iter().filter(|one| one.gate.is_none() && record.injected.is_some());
    let known = |id: &str| recalled().chain(pinned()).find(|memory| memory.id == id);
    let sent = |memory: &RecalledMemory| {
        let mut memory = memory.clone();
        if let Some(text) = edits.and_then(|edits| edits.edited.get(&memory.id)) {
            memory.text.clone_from(text);
            memory.tokens = tokens::count(text);
        }
        memory
    };
    passed.filter_map(|one| known(&one.memory_id).map(sent)).collect()
}

/// The lines of a person's own in the block of a record: those of its pause, else those that came with a block of an
/// earlier message; empty without any.
pub fn added_lines(record: &TurnRecord) -> &str {
    let Some(pause) = &record.pause else {
        return "";
    };
    match pause.edits() {
        Some(BlockEdits { added: Some(added), .. }) => added,
        Some(BlockEdits { no_memory: true, .. }) => "",
        _ => &pause.added,
    }
}

/// The blocks of earlier turns that a turn keeps, from the records of the turns before it on its branch, the oldest first.
/// Only turns of the same bank and placement kept anything: a block of another placement is in no later request.
pub fn earlier_blocks<'a>(
    resolved: &Resolved,
    before: impl IntoIterator<Item = (&'a MessageId, &'a TurnRecord)>,
) -> Vec<EarlierBlock> {
    let placement = resolved.settings.placement.value;
    let same = |record: &TurnRecord| {
        let bank = record.resolved.as_ref().map(|was| (&was.bank.server_id, &was.bank.bank_id));
        bank == Some((&resolved.bank.server_id, &resolved.bank.bank_id))
            && record.injected.as_ref().is_some_and(|injected| injected.placement == placement)
    };
    let blocks =
        before.into_iter().filter(|(_, record)| same(record)).map(|(question_id, record)| EarlierBlock {
            turn_id: record.turn_id.clone(),
            question_id: question_id.clone(),
            memories: injected_memories(record),
            added: added_lines(record).to_owned(),
        });
    blocks.filter(|block| !block.memories.is_empty() || !block.added.is_empty()).collect()
}

/// Whether a placement keeps blocks of earlier messages.
pub fn keeps_earlier(placement: Placement) -> bool {
    matches!(placement, Placement::PinnedPerChat | Placement::OnlyNew)
}

/// A turn, ready to run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The turn as it stands on disk, running.
    pub turn: Turn,
    /// Who is asking, which bank, which settings, and whether memory is asked and fed at all.
    pub resolved: Resolved,
    /// The chat's own instruction to the model.
    pub system_prompt: String,
    /// The visible branch up to and including the question, whole.
    pub history: Vec<Message>,
    /// What the person said of memories for this chat, in the order it was said.
    pub here: Vec<ChatMemory>,
    /// The chat's breakpoints, in the order they were set.
    pub breakpoints: Vec<Breakpoint>,
    /// Whether whoever started the turn can be asked when a breakpoint matches; without it the turn does not wait.
    pub can_pause: bool,
    /// Base64 of every image in it, by hash.
    pub images: HashMap<String, Arc<str>>,
    /// The blocks of earlier messages that stay where they are, the oldest first; empty unless the placement keeps any.
    pub earlier: Vec<EarlierBlock>,
    /// The model.
    pub target: Target,
    /// The most tokens that the answer may have; the provider's default when absent.
    pub max_output_tokens: Option<u32>,
}

impl Plan {
    /// The message that is being answered.
    pub fn question(&self) -> Option<&Message> {
        self.history.iter().rev().find(|message| message.role == Role::User)
    }

    /// The memory tools that the model is offered; none when they are off.
    pub fn tools(&self) -> Vec<Tool> {
        tools::offered(&self.resolved, self.is_demo())
    }

    /// The settings that memory is asked with before the first request.
    pub fn asking(&self) -> DecidedSettings {
        asking(&self.resolved, self.is_demo())
    }

    /// The block that was pinned to the chat by an earlier turn; memory is not asked then.
    pub fn pinned_block(&self) -> Option<&EarlierBlock> {
        let pinned = self.resolved.settings.placement.value == Placement::PinnedPerChat;
        self.earlier.first().filter(|_| pinned && self.tools().is_empty())
    }

    /// What is pinned to the chat. Those of the turn's bank are still to be fetched.
    pub fn pinned(&self) -> Vec<PinnedMemory> {
        let pin = |one: &ChatMemory| PinnedMemory {
            memory_id: one.memory_id.clone(),
            text: one.text.clone(),
            found: match self.is_here(one) {
                true => PinFound::There,
                false => PinFound::OtherBank { bank_id: one.bank_id.clone() },
            },
            memory: None,
        };
        self.here.iter().filter(|one| one.kind == ChatMemoryKind::Pinned).map(pin).collect()
    }

    /// Ids of the memories of the turn's bank that are not relevant in this chat.
    pub fn not_here(&self) -> Vec<String> {
        let out = |one: &&ChatMemory| one.kind == ChatMemoryKind::NotHere && self.is_here(one);
        self.here.iter().filter(out).map(|one| one.memory_id.clone()).collect()
    }

    fn is_here(&self, one: &ChatMemory) -> bool {
        let bank = &self.resolved.bank;
        bank.server_id.as_ref() == Some(&one.server_id) && bank.bank_id == one.bank_id
    }

    /// Whether the built-in Demo answers.
    pub fn is_demo(&self) -> bool {
        self.target.wire == WireKind::Demo
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rearview_domain::resolve::BankDecision;

    fn server() -> ServerVoice {
        ServerVoice { id: "s".into(), default_bank: None, settings: TurnSettings::default() }
    }

    fn decide_with(change: impl FnOnce(&mut Voices<'_>)) -> Resolved {
        let (server, none) = (server(), TurnSettings::default());
        let mut voices = Voices {
            kind: ChatKind::Normal,
            server: Some(&server),
            profile: None,
            chat_bank: None,
            chat: &none,
            message_bank: None,
            message: &none,
            model: "openai/gpt-4o",
        };
        change(&mut voices);
        let bank = bank(&voices).unwrap();
        decide(&voices, bank, &TurnSettings::default())
    }

    #[test]
    fn memory_is_on_unless_somebody_says_otherwise() {
        let decision = decide_with(|_| ());
        assert_eq!((decision.inject_off, decision.store_off), (None, None));
        assert_eq!(decision.bank.decision, BankDecision::BuiltIn);
    }

    #[test]
    fn incognito_and_temporary_chats_neither_recall_nor_retain_whatever_the_settings_say() {
        let on = TurnSettings {
            inject_memories: Some(true),
            store_conversations: Some(true),
            ..Default::default()
        };
        let decision = decide_with(|voices| {
            voices.kind = ChatKind::Incognito;
            voices.message = Box::leak(Box::new(on.clone()));
        });
        assert_eq!(decision.inject_off, Some(MemoryOff::Incognito));
        assert_eq!(decision.store_off, Some(RetainSkip::Incognito));
        let decision = decide_with(|voices| voices.kind = ChatKind::Temporary);
        assert_eq!(decision.inject_off, Some(MemoryOff::Temporary));
        assert_eq!(decision.store_off, Some(RetainSkip::Temporary));
    }

    #[test]
    fn an_excluded_model_bypasses_both_halves() {
        let excluded = TurnSettings { excluded_models: Some(vec!["GPT-4*".into()]), ..Default::default() };
        let decision = decide_with(|voices| voices.chat = Box::leak(Box::new(excluded)));
        assert_eq!(decision.inject_off, Some(MemoryOff::ExcludedModel));
        assert_eq!(decision.store_off, Some(RetainSkip::ExcludedModel));
    }

    #[test]
    fn a_turn_without_a_server_says_so() {
        let decision = decide_with(|voices| voices.server = None);
        assert_eq!(decision.inject_off, Some(MemoryOff::NoServer));
        assert_eq!(decision.store_off, Some(RetainSkip::NoServer));
    }

    #[test]
    fn the_halves_are_switched_apart() {
        let off = TurnSettings { store_conversations: Some(false), ..Default::default() };
        let decision = decide_with(|voices| voices.message = Box::leak(Box::new(off)));
        assert_eq!((decision.inject_off, decision.store_off), (None, Some(RetainSkip::Setting)));
        assert_eq!(decision.settings.store_conversations.level, Level::Message);
    }

    #[test]
    fn a_banks_own_settings_lie_between_the_server_and_the_profile() {
        let (server, none) = (server(), TurnSettings::default());
        let bank_settings = TurnSettings { max_memory_tokens: Some(7), ..Default::default() };
        let profile = Profile {
            settings: TurnSettings { recall_timeout_ms: Some(5), ..Default::default() },
            ..Default::default()
        };
        let voices = Voices {
            kind: ChatKind::Normal,
            server: Some(&server),
            profile: Some(&profile),
            chat_bank: None,
            chat: &none,
            message_bank: None,
            message: &none,
            model: "m",
        };
        let decision = decide(&voices, bank(&voices).unwrap(), &bank_settings);
        assert_eq!(decision.settings.max_memory_tokens.level, Level::Bank);
        assert_eq!(decision.settings.recall_timeout_ms.level, Level::Profile);
    }

    #[test]
    fn globs_match_the_bare_model_and_the_whole_name() {
        let globs = |text: &str| vec![text.to_owned()];
        assert!(is_excluded(&globs("openai/*"), "openai/gpt-4o"));
        assert!(is_excluded(&globs("*mini"), "openrouter/openai/gpt-4o-mini"));
        assert!(!is_excluded(&globs("claude-*"), "openai/gpt-4o"));
        assert!(!is_excluded(&globs("["), "openai/gpt-4o"));
    }
}
