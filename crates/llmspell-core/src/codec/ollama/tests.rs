//! Requests and answers, line by line and quirk by quirk.

use super::Ollama;
use crate::codec::testing::decode_in;
use crate::codec::{Codec, Delta, Encoded, OutputFormat, Progress, Turn, TurnRequest};
use crate::error::{Error, Kind};
use crate::http::{Redactor, Secret};
use crate::message::{Message, Part, Raw, Role, ToolCall};
use crate::outcome::FinishReason;
use crate::run::{Endpoint, Settings, ToolChoice};
use crate::tool::{Tool, ToolSet};
use proptest::prelude::*;
use serde_json::{Value, json};

fn decode(body: &str) -> (Result<Turn, Error>, Vec<Delta>) {
    let whole = decode_in(&Ollama, &[body.as_bytes()]);
    let bytes: Vec<&[u8]> = body.as_bytes().chunks(1).collect();
    assert_eq!(decode_in(&Ollama, &bytes), whole, "byte by byte: {body}");
    whole
}

fn line(message: Value) -> Value {
    json!({"model": "m", "created_at": "2026-11-21T10:00:00.123Z", "message": message, "done": false})
}

fn end(reason: &str) -> Value {
    json!({"model": "m", "created_at": "2026-11-21T10:00:01Z", "message": {"role": "assistant", "content": ""}, "done": true,
           "done_reason": reason, "total_duration": 12, "prompt_eval_count": 7, "eval_count": 3})
}

fn lines(all: &[Value]) -> String {
    all.iter().map(|line| format!("{line}\n")).collect()
}

fn turn(body: &str) -> Turn {
    decode(body).0.unwrap()
}

fn error(body: &str) -> Error {
    decode(body).0.unwrap_err()
}

fn text(text: &str) -> Part {
    Part::Text { text: text.into() }
}

#[test]
fn text_and_thinking_streamed_and_plain() {
    let mut plain = end("stop");
    plain["message"] = json!({"role": "assistant", "thinking": "Well, yes.", "content": "It is \"five\"."});
    let mut stream: Vec<Value> =
        ["Well", ",", " yes", "."].map(|it| line(json!({"role": "assistant", "content": "", "thinking": it}))).to_vec();
    stream.extend(["It", " is", " \"five\"", "."].map(|it| line(json!({"role": "assistant", "content": it}))));
    stream[1]["created_at"] = json!("2027-01-01T00:00:00Z");
    stream[6]["created_at"] = json!("2027-01-01T00:00:00.5Z");
    stream.push(end("stop"));
    let (streamed, deltas) = decode(&lines(&stream));
    let streamed = streamed.unwrap();
    assert_eq!(streamed.content, [Part::Reasoning { text: "Well, yes.".into() }, text("It is \"five\".")]);
    assert_eq!(deltas.len(), 8, "one for each line");
    for body in [plain.to_string(), serde_json::to_string_pretty(&plain).unwrap()] {
        assert_eq!(turn(&body), streamed, "{body}");
    }
    let usage = streamed.usage;
    assert_eq!((usage.input_tokens, usage.output_tokens, usage.total_tokens), (7, 3, 10));
    assert_eq!((streamed.metadata["total_duration"].clone(), streamed.model.as_deref()), (json!(12), Some("m")));
    assert_eq!(
        streamed.raw.unwrap(),
        json!({"role": "assistant", "content": "It is \"five\".", "thinking": "Well, yes."})
    );
}

