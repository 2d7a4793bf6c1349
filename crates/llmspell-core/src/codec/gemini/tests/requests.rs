//! Requests: settings, tools, and histories.

use crate::codec::gemini::Gemini;
use crate::codec::{Codec, Encoded, OutputFormat, TurnRequest};
use crate::http::Secret;
use crate::message::{Message, Part, Raw, Role, ToolCall};
use crate::run::{Endpoint, Settings, ToolChoice};
use crate::tool::{Tool, ToolSet};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

struct Ask {
    model: &'static str,
    base_url: &'static str,
    system: Option<&'static str>,
    tools: ToolSet,
    settings: Settings,
    options: Value,
    messages: Vec<Message>,
    output: Option<OutputFormat>,
}

impl Default for Ask {
    fn default() -> Self {
        Self {
            model: "gemini-2.5-flash",
            base_url: "https://host/v1beta",
            system: None,
            tools: ToolSet::default(),
            settings: Settings::default(),
            options: json!({}),
            messages: vec![Message::user("Hello")],
            output: None,
        }
    }
}

impl Ask {
    fn encode(&self) -> Encoded {
        let endpoint = Endpoint {
            provider: "gemini".to_owned(),
            codec: &Gemini,
            base_url: self.base_url.to_owned(),
            api_key: Some(Secret::new("the-key")),
            key_place: None,
            model_place: None,
            headers: Vec::new(),
            way: 0,
        };
        let messages: Vec<&Message> = self.messages.iter().collect();
        let turn = TurnRequest {
            endpoint: &endpoint,
            model: self.model,
            system_prompt: self.system,
            tools: &self.tools,
            settings: &self.settings,
            provider_options: self.options.as_object().unwrap(),
            messages: &messages,
            output: self.output.as_ref(),
        };
        Gemini.encode(&turn).unwrap()
    }

    fn body(&self) -> Value {
        serde_json::from_slice(&self.encode().body).unwrap()
    }
}

fn tools() -> ToolSet {
    let tool = |name: &str| {
        Tool::from_json("tool", json!({"name": name, "schema": {"properties": {"a": {"type": ["integer", "null"]}}}}))
            .unwrap()
    };
    ToolSet::default().with(tool("files.read")).unwrap().with(tool("add")).unwrap()
}

fn call(id: &str, name: &str, arguments: &str) -> ToolCall {
    ToolCall { id: id.into(), name: name.into(), arguments: arguments.into() }
}

fn assistant(content: Vec<Part>, tool_calls: Vec<ToolCall>, raw: Option<(&str, Value)>) -> Message {
    let raw = raw.map(|(provider, value)| Raw { provider: provider.into(), value });
    Message { tool_calls, raw, ..Message::new(Role::Assistant, content) }
}

fn result(id: &str, name: &str, content: &str, parts: Vec<Part>, is_error: bool) -> Message {
    Message::new(
        Role::Tool,
        vec![Part::ToolResult { tool_call_id: id.into(), name: name.into(), content: content.into(), parts, is_error }],
    )
}

fn text(text: &str) -> Part {
    Part::Text { text: text.into() }
}

fn image(url: Option<&str>, data: Option<&str>) -> Part {
    Part::Image { file_id: None, url: url.map(Into::into), data: data.map(Into::into), media_type: None, detail: None }
}

#[test]
fn the_smallest_request() {
    let encoded = Ask::default().encode();
    assert_eq!(encoded.url, "https://host/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse");
    let key = encoded.headers.iter().find(|(name, _)| name == "x-goog-api-key").unwrap();
    assert_eq!(key.1.reveal(), "the-key");
    assert_eq!(
        String::from_utf8(encoded.body).unwrap(),
        r#"{"contents":[{"role":"user","parts":[{"text":"Hello"}]}]}"#
    );
    assert!(encoded.warnings.is_empty() && !encoded.url.contains("the-key"));
}

#[test]
fn addresses() {
    for (base_url, model, options, url) in [
        ("https://host/v1", "tunedModels/t", json!({}), "https://host/v1/tunedModels/t:streamGenerateContent?alt=sse"),
        ("https://host/v1", "a?b#c", json!({"stream": false}), "https://host/v1/models/a%3Fb%23c:generateContent"),
    ] {
        let ask = Ask { base_url, model, options, ..Ask::default() };
        assert_eq!(ask.encode().url, url);
        assert!(ask.body().get("stream").is_none());
    }
}

