//! Answers by their events, and requests by what the provider takes.

use super::Anthropic;
use crate::codec::testing::decode_in;
use crate::codec::{Codec, Delta, Encoded, OutputFormat, OutputMode, Progress, Turn, TurnRequest};
use crate::error::{Error, Kind};
use crate::http::{Redactor, Secret};
use crate::message::{Message, Part, Raw, Role, ToolCall};
use crate::outcome::FinishReason;
use crate::run::{Cache, CacheTime, Endpoint, Settings, ToolChoice};
use crate::tool::{Tool, ToolSet};
use serde_json::{Map, Value, json};

/// The bytes of a stream of these events.
pub(super) fn stream(events: &[Value]) -> Vec<u8> {
    let event = |event: &Value| {
        format!("event: {}\ndata: {event}\n\n", event.get("type").and_then(Value::as_str).unwrap_or("message"))
    };
    events.iter().map(event).collect::<String>().into_bytes()
}

pub(super) fn decode(pieces: &[&[u8]]) -> (Result<Turn, Error>, Vec<Delta>) {
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

/// What a request is made from.
pub(super) struct Ask {
    pub endpoint: Endpoint,
    pub model: &'static str,
    pub system: Option<&'static str>,
    pub tools: ToolSet,
    pub settings: Settings,
    pub options: Map<String, Value>,
    pub output: Option<OutputFormat>,
}

impl Ask {
    pub(super) fn new() -> Self {
        let add = json!({"name": "add", "description": "Adds", "schema": {"type": "object", "properties": {}}});
        let dotted = json!({"name": "text.shout", "schema": {"type": "object", "properties": {}}});
        let tools = [add, dotted]
            .into_iter()
            .fold(ToolSet::default(), |set, tool| set.with(Tool::from_json("tool", tool).unwrap()).unwrap());
        Self {
            endpoint: Endpoint {
                provider: "anthropic".into(),
                codec: &Anthropic,
                base_url: "https://api.anthropic.com".into(),
                api_key: Some(Secret::new("sk-ant-secret")),
                key_place: None,
                model_place: None,
                headers: Vec::new(),
                way: 0,
            },
            model: "claude-haiku-4-5",
            system: Some("Be brief."),
            tools,
            settings: Settings::default(),
            options: Map::new(),
            output: None,
        }
    }

    pub(super) fn encode(&self, messages: &[Message]) -> Result<Encoded, Error> {
        let messages: Vec<&Message> = messages.iter().collect();
        Anthropic.encode(&TurnRequest {
            endpoint: &self.endpoint,
            model: self.model,
            system_prompt: self.system,
            tools: &self.tools,
            settings: &self.settings,
            provider_options: &self.options,
            messages: &messages,
            output: self.output.as_ref(),
        })
    }

    /// The body, and the warnings.
    fn body(&self, messages: &[Message]) -> (Value, Vec<String>) {
        let encoded = self.encode(messages).unwrap();
        (serde_json::from_slice(&encoded.body).unwrap(), encoded.warnings)
    }
}

fn parts(parts: Value) -> Message {
    Message::new(Role::User, serde_json::from_value(parts).unwrap())
}

fn results(results: &[(&str, &str)]) -> Message {
    let result = |(id, content): &(&str, &str)| Part::ToolResult {
        tool_call_id: (*id).into(),
        name: "add".into(),
        content: (*content).into(),
        parts: Vec::new(),
        is_error: false,
    };
    Message::new(Role::Tool, results.iter().map(result).collect())
}

fn called(ids: &[&str]) -> Message {
    let call = |id: &&str| ToolCall { id: (*id).into(), name: "add".into(), arguments: "{\"a\":1}".into() };
    Message { tool_calls: ids.iter().map(call).collect(), ..Message::new(Role::Assistant, Vec::new()) }
}

fn echoed(blocks: &Value, calls: &[(&str, &str)]) -> Message {
    let call = |(id, arguments): &(&str, &str)| ToolCall {
        id: (*id).into(),
        name: "add".into(),
        arguments: (*arguments).into(),
    };
    Message {
        tool_calls: calls.iter().map(call).collect(),
        raw: Some(Raw { provider: "anthropic".into(), value: json!({"role": "assistant", "content": blocks}) }),
        ..Message::new(Role::Assistant, Vec::new())
    }
}

#[test]
fn a_request_says_what_the_provider_wants() {
    let mut ask = Ask::new();
    let encoded = ask.encode(&[Message::user("Hi")]).unwrap();
    assert_eq!(encoded.url, "https://api.anthropic.com/v1/messages");
    let header =
        |name: &str| encoded.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.reveal().to_owned());
    assert_eq!(header("x-api-key").as_deref(), Some("sk-ant-secret"));
    assert_eq!(header("anthropic-version").as_deref(), Some("2023-06-01"));
    assert_eq!(header("anthropic-beta"), None);
    let (body, warnings) = ask.body(&[Message::user("Hi")]);
    assert!(warnings.is_empty());
    assert_eq!(
        body,
        json!({"model": "claude-haiku-4-5", "max_tokens": 4096, "system": [{"type": "text", "text": "Be brief."}],
            "messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}],
            "tools": [{"name": "add", "description": "Adds", "input_schema": {"type": "object", "properties": {}}},
                {"name": "text_shout_47e8c05c", "input_schema": {"type": "object", "properties": {}}}], "stream": true})
        .as_object()
        .map(|wanted| {
            let mut wanted = wanted.clone();
            wanted["tools"][1]["name"] = body["tools"][1]["name"].clone();
            Value::Object(wanted)
        })
        .unwrap()
    );
    ask.endpoint.base_url = "http://127.0.0.1:1/s/1/v1".into();
    assert_eq!(ask.encode(&[Message::user("Hi")]).unwrap().url, "http://127.0.0.1:1/s/1/v1/messages");
}

