//! What a provider sends, and what it is sent, in every wire format. To add one: a [`Wire`] and two targets.

use super::bytes::same;
use super::{SECRET, verdict};
use llmspell_core::codec::Codec;
use llmspell_core::codec::anthropic::Anthropic;
use llmspell_core::codec::gemini::Gemini;
use llmspell_core::codec::ollama::Ollama;
use llmspell_core::codec::openai_chat::OpenAiChat;
use llmspell_core::codec::openai_responses::OpenAiResponses;
use llmspell_core::codec::openrouter::OpenRouter;
use llmspell_core::http::{Redactor, Secret};
use llmspell_core::message::{Message, Raw};
use llmspell_core::run::{Endpoint, RunSpec, Settings};
use llmspell_core::tool::{Tool, ToolSet};
use serde_json::{Map, Value, json};
use std::sync::{Arc, LazyLock};

/// A wire format, and what each of its requests must be.
pub struct Wire {
    provider: &'static str,
    codec: &'static dyn Codec,
    /// Panics when a body is none that the provider takes.
    check: fn(&Value),
    spec: LazyLock<Arc<RunSpec>>,
}

/// OpenAI Chat.
pub static CHAT: Wire =
    Wire { provider: "openai", codec: &OpenAiChat, check: check_chat, spec: LazyLock::new(|| spec(&CHAT)) };

fn check_chat(body: &Value) {
    assert!(body["messages"].is_array() && body["model"].is_string(), "{body}");
}

/// OpenRouter.
pub static OPENROUTER: Wire =
    Wire { provider: "openrouter", codec: &OpenRouter, check: check_chat, spec: LazyLock::new(|| spec(&OPENROUTER)) };

/// Anthropic Messages.
pub static ANTHROPIC: Wire =
    Wire { provider: "anthropic", codec: &Anthropic, check: check_anthropic, spec: LazyLock::new(|| spec(&ANTHROPIC)) };

/// OpenAI Responses.
pub static RESPONSES: Wire = Wire {
    provider: "openai_responses",
    codec: &OpenAiResponses,
    check: check_responses,
    spec: LazyLock::new(|| spec(&RESPONSES)),
};

/// Every item says its type, no reasoning only names what the server would have kept, and no id is too long.
fn check_responses(body: &Value) {
    assert!(body["model"].is_string() && body["store"] == false, "{body}");
    for item in body["input"].as_array().expect("items") {
        assert!(item.is_object(), "{body}");
        let id = item["call_id"].as_str().unwrap_or_default();
        assert!(item["type"] != "function_call_output" || id.chars().count() <= 64, "{body}");
    }
}

/// Users and assistants in turn, no blank text, and every call answered at once.
fn check_anthropic(body: &Value) {
    let messages = body["messages"].as_array().expect("messages");
    assert!(!messages.is_empty() && body["max_tokens"].is_u64(), "{body}");
    for pair in messages.windows(2) {
        assert_ne!(pair[0]["role"], pair[1]["role"], "{body}");
    }
    for (at, message) in messages.iter().enumerate() {
        let blocks = message["content"].as_array().expect("blocks");
        assert!(!blocks.is_empty(), "{body}");
        let ids = |kind: &str, id: &str, blocks: &[Value]| -> Vec<String> {
            let mut ids: Vec<String> =
                blocks.iter().filter(|block| block["type"] == kind).map(|block| block[id].to_string()).collect();
            ids.sort();
            ids
        };
        if message["role"] == "assistant" {
            let next = messages.get(at + 1).and_then(|next| next["content"].as_array()).map_or(&[][..], Vec::as_slice);
            let calls = ids("tool_use", "id", blocks);
            let first = next.iter().take_while(|block| block["type"] == "tool_result").cloned().collect::<Vec<_>>();
            assert_eq!(calls, ids("tool_result", "tool_use_id", &first), "{body}");
        }
    }
}

/// Gemini.
pub static GEMINI: Wire =
    Wire { provider: "gemini", codec: &Gemini, check: check_gemini, spec: LazyLock::new(|| spec(&GEMINI)) };

/// Contents of two roles, none without a part, and calls and results as objects.
fn check_gemini(body: &Value) {
    for content in body["contents"].as_array().expect("contents") {
        assert!(content["role"] == "user" || content["role"] == "model", "{body}");
        let parts = content["parts"].as_array().expect("parts");
        assert!(!parts.is_empty(), "{body}");
        for part in parts {
            assert!(part.get("functionResponse").is_none_or(|it| it["response"].is_object()), "{body}");
        }
    }
}

