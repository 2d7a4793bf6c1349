//! What each dialect sends.

use super::table::{
    AZURE, DEEPSEEK, GENERIC, GROQ, LLAMACPP, LMSTUDIO, MISTRAL, OPENAI, OPENROUTER, PERPLEXITY, VLLM, XAI,
};
use super::testing::Asked;
use super::*;
use crate::codec::OutputFormat;
use crate::error::Kind;
use crate::message::{Message, Part, Raw, Role, ToolCall};
use crate::run::{Settings, ToolChoice};
use serde_json::{Value, json};

macro_rules! codec {
    ($dialect:expr) => {{
        static CODEC: OpenAiCompatible = OpenAiCompatible(&$dialect);
        &CODEC
    }};
}

fn settings() -> Settings {
    Settings {
        temperature: Some(0.5),
        top_p: Some(0.9),
        max_tokens: Some(7),
        stop: Some(vec!["x".into()]),
        seed: Some(3),
        ..Settings::default()
    }
}

#[test]
fn settings_go_by_the_names_of_each() {
    let ask = |codec, model: &str| Asked { settings: settings(), model: model.into(), ..Asked::new("p") }.encode(codec);
    let (body, warnings) = ask(codec!(GENERIC), "m");
    assert_eq!((&body["max_tokens"], &body["seed"], &body["stop"]), (&json!(7), &json!(3), &json!(["x"])));
    assert_eq!((&body["stream_options"], warnings.len()), (&json!({"include_usage": true}), 0));
    let (body, _) = ask(codec!(MISTRAL), "m");
    assert_eq!((&body["random_seed"], body.get("seed"), body.get("stream_options")), (&json!(3), None, None));
    let (body, warnings) = ask(codec!(PERPLEXITY), "sonar");
    assert_eq!(body.get("seed"), None);
    assert_eq!(warnings, ["perplexity does not take seed with sonar; it was left out"]);
    let (body, warnings) = ask(codec!(OPENAI), "o3-2025-04-16");
    assert_eq!((&body["max_completion_tokens"], body.get("temperature"), warnings.len()), (&json!(7), None, 2));
    for taken in ["gpt-4o", "gpt-5-chat-latest", "gpt-5.2"] {
        assert_eq!(ask(codec!(OPENAI), taken).0["temperature"], 0.5, "{taken}");
    }
}

#[test]
fn azure_has_its_own_header_and_address() {
    let at = |base: &str| {
        let asked = Asked { base_url: base.into(), model: "my-gpt".into(), ..Asked::new("azure") };
        let encoded = asked.encoded(codec!(AZURE)).unwrap();
        assert!(encoded.headers.iter().any(|(name, key)| name == "api-key" && key.reveal() == "sk-test-key"));
        assert!(!encoded.headers.iter().any(|(name, _)| name == "authorization"));
        encoded.url
    };
    assert_eq!(at("https://r.openai.azure.com/openai/v1"), "https://r.openai.azure.com/openai/v1/chat/completions");
    let deployment = "https://r.openai.azure.com/openai/deployments/my-gpt/chat/completions?api-version=2024-10-21";
    assert_eq!(at("https://r.openai.azure.com?api-version=2024-10-21"), deployment);
    assert_eq!(at("https://r.openai.azure.com/openai?api-version=2024-10-21"), deployment);
    let odd = Asked {
        base_url: "https://r.openai.azure.com?api-version=v".into(),
        model: "a/b?c".into(),
        ..Asked::new("azure")
    };
    let url = odd.encoded(codec!(AZURE)).unwrap().url;
    assert_eq!(url, "https://r.openai.azure.com/openai/deployments/a%2Fb%3Fc/chat/completions?api-version=v");
    let named = at("https://r.openai.azure.com/openai/deployments/d?api-version=v");
    assert_eq!(named, "https://r.openai.azure.com/openai/deployments/d/chat/completions?api-version=v");
}