#[test]
fn settings_have_their_fields() {
    let settings = Settings {
        temperature: Some(0.5),
        top_p: Some(0.9),
        max_tokens: Some(10),
        seed: Some(7),
        stop: Some((0..6).map(|n| n.to_string()).collect()),
        ..Settings::default()
    };
    let ask = Ask { settings, system: Some("Be brief."), ..Ask::default() };
    let body = ask.body();
    assert_eq!(
        body["generationConfig"],
        json!({
        "temperature": 0.5, "topP": 0.9, "maxOutputTokens": 10, "stopSequences": ["0", "1", "2", "3", "4"], "seed": 7})
    );
    assert_eq!(body["systemInstruction"], json!({"parts": [{"text": "Be brief."}]}));
    assert!(ask.encode().warnings[0].starts_with("stop: Gemini takes 5"));
    let settings = Settings { seed: Some(1 << 40), ..Settings::default() };
    let ask = Ask { settings, ..Ask::default() };
    assert!(ask.body().get("generationConfig").is_none());
    assert!(ask.encode().warnings[0].starts_with("seed:"));
}

#[test]
fn options_win_field_by_field() {
    let settings = Settings { temperature: Some(0.5), max_tokens: Some(10), ..Settings::default() };
    let options = json!({
        "generation_config": {"temperature": 1, "thinkingConfig": {"includeThoughts": true}},
        "safetySettings": [{"category": "c", "threshold": "BLOCK_NONE"}], "tools": [{"googleSearch": {}}]
    });
    let body = Ask { settings, options, tools: tools(), ..Ask::default() }.body();
    assert_eq!(
        body["generationConfig"],
        json!({"temperature": 1, "maxOutputTokens": 10, "thinkingConfig": {"includeThoughts": true}})
    );
    assert_eq!(body["safetySettings"][0]["threshold"], "BLOCK_NONE");
    assert_eq!(body["tools"][0]["functionDeclarations"][1]["name"], "add");
    assert_eq!(body["tools"][1], json!({"googleSearch": {}}));
    assert!(body.get("generation_config").is_none());
}

#[test]
fn a_field_is_sent_in_one_spelling() {
    let settings = Settings { max_tokens: Some(10), tool_choice: Some(ToolChoice::Required), ..Settings::default() };
    let output = Some(OutputFormat { name: "o".into(), schema: json!({"type": "object"}) });
    let options = json!({
        "generation_config": {"max_output_tokens": 5, "response_schema": {"type": "OBJECT"}, "thinking_config": {"x_y": 1}},
        "tool_config": {"function_calling_config": {"mode": "NONE"}}
    });
    let body = Ask { settings, options, output, tools: tools(), ..Ask::default() }.body();
    assert_eq!(
        body["generationConfig"],
        json!({"max_output_tokens": 5, "response_schema": {"type": "OBJECT"}, "thinking_config": {"x_y": 1},
            "responseMimeType": "application/json"})
    );
    assert_eq!(body["toolConfig"], json!({"function_calling_config": {"mode": "NONE"}}));
}

#[test]
fn cached_content_has_instructions_and_tools_of_its_own() {
    let options = json!({"cachedContent": "cachedContents/1"});
    let ask = Ask { options, tools: tools(), system: Some("s"), ..Ask::default() };
    let body = ask.body();
    assert_eq!(body["cachedContent"], "cachedContents/1");
    assert!(body.get("tools").is_none() && body.get("systemInstruction").is_none());
    assert!(ask.encode().warnings[0].starts_with("cachedContent:"));
}

#[test]
fn tools_and_the_choice_of_them() {
    let wire = tools().to_wire("files.read");
    for (choice, wanted) in [
        (None, Value::Null),
        (Some(ToolChoice::Auto), json!({"mode": "AUTO"})),
        (Some(ToolChoice::None), json!({"mode": "NONE"})),
        (Some(ToolChoice::Required), json!({"mode": "ANY"})),
        (Some(ToolChoice::Named { name: "files.read".into() }), json!({"mode": "ANY", "allowedFunctionNames": [wire]})),
    ] {
        let settings = Settings { tool_choice: choice, ..Settings::default() };
        let body = Ask { settings: settings.clone(), tools: tools(), ..Ask::default() }.body();
        assert_eq!(body["toolConfig"]["functionCallingConfig"], wanted);
        let declared = &body["tools"][0]["functionDeclarations"][0];
        assert_eq!(declared["name"], json!(wire));
        assert_eq!(declared["parameters"]["properties"]["a"], json!({"type": "integer", "nullable": true}));
        assert!(Ask { settings, ..Ask::default() }.body().get("toolConfig").is_none(), "no tools, no choice");
    }
}

