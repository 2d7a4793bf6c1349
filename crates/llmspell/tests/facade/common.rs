//! What the façade's tests share.

use llmspell::{Agent, Event, EventBody, Queue, Run, Target, request::Reply};
use std::time::Duration;

/// Longest wait for an event that must come: many times what it takes, so that only a hang meets it.
const LIVENESS: Duration = Duration::from_secs(30);

/// An agent on the offline model with a tool `weather`, and more options.
pub fn agent(more: &str) -> Agent {
    Agent::new(&format!(
        r#"{{"provider":"demo","tools":[{{"name":"weather","description":"Tells the weather of a city",
            "schema":{{"type":"object","properties":{{"city":{{"type":"string"}}}}}}}}]{more}}}"#
    ))
    .unwrap()
}

pub fn start(agent: &Agent, queue: &Queue, input: &str) -> Run {
    Target::Agent(agent.clone()).start(queue, &serde_json::json!({ "input": input }).to_string()).unwrap()
}

pub fn next(queue: &Queue) -> Event {
    queue.next(Some(LIVENESS)).unwrap().expect("no event came")
}

/// Takes events up to the first one that `wanted` accepts.
pub fn until(queue: &Queue, wanted: impl Fn(&Event) -> bool) -> Event {
    loop {
        let event = next(queue);
        if wanted(&event) {
            return event;
        }
        assert!(!event.body.event_type().is_final(), "the run ended early: {}", event.to_json());
    }
}

/// The id of the next request.
pub fn asked(queue: &Queue) -> String {
    match until(queue, |event| matches!(event.body, EventBody::Request(_))).body {
        EventBody::Request(request) => request.id,
        other => panic!("{other:?}"),
    }
}

pub fn answer(run: &Run, id: &str, text: &str) {
    run.answer(Reply { id: id.to_owned(), outcome: Ok(text.into()) }).unwrap();
}

/// The last event of a run.
pub fn last(queue: &Queue) -> Event {
    until(queue, |event| event.body.event_type().is_final())
}

/// The answer of the run that ends next.
pub fn done(queue: &Queue) -> String {
    match last(queue).body {
        EventBody::Done { result } => result.text,
        other => panic!("{other:?}"),
    }
}

/// Runs an agent to its answer.
pub fn say(agent: &Agent, queue: &Queue, input: &str) -> String {
    let _run = start(agent, queue, input);
    done(queue)
}
