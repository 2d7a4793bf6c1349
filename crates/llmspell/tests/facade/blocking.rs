//! Runs that block, with tools as closures.

use crate::common::agent;
use llmspell::request::Failure;
use llmspell::{Kind, blocking};

const WEATHER: &str = r#"{"input":"weather please"}"#;

#[test]
fn a_closure_does_the_tools_work() {
    let agent = agent("");
    let here = std::thread::current().id();
    let mut calls = Vec::new();
    let result = blocking::execute(&agent, WEATHER, |call| {
        assert_eq!(std::thread::current().id(), here);
        calls.push(call.name.to_owned());
        Ok("hail".into())
    })
    .unwrap();
    assert!(result.text.contains("hail"));
    assert_eq!(calls, ["weather"]);
    assert_eq!(result.metadata.tools_used, ["weather"]);
}

#[test]
fn a_failure_reaches_the_model() {
    let failure = || Failure { message: "the station is down".into(), kind: Kind::Tool };
    let result = blocking::execute(&agent(""), WEATHER, |_| Err(failure())).unwrap();
    assert!(result.text.contains("the station is down"));
    assert!(result.tool_calls[0].is_error);
}

#[test]
fn where_nobody_can_be_asked_approvals_are_denied_and_hooks_end_the_run() {
    let agent = llmspell::Agent::new(
        r#"{"provider":"demo","tools":[{"name":"weather","description":"Tells the weather of a city","needs_approval":true}]}"#,
    )
    .unwrap();
    let result = blocking::execute(&agent, WEATHER, |_| panic!("it was not approved")).unwrap();
    assert_eq!(result.tool_calls[0].error_kind.as_deref(), Some("approval"));
    let read = result.tool_calls[0].result.as_deref().unwrap();
    assert!(read.contains("without needs_approval"), "{read}");
    for more in [r#","hooks":["before_model"]"#, r#","guardrails":[{"name":"g","on":"output"}]"#] {
        let agent = crate::common::agent(more);
        let error = blocking::execute(&agent, WEATHER, |_| Ok("hail".into())).unwrap_err();
        assert_eq!(error.kind, Kind::Policy);
        assert!(error.message.contains("llmspell_run_start"), "{}", error.message);
    }
}

#[test]
fn an_error_carries_what_there_is_so_far() {
    let error = blocking::execute(&agent(""), r#"{"input":"fail with 429"}"#, |_| Ok(().into())).unwrap_err();
    assert_eq!(error.kind, Kind::RateLimit);
    assert!(error.partial.is_some());
}

#[test]
fn recursion_is_busy_at_once_and_others_are_free() {
    let (outer, other) = (agent(""), agent(""));
    let mut refused = None;
    let result = blocking::execute(&outer, WEATHER, |_| {
        // Through another agent's tool, too.
        let inner = blocking::execute(&other, WEATHER, |_| {
            refused = blocking::execute(&outer, r#"{"input":"hi"}"#, |_| Ok(().into())).err();
            Ok("inner".into())
        });
        Ok(inner.unwrap().text.into())
    })
    .unwrap();
    assert_eq!(refused.unwrap().kind, Kind::Busy);
    assert!(result.text.contains("inner"));
    blocking::execute(&outer, r#"{"input":"say free"}"#, |_| Ok(().into())).unwrap();
}

#[test]
fn a_tool_may_ask_its_own_agent_in_another_session() {
    let agent = agent("");
    let mut refused = None;
    let result = blocking::execute(&agent, r#"{"input":"weather please","session":"a"}"#, |_| {
        let inner = blocking::execute(&agent, r#"{"input":"weather please","session":"b"}"#, |_| {
            // The first session waits for this one.
            refused = blocking::execute(&agent, r#"{"input":"hi","session":"a"}"#, |_| Ok(().into())).err();
            Ok(blocking::execute(&agent, r#"{"input":"say third"}"#, |_| Ok(().into())).unwrap().text.into())
        });
        Ok(inner.unwrap().text.into())
    })
    .unwrap();
    assert!(result.text.contains("third"), "{}", result.text);
    let refused = refused.unwrap();
    assert_eq!(refused.kind, Kind::Busy);
    assert!(refused.message.contains("another session"), "{}", refused.message);
}

#[test]
fn where_nothing_carries_http_the_option_is_wrong() {
    let agent = llmspell::Agent::new(
        r#"{"model":"openai/x","api_key":"k","base_url":"http://nowhere.invalid/v1","transport":"host"}"#,
    )
    .unwrap();
    let error = blocking::execute(&agent, WEATHER, |_| Ok(().into())).unwrap_err();
    assert_eq!(error.kind, Kind::Config, "{error:?}");
    assert!(error.message.contains("leave out the option transport"), "{}", error.message);
    assert_eq!(error.partial.unwrap().metadata.retries, 0);
}

#[test]
fn another_thread_waits_for_its_turn() {
    let agent = agent("");
    let (inside, go_on) = (std::sync::Barrier::new(2), std::sync::Barrier::new(2));
    let second = std::thread::scope(|scope| {
        let first = scope.spawn(|| {
            blocking::execute(&agent, WEATHER, |_| {
                inside.wait();
                go_on.wait();
                Ok("sleet".into())
            })
        });
        inside.wait();
        let second = scope.spawn(|| blocking::execute(&agent, r#"{"input":"What did I say?"}"#, |_| Ok(().into())));
        go_on.wait();
        assert!(first.join().unwrap().unwrap().text.contains("sleet"));
        second.join().unwrap().unwrap()
    });
    assert!(second.text.contains("weather please"));
}

#[test]
fn a_panicking_tool_leaves_the_agent_usable() {
    let agent = agent("");
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _ = blocking::execute(&agent, WEATHER, |_| panic!("as a host might"));
    }));
    assert!(caught.is_err());
    let result = blocking::execute(&agent, r#"{"input":"say still"}"#, |_| Ok(().into())).unwrap();
    assert_eq!(result.text, "still");
}
