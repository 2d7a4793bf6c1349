//! Dialects: answers that are not as OpenAI's own.

use super::OpenAiChat;
use crate::codec::{Codec, Delta, Turn};
use crate::error::{Error, Kind};
use crate::http::Redactor;
use crate::message::Part;
use crate::outcome::FinishReason;
use serde_json::{Value, json};

fn decode(body: &str) -> (Result<Turn, Error>, Vec<Delta>) {
    let mut deltas = Vec::new();
    let mut decoder = OpenAiChat.decoder(1, Redactor::default());
    let turn = decoder.push(body.as_bytes(), &mut deltas).and_then(|()| decoder.finish(&mut deltas));
    (turn, deltas)
}

fn plain(message: &Value) -> Turn {
    let body = json!({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]});
    decode(&body.to_string()).0.unwrap()
}

/// A stream of these choices, without `[DONE]`.
fn stream(choices: &[Value]) -> Turn {
    let body: String = choices.iter().map(|choice| format!("data: {}\n\n", json!({"choices": [choice]}))).collect();
    decode(&body).0.unwrap()
}

fn deltas(deltas: &[Value]) -> Turn {
    let mut choices: Vec<Value> = deltas.iter().map(|delta| json!({"index": 0, "delta": delta})).collect();
    choices.push(json!({"index": 0, "delta": {}, "finish_reason": "stop"}));
    stream(&choices)
}

fn calls(turn: &Turn) -> Vec<(&str, &str)> {
    turn.tool_calls.iter().map(|call| (call.name.as_str(), call.arguments.as_str())).collect()
}

fn raw(turn: &Turn, place: &str) -> Value {
    turn.raw.as_ref().and_then(|raw| raw.pointer(place)).cloned().unwrap_or_default()
}

#[test]
fn content_in_parts_is_read_and_echoed_as_it_came() {
    let parts =
        json!([{"type": "thinking", "thinking": [{"type": "text", "text": "Easy."}]}, {"type": "text", "text": "42"}]);
    let wanted = vec![Part::Reasoning { text: "Easy.".into() }, Part::Text { text: "42".into() }];
    let whole = plain(&json!({"content": parts}));
    assert_eq!((&whole.content, raw(&whole, "/content")), (&wanted, parts.clone()));
    let pieces = deltas(&[
        json!({"content": ""}),
        json!({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "Easy"}]}]}),
        json!({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "."}]}]}),
        json!({"content": "4"}),
        json!({"content": "2"}),
    ]);
    assert_eq!(pieces.content, wanted);
    let thought =
        json!({"type": "thinking", "thinking": [{"type": "text", "text": "Easy"}, {"type": "text", "text": "."}]});
    assert_eq!(raw(&pieces, "/content"), json!([thought, {"type": "text", "text": "42"}]));
    let text = plain(&json!({"content": [{"type": "thinking", "thinking": "Easy."}, {"type": "text", "text": "42"}]}));
    assert_eq!(text.content, wanted);
    let mixed = deltas(&[json!({"content": "4"}), json!({"content": [{"type": "text", "text": "2"}]})]);
    assert_eq!(raw(&mixed, "/content"), json!([{"type": "text", "text": "42"}]));
}

#[test]
fn a_function_call_is_a_tool_call() {
    let whole = plain(&json!({"content": null, "function_call": {"name": "add", "arguments": "{}"}}));
    assert_eq!(calls(&whole), [("add", "{}")]);
    assert_eq!(raw(&whole, "/function_call"), Value::Null);
    assert_eq!(raw(&whole, "/tool_calls/0/id"), json!(whole.tool_calls.first().unwrap().id));
    let pieces = deltas(&[
        json!({"function_call": {"name": "add", "arguments": ""}}),
        json!({"function_call": {"arguments": "{\"a\":"}}),
        json!({"function_call": {"arguments": "1}"}}),
    ]);
    assert_eq!(calls(&pieces), [("add", "{\"a\":1}")]);
}

#[test]
fn calls_of_one_index_without_ids_stay_apart_when_they_are_whole() {
    let call = |text: &str| json!({"index": 0, "function": {"name": "add", "arguments": text}});
    let both = [("add", "{\"a\":1}"), ("add", "{}")];
    assert_eq!(calls(&plain(&json!({"tool_calls": [call("{\"a\":1}"), call("{}")]}))), both);
    assert_eq!(
        calls(&deltas(&[json!({"tool_calls": [call("{\"a\":1}")]}), json!({"tool_calls": [call("{}")]})])),
        both
    );
    let repeated = deltas(&[
        json!({"tool_calls": [call("{\"a\"")]}),
        json!({"tool_calls": [call(":1}")]}),
        json!({"tool_calls": [call("")]}),
    ]);
    assert_eq!(calls(&repeated), [("add", "{\"a\":1}")], "a name may be repeated with each piece");
}

