//! What the tests share: a server that does what it is told, and the few lines that start a run and read its events.

pub mod answer;
pub mod child;
pub mod server;
pub mod wire;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use llmspell_core::codec::openai_chat::OpenAiChat;
use llmspell_core::http::Secret;
use llmspell_core::request::{Reply, Request, What};
use llmspell_core::run::{Endpoint, Run, RunInput, RunSpec, Settings};
use llmspell_core::tool::Tool;
use llmspell_core::{Conversation, Error, Event, EventBody, EventMask, Message, RunResult};
use llmspell_runtime::{Job, Network, Queue, RunHandle, submit};
use serde_json::{Value, json};

pub use server::{Peer, Server};

/// Liveness bound: far longer than anything here takes.
pub const LONG: Duration = Duration::from_secs(30);
/// A key that must appear in no error.
pub const KEY: &str = "sk-test-0123456789abcdef";

/// An agent's configuration with the usual limits, whose failures are not tried again.
pub fn spec(base_url: &str) -> RunSpec {
    let endpoint = Endpoint {
        provider: "openai".into(),
        codec: &OpenAiChat,
        base_url: base_url.into(),
        api_key: Some(Secret::new(KEY)),
        key_place: None,
        model_place: None,
        headers: Vec::new(),
        way: 0,
    };
    let settings = Settings { max_retries: Some(0), ..Settings::default() };
    RunSpec { settings, ..RunSpec::new(endpoint, "gpt-test") }
}

/// The same with tools that take one text each.
pub fn with_tools(mut spec: RunSpec, names: &[&str]) -> RunSpec {
    for name in names {
        let schema = json!({"type": "object", "properties": {"expression": {"type": "string"}}});
        let tool = json!({"name": name, "description": "Perform mathematical calculations", "schema": schema});
        spec.tools = Arc::new(spec.tools.with(Tool::from_json("tool", tool).unwrap()).unwrap());
    }
    spec
}

/// No proxy, whatever the environment of the tests says.
pub fn direct() -> Network {
    Network { proxy: Some(String::new()), ..Network::default() }
}

/// A run under way.
pub struct Chat {
    pub run: RunHandle,
    pub queue: Queue,
    /// What the façade is told at the end.
    pub finished: Receiver<(Option<Conversation>, Event)>,
}

/// What is submitted, and what hears of its end.
pub fn job(spec: RunSpec, message: &str) -> (Job, Receiver<(Option<Conversation>, Event)>) {
    let input = RunInput { messages: vec![Message::user(message)], settings: Settings::default() };
    let (tell, finished) = channel();
    let job = Job {
        run: Run::new(Arc::new(spec), input, "run_test".into()),
        wanted: EventMask::ALL,
        network: direct(),
        more_ways: Vec::new(),
        on_finish: Box::new(move |conversation, event| tell.send((conversation, event.clone())).unwrap_or_default()),
    };
    (job, finished)
}

/// A run that waits for its turn.
pub fn submitted(queue: &Queue, spec: RunSpec, network: Network, message: &str) -> Chat {
    let (job, finished) = job(spec, message);
    Chat { run: submit(queue, Job { network, ..job }).unwrap(), queue: queue.clone(), finished }
}

/// A run that has begun, in a queue of its own.
pub fn start(spec: RunSpec, message: &str) -> Chat {
    start_in(&Queue::new(), spec, direct(), message)
}

pub fn start_in(queue: &Queue, spec: RunSpec, network: Network, message: &str) -> Chat {
    let chat = submitted(queue, spec, network, message);
    chat.run.begin(Conversation::default()).unwrap();
    chat
}

impl Chat {
    /// The next event; there must be one.
    pub fn next(&self) -> Event {
        self.queue.next(Some(LONG)).unwrap().expect("an event within the liveness bound")
    }

    /// Reads events up to the first for which `wanted` gives something.
    pub fn until<T>(&self, wanted: impl Fn(&EventBody) -> Option<T>) -> T {
        loop {
            let event = self.next();
            if let Some(found) = wanted(&event.body) {
                return found;
            }
            assert!(!event.body.event_type().is_final(), "ended early: {}", event.to_json());
        }
    }

    /// The id of the next request.
    pub fn request(&self) -> String {
        self.until(|body| match body {
            EventBody::Request(Request { id, .. }) => Some(id.clone()),
            _ => None,
        })
    }

    /// All events that are left, up to the end of the run.
    pub fn rest(&self) -> Vec<Event> {
        let mut events = Vec::new();
        loop {
            let event = self.next();
            let last = event.body.event_type().is_final();
            events.push(event);
            if last {
                return events;
            }
        }
    }

    /// The result; the run must end well.
    pub fn done(&self) -> RunResult {
        match self.rest().pop().unwrap().body {
            EventBody::Done { result } => *result,
            other => panic!("not done: {other:?}"),
        }
    }

    /// The error; the run must fail. It must hold no secret.
    pub fn error(&self) -> Error {
        match self.rest().pop().unwrap().body {
            EventBody::Error { error, .. } => {
                assert!(!format!("{error:?} {}", error.to_json()).contains(KEY), "the error shows the key");
                *error
            }
            other => panic!("not an error: {other:?}"),
        }
    }

    /// Cancels the run; its last event must be `cancelled`.
    pub fn cancel(&self) {
        self.run.cancel().unwrap();
        let last = self.rest().pop().unwrap().body;
        assert!(matches!(last, EventBody::Cancelled { .. }), "{last:?}");
    }

    /// Reads to the end and answers requests with these functions, by tool.
    pub fn converse(&self, handlers: &HashMap<&str, fn(&Value) -> Value>) -> RunResult {
        loop {
            match self.next().body {
                EventBody::Request(Request { id, what: What::Tool { name, arguments, .. } }) => {
                    self.run.reply(Reply { id, outcome: Ok(handlers[name.as_str()](&arguments)) }).unwrap();
                }
                EventBody::Done { result } => return *result,
                EventBody::Error { error, .. } => panic!("{error:?}"),
                _ => {}
            }
        }
    }
}

/// The I/O thread, held still: it does nothing until released.
pub struct HeldThread {
    release: std::sync::mpsc::Sender<()>,
    queue: Queue,
}

impl HeldThread {
    /// Holds the thread with the end of a run, and returns when it stands still.
    pub fn new() -> Self {
        let ((release, wait), (tell, held)) = (channel::<()>(), channel());
        let queue = Queue::new();
        let on_finish = Box::new(move |_: Option<Conversation>, _: &Event| {
            tell.send(()).unwrap();
            // Ends as well when a test fails before it releases the thread.
            let _ = wait.recv();
        });
        let (job, _) = job(spec("demo:"), "hi");
        submit(&queue, Job { on_finish, ..job }).unwrap().begin(Conversation::default()).unwrap();
        held.recv_timeout(LONG).unwrap();
        HeldThread { release, queue }
    }

    /// Lets the thread go on.
    pub fn release(self) {
        self.release.send(()).unwrap();
        while !self.queue.next(Some(LONG)).unwrap().unwrap().body.event_type().is_final() {}
    }
}

/// The text deltas among events.
pub fn texts(events: &[Event]) -> Vec<&str> {
    events.iter().filter(|event| matches!(event.body, EventBody::TextDelta { .. })).map(Event::text).collect()
}

/// The most memory that this process ever had, in KiB.
pub fn peak_kib() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
