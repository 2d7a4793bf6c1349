//! Requests: what goes over the wire.

use super::OpenAiResponses;
use crate::codec::{Codec, OutputFormat, TurnRequest};
use crate::error::Error;
use crate::http::Secret;
use crate::message::{Message, Part};
use crate::run::{Endpoint, Settings};
use crate::tool::{Tool, ToolSet};
use serde_json::{Map, Value, json};

/// What a request is made from; the fields that a test says nothing of are empty.
#[derive(Default)]
struct Given {
    model: &'static str,
    messages: Value,
    tools: Vec<Value>,
    settings: Value,
    options: Value,
    output: Option<Value>,
}

/// The body of a request with these messages, as text.
pub(super) fn body_of(messages: &[Message]) -> String {
    encoded(Given { messages: serde_json::to_value(messages).unwrap(), ..Given::default() }).unwrap().0.to_string()
}

fn encoded(given: Given) -> Result<(Value, Vec<String>), Error> {
    let endpoint = Endpoint {
        provider: "openai_responses".into(),
        codec: &OpenAiResponses,
        base_url: "https://api.example/v1".into(),
        api_key: Some(Secret::new("sk-secret-key")),
        key_place: None,
        model_place: None,
        headers: Vec::new(),
        way: 0,
    };
    let tools = given
        .tools
        .into_iter()
        .fold(ToolSet::default(), |set, tool| set.with(Tool::from_json("tool", tool).unwrap()).unwrap());
    let settings: Settings = serde_json::from_value(or_empty(given.settings)).unwrap();
    let messages: Vec<Message> =
        if given.messages.is_null() { Vec::new() } else { serde_json::from_value(given.messages).unwrap() };
    let options: Map<String, Value> = serde_json::from_value(or_empty(given.options)).unwrap();
    let output = given.output.map(|schema| OutputFormat { name: "answer".into(), schema });
    let encoded = OpenAiResponses.encode(&TurnRequest {
        endpoint: &endpoint,
        model: if given.model.is_empty() { "gpt-4o" } else { given.model },
        system_prompt: Some("Be brief."),
        tools: &tools,
        settings: &settings,
        provider_options: &options,
        messages: &messages.iter().collect::<Vec<_>>(),
        output: output.as_ref(),
    })?;
    assert_eq!(encoded.url, "https://api.example/v1/responses");
    let key = encoded.headers.iter().find(|(name, _)| name == "authorization").unwrap();
    assert_eq!(key.1.reveal(), "Bearer sk-secret-key");
    Ok((serde_json::from_slice(&encoded.body).unwrap(), encoded.warnings))
}

fn or_empty(value: Value) -> Value {
    if value.is_null() { json!({}) } else { value }
}

fn body(given: Given) -> Value {
    encoded(given).unwrap().0
}

fn input(messages: Value) -> (Value, Vec<String>) {
    let (mut body, warnings) = encoded(Given { messages, ..Given::default() }).unwrap();
    (body["input"].take(), warnings)
}

fn own(items: &[Value], calls: &[(&str, &str)]) -> Value {
    let calls: Vec<Value> = calls.iter().map(|(id, name)| json!({"id": id, "name": name, "arguments": "{}"})).collect();
    json!({"role": "assistant", "content": [{"type": "text", "text": "ours"}], "tool_calls": calls,
        "raw": {"provider": "openai_responses", "value": items}})
}

fn result(id: &str, content: &str) -> Value {
    json!({"role": "tool", "content": [{"type": "tool_result", "tool_call_id": id, "name": "add", "content": content}]})
}

