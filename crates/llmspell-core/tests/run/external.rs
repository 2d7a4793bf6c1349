//! Tools whose results the caller gives: runs that end with open calls, and runs that go on with their results.
use crate::sim::*;
use llmspell_core::request::{Reply, What};
use llmspell_core::run::{Checks, Input, RunInput, RunSpec, Settings, ToolChoice};
use llmspell_core::tool::{Tool, ToolSet};
use llmspell_core::{Conversation, Error, EventBody, Kind, Message, RunResult};
use serde_json::{Value, json};
use std::sync::Arc;

/// The tools of [`tools`], and one that is the caller's to answer.
fn tool_set(look: Value) -> Arc<ToolSet> {
    let mut look = look;
    look["name"] = json!("look");
    look["external"] = json!(true);
    Arc::new(tools().with(Tool::from_json("tool", look).unwrap()).unwrap())
}

fn spec() -> RunSpec {
    RunSpec {
        tools: tool_set(json!({"schema": {"type": "object", "properties": {"at": {"type": "string"}}}})),
        ..crate::sim::spec()
    }
}

fn results(value: Value) -> RunInput {
    RunInput { messages: Message::read_run_input(value).unwrap(), settings: Settings::default() }
}

fn result(id: &str, content: &str) -> Value {
    json!({"type": "tool_result", "tool_call_id": id, "content": content})
}