#[test]
fn a_message_that_repeats_its_deltas_counts_once() {
    let said = |so_far: &str, piece: &str, reason: Value| json!({"index": 0, "message": {"content": so_far}, "delta": {"content": piece}, "finish_reason": reason});
    let turn = stream(&[said("Good", "Good", Value::Null), said("Good day", " day", json!("stop"))]);
    assert_eq!(turn.content, [Part::Text { text: "Good day".into() }]);
    let at_end = stream(&[json!({"index": 0, "message": {"content": "Good day"}, "finish_reason": "stop"})]);
    assert_eq!(at_end.content, turn.content);
}

#[test]
fn an_error_inside_a_choice_is_an_error() {
    let choice = json!({"index": 0, "message": {"content": ""}, "finish_reason": "error",
        "error": {"code": 503, "message": "No instances available"}});
    let error = decode(&json!({"choices": [choice]}).to_string()).0.unwrap_err();
    assert_eq!((error.kind, error.http_status), (Kind::Overloaded, Some(503)));
    assert!(error.message.contains("No instances available"), "{}", error.message);
}

#[test]
fn counts_are_read_wherever_servers_put_them() {
    let body = json!({"choices": [{"message": {"content": "x"}, "finish_reason": "eos_token"}],
        "usage": {"prompt_tokens": 6.0, "completion_tokens": 5, "cached_tokens": 4}});
    let turn = decode(&body.to_string()).0.unwrap();
    let usage = turn.usage;
    assert_eq!((usage.input_tokens, usage.output_tokens, usage.total_tokens, usage.cached_tokens), (6, 5, 11, 4));
    assert_eq!(turn.finish_reason, FinishReason::Stop);
}

#[test]
fn a_call_whose_pieces_have_ids_of_their_own_is_one_call() {
    let piece = |index: u64, id: &str, name: Value, text: &str| json!({"tool_calls": [{"index": index, "id": id, "function": {"name": name, "arguments": text}}]});
    let turn = deltas(&[
        piece(0, "a", json!("add"), "{\"a\""),
        piece(0, "b", Value::Null, ":1}"),
        piece(1, "c", json!("sub"), "{"),
        piece(1, "d", json!(""), "}"),
        piece(1, "e", json!("add"), "{}"),
    ]);
    assert_eq!(calls(&turn), [("add", "{\"a\":1}"), ("sub", "{}"), ("add", "{}")]);
    let ids: Vec<&str> = turn.tool_calls.iter().map(|call| call.id.as_str()).collect();
    assert_eq!(ids, ["a", "c", "e"]);
}

#[test]
fn a_call_in_the_old_way_and_the_new_one_is_one_call() {
    let function = json!({"name": "add", "arguments": "{}"});
    let both = json!({"function_call": function, "tool_calls": [{"id": "a", "function": function}]});
    assert_eq!(calls(&plain(&both)), [("add", "{}")]);
    assert_eq!(calls(&deltas(&[both])), [("add", "{}")]);
}

#[test]
fn of_several_choices_the_first_is_the_answer() {
    let body = json!({"choices": [{"message": {"content": "a"}, "finish_reason": "stop"},
        {"message": {"content": "b"}, "finish_reason": "length"}]});
    let turn = decode(&body.to_string()).0.unwrap();
    assert_eq!((turn.content, turn.finish_reason), (vec![Part::Text { text: "a".into() }], FinishReason::Stop));
    let other = json!({"choices": [{"index": 1, "message": {"content": "b"}, "finish_reason": "stop"}]});
    assert_eq!(decode(&other.to_string()).0.unwrap_err().kind, Kind::Protocol);
}

#[test]
fn an_empty_reason_is_no_end() {
    let chunk = |reason: &str| {
        let choice = json!({"index": 0, "delta": {"content": "a"}, "finish_reason": reason});
        format!("data: {}\n\n", json!({"choices": [choice]}))
    };
    assert_eq!(decode(&chunk("")).0.unwrap_err().kind, Kind::Network);
    assert_eq!(decode(&(chunk("") + &chunk("stop"))).0.unwrap().finish_reason, FinishReason::Stop);
    let silent = plain(&json!({"content": ""}));
    assert_eq!((silent.content.len(), silent.finish_reason), (0, FinishReason::Stop));
    let unsaid = json!({"choices": [{"message": {"content": ""}, "finish_reason": null}]});
    assert_eq!(decode(&unsaid.to_string()).0.unwrap().finish_reason, FinishReason::Other);
}

#[test]
fn an_error_that_says_that_there_is_none_is_none() {
    let answer = |error: Value| {
        json!({"error": error, "choices": [{"message": {"content": "a"}, "finish_reason": "stop"}]}).to_string()
    };
    for none in [Value::Null, json!(""), json!({}), json!(false)] {
        assert!(decode(&answer(none.clone())).0.is_ok(), "{none}");
    }
    let numbered = decode(&answer(json!({"message": "m", "code": "1300"}))).0.unwrap_err();
    assert_eq!((numbered.kind, numbered.http_status), (Kind::Provider, None));
}
