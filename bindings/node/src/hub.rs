//! The runs of one environment (a JavaScript thread), and the way their events take to it.

use crate::agent::Agent;
use crate::bell::Bell;
use crate::failure::{OrThrow, thrown};
use crate::rows::Rows;
use llmspell::{Error, Kind, Queue, Run, Status, Target, Waker};
use napi::bindgen_prelude::{Buffer, Env, Function, JsValue, Uint8Array, Uint32ArraySlice};
use napi::sys;
use napi_derive::napi;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

/// Events of one run that are taken in one go, so that no run stands in the others' way.
const AT_ONCE: u32 = 256;

/// What is wanted of a run.
#[napi]
pub enum Mode {
    /// Requests, and the answer's text at its end.
    Text,
    /// Requests, and its last event. Those two are told without being asked for.
    Result,
    /// Every event that the input wants, as many as [`Hub::want`] asks for.
    Events,
    /// The same as `Result`, for a caller that blocks its thread with [`Hub::wait`].
    Blocking,
}

/// The runs of one environment.
#[napi]
pub struct Hub {
    env: sys::napi_env,
    waker: Waker,
    bell: Arc<Bell>,
    runs: HashMap<u32, Entry>,
    /// Runs that have news and may tell them.
    ready: VecDeque<u32>,
    /// Runs that something waits for: while there are some, the process stays alive.
    awaited: usize,
}

struct Entry {
    run: Run,
    queue: Queue,
    text_alone: bool,
    /// Events that are still wanted; none: all.
    credit: Option<u32>,
    /// It has news and no credit: nobody waits for it.
    held: bool,
}

#[napi]
impl Hub {
    /// A hub that has `wake` called when [`Hub::drain`] has something to give.
    #[napi(constructor, catch_unwind)]
    pub fn new(env: Env, wake: Function<'_, (), ()>) -> napi::Result<Self> {
        let env = env.raw();
        // SAFETY: both come from the call that we are in, and the function is one.
        let bell = unsafe { Bell::new(env, wake.raw())? };
        let waker = Waker::new();
        let caller = Arc::clone(&bell);
        waker.call(Some(Arc::new(move || caller.ring()))).or_throw()?;
        Ok(Self { env, waker, bell, runs: HashMap::new(), ready: VecDeque::new(), awaited: 0 })
    }

    /// Starts a run of an agent under a number that no other run has, and gives its id.
    #[napi(catch_unwind)]
    pub fn start(
        &mut self,
        number: u32,
        agent: &Agent,
        input_json: String,
        mode: Mode,
        credit: u32,
    ) -> napi::Result<String> {
        let target = Target::Agent(agent.inner.clone());
        self.enter(number, mode, credit, |queue| target.start(queue, &input_json))
    }

    /// Starts a run again from a checkpoint.
    #[napi(catch_unwind)]
    pub fn restore(
        &mut self,
        number: u32,
        agent: &Agent,
        checkpoint: Uint8Array,
        mode: Mode,
        credit: u32,
    ) -> napi::Result<String> {
        let target = Target::Agent(agent.inner.clone());
        self.enter(number, mode, credit, |queue| target.restore(queue, &checkpoint))
    }

    fn enter(
        &mut self,
        number: u32,
        mode: Mode,
        credit: u32,
        begin: impl FnOnce(&Queue) -> Result<Run, Error>,
    ) -> napi::Result<String> {
        let queue = Queue::new();
        let run = begin(&queue).or_throw()?;
        let id = run.id().to_owned();
        if !matches!(mode, Mode::Blocking) {
            queue.wake_by(Some((&self.waker, number.into()))).or_throw()?;
        }
        let credit = matches!(mode, Mode::Events).then_some(credit);
        let entry = Entry { run, queue, text_alone: matches!(mode, Mode::Text), credit, held: false };
        self.runs.insert(number, entry);
        self.await_more();
        Ok(id)
    }

    /// Takes events of all runs that may tell them: writes their numbers to `numbers` (see [`crate::rows`]) and gives their texts.
    /// A run whose last event was taken is forgotten.
    #[napi(catch_unwind)]
    pub fn drain(&mut self, mut numbers: Uint32ArraySlice<'_>) -> napi::Result<String> {
        // SAFETY: JavaScript stands still during the call, and nobody else has the array.
        let mut rows = Rows::new(unsafe { numbers.as_mut() });
        while let Some(token) = self.waker.next(Some(Duration::ZERO)).or_throw()? {
            self.ready.extend(u32::try_from(token));
        }
        for _ in 0..self.ready.len() {
            if rows.is_full() {
                break;
            }
            let Some(number) = self.ready.pop_front() else { break };
            match self.take(number, &mut rows) {
                Ok(true) => self.ready.push_back(number),
                Ok(false) => {}
                Err(error) => {
                    rows.add_failure(number, &error);
                    self.forget(number);
                }
            }
        }
        Ok(rows.finish(!self.ready.is_empty()))
    }

    /// Waits for events of one run that was started to block, and takes them like [`Hub::drain`].
    #[napi(catch_unwind)]
    pub fn wait(&mut self, number: u32, timeout_ms: u32, mut numbers: Uint32ArraySlice<'_>) -> napi::Result<String> {
        // SAFETY: as in `drain`.
        let mut rows = Rows::new(unsafe { numbers.as_mut() });
        let entry = self.entry(number)?;
        let (text_alone, timeout) = (entry.text_alone, Duration::from_millis(timeout_ms.into()));
        let mut more = false;
        if let Some(event) = entry.queue.next(Some(timeout)).or_throw()? {
            rows.add(number, &event, text_alone);
            if event.body.event_type().is_final() {
                self.forget(number);
            } else {
                more = self.take(number, &mut rows).or_throw()?;
            }
        }
        Ok(rows.finish(more))
    }

