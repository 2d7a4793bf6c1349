//! Answers, event by event.

use crate::codec::anthropic::Anthropic;
use crate::codec::testing::decode_in;
use crate::codec::{Codec, Delta, Progress, Turn};
use crate::error::{Error, Kind};
use crate::http::Redactor;
use crate::message::Part;
use crate::outcome::FinishReason;
use serde_json::{Value, json};

/// The bytes of a stream of these events.
pub(in super::super) fn stream(events: &[Value]) -> Vec<u8> {
    let event = |event: &Value| {
        format!("event: {}\ndata: {event}\n\n", event.get("type").and_then(Value::as_str).unwrap_or("message"))
    };
    events.iter().map(event).collect::<String>().into_bytes()
}

pub(in super::super) fn decode(pieces: &[&[u8]]) -> (Result<Turn, Error>, Vec<Delta>) {
    decode_in(&Anthropic, pieces)
}

fn turn(events: &[Value]) -> (Turn, Vec<Delta>) {
    let (turn, deltas) = decode(&[&stream(events)]);
    (turn.unwrap(), deltas)
}

fn begin() -> Value {
    json!({"type": "message_start", "message": {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-x",
        "content": [], "stop_reason": null, "stop_sequence": null, "usage": {"input_tokens": 10,
        "cache_read_input_tokens": 5, "cache_creation_input_tokens": 2, "output_tokens": 1, "service_tier": "standard"}}})
}

fn start(index: u64, block: &Value) -> Value {
    json!({"type": "content_block_start", "index": index, "content_block": block})
}

fn delta(index: u64, delta: &Value) -> Value {
    json!({"type": "content_block_delta", "index": index, "delta": delta})
}

fn text(index: u64, text: &str) -> Value {
    delta(index, &json!({"type": "text_delta", "text": text}))
}

fn input(index: u64, json: &str) -> Value {
    delta(index, &json!({"type": "input_json_delta", "partial_json": json}))
}

fn stop(index: u64) -> Value {
    json!({"type": "content_block_stop", "index": index})
}

fn end(reason: &str) -> [Value; 2] {
    [
        json!({"type": "message_delta", "delta": {"stop_reason": reason, "stop_sequence": null},
            "usage": {"output_tokens": 20, "output_tokens_details": {"thinking_tokens": 4}}}),
        json!({"type": "message_stop"}),
    ]
}

fn message(blocks: &[Vec<Value>], reason: &str) -> Vec<Value> {
    let mut events = vec![begin()];
    events.extend(blocks.concat());
    events.extend(end(reason));
    events
}

fn words(at: u64, pieces: &[&str]) -> Vec<Value> {
    let mut events = vec![start(at, &json!({"type": "text", "text": ""}))];
    events.extend(pieces.iter().map(|piece| text(at, piece)));
    events.push(stop(at));
    events
}

fn content(turn: &Turn) -> &Value {
    turn.raw.as_ref().and_then(|raw| raw.get("content")).unwrap()
}

#[test]
fn text_comes_piece_by_piece_with_its_usage() {
    let mut events = message(&[words(0, &["Gr", "üße\n", " 😀", "x"])], "end_turn");
    events.insert(2, json!({"type": "ping"}));
    events.insert(3, json!({"type": "something_new", "index": 0, "delta": {"type": "text_delta", "text": "no"}}));
    let (turn, deltas) = turn(&events);
    assert_eq!(deltas, ["Gr", "üße\n", " 😀", "x"].map(|piece| Delta::Text(piece.to_owned())));
    assert_eq!(turn.content, [Part::Text { text: "Grüße\n 😀x".into() }]);
    assert_eq!(*content(&turn), json!([{"type": "text", "text": "Grüße\n 😀x"}]));
    assert_eq!(
        (turn.finish_reason, turn.model.as_deref(), turn.goes_on),
        (FinishReason::Stop, Some("claude-x"), false)
    );
    let usage = turn.usage;
    assert_eq!((usage.input_tokens, usage.output_tokens, usage.total_tokens), (17, 20, 37));
    assert_eq!((usage.cached_tokens, usage.cache_write_tokens, usage.reasoning_tokens), (5, 2, 4));
    assert_eq!(Value::Object(turn.metadata), json!({"id": "msg_1", "usage": {"service_tier": "standard"}}));
}

