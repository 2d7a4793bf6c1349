//! The conversations of an agent: its own, and one for each session.

use super::line::Line;
use arc_swap::ArcSwap;
use llmspell_core::{Conversation, defaults};
use rpds::HashTrieMapSync;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A conversation, and the line of the runs that go on with it one after another.
#[derive(Default)]
pub(super) struct Thread {
    pub conversation: ArcSwap<Conversation>,
    pub line: Line,
}

impl Thread {
    pub fn new(conversation: Arc<Conversation>) -> Arc<Self> {
        Arc::new(Self { conversation: ArcSwap::new(conversation), line: Line::default() })
    }

    /// A run has ended; `conversation` is what is remembered from now on, if the run had its turn.
    pub fn finished(&self, ticket: u64, conversation: Option<Conversation>) {
        if let Some(conversation) = conversation {
            self.conversation.store(Arc::new(conversation));
        }
        self.leave(ticket);
    }

    /// Takes a run out of the line and lets the next begin.
    pub fn leave(&self, ticket: u64) {
        let mut gone = ticket;
        while let Some((ticket, next)) = self.line.leave(gone) {
            match next.begin(Conversation::clone(&self.conversation.load())) {
                Ok(()) => break,
                // It cannot run, so it must not hold up the others.
                Err(_) => gone = ticket,
            }
        }
    }
}

/// The sessions of an agent by id. Never locked, so that a fork finds it whole; a copy shares all but what is changed in it.
#[derive(Default)]
pub(super) struct Sessions {
    seats: ArcSwap<Seats>,
    clock: AtomicU64,
}

type Seats = HashTrieMapSync<Arc<str>, Arc<Seat>>;

struct Seat {
    thread: Arc<Thread>,
    /// When it was last used, by the sessions' clock.
    used: AtomicU64,
}

impl Sessions {
    /// The session of this id, where there is one.
    pub fn get(&self, id: &str) -> Option<Arc<Thread>> {
        let seats = self.seats.load();
        let seat = seats.get(id)?;
        seat.used.store(self.clock.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
        Some(Arc::clone(&seat.thread))
    }

    /// The session of this id, made where there is none. Of too many, those that were not used for longest and have no run
    /// go; where all have runs, there are more for a time. It may be forgotten before a run is in its line: [`Sessions::holds`] tells.
    pub fn enter(&self, id: &str) -> Arc<Thread> {
        loop {
            if let Some(thread) = self.get(id) {
                return thread;
            }
            // Before it is there: its run enters its line only later, so it would be the first to go.
            self.make_room();
            let seat = Arc::new(Seat {
                thread: Thread::new(Arc::default()),
                used: AtomicU64::new(self.clock.fetch_add(1, Ordering::Relaxed)),
            });
            self.seats.rcu(|seats| {
                if seats.contains_key(id) { Seats::clone(seats) } else { seats.insert(id.into(), Arc::clone(&seat)) }
            });
        }
    }

    /// Whether this still is the conversation of the session. While a run is in its line, it stays so.
    pub fn holds(&self, id: &str, thread: &Arc<Thread>) -> bool {
        self.seats.load().get(id).is_some_and(|seat| Arc::ptr_eq(&seat.thread, thread))
    }

    /// Gives the session of this id up, if this is its conversation.
    pub fn forget(&self, id: &str, thread: &Arc<Thread>) {
        self.seats.rcu(|seats| {
            let is_it = seats.get(id).is_some_and(|seat| Arc::ptr_eq(&seat.thread, thread));
            if is_it { seats.remove(id) } else { Seats::clone(seats) }
        });
    }

    /// Forgets the sessions that were not used for longest, where one more would be too many: several at once, because each
    /// look goes through all.
    fn make_room(&self) {
        let seats = self.seats.load_full();
        let spare = (seats.size() + 1).saturating_sub(defaults::SESSIONS);
        if spare == 0 {
            return;
        }
        let mut idle: Vec<_> = seats
            .iter()
            .filter(|(_, seat)| seat.thread.line.is_empty())
            .map(|(id, seat)| (seat.used.load(Ordering::Relaxed), id, &seat.thread))
            .collect();
        idle.sort_unstable_by_key(|(used, ..)| *used);
        for (_, id, thread) in idle.into_iter().take(spare + AT_ONCE) {
            // One that has got a run meanwhile stays.
            let _ = thread.line.while_empty(|| self.forget(id, thread));
        }
    }
}

/// Sessions that are forgotten beyond what is too many.
const AT_ONCE: usize = defaults::SESSIONS / 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_session_that_was_not_used_for_longest_goes() {
        let sessions = Sessions::default();
        let first = sessions.enter("0");
        for number in 1..defaults::SESSIONS {
            sessions.enter(&number.to_string());
        }
        assert!(Arc::ptr_eq(&sessions.enter("0"), &first));
        sessions.enter("one more");
        assert!(sessions.get("1").is_none(), "the oldest");
        assert!(Arc::ptr_eq(&sessions.enter("0"), &first), "used lately");
        let stranger = Thread::new(Arc::default());
        sessions.forget("0", &stranger);
        assert!(sessions.holds("0", &first), "another conversation is forgotten in its place");
        sessions.forget("0", &first);
        assert!(!sessions.holds("0", &first));
        assert!(!Arc::ptr_eq(&sessions.enter("0"), &first));
    }

    #[test]
    fn those_that_were_used_last_stay_however_many_come() {
        let sessions = Sessions::default();
        let kept = defaults::SESSIONS - AT_ONCE;
        for number in 0..3 * defaults::SESSIONS {
            sessions.enter(&number.to_string());
            assert!(sessions.seats.load().size() <= defaults::SESSIONS);
            if let Some(earlier) = number.checked_sub(kept - 1) {
                assert!(sessions.seats.load().contains_key(earlier.to_string().as_str()), "{earlier} at {number}");
            }
        }
    }

    #[test]
    fn there_are_more_where_all_have_runs() {
        let (tell, told) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let sessions = Sessions::default();
            for number in 0..=defaults::SESSIONS {
                let thread = sessions.enter(&number.to_string());
                thread.line.enter(crate::options::OnBusy::Queue).unwrap();
                assert!(sessions.holds(&number.to_string(), &thread), "{number}");
            }
            tell.send(sessions.seats.load().size()).unwrap();
        });
        let size = told.recv_timeout(std::time::Duration::from_secs(60));
        assert_eq!(size, Ok(defaults::SESSIONS + 1), "all of them have entered");
    }

    #[test]
    fn one_with_a_run_stays() {
        let sessions = Sessions::default();
        let first = sessions.enter("0");
        first.line.enter(crate::options::OnBusy::Queue).unwrap();
        for number in 1..=defaults::SESSIONS {
            sessions.enter(&number.to_string());
        }
        assert!(Arc::ptr_eq(&sessions.enter("0"), &first));
    }
}