#[test]
fn a_choice_of_tools_is_said_in_each_one_s_words() {
    let ask = |codec, choice| {
        let settings = Settings { tool_choice: Some(choice), ..Settings::default() };
        let asked = Asked { settings, ..Asked::new("p") };
        asked.tool(json!({"name": "add.it"})).tool(json!({"name": "other"})).encode(codec).0
    };
    let named = || ToolChoice::Named { name: "add.it".into() };
    assert_eq!(ask(codec!(MISTRAL), ToolChoice::Required)["tool_choice"], "any");
    assert_eq!(ask(codec!(VLLM), ToolChoice::Required)["tool_choice"], "required");
    let body = ask(codec!(VLLM), named());
    assert_eq!(body["tool_choice"]["function"]["name"], body["tools"][0]["function"]["name"]);
    let body = ask(codec!(LLAMACPP), named());
    assert_eq!((&body["tool_choice"], body["tools"].as_array().unwrap().len()), (&json!("required"), 1));
}

/// A turn with a call of this id, its result, and a picture in it.
fn round(id: &str, parts: Vec<Part>) -> Vec<Message> {
    let call = ToolCall { id: id.into(), name: "look".into(), arguments: "{}".into() };
    let result = Part::ToolResult {
        tool_call_id: id.into(),
        name: "look".into(),
        content: "seen".into(),
        parts,
        is_error: false,
    };
    vec![
        Message::user("Look"),
        Message { tool_calls: vec![call], ..Message::new(Role::Assistant, Vec::new()) },
        Message::new(Role::Tool, vec![result]),
    ]
}

fn picture() -> Part {
    Part::Image {
        file_id: None,
        url: None,
        data: Some("AAAA".into()),
        media_type: Some("image/png".into()),
        detail: None,
    }
}