#[test]
fn calls_come_whole_whatever_their_index() {
    let call = |arguments: Value| json!({"function": {"index": 0, "name": "add", "arguments": arguments}});
    let mut own = call(json!({"a": 2}));
    own["id"] = json!("call_x");
    let answer = turn(&lines(&[
        line(json!({"role": "assistant", "content": "", "tool_calls": [call(json!({"a": 1})), own]})),
        line(
            json!({"role": "assistant", "content": "", "tool_calls": [call(json!("{\"a\":3}")), {"function": {"name": "now"}}]}),
        ),
        end("stop"),
    ]));
    let calls: Vec<(&str, &str, &str)> =
        answer.tool_calls.iter().map(|it| (&*it.id, &*it.name, &*it.arguments)).collect();
    assert_eq!(
        calls,
        [
            ("call_0000000000000001_0", "add", "{\"a\":1}"),
            ("call_x", "add", "{\"a\":2}"),
            ("call_0000000000000001_2", "add", "{\"a\":3}"),
            ("call_0000000000000001_3", "now", "{}")
        ]
    );
    assert_eq!(
        answer.raw.unwrap()["tool_calls"][1],
        json!({"id": "call_x", "function": {"index": 0, "name": "add", "arguments": {"a": 2}}})
    );
}

#[test]
fn ends() {
    for (reason, wanted) in [
        ("stop", Ok(FinishReason::Stop)),
        ("length", Ok(FinishReason::Length)),
        ("", Ok(FinishReason::Stop)),
        ("new", Ok(FinishReason::Other)),
        ("load", Err(Kind::Provider)),
        ("unload", Err(Kind::Provider)),
    ] {
        let body = lines(&[line(json!({"content": "a"})), end(reason)]);
        assert_eq!(decode(&body).0.map(|it| it.finish_reason).map_err(|it| it.kind), wanted, "{reason}");
    }
    let begun = lines(&[line(json!({"content": "a"}))]);
    for body in [String::new(), begun.clone(), format!("{begun}{{\"model\""), "{\"model\":".to_owned()] {
        let kind = error(&body).kind;
        assert!(matches!(kind, Kind::Network | Kind::Protocol), "{body}: {kind:?}");
        assert_eq!(kind == Kind::Network, body != "{\"model\":", "{body}");
    }
    let mut decoder = Ollama.decoder(1, Redactor::default());
    decoder.push(lines(&[end("stop")]).as_bytes(), &mut Vec::new()).unwrap();
    assert_eq!(decoder.progress(), Progress::Complete);
}

#[test]
fn an_end_that_is_not_known_is_told_and_runs_no_calls() {
    let said = |message: Value| lines(&[line(message), end("watchdog")]);
    let notices = turn(&said(json!({"content": "half"}))).notices;
    assert!(notices.len() == 1 && notices[0].message.contains("done_reason \"watchdog\""), "{notices:?}");
    let calls = json!({"content": "", "tool_calls": [{"function": {"name": "add", "arguments": {}}}]});
    for message in [calls, json!({"content": ""})] {
        assert_eq!(error(&said(message)).kind, Kind::Provider);
    }
}

#[test]
fn an_answer_of_the_wrong_shape_is_an_error() {
    for (message, field) in [(json!({"content": 5}), "message.content"), (json!({"thinking": []}), "message.thinking")]
    {
        let error = error(&lines(&[line(message), end("stop")]));
        assert!(error.kind == Kind::Protocol && error.message.contains(field), "{}", error.message);
    }
    assert_eq!(error("{\"model\":\"m\",\"message\":\"hello\",\"done\":true}\n").kind, Kind::Provider);
    assert_eq!(
        turn(&lines(&[line(json!({"content": "a"})), json!({"model": "m", "done": true})])).finish_reason,
        FinishReason::Stop
    );
}

#[test]
fn calls_of_one_id_go_back_with_their_own() {
    let call = json!({"id": "c", "function": {"name": "add", "arguments": {"a": 1}}});
    let answer = turn(&lines(&[line(json!({"content": "", "tool_calls": [call, call]})), end("stop")]));
    assert_eq!((&*answer.tool_calls[1].id, answer.notices.len()), ("c_2", 1));
    assert_eq!(answer.raw.unwrap()["tool_calls"][1]["id"], "c_2");
}

