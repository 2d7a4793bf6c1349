//! The demo model through the whole runtime: the real codec, the real machine, no network.

use std::collections::HashMap;
use std::sync::Arc;

use llmspell_core::run::{RunSpec, Status};
use llmspell_core::tool::{Tool, ToolSet};
use llmspell_core::{Conversation, EventMask, EventType, Kind};
use llmspell_runtime::{Job, Queue, submit};
use serde_json::{Value, json};

use super::support::{Chat, child, job, peak_kib, spec, start, texts, with_tools};

#[test]
fn the_seeds_example() {
    let chat = start(with_tools(spec("demo:"), &["calculator"]), "What is 15 * 23?");
    let handler: fn(&Value) -> Value = |arguments| {
        assert_eq!(arguments, &json!({"expression": "15 * 23"}));
        json!(345)
    };
    let result = chat.converse(&HashMap::from([("calculator", handler)]));
    assert!(result.text.contains("345"), "{}", result.text);
    assert_eq!(result.metadata.tools_used, ["calculator"]);
    assert!(result.usage.total_tokens > 0);
}

#[test]
fn a_schema_as_deep_as_schemas_may_be() {
    let schema =
        (0..62).fold(json!({"type": "string"}), |inner, _| json!({"type": "object", "properties": {"a": inner}}));
    let tool = Tool::from_json("tool", json!({"name": "deep", "schema": schema})).unwrap();
    let spec = RunSpec { tools: Arc::new(ToolSet::default().with(tool).unwrap()), ..spec("demo:") };
    assert_eq!(start(spec, "hello").done().text, "You said: hello");
}

#[test]
fn several_calls_at_once() {
    let chat = start(with_tools(spec("demo:"), &["calculator"]), "What is 15 * 23 and 2 + 2?");
    let handler: fn(&Value) -> Value = |arguments| json!(format!("[{}]", arguments["expression"].as_str().unwrap()));
    let result = chat.converse(&HashMap::from([("calculator", handler)]));
    assert!(result.text.contains("[15 * 23]") && result.text.contains("[2 + 2]"), "{}", result.text);
}

#[test]
fn it_streams_word_by_word_and_reasons_when_asked() {
    let events = start(spec("demo:"), "think, then greet").rest();
    let of = |kind: EventType| events.iter().filter(|event| event.body.event_type() == kind).count();
    assert!(of(EventType::ReasoningDelta) > 3);
    assert_eq!(of(EventType::TextDelta), "You said: think, then greet".split(' ').count());
    assert_eq!(events.last().unwrap().text(), "You said: think, then greet");
    let again = start(spec("demo:"), "think, then greet").rest();
    assert_eq!(events.len(), again.len(), "the same again");
}

#[test]
fn it_fails_as_asked() {
    for (status, kind, retry) in
        [(429, Kind::RateLimit, Some(1000)), (401, Kind::Auth, None), (503, Kind::Overloaded, None)]
    {
        let error = start(spec("demo:"), &format!("please fail with {status}")).error();
        assert_eq!((error.kind, error.http_status, error.retry_after_ms), (kind, Some(status), retry), "{error:?}");
    }
}

#[test]
fn a_slow_answer_can_be_cancelled() {
    let chat = start(spec("demo:"), &format!("slowly say {}", "word ".repeat(10_000)));
    chat.until(|body| (body.event_type() == EventType::TextDelta).then_some(()));
    chat.cancel();
}

#[test]
fn a_huge_message_is_answered_beside_others_in_bounded_memory() {
    // Memory is counted for a whole process, so the case runs in a child.
    if child::parameter().is_none() {
        child::again("demo::a_huge_message_is_answered_beside_others_in_bounded_memory", "", &[]);
        return;
    }
    let message = "a ".repeat(5_000_000);
    let huge = |prefix: &str| {
        let (job, finished) = job(spec("demo:"), &format!("{prefix}{message}"));
        let queue = Queue::new();
        let run = submit(&queue, Job { wanted: EventMask::NONE.with(EventType::TextDelta), ..job }).unwrap();
        run.begin(Conversation::default()).unwrap();
        Chat { run, queue, finished }
    };
    // One that would take minutes, one whose host reads, and small ones beside them.
    let slow = huge("slowly ");
    slow.until(|body| (body.event_type() == EventType::TextDelta).then_some(()));
    let whole = huge("");
    for number in 0..10 {
        assert_eq!(start(spec("demo:"), &number.to_string()).done().text, format!("You said: {number}"));
    }
    let events = whole.rest();
    assert!(events.len() < 40_000, "{} events", events.len());
    assert!(texts(&events).concat() == format!("You said: {}", message.trim()));
    assert_eq!(slow.run.status(), Status::Running);
    slow.cancel();
    let peak = peak_kib();
    // Two conversations, requests and answers of 10 MB each, as text and as JSON; not a multiple for each word.
    assert!(peak < 600 << 10, "{peak} KiB");
    println!("peak: {peak} KiB");
}

#[test]
fn it_stops_at_max_tokens() {
    let mut spec = spec("demo:");
    spec.settings.max_tokens = Some(3);
    let result = start(spec, "one two three four").done();
    assert_eq!(result.text, "You said: one");
    assert_eq!(serde_json::to_value(result.finish_reason).unwrap(), "length");
}

#[test]
fn the_table_of_the_documentation_holds() {
    // Each row of docs/demo-provider.md that begins with a quoted message names the answer in its last column.
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/demo-provider.md")).unwrap();
    let mut checked = 0;
    for line in page.lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, message, answer, _] = cells.as_slice() else { continue };
        let (Some(message), Some(answer)) = (quoted(message), quoted(answer)) else { continue };
        let chat = start(with_tools(spec("demo:"), &["calculator"]), message);
        let handler: fn(&Value) -> Value = |arguments| arguments["expression"].clone();
        assert_eq!(chat.converse(&HashMap::from([("calculator", handler)])).text, answer);
        checked += 1;
    }
    assert!(checked >= 5, "only {checked} rows found");
}

fn quoted(cell: &str) -> Option<&str> {
    cell.strip_prefix('`')?.strip_suffix('`')
}