#[test]
fn mistral_gets_ids_of_nine_letters_and_digits() {
    let (body, _) = Asked::new("mistral").messages(round("call_0123456789", vec![])).encode(codec!(MISTRAL));
    let id = body["messages"][1]["tool_calls"][0]["id"].as_str().unwrap().to_owned();
    assert!(id.len() == 9 && id.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{id}");
    assert_eq!(body["messages"][2]["tool_call_id"], id.as_str());
    let (body, _) = Asked::new("mistral").messages(round("a1B2c3D4e", vec![])).encode(codec!(MISTRAL));
    assert_eq!(body["messages"][2]["tool_call_id"], "a1B2c3D4e");
    let (body, _) = Asked::new("p").messages(round("call_0123456789", vec![])).encode(codec!(GENERIC));
    assert_eq!(body["messages"][2]["tool_call_id"], "call_0123456789");
}

#[test]
fn a_message_to_go_on_with_is_marked_for_mistral() {
    let messages =
        || vec![Message::user("Hi"), Message::new(Role::Assistant, vec![Part::Text { text: "Once".into() }])];
    assert_eq!(Asked::new("mistral").messages(messages()).encode(codec!(MISTRAL)).0["messages"][1]["prefix"], true);
    assert_eq!(Asked::new("p").messages(messages()).encode(codec!(GENERIC)).0["messages"][1].get("prefix"), None);
}

#[test]
fn pictures_in_results_follow_after_the_last_result() {
    let mut messages = round("c1", vec![picture()]);
    let other = Part::ToolResult {
        tool_call_id: "c2".into(),
        name: "look".into(),
        content: "too".into(),
        parts: vec![picture()],
        is_error: true,
    };
    messages.push(Message::new(Role::Tool, vec![other]));
    messages.push(Message::user("And?"));
    let (body, _) = Asked::new("p").messages(messages).encode(codec!(GENERIC));
    let roles: Vec<&str> = body["messages"].as_array().unwrap().iter().map(|it| it["role"].as_str().unwrap()).collect();
    assert_eq!(roles, ["user", "assistant", "tool", "tool", "user", "user"]);
    assert_eq!(
        (&body["messages"][2]["content"], &body["messages"][3]["content"]),
        (&json!("seen"), &json!("Error: too"))
    );
    let shown = &body["messages"][4]["content"];
    assert_eq!(shown.as_array().unwrap().len(), 4);
    assert!(shown[0]["text"].as_str().unwrap().contains("c1") && shown[2]["text"].as_str().unwrap().contains("c2"));
    assert_eq!(shown[1]["image_url"]["url"], "data:image/png;base64,AAAA");
    let (body, _) = Asked::new("mistral").messages(round("c1", vec![picture()])).encode(codec!(MISTRAL));
    assert_eq!(body["messages"].as_array().unwrap().len(), 3, "Mistral takes them in the result");
    assert_eq!(body["messages"][2]["content"][1]["type"], "image_url");
}

#[test]
fn a_model_that_takes_text_alone_gets_text_alone() {
    let text = |text: &str| Part::Text { text: text.into() };
    let other = |value: Value| Part::Other(value);
    let asked = |model: &str| {
        let mut messages = vec![Message::new(
            Role::User,
            vec![
                text("Look"),
                picture(),
                other(json!({"type": "note", "text": "dark"})),
                other(json!({"type": "video_url"})),
            ],
        )];
        messages.append(&mut round("c1", vec![picture()]));
        Asked { model: model.into(), ..Asked::new("p") }.messages(messages)
    };
    for (codec, model) in [(codec!(DEEPSEEK), "deepseek-v4-pro"), (codec!(GROQ), "openai/gpt-oss-120b")] {
        let (body, warnings) = asked(model).encode(codec);
        let messages = body["messages"].as_array().unwrap();
        assert_eq!((&messages[0]["content"], messages.len()), (&json!("Look\ndark"), 4), "{model}");
        assert_eq!(messages[3]["content"], "seen", "nothing follows a result that can show nothing");
        assert_eq!(warnings.len(), 2, "{warnings:?}");
        assert!(warnings[0].contains(model) && warnings[0].contains("picture"), "{warnings:?}");
    }
    for (codec, model) in [(codec!(GROQ), "qwen/qwen3.8-27b"), (codec!(GENERIC), "m")] {
        let (body, warnings) = asked(model).encode(codec);
        let kinds: Vec<&str> =
            body["messages"][0]["content"].as_array().unwrap().iter().map(|it| it["type"].as_str().unwrap()).collect();
        assert_eq!((kinds, warnings.len()), (vec!["text", "image_url", "note", "video_url"], 0), "{model}");
    }
}

#[test]
fn no_file_is_left_out_without_a_word() {
    let ask = |codec, model: &str, part: fn() -> Part| {
        let parts = vec![Part::Text { text: "Read".into() }, part()];
        let mut messages = vec![Message::new(Role::User, parts)];
        messages.append(&mut round("c1", vec![part()]));
        Asked { model: model.into(), ..Asked::new("p") }.messages(messages).encode(codec)
    };
    let pdf: fn() -> Part = || file(None, Some("AAAA"), None, Some("application/pdf"));
    let wav: fn() -> Part = || file(None, Some("AAAA"), None, Some("audio/wav"));
    for (codec, model, part, what) in [
        (codec!(OPENAI), "o3-mini", pdf, "a file"),
        (codec!(OPENAI), "o3-mini-2025-01-31", wav, "sound"),
        (codec!(XAI), "grok-3-mini", pdf, "a file"),
        (codec!(MISTRAL), "codestral-latest", wav, "sound"),
    ] {
        let (body, warnings) = ask(codec, model, part);
        let (messages, wanted) = (&body["messages"], format!("{what}, which {model} does not take,"));
        assert_eq!((&messages[0]["content"], &messages[3]["content"]), (&json!("Read"), &json!("seen")), "{model}");
        assert_eq!(messages.as_array().unwrap().len(), 4, "{messages}");
        assert_eq!(warnings, [format!("{wanted} was left out of the request")]);
    }
    // Mistral reads the text of documents out for every model.
    let (body, warnings) = ask(codec!(MISTRAL), "codestral-latest", pdf);
    let kinds = |at: usize| body["messages"][at]["content"][1]["type"].clone();
    assert_eq!((kinds(0), kinds(3), warnings.len()), (json!("document_url"), json!("document_url"), 0));
}

#[test]
fn what_a_result_shows_is_a_text_for_a_model_that_takes_text_alone() {
    let parts = vec![Part::Other(json!({"type": "note", "text": "dark"}))];
    let asked = Asked { model: "openai/gpt-oss-120b".into(), ..Asked::new("p") }.messages(round("c1", parts));
    let (body, _) = asked.encode(codec!(GROQ));
    assert_eq!(body["messages"][3]["content"], "What the result of look (c1) shows:\ndark");
    assert_eq!(body["messages"].as_array().unwrap().len(), 4);
}

#[test]
fn a_limit_that_the_options_name_otherwise_is_sent_once() {
    for (codec, other) in [(codec!(OPENAI), "max_tokens"), (codec!(GENERIC), "max_completion_tokens")] {
        let options = json!({other: 5}).as_object().unwrap().clone();
        let (body, _) = Asked { settings: settings(), options, ..Asked::new("p") }.encode(codec);
        let sent: Vec<_> = ["max_tokens", "max_completion_tokens"].iter().filter_map(|name| body.get(*name)).collect();
        assert_eq!(sent, [&json!(5)], "{other}");
    }
}

#[test]
fn deepseek_gets_its_reasoning_back_with_calls() {
    let mut messages = round("c1", vec![]);
    let (body, _) = Asked::new("deepseek").messages(messages.clone()).encode(codec!(DEEPSEEK));
    assert_eq!(body["messages"][1].get("reasoning_content"), None, "nobody thought");
    messages[1].content = vec![Part::Reasoning { text: "Hm".into() }];
    messages.extend(round("c2", vec![]));
    let (body, warnings) = Asked::new("deepseek").messages(messages).encode(codec!(DEEPSEEK));
    assert_eq!(body["messages"][1]["reasoning_content"], "Hm", "of another provider");
    assert_eq!(body["messages"][4]["reasoning_content"], "", "an empty one is taken, none is not");
    assert!(warnings.is_empty());
    let raw = json!({"role": "assistant", "content": "", "reasoning_content": "own",
        "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{}"}}]});
    let mut own = round("c1", vec![]);
    own[1].content = vec![Part::Reasoning { text: "own".into() }];
    own[1].raw = Some(Raw { provider: "deepseek".into(), value: raw.clone() });
    let (body, _) = Asked::new("deepseek").messages(own).encode(codec!(DEEPSEEK));
    assert_eq!(body["messages"][1], raw);
}

