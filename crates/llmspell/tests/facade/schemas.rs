//! What a run tells fits the schemas of `spec/schema`.

use crate::common::{agent, answer, next, start};
use boon::{Compiler, SchemaIndex, Schemas};
use llmspell::{Agent, EventBody, EventType, Queue};
use serde_json::Value;
use std::collections::BTreeSet;

/// The schemas of the folder, by file name.
struct Folder(Schemas, Compiler);

impl Folder {
    fn new() -> Folder {
        let mut compiler = Compiler::new();
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../spec/schema");
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let mut schema: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
            // The base of references is the address that the file is added under.
            schema.as_object_mut().unwrap().remove("$id");
            compiler.add_resource(&format!("https://llmspell.invalid/{name}"), schema).unwrap();
        }
        Folder(Schemas::new(), compiler)
    }

    fn get(&mut self, name: &str) -> SchemaIndex {
        self.1.compile(&format!("https://llmspell.invalid/{name}.schema.json"), &mut self.0).unwrap()
    }

    fn check(&mut self, name: &str, text: &str) {
        let value: Value = serde_json::from_str(text).unwrap();
        let index = self.get(name);
        if let Err(error) = self.0.validate(&value, index) {
            panic!("{text}: {error:#}");
        }
    }
}

/// All events of a run; tools answer `sunny`.
fn events(agent: &Agent, message: &str) -> Vec<llmspell::Event> {
    let queue = Queue::new();
    let run = start(agent, &queue, message);
    let mut events = Vec::new();
    loop {
        let event = next(&queue);
        if let EventBody::Request(request) = &event.body {
            if message.contains("cancel") {
                run.cancel().unwrap();
            } else {
                answer(&run, &request.id, "sunny");
            }
        }
        let last = event.body.event_type().is_final();
        events.push(event);
        if last {
            return events;
        }
    }
}

#[test]
fn every_event_fits_its_schema() {
    let mut folder = Folder::new();
    let agent = agent(r#","name":"n""#);
    let mut seen = BTreeSet::new();
    for message in ["Think about the weather", "say hi", "fail with 500", "weather, then cancel"] {
        let events = events(&agent, message);
        for (at, event) in events.iter().enumerate() {
            folder.check("event", &event.to_json());
            assert_eq!(event.seq, at as u64 + 1);
            seen.insert(event.body.event_type().as_str());
            match &event.body {
                EventBody::Done { result } => folder.check("result", &serde_json::to_string(result).unwrap()),
                EventBody::Error { error, .. } => folder.check("error", &error.to_json()),
                _ => {}
            }
        }
        folder.check("state", &agent.state());
    }
    let missing: Vec<_> =
        EventType::ALL.iter().map(|event| event.as_str()).filter(|name| !seen.contains(name)).collect();
    assert_eq!(missing, ["object_delta", "warning"], "types that these runs have no reason for");
}

#[test]
fn what_a_host_is_asked_fits_its_schema() {
    let mut folder = Folder::new();
    let agent = Agent::new(
        r#"{"provider":"demo","system_prompt":"Be brief.","hooks":["before_model","after_model","before_tool","after_tool"],
            "guardrails":[{"name":"in","on":"input"},{"name":"out","on":"output"}],
            "tools":[{"name":"weather","description":"Tells the weather of a city","needs_approval":true}]}"#,
    )
    .unwrap();
    let queue = Queue::new();
    let run = start(&agent, &queue, "weather please");
    let mut seen = BTreeSet::new();
    loop {
        let event = next(&queue);
        folder.check("event", &event.to_json());
        if let EventBody::Request(request) = &event.body {
            let value = serde_json::to_value(&request.what).unwrap();
            let payload = &value["payload"];
            let which = payload.get("point").or_else(|| payload.get("on")).cloned().unwrap_or_default();
            seen.insert(format!("{} {}", request.what.kind(), which.as_str().unwrap_or_default()));
            let ok = match request.what.kind() {
                "tool" => "sunny".into(),
                "approval" => true.into(),
                _ => Value::Null,
            };
            run.answer(llmspell::request::Reply { id: request.id.clone(), outcome: Ok(ok) }).unwrap();
        }
        if event.body.event_type().is_final() {
            assert!(matches!(event.body, EventBody::Done { .. }), "{}", event.to_json());
            break;
        }
    }
    let all = [
        "approval ",
        "guardrail input",
        "guardrail output",
        "hook after_model",
        "hook after_tool",
        "hook before_model",
        "hook before_tool",
        "tool ",
    ];
    assert_eq!(seen.iter().map(String::as_str).collect::<Vec<_>>(), all);
}

#[test]
fn every_schema_is_one_and_names_every_event() {
    let mut folder = Folder::new();
    for name in [
        "agent_options",
        "error",
        "event",
        "message",
        "reply",
        "result",
        "run_input",
        "state",
        "tool",
        "usage",
        "scenario",
    ] {
        folder.get(name);
    }
    let read = |name: &str| -> Value {
        let path = format!("{}/../../spec/schema/{name}.schema.json", env!("CARGO_MANIFEST_DIR"));
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    };
    let types: Vec<&str> = EventType::ALL.iter().map(|event| event.as_str()).collect();
    let event = read("event");
    let declared: Vec<&str> =
        event["oneOf"].as_array().unwrap().iter().map(|one| one["title"].as_str().unwrap()).collect();
    assert_eq!(declared, types);
    let input = read("run_input");
    let wanted = input["properties"]["events"]["items"]["enum"].as_array().unwrap();
    assert_eq!(wanted.iter().map(|name| name.as_str().unwrap()).collect::<Vec<_>>(), types);
    folder.check("reply", r#"{"id":"r","ok":null}"#);
    folder.check("reply", r#"{"id":"r","error":{"message":"no","kind":"busy"}}"#);
}
