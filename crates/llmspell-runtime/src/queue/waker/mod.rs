//! Wakers: one socket that tells which of many queues have news.

mod life;
mod listen;
mod peers;

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet, VecDeque};
use std::os::fd::RawFd;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use llmspell_core::Error;

use super::deadline::Deadline;
use super::pipe::Pipe;
use super::{Queue, Shared as QueueShared};
use crate::process::Owner;
pub use life::Life;
use listen::Door;
use peers::Peers;

const MEND: &str = "make a new waker in this process";

/// Tells an event loop which of many queues have news, over one descriptor or one connection. Cloning gives another
/// handle to the same waker; every method may be called from any thread.
///
/// After a fork, the child's handles answer `forked`, and dropping them leaks what they inherited.
#[derive(Clone)]
pub struct Waker {
    shared: Arc<Shared>,
    // Counts the host's handles; queues and connections hold `shared` only.
    hosts: Arc<Host>,
}

/// Closes the waker when the last handle of the host goes.
struct Host {
    shared: Arc<Shared>,
}

/// What the host's handles, the queues and the connections share.
pub(super) struct Shared {
    owner: Owner,
    state: Mutex<State>,
    news: Condvar,
    /// Apart from the state, for which the I/O thread must never wait long: a socket is opened under this lock.
    door: Mutex<Option<Door>>,
}

#[derive(Default)]
struct State {
    /// Tokens of the queues that have news, each once, as their places say.
    ready: VecDeque<u64>,
    /// Whether the host was told since it last found nothing.
    told: bool,
    /// Whether the host was rung since then.
    rung: bool,
    /// Threads in [`Waker::next`].
    waiters: usize,
    pipe: Option<Pipe>,
    peers: Peers,
    /// Called when there is news.
    caller: Option<Caller>,
    queues: HashMap<u64, Place>,
    /// Tokens that are tied to a life line, by its number.
    lives: HashMap<u64, HashSet<u64>>,
    /// The host has no handle any more.
    closed: bool,
}

/// What a waker calls.
pub type Caller = Arc<dyn Fn() + Send + Sync>;

/// A queue with its waker.
struct Place {
    queue: Weak<QueueShared>,
    /// Whether its token is in [`State::ready`].
    ready: bool,
    /// The life line that it is tied to.
    life: Option<u64>,
}

impl Waker {
    /// A waker of no queue yet.
    #[must_use]
    pub fn new() -> Self {
        let shared = Arc::new(Shared {
            owner: Owner::here(),
            state: Mutex::default(),
            news: Condvar::new(),
            door: Mutex::default(),
        });
        Waker { hosts: Arc::new(Host { shared: Arc::clone(&shared) }), shared }
    }

    /// The token of the queue that has had news for longest. Without one it waits up to `timeout` (`None`: without end;
    /// zero: not at all) and gives `None` when the time is over or [`Waker::ring`] was called. A token is told once until
    /// its queue was found empty by [`Queue::next`], and no more once the queue is gone.
    ///
    /// # Errors
    /// `forked` in a child process.
    pub fn next(&self, timeout: Option<Duration>) -> Result<Option<u64>, Error> {
        self.check()?;
        let deadline = Deadline::after(timeout);
        let mut state = self.shared.lock();
        loop {
            if let Some(token) = state.ready.pop_front() {
                if let Some(place) = state.queues.get_mut(&token) {
                    place.ready = false;
                }
                return Ok(Some(token));
            }
            state.told = false;
            if let Some(pipe) = &mut state.pipe {
                pipe.drain();
            }
            if std::mem::take(&mut state.rung) || deadline.is_over() {
                return Ok(None);
            }
            state.waiters += 1;
            state = deadline.wait(&self.shared.news, state);
            state.waiters -= 1;
        }
    }

    /// A socket that is readable while [`Waker::next`] has something to tell; it belongs to the waker and lives as long
    /// as its last handle. Don't read from it.
    ///
    /// # Errors
    /// `forked` in a child process; `internal` when the process may open no more files.
    pub fn fd(&self) -> Result<RawFd, Error> {
        self.check()?;
        let mut state = self.shared.lock();
        if let Some(pipe) = &state.pipe {
            return Ok(pipe.fd());
        }
        let mut pipe = Pipe::open("waker")?;
        if state.rung || !state.ready.is_empty() {
            pipe.fill();
            state.told = true;
        }
        Ok(state.pipe.insert(pipe).fd())
    }