#[test]
fn an_answer_s_schema_is_strict_where_it_can_be() {
    let ask = |schema: Value| {
        let output = Some(OutputFormat { name: "answer".into(), schema });
        Asked { output, ..Asked::new("openai") }.encode(codec!(OPENAI)).0["response_format"].clone()
    };
    let closed = json!({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]});
    let format = ask(closed);
    assert_eq!((&format["type"], &format["json_schema"]["name"]), (&json!("json_schema"), &json!("answer")));
    assert_eq!(format["json_schema"]["strict"], true);
    assert_eq!(format["json_schema"]["schema"]["additionalProperties"], false);
    let optional = json!({"type": "object", "properties": {"a": {"type": "string"}}});
    let format = ask(optional.clone());
    assert_eq!((&format["json_schema"]["strict"], &format["json_schema"]["schema"]), (&json!(false), &optional));
    let inside = json!({"type": "object", "properties": {"meta": {"type": "object"}}, "required": ["meta"]});
    let format = ask(inside.clone());
    assert_eq!((&format["json_schema"]["strict"], &format["json_schema"]["schema"]), (&json!(false), &inside));
}

#[test]
fn any_object_is_json_mode_where_there_is_one() {
    let ask = |codec, schema: Value| {
        let output = Some(OutputFormat { name: "answer".into(), schema });
        Asked { output, ..Asked::new("p") }.encode(codec).0["response_format"].clone()
    };
    let any = || json!({"type": "object", "additionalProperties": true});
    for codec in [codec!(OPENAI), codec!(MISTRAL), codec!(OPENROUTER), codec!(DEEPSEEK)] {
        assert_eq!(ask(codec, any()), json!({"type": "json_object"}));
    }
    for codec in [codec!(LMSTUDIO), codec!(PERPLEXITY)] {
        let format = ask(codec, any());
        assert_eq!((&format["type"], &format["json_schema"]["strict"]), (&json!("json_schema"), &json!(false)));
        assert_eq!(format["json_schema"]["schema"], any());
    }
    let deepseek = OpenAiCompatible(&table::DEEPSEEK);
    assert_eq!(deepseek.output_mode_for("deepseek-chat", &any(), false), OutputMode::Native);
    assert_eq!(deepseek.output_mode_for("deepseek-chat", &any(), true), OutputMode::Tool);
    assert_eq!(deepseek.output_mode_for("deepseek-chat", &json!({"type": "string"}), false), OutputMode::Tool);
}