/// Ollama.
pub static OLLAMA: Wire =
    Wire { provider: "ollama", codec: &Ollama, check: check_ollama, spec: LazyLock::new(|| spec(&OLLAMA)) };

/// Messages with a role, results with the name of their tool.
fn check_ollama(body: &Value) {
    assert!(body["model"].is_string(), "{body}");
    for message in body["messages"].as_array().expect("messages") {
        assert!(message["role"].is_string(), "{body}");
        assert!(message["role"] != "tool" || message["tool_name"].is_string(), "{body}");
    }
}

/// A turn, or an error, from the bytes of an answer; and an error from those of a refusal.
pub fn answer(wire: &Wire, input: &[u8]) {
    let redactor = || Redactor::new([Secret::new(SECRET)].into_iter());
    let (outcome, _) = same(input, |pieces| {
        let mut decoder = wire.codec.decoder(7, redactor());
        let mut deltas = Vec::new();
        let mut outcome = pieces.iter().try_for_each(|piece| decoder.push(piece, &mut deltas));
        decoder.progress();
        let turn = match &mut outcome {
            Ok(()) => decoder.finish(&mut deltas),
            Err(error) => Err(error.clone()),
        };
        // One delta per piece of the provider: only texts that were cut by the wire may differ, and here none are.
        (turn.map_err(|error| error.to_json()), deltas)
    });
    match outcome {
        Err(error) => {
            verdict::error_json(&error);
        }
        Ok(turn) => {
            let raw = turn.raw.map(|value| Raw { provider: wire.provider.to_owned(), value });
            let asked = Message::user("question");
            // What a provider said can be said again: as it came, and translated.
            for raw in [raw, None] {
                let message = Message {
                    role: llmspell_core::Role::Assistant,
                    content: turn.content.clone(),
                    tool_calls: turn.tool_calls.clone(),
                    raw,
                    metadata: Map::new(),
                };
                let body = encode(wire, &[&asked, &message]).expect("a turn goes back into a request");
                (wire.check)(&body);
            }
        }
    }
    for status in [400, 401, 404, 429, 500, 503, 529, 600] {
        verdict::error_json(&wire.codec.failure(status, &[], input, &redactor()).to_json());
    }
}

/// A request from whatever messages a caller gives.
pub fn request(wire: &Wire, input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let Ok(value) = llmspell_core::json::parse("input", text) else { return };
    let stored: Result<Vec<Message>, _> = serde_json::from_value(value.get("messages").unwrap_or(&value).clone());
    for messages in [Message::read_input(value).map_err(|error| error.to_json()), stored.map_err(|_| String::new())] {
        match messages {
            Ok(messages) => match encode(wire, &messages.iter().collect::<Vec<_>>()) {
                Ok(body) => (wire.check)(&body),
                Err(error) => assert_eq!(verdict::error_json(&error)["kind"], "argument"),
            },
            Err(error) if error.is_empty() => {}
            Err(error) => assert_eq!(verdict::error_json(&error)["kind"], "argument"),
        }
    }
}

fn spec(wire: &Wire) -> Arc<RunSpec> {
    let tool = json!({"name": "weather report", "description": "Tells the weather", "schema": {"type": "object",
        "properties": {"place": {"type": "string"}}, "required": ["place"]}});
    let endpoint = Endpoint {
        provider: wire.provider.into(),
        codec: wire.codec,
        base_url: "http://127.0.0.1:1/v1".into(),
        api_key: Some(Secret::new(SECRET)),
        key_place: None,
        model_place: None,
        headers: Vec::new(),
        way: 0,
    };
    Arc::new(RunSpec {
        name: Some("fuzzed".into()),
        system_prompt: Some("Be brief.".into()),
        tools: Arc::new(ToolSet::default().with(Tool::from_json("tool", tool).expect("a tool")).expect("one tool")),
        ..RunSpec::new(endpoint, "model")
    })
}

/// What runs of the core are made from here.
pub fn run_spec() -> Arc<RunSpec> {
    Arc::clone(&CHAT.spec)
}

fn encode(wire: &Wire, messages: &[&Message]) -> Result<Value, String> {
    let settings = Settings::default();
    let encoded = wire
        .codec
        .encode(&wire.spec.turn_request_at(wire.spec.route(0), &settings, messages))
        .map_err(|error| error.to_json())?;
    Ok(verdict::any_json(std::str::from_utf8(&encoded.body).expect("UTF-8")).expect("a request is JSON"))
}