/// A turn that calls the external tool twice and another between.
fn three_calls() -> Answer {
    tool_answer(&[("c1", "look", r#"{"at": "sky"}"#), ("c2", "add", r#"{"a": 1, "b": 2}"#), ("c3", "look", "{}")])
}

fn ran(spec: RunSpec, input: RunInput, conversation: Conversation, answers: Vec<Answer>) -> Sim {
    let mut sim = Sim::new(spec, input, answers);
    sim.begin(conversation);
    sim.finish();
    sim
}

fn done(sim: &Sim) -> &RunResult {
    match sim.last() {
        EventBody::Done { result } => result,
        other => panic!("{other:?}"),
    }
}

fn failed(sim: &Sim) -> &Error {
    match sim.last() {
        EventBody::Error { error, .. } => error,
        other => panic!("{other:?}"),
    }
}

/// The conversation that a run with three calls leaves open.
fn open() -> Conversation {
    ran(spec(), ask("hello"), Conversation::default(), vec![three_calls()]).finished.unwrap()
}

fn json_of(conversation: &Conversation) -> Value {
    serde_json::from_str(&conversation.to_json()).unwrap()
}

#[test]
fn a_run_ends_with_the_calls_that_are_the_caller_s() {
    let sim = ran(spec(), ask("hello"), Conversation::default(), vec![three_calls()]);
    let result = done(&sim);
    let calls = serde_json::to_value(&result.tool_calls).unwrap();
    assert_eq!(
        calls,
        json!([
            {"id": "c1", "name": "look", "arguments": {"at": "sky"}, "is_error": false, "open": true},
            {"id": "c2", "name": "add", "arguments": {"a": 1, "b": 2}, "is_error": false, "result": "3.0"},
            {"id": "c3", "name": "look", "arguments": {}, "is_error": false, "open": true},
        ])
    );
    assert_eq!(serde_json::to_value(result.finish_reason).unwrap(), "tool_calls");
    assert_eq!((result.steps, result.metadata.tools_used.len()), (1, 2));
    assert_eq!(&sim.types()[sim.types().len() - 2..], ["step_end", "done"]);
    let state = json_of(sim.finished.as_ref().unwrap());
    assert_eq!(state["messages"].as_array().unwrap().len(), 3);
    assert_eq!(state["messages"][2]["content"].as_array().unwrap().len(), 1, "the result that is there");
    let alone = ran(spec(), ask("hello"), Conversation::default(), vec![tool_answer(&[("c1", "look", "{}")])]);
    assert_eq!(json_of(alone.finished.as_ref().unwrap())["messages"].as_array().unwrap().len(), 2, "no empty message");
}

#[test]
fn results_go_behind_their_calls_in_the_calls_order() {
    let input = results(json!([result("c3", "clouds"), result("c1", "stars"), {"type": "text", "text": "go on"}]));
    let sim = ran(spec(), input, open(), vec![text_answer(&["fine"])]);
    let sent = sim.body(0);
    let sent: Vec<(&str, &str)> = sent["messages"].as_array().unwrap()[3..]
        .iter()
        .map(|message| (message["tool_call_id"].as_str().unwrap_or_default(), message["content"].as_str().unwrap()))
        .collect();
    assert_eq!(sent, [("c1", "stars"), ("c2", "3.0"), ("c3", "clouds"), ("", "go on")]);
    let given = serde_json::to_value(&done(&sim).messages).unwrap();
    let ids: Vec<&Value> = given[0]["content"].as_array().unwrap().iter().map(|part| &part["tool_call_id"]).collect();
    assert_eq!(ids, ["c1", "c3"], "what this run was given, without what was there");
    assert_eq!(done(&sim).tool_calls, [], "the calls are another run's");
    let state = json_of(sim.finished.as_ref().unwrap());
    assert_eq!(state["messages"].as_array().unwrap().len(), 5);
    assert_eq!(state["messages"][2]["content"][2]["name"], "look");
    assert!(!sim.types().contains(&"warning"));
}

#[test]
fn results_that_answer_nothing_and_calls_without_results_are_refused() {
    let whole = ran(spec(), ask("hi"), Conversation::default(), vec![text_answer(&["ho"])]).finished.unwrap();
    for (conversation, input, words) in [
        (
            open(),
            json!([result("c1", ""), result("c9", "")]),
            "no open tool call has the id \"c9\"; open are \"c1\" (look), \"c3\" (look)",
        ),
        (
            open(),
            json!([result("c1", ""), result("c2", ""), result("c3", "")]),
            "no open tool call has the id \"c2\"; open are",
        ),
        (open(), result("c3", ""), "the open tool calls \"c1\" (look) have no result; give all"),
        (whole, result("c1", ""), "no open tool call has the id \"c1\"; the conversation has no open calls"),
        (Conversation::default(), result("c1", ""), "the conversation has no open calls"),
    ] {
        let before = json_of(&conversation)["messages"].clone();
        let sim = ran(spec(), results(input), conversation, vec![]);
        assert_eq!(failed(&sim).kind, Kind::Argument);
        assert!(
            failed(&sim).message.starts_with("input: ") && failed(&sim).message.contains(words),
            "{}",
            failed(&sim).message
        );
        assert_eq!(json_of(sim.finished.as_ref().unwrap())["messages"], before, "it is as it was");
    }
}

#[test]
fn a_run_that_failed_leaves_the_turn_open_and_words_close_it() {
    let both = || results(json!([result("c1", "stars"), result("c3", "clouds")]));
    let refusal = Answer { status: 400, body: b"{}".to_vec() };
    let sim = ran(spec(), both(), open(), vec![refusal]);
    failed(&sim);
    let again = sim.finished.unwrap();
    assert_eq!(json_of(&again)["messages"], json_of(&open())["messages"]);
    let sim = ran(spec(), both(), again, vec![text_answer(&["fine"])]);
    assert_eq!(done(&sim).text, "fine");

    let sim = ran(spec(), ask("never mind"), open(), vec![text_answer(&["fine"])]);
    let EventBody::Warning { message, .. } = &sim.events[1].body else { panic!("{:?}", sim.types()) };
    assert!(message.contains("(c1, c3)"), "{message}");
    assert_eq!(sim.body(0)["messages"][3]["content"], "Error: No result was recorded for this tool call.");
    assert_eq!(sim.body(0)["messages"][4]["content"], "3.0");
}

#[test]
fn a_run_goes_on_from_a_checkpoint_at_any_point() {
    let conversation = open();
    let input = || results(json!([result("c1", "stars"), result("c3", "clouds"), "go on"]));
    let checks = Checks { input_guardrails: vec!["in".into()], ..Checks::default() };
    let spec = || RunSpec { checks: checks.clone(), ..spec() };
    let answers = || vec![tool_answer(&[("c4", "add", r#"{"a": 1, "b": 1}"#), ("c5", "look", "{}")])];
    let straight = ran(spec(), input(), conversation.clone(), answers());
    let expected = json_of(straight.finished.as_ref().unwrap());
    // Before its turn, at the guardrail, before the answer, at the tool.
    for stops in 0..4 {
        let mut sim = Sim::new(spec(), input(), answers());
        if stops == 0 {
            sim.restore();
            sim.begin(conversation.clone());
        } else {
            sim.begin(conversation.clone());
            for _ in 1..stops {
                if sim.open_exchange.is_some() { sim.answer(&[usize::MAX]) } else { sim.reply() }
            }
            sim.restore();
            sim.begin(Conversation::default());
        }
        sim.finish();
        assert_eq!(json_of(sim.finished.as_ref().unwrap()), expected, "{stops}");
        assert_eq!(done(&sim).messages, done(&straight).messages, "{stops}");
    }
}

#[test]
fn what_is_forced_is_forced_once_unless_the_run_itself_wants_it() {
    let forcing = || RunSpec {
        settings: Settings { tool_choice: Some(ToolChoice::Required), ..crate::sim::spec().settings },
        ..spec()
    };
    let first = ran(forcing(), ask("hello"), Conversation::default(), vec![three_calls()]);
    assert_eq!(first.body(0)["tool_choice"], "required");
    let both = || results(json!([result("c1", ""), result("c3", "")]));
    let second = ran(forcing(), both(), open(), vec![text_answer(&["fine"])]);
    assert_ne!(second.body(0)["tool_choice"], "required");
    let own =
        RunInput { settings: Settings { tool_choice: Some(ToolChoice::Required), ..Settings::default() }, ..both() };
    let third = ran(forcing(), own, open(), vec![text_answer(&["fine"])]);
    assert_eq!(third.body(0)["tool_choice"], "required");
}

#[test]
fn guardrails_see_results_and_may_put_others_in_their_place() {
    let checks = Checks { input_guardrails: vec!["in".into()], ..Checks::default() };
    let judged = |verdict: Value, answers| {
        let spec = RunSpec { checks: checks.clone(), ..spec() };
        let mut sim = Sim::new(spec, results(json!([result("c1", "stars"), result("c3", "clouds")])), answers);
        sim.begin(open());
        let request = sim.open_requests.remove(0);
        let What::Guardrail(asked) = &request.what else { panic!("{request:?}") };
        assert_eq!(asked.text, "stars\nclouds");
        assert_eq!(asked.messages.iter().map(|message| message.content.len()).collect::<Vec<_>>(), [2]);
        sim.feed(Input::Reply(Reply { id: request.id, outcome: Ok(verdict) }));
        if sim.finished.is_none() {
            sim.finish();
        }
        sim
    };
    let fine = || vec![text_answer(&["fine"])];
    let sim = judged(json!({"input": [result("c1", "***"), result("c3", "***")]}), fine());
    assert_eq!(sim.body(0)["messages"][3]["content"], "***");
    assert_eq!(sim.body(0)["messages"][4]["content"], "3.0");
    let sim = judged(json!({"input": "never mind"}), fine());
    assert_eq!(sim.body(0)["messages"][3]["content"], "Error: No result was recorded for this tool call.");
    assert_eq!(sim.body(0)["messages"][6]["content"], "never mind");
    for verdict in [json!(false), json!({"input": [result("c1", "")]})] {
        let sim = judged(verdict, vec![]);
        assert_eq!(failed(&sim).kind, Kind::Policy);
        assert_eq!(json_of(sim.finished.as_ref().unwrap())["messages"], json_of(&open())["messages"]);
    }
    let sim = judged(json!({"answer": "no"}), vec![]);
    assert_eq!(json_of(sim.finished.as_ref().unwrap())["messages"].as_array().unwrap().len(), 4);
}

#[test]
fn an_approval_and_a_limit_come_before_the_call_is_open() {
    let set = tool_set(json!({"needs_approval": true, "max_calls": 1, "max_result_bytes": 4}));
    let spec = || RunSpec { tools: Arc::clone(&set), ..crate::sim::spec() };
    let two = || tool_answer(&[("c1", "look", "{}"), ("c2", "look", "{}")]);
    let mut sim = Sim::new(spec(), ask("hello"), vec![two()]);
    sim.begin(Conversation::default());
    sim.answer(&[usize::MAX]);
    let request = sim.open_requests.remove(0);
    assert!(sim.open_requests.is_empty() && matches!(request.what, What::Approval { .. }));
    let decision = json!({"decision": "allow", "arguments": {"at": "home"}});
    sim.feed(Input::Reply(Reply { id: request.id, outcome: Ok(decision) }));
    let calls = serde_json::to_value(&done(&sim).tool_calls).unwrap();
    assert_eq!(
        calls[0],
        json!({"id": "c1", "name": "look", "arguments": {"at": "home"}, "is_error": false, "open": true})
    );
    assert_eq!(calls[1]["error_kind"], "budget");
    let sim = ran(spec(), results(result("c1", "too long")), sim.finished.unwrap(), vec![text_answer(&["fine"])]);
    assert!(sim.body(0)["messages"][3]["content"].as_str().unwrap().starts_with("too \n[result cut"));

    let mut sim = Sim::new(spec(), ask("hello"), vec![two(), text_answer(&["well"])]);
    sim.begin(Conversation::default());
    sim.answer(&[usize::MAX]);
    let request = sim.open_requests.remove(0);
    sim.feed(Input::Reply(Reply { id: request.id, outcome: Ok(json!(false)) }));
    sim.finish();
    assert_eq!((done(&sim).text.as_str(), done(&sim).steps), ("well", 2), "nothing was left to wait for");
}

#[test]
fn a_run_that_is_cancelled_or_runs_out_of_budget_leaves_nothing_open() {
    let mut sim = Sim::new(spec(), ask("hello"), vec![three_calls()]);
    sim.begin(Conversation::default());
    sim.answer(&[usize::MAX]);
    assert_eq!(sim.open_requests.len(), 1);
    sim.feed(Input::Cancel);
    assert!(llmspell_core::conversation::unanswered(&sim.finished.as_ref().unwrap().messages).is_none());
    let budget = llmspell_core::budget::Budget { tool_calls: Some(1), ..Default::default() };
    let spec = RunSpec { settings: Settings { budget: Some(budget), ..crate::sim::spec().settings }, ..spec() };
    let sim = ran(spec, ask("hello"), Conversation::default(), vec![three_calls()]);
    assert_eq!(failed(&sim).kind, Kind::Budget);
    assert!(llmspell_core::conversation::unanswered(&sim.finished.as_ref().unwrap().messages).is_none());
}

#[test]
fn a_call_inside_of_another_is_refused() {
    let inner = r#"{"tool_uses": [{"recipient_name": "functions.look", "parameters": {}}, {"recipient_name": "functions.add", "parameters": {"a": 1, "b": 2}}]}"#;
    let answers = vec![tool_answer(&[("c1", "multi_tool_use.parallel", inner)]), text_answer(&["well"])];
    let sim = ran(spec(), ask("hello"), Conversation::default(), answers);
    assert_eq!(done(&sim).text, "well");
    let read = sim.body(1)["messages"][3]["content"].as_str().unwrap().to_owned();
    assert!(read.contains("cannot be called inside of another call") && read.contains("3.0"), "{read}");
}
