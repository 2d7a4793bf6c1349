//! What must hold for any history and any stream.

use super::tests::answers::{decode, stream};
use super::tests::requests::Ask;
use crate::codec::{Delta, Turn};
use crate::message::{Message, Part, Raw, Role, ToolCall};
use proptest::prelude::*;
use serde_json::{Value, json};

fn text() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), Just(" \n".to_owned()), "[a-z€😀\"\\\\\n ]{1,12}"]
}

fn id() -> impl Strategy<Value = String> {
    prop_oneof!["t[0-3]", Just("functions.add:0".to_owned()), Just(String::new())]
}

fn part() -> impl Strategy<Value = Part> {
    prop_oneof![
        text().prop_map(|text| Part::Text { text }),
        text().prop_map(|text| Part::Reasoning { text }),
        text().prop_map(|text| Part::Refusal { text }),
        Just(Part::CachePoint { ttl: None }),
        Just(Part::Other(json!({"type": "hologram"}))),
        Just(serde_json::from_value(json!({"type": "image", "url": "https://h/x.png"})).unwrap()),
        (id(), text(), any::<bool>()).prop_map(|(tool_call_id, content, is_error)| Part::ToolResult {
            tool_call_id,
            name: "add".into(),
            content,
            parts: Vec::new(),
            is_error
        }),
    ]
}

fn block() -> impl Strategy<Value = Value> {
    prop_oneof![
        text().prop_map(|text| json!({"type": "text", "text": text})),
        text().prop_map(|text| json!({"type": "thinking", "thinking": text, "signature": "c2ln/+=="})),
        Just(json!({"type": "redacted_thinking", "data": "b3A="})),
        Just(json!({"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"q": [1.5, null]}})),
        Just(json!({"type": "hologram", "z": 1, "a": {"b": []}})),
        (id(), text())
            .prop_map(|(id, text)| json!({"type": "tool_use", "id": id, "name": "add", "input": {"x": text}})),
    ]
}

/// A turn of this provider with its own form, of another one without, or one whose calls were changed since.
fn assistant() -> impl Strategy<Value = Message> {
    (prop::collection::vec(block(), 0..5), prop::collection::vec(part(), 0..3), 0..4_u8).prop_map(
        |(blocks, content, kind)| {
            let calls = blocks.iter().filter(|block| block["type"] == "tool_use");
            let mut tool_calls: Vec<ToolCall> = calls
                .map(|call| ToolCall {
                    id: call["id"].as_str().unwrap().into(),
                    name: "add".into(),
                    arguments: call["input"].to_string(),
                })
                .collect();
            if kind == 0 {
                tool_calls.pop();
            }
            let provider = if kind == 1 { "openai" } else { "anthropic" };
            let value = json!({"role": "assistant", "content": blocks});
            let raw = (kind != 2).then(|| Raw { provider: provider.into(), value });
            Message { tool_calls, raw, ..Message::new(Role::Assistant, content) }
        },
    )
}

fn message() -> impl Strategy<Value = Message> {
    let of = |role| prop::collection::vec(part(), 0..4).prop_map(move |content| Message::new(role, content));
    prop_oneof![of(Role::User), of(Role::Tool), of(Role::System), assistant(), assistant()]
}

fn ids(message: Option<&Value>, kind: &str, id: &str) -> Vec<String> {
    let blocks = message.and_then(|message| message["content"].as_array()).into_iter().flatten();
    blocks.filter(|block| block["type"] == kind).map(|block| block[id].as_str().unwrap().to_owned()).collect()
}

/// The deltas of one kind, joined.
fn said(deltas: &[Delta], reasoning: bool) -> String {
    deltas
        .iter()
        .filter_map(|delta| match delta {
            Delta::Text(text) if !reasoning => Some(&**text),
            Delta::Reasoning(text) if reasoning => Some(&**text),
            _ => None,
        })
        .collect()
}

/// A stream of these blocks, their texts in pieces of so many characters; in some, blocks begin before others have ended.
fn streamed(blocks: &[Value], size: usize, interleaved: bool) -> Vec<u8> {
    let mut events =
        vec![json!({"type": "message_start", "message": {"role": "assistant", "model": "m", "content": [],
        "usage": {"input_tokens": 1}}})];
    let mut ends = Vec::new();
    for (index, block) in blocks.iter().enumerate() {
        let mut begin = block.clone();
        let (field, kind, piece) = match block["type"].as_str().unwrap() {
            "text" => ("text", "text_delta", "text"),
            "thinking" => ("thinking", "thinking_delta", "thinking"),
            "tool_use" | "server_tool_use" => ("input", "input_json_delta", "partial_json"),
            _ => ("", "", ""),
        };
        let whole =
            if field == "input" { block[field].to_string() } else { block[field].as_str().unwrap_or("").into() };
        if !field.is_empty() {
            begin[field] = if field == "input" { json!({}) } else { json!("") };
        }
        events.push(json!({"type": "content_block_start", "index": index, "content_block": begin}));
        let characters: Vec<char> = whole.chars().collect();
        for chunk in characters.chunks(size) {
            let text: String = chunk.iter().collect();
            events.push(json!({"type": "content_block_delta", "index": index, "delta": {"type": kind, piece: text}}));
        }
        ends.push(json!({"type": "content_block_stop", "index": index}));
        if !interleaved {
            events.append(&mut ends);
        }
    }
    events.append(&mut ends);
    events.push(json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}}));
    events.push(json!({"type": "message_stop"}));
    stream(&events)
}