fn said(text: &str) -> Value {
    json!({"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]})
}

#[test]
fn a_request_without_anything_is_stateless_and_streams() {
    assert_eq!(
        body(Given { messages: json!([{"role": "user", "content": "Hi"}]), ..Given::default() }),
        json!({"model": "gpt-4o", "instructions": "Be brief.", "input": [said("Hi")], "store": false, "stream": true})
    );
}

#[test]
fn settings_are_translated_and_those_without_a_field_give_a_warning() {
    let settings = json!({"temperature": 0.5, "top_p": 0.9, "max_tokens": 50, "stop": ["x"], "seed": 7});
    let (body, warnings) = encoded(Given { settings, ..Given::default() }).unwrap();
    assert_eq!(
        (&body["temperature"], &body["top_p"], &body["max_output_tokens"]),
        (&json!(0.5), &json!(0.9), &json!(50))
    );
    assert_eq!((body.get("stop"), body.get("seed"), body.get("max_tokens")), (None, None, None));
    assert_eq!(warnings.len(), 2);
    assert!(warnings[0].starts_with("stop: ") && warnings[1].starts_with("seed: "), "{warnings:?}");
}

#[test]
fn tools_are_flat_and_strict_only_where_the_schema_is() {
    let strict = json!({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": false});
    let odd = json!({"type": "object", "anyOf": [{"required": ["a"]}], "properties": {"a": {"type": "string"}}});
    let tools = vec![
        json!({"name": "files.read", "description": "Reads", "schema": strict}),
        json!({"name": "odd", "schema": odd}),
        json!({"name": "none"}),
    ];
    let settings = json!({"tool_choice": {"name": "files.read"}});
    let options = json!({"tools": [{"type": "web_search"}, {"type": "function", "name": "none", "parameters": null}]});
    let sent = body(Given { tools, settings, options, ..Given::default() });
    let [read, odd, search, none] = sent["tools"].as_array().unwrap().as_slice() else { panic!("{sent}") };
    assert_eq!(
        (&read["type"], &read["description"], &read["strict"]),
        (&json!("function"), &json!("Reads"), &json!(true))
    );
    assert_eq!(read["parameters"], strict);
    assert_eq!(sent["tool_choice"], json!({"type": "function", "name": read["name"]}));
    assert_eq!((&odd["strict"], odd["parameters"].get("anyOf")), (&json!(false), None));
    assert_eq!(search, &json!({"type": "web_search"}), "hosted tools stand beside ours");
    assert_eq!(none, &json!({"type": "function", "name": "none", "parameters": null}), "one of the same name wins");
    for (choice, wire) in [(json!("auto"), "auto"), (json!("none"), "none"), (json!("required"), "required")] {
        let tools = vec![json!({"name": "t"})];
        let sent = body(Given { tools, settings: json!({"tool_choice": choice}), ..Given::default() });
        assert_eq!(sent["tool_choice"], wire);
    }
}

#[test]
fn reasoning_is_asked_for_encrypted_where_it_can_be_had() {
    let include = |model: &'static str, options: Value| {
        body(Given { model, options, ..Given::default() }).get("include").cloned()
    };
    let encrypted = Some(json!(["reasoning.encrypted_content"]));
    assert_eq!(include("gpt-4o", json!({})), None);
    assert_eq!(include("gpt-5.2", json!({})), encrypted);
    assert_eq!(include("my-model", json!({"reasoning": {"effort": "low"}})), encrypted);
    assert_eq!(include("gpt-5.2", json!({"store": true})), None);
    assert_eq!(include("gpt-5.2", json!({"include": []})), Some(json!([])));
    assert_eq!(
        include("gpt-5.2", json!({"include": ["web_search_call.action.sources"]})),
        Some(json!(["web_search_call.action.sources", "reasoning.encrypted_content"]))
    );
}

#[test]
fn provider_options_win_and_an_answer_schema_stands_beside_their_text() {
    let schema = json!({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]});
    let options =
        json!({"text": {"verbosity": "low"}, "stream": false, "store": true, "metadata": {"k": "v"}, "model": "other"});
    let sent = body(Given { options, output: Some(schema.clone()), ..Given::default() });
    assert_eq!((&sent["stream"], &sent["store"], &sent["model"]), (&json!(false), &json!(true), &json!("other")));
    assert_eq!(sent["metadata"], json!({"k": "v"}));
    let mut closed = schema;
    closed["additionalProperties"] = json!(false);
    let format = json!({"type": "json_schema", "name": "answer", "strict": true, "schema": closed});
    assert_eq!(sent["text"], json!({"format": format, "verbosity": "low"}));
    let open = json!({"type": "object", "properties": {"a": {"type": "string"}}});
    let sent = body(Given { output: Some(open.clone()), ..Given::default() });
    assert_eq!((&sent["text"]["format"]["strict"], &sent["text"]["format"]["schema"]), (&json!(false), &open));
}

#[test]
fn any_object_is_json_mode_which_a_message_must_ask_for() {
    let any = || Some(json!({"type": "object"}));
    let asks = |text: &str| json!([{"role": "user", "content": text}]);
    let sent = body(Given { messages: asks("A dog"), output: any(), ..Given::default() });
    assert_eq!(sent["text"]["format"], json!({"type": "json_object"}));
    assert_eq!((&sent["input"][1]["role"], sent["input"].as_array().unwrap().len()), (&json!("system"), 2));
    assert!(sent["input"][1].to_string().contains("JSON"));
    let sent = body(Given { messages: asks("A dog as Json"), output: any(), ..Given::default() });
    assert_eq!(sent["input"].as_array().unwrap().len(), 1);
    let open = json!({"type": "object", "properties": {"meta": {"type": "object"}}, "required": ["meta"]});
    let sent = body(Given { output: Some(open.clone()), ..Given::default() });
    assert_eq!((&sent["text"]["format"]["strict"], &sent["text"]["format"]["schema"]), (&json!(false), &open));
}

#[test]
fn what_the_server_has_is_not_sent_again() {
    let mut answer = own(&[json!({"type": "message", "role": "assistant", "content": []})], &[]);
    answer["metadata"] = json!({"id": "resp_1"});
    let messages = json!([{"role": "user", "content": "Hi"}, answer, {"role": "user", "content": "And?"}]);
    let after = |id: &str| {
        let options = json!({"previous_response_id": id});
        body(Given { messages: messages.clone(), options, ..Given::default() })
    };
    let sent = after("resp_1");
    assert_eq!((&sent["input"], &sent["previous_response_id"]), (&json!([said("And?")]), &json!("resp_1")));
    assert_eq!(sent.get("store"), None, "a response that is gone on from must be kept");
    assert_eq!(after("resp_9")["input"].as_array().unwrap().len(), 3);
}

#[test]
fn own_turns_go_back_as_they_came() {
    let items = [
        json!({"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "gAAAA/+="}),
        json!({"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "phase": "commentary",
            "content": [{"type": "output_text", "text": "theirs", "annotations": [], "logprobs": []}]}),
        json!({"type": "web_search_call", "id": "ws_1", "status": "completed"}),
        json!({"type": "of_tomorrow", "deep": [{"x": 1.50}]}),
        json!({"type": "function_call", "id": "fc_1", "call_id": "c1", "name": "add", "arguments": "{ }", "status": "completed"}),
    ];
    let (sent, warnings) = input(json!([own(&items, &[("c1", "add")]), result("c1", "3")]));
    let mut wanted = items.to_vec();
    wanted.push(json!({"type": "function_call_output", "call_id": "c1", "output": "3"}));
    assert_eq!((sent, warnings), (Value::Array(wanted), Vec::new()));
}

#[test]
fn reasoning_that_the_server_would_not_find_is_left_out() {
    let bare = json!({"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "x"}], "encrypted_content": null});
    let text = json!({"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "ok"}]});
    let (sent, warnings) = input(json!([own(&[bare.clone(), text.clone()], &[])]));
    assert_eq!((sent, warnings.len()), (json!([text]), 1));
    let kept = body(Given {
        messages: json!([own(&[bare.clone(), text.clone()], &[])]),
        options: json!({"store": true}),
        ..Given::default()
    });
    assert_eq!(kept["input"], json!([bare, text]));
    let open =
        json!({"type": "reasoning", "id": "rs_2", "content": [{"type": "reasoning_text", "text": "x"}], "summary": []});
    assert_eq!(input(json!([own(&[open.clone(), text.clone()], &[])])).0, json!([open, text]));
    let secret = json!({"type": "reasoning", "id": "rs_3", "encrypted_content": "x", "summary": []});
    assert_eq!(input(json!([own(&[secret], &[])])).0, json!([]), "reasoning alone is refused");
}

#[test]
fn a_made_up_name_in_an_own_turn_is_made_harmless() {
    let item = json!({"type": "function_call", "call_id": "c1", "name": "no.such tool", "arguments": "{}"});
    let (sent, _) = input(json!([own(&[item], &[("c1", "no.such tool")]), result("c1", "none")]));
    let name = sent[0]["name"].as_str().unwrap();
    assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-'), "{name}");
}

#[test]
fn an_own_turn_has_the_names_and_arguments_that_its_calls_have_now() {
    let thought = json!({"type": "reasoning", "id": "rs", "encrypted_content": "gAAA"});
    let item = json!({"type": "function_call", "id": "fc_1", "call_id": "c1", "name": "ad", "arguments": "{a:1}"});
    let mut turn = own(&[thought.clone(), item], &[("c1", "add")]);
    turn["tool_calls"][0]["arguments"] = json!("{\"a\":1}");
    let (sent, warnings) = input(json!([turn, result("c1", "1")]));
    assert_eq!((&sent[0], warnings.len()), (&thought, 0));
    assert_eq!(
        sent[1],
        json!({"type": "function_call", "id": "fc_1", "call_id": "c1", "name": "add", "arguments": "{\"a\":1}"})
    );
}

#[test]
fn no_content_is_an_empty_list() {
    let (sent, _) =
        input(json!([{"role": "user", "content": []}, {"role": "user", "content": [{"type": "cache_point"}]},
        {"role": "tool", "content": [{"type": "tool_result", "tool_call_id": "c", "name": "n", "content": "",
            "parts": [{"type": "cache_point"}]}]}]));
    assert_eq!((&sent[0], &sent[1], &sent[2]["output"]), (&said(""), &said(""), &json!("")));
}

#[test]
fn schemas_of_tools_are_narrowed_at_every_level() {
    let part = json!({"properties": {"b": {"type": "array"}}, "required": ["b"]});
    let choice =
        json!({"type": "object", "properties": {"a": {"type": "array", "items": {"type": "array"}}}, "anyOf": [part]});
    let referred = json!({"$ref": "#/$defs/x", "$defs": {"x": {"type": "object", "properties": {"c": {}}}}});
    let tools = vec![json!({"name": "choice", "schema": choice}), json!({"name": "referred", "schema": referred})];
    let sent = body(Given { tools, ..Given::default() });
    assert_eq!(
        sent["tools"][0]["parameters"],
        json!({"type": "object", "required": ["b"], "properties": {"b": {"type": "array", "items": {}},
            "a": {"type": "array", "items": {"type": "array", "items": {}}}}})
    );
    let top = &sent["tools"][1]["parameters"];
    assert_eq!((&top["type"], &top["properties"], top.get("$ref")), (&json!("object"), &json!({"c": {}}), None));
}

#[test]
fn turns_of_others_and_changed_ones_are_translated() {
    let foreign = json!({"role": "assistant", "raw": {"provider": "anthropic", "value": {"content": []}},
        "content": [{"type": "reasoning", "text": "hm"}, {"type": "text", "text": "Good "}, {"type": "text", "text": "day"},
            {"type": "citation", "url": "https://a.example", "raw": null}, {"type": "server_tool_use", "id": "x"}],
        "tool_calls": [{"id": "toolu_1", "name": "files.read", "arguments": "{}"}]});
    let failed = json!({"role": "tool", "content": [{"type": "tool_result", "tool_call_id": "toolu_1", "name": "files.read",
        "content": "no such file", "is_error": true}]});
    let (sent, warnings) = input(json!([foreign, failed]));
    assert_eq!(sent[0], json!({"type": "message", "role": "assistant", "content": "Good day"}));
    assert_eq!(
        (&sent[1]["type"], &sent[1]["call_id"], &sent[1]["arguments"]),
        (&json!("function_call"), &json!("toolu_1"), &json!("{}"))
    );
    assert_eq!(sent[2], json!({"type": "function_call_output", "call_id": "toolu_1", "output": "Error: no such file"}));
    assert_eq!(sent.as_array().unwrap().len(), 3);
    assert!(
        warnings.len() == 2 && warnings[0].contains("reasoning") && warnings[1].contains("server_tool_use"),
        "{warnings:?}"
    );
    let item = json!({"type": "function_call", "call_id": "c1", "name": "add", "arguments": "{}"});
    let (sent, _) = input(json!([own(&[item], &[("c2", "add")]), result("c2", "3")]));
    assert_eq!((&sent[0]["content"], &sent[1]["call_id"]), (&json!("ours"), &json!("c2")), "calls that do not agree");
    let refused = json!({"role": "assistant", "content": [{"type": "text", "text": "Well."}, {"type": "refusal", "text": "No."}]});
    assert_eq!(
        input(json!([refused])).0[0]["content"],
        json!([{"type": "output_text", "text": "Well."}, {"type": "refusal", "refusal": "No."}])
    );
}

#[test]
fn an_id_that_is_too_long_is_the_same_shorter_one_in_call_and_result() {
    let long = "x".repeat(90);
    let turn =
        json!({"role": "assistant", "content": "", "tool_calls": [{"id": long, "name": "add", "arguments": "{}"}]});
    let (sent, _) = input(json!([turn, result(&long, "3")]));
    let id = sent[0]["call_id"].as_str().unwrap();
    assert!(id.len() <= 64 && sent[1]["call_id"] == id, "{sent}");
}

#[test]
fn pictures_and_files_go_in_messages_and_in_results() {
    let parts = json!([
        {"type": "image", "url": "https://a.example/a.png", "detail": "low"},
        {"type": "image", "data": "aGk=", "media_type": "image/webp"},
        {"type": "image", "file_id": "file_1"},
        {"type": "file", "url": "https://a.example/a.pdf"},
        {"type": "file", "data": "aGk=", "filename": "b.pdf"},
        {"type": "file", "file_id": "file_2"},
        {"type": "input_audio", "input_audio": {"data": "x"}},
    ]);
    let wire = json!([
        {"type": "input_image", "image_url": "https://a.example/a.png", "detail": "low"},
        {"type": "input_image", "image_url": "data:image/webp;base64,aGk=", "detail": "auto"},
        {"type": "input_image", "file_id": "file_1", "detail": "auto"},
        {"type": "input_file", "file_url": "https://a.example/a.pdf"},
        {"type": "input_file", "filename": "b.pdf", "file_data": "data:application/pdf;base64,aGk="},
        {"type": "input_file", "file_id": "file_2"},
        {"type": "input_audio", "input_audio": {"data": "x"}},
    ]);
    let (sent, _) = input(json!([{"role": "user", "content": parts}]));
    assert_eq!(sent[0]["content"], wire);
    let turn =
        json!({"role": "assistant", "content": "", "tool_calls": [{"id": "c1", "name": "add", "arguments": "{}"}]});
    let mut shown = result("c1", "see");
    shown["content"][0]["parts"] = parts;
    let (sent, _) = input(json!([turn, shown]));
    let mut list = wire.as_array().unwrap().clone();
    list.insert(0, json!({"type": "input_text", "text": "see"}));
    assert_eq!(sent[1]["output"], Value::Array(list));
    let both = Message::new(
        crate::message::Role::User,
        vec![Part::Image {
            url: Some("https://a.example".into()),
            data: Some("aGk=".into()),
            file_id: None,
            media_type: None,
            detail: None,
        }],
    );
    let error = encoded(Given { messages: json!([both]), ..Given::default() }).unwrap_err();
    assert!(error.message.contains("one of `url`, `data` and `file_id`"), "{}", error.message);
}

#[test]
fn instructions_in_the_middle_are_a_system_message() {
    let (sent, _) = input(json!([{"role": "system", "content": "Now in French."}]));
    assert_eq!(
        sent[0],
        json!({"type": "message", "role": "system", "content": [{"type": "input_text", "text": "Now in French."}]})
    );
}
