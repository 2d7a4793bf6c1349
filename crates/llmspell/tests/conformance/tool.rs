//! Tools whose handlers are data.

use crate::ops;
use crate::world::World;
use llmspell::Kind;
use llmspell::request::Failure;
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// How long a handler waits at most that waits to be cancelled.
const LONGEST: Duration = Duration::from_secs(120);
const LOOK: Duration = Duration::from_millis(5);

/// What the tools of an agent do, by their names. A fork has a copy of the map.
pub type Tools = Rc<RefCell<HashMap<String, Rc<Tool>>>>;

/// What a tool does.
pub struct Tool {
    handlers: Vec<Value>,
    count: Cell<usize>,
    /// What the tools of the agent do that stands behind it, where one does.
    behind: Option<Tools>,
}

/// A tool behind which an agent with these tools stands.
pub fn of_agent(tools: &Tools) -> Rc<Tool> {
    Rc::new(Tool { handlers: Vec::new(), count: Cell::new(0), behind: Some(Rc::clone(tools)) })
}

/// What the tools of the agent do to which these names of tools lead; nothing where there is none.
pub fn behind(tools: &Tools, path: &[String]) -> Tools {
    path.iter().fold(Rc::clone(tools), |tools, name| {
        let behind = tools.borrow().get(name).and_then(|tool| tool.behind.clone());
        behind.unwrap_or_default()
    })
}

/// What a handler came to; nothing when it is answered by hand.
pub type Outcome = Option<Result<Value, Failure>>;

/// A tool's declaration, and what it does.
pub fn declare(tool: &Value) -> (Value, String, Rc<Tool>) {
    let mut declaration = tool.clone();
    let handlers = declaration.as_object_mut().unwrap().remove("handler").unwrap();
    let name = tool["name"].as_str().unwrap().to_owned();
    let handlers = handlers.as_array().unwrap().clone();
    (declaration, name, Rc::new(Tool { handlers, count: Cell::new(0), behind: None }))
}

/// The declarations of a list of tools, and what they do.
pub fn declare_all(tools: &Value) -> (Value, Tools) {
    let made = Tools::default();
    let declarations = tools.as_array().into_iter().flatten().map(|tool| {
        let (declaration, name, tool) = declare(tool);
        made.borrow_mut().insert(name, tool);
        declaration
    });
    (declarations.collect(), made)
}

/// Members of what is asked that go into the record.
const NOTED: [&str; 8] = ["name", "arguments", "text", "content", "is_error", "method", "url", "headers"];

/// Names in a map of tools that stand for what else is asked begin so.
const ASKED: char = '?';

/// Adds what is answered to what an agent asks besides tools.
pub fn add_asks(tools: &Tools, asks: &Value) {
    for ask in asks.as_array().into_iter().flatten() {
        let key = format!("{ASKED}{}", ask["key"].as_str().unwrap());
        let handlers = ask["handler"].as_array().unwrap().clone();
        tools.borrow_mut().insert(key, Rc::new(Tool { handlers, count: Cell::new(0), behind: None }));
    }
}

/// Whether an agent asks for more than tools.
pub fn has_asks(tools: &Tools) -> bool {
    tools.borrow().keys().any(|key| key.starts_with(ASKED))
}

/// Answers what an agent asks besides tools, as JSON `{kind, payload}`.
pub fn asked(world: &World, tools: &Tools, request: &Value, wanted: &dyn Fn() -> bool) -> Outcome {
    let payload = &request["payload"];
    let key = match request["kind"].as_str().unwrap() {
        "hook" => format!("hook {}", payload["point"].as_str().unwrap()),
        "guardrail" => format!("guardrail {}", payload["name"].as_str().unwrap()),
        kind => kind.to_owned(),
    };
    let Some(tool) = tools.borrow().get(&format!("{ASKED}{key}")).cloned() else {
        let message = format!("the case says nothing of {key}");
        return Some(Err(Failure { message, kind: Kind::Approval }));
    };
    if tool.handlers.iter().any(|handler| handler.get("by_hand").is_some()) {
        return None;
    }
    let mut note = json!({"asked": key});
    for member in NOTED {
        if let Some(value) = payload.get(member) {
            note[member] = value.clone();
        }
    }
    if key == "http" {
        note["body"] = serde_json::from_str(payload["body"].as_str().unwrap()).unwrap();
    }
    act(world, &tool, note, payload, wanted)
}

/// Does what a tool does. `wanted` tells whether anybody still waits for the answer.
pub fn call(world: &World, tools: &Tools, name: &str, arguments: &Value, wanted: &dyn Fn() -> bool) -> Outcome {
    let Some(tool) = tools.borrow().get(name).cloned() else {
        return Some(Err(failure(format!("the case has no tool {name}"))));
    };
    act(world, &tool, json!({"tool": name, "arguments": arguments}), arguments, wanted)
}

fn act(world: &World, tool: &Tool, note: Value, arguments: &Value, wanted: &dyn Fn() -> bool) -> Outcome {
    let count = tool.count.replace(tool.count.get() + 1);
    world.note_call(note);
    let handler = &tool.handlers[count.min(tool.handlers.len() - 1)];
    let (act, value) = handler.as_object().unwrap().iter().next().unwrap();
    Some(match act.as_str() {
        // An answer is for `carry` to give.
        "returns" | "answers" => Ok(value.clone()),
        "echoes" => Ok(arguments.clone()),
        "fails" => {
            let kind = value.get("kind").map_or(Kind::Tool, |kind| Kind::from_name(kind.as_str().unwrap()).unwrap());
            Err(Failure { message: value["message"].as_str().unwrap().to_owned(), kind })
        }
        "raises" => Err(failure(value.as_str().unwrap().to_owned())),
        "waits_ms" => {
            wait(wanted, Duration::from_millis(value.as_u64().unwrap()));
            Ok("late".into())
        }
        "waits_until_cancelled" => {
            wait(wanted, LONGEST);
            if wanted() { Err(failure("nobody cancelled the call".to_owned())) } else { Ok("late".into()) }
        }
        "cancels" => match world.stream(value.as_str().unwrap()).cancel() {
            Ok(()) => Ok("late".into()),
            Err(error) => Err(failure(error.to_string())),
        },
        "keeps" => {
            let name = value["as"].as_str().unwrap().to_owned();
            match world.stream(value["stream"].as_str().unwrap()).checkpoint() {
                Ok(bytes) => {
                    world.checkpoints.borrow_mut().insert(name, bytes);
                    Ok(Value::Null)
                }
                Err(error) => Err(failure(error.to_string())),
            }
        }
        "chats" => Ok(match ops::ask(world, value) {
            Ok(result) => result.text.into(),
            Err(error) => json!({"error": error.kind.as_str()}),
        }),
        "by_hand" => return None,
        other => Err(failure(format!("this host has no handler {other}"))),
    })
}

fn failure(message: String) -> Failure {
    Failure { message, kind: Kind::Tool }
}

/// Waits until nobody wants an answer any more. Whether that was so before long.
pub fn wait_until_unwanted(wanted: &dyn Fn() -> bool) -> bool {
    wait(wanted, LONGEST);
    !wanted()
}

fn wait(wanted: &dyn Fn() -> bool, limit: Duration) {
    let begin = Instant::now();
    while wanted() && begin.elapsed() < limit {
        std::thread::sleep(LOOK);
    }
}
