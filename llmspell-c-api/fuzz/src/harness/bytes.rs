//! What a server sends, and what it is sent: the SSE decoder and the Chat codec. However bytes are split, what comes out is
//! the same.

use super::{SECRET, verdict};
use llmspell_core::codec::Codec;
use llmspell_core::codec::openai_chat::OpenAiChat;
use llmspell_core::http::{Redactor, Secret};
use llmspell_core::message::Message;
use llmspell_core::run::{Endpoint, RunSpec, Settings};
use llmspell_core::sse::{Event, SseDecoder};
use llmspell_core::tool::{Tool, ToolSet};
use serde_json::{Value, json};
use std::sync::{Arc, LazyLock};

/// Cuts: the whole, single bytes (of inputs that are not too long), and some that follow from the input itself.
fn cuts(input: &[u8]) -> Vec<Vec<&[u8]>> {
    let seed = input
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3));
    let mut random = fastrand::Rng::with_seed(seed);
    let mut all = vec![vec![input]];
    if input.len() < 4096 {
        all.push(input.chunks(1).collect());
    }
    for longest in [4, 64, 1024] {
        let mut pieces = Vec::new();
        let mut rest = input;
        while !rest.is_empty() {
            let (head, tail) = rest.split_at(random.usize(1..=longest).min(rest.len()));
            pieces.push(head);
            rest = tail;
        }
        all.push(pieces);
    }
    all
}

fn same<T: PartialEq + std::fmt::Debug>(input: &[u8], decode: impl Fn(&[&[u8]]) -> T) -> T {
    let mut outcomes = cuts(input).into_iter().map(|pieces| decode(&pieces));
    let whole = outcomes.next().expect("there is the whole");
    for split in outcomes {
        assert_eq!(whole, split, "bytes that were split decode to something else");
    }
    whole
}

/// Events from the bytes of a stream.
pub fn sse(input: &[u8]) {
    same(input, |pieces| {
        let mut decoder = SseDecoder::default();
        let mut events = Vec::new();
        let mut take = |event: Event<'_>| {
            events.push((event.name.to_owned(), event.data.to_owned()));
            Ok(())
        };
        let outcome =
            pieces.iter().try_for_each(|piece| decoder.push(piece, &mut take)).and_then(|()| decoder.finish(&mut take));
        (outcome.err().map(|error| error.to_json()), events)
    });
}

/// A turn, or an error, from the bytes of an answer; and an error from those of a refusal.
pub fn chat_answer(input: &[u8]) {
    let redactor = || Redactor::new([Secret::new(SECRET)].into_iter());
    let (outcome, _) = same(input, |pieces| {
        let mut decoder = OpenAiChat.decoder(7, redactor());
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
            let message = Message {
                role: llmspell_core::Role::Assistant,
                content: turn.content,
                tool_calls: turn.tool_calls,
                raw: None,
                metadata: turn.metadata,
            };
            // What a provider said can be said again.
            encode(&[&message]).expect("a turn goes back into a request");
        }
    }
    for status in [400, 401, 404, 429, 500, 503, 600] {
        verdict::error_json(&OpenAiChat.failure(status, &[], input, &redactor()).to_json());
    }
}

/// A request from whatever messages a caller gives.
pub fn chat_request(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let Ok(value) = llmspell_core::json::parse("input", text) else { return };
    let stored: Result<Vec<Message>, _> = serde_json::from_value(value.get("messages").unwrap_or(&value).clone());
    for messages in [Message::read_input(value).map_err(|error| error.to_json()), stored.map_err(|_| String::new())] {
        match messages {
            Ok(messages) => match encode(&messages.iter().collect::<Vec<_>>()) {
                Ok(body) => assert!(body["messages"].is_array() && body["model"].is_string(), "{body}"),
                Err(error) => assert_eq!(verdict::error_json(&error)["kind"], "argument"),
            },
            Err(error) if error.is_empty() => {}
            Err(error) => assert_eq!(verdict::error_json(&error)["kind"], "argument"),
        }
    }
}

static SPEC: LazyLock<Arc<RunSpec>> = LazyLock::new(|| Arc::new(spec()));

fn spec() -> RunSpec {
    let tool = json!({"name": "weather report", "description": "Tells the weather", "schema": {"type": "object",
        "properties": {"place": {"type": "string"}}, "required": ["place"]}});
    let endpoint = Endpoint {
        provider: "openai".into(),
        codec: &OpenAiChat,
        base_url: "http://127.0.0.1:1/v1".into(),
        api_key: Some(Secret::new(SECRET)),
        key_place: None,
        model_place: None,
        headers: Vec::new(),
        way: 0,
    };
    RunSpec {
        name: Some("fuzzed".into()),
        system_prompt: Some("Be brief.".into()),
        tools: Arc::new(ToolSet::default().with(Tool::from_json("tool", tool).expect("a tool")).expect("one tool")),
        ..RunSpec::new(endpoint, "model")
    }
}

/// What runs of the core are made from here.
pub fn run_spec() -> Arc<RunSpec> {
    Arc::clone(&SPEC)
}

fn encode(messages: &[&Message]) -> Result<Value, String> {
    let settings = Settings::default();
    let encoded = OpenAiChat.encode(&SPEC.turn_request(&settings, messages)).map_err(|error| error.to_json())?;
    Ok(verdict::any_json(std::str::from_utf8(&encoded.body).expect("UTF-8")).expect("a request is JSON"))
}