fn file(url: Option<&str>, data: Option<&str>, id: Option<&str>, media: Option<&str>) -> Part {
    let text = |it: Option<&str>| it.map(str::to_owned);
    Part::File { url: text(url), file_id: text(id), data: text(data), media_type: text(media), filename: None }
}

#[test]
fn files_go_in_the_form_that_each_takes() {
    let ask = |codec, part: Part| {
        let parts = vec![Part::Text { text: "Read".into() }, part];
        let (body, warnings) = Asked::new("p").messages(vec![Message::new(Role::User, parts)]).encode(codec);
        (body["messages"][0]["content"].get(1).cloned().unwrap_or_default(), warnings)
    };
    let data = || file(None, Some("AAAA"), None, Some("application/pdf"));
    let url = || file(Some("https://f.example/a.pdf"), None, None, None);
    let id = || file(None, None, Some("f-1"), None);
    let inline = "data:application/pdf;base64,AAAA";
    assert_eq!(ask(codec!(OPENAI), data()).0["file"], json!({"filename": "file.pdf", "file_data": inline}));
    assert_eq!(ask(codec!(OPENAI), id()).0["file"], json!({"file_id": "f-1"}));
    let (none, warnings) = ask(codec!(OPENAI), url());
    assert!(none.is_null() && warnings[0].contains("a file by `url`"), "{warnings:?}");
    assert_eq!(ask(codec!(OPENROUTER), url()).0["file"]["file_data"], "https://f.example/a.pdf");
    let document = json!({"type": "document_url", "document_url": "https://f.example/a.pdf"});
    assert_eq!(ask(codec!(MISTRAL), url()).0, document);
    assert_eq!(ask(codec!(MISTRAL), id()).0, json!({"type": "file", "file_id": "f-1"}));
    assert_eq!(ask(codec!(PERPLEXITY), data()).0["file_url"], json!({"url": "AAAA"}));
    let (none, warnings) = ask(codec!(VLLM), data());
    assert!(none.is_null() && warnings[0].contains("vllm does not take"), "{warnings:?}");
    let sound = file(None, Some("AAAA"), None, Some("audio/mpeg"));
    assert_eq!(ask(codec!(OPENAI), sound.clone()).0["input_audio"], json!({"data": "AAAA", "format": "mp3"}));
    assert!(ask(codec!(DEEPSEEK), sound).1[0].contains("sound"));
    let by_id = Part::Image { file_id: Some("i".into()), url: None, data: None, media_type: None, detail: None };
    assert!(ask(codec!(OPENAI), by_id).1[0].contains("file_id"));
    let parts = vec![file(Some("u"), Some("d"), None, None)];
    let error = Asked::new("p").messages(vec![Message::new(Role::User, parts)]).encoded(codec!(OPENAI)).unwrap_err();
    assert_eq!(error.kind, Kind::Argument);
}

