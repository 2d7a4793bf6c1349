//! What a server, a clock or a checkpoint can do wrong, and what it cannot.
use crate::sim::*;
use llmspell_core::defaults::{
    AFTER_FINISH_MS, CALLS_PER_TURN, FAILURE_BYTES, JSON_DEPTH_MESSAGE, LINGER_MS, MESSAGE_BYTES, TIMEOUT_MS,
};
use llmspell_core::run::{Input, Run, TimerId};
use llmspell_core::{Conversation, Error, EventBody, Kind};
use serde_json::{Value, json};

fn run(answers: Vec<Answer>) -> Sim {
    let mut sim = Sim::new(spec(), ask("hello"), answers);
    sim.begin(Conversation::default());
    sim
}

fn error_of(sim: &Sim) -> &Error {
    match sim.last() {
        EventBody::Error { error, .. } => error,
        other => panic!("expected an error, got {other:?}"),
    }
}

fn ended_with(body: impl Into<Vec<u8>>) -> Sim {
    let mut sim = run(vec![Answer { status: 200, body: body.into() }]);
    sim.answer(&[usize::MAX]);
    sim
}

fn armed(sim: &Sim, timer: TimerId) -> Option<u64> {
    sim.timers.iter().find(|(armed, _)| *armed == timer.into()).map(|(_, after)| *after)
}

/// Everything but the end of a streamed answer.
fn open_stream(payloads: &[Value], done: bool) -> Sim {
    let mut body = sse(payloads).body;
    if !done {
        body.truncate(body.len() - "data: [DONE]\n\n".len());
    }
    let mut sim = run(vec![]);
    sim.feed(Input::Head { exchange: 1, status: 200, headers: vec![] });
    sim.feed(Input::Bytes { exchange: 1, bytes: body });
    sim
}

fn nested(levels: usize) -> String {
    format!("{}{}", "[".repeat(levels), "]".repeat(levels))
}

#[test]
fn a_connection_that_breaks_after_the_answer_loses_nothing() {
    let payloads = [chunk(json!({"content": "hi"})), finish("stop")];
    for done in [true, false] {
        for input in [
            Input::Failed { exchange: 1, error: Error::new(Kind::Network, "reset") },
            Input::Timer(TimerId::Idle.into()),
        ] {
            let mut sim = open_stream(&payloads, done);
            sim.feed(input);
            let EventBody::Done { result } = sim.last() else { panic!("{:?}", sim.last()) };
            assert_eq!(result.text, "hi");
            assert_eq!(sim.finished.unwrap().messages.len(), 2);
        }
    }
    let mut sim = open_stream(&payloads[..1], false);
    sim.feed(Input::Failed { exchange: 1, error: Error::new(Kind::Network, "reset") });
    assert_eq!(error_of(&sim).kind, Kind::Network);
}

#[test]
fn the_wait_gets_shorter_as_the_answer_gets_whole() {
    let text = chunk(json!({"content": "hi"}));
    assert_eq!(armed(&open_stream(std::slice::from_ref(&text), false), TimerId::Idle), Some(60_000));
    assert_eq!(armed(&open_stream(&[text.clone(), finish("stop")], false), TimerId::Idle), Some(AFTER_FINISH_MS));
    let mut sim = open_stream(&[text, finish("stop")], true);
    assert_eq!(armed(&sim, TimerId::Idle), Some(LINGER_MS));
    sim.timers.clear();
    sim.feed(Input::Bytes { exchange: 1, bytes: b": still here\n\n".to_vec() });
    assert_eq!(armed(&sim, TimerId::Idle), None, "a server cannot draw the end out");
}