#[test]
fn the_form_of_the_answer() {
    let schema =
        json!({"type": "object", "properties": {"a": {"const": 1}}, "additionalProperties": false, "title": "T"});
    let output = Some(OutputFormat { name: "o".into(), schema });
    let ask = Ask { output: output.clone(), ..Ask::default() };
    assert_eq!(
        ask.body()["generationConfig"],
        json!({
            "responseMimeType": "application/json",
            "responseJsonSchema": {"type": "object", "properties": {"a": {"enum": [1]}}, "additionalProperties": false, "title": "T"}
        })
    );
    assert!(ask.encode().warnings.is_empty());
    assert_eq!(Ask { output: output.clone(), tools: tools(), ..Ask::default() }.encode().warnings.len(), 1);
    assert!(
        Ask { output: output.clone(), tools: tools(), model: "gemini-3-pro", ..Ask::default() }
            .encode()
            .warnings
            .is_empty()
    );
    let options = json!({"generationConfig": {"responseSchema": {"type": "string"}}});
    let config = &Ask { output, options, ..Ask::default() }.body()["generationConfig"];
    assert!(config.get("responseJsonSchema").is_none() && config["responseSchema"]["type"] == "string");
    let output = Some(OutputFormat { name: "o".into(), schema: json!({"type": "object"}) });
    let config = &Ask { output, ..Ask::default() }.body()["generationConfig"];
    assert_eq!(*config, json!({"responseMimeType": "application/json"}), "any object");
}

/// A turn of two calls, as Gemini sent it, and what came of them.
fn tool_round(parts: Value, ids: [&str; 2]) -> Vec<Message> {
    vec![
        Message::user("Add."),
        assistant(
            vec![],
            vec![call(ids[0], "files.read", "{\"a\":1}"), call(ids[1], "add", "{\"a\":2}")],
            Some(("gemini", json!({"role": "model", "parts": parts}))),
        ),
        result(ids[0], "files.read", "words", vec![], false),
        result(ids[1], "add", "it broke", vec![], true),
        Message::user("And?"),
    ]
}

#[test]
fn a_turn_goes_back_as_it_came() {
    let wire = tools().to_wire("files.read");
    let parts = json!([
        {"text": "Hm.", "thought": true},
        {"functionCall": {"name": wire, "args": {"a": 1}, "id": "g1"}, "thoughtSignature": "c2ln+/=="},
        {"functionCall": {"name": "add", "args": {"a": 2}}},
        {"text": "", "thoughtSignature": "bGFzdA=="}
    ]);
    let body =
        Ask { tools: tools(), messages: tool_round(parts.clone(), ["g1", "call_01_1"]), ..Ask::default() }.body();
    assert_eq!(
        body["contents"],
        json!([
            {"role": "user", "parts": [{"text": "Add."}]},
            {"role": "model", "parts": parts},
            {"role": "user", "parts": [
                {"functionResponse": {"name": wire, "id": "g1", "response": {"result": "words"}}},
                {"functionResponse": {"name": "add", "response": {"error": "it broke"}}}]},
            {"role": "user", "parts": [{"text": "And?"}]}
        ])
    );
}

#[test]
fn a_call_that_was_mended_keeps_its_signature() {
    let parts = json!([
        {"functionCall": {"name": "file_read", "args": {"a": 9}}, "thoughtSignature": "c2ln"},
        {"functionCall": {"name": "add", "args": {"a": 2}}}
    ]);
    let body = Ask { tools: tools(), messages: tool_round(parts, ["c0", "c1"]), ..Ask::default() }.body();
    let wire = tools().to_wire("files.read");
    assert_eq!(
        body["contents"][1]["parts"][0],
        json!({"functionCall": {"name": wire, "args": {"a": 1}}, "thoughtSignature": "c2ln"})
    );
}

#[test]
fn a_turn_without_a_signature_gets_a_stand_in_where_one_is_looked_for() {
    let parts = json!([
        {"text": "Hm."},
        {"functionCall": {"name": tools().to_wire("files.read"), "args": {"a": 1}}},
        {"functionCall": {"name": "add", "args": {"a": 2}}}
    ]);
    let sent = |model: &'static str, parts: &Value| {
        let messages = tool_round(parts.clone(), ["c0", "c1"]);
        Ask { tools: tools(), model, messages, ..Ask::default() }.body()["contents"][1]["parts"].clone()
    };
    assert_eq!(sent("gemini-2.5-flash", &parts), parts);
    let mut signed = parts.clone();
    signed[1]["thoughtSignature"] = json!("skip_thought_signature_validator");
    assert_eq!(sent("gemini-3-flash-preview", &parts), signed, "the first call alone");
    for name in ["thoughtSignature", "thought_signature"] {
        let mut own = parts.clone();
        own[1][name] = json!("c2ln");
        assert_eq!(sent("gemini-3-flash-preview", &own), own);
    }
}

