//! The functions of the full layer that take JSON or a checkpoint.

use super::abi::{self, Agent, Event, Failure, Queue, Run};
use super::{SECRET, checkpoint, verdict};
use llmspell_core::tool::{Tool, ToolSet};
use serde_json::{Value, json};
use std::sync::LazyLock;

/// Longest wait for an event that must come.
const LIVENESS_MS: i32 = 60_000;
/// A run that says nothing for so long is cancelled: an input may ask for a slow answer.
const PATIENCE_MS: i32 = 20;
/// Events that are read before a run is cancelled: an input may ask for a long answer.
const ENOUGH: usize = 300;

const TOOL: &str = r#"{"name":"weather","description":"Tells the weather","schema":{"type":"object"}}"#;
const FINAL: std::ops::RangeInclusive<i32> = 16..=18;
const REQUEST: i32 = 9;

/// Options with the key in the places for secrets, unless the input names these places or the key itself.
pub fn with_secrets(input: &[u8]) -> Option<String> {
    let Ok(Value::Object(mut options)) = serde_json::from_slice(input) else { return None };
    let taken = ["api_key", "headers", "proxy"].iter().any(|name| options.contains_key(*name));
    if taken || input.windows(SECRET.len()).any(|part| part == SECRET.as_bytes()) {
        return None;
    }
    options.insert("api_key".into(), SECRET.into());
    options.insert("headers".into(), json!({"x-key": SECRET}));
    options.insert("proxy".into(), format!("http://user:{SECRET}@127.0.0.1:1").into());
    Some(Value::Object(options).to_string())
}

/// llmspell_agent_new.
pub fn agent_new(input: &[u8]) {
    look(Agent::new(input));
    if let Some(options) = with_secrets(input) {
        look(Agent::new(options.as_bytes()));
    }
}

fn look(agent: Result<Agent, Failure>) {
    let Ok(agent) = agent else { return };
    let info = agent.info();
    assert!(!info.windows(SECRET.len()).any(|part| part == SECRET.as_bytes()), "info shows a key");
    serde_json::from_slice::<Value>(&info).expect("info is JSON");
    round_trip(&agent);
}

/// The state of an agent makes an agent with the same state.
fn round_trip(agent: &Agent) {
    let state = agent.state();
    let value = verdict::any_json(std::str::from_utf8(&state).expect("UTF-8")).expect("a state is JSON");
    let copy = Agent::new(json!({"provider": "demo", "state": value}).to_string().as_bytes())
        .expect("a state of ours is accepted");
    assert_eq!(copy.state(), state, "a state that was read is written as it was");
}

fn demo() -> Agent {
    Agent::new(
        json!({"provider": "demo", "tools": [serde_json::from_str::<Value>(TOOL).expect("a tool")]})
            .to_string()
            .as_bytes(),
    )
    .expect("the offline agent")
}

/// llmspell_agent_tool_add, twice: the second has the same name.
pub fn agent_tool_add(input: &[u8]) {
    let agent = Agent::new(br#"{"provider":"demo"}"#).expect("the offline agent");
    let first = agent.tool_add(input).is_ok();
    let second = agent.tool_add(input).is_ok();
    assert!(!second, "a name is taken");
    let info: Value = serde_json::from_slice(&agent.info()).expect("info is JSON");
    assert_eq!(info["tools"].as_array().map(Vec::len), Some(usize::from(first)));
    if first {
        agent.tool_add(TOOL.as_bytes()).ok();
        let queue = Queue::new();
        let run = Run::start(&queue, &agent, br#"{"input":"hello"}"#).expect("an agent with a tool runs");
        finish(&queue, &run);
    }
}

/// The option `state`, and a run on what it gave.
pub fn agent_state(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    for options in [
        format!(r#"{{"provider":"demo","state":{text}}}"#),
        format!(r#"{{"provider":"demo","state":{{"version":1,"messages":{text}}}}}"#),
    ] {
        let Ok(agent) = Agent::new(options.as_bytes()) else { continue };
        round_trip(&agent);
        let queue = Queue::new();
        let run = Run::start(&queue, &agent, br#"{"input":"hello"}"#).expect("an agent with a state runs");
        finish(&queue, &run);
        round_trip(&agent);
    }
}

/// llmspell_run_start, and the run to its end.
pub fn run_start(input: &[u8]) {
    let (agent, queue) = (demo(), Queue::new());
    if let Ok(run) = Run::start(&queue, &agent, input) {
        finish(&queue, &run);
        round_trip(&agent);
    }
    let run = Run::start(&queue, &agent, br#"{"input":"hello"}"#).expect("the agent goes on");
    finish(&queue, &run);
}

/// llmspell_run_reply to a request that is open.
pub fn run_reply(input: &[u8]) {
    let (agent, queue) = (demo(), Queue::new());
    let run = Run::start(&queue, &agent, br#"{"input":"weather please"}"#).expect("the offline agent runs");
    let id = loop {
        let event = queue.next(LIVENESS_MS).expect("a request comes");
        if event.kind() == REQUEST {
            break event.request_id();
        }
    };
    if run.reply(input).is_err() {
        assert!(run.awaits(&id), "a reply that was refused answers nothing");
        run.reply(json!({"id": id, "ok": "frost"}).to_string().as_bytes())
            .expect("a right reply is taken after a wrong one");
    }
    finish(&queue, &run);
    round_trip(&agent);
}

/// llmspell_run_restore: an error, or a run that goes on.
pub fn run_restore(input: &[u8]) {
    static TOOLS: LazyLock<ToolSet> = LazyLock::new(|| {
        let tool = Tool::from_json("tool", serde_json::from_str(TOOL).expect("JSON")).expect("a tool");
        ToolSet::default().with(tool).expect("one tool")
    });
    let (agent, queue) = (demo(), Queue::new());
    match Run::restore(&queue, &agent, &checkpoint::with_head(input, &TOOLS)) {
        Ok(run) => {
            if let Ok(bytes) = run.checkpoint() {
                assert!(!bytes.is_empty(), "a checkpoint has bytes");
            }
            finish(&queue, &run);
            round_trip(&agent);
        }
        Err(failure) => {
            let kind = &failure.json["kind"];
            assert!(kind == "argument" || kind == "config", "{}", failure.json);
        }
    }
}

/// Answers what the run asks up to its end, which must come; one that takes long is cancelled.
fn finish(queue: &Queue, run: &Run) {
    let mut cancelled = false;
    for seen in 0.. {
        if seen == ENOUGH {
            run.cancel();
            cancelled = true;
        }
        let Some(event) = queue.next(if cancelled { LIVENESS_MS } else { PATIENCE_MS }) else {
            assert!(!cancelled, "a cancelled run has not ended after {LIVENESS_MS} ms");
            run.cancel();
            cancelled = true;
            continue;
        };
        if ends(&event) {
            break;
        }
        if event.kind() == REQUEST {
            run.reply(json!({"id": event.request_id(), "ok": "frost"}).to_string().as_bytes())
                .expect("a reply is taken");
        }
    }
    assert!(queue.next(0).is_none(), "nothing comes after the last event");
    let closed = run.checkpoint().expect_err("a run that has ended has no checkpoint");
    assert_eq!(closed.json["kind"], "closed");
}

fn ends(event: &Event) -> bool {
    let json = event.json();
    verdict::event_json(&json);
    // Hosts read events by this function.
    assert!(abi::json_tokens(json.as_bytes()).is_some(), "an event is not read: {json}");
    FINAL.contains(&event.kind())
}
