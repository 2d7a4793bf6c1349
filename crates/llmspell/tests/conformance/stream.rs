//! A stream with the events that were read of it.

use crate::tool::{self, Tools};
use crate::world::World;
use llmspell::request::{Reply, Request, What};
use llmspell::{Error, Event, EventBody, Kind, Queue, Run, RunResult};
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::time::Duration;

/// How long an event may take: longer than any limit that a case sets.
const PATIENCE: Duration = Duration::from_secs(120);

/// A run and the queue of its own.
pub struct Stream {
    run: RefCell<Option<Run>>,
    queue: Queue,
    tools: Tools,
    events: RefCell<Vec<Value>>,
    ending: RefCell<Option<String>>,
    cancelled: Cell<bool>,
    last: RefCell<Option<EventBody>>,
    /// Requests that a step answers, by their tool calls.
    asked: RefCell<HashMap<String, String>>,
}

impl Stream {
    /// A stream of a run that has begun, or whose only event says why it could not.
    pub fn new(queue: Queue, tools: Tools, run: Result<Run, Error>) -> Self {
        let (run, event) = match run {
            Ok(run) => (Some(run), None),
            Err(error) => (None, Some(json!({"type": "error", "error": parsed(&error.to_json())}))),
        };
        Self {
            ending: RefCell::new(event.as_ref().map(|_| "error".to_owned())),
            events: RefCell::new(event.into_iter().collect()),
            run: RefCell::new(run),
            queue,
            tools,
            cancelled: Cell::new(false),
            last: RefCell::default(),
            asked: RefCell::default(),
        }
    }

    pub fn events(&self) -> Value {
        self.events.borrow().clone().into()
    }

    /// Reads on to `limit` and tells the ending.
    pub fn read(&self, world: &World, limit: Option<&Value>) -> Result<String, String> {
        if limit.is_some_and(|limit| limit == "start") {
            return Ok("open".to_owned());
        }
        let mut left = limit.map_or(0, |limit| limit["count"].as_u64().unwrap_or(1));
        while self.ending.borrow().is_none() {
            let name = self.take(world)?;
            if limit.is_some_and(|limit| limit["type"] == name.as_str()) {
                left -= 1;
                if left == 0 {
                    break;
                }
            }
        }
        Ok(self.ending.borrow().clone().unwrap_or_else(|| "open".to_owned()))
    }

    /// Takes one event, serves it if it is a request, and gives its type.
    fn take(&self, world: &World) -> Result<String, String> {
        let event = self.queue.next(Some(PATIENCE)).map_err(|error| error.to_string())?;
        let event = event.ok_or("no event came for two minutes")?;
        let name = event.body.event_type().as_str().to_owned();
        if let EventBody::Request(request) = event.body {
            let is_approval = matches!(request.what, What::Approval { .. });
            let by_hand = self.serve(world, event.agent.as_deref().unwrap_or_default(), &request)?;
            // What is served on the way is no event of the case's.
            return Ok(if by_hand && is_approval { name } else { String::new() });
        }
        self.note(&event);
        *self.last.borrow_mut() = Some(event.body);
        Ok(name)
    }

    fn note(&self, event: &Event) {
        let last = event.body.event_type().is_final();
        if last {
            *self.ending.borrow_mut() = Some(event.body.event_type().as_str().to_owned());
        }
        // What else was on its way when a run was cancelled depends on time.
        if last || !self.cancelled.get() {
            self.events.borrow_mut().push(parsed(&event.to_json()));
        }
    }

    /// Serves a request. Whether a step has to answer it.
    fn serve(&self, world: &World, path: &[String], request: &Request) -> Result<bool, String> {
        let id = &request.id;
        let wanted = || self.with_run(|run| run.awaits(id)).is_ok_and(|awaits| awaits);
        // Its time may be over before it is read.
        if !wanted() {
            return Ok(false);
        }
        let tools = tool::behind(&self.tools, path);
        let outcome = match &request.what {
            What::Tool { name, arguments, .. } => tool::call(world, &tools, name, arguments, &wanted),
            what => tool::asked(world, &tools, &serde_json::to_value(what).unwrap(), &wanted),
        };
        let Some(outcome) = outcome else {
            let call = match &request.what {
                What::Tool { tool_call_id, .. } | What::Approval { tool_call_id, .. } => tool_call_id.clone(),
                other => other.kind().to_owned(),
            };
            self.asked.borrow_mut().insert(call, id.clone());
            return Ok(true);
        };
        let served = match (&request.what, outcome) {
            (What::Http { .. }, Ok(answer)) => self.carry(world, id, &answer, &wanted),
            (_, outcome) => self.with_run(|run| run.answer(Reply { id: id.clone(), outcome })),
        };
        served.map(|()| false).map_err(|error| error.to_string())
    }

