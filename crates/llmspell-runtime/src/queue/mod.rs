//! Queues: where the events of runs wait for their host.

mod account;
mod deadline;
mod pipe;
pub(crate) mod wake;
mod waker;

use std::collections::{HashMap, VecDeque};
use std::os::fd::RawFd;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use llmspell_core::{Error, Event};

pub(crate) use account::Account;
use deadline::Deadline;
use pipe::Pipe;
use waker::Bell;
pub use waker::{Caller, Life, Waker};

use crate::process::Owner;

/// Events after which a host is woken although the I/O thread is still busy.
const WAKE_EVERY: usize = 64;
const MEND: &str = "make a new queue in this process";

/// A queue of events. Cloning gives another handle to the same queue; every method may be called from any thread, and
/// each event goes to one taker.
///
/// When the last handle is dropped, the runs that write to the queue are cancelled: nobody could see their end. After
/// a fork, the child's handles answer `forked`, and dropping them leaks what they inherited.
#[derive(Clone)]
pub struct Queue {
    shared: Arc<Shared>,
    // Counts the host's handles; runs hold `shared` only.
    hosts: Arc<Host>,
}

/// Closes the queue when the last handle of the host goes.
struct Host {
    shared: Arc<Shared>,
}

/// What the host's handles and the runs share.
pub(crate) struct Shared {
    owner: Owner,
    state: Mutex<State>,
    news: Condvar,
}

#[derive(Default)]
struct State {
    events: VecDeque<Entry>,
    /// Events since the host was last signalled.
    unsaid: usize,
    /// Whether the queue is on the I/O thread's list.
    noted: bool,
    /// Threads inside a blocking `next`.
    waiters: usize,
    pipe: Option<Pipe>,
    bell: Option<Bell>,
    /// Whether the bell was rung since the host last found nothing.
    rung: bool,
    closed: bool,
    writers: HashMap<u64, Weak<dyn Writer>>,
    last_writer: u64,
}

struct Entry {
    event: Event,
    cost: usize,
    account: Arc<Account>,
}

/// A run, as its queue sees it.
pub(crate) trait Writer: Send + Sync {
    /// Nobody will take the run's events any more.
    fn give_up(self: Arc<Self>);
}

impl Queue {
    /// An empty queue.
    #[must_use]
    pub fn new() -> Self {
        let shared = Arc::new(Shared { owner: Owner::here(), state: Mutex::default(), news: Condvar::new() });
        Queue { hosts: Arc::new(Host { shared: Arc::clone(&shared) }), shared }
    }

    /// Takes the oldest event. Without one it waits up to `timeout` (`None`: without end; zero: not at all), and gives
    /// `None` when the time is over.
    ///
    /// # Errors
    /// `forked` in a child process.
    pub fn next(&self, timeout: Option<Duration>) -> Result<Option<Event>, Error> {
        self.shared.owner.check("queue", MEND)?;
        let deadline = Deadline::after(timeout);
        let mut state = self.shared.lock();
        loop {
            if let Some(entry) = state.events.pop_front() {
                if state.events.is_empty()
                    && let Some(pipe) = &mut state.pipe
                {
                    pipe.drain();
                }
                let resume = entry.account.taken(entry.cost);
                drop(state);
                if resume {
                    entry.account.resume();
                }
                return Ok(Some(entry.event));
            }
            state.rung = false;
            if deadline.is_over() {
                return Ok(None);
            }
            state.waiters += 1;
            state = deadline.wait(&self.shared.news, state);
            state.waiters -= 1;
        }
    }

    /// A socket that is readable while events wait; it belongs to the queue and lives as long as its last handle. Wait
    /// for it in an event loop, then call [`Queue::next`] with a zero timeout until it gives `None`; don't read from it.
    ///
    /// # Errors
    /// `forked` in a child process; `internal` when the process may open no more files.
    pub fn fd(&self) -> Result<RawFd, Error> {
        self.shared.owner.check("queue", MEND)?;
        let mut state = self.shared.lock();
        if let Some(pipe) = &state.pipe {
            return Ok(pipe.fd());
        }
        let mut pipe = Pipe::open("queue")?;
        if !state.events.is_empty() {
            pipe.fill();
        }
        Ok(state.pipe.insert(pipe).fd())
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }
}