#[test]
fn marks_for_the_cache_go_where_they_are_known() {
    let parts = || vec![Part::Text { text: "Long".into() }, Part::CachePoint { ttl: Some("1h".into()) }];
    let ask = |codec| Asked::new("p").messages(vec![Message::new(Role::User, parts())]).encode(codec);
    let (body, warnings) = ask(codec!(OPENROUTER));
    let marked = json!([{"type": "text", "text": "Long", "cache_control": {"type": "ephemeral", "ttl": "1h"}}]);
    assert_eq!((&body["messages"][0]["content"], warnings.len()), (&marked, 0));
    let (body, warnings) = ask(codec!(OPENAI));
    assert_eq!((&body["messages"][0]["content"], warnings.len()), (&json!([{"type": "text", "text": "Long"}]), 0));
}

#[test]
fn an_edited_call_goes_back_as_it_is_now() {
    let raw = json!({"role": "assistant", "content": null, "extra": {"kept": [1]},
        "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{bad"}, "more": 1}]});
    let mut messages = round("c1", vec![]);
    messages[1].raw = Some(Raw { provider: "p".into(), value: raw });
    let (body, _) = Asked::new("p").messages(messages).encode(codec!(GENERIC));
    let turn = &body["messages"][1];
    assert_eq!((&turn["extra"], &turn["tool_calls"][0]["more"]), (&json!({"kept": [1]}), &json!(1)));
    assert_eq!(turn["tool_calls"][0]["function"]["arguments"], "{}");
}

#[test]
fn sound_of_the_model_goes_back_by_its_id() {
    let raw = json!({"role": "assistant", "content": null, "audio": {"id": "a-1", "data": "AAAA", "transcript": "Hi"}});
    let message =
        Message { raw: Some(Raw { provider: "p".into(), value: raw }), ..Message::new(Role::Assistant, Vec::new()) };
    let (body, _) = Asked::new("p").messages(vec![Message::user("Hi"), message]).encode(codec!(GENERIC));
    assert_eq!(body["messages"][1]["audio"], json!({"id": "a-1"}));
}

#[test]
fn an_address_tells_the_dialect() {
    for (address, name) in [
        ("https://api.openai.com/v1", "openai"),
        ("HTTPS://API.OpenAI.com:443/v1", "openai"),
        ("https://my-resource.openai.azure.com/openai/v1", "azure"),
        ("https://api.deepseek.com", "deepseek"),
        ("https://notapi.deepseek.com.example/v1", "generic"),
        ("https://xapi.openai.com/v1", "generic"),
        ("https://proxy.example/api.openai.com/v1", "generic"),
        ("http://127.0.0.1:8000/v1", "generic"),
        ("", "generic"),
    ] {
        assert_eq!(dialect_at(address).name, name, "{address}");
    }
}

#[test]
fn models_tell_how_an_answer_is_held_to_a_schema() {
    for (dialect, model, mode) in [
        (&table::OPENAI, "gpt-4o", OutputMode::Native),
        (&table::OPENAI, "gpt-4.1-mini", OutputMode::Native),
        (&table::OPENAI, "gpt-4-turbo-2024-04-09", OutputMode::Tool),
        (&table::OPENAI, "gpt-3.5-turbo", OutputMode::Tool),
        (&table::DEEPSEEK, "deepseek-chat", OutputMode::Tool),
        (&table::MISTRAL, "mistral-large-latest", OutputMode::Native),
    ] {
        assert_eq!(OpenAiCompatible(dialect).output_mode(model), mode, "{model}");
    }
}
