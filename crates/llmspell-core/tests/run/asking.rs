//! What hooks and guardrails make of a turn, through the run machine.
use crate::sim::*;
use llmspell_core::codec::{self, OutputMode};
use llmspell_core::output::OutputSchema;
use llmspell_core::request::{Failure, Guardrail, Hook, Reply, What};
use llmspell_core::run::{Checks, Endpoint, HookPoints, Input, RunSpec, Settings, TimerId};
use llmspell_core::{Conversation, Error, EventBody, Kind, RunResult};
use serde_json::{Value, json};
use std::sync::Arc;

fn shaped(schema: Value, checks: Checks) -> RunSpec {
    let settings = Settings {
        output_schema: Some(OutputSchema::new("output_schema", schema).unwrap()),
        output_mode: Some(OutputMode::Tool),
        max_retries: Some(0),
        ..Settings::default()
    };
    RunSpec { settings, tools: Arc::default(), checks, ..spec() }
}

fn city() -> Value {
    json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]})
}

fn after_model() -> Checks {
    Checks { hooks: HookPoints::AFTER_MODEL, ..Checks::default() }
}

fn guarded() -> Checks {
    Checks { output_guardrails: vec!["g".into()], ..Checks::default() }
}

fn begun(spec: RunSpec, answers: Vec<Answer>) -> Sim {
    let mut sim = Sim::new(spec, ask("hello"), answers);
    sim.begin(Conversation::default());
    sim.answer(&[usize::MAX]);
    sim
}

/// The text that the host is shown of the turn.
fn shown(sim: &Sim) -> String {
    match &sim.open_requests[0].what {
        What::Hook(Hook::AfterModel { text, .. }) | What::Guardrail(Guardrail { text, .. }) => text.clone(),
        other => panic!("{other:?}"),
    }
}

fn reply(sim: &mut Sim, outcome: Result<Value, Failure>) {
    let id = sim.open_requests.remove(0).id;
    sim.feed(Input::Reply(Reply { id, outcome }));
}

fn done(sim: &Sim) -> &RunResult {
    let EventBody::Done { result } = sim.last() else { panic!("{:?}", sim.last()) };
    result
}

fn failed(sim: &Sim) -> (&Error, &RunResult) {
    let EventBody::Error { error, partial } = sim.last() else { panic!("{:?}", sim.last()) };
    (error, partial)
}

fn history(sim: &Sim) -> String {
    serde_json::to_string(&sim.finished.as_ref().unwrap().messages).unwrap()
}

fn answer_call(arguments: &str) -> Answer {
    tool_answer(&[("c1", "answer", arguments)])
}

