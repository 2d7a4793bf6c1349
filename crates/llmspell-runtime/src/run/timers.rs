//! The timers of one run and the runs inside it.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use llmspell_core::run::{Timer, TimerId};
use tokio::time::Instant;

use super::clock::{Alarm, Clock};

/// Pieces of an answer that may still be taken when a timer has run out: its head, and first bytes. A server that never
/// stops must not put off for ever a timer that the machine does not arm again.
const EXCUSES: u8 = 2;
/// Longest time that is waited for: tokio's clock ends somewhere, and a year is as good as never.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 3600);

pub(super) struct Timers {
    clock: &'static Clock,
    armed: Vec<Armed>,
    /// Whether a pause suspends the timers that watch the server.
    paused: bool,
    alarm: Option<Alarm>,
}

struct Armed {
    timer: Timer,
    length: Duration,
    /// `None` while suspended.
    at: Option<Instant>,
    excuses: u8,
}

impl Timers {
    pub fn new(clock: &'static Clock) -> Self {
        Timers { clock, armed: Vec::new(), paused: false, alarm: None }
    }

    /// Starts a timer, again if it runs.
    pub fn arm(&mut self, timer: Timer, length: Duration) {
        let length = length.min(LONGEST);
        let at = (!self.paused || !watches_server(timer)).then(|| Instant::now() + length);
        match self.armed.iter_mut().find(|armed| armed.timer == timer) {
            Some(armed) => *armed = Armed { timer, length, at, excuses: EXCUSES },
            None => self.armed.push(Armed { timer, length, at, excuses: EXCUSES }),
        }
    }

    pub fn disarm(&mut self, timer: Timer) {
        self.armed.retain(|armed| armed.timer != timer);
    }

    /// Stops all timers of one run of the tree.
    pub fn disarm_all(&mut self, run: u32) {
        self.armed.retain(|armed| armed.timer.run != run);
    }

    /// Whether a timer that has run out may still be put off for what the server has sent.
    pub fn excuse(&mut self, timer: Timer) -> bool {
        let armed = self.armed.iter_mut().find(|armed| armed.timer == timer && watches_server(timer));
        armed.is_some_and(|armed| {
            let may = armed.excuses > 0;
            armed.excuses = armed.excuses.saturating_sub(1);
            may
        })
    }

    /// The host does not drain its queue: the server is not to blame for what does not come now.
    pub fn pause(&mut self) {
        self.paused = true;
        for armed in self.armed.iter_mut().filter(|armed| watches_server(armed.timer)) {
            armed.at = None;
        }
    }

    /// Suspended timers start again with their full time.
    pub fn resume(&mut self) {
        self.paused = false;
        let now = Instant::now();
        for armed in &mut self.armed {
            armed.at.get_or_insert(now + armed.length);
        }
    }

    /// Waits for the next timer to run out; waits without end when there is none. The timer stays, and has run out, until
    /// it is disarmed or armed again. May be dropped and called again at any time.
    pub async fn expired(&mut self) -> Timer {
        poll_fn(|context| {
            let Some(next) = self.armed.iter().filter_map(|armed| armed.at).min() else { return Poll::Pending };
            // A timer that moved further away (each delta does that) needs no new alarm: we wake once too early.
            if self.alarm.as_ref().is_some_and(|alarm| alarm.serves(next, context)) {
                return Poll::Pending;
            }
            let now = Instant::now();
            if let Some(over) = self.armed.iter().find(|armed| armed.at.is_some_and(|at| at <= now)) {
                return Poll::Ready(over.timer);
            }
            self.alarm = Some(self.clock.alarm(next, context));
            Poll::Pending
        })
        .await
    }
}

/// Whether the timer runs while we wait for bytes of the server.
fn watches_server(timer: Timer) -> bool {
    matches!(timer.id, TimerId::FirstEvent | TimerId::Idle)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(future)
    }

    /// Timers of a clock that the runtime serves.
    fn timers() -> Timers {
        let clock: &'static Clock = Box::leak(Box::default());
        tokio::spawn(clock.serve());
        Timers::new(clock)
    }

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn timers_run_out_in_order() {
        block(async {
            let start = Instant::now();
            let mut timers = timers();
            timers.arm(TimerId::Total.into(), SECOND * 9);
            timers.arm(TimerId::Tool(1).into(), SECOND * 2);
            timers.arm(TimerId::Idle.into(), SECOND);
            timers.arm(TimerId::Idle.into(), SECOND * 4);
            timers.arm(TimerId::Tool(2).into(), SECOND * 3);
            timers.disarm(TimerId::Tool(2).into());
            for (timer, at) in [(TimerId::Tool(1), 2), (TimerId::Idle, 4), (TimerId::Total, 9)] {
                assert_eq!(timers.expired().await, timer.into());
                assert_eq!(timers.expired().await, timer.into(), "it stays until it is taken off");
                timers.disarm(timer.into());
                assert_eq!(start.elapsed().as_secs(), at);
            }
        });
    }

    #[test]
    fn a_pause_suspends_what_watches_the_server_and_nothing_else() {
        block(async {
            let start = Instant::now();
            let mut timers = timers();
            timers.arm(TimerId::Idle.into(), SECOND * 2);
            timers.arm(TimerId::Tool(0).into(), SECOND * 5);
            timers.pause();
            timers.arm(TimerId::FirstEvent.into(), SECOND * 3);
            assert_eq!(timers.expired().await, TimerId::Tool(0).into());
            timers.disarm(TimerId::Tool(0).into());
            assert_eq!(start.elapsed().as_secs(), 5);
            timers.resume();
            assert_eq!(timers.expired().await, TimerId::Idle.into());
            assert_eq!(start.elapsed().as_secs(), 7, "in full after the pause");
            timers.disarm(TimerId::Idle.into());
            assert_eq!(timers.expired().await, TimerId::FirstEvent.into());
            assert_eq!(start.elapsed().as_secs(), 8);
        });
    }

    #[test]
    fn excuses_end_and_come_again_with_the_next_arming() {
        block(async {
            let mut timers = timers();
            for _ in 0..2 {
                timers.arm(TimerId::Idle.into(), SECOND);
                let given = (0..9).take_while(|_| timers.excuse(TimerId::Idle.into())).count();
                assert_eq!(given, usize::from(EXCUSES));
            }
            timers.arm(TimerId::Total.into(), SECOND);
            assert!(!timers.excuse(TimerId::Total.into()), "it has nothing to do with the server");
        });
    }

    #[test]
    fn a_time_without_end_does_not_overflow() {
        block(async {
            let mut timers = timers();
            timers.arm(TimerId::Total.into(), Duration::from_millis(u64::MAX));
            timers.arm(TimerId::Idle.into(), SECOND);
            assert_eq!(timers.expired().await, TimerId::Idle.into());
        });
    }
}
