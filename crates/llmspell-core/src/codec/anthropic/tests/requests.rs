//! Requests, by what the provider takes.

use crate::codec::anthropic::Anthropic;
use crate::codec::{Codec, Encoded, OutputFormat, OutputMode, TurnRequest};
use crate::error::{Error, Kind};
use crate::http::Secret;
use crate::message::{Message, Part, Raw, Role, ToolCall};
use crate::run::{Cache, CacheTime, Endpoint, Settings, ToolChoice};
use crate::tool::{Tool, ToolSet};
use serde_json::{Map, Value, json};

/// What a request is made from.
pub(in super::super) struct Ask {
    pub endpoint: Endpoint,
    pub model: &'static str,
    pub system: Option<&'static str>,
    pub tools: ToolSet,
    pub settings: Settings,
    pub options: Map<String, Value>,
    pub output: Option<OutputFormat>,
}

impl Ask {
    pub(in super::super) fn new() -> Self {
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

    pub(in super::super) fn encode(&self, messages: &[Message]) -> Result<Encoded, Error> {
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

#[test]
fn a_schema_with_open_objects_is_not_closed() {
    let open = json!({"type": "object", "additionalProperties": {"type": "number"}});
    for (schema, mode) in [
        (json!({"type": "object", "properties": {"a": {"type": "string"}}}), OutputMode::Native),
        (json!({"type": "object", "properties": {"a": open}}), OutputMode::Tool),
        (open, OutputMode::Tool),
        (json!({"type": "object"}), OutputMode::Prompt),
    ] {
        assert_eq!(Anthropic.output_mode_for("claude-haiku-4-5", &schema, false), mode, "{schema}");
    }
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