#[test]
fn another_provider_s_history_is_translated() {
    let foreign = |raw: Option<(&str, Value)>| {
        let content = vec![Part::Reasoning { text: "r".into() }, text("Hm.")];
        vec![
            Message::user("Add."),
            assistant(content, vec![call("c1", "add", "{\"a\":1}"), call("c2", "add", "broken")], raw),
            result("c1", "add", "{\"sum\":1}", vec![], false),
            result("c2", "add", "3", vec![], false),
        ]
    };
    let openai = Some(("openai", json!({"role": "assistant"})));
    // Calls that a raw turn does not have: it was changed since.
    let stale = Some(("gemini", json!({"role": "model", "parts": [{"functionCall": {"name": "add", "id": "other"}}]})));
    for raw in [openai, stale, None] {
        let ask = Ask { messages: foreign(raw), ..Ask::default() };
        let body = ask.body();
        assert_eq!(
            body["contents"][1],
            json!({"role": "model", "parts": [
            {"text": "Hm."}, {"functionCall": {"name": "add", "args": {"a": 1}}},
            {"functionCall": {"name": "add", "args": {"arguments": "broken"}}}]})
        );
        assert_eq!(
            body["contents"][2]["parts"][0]["functionResponse"],
            json!({"name": "add", "response": {"result": {"sum": 1}}})
        );
        assert_eq!(body["contents"][2]["parts"][1]["functionResponse"]["response"], json!({"result": 3}));
        assert_eq!(ask.encode().warnings.len(), 1, "reasoning is left out");
    }
    let body = Ask { messages: foreign(None), model: "gemini-3-pro", ..Ask::default() }.body();
    let parts = &body["contents"][1]["parts"];
    assert_eq!(parts[1]["thoughtSignature"], "skip_thought_signature_validator");
    assert!(parts[2].get("thoughtSignature").is_none());
}

#[test]
fn messages_of_one_role_are_one_content() {
    let messages = vec![
        Message::new(Role::System, vec![text("Early.")]),
        Message::user("a"),
        Message::user("b"),
        assistant(vec![text("c")], vec![], None),
        assistant(vec![text("d")], vec![], None),
        Message::new(Role::System, vec![text("Late.")]),
        Message::user(""),
    ];
    let ask = Ask { messages, system: Some("First."), ..Ask::default() };
    let body = ask.body();
    assert_eq!(body["systemInstruction"]["parts"], json!([{"text": "First."}, {"text": "Early."}]));
    assert_eq!(
        body["contents"],
        json!([
        {"role": "user", "parts": [{"text": "a"}, {"text": "b"}]},
        {"role": "model", "parts": [{"text": "c"}, {"text": "d"}]},
        {"role": "user", "parts": [{"text": "Late."}]}])
    );
    assert_eq!(ask.encode().warnings.len(), 1);
}

#[test]
fn pictures_and_files() {
    let file = |url: Option<&str>, file_id: Option<&str>, data: Option<&str>| Part::File {
        url: url.map(Into::into),
        file_id: file_id.map(Into::into),
        data: data.map(Into::into),
        media_type: None,
        filename: None,
    };
    let content = vec![
        image(None, Some("iVBORw0")),
        image(None, Some("/9j/4AAQ")),
        image(Some("data:image/webp;base64,UklG"), None),
        image(Some("https://a/b.JPG?x=1"), None),
        file(None, None, Some("JVBERi0")),
        file(None, Some("files/abc"), None),
        file(Some("gs://bucket/x.pdf"), None, None),
        Part::CachePoint { ttl: None },
        Part::Other(json!({"type": "fileData", "fileData": {"fileUri": "https://youtu.be/x"}})),
        Part::Other(json!({"type": "odd"})),
    ];
    let ask = Ask { messages: vec![Message::new(Role::User, content)], ..Ask::default() };
    assert_eq!(
        ask.body()["contents"][0]["parts"],
        json!([
        {"inlineData": {"mimeType": "image/png", "data": "iVBORw0"}},
        {"inlineData": {"mimeType": "image/jpeg", "data": "/9j/4AAQ"}},
        {"inlineData": {"mimeType": "image/webp", "data": "UklG"}},
        {"fileData": {"mimeType": "image/jpeg", "fileUri": "https://a/b.JPG?x=1"}},
        {"inlineData": {"mimeType": "application/pdf", "data": "JVBERi0"}},
        {"fileData": {"fileUri": "https://host/v1beta/files/abc"}},
        {"fileData": {"mimeType": "application/pdf", "fileUri": "gs://bucket/x.pdf"}},
        {"fileData": {"fileUri": "https://youtu.be/x"}}])
    );
    assert_eq!(ask.encode().warnings, ["messages: a part of type \"odd\" is left out; Gemini has none of it"]);
}

