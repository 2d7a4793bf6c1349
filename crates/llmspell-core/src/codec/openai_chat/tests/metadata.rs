//! What stands beside the text: log probabilities, citations, pictures, sound, reasoning in blocks, counts, odd ends.

use super::*;
use crate::message::Citation;

fn citation(part: &Part) -> &Citation {
    let Part::Citation(citation) = part else { panic!("{part:?}") };
    citation
}

#[test]
fn log_probabilities_are_joined_over_chunks() {
    let token = |text: &str| json!({"content": [{"token": text, "logprob": -0.5}], "refusal": null});
    let piece =
        |text: &str| json!({"index": 0, "delta": {"content": text}, "logprobs": token(text), "finish_reason": null});
    let end = json!({"index": 0, "delta": {}, "logprobs": null, "finish_reason": "stop"});
    // The same piece twice: the second is not known from the first.
    let turn = stream(&[piece("a"), piece("a"), piece("b"), end]);
    assert_eq!(turn.content, [Part::Text { text: "aab".into() }]);
    let tokens: Vec<&Value> =
        turn.metadata["logprobs"]["content"].as_array().unwrap().iter().map(|it| &it["token"]).collect();
    assert_eq!(tokens, ["a", "a", "b"]);
    let body = json!({"choices": [{"index": 0, "message": {"content": "a"}, "logprobs": token("a"), "finish_reason": "stop"}]});
    let whole = decode(&body.to_string()).0.unwrap();
    assert_eq!(whole.metadata["logprobs"]["content"], json!([{"token": "a", "logprob": -0.5}]));
}

#[test]
fn what_is_not_known_is_kept_and_what_says_nothing_is_not() {
    let chunk = |text: &str, tier: Value| {
        json!({"id": "c-1", "object": "chat.completion.chunk", "created": 1, "model": "m", "obfuscation": "x",
            "system_fingerprint": "fp_1", "service_tier": tier, "odd": null, "provider": "P",
            "choices": [{"index": 0, "delta": {"content": text}, "stop_reason": 7, "matched_stop": null}]})
        .to_string()
    };
    let lines = [chunk("a", Value::Null), chunk("b", json!("default")), chunk("c", json!("default"))];
    let turn = stream_of(&[&lines[0], &lines[1], &lines[2], STOP]).0.unwrap();
    assert_eq!(
        Value::Object(turn.metadata),
        json!({"system_fingerprint": "fp_1", "provider": "P", "stop_reason": 7, "service_tier": "default"})
    );
    assert!(plain(&json!({"content": "a"})).metadata.is_empty());
}

#[test]
fn annotations_are_citations() {
    let annotation = json!({"type": "url_citation",
        "url_citation": {"url": "https://a.example", "title": "A", "start_index": 0, "end_index": 1, "content": "words"}});
    let message = json!({"content": "x", "annotations": [annotation]});
    let pieces = [json!({"content": "x"}), json!({"annotations": [annotation]})];
    for turn in [plain(&message), deltas(&pieces)] {
        let source = citation(turn.content.last().unwrap());
        assert_eq!(source.url.as_deref(), Some("https://a.example"));
        assert_eq!((source.title.as_deref(), source.quote.as_deref()), (Some("A"), Some("words")));
        assert_eq!((&source.raw, raw(&turn, "/annotations/0")), (&annotation, annotation.clone()));
    }
}

#[test]
fn search_results_beside_the_message_are_citations() {
    let chunk = |piece: &str| {
        json!({"citations": ["https://a.example", "https://b.example"],
            "search_results": [{"title": "A", "url": "https://a.example", "snippet": "s", "date": null}],
            "choices": [{"index": 0, "delta": {"content": piece}, "message": {"content": "ab"}}]})
        .to_string()
    };
    let turn = stream_of(&[&chunk("a"), &chunk("b"), STOP]).0.unwrap();
    assert_eq!(turn.content.len(), 2, "repeated in each chunk, they count once");
    assert_eq!(citation(&turn.content[1]).quote.as_deref(), Some("s"));
    let alone = json!({"citations": ["https://b.example"], "choices": [{"message": {"content": "x"}, "finish_reason": "stop"}]});
    let turn = decode(&alone.to_string()).0.unwrap();
    assert_eq!(citation(&turn.content[1]).url.as_deref(), Some("https://b.example"));
}

