//! A turn that recalled two memories, sent again in other ways.

use super::*;
use crate::layout::tests::memory;
use crate::plan::Plan;
use rearview_domain::message::{Message, Part, Role};
use rearview_domain::record::{Resolved, Step};
use rearview_domain::resolve::DecidedBank;
use rearview_domain::settings::{Cap, MemoryMode, Placement, TurnSettings};
use rearview_domain::time::Time;
use rearview_domain::turn::{Turn, TurnState, Usage};
use rearview_providers::{Platform, Quirks, RequestPart, WireKind, encode};
use std::collections::HashMap;

fn target(wire: WireKind) -> Target {
    Target {
        provider_id: "p".into(),
        provider_name: "P".into(),
        wire,
        platform: Platform::default(),
        base_url: "http://localhost/v1".into(),
        model: "m".into(),
        quirks: Quirks::default(),
        facts: None,
    }
}

fn plan(settings: TurnSettings) -> Plan {
    let question = Message {
        id: "q".into(),
        chat_id: "c".into(),
        parent_id: None,
        role: Role::User,
        parts: vec![Part::text("Where should we eat?")],
        turn_id: None,
        created_at: Time::now(),
    };
    let turn = Turn {
        id: "t".into(),
        chat_id: "c".into(),
        question_id: "q".into(),
        answer_id: "a".into(),
        model: "p/m".into(),
        state: TurnState::Finished,
        finish: None,
        error: None,
        memory: None,
        retain: None,
        learned: None,
        usage: Usage::default(),
        cost: None,
        context_tokens: None,
        first_token_ms: None,
        total_ms: None,
        started_at: Time::now(),
    };
    let bank =
        DecidedBank { server_id: Some("s".into()), bank_id: "ana".into(), decision: BankDecision::BuiltIn };
    let resolved = Resolved {
        bank,
        profile: None,
        model: "p/m".into(),
        settings: DecidedSettings::decide(&[(Level::Chat, &settings)]),
        inject_off: None,
        store_off: None,
    };
    Plan {
        earlier: Vec::new(),
        here: Vec::new(),
        breakpoints: Vec::new(),
        can_pause: false,
        turn,
        resolved,
        system_prompt: "Be brief.".into(),
        history: vec![question],
        images: HashMap::new(),
        target: target(WireKind::OpenaiChat),
        max_output_tokens: None,
    }
}

fn call(texts: &[(&str, &str)]) -> MemoryCall {
    MemoryCall {
        mode: MemoryMode::Recall,
        request: serde_json::Value::Null,
        ms: 1.0,
        memories: texts.iter().map(|(id, text)| memory(id, text)).collect(),
        trace: None,
        reflect: None,
        ignored_params: Vec::new(),
        error: None,
        kept_from: None,
    }
}

fn basis(settings: TurnSettings) -> Basis {
    let memory =
        Some(call(&[("1", "Ana is vegetarian."), ("2", "Ana lives in Porto."), ("3", "Ben sails.")]));
    Basis {
        plan: plan(settings),
        memory,
        pinned: Vec::new(),
        not_here: Vec::new(),
        sent: Vec::new(),
        by_hand: BlockEdits::default(),
    }
}

/// The block of an arm, or nothing.
fn block(basis: &Basis, arm: &Arm, asked: Option<&MemoryCall>) -> Result<String, Error> {
    let plan = basis.plan(arm, basis.plan.target.clone())?;
    let made = basis.make(arm, &plan, asked)?;
    let pieces =
        made.request.messages.iter().flat_map(|message| &message.parts).flat_map(|part| match part {
            RequestPart::Text(pieces) => pieces.clone(),
            _ => Vec::new(),
        });
    let of_memory = |piece: &Piece| matches!(piece.origin, Origin::Memory { .. } | Origin::MemoryFrame);
    let block: Vec<Piece> = pieces.filter(of_memory).collect();
    assert_eq!(made.block_tokens, tokens::count(&text_of(&block)));
    Ok(text_of(&block))
}

#[test]
fn leaving_one_out_numbers_the_rest_anew_and_lets_no_other_in() {
    let cap = TurnSettings { max_memories: Some(Cap::At { n: 2 }), ..Default::default() };
    let basis = basis(cap);
    let whole = block(&basis, &Arm::as_it_was(), None).unwrap();
    assert!(
        whole.contains("1. [WORLD] Ana is vegetarian.") && whole.contains("2. [WORLD] Ana lives in Porto.")
    );
    assert!(!whole.contains("Ben sails."));
    let less = block(&basis, &Arm::without(vec!["1".into()]), None).unwrap();
    assert!(less.ends_with("1. [WORLD] Ana lives in Porto."), "{less}");
    assert_eq!(block(&basis, &Arm::no_memory(), None).unwrap(), "");
    let all = Arm::without(vec!["1".into(), "2".into()]);
    assert_eq!(block(&basis, &all, None).unwrap(), "");
    let never = block(&basis, &Arm::without(vec!["3".into()]), None).unwrap_err();
    assert!(never.message.contains("not injected"));
}

#[test]
fn an_edited_memory_keeps_its_place_and_its_name() {
    let basis = basis(TurnSettings::default());
    let edit = |text: &str| Arm {
        memory: ArmMemory::Recorded {
            without: vec!["3".into()],
            edited: BTreeMap::from([("1".to_owned(), text.to_owned())]),
        },
        placement: None,
        model: None,
    };
    let text = block(&basis, &edit("Ana eats everything."), None).unwrap();
    assert!(text.contains("1. [WORLD] Ana eats everything.\n2. [WORLD] Ana lives in Porto."), "{text}");
    assert!(block(&basis, &edit("  "), None).unwrap_err().message.contains("leave it out"));
}

