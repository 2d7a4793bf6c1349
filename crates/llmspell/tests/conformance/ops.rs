//! Carries out the steps of a case and writes down what they came to.

use crate::mock::Scenario;
use crate::stream::{Stream, parsed};
use crate::tool;
use crate::world::{Known, World};
use llmspell::{Agent, Error, Kind, Queue, RunResult, Target, blocking};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

const KEY: &str = "sk-conformance-0123456789";

/// Plays a whole case, and closes everything afterwards. The error says what went wrong in playing it.
pub fn play(world: &World, case: &Value) -> Result<(), String> {
    let played = catch_unwind(AssertUnwindSafe(|| steps(world, case)));
    let closed = world.close();
    played.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        Err(text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default())
    })?;
    closed
}

fn steps(world: &World, case: &Value) -> Result<(), String> {
    let given = &case["given"];
    if let Some(scenario) = given.get("scenario") {
        world.scenario.set(Scenario::play(scenario)?).map_err(|_| "the scenario is played already")?;
    }
    let agent = create(world, &given["agent"], given, None).map_err(|error| error.to_string())?;
    world.agents.borrow_mut().insert("agent".to_owned(), agent);
    for step in case["steps"].as_array().unwrap() {
        let name = step["as"].as_str().unwrap();
        let outcome = carry_out(world, step["op"].as_str().unwrap(), &step["args"], name)?;
        world.note_step(name, outcome);
    }
    if let Some(scenario) = world.scenario.get() {
        world.note_seen(scenario.seen()?);
    }
    Ok(())
}

/// Does one step; the answer is its outcome. An error is one of the case or of this adapter.
fn carry_out(world: &World, op: &str, args: &Value, name: &str) -> Result<Value, String> {
    let text = |key: &str| args[key].as_str().unwrap_or_default();
    let limit = args.get("until");
    Ok(match op {
        "chat" => outcome(ask(world, args).map(|result| result.text.into())),
        "execute" => outcome(ask(world, args).map(|result| serde_json::to_value(result).unwrap())),
        "stream" => {
            let Known { agent, tools } = world.agent(args);
            let queue = Queue::new();
            let run = Target::Agent(agent).start(&queue, &input(args));
            match run {
                Err(error) if error.kind == Kind::Argument => outcome(Err(error)),
                run => json!({"ok": world.add_stream(name, Stream::new(queue, tools, run)).read(world, limit)?}),
            }
        }
        "restore" => {
            let Known { agent, tools } = world.agent(args);
            let queue = Queue::new();
            let run = Target::Agent(agent).restore(&queue, &bytes_of(world, args));
            json!({"ok": world.add_stream(name, Stream::new(queue, tools, run)).read(world, limit)?})
        }
        "read" => json!({"ok": world.stream(text("stream")).read(world, limit)?}),
        "cancel" => outcome(world.stream(text("stream")).cancel().map(|()| true.into())),
        "reply" => {
            let answer = json!({"ok": args.get("ok"), "error": args.get("error")});
            let given = answer.as_object().unwrap().iter().filter(|(key, _)| args.get(key.as_str()).is_some());
            let answer = given.map(|(key, value)| (key.clone(), value.clone())).collect();
            outcome(world.stream(text("stream")).reply(world, text("tool_call_id"), answer)?.map(|()| true.into()))
        }
        "checkpoint" => outcome(checkpoint(world, args, name)?),
        "create" => {
            let state = args.get("state").map(|state| match state.as_str() {
                Some(name) => world.states.borrow()[name].clone(),
                None => state.clone(),
            });
            let options = args.get("options").unwrap_or(&Value::Null);
            outcome(keep(world, name, create(world, options, args, state)))
        }
        "fork" => {
            let Known { agent, tools } = world.agent(args);
            let tools = Rc::new(RefCell::new(tools.borrow().clone()));
            outcome(keep(world, name, Ok(Known { agent: agent.fork(), tools })))
        }
        "add_tool" => {
            let (declaration, tool_name, made) = tool::declare(&args["tool"]);
            let Known { agent, tools } = world.agent(args);
            let added = agent.add_tool(&declaration.to_string());
            if added.is_ok() {
                tools.borrow_mut().insert(tool_name, made);
            }
            outcome(added.map(|()| true.into()))
        }
        "add_agent" => {
            let other = world.agent(&json!({"agent": args["other"]}));
            let Known { agent, tools } = world.agent(args);
            let count = |agent: &Agent| parsed(&agent.info())["tools"].as_array().unwrap().len();
            let before = count(&agent);
            let added = agent.add_agent(&other.agent, &args["as_tool"].to_string());
            if added.is_ok() {
                let name = parsed(&agent.info())["tools"][before].as_str().unwrap().to_owned();
                tools.borrow_mut().insert(name, tool::of_agent(&other.tools));
            }
            outcome(added.map(|()| true.into()))
        }
        "get_state" => {
            let agent = world.agent(args).agent;
            let session = args.get("session").and_then(Value::as_str);
            let state = parsed(&session.map_or_else(|| agent.state(), |session| agent.session_state(session)));
            world.states.borrow_mut().insert(name.to_owned(), state.clone());
            json!({"ok": state})
        }
        "played" => outcome(world.agent(args).agent.played().map(|report| parsed(&report))),
        "reset" => {
            let agent = world.agent(args).agent;
            let done = match args.get("session").and_then(Value::as_str) {
                Some(session) => agent.reset_session(session),
                None => agent.reset(),
            };
            outcome(done.map(|()| true.into()))
        }
        "close" => {
            if let Some(stream) = args.get("stream").and_then(Value::as_str) {
                world.stream(stream).close();
            } else {
                world.agents.borrow_mut().remove(args.get("agent").and_then(Value::as_str).unwrap_or("agent"));
            }
            json!({"ok": true})
        }
        "release" => {
            scenario(world)?.release(text("hold"))?;
            json!({"ok": true})
        }
        "await" => {
            let number = |key: &str| args.get(key).and_then(Value::as_u64).unwrap_or(0);
            scenario(world)?.wait_for(number("requests"), number("aborted"))?;
            json!({"ok": true})
        }
        other => return Err(format!("this host does not know the operation {other}")),
    })
}