#[test]
fn pictures_and_sound_of_the_model_are_parts() {
    let image = |url: &str| json!({"type": "image_url", "image_url": {"url": url}});
    let turn = plain(
        &json!({"content": "Here", "images": [image("data:image/png;base64,AAAA"), image("https://p.example/1")]}),
    );
    let Part::Image { data, media_type, url: None, .. } = &turn.content[1] else { panic!("{:?}", turn.content) };
    assert_eq!((data.as_deref(), media_type.as_deref()), (Some("AAAA"), Some("image/png")));
    assert!(matches!(&turn.content[2], Part::Image { url: Some(url), .. } if url == "https://p.example/1"));
    let alone = deltas(&[json!({"images": [image("data:image/png;base64,AAAA")]})]);
    assert_eq!(alone.content.len(), 1);
    let spoken = deltas(&[
        json!({"audio": {"id": "a-1", "transcript": "Hel"}}),
        json!({"audio": {"data": "AA"}}),
        json!({"audio": {"data": "BB", "transcript": "lo", "expires_at": 9}}),
    ]);
    let audio = json!({"type": "audio", "id": "a-1", "transcript": "Hello", "data": "AABB", "expires_at": 9});
    assert_eq!(spoken.content, [Part::Other(audio)]);
}

#[test]
fn parts_of_an_unknown_type_are_kept() {
    let reference = json!({"type": "reference", "reference_ids": [1, 2]});
    let turn = plain(&json!({"content": [{"type": "text", "text": "x"}, reference]}));
    assert_eq!(turn.content, [Part::Text { text: "x".into() }, Part::Other(reference.clone())]);
    assert_eq!(raw(&turn, "/content/1"), reference);
}

#[test]
fn every_kind_of_token_is_counted() {
    let usage = |usage: Value| {
        let body = json!({"choices": [{"message": {"content": "x"}, "finish_reason": "stop"}], "usage": usage});
        decode(&body.to_string()).0.unwrap().usage
    };
    let counts =
        usage(json!({"prompt_tokens": 9, "completion_tokens": 5, "total_tokens": 14, "cost": {"total_cost": 0.5},
        "prompt_tokens_details": {"cached_tokens": 3, "cache_write_tokens": 2, "audio_tokens": 4},
        "completion_tokens_details": {"audio_tokens": 1, "reasoning_tokens": 2}}));
    assert_eq!((counts.cached_tokens, counts.cache_write_tokens, counts.input_audio_tokens), (3, 2, 4));
    assert_eq!((counts.output_audio_tokens, counts.reasoning_tokens, counts.output_tokens), (1, 2, 5));
    assert_eq!(counts.cost, Some(0.5));
    let apart = usage(json!({"prompt_tokens": 9, "completion_tokens": 5, "total_tokens": 34,
        "completion_tokens_details": {"reasoning_tokens": 20}}));
    assert_eq!((apart.output_tokens, apart.total_tokens), (25, 34), "reasoning counted beside the answer");
}

