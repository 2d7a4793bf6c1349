//! Runs that begin, on their way to the I/O thread. A host that starts many at a time wakes that thread once: a wake is a
//! system call, and the thread is there already while it has work.

use std::future::poll_fn;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use tokio::task::coop::consume_budget;

use super::task::Task;

/// What has begun and that the I/O thread has not taken.
pub(crate) struct Starts<T = Task>(Mutex<State<T>>);

struct State<T> {
    tasks: Vec<T>,
    /// That of the task that takes them; gone once it was told.
    waker: Option<Waker>,
}

impl<T> Default for Starts<T> {
    fn default() -> Self {
        Starts(Mutex::new(State { tasks: Vec::new(), waker: None }))
    }
}

impl<T> Starts<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // Nothing that can panic runs under this lock but allocation, so the state is whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands a task over.
    pub(super) fn add(&self, task: T) {
        let mut state = self.lock();
        state.tasks.push(task);
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Takes what was handed over; waits until there is some.
    async fn take(&self) -> Vec<T> {
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
}

impl Starts {
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

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Context, Wake};

    use super::*;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn many_at_a_time_are_told_of_once() {
        let starts = Starts::<u32>::default();
        let count = Arc::new(Count::default());
        let waker = Waker::from(Arc::clone(&count));
        let mut context = Context::from_waker(&waker);
        for round in 1..=3 {
            assert!(pin!(starts.take()).poll(&mut context).is_pending());
            for number in 0..5 {
                starts.add(number);
            }
            assert_eq!(count.0.load(Ordering::Relaxed), round);
            assert_eq!(pin!(starts.take()).poll(&mut context), Poll::Ready(vec![0, 1, 2, 3, 4]));
            // Nobody waits: what comes is found by the next look.
            starts.add(9);
            assert_eq!(count.0.load(Ordering::Relaxed), round);
            assert_eq!(pin!(starts.take()).poll(&mut context), Poll::Ready(vec![9]));
        }
    }
}
