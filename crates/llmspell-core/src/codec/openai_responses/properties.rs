//! What holds for any answer: however it comes, it is the same turn, and it goes back byte by byte.

use super::OpenAiResponses;
use super::request_tests::body_of;
use super::tests::{call, decode, message, response, sse};
use crate::codec::{Codec, Delta};
use crate::http::Redactor;
use crate::message::{Message, Raw, Role};
use proptest::prelude::*;
use serde_json::{Value, json};

fn item() -> impl Strategy<Value = Value> {
    let said = "[a-zäö€😀\n ]{0,12}".prop_map(|text| message(&text));
    let refused = "[a-z ]{1,8}".prop_map(|text| {
        json!({"type": "message", "id": "m", "role": "assistant", "content": [{"type": "refusal", "refusal": text}]})
    });
    let thought = ("[a-z😀.]{0,9}", "[A-Za-z0-9+/=]{1,20}").prop_map(|(text, secret)| {
        json!({"type": "reasoning", "id": "rs", "summary": [{"type": "summary_text", "text": text}], "encrypted_content": secret})
    });
    let called = ("[a-z_]{1,8}", "[a-z{}\": €]{0,12}").prop_map(|(name, arguments)| call("c", &name, &arguments));
    let other = any::<i32>().prop_map(|number| json!({"type": "of_tomorrow", "value": {"n": number, "x": null}}));
    prop_oneof![said, refused, thought, called, other]
}

/// Items whose ids tell them apart, as a provider's do.
fn output() -> impl Strategy<Value = Vec<Value>> {
    prop::collection::vec(item(), 1..6).prop_map(|mut items| {
        for (at, item) in items.iter_mut().enumerate() {
            item["id"] = json!(format!("item_{at}"));
            if item["type"] == "function_call" {
                item["call_id"] = json!(format!("call_{at}"));
            }
        }
        items
    })
}

/// The texts of an item as events, cut in pieces of so many characters.
fn pieces(at: usize, item: &Value, size: usize) -> Vec<Value> {
    let cut = |text: &str| -> Vec<String> {
        text.chars().collect::<Vec<_>>().chunks(size).map(|piece| piece.iter().collect()).collect()
    };
    let (name, text) = [
        ("output_text", "/content/0/text"),
        ("refusal", "/content/0/refusal"),
        ("reasoning_summary_text", "/summary/0/text"),
        ("function_call_arguments", "/arguments"),
    ]
    .into_iter()
    .find_map(|(name, place)| Some((name, item.pointer(place)?.as_str()?.to_owned())))
    .unwrap_or(("output_text", String::new()));
    let event = |piece| json!({"type": format!("response.{name}.delta"), "output_index": at, "delta": piece});
    cut(&text).into_iter().map(event).collect()
}

/// How much of each item is streamed.
#[derive(Clone, Copy, Debug)]
struct Way {
    announced: bool,
    pieces: bool,
    ended: bool,
}

fn stream(output: &[Value], ways: &[Way], size: usize, last: bool) -> String {
    let mut events = vec![json!({"type": "response.created", "response": {"status": "in_progress"}})];
    for (at, item) in output.iter().enumerate() {
        let way = ways[at % ways.len()];
        let mut begun = item.clone();
        for (name, empty) in [("content", json!([])), ("summary", json!([])), ("arguments", json!(""))] {
            if begun.get(name).is_some() {
                begun[name] = empty;
            }
        }
        if way.announced {
            events.push(json!({"type": "response.output_item.added", "output_index": at, "item": begun}));
            if way.pieces {
                events.extend(pieces(at, item, size));
            }
        }
        if way.ended || !last {
            events.push(json!({"type": "response.output_item.done", "output_index": at, "item": item}));
        }
    }
    let whole = response(if last { output } else { &[] });
    events.push(json!({"type": "response.completed", "response": whole}));
    sse(&events)
}

fn text(deltas: &[Delta]) -> String {
    deltas.iter().filter_map(|delta| if let Delta::Text(text) = delta { Some(text.as_str()) } else { None }).collect()
}

/// The arguments of each call, by id, put together from its pieces.
fn arguments(deltas: &[Delta]) -> Vec<(String, String)> {
    let mut calls: Vec<(String, String)> = Vec::new();
    for delta in deltas {
        let Delta::ToolCall { id, arguments, .. } = delta else { continue };
        match calls.iter_mut().find(|(known, _)| known == id) {
            Some((_, so_far)) => so_far.push_str(arguments),
            None => calls.push((id.clone(), arguments.clone())),
        }
    }
    calls
}

proptest! {
    #[test]
    fn an_answer_is_the_same_turn_however_it_comes(
        output in output(),
        ways in prop::collection::vec((any::<bool>(), any::<bool>(), any::<bool>()), 1..6),
        size in 1_usize..5,
        last in any::<bool>(),
        cuts in prop::collection::vec(1_usize..60, 1..12),
    ) {
        // Each item comes in pieces or whole: one that comes with the response alone comes last.
        let way = |(announced, pieces, ended)| Way { announced, pieces, ended: ended || !(announced && pieces) };
        let ways: Vec<Way> = ways.into_iter().map(way).collect();
        let body = stream(&output, &ways, size, last);
        let (plain, _) = decode(&response(&output).to_string());
        let (whole, deltas) = decode(&body);
        prop_assert_eq!(&whole, &plain);
        let mut decoder = OpenAiResponses.decoder(1, Redactor::default());
        let mut split = Vec::new();
        let mut rest = body.as_bytes();
        for cut in cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (head, tail) = rest.split_at((*cut).min(rest.len()));
            decoder.push(head, &mut split).unwrap();
            rest = tail;
        }
        prop_assert_eq!(decoder.finish(&mut split).unwrap(), whole.clone().unwrap());
        prop_assert_eq!(&split, &deltas);
        let turn = whole.unwrap();
        let said: Vec<_> = turn.tool_calls.iter().map(|call| (call.id.clone(), call.arguments.clone())).collect();
        prop_assert_eq!(arguments(&deltas), said);
        let parts = Message::new(Role::Assistant, turn.content);
        let texts: String = parts.content.iter().filter_map(|part| match part {
            crate::message::Part::Text { text } | crate::message::Part::Refusal { text } => Some(text.as_str()),
            _ => None,
        }).collect();
        prop_assert_eq!(text(&deltas), texts);
    }

    #[test]
    fn a_turn_goes_back_byte_by_byte(mut output in output()) {
        output.push(message("the end"));
        let turn = decode(&response(&output).to_string()).0.unwrap();
        let mut answer = Message::new(Role::Assistant, turn.content);
        answer.tool_calls = turn.tool_calls;
        answer.raw = turn.raw.map(|value| Raw { provider: "openai_responses".into(), value });
        let stored: Message = serde_json::from_str(&serde_json::to_string(&answer).unwrap()).unwrap();
        let sent = body_of(&[stored]);
        for item in &output {
            prop_assert!(sent.contains(&item.to_string()), "{item} is not in {sent}");
        }
    }
}
