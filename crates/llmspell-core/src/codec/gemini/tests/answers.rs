//! Answers, event by event and quirk by quirk.

use crate::codec::gemini::Gemini;
use crate::codec::{Codec, Delta, Progress, Turn};
use crate::error::{Error, Kind};
use crate::http::{Redactor, Secret};
use crate::message::Part;
use crate::outcome::FinishReason;
use proptest::prelude::*;
use serde_json::{Value, json};

fn decode_in(chunks: &[&[u8]]) -> (Result<Turn, Error>, Vec<Delta>) {
    let mut deltas = Vec::new();
    let mut decoder = Gemini.decoder(1, Redactor::new(std::iter::once(Secret::new("secret-key-0123"))));
    for chunk in chunks {
        if let Err(error) = decoder.push(chunk, &mut deltas) {
            return (Err(error), deltas);
        }
    }
    let turn = decoder.finish(&mut deltas);
    (turn, deltas)
}

fn decode(body: &str) -> (Result<Turn, Error>, Vec<Delta>) {
    let whole = decode_in(&[body.as_bytes()]);
    let bytes: Vec<&[u8]> = body.as_bytes().chunks(1).collect();
    assert_eq!(decode_in(&bytes), whole, "byte by byte: {body}");
    whole
}

fn sse(events: &[Value]) -> String {
    events.iter().map(|event| format!("data: {event}\r\n\r\n")).collect()
}

