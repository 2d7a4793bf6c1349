//! Runs that begin, on their way to the I/O thread. A host that starts many at a time wakes that thread once: a wake is a
//! system call, and the thread is there already while it has work.

use std::future::poll_fn;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use tokio::task::coop::consume_budget;

use super::task::Task;

/// What has begun and that the I/O thread has not taken.
#[derive(Default)]
pub(crate) struct Starts(Mutex<State>);

#[derive(Default)]
struct State {
    tasks: Vec<Task>,
    /// That of the task that takes them; gone once it was told.
    waker: Option<Waker>,
}

impl Starts {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing that can panic runs under this lock but allocation, so the state is whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands a task over.
    pub(super) fn add(&self, task: Task) {
        let mut state = self.lock();
        state.tasks.push(task);
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Takes what was handed over; waits until there is some.
    async fn take(&self) -> Vec<Task> {
        poll_fn(|context| {
            let mut state = self.lock();
            if !state.tasks.is_empty() {
                return Poll::Ready(std::mem::take(&mut state.tasks));
            }
            state.waker = Some(context.waker().clone());
            Poll::Pending
        })
        .await
    }

    /// Runs on the I/O thread, without end.
    pub(crate) async fn serve(&self) {
        loop {
            for task in self.take().await {
                tokio::spawn(task.drive());
            }
            consume_budget().await;
        }
    }
}