    /// The path of a unix socket in a folder of its own under `directory` (`None`: `LLMSPELL_SOCKET_DIR`, `TMPDIR`,
    /// `/tmp`, whichever is there first), for hosts that can only connect. It is the same at each call, and made anew
    /// when somebody has deleted it. What a connection says is in [`listen`].
    ///
    /// # Errors
    /// `forked` in a child process; `config` when no socket can be made in that folder; `internal` when the I/O thread
    /// cannot be started.
    pub fn listen(&self, directory: Option<&Path>) -> Result<PathBuf, Error> {
        self.check()?;
        let mut open = self.shared.door();
        if let Some(door) = &*open
            && door.is_there()
        {
            return Ok(door.path().to_owned());
        }
        *open = None;
        let door = Door::open(directory, Arc::downgrade(&self.shared))?;
        Ok(open.insert(door).path().to_owned())
    }

    /// Has `caller` called when there is news: once until [`Waker::next`] finds nothing, from whatever thread brings the
    /// news. It is in place of the one before, which a thread that brings news right now may still call, and must not wait.
    /// For hosts whose event loop takes calls from other threads.
    ///
    /// # Errors
    /// `forked` in a child process.
    pub fn call(&self, caller: Option<Caller>) -> Result<(), Error> {
        self.check()?;
        let mut state = self.shared.lock();
        let old = std::mem::replace(&mut state.caller, caller);
        let told = state.retell();
        drop(state);
        drop(old);
        told.call();
        Ok(())
    }

    /// Tells whoever listens that there is something to look at, although no queue has news.
    ///
    /// # Errors
    /// `forked` in a child process.
    pub fn ring(&self) -> Result<(), Error> {
        self.check()?;
        let mut state = self.shared.lock();
        state.rung = true;
        let told = state.retell();
        self.shared.wake(&state);
        drop(state);
        told.call();
        Ok(())
    }

    /// Ties the queue that has `token` to the life line `life` (a connection to the socket of [`Waker::listen`], or what
    /// [`Waker::life`] gave), in place of another: when that ends, the runs of the queue are cancelled. Zero ties it to none.
    ///
    /// # Errors
    /// `forked` in a child process; `argument` for a token that no queue has.
    pub fn tie(&self, token: u64, life: u64) -> Result<(), Error> {
        self.check()?;
        let mut state = self.shared.lock();
        state.untie(token);
        let Some(place) = state.queues.get_mut(&token) else {
            return Err(Error::argument(format!("tie: no queue has the token {token} with this waker")));
        };
        if life == 0 {
            return Ok(());
        }
        place.life = Some(life);
        state.lives.entry(life).or_default().insert(token);
        Ok(())
    }

    /// A life line with this number that ends when it is dropped, from any thread, and needs no descriptor.
    ///
    /// # Errors
    /// `forked` in a child process.
    pub fn life(&self, number: u64) -> Result<Life, Error> {
        self.check()?;
        Ok(Life::new(Arc::downgrade(&self.shared), number))
    }

    fn check(&self) -> Result<(), Error> {
        self.shared.owner.check("waker", MEND)
    }
}

impl Default for Waker {
    fn default() -> Self {
        Self::new()
    }
}

impl Queue {
    /// Tells the news of this queue to a waker under `token`, in place of the waker and token that it had; `None` ends
    /// that. A queue in which events wait already has news.
    ///
    /// # Errors
    /// `forked` in a child process; `argument` when the token is taken by another queue of that waker.
    pub fn wake_by(&self, waker: Option<(&Waker, u64)>) -> Result<(), Error> {
        self.shared.owner.check("queue", super::MEND)?;
        let new = match waker {
            Some((waker, token)) => {
                waker.check()?;
                waker.shared.enter(token, &self.shared)?;
                Some(Bell { waker: Arc::clone(&waker.shared), token })
            }
            None => None,
        };
        // The old one leaves only now, so that a queue keeps its token when it asks for the same again.
        let same =
            |old: &Bell| new.as_ref().is_some_and(|new| old.token == new.token && Arc::ptr_eq(&old.waker, &new.waker));
        let old = self.shared.ring_by(new.clone());
        if let Some(old) = old.filter(|old| !same(old)) {
            old.waker.leave(old.token);
        }
        Ok(())
    }
}