#[test]
fn errors_of_every_status() {
    let begun = lines(&[line(json!({"content": "a"}))]);
    for body in ["{\"error\":\"it broke\"}".to_owned(), format!("{begun}{{\"error\":\"it broke\"}}\n")] {
        let error = error(&body);
        assert_eq!((error.kind, error.retryable), (Kind::Provider, true));
        assert!(error.message.contains("it broke"), "{}", error.message);
    }
    let missing = Ollama.failure(404, &[], b"{\"error\":\"model 'x' not found\"}", &Redactor::default());
    assert_eq!(missing.kind, Kind::NotFound);
    assert!(
        missing.message.contains("model 'x' not found") && missing.message.contains("ollama pull"),
        "{}",
        missing.message
    );
    for body in ["<html>secret-key-0123</html>", "{\"a\":1}", "[1]", "data: x\n\n", "{\"secret-key-0123"] {
        let error = error(body);
        assert_eq!(error.kind, Kind::Protocol, "{body}");
        assert!(!error.message.contains("secret-key"), "{}", error.message);
    }
}

#[test]
fn lists_beside_the_message_are_joined() {
    let mut first = line(json!({"content": "a"}));
    first["logprobs"] = json!([{"token": "a"}]);
    let mut last = end("stop");
    last["logprobs"] = json!([{"token": "b"}]);
    let answer = turn(&lines(&[first, line(json!({"content": "", "images": ["aQ=="]})), last]));
    assert_eq!(answer.metadata["logprobs"], json!([{"token": "a"}, {"token": "b"}]));
    assert!(matches!(&answer.content[1], Part::Image { data: Some(data), .. } if data == "aQ=="));
}

struct Ask {
    tools: ToolSet,
    settings: Settings,
    options: Value,
    messages: Vec<Message>,
    base_url: &'static str,
    api_key: Option<Secret>,
    output: Option<OutputFormat>,
}

impl Default for Ask {
    fn default() -> Self {
        Self {
            tools: ToolSet::default(),
            settings: Settings::default(),
            options: json!({}),
            messages: vec![Message::user("Hello")],
            base_url: "http://127.0.0.1:11434",
            api_key: None,
            output: None,
        }
    }
}

impl Ask {
    fn encode(&self) -> Encoded {
        let endpoint = Endpoint {
            provider: "ollama".to_owned(),
            codec: &Ollama,
            base_url: self.base_url.to_owned(),
            api_key: self.api_key.clone(),
            key_place: None,
            model_place: None,
            headers: Vec::new(),
            way: 0,
        };
        let messages: Vec<&Message> = self.messages.iter().collect();
        Ollama
            .encode(&TurnRequest {
                endpoint: &endpoint,
                model: "m",
                system_prompt: Some("Be brief."),
                tools: &self.tools,
                settings: &self.settings,
                provider_options: self.options.as_object().unwrap(),
                messages: &messages,
                output: self.output.as_ref(),
            })
            .unwrap()
    }

    fn body(&self) -> Value {
        serde_json::from_slice(&self.encode().body).unwrap()
    }
}

fn tools() -> ToolSet {
    ToolSet::default().with(Tool::from_json("tool", json!({"name": "math.add", "description": "d"})).unwrap()).unwrap()
}

#[test]
fn the_smallest_request() {
    let encoded = Ask::default().encode();
    assert_eq!(encoded.url, "http://127.0.0.1:11434/api/chat");
    assert!(encoded.headers.iter().all(|(name, _)| name != "authorization"));
    assert_eq!(
        Ask::default().body(),
        json!({"model": "m", "stream": true, "messages": [
        {"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello"}]})
    );
    let cloud = Ask { base_url: "https://ollama.com/api", api_key: Some(Secret::new("k")), ..Ask::default() }.encode();
    assert_eq!(cloud.url, "https://ollama.com/api/chat");
    assert!(cloud.headers.iter().any(|(name, key)| name == "authorization" && key.reveal() == "Bearer k"));
}