#[test]
fn timers_stop_when_what_they_watch_has_come() {
    let mut sim = run(vec![tool_answer(&[("c1", "add", r#"{"a":1,"b":2}"#)]), text_answer(&["ok"])]);
    assert!(armed(&sim, TimerId::FirstEvent).is_some());
    sim.answer(&[usize::MAX]);
    assert_eq!((armed(&sim, TimerId::FirstEvent), armed(&sim, TimerId::Idle)), (None, None));
    assert!(armed(&sim, TimerId::Tool(0)).is_some());
    sim.reply();
    assert_eq!(armed(&sim, TimerId::Tool(0)), None);
    assert!(armed(&sim, TimerId::FirstEvent).is_some());
}

#[test]
fn calls_in_an_answer_that_was_cut_are_not_made() {
    for reason in ["length", "content_filter"] {
        let cut = sse(&[
            chunk(
                json!({"tool_calls": [{"index": 0, "id": "c1", "function": {"name": "text_shout", "arguments": ""}}]}),
            ),
            finish(reason),
        ]);
        let mut sim = run(vec![cut, text_answer(&["ok"])]);
        sim.finish();
        assert!(!sim.types().contains(&"request"), "{:?}", sim.types());
        assert!(sim.types().contains(&"tool_result"));
        let EventBody::Done { result } = sim.last() else { panic!() };
        assert!(result.tool_calls[0].is_error && result.tool_calls[0].result.as_ref().unwrap().contains("cut off"));
        let ends: Vec<Value> = sim
            .events
            .iter()
            .filter_map(|event| match &event.body {
                EventBody::StepEnd { finish_reason, .. } => Some(serde_json::to_value(finish_reason).unwrap()),
                _ => None,
            })
            .collect();
        assert_eq!(ends, [json!(reason), json!("stop")]);
    }
}

#[test]
fn the_time_of_a_run_counts_across_processes() {
    let mut sim = run(vec![]);
    sim.now_ms += 400_000;
    for (round, left) in [(1, TIMEOUT_MS - 400_000), (2, TIMEOUT_MS - 500_000)] {
        sim.feed(Input::Reply(llmspell_core::request::Reply { id: "none".into(), outcome: Ok(json!(null)) }));
        sim.restore();
        // Another process, whose clock has its own origin.
        sim.now_ms = 5;
        sim.begin(Conversation::default());
        let after = armed(&sim, TimerId::Total).unwrap();
        assert!(after.abs_diff(left) < 100, "round {round}: {after}, expected about {left}");
        sim.now_ms += 100_000;
    }
    sim.feed(Input::Cancel);
    let EventBody::Cancelled { partial } = sim.last() else { panic!() };
    assert!(partial.metadata.execution_time_ms.abs_diff(600_000) < 100, "{}", partial.metadata.execution_time_ms);
}

#[test]
fn an_answer_without_a_word_or_a_reason_is_none() {
    assert_eq!(error_of(&ended_with("data: [DONE]\n\n")).kind, Kind::Network);
    let empty = sse(&[finish("stop")]);
    assert!(matches!(ended_with(empty.body).last(), EventBody::Done { .. }), "but a reason is an answer");
}

#[test]
fn a_whole_message_at_the_end_of_a_stream_counts_once() {
    let whole = json!({"choices": [{"index": 0, "delta": {}, "message": {"role": "assistant", "content": "Hello"}}]});
    let null = json!({"choices": [{"index": 0, "delta": {"content": "lo"}, "message": null}]});
    for (payloads, text) in [
        (vec![chunk(json!({"content": "Hel"})), null, whole.clone(), finish("stop")], "Hello"),
        (vec![whole, finish("stop")], "Hello"),
    ] {
        let sim = ended_with(sse(&payloads).body);
        let EventBody::Done { result } = sim.last() else { panic!("{:?}", sim.last()) };
        assert_eq!(result.text, text);
    }
}

#[test]
fn usage_in_every_place_where_servers_put_it() {
    for end in [
        json!({"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 4}}),
        json!({"choices": [], "x_groq": {"usage": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}}}),
        json!({"choices": [{"delta": {}, "usage": {"prompt_tokens": 3, "completion_tokens": 4}}]}),
    ] {
        let sim = ended_with(sse(&[chunk(json!({"content": "x"})), finish("stop"), end.clone()]).body);
        assert_eq!(sim.finished.unwrap().usage.total_tokens, 7, "{end}");
    }
}

#[test]
fn nothing_that_a_server_sends_grows_without_bound() {
    let mib = "x".repeat(1 << 20);
    let endless = |payload: &Value, most: usize| {
        let mut sim = run(vec![]);
        sim.feed(Input::Head { exchange: 1, status: 200, headers: vec![] });
        let bytes = format!("data: {payload}\n\n").into_bytes();
        let count = (0..most).find(|_| {
            sim.feed(Input::Bytes { exchange: 1, bytes: bytes.clone() });
            sim.finished.is_some()
        });
        assert!(count.is_some(), "no limit met by {}", llmspell_core::json::quote(&payload.to_string(), 80));
        assert_eq!(error_of(&sim).kind, Kind::Protocol);
    };
    let most = (MESSAGE_BYTES >> 20) + 2;
    endless(&chunk(json!({"content": mib})), most);
    endless(&chunk(json!({"reasoning_content": mib})), most);
    endless(&chunk(json!({"reasoning_details": [mib]})), most);
    endless(&chunk(json!({"tool_calls": [{"index": 0, "function": {"arguments": mib}}]})), most);
    endless(&chunk(json!({"tool_calls": [{"function": {"name": "add"}}]})), CALLS_PER_TURN + 2);
    let piece = |name: &str| chunk(json!({"tool_calls": [{"index": 0, "function": {"name": name}}]}));
    let pieces = [piece(&"a".repeat(200)), piece(&"b".repeat(100))];
    assert_eq!(error_of(&ended_with(sse(&pieces).body)).kind, Kind::Protocol, "a name in pieces");
    let long = "n".repeat(300);
    assert_eq!(error_of(&ended_with(sse(&[chunk(json!({"tool_calls": [{"id": long}]}))]).body)).kind, Kind::Protocol);

    // A plain body, an event and a line that do not end.
    for start in ["{", "data: ", "x"] {
        let mut sim = run(vec![]);
        sim.feed(Input::Head { exchange: 1, status: 200, headers: vec![] });
        sim.feed(Input::Bytes { exchange: 1, bytes: start.as_bytes().to_vec() });
        for _ in 0..most {
            sim.feed(Input::Bytes { exchange: 1, bytes: mib.clone().into_bytes() });
        }
        assert_eq!(error_of(&sim).kind, Kind::Protocol, "{start}");
    }
    let lines = "data: y\n".repeat(1 << 17);
    let mut sim = run(vec![]);
    for _ in 0..(most * 8) {
        sim.feed(Input::Bytes { exchange: 1, bytes: lines.clone().into_bytes() });
    }
    assert_eq!(error_of(&sim).kind, Kind::Protocol);

    // A failure keeps its first bytes.
    let mut body = vec![b' '; FAILURE_BYTES];
    body.extend_from_slice(b"the words after the limit");
    let mut sim = run(vec![Answer { status: 500, body }]);
    sim.answer(&[1 << 20]);
    assert!(error_of(&sim).message.contains("no explanation"), "{}", error_of(&sim).message);
}

#[test]
fn deep_nesting_from_outside_is_refused_not_followed() {
    let deep = nested(100_000);
    let sim = ended_with(format!("data: {{\"choices\":{deep}}}\n\n"));
    assert_eq!(error_of(&sim).kind, Kind::Protocol);
    let sim = ended_with(format!("{{\"choices\":{deep}}}"));
    assert_eq!(error_of(&sim).kind, Kind::Protocol);
    let mut sim =
        run(vec![tool_answer(&[("c1", "text_shout", &format!("{{\"text\":{deep}}}"))]), text_answer(&["ok"])]);
    sim.finish();
    let EventBody::Done { result } = sim.last() else { panic!() };
    let read = result.tool_calls[0].result.as_deref().unwrap();
    assert!(read.contains("nested deeper"), "{read}");
    let input = llmspell_core::Message::read_input(
        json!([{"type": "custom", "x": serde_json::from_str::<Value>(&nested(120)).unwrap()}]),
    );
    assert!(input.unwrap_err().message.contains("nested deeper than 112"));
}

#[test]
fn what_a_run_writes_it_can_read_again() {
    let deepest = nested(JSON_DEPTH_MESSAGE - 8);
    let arguments = format!("{{\"text\":\"a\",\"more\":{deepest}}}");
    let mut extra: Value = serde_json::from_str(&deepest).unwrap();
    let turn = sse(&[
        chunk(json!({"vendor_details": extra.take()})),
        chunk(
            json!({"tool_calls": [{"index": 0, "id": "c1", "function": {"name": "text_shout", "arguments": arguments}}]}),
        ),
        finish("tool_calls"),
    ]);
    let mut sim = run(vec![turn, text_answer(&["ok"])]);
    sim.answer(&[usize::MAX]);
    assert_eq!(sim.open_requests.len(), 1, "{:?}", sim.types());
    sim.restore();
    sim.begin(Conversation::default());
    sim.finish();
    let conversation = sim.finished.unwrap();
    assert_eq!(Conversation::from_json(&conversation.to_json()).unwrap(), conversation);
}

#[test]
fn secrets_are_struck_out_wherever_a_quote_is_cut() {
    for before in (0..30).chain(240..330) {
        let page = format!("<html>{}Authorization: Bearer {KEY} and so on</html>", "y".repeat(before));
        for status in [200, 401] {
            let mut sim = run(vec![Answer { status, body: page.clone().into_bytes() }]);
            sim.finish();
            let message = &error_of(&sim).message;
            assert!(!message.contains(&KEY[..6]), "{status}, {before}: {message}");
        }
    }
    let mut sim = run(vec![]);
    let error = Error::new(Kind::Network, format!("no {KEY}")).with_cause(format!("because of {KEY}"));
    sim.feed(Input::Failed { exchange: 1, error });
    assert!(!error_of(&sim).to_json().contains(KEY));
    let mut sim = run(vec![]);
    sim.feed(Input::Head { exchange: 1, status: 500, headers: vec![("x-request-id".into(), KEY.into())] });
    sim.feed(Input::End { exchange: 1 });
    assert!(!error_of(&sim).to_json().contains(KEY));
}

/// The state inside a checkpoint, changed and put back.
fn tampered(good: &[u8], change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let body = good.iter().position(|byte| *byte == b'{').unwrap();
    let mut state: Value = serde_json::from_slice(&good[body..]).unwrap();
    change(&mut state);
    let mut bytes = good[..body].to_vec();
    bytes.extend(state.to_string().into_bytes());
    bytes
}

type Change = Box<dyn Fn(&mut Value)>;

#[test]
fn a_checkpoint_whose_parts_contradict_each_other_is_refused() {
    let mut sim = run(vec![tool_answer(&[("c1", "add", r#"{"a":1,"b":2}"#)])]);
    sim.answer(&[usize::MAX]);
    let good = sim.run.checkpoint().unwrap();
    let restore = |bytes: &[u8]| Run::restore(bytes, sim.spec.clone());
    assert!(restore(&tampered(&good, |_| ())).is_ok());
    let lost =
        json!({"role": "assistant", "content": [], "tool_calls": [{"id": "lost", "name": "add", "arguments": ""}]});
    let changes: [(&str, Change); 8] = [
        ("no calls", Box::new(|state| state["phase"]["tools"] = json!([]))),
        ("another call", Box::new(|state| state["phase"]["tools"][0]["id"] = json!("c9"))),
        ("tools without their turn", Box::new(|state| state["added"].as_array_mut().unwrap().truncate(1))),
        ("a turn without its tools", Box::new(|state| state["phase"] = json!("model"))),
        ("ended", Box::new(|state| state["phase"] = json!("ended"))),
        ("nothing asked", Box::new(|state| state["added"] = json!([]))),
        ("an older call without a result", {
            let lost = lost.clone();
            Box::new(move |state| state["added"].as_array_mut().unwrap().insert(0, lost.clone()))
        }),
        ("a call without a result before the run", Box::new(move |state| state["base"]["messages"] = json!([lost]))),
    ];
    for (what, change) in changes {
        let bytes = tampered(&good, change);
        assert_eq!(restore(&bytes).map(|_| ()).unwrap_err().kind, Kind::Argument, "{what}");
    }
}
