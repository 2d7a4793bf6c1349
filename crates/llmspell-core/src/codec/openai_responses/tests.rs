//! Answers, event by event.

use super::OpenAiResponses;
use crate::codec::testing::decode_in;
use crate::codec::{Codec, Delta, Progress, Turn};
use crate::error::{Error, Kind};
use crate::http::Redactor;
use crate::message::Part;
use crate::outcome::FinishReason;
use serde_json::{Value, json};

pub(super) fn decode(body: &str) -> (Result<Turn, Error>, Vec<Delta>) {
    decode_in(&OpenAiResponses, &[body.as_bytes()])
}

pub(super) fn sse(events: &[Value]) -> String {
    let kind = |event: &Value| event.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
    events.iter().map(|event| format!("event: {}\ndata: {event}\n\n", kind(event))).collect()
}

pub(super) fn message(text: &str) -> Value {
    json!({"type": "message", "id": "msg_1", "role": "assistant", "status": "completed",
        "content": [{"type": "output_text", "text": text, "annotations": [], "logprobs": []}]})
}

pub(super) fn call(id: &str, name: &str, arguments: &str) -> Value {
    json!({"type": "function_call", "id": format!("fc_{id}"), "call_id": id, "name": name, "arguments": arguments,
        "status": "completed"})
}

pub(super) fn response(output: &[Value]) -> Value {
    json!({"id": "resp_1", "object": "response", "model": "gpt-5.2", "status": "completed", "error": null,
        "incomplete_details": null, "service_tier": "default", "tools": [], "output": output,
        "usage": {"input_tokens": 9, "input_tokens_details": {"cached_tokens": 4}, "output_tokens": 5,
            "output_tokens_details": {"reasoning_tokens": 2}, "total_tokens": 14}})
}

fn completed(output: &[Value]) -> Value {
    json!({"type": "response.completed", "response": response(output)})
}

fn added(index: u64, item: &Value) -> Value {
    json!({"type": "response.output_item.added", "output_index": index, "item": item})
}

fn done(index: u64, item: &Value) -> Value {
    json!({"type": "response.output_item.done", "output_index": index, "item": item})
}

fn text_delta(index: u64, piece: &str) -> Value {
    json!({"type": "response.output_text.delta", "output_index": index, "content_index": 0, "item_id": "msg_1", "delta": piece})
}

fn stream(events: &[Value]) -> (Turn, Vec<Delta>) {
    let (turn, deltas) = decode(&sse(events));
    (turn.unwrap(), deltas)
}

fn failed(body: &str) -> Error {
    decode(body).0.unwrap_err()
}

fn text(piece: &str) -> Delta {
    Delta::Text(piece.into())
}

fn said(text: &str) -> Vec<Part> {
    vec![Part::Text { text: text.into() }]
}

#[test]
fn a_streamed_text_comes_piece_by_piece_and_is_the_plain_answer() {
    let open = json!({"type": "message", "id": "msg_1", "role": "assistant", "status": "in_progress", "content": []});
    let part = json!({"type": "output_text", "text": "", "annotations": []});
    let (turn, deltas) = stream(&[
        json!({"type": "response.queued", "response": {"status": "queued"}}),
        json!({"type": "response.created", "response": {"status": "in_progress"}}),
        json!({"type": "response.in_progress", "response": {"status": "in_progress"}}),
        added(0, &open),
        json!({"type": "response.content_part.added", "output_index": 0, "content_index": 0, "part": part}),
        text_delta(0, "Good "),
        json!({"type": "response.something.new", "output_index": 0, "delta": "?"}),
        text_delta(0, "day"),
        json!({"type": "response.output_text.done", "output_index": 0, "content_index": 0, "text": "Good day"}),
        json!({"type": "response.content_part.done", "output_index": 0, "content_index": 0, "part": part}),
        done(0, &message("Good day")),
        completed(&[message("Good day")]),
    ]);
    assert_eq!(deltas, [text("Good "), text("day")]);
    let plain = decode(&response(&[message("Good day")]).to_string());
    assert_eq!(Ok(&turn), plain.0.as_ref());
    assert_eq!(plain.1, [text("Good day")]);
    assert_eq!(turn.content, said("Good day"));
    assert_eq!((turn.finish_reason, turn.model.as_deref()), (FinishReason::Stop, Some("gpt-5.2")));
    let usage = turn.usage;
    assert_eq!((usage.input_tokens, usage.output_tokens, usage.total_tokens), (9, 5, 14));
    assert_eq!((usage.cached_tokens, usage.reasoning_tokens), (4, 2));
    assert_eq!(turn.raw, Some(json!([message("Good day")])));
    assert_eq!(json!(turn.metadata), json!({"id": "resp_1", "service_tier": "default"}));
}