#[test]
fn settings_tools_and_options() {
    let settings = Settings {
        temperature: Some(0.5),
        top_p: Some(0.9),
        max_tokens: Some(10),
        stop: Some(vec!["x".into()]),
        seed: Some(3),
        tool_choice: Some(ToolChoice::Required),
        ..Settings::default()
    };
    let options = json!({"think": true, "keep_alive": "5m", "options": {"num_ctx": 4096, "seed": 9}, "stream": false});
    let output = Some(OutputFormat { name: "o".into(), schema: json!({"type": "object"}) });
    let ask = Ask { settings, options, tools: tools(), output, ..Ask::default() };
    let body = ask.body();
    assert_eq!(
        body["options"],
        json!({
        "temperature": 0.5, "top_p": 0.9, "num_predict": 10, "stop": ["x"], "seed": 9, "num_ctx": 4096})
    );
    assert_eq!((&body["think"], &body["keep_alive"], &body["stream"]), (&json!(true), &json!("5m"), &json!(false)));
    assert_eq!(body["format"], json!("json"));
    let schema = json!({"type": "object", "properties": {"a": {"type": "object"}}});
    let output = Some(OutputFormat { name: "o".into(), schema: schema.clone() });
    assert_eq!(Ask { output, ..Ask::default() }.body()["format"], schema);
    assert_eq!(body["tools"][0]["function"]["name"], json!(tools().to_wire("math.add")));
    assert!(ask.encode().warnings[0].starts_with("tool_choice:"));
    let settings = Settings { tool_choice: Some(ToolChoice::None), ..Settings::default() };
    assert!(Ask { settings, tools: tools(), ..Ask::default() }.body().get("tools").is_none());
}

fn call(id: &str, arguments: &str) -> ToolCall {
    ToolCall { id: id.into(), name: "math.add".into(), arguments: arguments.into() }
}

fn history(calls: Vec<ToolCall>, raw: Option<(&str, Value)>) -> Vec<Message> {
    let results = calls.iter().map(|call| Part::ToolResult {
        tool_call_id: call.id.clone(),
        name: call.name.clone(),
        content: "broke".into(),
        parts: vec![],
        is_error: true,
    });
    let results = Message::new(Role::Tool, results.collect());
    let raw = raw.map(|(provider, value)| Raw { provider: provider.into(), value });
    let content = vec![Part::Reasoning { text: "r".into() }, text("t")];
    vec![Message { tool_calls: calls, raw, ..Message::new(Role::Assistant, content) }, results]
}

#[test]
fn a_turn_goes_back_as_it_came_and_another_s_is_translated() {
    let name = tools().to_wire("math.add");
    let raw = json!({"role": "assistant", "content": "t", "thinking": "r", "novelty": 1, "tool_calls": [
        {"id": "call_x", "function": {"index": 0, "name": name, "arguments": {"a": 1}}},
        {"function": {"name": name, "arguments": {"a": 2}}}]});
    let calls = vec![call("call_x", "{\"a\": 1}"), call("ours", "{\"a\": 2}")];
    let body =
        Ask { tools: tools(), messages: history(calls.clone(), Some(("ollama", raw.clone()))), ..Ask::default() }
            .body();
    assert_eq!(body["messages"][1], raw);
    assert_eq!(
        body["messages"][2],
        json!({"role": "tool", "content": "Error: broke", "tool_name": name, "tool_call_id": "call_x"})
    );
    assert_eq!(body["messages"][3], json!({"role": "tool", "content": "Error: broke", "tool_name": name}));
    let mended = vec![call("call_x", "{\"a\": 5}"), call("ours", "{\"a\": 2}")];
    let body =
        Ask { tools: tools(), messages: history(mended, Some(("ollama", raw.clone()))), ..Ask::default() }.body();
    assert_eq!(
        body["messages"][1]["tool_calls"][0],
        json!({"id": "call_x", "function": {"index": 0, "name": name, "arguments": {"a": 5}}})
    );
    for raw in [None, Some(("openai", raw.clone())), Some(("ollama", json!({"role": "assistant"})))] {
        let body = Ask { tools: tools(), messages: history(calls.clone(), raw), ..Ask::default() }.body();
        assert_eq!(
            body["messages"][1],
            json!({"role": "assistant", "content": "t", "thinking": "r", "tool_calls": [
            {"type": "function", "function": {"name": name, "arguments": {"a": 1}}},
            {"type": "function", "function": {"name": name, "arguments": {"a": 2}}}]})
        );
        assert!(body["messages"][2].get("tool_call_id").is_none());
    }
}