fn event(parts: Value, finish: Option<&str>) -> Value {
    let mut candidate = json!({"content": {"parts": parts, "role": "model"}, "index": 0});
    if let Some(reason) = finish {
        candidate["finishReason"] = json!(reason);
    }
    json!({"candidates": [candidate], "usageMetadata": {"promptTokenCount": 5, "candidatesTokenCount": 3, "totalTokenCount": 8},
           "modelVersion": "gemini-2.5-flash", "responseId": "r"})
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

fn raw(turn: &Turn) -> &Value {
    &turn.raw.as_ref().unwrap()["parts"]
}

/// A stream in its two forms, and, as one object, the plain answer.
fn forms(events: &[Value]) -> [String; 3] {
    let array = serde_json::to_string_pretty(events).unwrap();
    [sse(events), array, format!("\u{feff} {}", events.last().unwrap())]
}

#[test]
fn text_in_every_form() {
    let whole = event(json!([{"text": "It is five."}]), Some("STOP"));
    let pieces = [
        event(json!([{"text": "It"}]), None),
        event(json!([{"text": " is"}]), None),
        event(json!([{"text": " five."}]), Some("STOP")),
    ];
    let [stream, array, _] = forms(&pieces);
    let [.., plain] = forms(&[whole]);
    for body in [stream, array, plain] {
        let (answer, deltas) = decode(&body);
        let answer = answer.unwrap();
        assert_eq!(answer.content, [text("It is five.")], "{body}");
        assert_eq!(raw(&answer), &json!([{"text": "It is five."}]));
        assert_eq!((answer.finish_reason, answer.model.as_deref()), (FinishReason::Stop, Some("gemini-2.5-flash")));
        let streamed: String = deltas.iter().map(|it| if let Delta::Text(text) = it { &**text } else { "" }).collect();
        assert_eq!(streamed, "It is five.");
    }
}

#[test]
fn one_delta_for_each_event_known_by_its_envelope_or_not() {
    let mut events: Vec<Value> = (0..40)
        .map(|n| {
            let mut event = event(json!([{"text": format!("w{n} ")}]), None);
            event["usageMetadata"]["candidatesTokenCount"] = json!(n);
            event
        })
        .collect();
    events.push(event(json!([{"text": "escaped \" \n"}]), None));
    events.push(event(json!([{"text": "😀"}]), None));
    events.push(json!({"candidates": [{"content": {"parts": [{"text": "."}]}, "finishReason": "STOP"}]}));
    let (answer, deltas) = decode(&sse(&events));
    assert_eq!(deltas.len(), events.len());
    let answer = answer.unwrap();
    assert_eq!(answer.usage.output_tokens, 3, "the counts of the last event that had some");
    assert!(matches!(&answer.content[0], Part::Text { text } if text.ends_with("w39 escaped \" \n😀.")));
}

#[test]
fn another_candidate_is_not_mixed_in() {
    let mut second = event(json!([{"text": "no"}]), None);
    second["candidates"][0]["index"] = json!(1);
    let first = event(json!([{"text": "yes"}]), None);
    // Also where the number of a candidate stands after the counts.
    let odd = |index: u32, text: &str| {
        format!(
            "data: {{\"usageMetadata\":{{\"totalTokenCount\":{index}}},\"candidates\":[{{\"index\":{index},\"content\":{{\"parts\":[{{\"text\":\"{text}\"}}]}}}}]}}\n\n"
        )
    };
    let end = sse(&[event(json!([{"text": "."}]), Some("STOP"))]);
    let mixed = [odd(0, "a"), odd(1, "b"), odd(0, "c"), end].concat();
    assert_eq!(turn(&mixed).content, [text("ac.")]);
    let mut both = event(json!([{"text": "!"}]), Some("STOP"));
    let other = json!({"content": {"parts": [{"text": "?"}]}, "index": 1, "finishReason": "STOP"});
    both["candidates"].as_array_mut().unwrap().push(other);
    let answer = turn(&sse(&[first.clone(), second.clone(), first, second, both]));
    assert_eq!(answer.content, [text("yesyes!")]);
}

#[test]
fn thoughts_are_reasoning_and_signatures_stay_with_their_part() {
    let parts = [
        json!({"text": "Let me ", "thought": true}),
        json!({"text": "see.", "thought": true}),
        json!({"functionCall": {"name": "add", "args": {"a": 1}, "id": "f1"}, "thoughtSignature": "c2lnMQ=="}),
        json!({"functionCall": {"name": "add", "args": {"a": 2}}}),
        json!({"text": "So"}),
        json!({"text": " far", "thoughtSignature": "c2lnMg=="}),
        json!({"text": "", "thoughtSignature": "c2lnMw=="}),
        json!({"text": ""}),
    ];
    let last = parts.len() - 1;
    let events: Vec<Value> =
        parts.iter().enumerate().map(|(at, part)| event(json!([part]), (at == last).then_some("STOP"))).collect();
    let (answer, deltas) = decode(&sse(&events));
    let answer = answer.unwrap();
    assert_eq!(answer.content, [Part::Reasoning { text: "Let me see.".into() }, text("So far")]);
    assert_eq!(
        raw(&answer),
        &json!([{"text": "Let me see.", "thought": true}, parts[2], parts[3], parts[4], parts[5], parts[6]])
    );
    let calls: Vec<(&str, &str, &str)> =
        answer.tool_calls.iter().map(|it| (&*it.id, &*it.name, &*it.arguments)).collect();
    assert_eq!(calls, [("f1", "add", "{\"a\":1}"), ("call_0000000000000001_1", "add", "{\"a\":2}")]);
    assert_eq!(deltas.len(), 6);
    let plain = turn(
        &event(
            json!([
        {"text": "Let me see.", "thought": true}, parts[2], parts[3], parts[4], parts[5], parts[6]]),
            Some("STOP"),
        )
        .to_string(),
    );
    assert_eq!((plain.content, plain.raw, plain.tool_calls), (answer.content, answer.raw, answer.tool_calls));
}

#[test]
fn calls_without_arguments_or_with_an_id_that_was_there() {
    let answer = turn(
        &event(
            json!([
                {"functionCall": {"name": "now", "id": "x"}}, {"functionCall": {"name": "now", "args": null, "id": "x"}}
            ]),
            Some("STOP"),
        )
        .to_string(),
    );
    let calls: Vec<(&str, &str)> = answer.tool_calls.iter().map(|it| (&*it.id, &*it.arguments)).collect();
    assert_eq!(calls, [("x", "{}"), ("x_2", "{}")]);
    assert_eq!(raw(&answer)[1]["functionCall"]["id"], "x_2", "the turn goes back with it");
    assert_eq!(answer.notices[0].tool_call_id.as_deref(), Some("x_2"));
}

#[test]
fn other_parts_are_kept() {
    let parts = json!([
        {"executableCode": {"language": "PYTHON", "code": "1+1"}, "thoughtSignature": "cw=="},
        {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "2"}},
        {"inlineData": {"mimeType": "image/png", "data": "aQ=="}},
        {"inlineData": {"mimeType": "audio/wav", "data": "YQ=="}},
        {"fileData": {"mimeType": "application/pdf", "fileUri": "https://f/1"}},
        {"novelty": {"a": 1}},
        {"text": "2"}
    ]);
    let answer = turn(&event(parts.clone(), Some("STOP")).to_string());
    assert_eq!(raw(&answer), &parts);
    let content = serde_json::to_value(&answer.content).unwrap();
    assert_eq!(content[0], json!({"executableCode": {"language": "PYTHON", "code": "1+1"}, "type": "executableCode"}));
    assert_eq!(content[2], json!({"type": "image", "data": "aQ==", "media_type": "image/png"}));
    assert_eq!(content[3], json!({"type": "file", "data": "YQ==", "media_type": "audio/wav"}));
    assert_eq!(content[4], json!({"type": "file", "url": "https://f/1", "media_type": "application/pdf"}));
    assert_eq!(content[5], json!({"novelty": {"a": 1}, "type": "novelty"}));
    let again: Vec<Part> = serde_json::from_value(content).unwrap();
    assert_eq!(again, answer.content);
}