    /// Takes what there is of a run. Whether it may have more to tell.
    fn take(&mut self, number: u32, rows: &mut Rows<'_>) -> Result<bool, Error> {
        let mut left = AT_ONCE;
        let Some(entry) = self.runs.get_mut(&number) else { return Ok(false) };
        loop {
            if entry.credit == Some(0) {
                if !std::mem::replace(&mut entry.held, true) {
                    self.await_less();
                }
                return Ok(false);
            }
            if left == 0 || rows.is_full() {
                return Ok(true);
            }
            let Some(event) = entry.queue.next(Some(Duration::ZERO))? else { return Ok(false) };
            rows.add(number, &event, entry.text_alone);
            if event.body.event_type().is_final() {
                self.forget(number);
                return Ok(false);
            }
            left -= 1;
            entry.credit = entry.credit.map(|credit| credit - 1);
        }
    }

    /// Asks for so many more events of a run, or for all (`None`). Whether there is something to take now.
    #[napi(catch_unwind)]
    pub fn want(&mut self, number: u32, more: Option<u32>) -> bool {
        let Some(entry) = self.runs.get_mut(&number) else { return false };
        let held = std::mem::take(&mut entry.held);
        entry.credit = match (entry.credit, more) {
            (Some(credit), Some(more)) => Some(credit.saturating_add(more)),
            _ => None,
        };
        if held {
            self.ready.push_back(number);
            self.await_more();
        }
        held
    }

    /// Answers a request.
    #[napi(catch_unwind)]
    pub fn reply(&mut self, number: u32, reply_json: String) -> napi::Result<()> {
        self.entry(number)?.run.reply(&reply_json).or_throw()
    }

    /// Whether a request is still open.
    #[napi(catch_unwind)]
    pub fn awaits(&mut self, number: u32, request: String) -> napi::Result<bool> {
        match self.runs.get(&number) {
            Some(entry) => entry.run.awaits(&request).or_throw(),
            None => Ok(false),
        }
    }

    /// Feeds the head of an answer that the program carries.
    #[napi(catch_unwind)]
    pub fn http_head(&mut self, number: u32, request: String, head_json: String) -> napi::Result<()> {
        self.entry(number)?.run.http_head(&request, &head_json).or_throw()
    }

    /// Feeds bytes of its body. False when there is no room for them until events are taken.
    #[napi(catch_unwind)]
    pub fn http_bytes(&mut self, number: u32, request: String, bytes: Uint8Array) -> napi::Result<bool> {
        match self.entry(number)?.run.http_bytes(&request, &bytes) {
            Err(error) if error.kind == Kind::Busy => Ok(false),
            other => other.map(|()| true).or_throw(),
        }
    }

    /// Ends its body.
    #[napi(catch_unwind)]
    pub fn http_end(&mut self, number: u32, request: String) -> napi::Result<()> {
        self.entry(number)?.run.http_end(&request).or_throw()
    }

    /// Cancels a run; its last event still comes. Without effect on one that has ended.
    #[napi(catch_unwind)]
    pub fn cancel(&mut self, number: u32) -> napi::Result<()> {
        match self.runs.get(&number) {
            Some(entry) => entry.run.cancel().or_throw(),
            None => Ok(()),
        }
    }

    /// The run as bytes.
    #[napi(catch_unwind)]
    pub fn checkpoint(&mut self, number: u32) -> napi::Result<Buffer> {
        Ok(self.entry(number)?.run.checkpoint().or_throw()?.into())
    }

    /// The session whose conversation a run goes on with; none for the agent's own, and for a run that is over.
    #[napi(catch_unwind)]
    pub fn session(&mut self, number: u32) -> Option<String> {
        self.runs.get(&number)?.run.session().map(str::to_owned)
    }

    /// Whether the run waits behind another of its agent.
    #[napi(catch_unwind)]
    pub fn is_queued(&mut self, number: u32) -> bool {
        self.runs.get(&number).is_some_and(|entry| entry.run.status() == Status::Queued)
    }

    /// Whether it has ended, also when its last event was not taken yet.
    #[napi(catch_unwind)]
    pub fn has_ended(&mut self, number: u32) -> bool {
        self.runs.get(&number).is_none_or(|entry| entry.run.status() == Status::Ended)
    }

    /// Forgets a run. One that has not ended is cancelled, and nobody hears of its end.
    #[napi(catch_unwind)]
    pub fn forget(&mut self, number: u32) {
        if let Some(entry) = self.runs.remove(&number)
            && !entry.held
        {
            self.await_less();
        }
    }

    /// Runs that are not over.
    #[napi(catch_unwind)]
    #[must_use]
    pub fn count(&self) -> u32 {
        u32::try_from(self.runs.len()).unwrap_or(u32::MAX)
    }

    fn entry(&mut self, number: u32) -> napi::Result<&mut Entry> {
        self.runs.get_mut(&number).ok_or_else(|| thrown(&Error::new(Kind::Closed, "the run has ended")))
    }

    fn await_more(&mut self) {
        if self.awaited == 0 {
            // SAFETY: a hub is used on the thread of its environment alone.
            unsafe { self.bell.keep_alive(self.env, true) };
        }
        self.awaited += 1;
    }

    fn await_less(&mut self) {
        self.awaited = self.awaited.saturating_sub(1);
        if self.awaited == 0 {
            // SAFETY: as above.
            unsafe { self.bell.keep_alive(self.env, false) };
        }
    }
}
