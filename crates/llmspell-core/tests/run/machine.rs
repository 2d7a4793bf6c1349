//! What a run does, case by case.
use crate::sim::*;
use llmspell_core::run::{Awaits, Effect, Input, Run, RunInput, Settings, Stamp, Status, TimerId, ToolChoice};
use llmspell_core::{Conversation, EventBody, Kind, Part, Role};
use serde_json::{Value, json};
use std::sync::Arc;

fn run(answers: Vec<Answer>) -> Sim {
    let mut sim = Sim::new(spec(), ask("hello"), answers);
    sim.begin(Conversation::default());
    sim
}

fn error_of(sim: &Sim) -> &llmspell_core::Error {
    match sim.last() {
        EventBody::Error { error, .. } => error,
        other => panic!("expected an error, got {other:?}"),
    }
}

/// The name of the tool "text.shout" on the wire.
fn shout_wire() -> String {
    tools().to_wire("text.shout")
}

fn results(conversation: &Conversation) -> Vec<(String, String, bool)> {
    let parts = conversation.messages.iter().flat_map(|message| &message.content);
    parts
        .filter_map(|part| match part {
            Part::ToolResult { tool_call_id, content, is_error, .. } => {
                Some((tool_call_id.clone(), content.clone(), *is_error))
            }
            _ => None,
        })
        .collect()
}

#[test]
fn a_streamed_answer() {
    let mut sim = run(vec![text_answer(&["Hel", "lo", " wörld"])]);
    assert_eq!(sim.sent[0].url, "http://127.0.0.1:1/v1/chat/completions");
    let body = sim.body(0);
    assert_eq!(body["model"], "gpt-test");
    assert_eq!(body["messages"][0], json!({"role": "system", "content": "Be brief."}));
    assert_eq!(body["messages"][1], json!({"role": "user", "content": "hello"}));
    assert_eq!(body["tools"][1]["function"]["name"], shout_wire());
    assert_eq!(body["stream_options"]["include_usage"], true);
    sim.finish();
    assert_eq!(sim.types(), ["run_start", "step_start", "text_delta", "text_delta", "text_delta", "step_end", "done"]);
    let EventBody::Done { result } = sim.last() else { panic!() };
    assert_eq!(result.text, "Hello wörld");
    assert_eq!(result.usage.total_tokens, 8);
    assert_eq!(result.metadata.tokens_used, 8);
    assert_eq!(result.metadata.model, "gpt-test-1");
    assert_eq!(result.steps, 1);
    let conversation = sim.finished.unwrap();
    assert_eq!(conversation.messages.len(), 2);
    assert_eq!(conversation.messages[1].role, Role::Assistant);
    assert_eq!(conversation.usage.total_tokens, 8);
}

#[test]
fn a_plain_answer_gives_the_same_events() {
    let mut plain = run(vec![plain_answer(json!({"role": "assistant", "content": "Hello"}), "stop")]);
    plain.finish();
    assert_eq!(plain.types(), ["run_start", "step_start", "text_delta", "step_end", "done"]);
    let mut streamed = run(vec![text_answer(&["Hello"])]);
    streamed.finish();
    assert_eq!(plain.types(), streamed.types());
    assert_eq!(plain.finished.unwrap().messages[1].content, streamed.finished.unwrap().messages[1].content);
}