impl Default for Queue {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        self.shared.owner.keep_inherited(&self.hosts);
        self.shared.owner.keep_inherited(&self.shared);
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.shared.close();
    }
}

impl State {
    /// The bell, unless it was rung already or there is none.
    fn bell_to_ring(&mut self) -> Option<Bell> {
        if std::mem::replace(&mut self.rung, self.bell.is_some()) { None } else { self.bell.clone() }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing that can panic runs under this lock but allocation, so the state is whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn owner(&self) -> Owner {
        self.owner
    }

    /// Registers a run; the number takes it out again. `None` when the queue is closed.
    pub fn attach(&self, writer: Weak<dyn Writer>) -> Option<u64> {
        let mut state = self.lock();
        if state.closed {
            return None;
        }
        state.last_writer += 1;
        let number = state.last_writer;
        state.writers.insert(number, writer);
        Some(number)
    }

    pub fn detach(&self, number: u64) {
        self.lock().writers.remove(&number);
    }

    /// Adds an event of a run. Whether the run must stop reading until [`Account::resumed`].
    pub fn push(self: &Arc<Self>, account: &Arc<Account>, event: Event) -> bool {
        let cost = event.cost();
        let mut state = self.lock();
        if state.closed {
            return false;
        }
        let held = account.added(cost);
        state.events.push_back(Entry { event, cost, account: Arc::clone(account) });
        state.unsaid += 1;
        let now = state.unsaid >= WAKE_EVERY;
        let note = !std::mem::replace(&mut state.noted, true);
        drop(state);
        if note && !wake::note(self) {
            self.signal_news();
        } else if now {
            self.signal();
        }
        held
    }

    /// Signals what has come since the last time; called for queues that were noted.
    fn signal_news(&self) {
        self.lock().noted = false;
        self.signal();
    }

    /// Wakes the host if there is anything that it was not woken for.
    pub fn signal(&self) {
        let mut state = self.lock();
        if std::mem::take(&mut state.unsaid) == 0 || state.events.is_empty() {
            return;
        }
        if let Some(pipe) = &mut state.pipe {
            pipe.fill();
        }
        let waiters = state.waiters;
        let bell = state.bell_to_ring();
        // Not under the lock: the woken thread would run into it.
        drop(state);
        if let Some(bell) = bell {
            bell.ring();
        }
        if waiters > 0 {
            self.news.notify_all();
        }
    }

    /// Gives the queue another bell, or none, and returns the one that it had.
    fn ring_by(&self, bell: Option<Bell>) -> Option<Bell> {
        let mut state = self.lock();
        let old = std::mem::replace(&mut state.bell, bell);
        state.rung = false;
        let ring = if state.events.is_empty() { None } else { state.bell_to_ring() };
        drop(state);
        if let Some(bell) = ring {
            bell.ring();
        }
        old
    }

    /// Cancels the runs that write to this queue; their last events still come.
    fn cancel_runs(&self) {
        let writers: Vec<_> = self.lock().writers.values().filter_map(Weak::upgrade).collect();
        for writer in writers {
            writer.give_up();
        }
    }

    fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        let events = std::mem::take(&mut state.events);
        let writers = std::mem::take(&mut state.writers);
        state.pipe = None;
        let bell = state.bell.take();
        drop(state);
        if let Some(bell) = bell {
            bell.leave();
        }
        for entry in events {
            if entry.account.released() {
                entry.account.resume();
            }
        }
        for writer in writers.into_values().filter_map(|writer| writer.upgrade()) {
            writer.give_up();
        }
    }
}

#[cfg(test)]
mod tests;