impl Drop for Waker {
    fn drop(&mut self) {
        self.shared.owner.keep_inherited(&self.hosts);
        self.shared.owner.keep_inherited(&self.shared);
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        *self.shared.door() = None;
        let state = std::mem::replace(&mut *self.shared.lock(), State { closed: true, ..State::default() });
        // Not under the lock: the connections' tasks look at it.
        drop(state);
    }
}

/// A queue's place with its waker.
#[derive(Clone)]
pub(super) struct Bell {
    waker: Arc<Shared>,
    token: u64,
}

impl Bell {
    pub fn ring(&self) {
        let mut state = self.waker.lock();
        // The queue may have left, or the waker may be closed.
        let Some(place) = state.queues.get_mut(&self.token) else { return };
        if !std::mem::replace(&mut place.ready, true) {
            state.ready.push_back(self.token);
        }
        let told = state.tell();
        self.waker.wake(&state);
        drop(state);
        told.call();
    }

    /// The queue is closed.
    pub fn leave(self) {
        self.waker.leave(self.token);
    }
}

/// What is left to call when news was told. Not under the lock: the woken thread would run into it.
#[must_use]
struct Told(Option<Caller>);

impl Told {
    fn call(self) {
        if let Some(caller) = self.0 {
            caller();
        }
    }
}

impl State {
    /// Tells whoever listens that there is news, unless that was told already.
    fn tell(&mut self) -> Told {
        if self.told || (self.ready.is_empty() && !self.rung) {
            return Told(None);
        }
        if let Some(pipe) = &mut self.pipe {
            pipe.fill();
            self.told = true;
        }
        self.told |= self.peers.tell() || self.caller.is_some();
        Told(self.caller.clone())
    }

    /// Tells again what was told: whoever heard it may be gone, or may have looked already.
    fn retell(&mut self) -> Told {
        self.told = false;
        self.tell()
    }

    fn untie(&mut self, token: u64) {
        let Some(life) = self.queues.get_mut(&token).and_then(|place| place.life.take()) else { return };
        if let Entry::Occupied(mut tokens) = self.lives.entry(life) {
            tokens.get_mut().remove(&token);
            if tokens.get().is_empty() {
                tokens.remove();
            }
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing that can panic runs under this lock but allocation, so the state is whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes a thread that waits in [`Waker::next`], without a system call when there is none.
    fn wake(&self, state: &State) {
        if state.waiters > 0 {
            self.news.notify_one();
        }
    }

    fn door(&self) -> MutexGuard<'_, Option<Door>> {
        // A door is there or not, even if a thread panicked beside it.
        self.door.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(&self, token: u64, queue: &Arc<QueueShared>) -> Result<(), Error> {
        let mut state = self.lock();
        let other = state.queues.get(&token).map(|place| &place.queue);
        if other.is_some_and(|other| !std::ptr::eq(other.as_ptr(), Arc::as_ptr(queue)) && other.strong_count() > 0) {
            return Err(Error::argument(format!(
                "wake_by: another queue has the token {token} with this waker; give each queue a token of its own"
            )));
        }
        state.untie(token);
        let ready = state.queues.get(&token).is_some_and(|place| place.ready);
        state.queues.insert(token, Place { queue: Arc::downgrade(queue), ready, life: None });
        Ok(())
    }

    fn leave(&self, token: u64) {
        let mut state = self.lock();
        state.untie(token);
        if state.queues.remove(&token).is_some_and(|place| place.ready) {
            state.ready.retain(|other| *other != token);
        }
    }

    /// A life line has ended: cancels the runs of the queues that are tied to it.
    fn cut(&self, life: u64) {
        let mut state = self.lock();
        let tokens = state.lives.remove(&life).unwrap_or_default();
        let queues: Vec<_> = tokens.iter().filter_map(|token| state.queues.get(token)?.queue.upgrade()).collect();
        // Not under the lock: the end of a run rings.
        drop(state);
        for queue in queues {
            queue.cancel_runs();
        }
    }
}

#[cfg(test)]
mod tests;
