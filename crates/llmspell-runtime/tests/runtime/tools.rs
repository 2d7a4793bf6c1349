//! Tool calls over HTTP, and checkpoints while they wait.

use std::collections::HashMap;
use std::sync::Arc;

use llmspell_core::request::{Failure, Reply};
use llmspell_core::run::{Run, Status};
use llmspell_core::{Conversation, EventMask, Kind};
use llmspell_runtime::{Job, Queue, submit};
use serde_json::{Value, json};

use super::support::{LONG, Server, answer, direct, spec, start, with_tools};

/// Calls the tool, then answers with what the tool said.
fn calling() -> Server {
    Server::new(|mut peer| {
        while let Some(request) = peer.request() {
            let body: Value = serde_json::from_slice(&request.body).unwrap();
            let last = body["messages"].as_array().unwrap().last().unwrap().clone();
            if last["role"] == "tool" {
                peer.send(&answer::streamed(&["It is ", last["content"].as_str().unwrap()]));
            } else {
                peer.send(&answer::stream_of(&answer::tool_call("sum")));
            }
        }
    })
}

#[test]
fn a_reply_goes_to_the_model() {
    let server = calling();
    let chat = start(with_tools(spec(&server.url()), &["sum"]), "hi");
    let handlers: HashMap<&str, fn(&Value) -> Value> = HashMap::from([("sum", (|_| json!(42)) as fn(&Value) -> Value)]);
    let result = chat.converse(&handlers);
    assert_eq!(result.text, "It is 42");
    assert_eq!(result.metadata.tools_used, ["sum"]);
}

#[test]
fn a_failed_handler_is_a_result_too() {
    let server = calling();
    let chat = start(with_tools(spec(&server.url()), &["sum"]), "hi");
    let outcome = Err(Failure { message: "no numbers".into(), kind: Kind::Tool });
    chat.run.reply(Reply { id: chat.request(), outcome }).unwrap();
    assert!(chat.done().text.contains("no numbers"));
}

#[test]
fn an_unknown_request_is_an_argument_error() {
    let server = calling();
    let chat = start(with_tools(spec(&server.url()), &["sum"]), "hi");
    let id = chat.request();
    let error = chat.run.reply(Reply { id: "req_99".into(), outcome: Ok(Value::Null) }).unwrap_err();
    assert_eq!(error.kind, Kind::Argument);
    assert!(error.message.contains("req_99"), "{error}");
    chat.run.reply(Reply { id: id.clone(), outcome: Ok(json!(1)) }).unwrap();
    assert_eq!(chat.done().text, "It is 1");
    // The same reply again comes too late and is dropped.
    chat.run.reply(Reply { id, outcome: Ok(json!(2)) }).unwrap();
}

#[test]
fn a_run_goes_on_from_its_checkpoint() {
    let server = calling();
    let spec = with_tools(spec(&server.url()), &["sum"]);
    let chat = start(spec.clone(), "hi");
    let id = chat.request();
    let bytes = chat.run.checkpoint().unwrap();
    chat.cancel();

    let queue = Queue::new();
    let run = Run::restore(&bytes, Arc::new(spec)).unwrap();
    let job =
        Job { run, wanted: EventMask::NONE, network: direct(), more_ways: Vec::new(), on_finish: Box::new(|_, _| {}) };
    let restored = submit(&queue, job).unwrap();
    assert_eq!(restored.status(), Status::Queued);
    restored.begin(Conversation::default()).unwrap();
    assert_eq!(restored.status(), Status::Running);
    let event = queue.next(Some(LONG)).unwrap().unwrap();
    assert!(event.to_json().contains(&id), "it asks again: {}", event.to_json());
    restored.reply(Reply { id, outcome: Ok(json!("back")) }).unwrap();
    assert_eq!(queue.next(Some(LONG)).unwrap().unwrap().text(), "It is back");
}