#[test]
fn pictures_are_data() {
    let image = |url: Option<&str>, data: Option<&str>| Part::Image {
        file_id: None,
        url: url.map(Into::into),
        data: data.map(Into::into),
        media_type: None,
        detail: None,
    };
    let content = vec![
        text("a"),
        image(None, Some("aQ==")),
        image(Some("data:image/png;base64,ag=="), None),
        text("b"),
        image(Some("https://x/y.png"), None),
        Part::CachePoint { ttl: None },
    ];
    let ask = Ask { messages: vec![Message::new(Role::User, content)], ..Ask::default() };
    assert_eq!(ask.body()["messages"][1], json!({"role": "user", "content": "ab", "images": ["aQ==", "ag=="]}));
    assert_eq!(ask.encode().warnings.len(), 1);
}

fn message() -> impl Strategy<Value = Message> {
    let part = prop_oneof![
        "[a-zé😀 ]{0,6}".prop_map(|text| Part::Text { text }),
        Just(Part::Reasoning { text: "r".into() }),
        Just(Part::Other(json!({"type": "odd"}))),
    ];
    let raw = prop::option::of(prop::sample::select(vec![
        json!({"role": "assistant", "content": "x", "tool_calls": [{"function": {"name": "q"}}]}),
        json!({"role": "assistant", "tool_calls": [3]}),
        json!(null),
        json!({"tool_calls": {}}),
    ]));
    let calls = prop::collection::vec(("c[0-3]", prop::sample::select(vec!["", "{}", "{\"a\":1}", "[", "3"])), 0..3);
    (0..4, prop::collection::vec(part, 0..3), calls, raw).prop_map(|(role, content, calls, raw)| {
        let calls: Vec<ToolCall> = calls.iter().map(|(id, text)| call(id, text)).collect();
        match role {
            0 => Message::new(Role::System, content),
            1 => Message::new(Role::User, content),
            2 => history(calls, raw.map(|raw| ("ollama", raw))).remove(0),
            _ => history(calls, None).remove(1),
        }
    })
}

proptest! {
    #[test]
    fn any_history_becomes_a_request_of_the_right_shape(messages in prop::collection::vec(message(), 0..8)) {
        let body = Ask { messages, tools: tools(), ..Ask::default() }.body();
        for message in body["messages"].as_array().unwrap() {
            let role = message["role"].as_str().unwrap();
            prop_assert!(["system", "user", "assistant", "tool"].contains(&role));
            prop_assert!(role != "tool" || message["tool_name"].is_string());
            for call in message["tool_calls"].as_array().into_iter().flatten() {
                prop_assert!(call["function"].get("arguments").is_none_or(Value::is_object), "{}", call);
            }
        }
    }

    #[test]
    fn streamed_and_plain_agree_however_the_bytes_are_split(
        pieces in prop::collection::vec("[a-zé€😀\"\\\\\n ]{0,6}", 0..12), sizes in prop::collection::vec(1_usize..40, 1..12)
    ) {
        let mut all: Vec<Value> = pieces.iter().map(|it| line(json!({"role": "assistant", "content": it}))).collect();
        all.push(end("stop"));
        let body = lines(&all);
        let whole = decode_in(&Ollama, &[body.as_bytes()]);
        let mut rest = body.as_bytes();
        let mut chunks = Vec::new();
        for size in sizes.iter().cycle() {
            if rest.is_empty() { break; }
            let (head, tail) = rest.split_at((*size).min(rest.len()));
            chunks.push(head);
            rest = tail;
        }
        prop_assert_eq!(decode_in(&Ollama, &chunks), whole.clone());
        let mut plain = end("stop");
        plain["message"]["content"] = json!(pieces.concat());
        prop_assert_eq!(decode_in(&Ollama, &[plain.to_string().as_bytes()]).0.unwrap(), whole.0.unwrap());
    }

    #[test]
    fn no_bytes_break_it(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        let _ = decode_in(&Ollama, &[&bytes]);
        let _ = decode_in(&Ollama, &[b"{\"model\":\"m\",\"message\":", &bytes, b"}\n", &bytes]);
    }
}