#[test]
fn a_stop_in_the_middle_is_not_the_end() {
    let code = event(json!([{"executableCode": {"code": "1"}}]), Some("STOP"));
    let result = event(json!([{"codeExecutionResult": {"output": "1"}}]), None);
    let end = event(json!([{"text": "One."}]), Some("STOP"));
    let answer = turn(&sse(&[code.clone(), result.clone(), end]));
    assert_eq!((answer.content.len(), answer.finish_reason), (3, FinishReason::Stop));
    for cut in [vec![code.clone()], vec![code.clone(), result]] {
        assert_eq!(error(&sse(&cut)).kind, Kind::Network);
    }
    let mut decoder = Gemini.decoder(1, Redactor::default());
    decoder.push(sse(&[code]).as_bytes(), &mut Vec::new()).unwrap();
    assert_eq!(decoder.progress(), Progress::Partial, "it may take long until the code has run");
}

#[test]
fn counts() {
    let mut whole = event(json!([{"text": "a"}]), Some("STOP"));
    whole["usageMetadata"] = json!({
        "promptTokenCount": 100, "cachedContentTokenCount": 60, "candidatesTokenCount": 20, "thoughtsTokenCount": 30,
        "toolUsePromptTokenCount": 7, "totalTokenCount": 157,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 80}, {"modality": "AUDIO", "tokenCount": 20}],
        "candidatesTokensDetails": [{"modality": "AUDIO", "tokenCount": 4}], "serviceTier": "standard"
    });
    let usage = turn(&whole.to_string()).usage;
    assert_eq!((usage.input_tokens, usage.output_tokens, usage.total_tokens), (107, 50, 157));
    assert_eq!((usage.cached_tokens, usage.reasoning_tokens), (60, 30));
    assert_eq!((usage.input_audio_tokens, usage.output_audio_tokens), (20, 4));
}

#[test]
fn grounding_and_citations() {
    let mut last = event(json!([{"text": "b"}]), Some("STOP"));
    last["candidates"][0]["groundingMetadata"] = json!({
        "webSearchQueries": ["q"], "groundingSupports": [{"groundingChunkIndices": [0]}],
        "groundingChunks": [{"web": {"uri": "https://a", "title": "A"}}, {"retrievedContext": {"uri": "u", "text": "words"}}]
    });
    last["candidates"][0]["citationMetadata"] = json!({"citations": [{"uri": "https://c", "startIndex": 0}]});
    let mut first = event(json!([{"text": "a"}]), None);
    first["candidates"][0]["logprobsResult"] = json!({"chosenCandidates": [{"token": "a"}]});
    last["candidates"][0]["logprobsResult"] = json!({"chosenCandidates": [{"token": "b"}]});
    let answer = turn(&sse(&[first, last]));
    let urls: Vec<Option<&str>> = answer
        .content
        .iter()
        .filter_map(|part| if let Part::Citation(it) = part { Some(it.url.as_deref()) } else { None })
        .collect();
    assert_eq!(urls, [Some("https://a"), Some("u"), Some("https://c")]);
    assert_eq!(answer.metadata["groundingMetadata"]["webSearchQueries"], json!(["q"]));
    assert_eq!(answer.metadata["logprobsResult"]["chosenCandidates"], json!([{"token": "a"}, {"token": "b"}]));
    assert_eq!(answer.metadata["responseId"], "r");
    assert_eq!(raw(&answer), &json!([{"text": "ab"}]));
}