#[test]
fn what_did_not_come_in_pieces_comes_when_its_item_ends_and_nothing_comes_twice() {
    let only_done = stream(&[done(0, &message("Good day")), completed(&[message("Good day")])]);
    let only_completed = stream(&[completed(&[message("Good day")])]);
    let half =
        stream(&[text_delta(0, "Good"), done(0, &message("Good day")), done(0, &message("Good day")), completed(&[])]);
    assert_eq!((&only_done.1, &only_completed.1), (&vec![text("Good day")], &vec![text("Good day")]));
    assert_eq!(half.1, [text("Good"), text(" day")]);
    assert_eq!(only_done.0, only_completed.0);
    assert_eq!(half.0.content, said("Good day"));
    let never_ended = stream(&[text_delta(0, "Good "), text_delta(0, "day"), completed(&[])]);
    assert_eq!(never_ended.0.content, said("Good day"));
    assert_eq!(
        never_ended.0.raw,
        Some(json!([{"type": "message", "id": "msg_1", "role": "assistant",
            "content": [{"type": "output_text", "text": "Good day", "annotations": []}]}]))
    );
}

#[test]
fn reasoning_comes_with_its_summary_and_keeps_its_secret() {
    let whole = json!({"type": "reasoning", "id": "rs_1", "encrypted_content": "gAAAA/+=", "summary":
        [{"type": "summary_text", "text": "First."}, {"type": "summary_text", "text": "Second."}], "content": []});
    let open = json!({"type": "reasoning", "id": "rs_1", "summary": []});
    let piece = |index: u64, text: &str| {
        json!({"type": "response.reasoning_summary_text.delta", "output_index": 0,
        "summary_index": index, "item_id": "rs_1", "delta": text})
    };
    let (turn, deltas) = stream(&[
        added(0, &open),
        piece(0, "Fir"),
        piece(0, "st."),
        piece(1, "Second."),
        json!({"type": "response.reasoning_summary_text.done", "output_index": 0, "summary_index": 1, "text": "Second."}),
        done(0, &whole),
        done(1, &message("42")),
        completed(&[whole.clone(), message("42")]),
    ]);
    let thought = |text: &str| Delta::Reasoning(text.into());
    assert_eq!(deltas, [thought("Fir"), thought("st."), thought("\n\nSecond."), text("42")]);
    assert_eq!(turn.content, [Part::Reasoning { text: "First.\n\nSecond.".into() }, said("42").remove(0)]);
    assert_eq!(turn.raw, Some(json!([whole, message("42")])));
    let full = json!({"type": "reasoning", "id": "rs_1", "content": [{"type": "reasoning_text", "text": "Easy."}], "summary": []});
    let (turn, deltas) = stream(&[
        added(0, &open),
        json!({"type": "response.reasoning_text.delta", "output_index": 0, "content_index": 0, "delta": "Easy"}),
        done(0, &full),
        completed(&[full]),
    ]);
    assert_eq!(deltas, [thought("Easy"), thought(".")]);
    assert_eq!(turn.content, [Part::Reasoning { text: "Easy.".into() }]);
}

