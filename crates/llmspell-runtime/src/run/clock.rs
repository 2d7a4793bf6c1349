//! One timer of tokio for the timers of all runs.
//!
//! A timer of tokio that is nearer than all others costs two system calls and a turn of the I/O thread for nothing, and the
//! first one of a run that is alone is always the nearest. Ours is never moved further away: most runs end long before their
//! timers do, and those of the next run find it set already.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use tokio::time::{Instant, sleep_until};

/// Wakes tasks at their times.
#[derive(Default)]
pub(crate) struct Clock {
    state: Mutex<State>,
    /// Times at which somebody was woken.
    rounds: AtomicU64,
}

#[derive(Default)]
struct State {
    alarms: BTreeMap<(Instant, u64), Waker>,
    last: u64,
    /// When the timer goes off; `None` while it is not set.
    set_to: Option<Instant>,
    /// The task that sets it, while it waits.
    keeper: Option<Waker>,
}

/// A task's place with the clock; it leaves when dropped.
pub(super) struct Alarm {
    clock: &'static Clock,
    at: Instant,
    number: u64,
    waker: Waker,
    /// The clock's rounds when it was set: as long as they are the same, it has not gone off.
    round: u64,
}

impl Clock {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing that can panic runs under this lock but allocation, so the state is whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has the task woken at this time.
    pub(super) fn alarm(&'static self, at: Instant, context: &Context<'_>) -> Alarm {
        let waker = context.waker().clone();
        let mut state = self.lock();
        state.last += 1;
        let number = state.last;
        state.alarms.insert((at, number), waker.clone());
        let keeper = if state.set_to.is_none_or(|set_to| at < set_to) { state.keeper.take() } else { None };
        let round = self.rounds.load(Ordering::Relaxed);
        drop(state);
        if let Some(keeper) = keeper {
            keeper.wake();
        }
        Alarm { clock: self, at, number, waker, round }
    }

    /// Runs on the I/O thread, without end.
    pub(crate) async fn serve(&self) {
        let mut sleep = pin!(sleep_until(Instant::now()));
        poll_fn(|context| {
            loop {
                let (due, next) = self.due(Instant::now(), context);
                for waker in due {
                    waker.wake();
                }
                let Some(next) = next else { return Poll::<()>::Pending };
                if sleep.deadline() != next || sleep.is_elapsed() {
                    sleep.as_mut().reset(next);
                }
                if sleep.as_mut().poll(context).is_pending() {
                    return Poll::Pending;
                }
            }
        })
        .await;
    }

    /// Takes the tasks whose time has come, and says when the timer shall go off.
    fn due(&self, now: Instant, context: &Context<'_>) -> (Vec<Waker>, Option<Instant>) {
        let mut state = self.lock();
        let mut due = Vec::new();
        while let Some(first) = state.alarms.first_entry().filter(|first| first.key().0 <= now) {
            due.push(first.remove());
        }
        if !due.is_empty() {
            self.rounds.fetch_add(1, Ordering::Relaxed);
        }
        let nearest = state.alarms.first_key_value().map(|((at, _), _)| *at);
        let set_to = state.set_to.filter(|at| *at > now);
        state.set_to = match (set_to, nearest) {
            (Some(set_to), Some(nearest)) => Some(set_to.min(nearest)),
            (set_to, nearest) => set_to.or(nearest),
        };
        state.keeper = Some(context.waker().clone());
        (due, state.set_to)
    }
}

impl Alarm {
    /// Whether it wakes this task at this time or before.
    pub fn serves(&self, at: Instant, context: &Context<'_>) -> bool {
        self.at <= at
            && self.round == self.clock.rounds.load(Ordering::Relaxed)
            && self.waker.will_wake(context.waker())
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        let waker = self.clock.lock().alarms.remove(&(self.at, self.number));
        // Not under the lock: it may be the last that a task is held by.
        drop(waker);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    async fn wait(clock: &'static Clock, at: Instant) {
        let mut alarm = None;
        poll_fn(|context| {
            if Instant::now() >= at {
                return Poll::Ready(());
            }
            if alarm.as_ref().is_none_or(|alarm: &Alarm| !alarm.serves(at, context)) {
                alarm = Some(clock.alarm(at, context));
            }
            Poll::Pending
        })
        .await;
    }

    #[tokio::test(start_paused = true)]
    async fn tasks_are_woken_at_their_times() {
        let clock: &'static Clock = Box::leak(Box::default());
        tokio::spawn(clock.serve());
        let start = Instant::now();
        let tasks: Vec<_> = [5, 2, 9, 2, 1]
            .into_iter()
            .map(|seconds| {
                tokio::spawn(async move {
                    wait(clock, start + SECOND * seconds).await;
                    assert_eq!(start.elapsed().as_secs(), u64::from(seconds));
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        assert!(clock.lock().alarms.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn the_timer_stays_where_it_is_for_whoever_comes_later() {
        let clock: &'static Clock = Box::leak(Box::default());
        tokio::spawn(clock.serve());
        let start = Instant::now();
        let given_up = tokio::time::timeout(SECOND, wait(clock, start + SECOND * 10)).await;
        assert!(given_up.is_err());
        let set_to = || clock.lock().set_to.map(|at| (at - start).as_secs());
        assert_eq!((set_to(), clock.lock().alarms.len()), (Some(10), 0));
        assert!(tokio::time::timeout(SECOND, wait(clock, start + SECOND * 20)).await.is_err());
        assert_eq!(set_to(), Some(10), "nothing was set anew");
        wait(clock, start + SECOND * 5).await;
        wait(clock, start + SECOND * 30).await;
        assert_eq!(start.elapsed().as_secs(), 30);
        assert_eq!(set_to(), None, "nobody waits");
    }
}