#[test]
fn finish_reasons_are_answers_or_errors() {
    for (reason, wanted) in [
        ("STOP", Ok(FinishReason::Stop)),
        ("MAX_TOKENS", Ok(FinishReason::Length)),
        ("SAFETY", Err((Kind::ContentFilter, false))),
        ("RECITATION", Err((Kind::ContentFilter, false))),
        ("LANGUAGE", Err((Kind::ContentFilter, false))),
        ("BLOCKLIST", Err((Kind::ContentFilter, false))),
        ("PROHIBITED_CONTENT", Err((Kind::ContentFilter, false))),
        ("SPII", Err((Kind::ContentFilter, false))),
        ("IMAGE_SAFETY", Err((Kind::ContentFilter, false))),
        ("IMAGE_PROHIBITED_CONTENT", Err((Kind::ContentFilter, false))),
        ("IMAGE_RECITATION", Err((Kind::ContentFilter, false))),
        ("MALFORMED_FUNCTION_CALL", Err((Kind::Provider, true))),
        ("UNEXPECTED_TOOL_CALL", Err((Kind::Provider, true))),
        ("OTHER", Err((Kind::Provider, true))),
        ("NO_IMAGE", Err((Kind::Provider, true))),
        ("TOO_MANY_TOOL_CALLS", Err((Kind::Provider, false))),
        ("SOMETHING_NEW", Err((Kind::Provider, false))),
    ] {
        for body in forms(&[event(json!([{"text": "a"}]), Some(reason))]) {
            let got = decode(&body).0.map(|turn| turn.finish_reason).map_err(|it| {
                assert!(it.message.contains(reason), "{}", it.message);
                (it.kind, it.retryable)
            });
            assert_eq!(got, wanted, "{reason}");
        }
    }
    let mut bad = event(json!([]), Some("MALFORMED_FUNCTION_CALL"));
    bad["candidates"][0]["finishMessage"] = json!("Malformed function call: print(secret-key-0123)");
    let message = error(&bad.to_string()).message;
    assert!(message.contains("Malformed function call: print") && !message.contains("secret-key"), "{message}");
}

#[test]
fn a_blocked_prompt_is_an_error_that_says_why() {
    let blocked = json!({
        "promptFeedback": {"blockReason": "SAFETY", "blockReasonMessage": "No.",
            "safetyRatings": [{"category": "HARM_CATEGORY_DANGEROUS_CONTENT", "probability": "HIGH"}]},
        "usageMetadata": {"promptTokenCount": 4}
    });
    for body in forms(&[blocked]) {
        let error = error(&body);
        assert_eq!((error.kind, error.retryable), (Kind::ContentFilter, false));
        assert!(
            error.message.contains("SAFETY, for DANGEROUS_CONTENT") && error.message.contains("No."),
            "{}",
            error.message
        );
    }
    let quoting = json!({"promptFeedback": {"blockReason": "secret-key-0123 is no reason"}});
    for body in forms(&[quoting]) {
        let message = error(&body).message;
        assert!(message.contains("is no reason") && !message.contains("secret-key"), "{message}");
    }
    let harmless = json!({"promptFeedback": {"safetyRatings": []}, "candidates": [{"finishReason": "STOP"}]});
    assert_eq!(turn(&harmless.to_string()).content, []);
}

#[test]
fn errors_inside_an_answer() {
    let body = r#"{"error":{"code":503,"message":"The model is overloaded.","status":"UNAVAILABLE"}}"#;
    let begun = sse(&[event(json!([{"text": "a"}]), None)]);
    let bodies = [
        body.to_owned(),
        format!("[{body}]"),
        format!("{begun}data: {body}\n\n"),
        format!("{begun}{body}\n"),
        format!("{begun}event: error\ndata: {body}\n\n"),
    ];
    for body in bodies {
        let error = error(&body);
        assert_eq!((error.kind, error.retryable), (Kind::Overloaded, true), "{body}");
        assert!(error.message.contains("The model is overloaded."), "{}", error.message);
    }
}