    /// Carries an exchange: gives the answer as a case has it, whole or in pieces.
    fn carry(&self, world: &World, id: &str, answer: &Value, wanted: &dyn Fn() -> bool) -> Result<(), Error> {
        let size = |name: &str| answer.get(name).map(|size| usize::try_from(size.as_u64().unwrap()).unwrap());
        let body = answer["body"].as_str().unwrap().as_bytes();
        let body = &body[..size("bytes").unwrap_or(body.len()).min(body.len())];
        let head = json!({"status": answer["status"], "headers": answer["headers"]});
        let after = answer.get("after");
        if after.is_none() && size("pieces_of").is_none() && std::str::from_utf8(body).is_ok() {
            let mut whole = head;
            whole["body"] = String::from_utf8_lossy(body).into();
            return self.with_run(|run| run.answer(Reply { id: id.to_owned(), outcome: Ok(whole) }));
        }
        self.with_run(|run| run.http_head(id, &head.to_string()))?;
        for piece in body.chunks(size("pieces_of").unwrap_or(body.len().max(1))) {
            self.with_run(|run| run.http_bytes(id, piece))?;
        }
        let Some(after) = after else { return self.with_run(|run| run.http_end(id)) };
        if let Some(failure) = after.get("fails") {
            return self.with_run(|run| run.reply(&json!({"id": id, "error": failure}).to_string()));
        }
        if let Some(stream) = after.get("cancels") {
            world.stream(stream.as_str().unwrap()).cancel()?;
        }
        world.note_call(json!({"asked": "http", "told": tool::wait_until_unwanted(wanted)}));
        Ok(())
    }

    /// Reads to the end: the result, or the error that the last event stands for.
    pub fn result(&self, world: &World) -> Result<RunResult, Error> {
        self.read(world, None).expect("the stream ends");
        match self.last.take() {
            Some(EventBody::Done { result }) => Ok(*result),
            Some(EventBody::Error { error, partial }) => Err(Error { partial: Some(partial), ..*error }),
            Some(EventBody::Cancelled { partial }) => {
                Err(Error { partial: Some(partial), ..Error::new(Kind::Cancelled, "the run was cancelled") })
            }
            other => panic!("{other:?} is no last event"),
        }
    }

    /// Answers a call by hand: reads on to its request first, if that has not come yet.
    pub fn reply(&self, world: &World, call: &str, mut answer: Value) -> Result<Result<(), Error>, String> {
        while !self.asked.borrow().contains_key(call) && self.ending.borrow().is_none() {
            self.take(world)?;
        }
        let id = self.asked.borrow().get(call).cloned().ok_or_else(|| format!("{call} was never asked by hand"))?;
        answer["id"] = id.into();
        Ok(self.with_run(|run| run.reply(&answer.to_string())))
    }

    pub fn cancel(&self) -> Result<(), Error> {
        self.cancelled.set(true);
        self.with_run(Run::cancel)
    }

    pub fn checkpoint(&self) -> Result<Vec<u8>, Error> {
        self.with_run(Run::checkpoint)
    }

    /// Gives the run up, which cancels it.
    pub fn close(&self) {
        self.run.borrow_mut().take();
        self.ending.borrow_mut().get_or_insert_with(|| "cancelled".to_owned());
    }

    fn with_run<T>(&self, act: impl FnOnce(&Run) -> Result<T, Error>) -> Result<T, Error> {
        let run = self.run.borrow();
        act(run.as_ref().ok_or_else(|| Error::new(llmspell::Kind::Closed, "the stream has no run"))?)
    }
}

/// JSON text of llmspell's own as a value.
pub fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}
