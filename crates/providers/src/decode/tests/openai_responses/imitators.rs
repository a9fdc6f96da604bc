//! What servers other than OpenAI's leave out of a Responses stream, or add to it.

use super::*;

#[test]
fn imitators_may_leave_out_the_opening_the_increments_or_everything_but_the_end() {
    let whole = [message("m", "Hi"), function("fc", "call_1", "{\"q\":1}")];
    let expected = [Part::text("Hi"), call("call_1", "find", "{\"q\":1}")];
    let no_opening = [
        text(0, "m", "Hi"),
        arguments(1, "fc", "{\"q\":"),
        arguments(1, "fc", "1}"),
        done(0, whole[0].clone()),
        done(1, whole[1].clone()),
        completed(),
    ];
    let no_increments = [done(0, whole[0].clone()), done(1, whole[1].clone()), completed()];
    let only_end = [created(), ended("response.completed", json!({"status": "completed", "output": whole}))];
    let no_closing = [
        added(0, opened("m")),
        text(0, "m", "Hi"),
        added(1, function("fc", "call_1", "")),
        about("response.function_call_arguments.done", 1, "fc", json!({"arguments": "{\"q\":1}"})),
        completed(),
    ];
    for frames in [&no_opening[..], &no_increments, &only_end, &no_closing] {
        let bare: String = frames.iter().map(|frame| format!("data: {frame}\n\n")).collect();
        let events = events(&bare);
        assert_eq!(parts(&events), expected, "{bare}");
        assert_eq!(finish(&events).0, FinishReason::ToolCalls);
    }
}

#[test]
fn an_item_whose_id_changes_with_every_event_is_found_by_its_place() {
    let events = streamed(&[
        added(0, opened("a")),
        text(0, "b", "H"),
        text(0, "c", "i"),
        done(0, message("d", "Hi")),
        added(1, function("e", "call_1", "")),
        arguments(1, "f", "{}"),
        done(1, function("g", "call_1", "{}")),
        completed(),
    ]);
    assert_eq!(parts(&events), [Part::text("Hi"), call("call_1", "find", "{}")]);
}

#[test]
fn items_that_all_claim_one_place_are_told_apart_by_their_ids() {
    let events = streamed(&[
        added(0, function("a", "call_a", "")),
        arguments(0, "a", "{\"x\":"),
        added(0, function("b", "call_b", "")),
        arguments(0, "b", "{}"),
        arguments(0, "a", "1}"),
        completed(),
    ]);
    assert_eq!(parts(&events), [call("call_a", "find", "{\"x\":1}"), call("call_b", "find", "{}")]);
}

#[test]
fn events_that_name_no_item_belong_to_the_last_one() {
    let events = events(concat!(
        "data: {\"type\":\"response.output_text.delta\",\"delta\":\"H\"}\n\n",
        "data: {\"type\":\"response.output_text.delta\",\"delta\":\"i\"}\n\n",
        "data: {\"type\":\"response.completed\"}\n\n",
    ));
    assert_eq!(parts(&events), [Part::text("Hi")]);
    assert_eq!(finish(&events).0, FinishReason::Stop);
}

#[test]
fn an_item_that_is_closed_twice_is_told_once() {
    let frames = [done(0, message("m", "Hi")), done(0, message("m", "Hi")), completed()];
    assert_eq!(parts(&streamed(&frames)), [Part::text("Hi")]);
}

#[test]
fn the_mark_of_another_wire_ends_an_answer_that_said_something() {
    let frames = stream(&[created(), added(0, opened("m")), text(0, "m", "Hi")]);
    assert_eq!(finish(&events(&format!("{frames}data: [DONE]\n\n"))).0, FinishReason::Stop);
    assert_eq!(
        failure(&events(&format!("{}data: [DONE]\n\n", stream(&[created()])))).kind,
        ErrorKind::Truncated
    );
    // Behind the last event it means nothing.
    let whole = stream(&[created(), done(0, message("m", "Hi")), completed()]);
    assert_eq!(finish(&events(&format!("{whole}data: [DONE]\n\n"))).0, FinishReason::Stop);
}