#[test]
fn results_come_first_and_every_call_has_one() {
    let ask = Ask::new();
    let (body, warnings) = ask.body(&[
        Message::user("a"),
        Message::user("b"),
        called(&["t1", "t2"]),
        Message::user("hurry"),
        results(&[("t2", "2"), ("zz", "orphan")]),
        called(&["t1", "functions.add:0"]),
        results(&[("functions.add:0", " "), ("t1", "1")]),
    ]);
    let messages = body["messages"].as_array().unwrap();
    let roles: Vec<&str> = messages.iter().map(|message| message["role"].as_str().unwrap()).collect();
    assert_eq!(roles, ["user", "assistant", "user", "assistant", "user"]);
    let answer = &messages[2]["content"];
    assert_eq!(answer[0], json!({"type": "tool_result", "tool_use_id": "t2", "content": "2"}));
    assert_eq!((&answer[1]["tool_use_id"], &answer[1]["is_error"]), (&json!("t1"), &json!(true)));
    assert_eq!(answer[2], json!({"type": "text", "text": "hurry"}));
    assert!(answer[4]["text"] == "orphan");
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    // Ids are legal, and none is there twice.
    let second: Vec<&str> =
        messages[3]["content"].as_array().unwrap().iter().map(|block| block["id"].as_str().unwrap()).collect();
    assert!(second[0] != "t1" && second[1].starts_with("toolu_"), "{second:?}");
    assert_eq!(messages[4]["content"][0], json!({"type": "tool_result", "tool_use_id": second[1]}));
    assert_eq!(messages[4]["content"][1]["tool_use_id"], json!(second[0]));
}

#[test]
fn turns_of_the_provider_go_back_as_they_came() {
    let ask = Ask::new();
    let blocks = json!([
        {"type": "thinking", "thinking": "x", "signature": "c2ln/+=="}, {"type": "redacted_thinking", "data": "ZGF0YQ=="},
        {"type": "text", "text": " \n"}, {"type": "future", "z": {"b": 1.0, "a": [null]}},
        {"type": "tool_use", "id": "t1", "name": "add", "input": {"b": 1, "a": 2}, "caller": {"type": "direct"}},
    ]);
    let history = [Message::user("q"), echoed(&blocks, &[("t1", "{\"a\":2, \"b\":1}")]), results(&[("t1", "3")])];
    let encoded = ask.encode(&history).unwrap();
    let body = String::from_utf8(encoded.body).unwrap();
    let mut kept = blocks.as_array().unwrap().clone();
    kept.remove(2);
    assert!(body.contains(&json!(kept).to_string()), "{body}");
    // Arguments that were edited since are the new ones; a call that is gone breaks the echo.
    let (body, _) = ask.body(&[Message::user("q"), echoed(&blocks, &[("t1", "{\"a\":9}")]), results(&[("t1", "3")])]);
    assert_eq!(body["messages"][1]["content"][0]["signature"], "c2ln/+==");
    assert_eq!(body["messages"][1]["content"][3]["input"], json!({"a": 9}));
    let (body, _) = ask.body(&[Message::user("q"), echoed(&blocks, &[("t2", "{}")]), results(&[("t2", "3")])]);
    assert_eq!(body["messages"][1]["content"], json!([{"type": "tool_use", "id": "t2", "name": "add", "input": {}}]));
    // An empty turn disappears.
    let (body, _) = ask.body(&[Message::user("q"), echoed(&json!([]), &[]), Message::user("r")]);
    assert_eq!(body["messages"].as_array().unwrap().len(), 1);
}

