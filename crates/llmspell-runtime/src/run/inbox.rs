//! What a host tells a run, on its way to the run's task.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use super::task::Command;

/// Commands in the order they were given. One task takes them.
#[derive(Default)]
pub(super) struct Inbox {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    commands: VecDeque<Command>,
    /// The task, while it waits.
    waker: Option<Waker>,
    closed: bool,
}

impl Inbox {
    /// Adds a command. `false` when the task is gone.
    pub fn send(&self, command: Command) -> bool {
        let mut state = self.lock();
        if state.closed {
            return false;
        }
        state.commands.push_back(command);
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
        true
    }

    /// Takes the oldest command; waits for one. May be dropped and called again at any time.
    pub async fn next(&self) -> Command {
        poll_fn(|context| {
            let mut state = self.lock();
            match state.commands.pop_front() {
                Some(command) => Poll::Ready(command),
                None => {
                    if state.waker.as_ref().is_none_or(|waker| !waker.will_wake(context.waker())) {
                        state.waker = Some(context.waker().clone());
                    }
                    Poll::Pending
                }
            }
        })
        .await
    }

    /// Refuses commands from now on, and drops those that were not taken.
    pub fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        let left = (std::mem::take(&mut state.commands), state.waker.take());
        drop(state);
        drop(left);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing that can panic runs under this lock but allocation, so the state is whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
