//! Dialects: answers that are not as OpenAI's own.

mod metadata;

use super::OpenAiChat;
use crate::codec::testing::decode_in;
use crate::codec::{Codec, Delta, Turn};
use crate::error::{Error, Kind};
use crate::http::{Redactor, Secret};
use crate::message::Part;
use crate::outcome::FinishReason;
use serde_json::{Value, json};

fn decode(body: &str) -> (Result<Turn, Error>, Vec<Delta>) {
    decode_in(&OpenAiChat, &[body.as_bytes()])
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
fn pieces_of_arguments_go_to_their_calls_however_they_are_mixed() {
    let begun = |at: u64| json!({"tool_calls": [{"index": at, "id": format!("c{at}"), "function": {"name": "f", "arguments": ""}}]});
    let piece = |at: u64, text: &str| json!({"tool_calls": [{"index": at, "function": {"arguments": text}}]});
    for order in [[0, 0, 0, 0, 1, 1, 1, 1], [0, 1, 0, 1, 0, 1, 0, 1], [0, 0, 1, 0, 1, 1, 0, 1]] {
        let mut list = vec![begun(0)];
        let mut wanted = [String::new(), String::new()];
        for (turn, at) in order.iter().cycle().take(64).enumerate() {
            if *at == 1 && wanted[1].is_empty() {
                list.push(begun(1));
            }
            let text = if turn % 5 == 0 { "\"".to_owned() } else { format!("{turn},") };
            wanted[*at].push_str(&text);
            list.push(piece(*at as u64, &text));
        }
        assert_eq!(calls(&deltas(&list)), [("f", &*wanted[0]), ("f", &*wanted[1])], "{order:?}");
    }
    let list = [begun(0), piece(0, ""), piece(0, "{}"), begun(1), piece(1, ""), piece(1, "{}")];
    assert_eq!(calls(&deltas(&list)), [("f", "{}"), ("f", "{}")], "a piece may be empty");
    // Without an index they go on with the last one.
    let mut list = vec![begun(0), piece(0, "a"), piece(0, "b"), begun(1)];
    list.extend(["c", "d"].map(|text| json!({"tool_calls": [{"function": {"arguments": text}}]})));
    list.extend([piece(0, "e"), piece(0, "f")]);
    assert_eq!(calls(&deltas(&list)), [("f", "abef"), ("f", "cd")]);
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
    assert_eq!(decode(&unsaid.to_string()).0.unwrap_err().kind, Kind::Provider);
}

#[test]
fn an_answer_that_is_whole_and_names_no_reason_is_told() {
    let call = json!([{"id": "c", "function": {"name": "add", "arguments": "{}"}}]);
    for (message, called) in [(json!({"content": "a"}), 0), (json!({"content": null, "tool_calls": call}), 1)] {
        let body = json!({"choices": [{"index": 0, "message": message}]}).to_string();
        let chunk = format!("data: {}\n\n", json!({"choices": [{"index": 0, "delta": message}]}));
        for whole in [body, format!("{chunk}data: [DONE]\n\n")] {
            let turn = decode(&whole).0.unwrap();
            assert_eq!((turn.finish_reason, turn.tool_calls.len()), (FinishReason::Other, called), "{whole}");
            assert!(turn.notices.len() == 1 && turn.notices[0].message.contains("finish_reason"), "{whole}");
        }
        assert_eq!(decode(&chunk).0.unwrap_err().kind, Kind::Network, "cut, so its calls are not run");
    }
    assert!(plain(&json!({"content": "a"})).notices.is_empty());
}

#[test]
fn an_answer_of_the_wrong_shape_is_an_error_that_names_the_field() {
    let whole = |choice: Value| json!({"choices": [choice]}).to_string();
    let message = |content: Value| json!({"message": {"content": content}, "finish_reason": "stop"});
    for (body, field) in [
        (whole(message(json!(123))), "`content` is a number"),
        (whole(message(json!({"text": "x"}))), "`content` is an object"),
        (whole(message(json!([{"type": "text", "text": 1}]))), "`content[].text` is a number"),
        (whole(json!({"message": "hello", "finish_reason": "stop"})), "`message`"),
        (whole(json!({})), "`message`"),
        (format!("data: {}\n\n", whole(json!({"delta": {"content": 5}}))), "`content` is a number"),
    ] {
        let error = decode(&body).0.unwrap_err();
        assert!(error.kind == Kind::Protocol && error.message.contains(field), "{body}: {}", error.message);
    }
    let filtered = decode(&whole(json!({"finish_reason": "content_filter"}))).0.unwrap_err();
    assert_eq!(filtered.kind, Kind::ContentFilter);
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

/// A stream of these `data` lines.
fn stream_of(lines: &[&str]) -> (Result<Turn, Error>, Vec<Delta>) {
    let body: String = lines.iter().map(|line| format!("data: {line}\n\n")).collect();
    let whole = decode(&body);
    let mut seen = Vec::new();
    let mut decoder = OpenAiChat.decoder(1, Redactor::default());
    let pushed = body.as_bytes().chunks(1).try_for_each(|byte| decoder.push(byte, &mut seen));
    assert_eq!((pushed.and_then(|()| decoder.finish(&mut seen)), seen), whole, "{body}");
    whole
}

/// A chunk with this delta, written as it stands.
fn chunk(delta: &str) -> String {
    format!(r#"{{"choices":[{{"index":0,"delta":{delta}}}]}}"#)
}

const STOP: &str = r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;

/// The turn and its deltas of a stream of these deltas, written as they stand.
fn written(written: &[&str]) -> (Turn, Vec<Delta>) {
    let chunks: Vec<String> = written.iter().map(|delta| chunk(delta)).collect();
    let lines: Vec<&str> = chunks.iter().map(String::as_str).chain([STOP]).collect();
    let (turn, deltas) = stream_of(&lines);
    (turn.unwrap(), deltas)
}

fn text(text: &str) -> Vec<Part> {
    vec![Part::Text { text: text.into() }]
}

#[test]
fn a_character_cut_in_two_is_joined() {
    let (turn, deltas) = written(&[r#"{"content":"a\ud83d"}"#, r#"{"content":""}"#, r#"{"content":"\ude80 b"}"#]);
    assert_eq!((turn.content, deltas), (text("a🚀 b"), vec![Delta::Text("a".into()), Delta::Text("🚀 b".into())]));
    let (turn, _) = written(&[
        r#"{"content":"a"}"#,
        r#"{"content":"b\uD83D"}"#,
        r#"{"content":"\uDE80\ud83d"}"#,
        r#"{"content":"\ude80"}"#,
        r#"{"content":"c"}"#,
    ]);
    assert_eq!(turn.content, text("ab🚀🚀c"));
}

#[test]
fn each_field_waits_for_its_own_half() {
    let (turn, _) = written(&[
        r#"{"reasoning_content":"r\ud83d","refusal":"no\ud83d","content":"t\ud83d"}"#,
        r#"{"reasoning_content":"\ude80","content":"\ude81"}"#,
        r#"{"refusal":"\ude82"}"#,
    ]);
    assert_eq!(
        turn.content,
        [
            Part::Reasoning { text: "r🚀".into() },
            Part::Text { text: "t🚁".into() },
            Part::Refusal { text: "no🚂".into() }
        ]
    );
    assert_eq!(raw(&turn, "/reasoning_content"), json!("r🚀"));
    let (turn, deltas) = written(&[
        r#"{"tool_calls":[{"index":0,"id":"a","function":{"name":"add","arguments":"{\"x\":\"\ud83d"}}]}"#,
        r#"{"tool_calls":[{"index":1,"id":"b","function":{"name":"sub","arguments":"{\"x\":\"\ud83d"}}]}"#,
        r#"{"tool_calls":[{"index":0,"function":{"arguments":"\ude80\"}"}},{"index":1,"function":{"arguments":"\ude81\"}"}}]}"#,
    ]);
    assert_eq!(calls(&turn), [("add", r#"{"x":"🚀"}"#), ("sub", r#"{"x":"🚁"}"#)]);
    let said: String = deltas
        .iter()
        .filter_map(|delta| match delta {
            Delta::ToolCall { id, arguments, .. } if id == "a" => Some(arguments.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(said, r#"{"x":"🚀"}"#);
    let (turn, _) = written(&[
        r#"{"function_call":{"name":"add","arguments":"{\"x\":\"\ud83d"}}"#,
        r#"{"function_call":{"arguments":"\ude80\"}"}}"#,
    ]);
    assert_eq!(calls(&turn), [("add", r#"{"x":"🚀"}"#)]);
}

#[test]
fn a_half_without_its_other_half_is_a_replacement_character() {
    for (deltas, wanted) in [
        (vec![r#"{"content":"a\ud83d"}"#], "a\u{fffd}"),
        (vec![r#"{"content":"\ud83d"}"#], "\u{fffd}"),
        (vec![r#"{"content":"a\ud83d"}"#, r#"{"content":"b"}"#, r#"{"content":"c"}"#], "a\u{fffd}bc"),
        (vec![r#"{"content":"x"}"#, r#"{"content":"a\ud83d"}"#, r#"{"content":"b"}"#], "xa\u{fffd}b"),
        (vec![r#"{"content":"a\ud83d"}"#, r#"{"content":"\ud83d"}"#, r#"{"content":"\ude80"}"#], "a\u{fffd}🚀"),
        (vec![r#"{"content":"a"}"#, r#"{"content":"\ude80b\ud83dc"}"#], "a\u{fffd}b\u{fffd}c"),
        (vec![r#"{"content":[{"type":"text","text":"a\ud83d"}]}"#], "a\u{fffd}"),
        // Private characters, which stand for halves inside, are as they were; with them, nothing is joined.
        (vec![r#"{"content":"\udbfe\udc3d\ud83d"}"#, r#"{"content":"\udbfe\udc3d"}"#], "\u{10f83d}\u{fffd}\u{10f83d}"),
        (vec![r#"{"content":"\ud83d"}"#, "{\"content\":\"\u{10fe80}\"}"], "\u{fffd}\u{10fe80}"),
    ] {
        assert_eq!(written(&deltas).0.content, text(wanted), "{deltas:?}");
    }
    let (turn, _) = written(&[
        r#"{"tool_calls":[{"id":"a\ud83d","function":{"name":"n\ud83d","arguments":"{}\ud83d"},"more":{"k\ude80":["\ud83d"]}}]}"#,
    ]);
    assert_eq!(calls(&turn), [("n\u{fffd}", "{}\u{fffd}")]);
    assert_eq!(turn.tool_calls.first().unwrap().id, "a\u{fffd}");
    assert_eq!(raw(&turn, "/tool_calls/0/more"), json!({"k\u{fffd}": ["\u{fffd}"]}));
    let whole =
        r#"{"model":"m\ud83d","choices":[{"message":{"content":"a\ud83d","extra":"\ude80"},"finish_reason":"stop"}]}"#;
    let turn = decode(whole).0.unwrap();
    assert_eq!((&turn.content, turn.model.as_deref()), (&text("a\u{fffd}"), Some("m\u{fffd}")));
    assert_eq!(raw(&turn, "/extra"), json!("\u{fffd}"));
    let failed = stream_of(&[r#"{"error":{"message":"no \ud83d"}}"#]).0.unwrap_err();
    assert!(failed.message.contains("no \u{fffd}"), "{}", failed.message);
}

#[test]
fn a_field_of_an_unexpected_type_counts_as_absent() {
    for odd in [
        chunk(r#""""#),
        chunk("[1]"),
        chunk(r#"{"content":null,"tool_calls":{},"refusal":[]}"#),
        chunk(r#"{"tool_calls":"x"}"#),
        chunk(r#"{"tool_calls":[null,"x",[]],"function_call":"x"}"#),
        r#"{"choices":{}}"#.to_owned(),
        r#"{"choices":[null,"x",7]}"#.to_owned(),
        r#"{"choices":"x","model":{},"usage":[],"object":5,"x_groq":"x"}"#.to_owned(),
        r#"{"choices":[{"index":"x","delta":null,"message":"x","finish_reason":{},"usage":"x"}]}"#.to_owned(),
    ] {
        let (turn, _) = stream_of(&[&chunk(r#"{"content":"a"}"#), &odd, &chunk(r#"{"content":"b"}"#), STOP]);
        let turn = turn.unwrap_or_else(|error| panic!("{odd}: {}", error.message));
        assert_eq!((turn.content, turn.tool_calls.len(), turn.model), (text("ab"), 0, None), "{odd}");
    }
    let (turn, _) = written(&[
        r#"{"tool_calls":[{"index":"x","id":5,"function":"x"},{"function":{"name":"add","arguments":"{}"}}]}"#,
    ]);
    assert_eq!(calls(&turn), [("", ""), ("add", "{}")]);
    for none in ["5", "[]", "\"x\"", "null"] {
        assert_eq!(stream_of(&[none, STOP]).0.unwrap_err().kind, Kind::Protocol, "{none}");
    }
}

#[test]
fn of_a_field_that_comes_twice_the_last_counts() {
    let twice = r#"{"model":"x","model":"m","choices":[],"choices":[{"index":1,"index":0,"delta":{"content":"x"},
        "delta":{"content":"x","content":"a","k":1,"k":2,"tool_calls":[],
            "tool_calls":[{"id":"x","id":"i","function":{"name":"x","name":"add","arguments":"x","arguments":"{}"}}]},
        "finish_reason":null,"finish_reason":"stop"}],"usage":{},
        "usage":{"prompt_tokens":9,"prompt_tokens":1,"completion_tokens":2,"total_tokens":8,"total_tokens":3}}"#
        .replace('\n', "");
    let turn = stream_of(&[&twice]).0.unwrap();
    assert_eq!((&turn.content, turn.model.as_deref()), (&text("a"), Some("m")));
    assert_eq!((calls(&turn), turn.tool_calls.first().unwrap().id.as_str()), (vec![("add", "{}")], "i"));
    assert_eq!((raw(&turn, "/k"), turn.usage.input_tokens, turn.usage.total_tokens), (json!(2), 1, 3));
}

#[test]
fn an_answer_that_ends_for_an_error_failed() {
    let ended = r#"{"choices":[{"index":0,"delta":{"content":"b"},"finish_reason":"error"}]}"#;
    let (outcome, deltas) = stream_of(&[&chunk(r#"{"content":"a"}"#), ended, "[DONE]"]);
    let error = outcome.unwrap_err();
    assert_eq!((error.kind, error.retryable), (Kind::Provider, true));
    assert!(error.message.contains("finish_reason \"error\""), "{}", error.message);
    assert_eq!(deltas, [Delta::Text("a".into()), Delta::Text("b".into())]);
    let plain = json!({"choices": [{"message": {"content": ""}, "finish_reason": "error", "error": {}}]});
    assert_eq!(decode(&plain.to_string()).0.unwrap_err().kind, Kind::Provider);
}

#[test]
fn an_event_named_error_is_an_error_whatever_its_data() {
    for (data, kind, words) in [
        (r#"{"message":"boom","code":500}"#, Kind::Provider, "boom"),
        (r#"{"type":"overloaded_error","detail":"busy"}"#, Kind::Overloaded, "busy"),
        (r#"{"error":{"message":"slow down","code":429}}"#, Kind::RateLimit, "slow down"),
        (r#""boom""#, Kind::Provider, "boom"),
        ("went wrong", Kind::Provider, "went wrong"),
        ("{}", Kind::Provider, "{}"),
    ] {
        for end in ["\n\n", ""] {
            let error = decode(&format!("data: {}\n\nevent: error\ndata: {data}{end}", chunk("{}"))).0.unwrap_err();
            assert_eq!(error.kind, kind, "{data}");
            assert!(error.message.contains(words), "{data}: {}", error.message);
        }
    }
    let other = format!("event: completion\ndata: {STOP}\n\ndata: [DONE]\n\nevent: error\ndata: late\n\n");
    assert!(decode(&other).0.is_ok());
}

#[test]
fn a_body_that_is_neither_json_nor_a_stream_is_quoted() {
    let key = "sk-secret-123456";
    for body in
        ["upstream is away", "Error: upstream is away\n\nsorry", "<p>upstream is away</p>", "dat upstream is away"]
    {
        let mut decoder = OpenAiChat.decoder(1, Redactor::new([Secret::new(key)].into_iter()));
        let body = format!("{body}, {key}");
        let turn = body.as_bytes().chunks(1).try_for_each(|byte| decoder.push(byte, &mut Vec::new()));
        let error = turn.and_then(|()| decoder.finish(&mut Vec::new())).unwrap_err();
        assert_eq!(error.kind, Kind::Protocol, "{body}");
        assert!(error.message.contains("upstream is away") && !error.message.contains(key), "{}", error.message);
    }
    for cut in ["d", "data", ": waiting\n\n", "event: ping\n", "retry: 5\n\nda", "data:", ""] {
        assert_eq!(decode(cut).0.unwrap_err().kind, Kind::Network, "{cut}");
    }
}