#[test]
fn an_answer_that_breaks_off_is_not_an_answer() {
    let begun = sse(&[event(json!([{"text": "a"}]), None)]);
    let array = format!("[{}", event(json!([{"text": "a"}]), None));
    for body in [String::new(), begun.clone(), format!("{begun}data: {{\"candi"), array.clone(), format!("{array}]")] {
        let kind = error(&body).kind;
        assert!(matches!(kind, Kind::Network), "{body}: {kind:?}");
    }
    let counted = error(r#"{"usageMetadata":{"promptTokenCount":3},"responseId":"r"}"#);
    assert_eq!((counted.kind, counted.retryable), (Kind::Provider, true));
}

#[test]
fn what_is_no_answer_is_told_without_the_key() {
    for body in
        ["<html>secret-key-0123</html>", "{\"a\":1}", "data: {\"secret-key-0123\n\ndata: x\n\n", "[1]", "Bad gateway"]
    {
        let error = error(body);
        assert_eq!(error.kind, Kind::Protocol, "{body}");
        assert!(!error.message.contains("secret-key"), "{}", error.message);
    }
}

#[test]
fn fields_of_other_types_count_as_absent() {
    for odd in [
        json!({"candidates": [{"content": {"parts": ["x", {"text": "a"}]}, "finishReason": "STOP", "index": "0"}]}),
        json!({"candidates": [{"content": {"parts": [{"text": "a"}]}, "finishReason": "STOP"}], "usageMetadata": [], "modelVersion": {}}),
        json!({"candidates": [null, {"content": {"parts": [{"text": "a"}]}, "finishReason": "STOP"}], "error": null}),
    ] {
        assert_eq!(turn(&odd.to_string()).content, [text("a")], "{odd}");
    }
    let half = sse(&[event(json!([{"text": "HALF"}]), Some("STOP"))]).replace("HALF", "\\ud83d");
    assert_eq!(turn(&half).content, [text("\u{fffd}")]);
}

#[test]
fn a_text_that_is_none_is_an_error_and_a_missing_reason_is_told() {
    for part in [json!({"text": 3}), json!({"text": {}, "thoughtSignature": "cw=="})] {
        let error = error(&sse(&[event(json!([part]), Some("STOP"))]));
        assert_eq!(error.kind, Kind::Protocol);
        assert!(error.message.contains("`text`"), "{}", error.message);
    }
    let whole = turn(&json!({"candidates": [{"content": {"parts": [{"text": "a"}]}}]}).to_string());
    assert_eq!((whole.finish_reason, whole.notices.len()), (FinishReason::Other, 1));
    assert!(whole.notices[0].message.contains("finishReason"));
}

fn part() -> impl Strategy<Value = Value> {
    prop_oneof![
        "[a-zé€😀\"\\\\\n ]{0,8}".prop_map(|text| json!({"text": text})),
        "[a-z]{0,8}".prop_map(|text| json!({"text": text, "thought": true})),
        "[a-z]{0,4}".prop_map(|text| json!({"text": text, "thoughtSignature": "cw=="})),
        ("[a-z]{1,4}", 0..9).prop_map(|(name, n)| json!({"functionCall": {"name": name, "args": {"n": n}}})),
        Just(json!({"executableCode": {"code": "1"}})),
        Just(json!({"codeExecutionResult": {"output": "1"}})),
        Just(json!({"odd": [1, {"a": null}]})),
    ]
}

proptest! {
    #[test]
    fn streamed_and_plain_agree_however_the_bytes_are_split(
        parts in prop::collection::vec(part(), 0..10), sizes in prop::collection::vec(1_usize..60, 1..12)
    ) {
        let plain = turn(&event(json!(parts), Some("STOP")).to_string());
        let mut events: Vec<Value> = parts.iter().map(|part| event(json!([part]), None)).collect();
        events.push(event(json!([]), Some("MAX_TOKENS")));
        for body in [sse(&events), serde_json::to_string_pretty(&events).unwrap()] {
            let (whole, deltas) = decode_in(&[body.as_bytes()]);
            let mut rest = body.as_bytes();
            let mut chunks = Vec::new();
            for size in sizes.iter().cycle() {
                if rest.is_empty() { break; }
                let (head, tail) = rest.split_at((*size).min(rest.len()));
                chunks.push(head);
                rest = tail;
            }
            prop_assert_eq!(decode_in(&chunks), (whole.clone(), deltas));
            let streamed = whole.unwrap();
            prop_assert_eq!((&streamed.content, &streamed.tool_calls), (&plain.content, &plain.tool_calls));
            prop_assert_eq!(streamed.raw, plain.raw.clone());
        }
    }

    #[test]
    fn no_bytes_break_it(bytes in prop::collection::vec(any::<u8>(), 0..80), odd in part()) {
        let _ = decode_in(&[&bytes]);
        let _ = decode_in(&[b"data: ", &bytes, b"\n\n"]);
        let _ = decode_in(&[format!("[{odd},").as_bytes(), &bytes]);
        let _ = decode_in(&[json!({"candidates": odd}).to_string().as_bytes()]);
    }
}