#[test]
fn a_hook_changes_the_answer_that_a_call_holds() {
    let mut sim = begun(shaped(city(), after_model()), vec![answer_call(r#"{"city":"Rome"}"#)]);
    assert_eq!(shown(&sim), r#"{"city":"Rome"}"#);
    reply(&mut sim, Ok(json!({"text": r#"{"city":"Paris"}"#})));
    assert_eq!(done(&sim).object, Some(json!({"city": "Paris"})));
    assert!(history(&sim).contains("Paris") && !history(&sim).contains("Rome"), "{}", history(&sim));
}

#[test]
fn a_changed_answer_that_does_not_fit_is_the_model_s_to_mend() {
    for text in ["no JSON at all", r#"{"town":1}"#] {
        let answers = vec![answer_call(r#"{"city":"Rome"}"#), answer_call(r#"{"city":"Oslo"}"#)];
        let mut sim = begun(shaped(city(), after_model()), answers);
        reply(&mut sim, Ok(json!({"text": text})));
        let told = sim.body(1)["messages"].as_array().unwrap().last().unwrap().clone();
        assert!(told["content"].as_str().unwrap().contains("do not fit"), "{told}");
        sim.answer(&[usize::MAX]);
        reply(&mut sim, Ok(Value::Null));
        assert_eq!(done(&sim).object, Some(json!({"city": "Oslo"})));
    }
}

#[test]
fn a_guardrail_s_answer_is_what_the_call_holds_from_then_on() {
    let mut sim = begun(shaped(city(), guarded()), vec![answer_call(r#"{"city":"Rome"}"#)]);
    reply(&mut sim, Ok(json!({"text": r#" {"city":"Paris"} "#})));
    assert_eq!(done(&sim).object, Some(json!({"city": "Paris"})));
    let call = &sim.finished.as_ref().unwrap().messages[1].tool_calls[0];
    assert_eq!(call.arguments, r#"{"city":"Paris"}"#);

    // What is no object stands inside one, as the tool's schema says.
    let list = json!({"type": "array", "items": {"type": "integer"}});
    let mut sim = begun(shaped(list, guarded()), vec![answer_call(r#"{"value":[1]}"#)]);
    reply(&mut sim, Ok(json!({"text": "[2]"})));
    assert_eq!(done(&sim).object, Some(json!([2])));
    let call = &sim.finished.as_ref().unwrap().messages[1].tool_calls[0];
    assert_eq!(call.arguments, r#"{"value":[2]}"#);
}

#[test]
fn what_a_guardrail_rejects_is_no_part_of_the_error() {
    let never = json!({"retry": "still secret"});
    for (verdict, turns) in
        [(json!({"stop": "secret"}), 1), (json!(false), 1), (json!({"text": "no JSON"}), 1), (never, 3)]
    {
        let answers = (0..turns).map(|_| answer_call(r#"{"city":"Rome"}"#)).collect();
        let mut sim = begun(shaped(city(), guarded()), answers);
        for _ in 1..turns {
            reply(&mut sim, Ok(verdict.clone()));
            sim.answer(&[usize::MAX]);
        }
        reply(&mut sim, Ok(verdict.clone()));
        let (_, partial) = failed(&sim);
        assert_eq!(partial.object, None, "{verdict}");
        assert!(!partial.text.contains("Rome"), "{verdict}: {}", partial.text);
    }
    // An answer that was sent back is none, whatever comes after it; what was said before it counts.
    let plain = RunSpec { checks: guarded(), ..spec() };
    let sent_back = || json!({"retry": "no secrets"});
    for (verdicts, first, text) in [
        (vec![sent_back(), json!({"stop": "x"})], None, ""),
        (vec![sent_back(), sent_back(), sent_back()], None, ""),
        (vec![sent_back(), json!({"nonsense": 1})], None, "secret 1"),
        (vec![sent_back(), json!(false)], Some("Let me add."), "Let me add."),
    ] {
        let calls =
            json!([{"id": "c1", "type": "function", "function": {"name": "add", "arguments": "{\"a\":1,\"b\":2}"}}]);
        let first = first.map(|words| plain_answer(json!({"content": words, "tool_calls": calls}), "tool_calls"));
        let uses_tool = first.is_some();
        let answers = (0..verdicts.len()).map(|number| text_answer(&[format!("secret {number}").as_str()]));
        let mut sim = begun(plain.clone(), first.into_iter().chain(answers).collect());
        if uses_tool {
            sim.reply();
            sim.answer(&[usize::MAX]);
        }
        for (number, verdict) in verdicts.iter().enumerate() {
            reply(&mut sim, Ok(verdict.clone()));
            if number + 1 < verdicts.len() {
                sim.restore();
                sim.begin(Conversation::default());
                sim.answer(&[usize::MAX]);
            }
        }
        let (error, partial) = failed(&sim);
        assert_eq!((error.kind, partial.text.as_str()), (Kind::Policy, text), "{verdicts:?}");
        let said: Vec<String> = partial.messages.iter().map(|message| message.text()).collect();
        assert!(said.contains(&"secret 0".to_owned()) && said.contains(&"no secrets".to_owned()), "{said:?}");
        assert_eq!(history(&sim).matches("\"text\":\"secret ").count(), verdicts.len() - 1, "{}", history(&sim));
    }
    // One that changes its mind about nothing rejects nothing.
    let mut sim = begun(shaped(city(), guarded()), vec![answer_call(r#"{"city":"Rome"}"#)]);
    reply(&mut sim, Ok(json!({"stop": false})));
    assert_eq!(done(&sim).object, Some(json!({"city": "Rome"})));
}

#[test]
fn what_nobody_rejected_is_there_when_the_check_itself_fails() {
    let plain = |checks| RunSpec { checks, tools: Arc::default(), ..spec() };
    for checks in [after_model(), guarded()] {
        let fail = Err(Failure { message: "down".into(), kind: Kind::Tool });
        let mut sim = begun(plain(checks.clone()), vec![text_answer(&["so far"])]);
        reply(&mut sim, fail);
        assert_eq!(failed(&sim).1.text, "so far");
        let mut sim = begun(plain(checks.clone()), vec![text_answer(&["so far"])]);
        reply(&mut sim, Ok(json!({"nonsense": 1})));
        assert_eq!((failed(&sim).0.kind, failed(&sim).1.text.as_str()), (Kind::Policy, "so far"));
        let mut sim = begun(plain(checks), vec![text_answer(&["so far"])]);
        sim.feed(Input::Timer(TimerId::Hook.into()));
        assert_eq!(failed(&sim).1.text, "so far");
    }
}

#[test]
fn signed_thinking_stays_where_a_hook_changes_the_words_before_a_call() {
    let endpoint = Endpoint {
        provider: "anthropic".into(),
        codec: codec::by_name("anthropic").unwrap(),
        base_url: "http://127.0.0.1:1".into(),
        ..spec().endpoint
    };
    let body = json!({"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [
        {"type": "thinking", "thinking": "hm", "signature": "sig-1"},
        {"type": "text", "text": "My password is 42."},
        {"type": "tool_use", "id": "toolu_1", "name": "add", "input": {"a": 1, "b": 2}}],
        "stop_reason": "tool_use", "usage": {"input_tokens": 1, "output_tokens": 1}});
    let answer = Answer { status: 200, body: body.to_string().into_bytes() };
    let mut sim = begun(RunSpec { endpoint, checks: after_model(), ..spec() }, vec![answer]);
    reply(&mut sim, Ok(json!({"text": "I add."})));
    sim.reply();
    let turn = sim.body(1)["messages"][1].clone();
    let kinds: Vec<&str> =
        turn["content"].as_array().unwrap().iter().map(|block| block["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["thinking", "text", "tool_use"]);
    assert_eq!((&turn["content"][0]["signature"], &turn["content"][1]["text"]), (&json!("sig-1"), &json!("I add.")));
    assert!(!turn.to_string().contains("password"));
}