#[test]
fn calls_are_announced_and_their_arguments_come_in_pieces() {
    let piece = |index: u64, text: &str| json!({"type": "response.function_call_arguments.delta", "output_index": index, "delta": text});
    let both = [call("c1", "add", "{\"a\":1}"), call("c2", "add", "{}")];
    let (turn, deltas) = stream(&[
        added(0, &call("c1", "add", "")),
        added(1, &call("c2", "add", "")),
        piece(0, "{\"a\""),
        piece(1, "{}"),
        piece(0, ":1}"),
        json!({"type": "response.function_call_arguments.done", "output_index": 0, "arguments": "{\"a\":1}"}),
        done(0, &both[0]),
        done(1, &both[1]),
        completed(&both),
    ]);
    let delta =
        |id: &str, arguments: &str| Delta::ToolCall { id: id.into(), name: "add".into(), arguments: arguments.into() };
    let wanted = [("c1", ""), ("c2", ""), ("c1", "{\"a\""), ("c2", "{}"), ("c1", ":1}")];
    assert_eq!(deltas, wanted.map(|(id, arguments)| delta(id, arguments)));
    let calls: Vec<_> = turn.tool_calls.iter().map(|call| (call.id.as_str(), call.arguments.as_str())).collect();
    assert_eq!(calls, [("c1", "{\"a\":1}"), ("c2", "{}")]);
    assert_eq!((turn.finish_reason, &turn.raw), (FinishReason::ToolCalls, &Some(json!(both))));
}

#[test]
fn a_call_has_one_id_from_its_first_event_on() {
    let (turn, deltas) = stream(&[
        added(0, &call("c1", "add", "")),
        done(0, &call("c9", "add", "{}")),
        completed(&[call("c9", "add", "{}")]),
    ]);
    let ids = |deltas: &[Delta]| -> Vec<String> {
        deltas
            .iter()
            .map(|delta| if let Delta::ToolCall { id, .. } = delta { id.clone() } else { String::new() })
            .collect()
    };
    assert_eq!(ids(&deltas), ["c1", "c1"]);
    assert_eq!(turn.tool_calls[0].id, "c1");
    assert_eq!(turn.raw.unwrap().pointer("/0/call_id"), Some(&json!("c1")));
    let (turn, deltas) =
        stream(&[completed(&[json!({"type": "function_call", "name": "add", "arguments": {"a": 1}})])]);
    assert!(turn.tool_calls[0].id.starts_with("call_"), "{:?}", turn.tool_calls);
    assert_eq!(turn.tool_calls[0].arguments, "{\"a\":1}");
    assert_eq!(ids(&deltas), [turn.tool_calls[0].id.clone(), turn.tool_calls[0].id.clone()]);
}