#[test]
fn turns_of_others_are_translated_with_a_warning() {
    let ask = Ask::new();
    let other = Message {
        raw: Some(Raw { provider: "openai".into(), value: json!({"role": "assistant", "content": "x"}) }),
        ..Message::new(
            Role::Assistant,
            vec![
                Part::Reasoning { text: "hm".into() },
                Part::Text { text: "x".into() },
                Part::Refusal { text: "no".into() },
            ],
        )
    };
    let (body, warnings) =
        ask.body(&[Message::user("q"), other.clone(), Message::user("r"), other, Message::user("s")]);
    assert_eq!(body["messages"][1]["content"], json!([{"type": "text", "text": "x"}, {"type": "text", "text": "no"}]));
    assert_eq!(warnings, ["reasoning of another model in the history was left out"]);
}

#[test]
fn pictures_files_and_texts_have_their_blocks() {
    let ask = Ask::new();
    let (body, warnings) = ask.body(&[parts(json!([
        {"type": "image", "url": "https://h/x.png"}, {"type": "image", "data": "/9j/AA"},
        {"type": "image", "url": "data:image/gif;base64,R0lGOD"}, {"type": "image", "file_id": "file_1", "detail": "high"},
        {"type": "file", "data": "JVBERg==", "filename": "a.pdf"}, {"type": "file", "url": "https://h/x.pdf"},
        {"type": "file", "data": "R3LDvMOfZQ==", "media_type": "text/markdown; charset=utf-8"},
        {"type": "file", "data": "AA==", "media_type": "application/zip", "filename": "a.zip"},
        {"type": "search_result", "source": "s", "title": "t", "content": []}, "Look", " "
    ]))]);
    let base64 = |media: &str, data: &str| json!({"type": "base64", "media_type": media, "data": data});
    assert_eq!(
        body["messages"][0]["content"],
        json!([
            {"type": "image", "source": {"type": "url", "url": "https://h/x.png"}},
            {"type": "image", "source": base64("image/jpeg", "/9j/AA")},
            {"type": "image", "source": base64("image/gif", "R0lGOD")},
            {"type": "image", "source": {"type": "file", "file_id": "file_1"}},
            {"type": "document", "source": base64("application/pdf", "JVBERg=="), "title": "a.pdf"},
            {"type": "document", "source": {"type": "url", "url": "https://h/x.pdf"}},
            {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "Grüße"}},
            {"type": "text", "text": "[The file \"a.zip\" of type application/zip cannot be shown here.]"},
            {"type": "search_result", "source": "s", "title": "t", "content": []}, {"type": "text", "text": "Look"},
        ])
    );
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    let with_id = [parts(json!([{"type": "file", "file_id": "file_1"}]))];
    let beta = |ask: &Ask| {
        let encoded = ask.encode(&with_id).unwrap();
        let header = encoded.headers.iter().find(|(name, _)| name == "anthropic-beta");
        (header.map(|(_, value)| value.reveal().to_owned()), encoded.warnings.len())
    };
    assert_eq!(beta(&ask), (Some("files-api-2025-04-14".to_owned()), 0));
    let mut own = Ask::new();
    own.endpoint.headers = vec![("Anthropic-Beta".into(), Secret::new("other"))];
    assert_eq!(beta(&own), (None, 1));
    for wrong in [json!([{"type": "image"}]), json!([{"type": "file", "url": "https://h", "file_id": "f"}])] {
        assert_eq!(ask.encode(&[parts(wrong)]).unwrap_err().kind, Kind::Argument);
    }
    assert_eq!(ask.encode(&[Message::user(" ")]).unwrap_err().kind, Kind::Argument);
}