#[test]
fn tools_of_one_turn_are_asked_together_and_answered_in_any_order() {
    let mut sim = run(vec![
        tool_answer(&[("c1", "add", r#"{"a":1,"b":2}"#), ("c2", "text_shout", r#"{"text":"é"}"#)]),
        text_answer(&["3 É"]),
    ]);
    sim.answer(&[usize::MAX]);
    assert_eq!(sim.open_requests.len(), 2);
    sim.open_requests.reverse();
    sim.finish();
    assert_eq!(
        sim.types(),
        [
            "run_start",
            "step_start",
            "tool_call_delta",
            "tool_call_delta",
            "tool_call_delta",
            "tool_call_delta",
            "tool_call",
            "request",
            "tool_call",
            "request",
            "tool_result",
            "tool_result",
            "step_end",
            "step_start",
            "text_delta",
            "step_end",
            "done"
        ]
    );
    let second = sim.body(1);
    let messages = second["messages"].as_array().unwrap();
    assert_eq!(messages[2]["tool_calls"][1]["function"]["name"], shout_wire());
    assert_eq!(messages[3], json!({"role": "tool", "tool_call_id": "c1", "content": "3.0"}));
    assert_eq!(messages[4], json!({"role": "tool", "tool_call_id": "c2", "content": "É"}));
    let EventBody::Done { result } = sim.last() else { panic!() };
    assert_eq!(result.metadata.tools_used, ["add", "text.shout"]);
    assert_eq!(result.tool_calls[1].name, "text.shout");
    assert_eq!(result.steps, 2);
    assert_eq!(result.usage.total_tokens, 16);
}

#[test]
fn at_most_max_parallel_tools_are_in_the_host_s_hands() {
    let calls: Vec<(String, String)> = (0..7).map(|n| (format!("c{n}"), format!(r#"{{"a":{n},"b":1}}"#))).collect();
    let calls: Vec<(&str, &str, &str)> = calls.iter().map(|(id, args)| (id.as_str(), "add", args.as_str())).collect();
    let mut config = spec();
    config.limits.max_parallel_tools = 3;
    let mut sim = Sim::new(config, ask("x"), vec![tool_answer(&calls), text_answer(&["ok"])]);
    sim.begin(Conversation::default());
    sim.answer(&[usize::MAX]);
    let mut most = 0;
    while sim.open_exchange.is_none() {
        most = most.max(sim.open_requests.len());
        sim.reply();
    }
    assert_eq!(most, 3);
    sim.finish();
    assert_eq!(results(sim.finished.as_ref().unwrap()).len(), 7);
}

#[test]
fn every_failure_of_a_tool_is_a_result_for_the_model() {
    let mut sim = run(vec![
        tool_answer(&[
            ("c1", "nonsense", "{}"),
            ("c2", "add", r#"{"a":1,"#),
            ("c3", "add", r#"{"a":"one","b":2}"#),
            ("c4", "text_shout", "{}"),
        ]),
        text_answer(&["sorry"]),
    ]);
    sim.finish();
    let results = results(sim.finished.as_ref().unwrap());
    assert!(results.iter().all(|(_, _, is_error)| *is_error));
    assert!(
        results[0].1.contains("no tool named \"nonsense\"") && results[0].1.contains("add, text.shout"),
        "{}",
        results[0].1
    );
    assert!(results[1].1.contains("not valid JSON"), "{}", results[1].1);
    assert!(results[2].1.contains("/a"), "{}", results[2].1);
    assert_eq!(results[3].1, "no text");
    assert_eq!(sim.body(1)["messages"][6]["content"], "Error: no text");
    assert!(matches!(sim.last(), EventBody::Done { .. }));
}

#[test]
fn a_tool_that_outlives_its_time_is_given_up_and_its_late_reply_dropped() {
    let mut sim = run(vec![tool_answer(&[("c1", "text_shout", r#"{"text":"a"}"#)]), text_answer(&["ok"])]);
    sim.answer(&[usize::MAX]);
    assert!(sim.timers.contains(&(TimerId::Tool(0).into(), 500)), "{:?}", sim.timers);
    let request = sim.open_requests.remove(0);
    assert_eq!(sim.run.awaits(&request.id), Awaits::Open);
    sim.feed(Input::Timer(TimerId::Tool(0).into()));
    assert_eq!(sim.run.awaits(&request.id), Awaits::Closed);
    assert_eq!(sim.run.awaits("req_99"), Awaits::Unknown);
    let before = sim.events.len();
    sim.feed(Input::Reply(llmspell_core::request::Reply { id: request.id, outcome: Ok(json!("late")) }));
    assert_eq!(sim.events.len(), before);
    sim.finish();
    assert!(results(sim.finished.as_ref().unwrap())[0].1.contains("within 500 ms"));
}

#[test]
fn max_steps_ends_a_loop_and_keeps_a_whole_history() {
    let mut config = spec();
    config.settings.max_steps = Some(2);
    let call = || tool_answer(&[("c", "add", r#"{"a":1,"b":2}"#)]);
    let mut sim = Sim::new(config, ask("x"), vec![call(), call()]);
    sim.begin(Conversation::default());
    sim.finish();
    assert_eq!(error_of(&sim).kind, Kind::MaxSteps);
    let conversation = sim.finished.unwrap();
    assert_eq!(conversation.messages.len(), 5);
    assert!(llmspell_core::conversation::unanswered(&conversation.messages).is_none());
}

#[test]
fn a_forced_tool_is_forced_once() {
    let mut config = spec();
    config.settings.tool_choice = Some(ToolChoice::Named { name: "text.shout".into() });
    let mut sim = Sim::new(config, ask("x"), vec![tool_answer(&[("c", "text_shout", "{}")]), text_answer(&["ok"])]);
    sim.begin(Conversation::default());
    sim.finish();
    assert_eq!(sim.body(0)["tool_choice"], json!({"type": "function", "function": {"name": shout_wire()}}));
    assert_eq!(sim.body(1)["tool_choice"], "auto");
}

#[test]
fn a_failed_first_step_leaves_no_trace_so_that_the_message_can_be_sent_again() {
    let mut sim = run(vec![Answer { status: 500, body: br#"{"error":{"message":"boom"}}"#.to_vec() }]);
    sim.finish();
    let error = error_of(&sim);
    assert_eq!((error.kind, error.http_status, error.retryable), (Kind::Provider, Some(500), true));
    assert_eq!(error.provider.as_deref(), Some("openai"));
    assert_eq!(error.request_id.as_deref(), Some("rid"));
    assert_eq!(sim.finished.unwrap(), Conversation::default());
}

#[test]
fn a_failure_after_tools_keeps_the_complete_turns() {
    let mut sim =
        run(vec![tool_answer(&[("c1", "add", r#"{"a":1,"b":2}"#)]), Answer { status: 429, body: Vec::new() }]);
    sim.finish();
    assert_eq!(error_of(&sim).kind, Kind::RateLimit);
    let EventBody::Error { partial, .. } = sim.last() else { panic!() };
    assert_eq!(partial.tool_calls[0].result.as_deref(), Some("3.0"));
    assert_eq!(sim.finished.unwrap().messages.len(), 3);
}

#[test]
fn waiting_for_its_turn_counts_to_the_time_limit_of_a_run() {
    let settings = Settings { timeout_ms: Some(1000), ..Settings::default() };
    let asked = || RunInput { settings: settings.clone(), ..ask("x") };
    let stamp = |now_ms| Stamp { now_ms, random: 0 };
    let armed = |effects: &[Effect]| {
        effects.iter().find_map(|effect| match effect {
            Effect::Arm { timer, after_ms } if timer.id == TimerId::Total => Some(*after_ms),
            _ => None,
        })
    };
    // Its turn does not come.
    let mut run = Run::new(Arc::new(spec()), asked(), "r".to_owned());
    assert_eq!(armed(&run.step(Input::Wait, stamp(50))), Some(1000));
    let effects = run.step(Input::Timer(TimerId::Total.into()), stamp(1050));
    let Some(Effect::Finish { event, .. }) = effects.last() else { panic!("{effects:?}") };
    let EventBody::Error { error, .. } = &event.body else { panic!() };
    assert_eq!(error.kind, Kind::Timeout);
    assert!(error.message.contains("waited longer than 1000 ms for its turn"), "{}", error.message);
    // It comes, and the rest of the time is left.
    let mut run = Run::new(Arc::new(spec()), asked(), "r".to_owned());
    run.step(Input::Wait, stamp(50));
    assert_eq!(armed(&run.step(Input::Begin { conversation: Conversation::default() }, stamp(750))), Some(300));
    assert!(run.step(Input::Wait, stamp(760)).is_empty());
}

#[test]
fn cancel_in_every_state() {
    // Before its turn.
    let mut sim = Sim::new(spec(), ask("x"), vec![]);
    assert_eq!(sim.run.status(), Status::Queued);
    sim.feed(Input::Cancel);
    assert_eq!(sim.types(), ["cancelled"]);
    assert_eq!(sim.run.status(), Status::Ended);
    // Before the head.
    let mut sim = run(vec![]);
    sim.feed(Input::Cancel);
    assert_eq!(sim.aborted, [1]);
    assert_eq!(sim.finished.unwrap(), Conversation::default());
    // In mid-stream.
    let mut sim = run(vec![]);
    sim.feed(Input::Head { exchange: 1, status: 200, headers: vec![] });
    sim.feed(Input::Bytes {
        exchange: 1,
        bytes: format!("data: {}\n\n", chunk(json!({"content": "Hel"}))).into_bytes(),
    });
    sim.feed(Input::Cancel);
    let EventBody::Cancelled { partial } = sim.last() else { panic!() };
    assert_eq!(partial.text, "Hel");
    assert_eq!(sim.aborted, [1]);
    // While tools are out: one has answered.
    let mut sim = run(vec![tool_answer(&[("c1", "add", r#"{"a":1,"b":2}"#), ("c2", "add", r#"{"a":1,"b":2}"#)])]);
    sim.answer(&[usize::MAX]);
    sim.reply();
    sim.feed(Input::Cancel);
    let conversation = sim.finished.unwrap();
    let results = results(&conversation);
    assert_eq!(results[0].1, "3.0");
    assert!(results[1].1.contains("cancelled") && results[1].2);
    assert!(llmspell_core::conversation::unanswered(&conversation.messages).is_none());
}

#[test]
fn time_limits() {
    for (timer, option) in [
        (TimerId::FirstEvent, "first_event_timeout_ms"),
        (TimerId::Idle, "idle_timeout_ms"),
        (TimerId::Total, "timeout_ms"),
    ] {
        let mut sim = run(vec![]);
        assert!(sim.timers.iter().any(|(armed, _)| *armed == TimerId::FirstEvent.into()));
        sim.feed(Input::Timer(timer.into()));
        let error = error_of(&sim);
        assert_eq!(error.kind, Kind::Timeout);
        assert!(error.message.contains(option), "{}", error.message);
        assert_eq!(sim.aborted, [1]);
    }
}

#[test]
fn a_server_that_never_ends_a_complete_body_holds_nobody_up() {
    let mut sim = run(vec![]);
    sim.feed(Input::Head { exchange: 1, status: 200, headers: vec![] });
    sim.feed(Input::Bytes { exchange: 1, bytes: text_answer(&["hi"]).body });
    assert!(sim.finished.is_none());
    sim.feed(Input::Timer(TimerId::Idle.into()));
    assert!(matches!(sim.last(), EventBody::Done { .. }));
    assert_eq!(sim.aborted, [1]);
}

#[test]
fn what_is_no_answer_is_a_protocol_error_and_what_breaks_off_a_network_error() {
    let event = format!("data: {}\n\n", chunk(json!({"content": "Hel"})));
    for (body, kind) in [
        ("<html><body>Welcome</body></html>".to_owned(), Kind::Protocol),
        ("{\"hello\": 1}".to_owned(), Kind::Protocol),
        ("{\"choices\": ".to_owned(), Kind::Protocol),
        ("data: what\n\n".to_owned(), Kind::Protocol),
        (String::new(), Kind::Network),
        ("no colon here".to_owned(), Kind::Protocol),
        ("retry".to_owned(), Kind::Network),
        (event.clone(), Kind::Network),
        (format!("{event}data: {{\"choices\": [{{\"del"), Kind::Network),
        (format!("{event}data: {{\"error\":{{\"message\":\"x\",\"code\":503}}}}\n\n"), Kind::Overloaded),
        ("data: {\"object\":\"error\",\"message\":\"x\",\"code\":400}\n\n".to_owned(), Kind::Provider),
        ("{\"error\":{\"message\":\"x\",\"type\":\"rate_limit_error\"}}".to_owned(), Kind::RateLimit),
    ] {
        let mut sim = run(vec![Answer { status: 200, body: body.clone().into_bytes() }]);
        sim.finish();
        assert_eq!(error_of(&sim).kind, kind, "{body}: {}", error_of(&sim).message);
        assert_eq!(sim.finished.unwrap(), Conversation::default());
    }
}

#[test]
fn secrets_that_a_server_sends_back_are_struck_out() {
    let body = format!("{{\"error\":{{\"message\":\"bad key {KEY}, header-value-1\"}}}}");
    let mut sim = run(vec![Answer { status: 401, body: body.into_bytes() }]);
    sim.finish();
    let error = error_of(&sim);
    assert_eq!(error.kind, Kind::Auth);
    assert!(error.message.contains("bad key [redacted], [redacted]"), "{}", error.message);
    assert!(!format!("{:?}", sim.sent).contains(KEY));
    assert!(!format!("{:?}", sim.run).contains(KEY));
}

#[test]
fn inputs_that_no_longer_matter_do_nothing() {
    let mut sim = run(vec![text_answer(&["a"])]);
    sim.feed(Input::Bytes { exchange: 9, bytes: b"data: x\n\n".to_vec() });
    sim.feed(Input::End { exchange: 9 });
    sim.feed(Input::Timer(TimerId::Tool(3).into()));
    sim.begin(Conversation { messages: vec![llmspell_core::Message::user("other").into()], ..Conversation::default() });
    sim.finish();
    let events = sim.events.len();
    sim.feed(Input::Cancel);
    assert_eq!(sim.events.len(), events);
    assert_eq!(sim.finished.unwrap().messages.len(), 2);
}

#[test]
fn reasoning_refusals_and_odd_shapes() {
    let mut sim = run(vec![sse(&[
        chunk(json!({"reasoning_content": "hm"})),
        chunk(json!({"reasoning": "m"})),
        chunk(
            json!({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "!"}]}, {"type": "text", "text": "A"}]}),
        ),
        chunk(json!({"refusal": "No."})),
        chunk(json!({"content": null, "tool_calls": null})),
        json!({"choices": [{"index": 1, "delta": {"content": "other choice"}}]}),
        finish("content_filter"),
    ])]);
    sim.finish();
    let EventBody::Done { result } = sim.last() else { panic!("{:?}", sim.last()) };
    assert_eq!(result.text, "A");
    assert_eq!(serde_json::to_value(result.finish_reason).unwrap(), "content_filter");
    let content = serde_json::to_value(&result.messages[1].content).unwrap();
    assert_eq!(
        content,
        json!([{"type": "reasoning", "text": "hmm!"}, {"type": "text", "text": "A"}, {"type": "refusal", "text": "No."}])
    );
}

#[test]
fn tool_call_deltas_are_routed_by_id_then_index_then_order() {
    let piece = |value: Value| chunk(json!({"tool_calls": [value]}));
    let call = |id: Value, index: Value, name: Value, arguments: &str| {
        piece(json!({"id": id, "index": index, "function": {"name": name, "arguments": arguments}}))
    };
    let none = Value::Null;
    for (what, pieces) in [
        (
            "index repeated for a new id",
            vec![
                call(json!("a"), json!(0), json!("add"), "{\"a\":1,"),
                call(none.clone(), json!(0), none.clone(), "\"b\":1}"),
                call(json!("b"), json!(0), json!("add"), "{\"a\":2,"),
                call(none.clone(), json!(0), none.clone(), "\"b\":2}"),
            ],
        ),
        (
            "no index at all",
            vec![
                call(json!("a"), none.clone(), json!("add"), "{\"a\":1,"),
                call(none.clone(), none.clone(), none.clone(), "\"b\":1}"),
                call(json!("b"), none.clone(), json!("add"), "{\"a\":2,\"b\":2}"),
            ],
        ),
        (
            "id and name repeated in every piece",
            vec![
                call(json!("a"), json!(0), json!("add"), "{\"a\":1,"),
                call(json!("a"), json!(0), json!("add"), "\"b\":1}"),
                call(json!("b"), json!(1), json!("add"), "{\"a\":2,\"b\":2}"),
            ],
        ),
        (
            "interleaved by index, empty ids",
            vec![
                call(json!("a"), json!(0), json!("add"), "{\"a\":1,"),
                call(json!("b"), json!(1), json!("add"), "{\"a\":2,"),
                call(json!(""), json!(0), json!(""), "\"b\":1}"),
                call(json!(""), json!(1), json!(""), "\"b\":2}"),
            ],
        ),
        (
            "arguments as a value",
            vec![
                piece(json!({"id": "a", "function": {"name": "add", "arguments": {"a": 1, "b": 1}}})),
                piece(json!({"id": "b", "function": {"name": "add", "arguments": {"a": 2, "b": 2}}})),
            ],
        ),
    ] {
        let mut payloads = pieces;
        payloads.push(finish("stop"));
        let mut sim = run(vec![sse(&payloads), text_answer(&["ok"])]);
        sim.finish();
        let EventBody::Done { result } = sim.last() else { panic!("{what}: {:?}", sim.last()) };
        let got: Vec<(&str, &str)> =
            result.tool_calls.iter().map(|call| (call.id.as_str(), call.result.as_deref().unwrap())).collect();
        assert_eq!(got, [("a", "2.0"), ("b", "4.0")], "{what}");
    }
}

#[test]
fn calls_without_an_id_get_one() {
    let pieces = [
        chunk(json!({"tool_calls": [{"function": {"name": "add", "arguments": "{\"a\":1,\"b\":1}"}}]})),
        chunk(json!({"tool_calls": [{"function": {"name": "add", "arguments": "{\"a\":2,\"b\":2}"}}]})),
        finish("tool_calls"),
    ];
    let mut sim = run(vec![sse(&pieces), text_answer(&["ok"])]);
    sim.finish();
    let results = results(sim.finished.as_ref().unwrap());
    assert_eq!(results.len(), 2);
    assert_ne!(results[0].0, results[1].0);
    assert!(results.iter().all(|(id, _, _)| id.starts_with("call_")));
}

#[test]
fn a_provider_s_turn_is_echoed_with_what_we_do_not_know() {
    let mut sim = run(vec![
        sse(&[
            chunk(json!({"role": "assistant", "reasoning_details": [{"type": "a", "data": "x"}]})),
            chunk(json!({"reasoning_details": [{"type": "b"}]})),
            chunk(json!({"tool_calls": [{"index": 0, "id": "c1", "type": "function", "extra_content": {"sig": "s"},
                "function": {"name": "bad name!", "arguments": "{}"}}]})),
            finish("tool_calls"),
        ]),
        text_answer(&["ok"]),
    ]);
    sim.finish();
    let echoed = &sim.body(1)["messages"][2];
    assert_eq!(echoed["reasoning_details"], json!([{"type": "a", "data": "x"}, {"type": "b"}]));
    assert_eq!(echoed["tool_calls"][0]["extra_content"]["sig"], "s");
    let name = echoed["tool_calls"][0]["function"]["name"].as_str().unwrap();
    assert!(name.starts_with("bad_name_") && !name.contains([' ', '!']), "a made-up name is made harmless: {name}");
}

#[test]
fn provider_options_reach_the_body_and_can_turn_streaming_off() {
    let mut config = spec();
    config.provider_options.insert("stream".into(), json!(false));
    config.provider_options.insert("user".into(), json!("u1"));
    config.settings.max_tokens = Some(9);
    let mut sim = Sim::new(config, ask("x"), vec![]);
    sim.begin(Conversation::default());
    let body = sim.body(0);
    assert_eq!((&body["stream"], &body["user"], &body["max_tokens"]), (&json!(false), &json!("u1"), &json!(9)));
    assert!(body.get("stream_options").is_none());
}

#[test]
fn provider_options_take_the_place_of_our_fields_and_are_written_once() {
    let body = |options: Value, temperature: Option<f64>| {
        let mut config = spec();
        config.tools = std::sync::Arc::default();
        config.provider_options = options.as_object().unwrap().clone();
        config.settings.temperature = temperature;
        let mut sim = Sim::new(config, ask("\u{1}\"\\\u{7f}é\u{2028}"), vec![]);
        sim.begin(Conversation::default());
        String::from_utf8(sim.sent[0].body.clone()).unwrap()
    };
    let messages = "\"messages\":[{\"role\":\"system\",\"content\":\"Be brief.\"},\
                    {\"role\":\"user\",\"content\":\"\\u0001\\\"\\\\\u{7f}é\u{2028}\"}]";
    assert_eq!(
        body(json!({"user": "u1", "temperature": 1, "model": "other", "tools": [], "seed": null}), Some(0.5)),
        format!(
            r#"{{"model":"other",{messages},"temperature":1,"stream":true,"stream_options":{{"include_usage":true}},"user":"u1","tools":[],"seed":null}}"#
        )
    );
    assert_eq!(
        body(json!({"stream_options": {"x": 1}, "stream": false}), Some(0.25)),
        format!(r#"{{"model":"gpt-test",{messages},"temperature":0.25,"stream":false}}"#)
    );
    assert_eq!(
        body(json!({"stream_options": {"x": 1}, "messages": []}), None),
        r#"{"model":"gpt-test","messages":[],"stream":true,"stream_options":{"x":1}}"#
    );
}

#[test]
fn images_files_and_unknown_parts_are_written_for_the_wire() {
    let input = llmspell_core::Message::read_input(json!([
        "look", {"type": "image", "data": "QUJD", "media_type": "image/jpeg", "detail": "low"},
        {"type": "image", "url": "https://example.com/a.png"}, {"type": "file", "data": "QUJD", "filename": "a.pdf"},
        {"type": "input_audio", "input_audio": {"data": "QQ=="}}
    ]));
    let input = llmspell_core::run::RunInput { messages: input.unwrap(), settings: Default::default() };
    let mut sim = Sim::new(spec(), input, vec![]);
    sim.begin(Conversation::default());
    assert_eq!(
        sim.body(0)["messages"][1]["content"],
        json!([
            {"type": "text", "text": "look"},
            {"type": "image_url", "image_url": {"url": "data:image/jpeg;base64,QUJD", "detail": "low"}},
            {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
            {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,QUJD"}},
            {"type": "input_audio", "input_audio": {"data": "QQ=="}}
        ])
    );
}

#[test]
fn input_that_is_none_is_refused_with_words() {
    for (bad, part) in [
        (json!(""), "empty message"),
        (json!(5), "got a number"),
        (json!([]), "empty message"),
        (json!({"role": "robot", "content": "x"}), "robot"),
        (
            json!({"role": "tool", "content": [{"type": "tool_result", "tool_call_id": "c", "name": "n", "content": ""}]}),
            "only a run",
        ),
        (json!([{"type": "text"}]), "text"),
        (json!({"text": "x"}), "needs a `type`"),
        (
            json!([{"role": "user", "content": "a"}, "b"]),
            "item 2: got a string where a message {role, content} is expected",
        ),
        (json!(["a", 7]), "item 2: got a number where a content part is expected"),
        (json!([{"role": "user"}]), "item 1: missing field `content`"),
    ] {
        let error = llmspell_core::Message::read_input(bad.clone()).unwrap_err();
        assert_eq!(error.kind, Kind::Argument);
        assert!(error.message.contains(part) && error.message.starts_with("input: "), "{bad}: {}", error.message);
    }
}

#[test]
fn checkpoints_that_do_not_fit_are_refused() {
    let sim = run(vec![]);
    let good = sim.run.checkpoint().unwrap();
    let restore = |bytes: &[u8], spec| {
        llmspell_core::run::Run::restore(bytes, std::sync::Arc::new(spec)).map(|_| ()).unwrap_err()
    };
    assert!(restore(b"", spec()).message.contains("these bytes are none"));
    for cut in 8..good.len() {
        assert_eq!(restore(&good[..cut], spec()).kind, Kind::Argument, "cut at {cut}");
    }
    let mut version = good.clone();
    version[8] = 9;
    assert!(restore(&version, spec()).message.contains("format version 9"));
    let mut other = spec();
    other.tools = Default::default();
    assert_eq!(restore(&good, other).kind, Kind::Config);
}