#[test]
fn calls_are_built_from_pieces_and_none_is_an_empty_object() {
    let call =
        |id: &str| json!({"type": "tool_use", "id": id, "name": "add", "input": {}, "caller": {"type": "direct"}});
    let first = vec![start(0, &call("t1")), input(0, ""), input(0, "{\"a\": "), input(0, "1}"), stop(0)];
    let second = vec![start(1, &call("t2")), stop(1)];
    let (turn, deltas) = turn(&message(&[first, second], "tool_use"));
    let calls: Vec<(&str, &str)> =
        turn.tool_calls.iter().map(|call| (call.id.as_str(), call.arguments.as_str())).collect();
    assert_eq!(calls, [("t1", "{\"a\": 1}"), ("t2", "{}")]);
    let joined: String = deltas
        .iter()
        .filter_map(|delta| if let Delta::ToolCall { arguments, .. } = delta { Some(&**arguments) } else { None })
        .collect();
    assert_eq!(joined, "{\"a\": 1}{}");
    assert_eq!(
        content(&turn)[0],
        json!({"type": "tool_use", "id": "t1", "name": "add", "input": {"a": 1},
        "caller": {"type": "direct"}})
    );
    assert_eq!(turn.finish_reason, FinishReason::ToolCalls);
}

#[test]
fn a_call_that_is_cut_keeps_what_the_model_wrote() {
    let call = vec![
        start(0, &json!({"type": "tool_use", "id": "t1", "name": "add", "input": {}})),
        input(0, "{\"a\": [1"),
        stop(0),
    ];
    let (turn, _) = turn(&message(&[call], "max_tokens"));
    assert_eq!(turn.tool_calls[0].arguments, "{\"a\": [1");
    assert_eq!(content(&turn)[0]["input"], json!({"INVALID_JSON": "{\"a\": [1"}));
    assert_eq!(turn.finish_reason, FinishReason::Length);
}

