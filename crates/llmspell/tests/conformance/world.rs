//! All that a case has made so far, and its record.

use crate::case::Carry;
use crate::mock::Scenario;
use crate::stream::Stream;
use crate::tool::Tools;
use llmspell::Agent;
use serde_json::{Map, Value, json};
use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

/// An agent with what its tools do.
#[derive(Clone)]
pub struct Known {
    pub agent: Agent,
    pub tools: Tools,
}

/// All that a case has made so far.
pub struct World {
    pub scenario: OnceCell<Scenario>,
    pub carry: Carry,
    pub agents: RefCell<HashMap<String, Known>>,
    pub checkpoints: RefCell<HashMap<String, Vec<u8>>>,
    pub states: RefCell<HashMap<String, Value>>,
    streams: RefCell<HashMap<String, Rc<Stream>>>,
    steps: RefCell<Map<String, Value>>,
    calls: RefCell<Vec<Value>>,
    seen: RefCell<Option<Value>>,
}

impl World {
    pub fn new(carry: Carry) -> Self {
        let carried = carry.bytes.clone().map(|bytes| ("carried".to_owned(), bytes));
        Self {
            scenario: OnceCell::new(),
            carry,
            agents: RefCell::default(),
            checkpoints: RefCell::new(carried.into_iter().collect()),
            states: RefCell::default(),
            streams: RefCell::default(),
            steps: RefCell::default(),
            calls: RefCell::default(),
            seen: RefCell::default(),
        }
    }

    /// The agent that a step is about.
    pub fn agent(&self, args: &Value) -> Known {
        let name = args.get("agent").and_then(Value::as_str).unwrap_or("agent");
        self.agents.borrow().get(name).cloned().unwrap_or_else(|| panic!("there is no agent {name}"))
    }

    pub fn stream(&self, name: &str) -> Rc<Stream> {
        self.streams.borrow().get(name).cloned().unwrap_or_else(|| panic!("there is no stream {name}"))
    }

    pub fn add_stream(&self, name: &str, stream: Stream) -> Rc<Stream> {
        let stream = Rc::new(stream);
        self.streams.borrow_mut().insert(name.to_owned(), Rc::clone(&stream));
        stream
    }

    pub fn note_call(&self, call: Value) {
        self.calls.borrow_mut().push(call);
    }

    pub fn note_step(&self, name: &str, outcome: Value) {
        self.steps.borrow_mut().insert(name.to_owned(), outcome);
    }

    pub fn note_seen(&self, seen: Value) {
        *self.seen.borrow_mut() = Some(seen);
    }

    /// Closes whatever is open.
    pub fn close(&self) -> Result<(), String> {
        for stream in self.streams.borrow().values() {
            stream.close();
        }
        self.agents.borrow_mut().clear();
        self.scenario.get().map_or(Ok(()), Scenario::remove)
    }

    /// What the case came to.
    pub fn into_record(self) -> Value {
        let events: Map<String, Value> =
            self.streams.into_inner().into_iter().map(|(name, stream)| (name, stream.events())).collect();
        let mut record = json!({"steps": self.steps.into_inner(), "events": events, "calls": self.calls.into_inner()});
        if let Some(seen) = self.seen.into_inner() {
            record["seen"] = seen;
        }
        record
    }
}