#[test]
fn pictures_in_results_stand_where_the_model_takes_them() {
    let messages = vec![
        Message::user("Draw."),
        assistant(vec![], vec![call("c", "add", "")], None),
        result("c", "add", "[1, 2]", vec![image(None, Some("iVBORw0"))], false),
    ];
    let picture = json!({"inlineData": {"mimeType": "image/png", "data": "iVBORw0"}});
    let parts =
        |model| Ask { messages: messages.clone(), model, ..Ask::default() }.body()["contents"][2]["parts"].clone();
    assert_eq!(
        parts("gemini-3-pro"),
        json!([
        {"functionResponse": {"name": "add", "response": {"result": [1, 2]}, "parts": [picture]}}])
    );
    assert_eq!(
        parts("gemini-2.5-pro"),
        json!([
        {"functionResponse": {"name": "add", "response": {"result": [1, 2]}}}, picture])
    );
}

#[test]
fn results_are_values_only_where_nothing_is_lost() {
    for (content, wanted) in [
        ("-3", json!(-3)),
        ("007", json!("007")),
        ("1.50", json!("1.50")),
        ("12345678901234567890", json!("12345678901234567890")),
        ("\"5\"", json!("\"5\"")),
        (" {\"a\":1} ", json!({"a": 1})),
        ("{broken", json!("{broken")),
        ("true", json!("true")),
        ("", json!("")),
    ] {
        let messages =
            vec![assistant(vec![], vec![call("c", "add", "{}")], None), result("c", "add", content, vec![], false)];
        let body = Ask { messages, ..Ask::default() }.body();
        assert_eq!(body["contents"][1]["parts"][0]["functionResponse"]["response"]["result"], wanted, "{content}");
    }
}

fn message() -> impl Strategy<Value = Message> {
    let part = prop_oneof![
        "[a-zé😀 ]{0,6}".prop_map(|text| Part::Text { text }),
        Just(Part::Reasoning { text: "r".into() }),
        Just(image(None, Some("iVBORw0"))),
        Just(Part::Other(json!({"type": "odd"}))),
    ];
    let raw = prop::option::of(prop::sample::select(vec![
        json!({"role": "model", "parts": [{"text": "x", "thoughtSignature": "cw=="}]}),
        json!({"role": "model", "parts": [{"functionCall": {"name": "add"}}]}),
        json!({"parts": 3}),
        json!(null),
        json!([1]),
    ]));
    let calls = prop::collection::vec(
        ("c[0-3]", "[a-z.]{0,3}", prop::sample::select(vec!["", "{}", "{\"a\":1}", "[", "3"])),
        0..3,
    );
    (0..4, prop::collection::vec(part, 0..3), calls, raw).prop_map(|(role, content, calls, raw)| match role {
        0 => Message::new(Role::System, content),
        1 => Message::new(Role::User, content),
        2 => assistant(
            content,
            calls.iter().map(|(id, name, text)| call(id, name, text)).collect(),
            raw.map(|raw| ("gemini", raw)),
        ),
        _ => result("c1", "add", "x", content, true),
    })
}

proptest! {
    #[test]
    fn any_history_becomes_a_request_of_the_right_shape(messages in prop::collection::vec(message(), 0..8)) {
        let ask = Ask { messages, tools: tools(), model: "gemini-3-pro", ..Ask::default() };
        let body = ask.body();
        let mut before: Option<(Value, bool)> = None;
        for content in body["contents"].as_array().unwrap() {
            let parts = content["parts"].as_array().unwrap();
            prop_assert!(!parts.is_empty() && parts.iter().all(Value::is_object), "{}", content);
            let answers = parts.iter().any(|part| part.get("functionResponse").is_some());
            let this = (content["role"].clone(), answers);
            prop_assert!(this.0 == "user" || this.0 == "model");
            prop_assert!(before.as_ref() != Some(&this), "contents of one role are one");
            before = Some(this);
            for part in parts {
                let fields: &Map<String, Value> = part.as_object().unwrap();
                prop_assert!(fields.get("functionCall").is_none_or(|it| it.get("args").is_none_or(Value::is_object)));
                prop_assert!(fields.get("functionResponse").is_none_or(|it| it["response"].is_object()));
            }
        }
    }
}