#[test]
fn an_odd_end_is_an_error_where_it_tells_of_a_failure() {
    let ended = |content: &str, reason: &str| {
        let choice = json!({"index": 0, "delta": {"content": content}, "finish_reason": reason});
        decode(&format!("data: {}\n\ndata: [DONE]\n\n", json!({"choices": [choice]}))).0
    };
    for (reason, kind) in [
        ("insufficient_system_resource", Kind::Overloaded),
        ("abort", Kind::Provider),
        ("network_error", Kind::Provider),
        ("timeout", Kind::Timeout),
    ] {
        let error = ended("half", reason).unwrap_err();
        assert_eq!((error.kind, error.retryable), (kind, true), "{reason}");
        assert!(error.message.contains(reason), "{}", error.message);
    }
    assert_eq!(ended("done", "complete").unwrap().finish_reason, FinishReason::Other, "a small server's own word");
    assert_eq!(ended("", "complete").unwrap_err().kind, Kind::Provider);
    for (word, wanted) in [("STOP", FinishReason::Stop), ("max_output_tokens", FinishReason::Length)] {
        assert_eq!(ended("done", word).unwrap().finish_reason, wanted, "{word}");
    }
    assert_eq!(ended("", "content_filter").unwrap_err().kind, Kind::ContentFilter);
    assert_eq!(ended("half", "content_filter").unwrap().finish_reason, FinishReason::ContentFilter);
    assert_eq!(ended("", "stop").unwrap().finish_reason, FinishReason::Stop);
    let filtered = json!({"choices": [{"message": {"content": null}, "finish_reason": "content_filter"}]});
    assert_eq!(decode(&filtered.to_string()).0.unwrap_err().kind, Kind::ContentFilter);
}

#[test]
fn a_call_is_whole_only_where_its_json_is() {
    let call = |text: &str| json!({"tool_calls": [{"index": 0, "function": {"name": "add", "arguments": text}}]});
    let turn = deltas(&[call("{\"a\":\"}"), call("\\\"}"), call("\"}"), call(" "), call("{}")]);
    assert_eq!(calls(&turn), [("add", "{\"a\":\"}\\\"}\"}"), ("add", " {}")]);
    let turn = deltas(&[call("{}x"), call("{}")]);
    assert_eq!(calls(&turn), [("add", "{}x{}")]);
}

#[test]
fn an_end_that_is_not_known_is_told_and_runs_no_calls() {
    let ended = |delta: Value, reason: &str| {
        let choice = json!({"index": 0, "delta": delta, "finish_reason": reason});
        decode(&format!("data: {}\n\ndata: [DONE]\n\n", json!({"choices": [choice]}))).0
    };
    let notices = ended(json!({"content": "half"}), "watchdog").unwrap().notices;
    assert!(notices.len() == 1 && notices[0].message.contains("finish_reason \"watchdog\""), "{notices:?}");
    assert_eq!(ended(json!({"content": "all"}), "stop").unwrap().notices, []);
    let calls = json!({"tool_calls": [{"index": 0, "id": "c", "function": {"name": "add", "arguments": "{}"}}]});
    let error = ended(calls.clone(), "watchdog").unwrap_err();
    assert_eq!(error.kind, Kind::Provider);
    assert!(error.message.contains("watchdog") && error.message.contains("none was run"), "{}", error.message);
    assert_eq!(ended(calls, "TOOL_CALLS").unwrap().finish_reason, FinishReason::ToolCalls);
}

#[test]
fn calls_of_one_id_get_their_own_and_go_back_with_them() {
    let call = |index: u64, arguments: &str| json!({"index": index, "id": "c", "type": "function", "function": {"name": "add", "arguments": arguments}});
    let whole = plain(&json!({"content": null, "tool_calls": [call(0, "{}"), call(1, "{\"a\":1}")]}));
    let streamed = deltas(&[json!({"tool_calls": [call(0, "{}")]}), json!({"tool_calls": [call(1, "{\"a\":1}")]})]);
    for turn in [whole, streamed] {
        let ids: Vec<&str> = turn.tool_calls.iter().map(|call| &*call.id).collect();
        assert_eq!((ids, calls(&turn)), (vec!["c", "c_2"], vec![("add", "{}"), ("add", "{\"a\":1}")]));
        assert_eq!((raw(&turn, "/tool_calls/0/id"), raw(&turn, "/tool_calls/1/id")), (json!("c"), json!("c_2")));
        assert_eq!(turn.notices[0].tool_call_id.as_deref(), Some("c_2"));
    }
    let pieces = deltas(&[json!({"tool_calls": [call(0, "{\"a\"")]}), json!({"tool_calls": [call(1, ":1}")]})]);
    assert_eq!(calls(&pieces), [("add", "{\"a\":1}")], "an index that counts pieces makes no other call");
}