#[test]
fn items_are_told_apart_where_ids_and_places_are_wrong_or_missing() {
    let two = [call("c1", "add", "{\"a\":1}"), call("c2", "add", "{\"a\":2}")];
    let all_at_0 = stream(&[added(0, &two[0]), done(0, &two[0]), added(0, &two[1]), done(0, &two[1]), completed(&two)]);
    assert_eq!(all_at_0.0.tool_calls.len(), 2);
    let calls_of = |deltas: &[Delta]| {
        deltas.iter().filter(|it| matches!(it, Delta::ToolCall { arguments, .. } if !arguments.is_empty())).count()
    };
    assert_eq!(calls_of(&all_at_0.1), 2);
    // Copilot's server gives each event of an item another id.
    let other_ids = stream(&[
        added(0, &json!({"type": "message", "id": "a", "role": "assistant", "content": []})),
        json!({"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "item_id": "b", "delta": "Good day"}),
        done(
            0,
            &json!({"type": "message", "id": "c", "role": "assistant", "content": [{"type": "output_text", "text": "Good day"}]}),
        ),
        completed(&[message("Good day")]),
    ]);
    assert_eq!(other_ids.1, [text("Good day")]);
    let without_places = stream(&[
        json!({"type": "response.output_text.delta", "delta": "Good "}),
        json!({"type": "response.output_text.delta", "delta": "day"}),
        completed(&[message("Good day")]),
    ]);
    assert_eq!(without_places.1, [text("Good "), text("day")]);
    let ordered_anew = stream(&[
        added(0, &json!({"type": "reasoning", "id": "r", "summary": []})),
        text_delta(1, "Good day"),
        completed(&[message("Good day"), json!({"type": "reasoning", "id": "r", "summary": []})]),
    ]);
    assert_eq!(ordered_anew.1, [text("Good day")]);
}

#[test]
fn an_event_that_is_sent_twice_counts_once_and_a_gap_does_not_matter() {
    let numbered = |number: u64, mut event: Value| {
        event["sequence_number"] = json!(number);
        event
    };
    let (turn, deltas) = stream(&[
        numbered(1, text_delta(0, "ha")),
        numbered(2, text_delta(0, "ha")),
        numbered(2, text_delta(0, "ha")),
        numbered(7, text_delta(0, "!")),
        numbered(8, completed(&[])),
    ]);
    assert_eq!(deltas, [text("ha"), text("ha"), text("!")]);
    assert_eq!(turn.content, said("haha!"));
    let all_0 =
        stream(&[numbered(0, text_delta(0, "ha")), numbered(0, text_delta(0, "ha")), numbered(0, completed(&[]))]);
    assert_eq!(all_0.0.content, said("haha"));
}

#[test]
fn a_refusal_is_one() {
    let whole = json!({"type": "message", "id": "msg_1", "role": "assistant", "content": [{"type": "refusal", "refusal": "I cannot."}]});
    let (turn, deltas) = stream(&[
        json!({"type": "response.refusal.delta", "output_index": 0, "content_index": 0, "delta": "I can"}),
        json!({"type": "response.refusal.done", "output_index": 0, "content_index": 0, "refusal": "I cannot."}),
        completed(&[whole]),
    ]);
    assert_eq!(deltas, [text("I can"), text("not.")]);
    assert_eq!(turn.content, [Part::Refusal { text: "I cannot.".into() }]);
}

#[test]
fn sources_and_log_probabilities_are_kept() {
    let address =
        json!({"type": "url_citation", "url": "https://a.example", "title": "A", "start_index": 0, "end_index": 4});
    let file = json!({"type": "file_citation", "file_id": "file_1", "filename": "b.pdf", "index": 3});
    let whole = json!({"type": "message", "id": "msg_1", "role": "assistant", "content": [
        {"type": "output_text", "text": "Good day", "annotations": [address, file], "logprobs": [{"token": "Good", "logprob": -0.1}]}]});
    let annotated = |annotation: &Value| {
        json!({"type": "response.output_text.annotation.added", "output_index": 0,
        "content_index": 0, "annotation_index": 0, "annotation": annotation})
    };
    let ended = stream(&[text_delta(0, "Good day"), annotated(&address), annotated(&file), completed(&[whole])]).0;
    let open = stream(&[text_delta(0, "Good day"), annotated(&address), annotated(&file), completed(&[])]).0;
    assert_eq!(ended.content, open.content);
    let sources: Vec<_> = ended
        .content
        .iter()
        .filter_map(|part| {
            if let Part::Citation(it) = part { Some((it.url.as_deref(), it.title.as_deref(), &it.raw)) } else { None }
        })
        .collect();
    assert_eq!(sources, [(Some("https://a.example"), Some("A"), &address), (None, Some("b.pdf"), &file)]);
    assert_eq!(ended.metadata["logprobs"], json!([{"token": "Good", "logprob": -0.1}]));
}

#[test]
fn items_of_other_types_are_kept() {
    let search = json!({"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"query": "x"}});
    let drawn = json!({"type": "image_generation_call", "id": "ig_1", "status": "completed", "result": "aGk=", "output_format": "webp"});
    let clash = json!({"type": "file", "id": "f_1", "path": "x"});
    let all = [search.clone(), drawn, clash.clone(), message("ok")];
    let turn = decode(&response(&all).to_string()).0.unwrap();
    assert_eq!(turn.raw, Some(json!(all)));
    assert_eq!(turn.content[0], Part::Other(search));
    assert!(
        matches!(&turn.content[1], Part::Image { data: Some(data), media_type: Some(kind), .. } if data == "aGk=" && kind == "image/webp")
    );
    assert_eq!(turn.content[2], Part::Other(json!({"type": "openai_item", "item": clash})));
    let again: Vec<Part> = serde_json::from_value(serde_json::to_value(&turn.content).unwrap()).unwrap();
    assert_eq!(again, turn.content, "a state can be read again");
}

#[test]
fn incomplete_answers_say_why() {
    for (reason, wanted) in [
        ("max_output_tokens", FinishReason::Length),
        ("content_filter", FinishReason::ContentFilter),
        ("something", FinishReason::Other),
    ] {
        let mut whole = response(&[message("Good")]);
        whole["status"] = json!("incomplete");
        whole["incomplete_details"] = json!({"reason": reason});
        let streamed = stream(&[text_delta(0, "Good"), json!({"type": "response.incomplete", "response": whole})]).0;
        assert_eq!((streamed.finish_reason, &streamed.content), (wanted, &said("Good")));
        assert_eq!(Ok(streamed), decode(&whole.to_string()).0);
    }
}

#[test]
fn failures_after_status_200_are_errors_of_the_right_kind() {
    let error = |code: &str| json!({"code": code, "message": "Because."});
    let with = |status: &str, error: Value| json!({"id": "resp_1", "status": status, "error": error, "output": []});
    for (code, kind, retryable) in [
        ("rate_limit_exceeded", Kind::RateLimit, true),
        ("server_error", Kind::Provider, true),
        ("vector_store_timeout", Kind::Timeout, true),
        ("invalid_prompt", Kind::Provider, false),
        ("insufficient_quota", Kind::RateLimit, false),
    ] {
        let response = with("failed", error(code));
        for body in [
            sse(&[json!({"type": "response.failed", "response": response})]),
            sse(&[json!({"type": "error", "code": code, "message": "Because.", "param": null, "sequence_number": 1})]),
            sse(&[json!({"type": "error", "error": {"type": "x", "code": code, "message": "Because."}})]),
            sse(&[json!({"error": {"code": code, "message": "Because."}})]),
            response.to_string(),
            json!({"error": error(code)}).to_string(),
        ] {
            let found = failed(&body);
            assert_eq!((found.kind, found.retryable), (kind, retryable), "{body}: {}", found.message);
            assert!(found.message.contains("Because."), "{}", found.message);
        }
    }
    let unsaid = failed(&sse(&[json!({"type": "response.failed", "response": with("failed", Value::Null)})]));
    assert_eq!((unsaid.kind, unsaid.retryable), (Kind::Provider, true));
    let gone = failed(&sse(&[json!({"type": "response.cancelled", "response": with("cancelled", Value::Null)})]));
    assert!(!gone.retryable && gone.message.contains("cancelled"), "{}", gone.message);
    let queued = failed(&with("queued", Value::Null).to_string());
    assert!(queued.message.contains("background"), "{}", queued.message);
    assert_eq!(failed("event: error\ndata: overloaded\n\n").kind, Kind::Provider);
}

#[test]
fn an_answer_that_ends_too_early_is_an_error_and_a_complete_one_needs_no_end() {
    let begun = [added(0, &message("")), text_delta(0, "Good"), done(0, &message("Good day"))];
    let (turn, deltas) = decode(&sse(&begun));
    assert_eq!((turn.unwrap_err().kind, deltas.len()), (Kind::Network, 2));
    let cut = format!("{}data: {{\"type\":\"response.comp", sse(&begun));
    assert_eq!(failed(&cut).kind, Kind::Network);
    let mut decoder = OpenAiResponses.decoder(1, Redactor::default());
    let mut deltas = Vec::new();
    decoder.push(sse(&begun).as_bytes(), &mut deltas).unwrap();
    assert_eq!(decoder.progress(), Progress::Partial);
    decoder.push(sse(&[completed(&[message("Good day")])]).as_bytes(), &mut deltas).unwrap();
    assert_eq!(decoder.progress(), Progress::Complete);
    decoder.push(b"data: [DONE]\n\ndata: {\n\n", &mut deltas).unwrap();
    assert_eq!(decoder.finish(&mut deltas).unwrap().content, said("Good day"));
}

#[test]
fn what_is_no_answer_is_a_protocol_error() {
    for body in [
        "<html>no</html>",
        "[]",
        "{\"object\":\"list\"}",
        "data: nonsense\n\n",
        "data: []\n\n",
        "Bad gateway",
        "data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\ndata: [DONE]\n\n",
        "data: {\"type\":\"response.completed\"}\n\n",
    ] {
        let error = failed(body);
        assert_eq!(error.kind, Kind::Protocol, "{body}: {}", error.message);
    }
    assert_eq!(failed("").kind, Kind::Network);
    assert_eq!(failed("data: {\"error\":{\"message\":\"no\"}}\n\n").kind, Kind::Provider);
    assert_eq!(failed("{\"detail\":\"Not here\"}").kind, Kind::Provider);
}

#[test]
fn a_text_that_is_none_is_an_error_that_names_the_field() {
    let piece = json!({"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": 5});
    let item = json!({"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": 123}]});
    for (body, words) in [
        (sse(&[added(0, &message("")), piece]), "`delta` is a number"),
        (response(&[item]).to_string(), "`output[].content[].text` is a number"),
    ] {
        let error = failed(&body);
        assert!(error.kind == Kind::Protocol && error.message.contains(words), "{}", error.message);
    }
    assert_eq!(failed("{\"object\":\"response\",\"output\":[]}").kind, Kind::Provider);
}

#[test]
fn limits_hold() {
    let many: Vec<Value> = (0..1100_u64).map(|at| added(at, &call(&format!("c{at}"), "add", ""))).collect();
    assert!(failed(&sse(&many)).message.contains("more than 1024 tool calls"));
    let parts: Vec<Value> = (0..5000_u64)
        .map(|at| json!({"type": "response.output_text.delta", "output_index": 0, "content_index": at, "delta": "x"}))
        .collect();
    assert!(failed(&sse(&parts)).message.contains("more than 4096 parts"));
    let long = added(0, &call("c1", &"x".repeat(300), ""));
    assert_eq!(failed(&sse(&[long])).kind, Kind::Protocol);
    let piece = text_delta(0, &"x".repeat(1 << 20)).to_string();
    let endless = format!("data: {piece}\n\n").repeat(65);
    assert!(failed(&endless).message.contains("more than 64 MiB"));
}

#[test]
fn halves_of_characters_are_replaced() {
    let (turn, _) = decode(concat!(
        "data: {\"type\":\"response.output_text.delta\",\"output_index\":0,\"delta\":\"a\\ud83d\"}\n\n",
        "data: {\"type\":\"response.completed\",\"response\":{\"output\":[]}}\n\n"
    ));
    assert_eq!(turn.unwrap().content, said("a\u{fffd}"));
}

#[test]
fn an_end_that_is_not_known_is_told_and_runs_no_calls() {
    let ended = |output: &[Value], status: &str, reason: &str| {
        let mut whole = response(output);
        whole["status"] = json!(status);
        if !reason.is_empty() {
            whole["incomplete_details"] = json!({"reason": reason});
        }
        decode(&whole.to_string()).0
    };
    for (status, reason, word) in
        [("incomplete", "watchdog", "watchdog"), ("incomplete", "", "incomplete"), ("odd", "", "odd")]
    {
        let turn = ended(&[message("half")], status, reason).unwrap();
        assert_eq!(turn.finish_reason, FinishReason::Other);
        assert!(turn.notices.len() == 1 && turn.notices[0].message.contains(word), "{:?}", turn.notices);
        for output in [vec![message("half"), call("c1", "add", "{}")], vec![]] {
            let error = ended(&output, status, reason).unwrap_err();
            assert!(error.kind == Kind::Provider && error.message.contains(word), "{}", error.message);
        }
    }
    assert_eq!(ended(&[message("all")], "completed", "").unwrap().notices, []);
    let cut = ended(&[call("c1", "add", "{}")], "incomplete", "max_output_tokens").unwrap();
    assert_eq!(cut.finish_reason, FinishReason::Length, "cut calls are known to be");
}

#[test]
fn calls_of_one_id_get_their_own_and_go_back_with_them() {
    let twice = [
        call("c1", "add", "{}"),
        json!({"type": "function_call", "id": "fc_2", "call_id": "c1", "name": "add",
        "arguments": "{\"a\":1}"}),
    ];
    let plain = decode(&response(&twice).to_string()).0.unwrap();
    let events: Vec<Value> = (0..).zip(&twice).flat_map(|(at, item)| [added(at, item), done(at, item)]).collect();
    let streamed = stream(&[events, vec![completed(&twice)]].concat()).0;
    for turn in [plain, streamed] {
        let ids: Vec<&str> = turn.tool_calls.iter().map(|call| &*call.id).collect();
        assert_eq!(ids, ["c1", "c1_2"]);
        assert_eq!(turn.raw.unwrap().pointer("/1/call_id"), Some(&json!("c1_2")));
        assert_eq!(turn.notices.len(), 1);
    }
}