#[test]
fn thinking_signatures_and_unknown_blocks_are_kept_as_a_plain_answer_has_them() {
    let thinking = vec![
        start(0, &json!({"type": "thinking", "thinking": "", "signature": ""})),
        delta(0, &json!({"type": "thinking_delta", "thinking": "Let me"})),
        delta(0, &json!({"type": "thinking_delta", "thinking": " see"})),
        delta(0, &json!({"type": "signature_delta", "signature": "c2ln/+=="})),
        stop(0),
    ];
    let redacted = vec![start(1, &json!({"type": "redacted_thinking", "data": "b3BhcXVl"})), stop(1)];
    let search = vec![
        start(2, &json!({"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}})),
        input(2, "{\"query\": \"x\"}"),
        stop(2),
        start(
            3,
            &json!({"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": [{"encrypted_content": "e"}]}),
        ),
        stop(3),
    ];
    let unknown = vec![
        start(4, &json!({"type": "compaction", "content": null})),
        delta(4, &json!({"type": "compaction_delta", "content": "Sum"})),
        delta(4, &json!({"type": "compaction_delta", "content": "mary"})),
        stop(4),
        start(5, &json!({"type": "image", "future": [1]})),
        stop(5),
    ];
    let cited = vec![
        start(6, &json!({"type": "text", "text": "", "citations": []})),
        delta(
            6,
            &json!({"type": "citations_delta", "citation": {"type": "char_location", "cited_text": "sky",
            "document_title": "Doc", "document_index": 0}}),
        ),
        text(6, "Blue."),
        stop(6),
    ];
    let events = message(&[thinking, redacted, search, unknown, cited], "end_turn");
    let (streamed, deltas) = turn(&events);
    let blocks = json!([
        {"type": "thinking", "thinking": "Let me see", "signature": "c2ln/+=="},
        {"type": "redacted_thinking", "data": "b3BhcXVl"},
        {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "x"}},
        {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": [{"encrypted_content": "e"}]},
        {"type": "compaction", "content": "Summary"},
        {"type": "image", "future": [1]},
        {"type": "text", "text": "Blue.", "citations": [{"type": "char_location", "cited_text": "sky",
            "document_title": "Doc", "document_index": 0}]},
    ]);
    assert_eq!(*content(&streamed), blocks);
    assert_eq!(deltas.len(), 3, "{deltas:?}");
    assert!(matches!(&streamed.content[0], Part::Reasoning { text } if text == "Let me see"));
    assert!(matches!(&streamed.content[1], Part::Other(block) if block["data"] == "b3BhcXVl"));
    let Some(Part::Citation(citation)) = streamed.content.last() else { panic!("{:?}", streamed.content) };
    assert_eq!((citation.title.as_deref(), citation.quote.as_deref()), (Some("Doc"), Some("sky")));
    // Whatever is kept can be read again.
    let stored = serde_json::to_value(&streamed.content).unwrap();
    assert_eq!(serde_json::from_value::<Vec<Part>>(stored).unwrap(), streamed.content);

    let plain = json!({"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-x", "content": blocks,
        "stop_reason": "end_turn", "stop_sequence": null, "usage": {"input_tokens": 10, "cache_read_input_tokens": 5,
        "cache_creation_input_tokens": 2, "output_tokens": 20, "output_tokens_details": {"thinking_tokens": 4},
        "service_tier": "standard"}});
    let (plain, _) = decode(&[plain.to_string().as_bytes()]);
    assert_eq!(plain.unwrap(), streamed);
}

#[test]
fn stop_reasons() {
    for (reason, finish, goes_on) in [
        ("end_turn", FinishReason::Stop, false),
        ("stop_sequence", FinishReason::Stop, false),
        ("max_tokens", FinishReason::Length, false),
        ("model_context_window_exceeded", FinishReason::Length, false),
        ("tool_use", FinishReason::ToolCalls, false),
        ("refusal", FinishReason::ContentFilter, false),
        ("pause_turn", FinishReason::Other, true),
        ("compaction", FinishReason::Other, true),
        ("something_new", FinishReason::Other, false),
    ] {
        let (turn, _) = turn(&message(&[words(0, &["x"])], reason));
        assert_eq!((turn.finish_reason, turn.goes_on), (finish, goes_on), "{reason}");
    }
}

#[test]
fn an_end_that_is_not_known_is_told_and_runs_no_calls() {
    let notices = turn(&message(&[words(0, &["half"])], "watchdog")).0.notices;
    assert!(notices.len() == 1 && notices[0].message.contains("stop_reason \"watchdog\""), "{notices:?}");
    assert_eq!(turn(&message(&[words(0, &["all"])], "end_turn")).0.notices, []);
    let call = vec![start(0, &json!({"type": "tool_use", "id": "t", "name": "add", "input": {}})), stop(0)];
    for blocks in [vec![call], vec![]] {
        let error = decode(&[&stream(&message(&blocks, "watchdog"))]).0.unwrap_err();
        assert!(error.kind == Kind::Provider && error.message.contains("watchdog"), "{}", error.message);
    }
}

/// Other servers do not always say why.
#[test]
fn a_message_that_is_whole_and_names_no_reason_is_told() {
    let call = json!({"type": "tool_use", "id": "t", "name": "add", "input": {}});
    for block in [json!({"type": "text", "text": "x"}), call] {
        let kind = block["type"].clone();
        let events = [begin(), start(0, &block), stop(0), json!({"type": "message_stop"})];
        let plain = json!({"type": "message", "role": "assistant", "content": [block]}).to_string();
        for turn in [turn(&events).0, decode(&[plain.as_bytes()]).0.unwrap()] {
            assert!(turn.notices.len() == 1 && turn.notices[0].message.contains("stop_reason"), "{kind}");
        }
    }
    let empty = decode(&[br#"{"type":"message","content":[]}"#]).0.unwrap_err();
    assert!(empty.kind == Kind::Provider && empty.retryable, "{}", empty.message);
}

#[test]
fn a_text_that_is_none_is_an_error_that_names_the_field() {
    let plain = |block: Value| json!({"type": "message", "content": [block], "stop_reason": "end_turn"}).to_string();
    let piece = stream(&[
        begin(),
        start(0, &json!({"type": "text", "text": ""})),
        delta(0, &json!({"type": "text_delta", "text": 5})),
    ]);
    for (body, words) in [
        (plain(json!({"type": "text", "text": 123})).into_bytes(), "`text` is a number"),
        (plain(json!(123)).into_bytes(), "`content[]` is a number"),
        (piece, "`text` is a number"),
    ] {
        let error = decode(&[&body]).0.unwrap_err();
        assert!(error.kind == Kind::Protocol && error.message.contains(words), "{}", error.message);
    }
}

#[test]
fn a_refusal_explains_itself() {
    let mut events = message(&[], "refusal");
    events[1]["delta"]["stop_details"] = json!({"type": "refusal", "category": "bio", "explanation": "I cannot."});
    let (turn, deltas) = turn(&events);
    assert_eq!(turn.content, [Part::Refusal { text: "I cannot.".into() }]);
    assert_eq!(deltas, [Delta::Text("I cannot.".into())]);
    assert_eq!(turn.metadata["stop_details"]["category"], "bio");
    assert_eq!(turn.metadata["stop_reason"], "refusal");
}

#[test]
fn indexes_that_are_wrong_merge_no_blocks() {
    let two = |events: &[Value]| {
        let (turn, _) = turn(&message(&[events.to_vec()], "end_turn"));
        content(&turn).as_array().unwrap().iter().map(|block| block["text"].clone()).collect::<Vec<_>>()
    };
    let block = json!({"type": "text", "text": ""});
    // The same index twice, with and without an end between.
    assert_eq!(two(&[start(0, &block), text(0, "a"), stop(0), start(0, &block), text(0, "b")]), ["a", "b"]);
    assert_eq!(two(&[start(0, &block), text(0, "a"), start(0, &block), text(0, "b"), stop(0), stop(0)]), ["a", "b"]);
    // Two at once.
    assert_eq!(
        two(&[
            start(0, &block),
            start(1, &block),
            text(0, "a"),
            text(1, "b"),
            text(0, "c"),
            text(1, "\n"),
            text(0, "d")
        ]),
        ["acd", "b\n"]
    );
    // No begin at all; an index that nothing has.
    assert_eq!(two(&[text(0, "a"), stop(0), text(3, "b")]), ["a", "b"]);
    assert_eq!(two(&[start(0, &block), text(5, "a"), text(0, "b")]), ["ab"]);
    // Text never becomes the input of a call.
    let call = json!({"type": "tool_use", "id": "t", "name": "n", "input": {}});
    let (mixed, _) = turn(&message(&[vec![start(0, &call), input(0, "{}"), text(0, "a")]], "tool_use"));
    assert_eq!((mixed.tool_calls[0].arguments.as_str(), content(&mixed)[1]["text"].as_str()), ("{}", Some("a")));
    let (lost, _) = decode(&[&stream(&message(&[vec![input(0, "{}")]], "tool_use"))]);
    assert_eq!(lost.unwrap_err().kind, Kind::Protocol);
    // Two calls with one id get one each.
    let (twins, _) = turn(&message(&[vec![start(0, &call), stop(0), start(1, &call), stop(1)]], "tool_use"));
    assert_ne!(twins.tool_calls[0].id, twins.tool_calls[1].id);
    assert_eq!(content(&twins)[1]["id"], json!(twins.tool_calls[1].id));
}

#[test]
fn an_error_after_200_is_an_error_of_its_kind() {
    for (kind, wanted, retryable) in [
        ("overloaded_error", Kind::Overloaded, true),
        ("api_error", Kind::Provider, true),
        ("rate_limit_error", Kind::RateLimit, true),
        ("invalid_request_error", Kind::Provider, false),
    ] {
        let error = json!({"type": "error", "error": {"type": kind, "message": "Busy"}, "request_id": "req_9"});
        let mut events = vec![begin()];
        events.extend(words(0, &["half"]));
        events.push(error.clone());
        for body in [stream(&events), error.to_string().into_bytes()] {
            let error = decode(&[&body]).0.unwrap_err();
            assert_eq!((error.kind, error.retryable), (wanted, retryable), "{kind}");
            assert!(error.message.contains("Busy"), "{}", error.message);
            assert_eq!(error.request_id.as_deref(), Some("req_9"));
        }
    }
}

#[test]
fn what_ends_early_or_is_something_else_is_no_answer() {
    let whole = message(&[words(0, &["a", "b"])], "end_turn");
    let bytes = stream(&whole);
    let told = stream(&whole[..whole.len() - 1]).len();
    for cut in 0..bytes.len() {
        let (outcome, _) = decode(&[&bytes[..cut]]);
        match outcome {
            // The last line of the event that tells the stop reason may lack its blank line.
            Ok(turn) => assert!(cut + 2 >= told && turn.finish_reason == FinishReason::Stop, "{cut}"),
            Err(error) => assert_eq!(error.kind, Kind::Network, "{cut}: {}", error.message),
        }
    }
    for garbage in
        ["<html>", "Bad gateway", "{}", "{\"choices\":[]}", "data: {\"choices\":[]}\n\n", "data: 5\n\n", "[]"]
    {
        let error = decode(&[garbage.as_bytes()]).0.unwrap_err();
        assert_eq!(error.kind, Kind::Protocol, "{garbage}: {}", error.message);
    }
    let error = decode(&[b"data: {\"error\":{\"message\":\"no\"}}\n\n"]).0.unwrap_err();
    assert_eq!(error.kind, Kind::Provider);
}

#[test]
fn progress_tells_how_far_the_answer_is() {
    let mut decoder = Anthropic.decoder(7, Redactor::default());
    let mut deltas = Vec::new();
    let events = message(&[words(0, &["a"])], "end_turn");
    let (last, rest) = events.split_last().unwrap();
    let (told, rest) = rest.split_last().unwrap();
    for (events, progress) in [
        (rest, Progress::Partial),
        (std::slice::from_ref(told), Progress::Finished),
        (std::slice::from_ref(last), Progress::Complete),
    ] {
        decoder.push(&stream(events), &mut deltas).unwrap();
        assert_eq!(decoder.progress(), progress);
    }
}