fn outcome(result: Result<Value, Error>) -> Value {
    match result {
        Ok(value) => json!({"ok": value}),
        Err(error) => json!({"error": parsed(&error.to_json())}),
    }
}

fn scenario(world: &World) -> Result<&Scenario, String> {
    world.scenario.get().ok_or_else(|| "the case has no scenario".to_owned())
}

/// Sends a message and waits for the result.
pub fn ask(world: &World, args: &Value) -> Result<RunResult, Error> {
    let Known { agent, tools } = world.agent(args);
    if tool::has_asks(&tools) {
        // A blocking call serves nothing but tools.
        let queue = Queue::new();
        let run = Target::Agent(agent).start(&queue, &input(args))?;
        return Stream::new(queue, tools, Ok(run)).result(world);
    }
    blocking::execute(&agent, &input(args), |call| {
        // A blocking call tells its tools nothing of who still waits for them.
        tool::call(world, &tool::behind(&tools, call.agent), call.name, call.arguments, &|| true)
            .expect("only streams are answered by hand")
    })
}

/// The input of a run: the message, and beside it the options of the call.
fn input(args: &Value) -> String {
    let mut input = args.get("options").cloned().unwrap_or_else(|| json!({}));
    input["input"] = args["message"].clone();
    input.to_string()
}

/// An agent whose options get what the case does not say.
/// `made` has the tools and what else is asked, with what is answered.
fn create(world: &World, given: &Value, made: &Value, state: Option<Value>) -> Result<Known, Error> {
    let mut options = match world.scenario.get() {
        Some(scenario) => json!({"provider": "openai", "base_url": format!("{}/v1", scenario.url()), "api_key": KEY}),
        None => json!({"provider": "demo"}),
    };
    for (key, value) in given.as_object().into_iter().flatten() {
        options[key] = value.clone();
    }
    options.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    let (declarations, tools) = tool::declare_all(&made["tools"]);
    tool::add_asks(&tools, &made["asks"]);
    options["tools"] = declarations;
    if let Some(state) = state {
        options["state"] = state;
    }
    Ok(Known { agent: Agent::new(&options.to_string())?, tools })
}

fn keep(world: &World, name: &str, made: Result<Known, Error>) -> Result<Value, Error> {
    world.agents.borrow_mut().insert(name.to_owned(), made?);
    Ok(true.into())
}

fn checkpoint(world: &World, args: &Value, name: &str) -> Result<Result<Value, Error>, String> {
    let bytes = match world.stream(args["stream"].as_str().unwrap()).checkpoint() {
        Ok(bytes) => bytes,
        Err(error) => return Ok(Err(error)),
    };
    if args.get("carry").is_some() {
        let file = world.carry.file.as_ref().ok_or("no folder for bytes is set; run `make conformance`")?;
        fs::write(file, &bytes).map_err(|error| error.to_string())?;
    }
    world.checkpoints.borrow_mut().insert(name.to_owned(), bytes);
    Ok(Ok(true.into()))
}

fn bytes_of(world: &World, args: &Value) -> Vec<u8> {
    let mut bytes = match args.get("bytes").and_then(Value::as_str) {
        Some(text) => text.as_bytes().to_vec(),
        None => world.checkpoints.borrow()[args["checkpoint"].as_str().unwrap()].clone(),
    };
    if let Some(cut) = args.get("cut").and_then(Value::as_u64) {
        bytes.truncate(usize::try_from(cut).unwrap());
    }
    bytes
}