#[test]
fn results_hold_pictures_too() {
    let result = Part::ToolResult {
        tool_call_id: "t1".into(),
        name: "add".into(),
        content: "seen".into(),
        parts: serde_json::from_value(json!([{"type": "image", "data": "iVBORw0="}, {"type": "cache_point"}])).unwrap(),
        is_error: false,
    };
    let (body, _) = Ask::new().body(&[Message::user("q"), called(&["t1"]), Message::new(Role::Tool, vec![result])]);
    assert_eq!(
        body["messages"][2]["content"],
        json!([{"type": "tool_result", "tool_use_id": "t1", "content": [{"type": "text", "text": "seen"},
            {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0="}}],
            "cache_control": {"type": "ephemeral"}}])
    );
}

#[test]
fn a_failed_result_is_text_alone_and_its_pictures_follow() {
    let failed = |content: &str| Part::ToolResult {
        tool_call_id: "t1".into(),
        name: "add".into(),
        content: content.into(),
        parts: serde_json::from_value(json!([{"type": "image", "data": "iVBORw0="}])).unwrap(),
        is_error: true,
    };
    for (said, sent) in [("no", "no"), (" ", "The tool failed and gave no reason.")] {
        let messages = [Message::user("q"), called(&["t1"]), Message::new(Role::Tool, vec![failed(said)])];
        let (body, _) = Ask::new().body(&messages);
        let content = &body["messages"][2]["content"];
        assert_eq!(content[0]["content"], sent, "{body}");
        assert_eq!((&content[0]["is_error"], &content[1]["type"]), (&json!(true), &json!("image")), "{body}");
    }
}

#[test]
fn the_cache_is_marked_at_most_four_times() {
    let mut ask = Ask::new();
    ask.settings.cache = Some(Cache::For(CacheTime::OneHour));
    let hour = json!({"type": "ephemeral", "ttl": "1h"});
    let (body, warnings) =
        ask.body(&[Message::user("a"), echoed(&json!([{"type": "text", "text": "b"}]), &[]), Message::user("c")]);
    assert_eq!(body["tools"][1]["cache_control"], hour);
    assert_eq!(body["tools"][0].get("cache_control"), None);
    assert_eq!(body["system"][0]["cache_control"], hour);
    assert_eq!(body["messages"][2]["content"][0]["cache_control"], hour);
    assert!(warnings.is_empty());
    let point = json!([{"type": "text", "text": "x"}, {"type": "cache_point", "ttl": "5m"}]);
    let history: Vec<Message> = (0..3).flat_map(|_| [parts(point.clone()), called(&[])]).collect();
    let (body, warnings) = ask.body(&history);
    let marks = body.to_string().matches("cache_control").count();
    assert_eq!((marks, warnings.len()), (4, 1), "{body}");
    ask.settings.cache = None;
    let (body, _) = ask.body(&[parts(json!([{"type": "cache_point"}, "x"]))]);
    assert_eq!(
        body["system"][0]["cache_control"],
        json!({"type": "ephemeral"}),
        "what comes first ends what was before"
    );
}

#[test]
fn settings_that_the_format_or_the_model_lacks_give_warnings() {
    let mut ask = Ask::new();
    ask.settings = Settings {
        temperature: Some(1.5),
        top_p: Some(0.5),
        seed: Some(1),
        stop: Some(vec!["END".into(), "\n".into()]),
        max_tokens: Some(9),
        tool_choice: Some(ToolChoice::Required),
        ..Settings::default()
    };
    let hi = [Message::user("Hi")];
    let (body, warnings) = ask.body(&hi);
    assert_eq!((&body["temperature"], body.get("top_p")), (&json!(1.0), None));
    assert_eq!((&body["stop_sequences"], &body["max_tokens"]), (&json!(["END"]), &json!(9)));
    assert_eq!((&body["tool_choice"], body.get("seed")), (&json!({"type": "any"}), None));
    assert_eq!(warnings.len(), 4, "{warnings:?}");
    ask.model = "claude-sonnet-5-5";
    let (body, _) = ask.body(&hi);
    assert_eq!((body.get("temperature"), &body["tool_choice"]), (None, &json!({"type": "auto"})));
    ask.settings =
        Settings { tool_choice: Some(ToolChoice::Named { name: "text.shout".into() }), ..Settings::default() };
    ask.model = "claude-sonnet-4-5";
    let (body, _) = ask.body(&hi);
    assert_eq!(body["tool_choice"]["name"], body["tools"][1]["name"]);
}

#[test]
fn provider_options_win_and_join_ours() {
    let mut ask = Ask::new();
    ask.settings.tool_choice = Some(ToolChoice::Required);
    ask.output = Some(OutputFormat { name: "answer".into(), schema: json!({"type": "object", "properties": {}}) });
    ask.options = json!({"thinking": {"type": "adaptive"}, "top_k": 5, "output_config": {"effort": "low"},
        "tool_choice": {"disable_parallel_tool_use": true}, "tools": [{"type": "web_search_20250305", "name": "web_search"}]})
    .as_object()
    .unwrap()
    .clone();
    let (body, _) = ask.body(&[Message::user("Hi")]);
    assert_eq!(body["tool_choice"], json!({"type": "any", "disable_parallel_tool_use": true}));
    assert_eq!(body["output_config"]["effort"], "low");
    assert_eq!(body["output_config"]["format"]["type"], "json_schema");
    assert_eq!(body["output_config"]["format"]["schema"]["additionalProperties"], json!(false));
    assert_eq!((body["tools"].as_array().unwrap().len(), &body["tools"][2]["name"]), (3, &json!("web_search")));
    assert_eq!((&body["top_k"], &body["thinking"]["type"]), (&json!(5), &json!("adaptive")));
    ask.options = json!({"thinking": {"type": "enabled", "budget_tokens": 8000}}).as_object().unwrap().clone();
    let (body, warnings) = ask.body(&[Message::user("Hi")]);
    assert_eq!((&body["max_tokens"], &body["tool_choice"]["type"]), (&json!(12_096), &json!("auto")));
    assert_eq!(warnings.len(), 1);
    ask.options =
        json!({"max_tokens": 5, "tool_choice": {"type": "none"}, "system": "mine"}).as_object().unwrap().clone();
    let (body, _) = ask.body(&[Message::user("Hi")]);
    assert_eq!((&body["max_tokens"], &body["system"]), (&json!(5), &json!("mine")));
    assert_eq!(body["tool_choice"], json!({"type": "none"}));
    assert_eq!(Anthropic.output_mode("claude-haiku-4-5"), OutputMode::Native);
    assert_eq!(Anthropic.output_mode("claude-3-haiku-20240307"), OutputMode::Tool);
}

fn thinks(ask: &mut Ask, thinking: Value) {
    ask.options = json!({"thinking": thinking}).as_object().unwrap().clone();
}

#[test]
fn a_turn_that_does_not_begin_with_its_thinking_goes_without() {
    let mut ask = Ask::new();
    thinks(&mut ask, json!({"type": "enabled", "budget_tokens": 2000}));
    let call = |id: &str| json!({"type": "tool_use", "id": id, "name": "add", "input": {"a": 1}});
    let thought = json!({"type": "thinking", "thinking": "Hm.", "signature": "sig"});
    let arguments = "{\"a\":1}";
    let signed = echoed(&json!([thought, call("t1")]), &[("t1", arguments)]);
    let ours = called(&["t1"]);
    let said = Message::new(Role::Assistant, vec![Part::Text { text: "Done".into() }]);
    let more = echoed(&json!([thought, {"type": "text", "text": "So"}, call("t2")]), &[("t2", arguments)]);
    let one = || results(&[("t1", "1")]);
    let two = || results(&[("t2", "2")]);
    let redacted = echoed(&json!([{"type": "redacted_thinking", "data": "x"}, call("t1")]), &[("t1", arguments)]);
    let plain = echoed(&json!([call("t2")]), &[("t2", arguments)]);
    for (kept, messages) in [
        (true, vec![Message::user("a")]),
        (true, vec![Message::user("a"), signed.clone(), one()]),
        (true, vec![Message::user("a"), redacted, one()]),
        (true, vec![Message::user("a"), signed, one(), plain, two()]),
        (true, vec![Message::user("a"), ours.clone(), one(), said.clone(), Message::user("b")]),
        (false, vec![Message::user("a"), ours.clone(), one()]),
        (false, vec![Message::user("a"), ours.clone(), one(), more, two()]),
    ] {
        let (body, warnings) = ask.body(&messages);
        let about: Vec<_> = warnings.iter().filter(|it| it.starts_with("thinking: ")).collect();
        assert_eq!((body.get("thinking").is_some(), about.len()), (kept, usize::from(!kept)), "{body}");
        assert!(kept || !body["messages"].to_string().contains("\"thinking\""), "what is refused without it: {body}");
        assert_eq!(body["max_tokens"], if kept { 6096 } else { 4096 });
    }
    thinks(&mut ask, json!({"type": "adaptive"}));
    let (body, _) = ask.body(&[Message::user("a"), ours, one()]);
    assert_eq!(body["thinking"]["type"], "adaptive", "which demands nothing of the turn");
}

#[test]
fn sampling_and_forced_tools_keep_to_thinking() {
    let sent = |thinking: Value, temperature: f64, top_p: Option<f64>| {
        let mut ask = Ask::new();
        ask.model = "claude-3-7-sonnet-20250219";
        thinks(&mut ask, thinking);
        ask.settings = Settings {
            temperature: Some(temperature),
            top_p,
            tool_choice: Some(ToolChoice::Required),
            ..Settings::default()
        };
        let (body, warnings) = ask.body(&[Message::user("a")]);
        let get = |name: &str| body.get(name).and_then(Value::as_f64);
        (get("temperature"), get("top_p"), body["tool_choice"]["type"].as_str().unwrap().to_owned(), warnings.len())
    };
    let manual = || json!({"type": "enabled", "budget_tokens": 2000});
    assert_eq!(sent(manual(), 0.5, Some(0.5)), (None, None, "auto".into(), 3));
    assert_eq!(sent(manual(), 1.0, Some(0.97)), (Some(1.0), Some(0.97), "auto".into(), 1));
    assert_eq!(sent(json!({"type": "adaptive"}), 0.5, None), (None, None, "any".into(), 1));
    assert_eq!(sent(json!({"type": "disabled"}), 0.5, Some(0.5)), (Some(0.5), Some(0.5), "any".into(), 0));
}

#[test]
fn system_messages_go_where_the_model_takes_them() {
    let mut ask = Ask::new();
    let system = |text: &str| Message::new(Role::System, vec![Part::Text { text: text.into() }]);
    let history = [system("S1"), Message::user("a"), system("S2"), called(&[]), Message::user("b"), system("S3")];
    let (body, _) = ask.body(&history);
    assert_eq!(body["system"].as_array().unwrap().len(), 4);
    assert_eq!(body["messages"].as_array().unwrap().len(), 1);
    ask.model = "claude-opus-4-8";
    let (body, _) = ask.body(&history);
    assert_eq!(body["system"].as_array().unwrap().len(), 2);
    let roles: Vec<&str> =
        body["messages"].as_array().unwrap().iter().map(|message| message["role"].as_str().unwrap()).collect();
    assert_eq!(roles, ["user", "system", "user", "system"]);
    let searched = json!([{"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []}]);
    let said = Message::new(Role::Assistant, vec![Part::Text { text: "x".into() }]);
    let (body, _) = ask.body(&[Message::user("a"), echoed(&searched, &[]), system("S"), said, Message::user("b")]);
    assert_eq!(body["messages"][2]["role"], "system");
    assert_eq!(body["messages"][3]["role"], "assistant");
}

#[test]
fn a_turn_to_go_on_with_ends_without_white_space() {
    let ask = Ask::new();
    let last = |blocks: Value| {
        let (body, _) = ask.body(&[Message::user("q"), echoed(&blocks, &[])]);
        body["messages"][1]["content"].clone()
    };
    assert_eq!(last(json!([{"type": "text", "text": "Once \n"}])), json!([{"type": "text", "text": "Once"}]));
    let plain = Message::new(Role::Assistant, vec![Part::Text { text: "Once ".into() }]);
    let (body, _) = ask.body(&[Message::user("q"), plain]);
    assert_eq!(body["messages"][1]["content"], json!([{"type": "text", "text": "Once"}]));
}