proptest! {
    #[test]
    fn no_history_makes_a_request_that_is_refused(
        messages in prop::collection::vec(message(), 1..8),
        model in prop_oneof![Just("claude-haiku-4-5"), Just("claude-opus-4-8")],
        cached in any::<bool>(),
    ) {
        let mut ask = Ask { model, ..Ask::new() };
        ask.settings.cache = cached.then_some(crate::run::Cache::Switch(true));
        let Ok(encoded) = ask.encode(&messages) else {
            // Only when there is nothing to say.
            return Ok(());
        };
        let body: Value = serde_json::from_slice(&encoded.body).unwrap();
        let sent = body["messages"].as_array().unwrap();
        prop_assert!(!sent.is_empty());
        prop_assert!(body.to_string().matches("\"cache_control\"").count() <= 4);
        let mut seen = std::collections::HashSet::new();
        for (at, message) in sent.iter().enumerate() {
            let next = sent.get(at + 1);
            prop_assert!(next.is_none_or(|next| next["role"] != message["role"]), "{}", body);
            let blocks = message["content"].as_array().unwrap();
            prop_assert!(!blocks.is_empty());
            for block in blocks {
                let blank = block["text"].as_str().is_some_and(|text| text.trim().is_empty());
                prop_assert!(block["type"] != "text" || !blank, "{}", body);
            }
            let calls = ids(Some(message), "tool_use", "id");
            if message["role"] == "assistant" {
                let first = next.map(|next| {
                    let blocks = next["content"].as_array().unwrap().iter();
                    json!({"content": blocks.take_while(|it| it["type"] == "tool_result").collect::<Vec<_>>()})
                });
                let mut wanted = calls.clone();
                let mut given = ids(first.as_ref(), "tool_result", "tool_use_id");
                wanted.sort();
                given.sort();
                prop_assert_eq!(wanted, given, "{}", body);
            }
            for id in calls {
                let legal = id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
                prop_assert!(legal && !id.is_empty() && seen.insert(id), "{}", body);
            }
        }
    }

    #[test]
    fn what_the_provider_sent_goes_back_byte_for_byte(
        blocks in prop::collection::vec(block(), 1..6),
        size in 1..6_usize,
        interleaved in any::<bool>(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
    ) {
        let mut blocks = blocks;
        for (at, block) in blocks.iter_mut().enumerate() {
            if block["type"] == "tool_use" {
                block["id"] = json!(format!("toolu_{at}"));
            }
        }
        let bytes = streamed(&blocks, size, interleaved);
        let (turn, deltas) = decode(&[&bytes]);
        let turn: Turn = turn.unwrap();
        let plain = json!({"role": "assistant", "model": "m", "content": blocks, "stop_reason": "end_turn",
            "usage": {"input_tokens": 1, "output_tokens": 2}});
        let (again, _) = decode(&[plain.to_string().as_bytes()]);
        prop_assert_eq!(&again.unwrap(), &turn);
        let of = |kind: &str| -> String {
            blocks.iter().filter(|block| block["type"] == kind).map(|block| block[kind].as_str().unwrap()).collect()
        };
        prop_assert_eq!(said(&deltas, false), of("text"));
        prop_assert_eq!(said(&deltas, true), of("thinking"));

        // However the bytes are split, the same comes out.
        let (split, split_deltas) = decode(&crate::split::pieces(&bytes, &cuts));
        prop_assert_eq!((split.unwrap(), split_deltas), (turn.clone(), deltas.clone()));
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        let (single, single_deltas) = decode(&single);
        prop_assert_eq!((single.unwrap(), single_deltas), (turn.clone(), deltas));

        let message = Message {
            tool_calls: turn.tool_calls.clone(),
            raw: turn.raw.clone().map(|value| Raw { provider: "anthropic".into(), value }),
            ..Message::new(Role::Assistant, turn.content)
        };
        let encoded = Ask::new().encode(&[Message::user("q"), message, Message::user("r")]).unwrap();
        let blank = |block: &Value| block["type"] == "text" && block["text"].as_str().unwrap().trim().is_empty();
        let kept: Vec<&Value> = blocks.iter().filter(|block| !blank(block)).collect();
        let body = String::from_utf8(encoded.body).unwrap();
        let written = serde_json::to_string(&kept).unwrap();
        prop_assert!(kept.is_empty() || body.contains(&written), "{} lacks {}", body, written);
    }

    #[test]
    fn no_bytes_are_too_much(garbage in prop::collection::vec(any::<u8>(), 0..200), cut in any::<prop::sample::Index>()) {
        let whole = streamed(&[json!({"type": "text", "text": "abc"})], 1, false);
        let mut bytes = whole[..cut.index(whole.len())].to_vec();
        bytes.extend(garbage);
        let one = decode(&[&bytes]);
        let pieces: Vec<&[u8]> = bytes.chunks(1).collect();
        let split = decode(&pieces);
        prop_assert_eq!(one.0.map_err(|error| error.message), split.0.map_err(|error| error.message));
        prop_assert_eq!(one.1, split.1);
    }
}