#[test]
fn another_placement_moves_the_same_block() {
    let basis = basis(TurnSettings::default());
    let arm = Arm { placement: Some(Placement::SystemMessage), ..Arm::as_it_was() };
    let plan = basis.plan(&arm, basis.plan.target.clone()).unwrap();
    let made = basis.make(&arm, &plan, None).unwrap();
    assert_eq!(made.placed.as_deref(), Some("the end of the first system message"));
    assert_eq!(made.memories.len(), 3);
}

#[test]
fn what_is_asked_now_is_asked_with_the_turns_settings_but_for_what_differs() {
    let basis = basis(TurnSettings { max_memory_tokens: Some(77), ..Default::default() });
    let settings = TurnSettings { max_memories: Some(Cap::At { n: 1 }), ..Default::default() };
    let memory = ArmMemory::AskedNow { settings, bank_id: Some("work".into()) };
    let arm = Arm { memory, placement: None, model: None };
    let plan = basis.plan(&arm, basis.plan.target.clone()).unwrap();
    assert_eq!(plan.resolved.bank.bank_id.as_str(), "work");
    let question = basis.question(&arm, &plan).unwrap().unwrap();
    assert_eq!(question.query, "Where should we eat?");
    assert_eq!(question.settings.max_memory_tokens.value, 77);
    let asked = call(&[("9", "Nobody is vegetarian."), ("8", "x")]);
    let made = basis.make(&arm, &plan, Some(&asked)).unwrap();
    assert_eq!(made.memories.iter().map(|memory| memory.id.as_str()).collect::<Vec<_>>(), ["9"]);
    assert!(block(&basis, &arm, Some(&asked)).unwrap().ends_with("1. [WORLD] Nobody is vegetarian."));
    let failed = MemoryCall { error: Some(Error::new(ErrorCode::Timeout, "slow")), ..asked };
    assert_eq!(block(&basis, &arm, Some(&failed)).unwrap_err().code, ErrorCode::Timeout);
    assert_eq!(basis.question(&Arm::as_it_was(), &plan).unwrap(), None);
}

#[test]
fn a_chat_that_never_asks_memory_is_not_talked_into_it() {
    let ask = |settings: TurnSettings| Arm {
        memory: ArmMemory::AskedNow { settings, bank_id: None },
        placement: None,
        model: None,
    };
    let refused = |basis: &Basis, arm: &Arm| basis.plan(arm, basis.plan.target.clone()).unwrap_err().message;
    let mut private = basis(TurnSettings::default());
    for why in [MemoryOff::Incognito, MemoryOff::Temporary] {
        private.plan.resolved.inject_off = Some(why);
        assert!(refused(&private, &ask(TurnSettings::default())).contains("never asks"));
    }
    private.plan.resolved.inject_off = Some(MemoryOff::NoServer);
    assert!(refused(&private, &ask(TurnSettings::default())).contains("no memory server"));
    let mut off = basis(TurnSettings { inject_memories: Some(false), ..Default::default() });
    off.plan.resolved.inject_off = Some(MemoryOff::Setting);
    assert!(refused(&off, &ask(TurnSettings::default())).contains("off"));
    let on = TurnSettings { inject_memories: Some(true), ..Default::default() };
    assert!(off.plan(&ask(on), off.plan.target.clone()).is_ok());
    let excluded = basis(TurnSettings { excluded_models: Some(vec!["m".into()]), ..Default::default() });
    assert!(refused(&excluded, &ask(TurnSettings::default())).contains("excluded"));
}

#[test]
fn the_system_prompt_is_read_out_of_the_bytes_that_were_sent_on_every_wire() {
    for wire in [
        WireKind::OpenaiChat,
        WireKind::OpenaiResponses,
        WireKind::AnthropicMessages,
        WireKind::Gemini,
        WireKind::BedrockConverse,
        WireKind::CohereChat,
        WireKind::OllamaChat,
        WireKind::Demo,
    ] {
        for placement in [Placement::OwnBlock, Placement::SystemMessage, Placement::PrependUser] {
            for prompt in ["Be \"brief\",\n\u{1}and kind. 😀", ""] {
                let mut basis = basis(TurnSettings { placement: Some(placement), ..Default::default() });
                basis.plan.target = target(wire);
                basis.plan.system_prompt = prompt.into();
                let plan = basis.plan(&Arm::as_it_was(), target(wire)).unwrap();
                let made = basis.make(&Arm::as_it_was(), &plan, None).unwrap();
                let encoded = encode(&made.request, &target(wire)).unwrap();
                let read = system_prompt(&encoded.body, &encoded.spans);
                assert_eq!(read.as_deref(), Some(prompt), "{wire:?} {placement:?}");
            }
        }
    }
}

#[test]
fn a_request_is_found_among_those_that_were_sent() {
    let mut basis = basis(TurnSettings::default());
    basis.sent = vec!["a".into(), "b".into()];
    assert_eq!((basis.same_as("b"), basis.same_as("c")), (Some(1), None));
    let mut record = TurnRecord::new("t".into(), "c".into(), Time::now());
    record.memory = Some(MemoryCall { error: Some(Error::new(ErrorCode::Timeout, "x")), ..call(&[]) });
    record.steps.push(Step {
        index: 0,
        method: "POST".into(),
        url: String::new(),
        headers: Vec::new(),
        body_hash: "h".into(),
        body_bytes: 0,
        spans: Vec::new(),
        own_ms: 0.0,
        sent_at: Time::now(),
    });
    let basis = Basis::new(basis.plan, &record);
    assert_eq!((basis.memory.is_none(), basis.sent), (true, vec!["h".to_owned()]));
}
