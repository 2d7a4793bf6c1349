//! The conversations of an agent: its own, and one for each session.

use super::line::Line;
use arc_swap::ArcSwap;
use llmspell_core::{Conversation, defaults};
use std::collections::HashMap;
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

/// The sessions of an agent by id. Never locked, so that a fork finds it whole.
#[derive(Default)]
pub(super) struct Sessions {
    seats: ArcSwap<HashMap<Arc<str>, Arc<Seat>>>,
    clock: AtomicU64,
}

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

    /// The session of this id, made where there is none. Of too many, the one that was not used for longest and has no run
    /// goes.
    pub fn enter(&self, id: &str) -> Arc<Thread> {
        loop {
            if let Some(thread) = self.get(id) {
                return thread;
            }
            let seat = Arc::new(Seat {
                thread: Thread::new(Arc::default()),
                used: AtomicU64::new(self.clock.fetch_add(1, Ordering::Relaxed)),
            });
            self.seats.rcu(|seats| {
                let mut seats = HashMap::clone(seats);
                if seats.len() >= defaults::SESSIONS
                    && let Some(oldest) = oldest_idle(&seats)
                {
                    seats.remove(&oldest);
                }
                seats.entry(id.into()).or_insert_with(|| Arc::clone(&seat));
                seats
            });
        }
    }

    /// Gives the session of this id up.
    pub fn forget(&self, id: &str) {
        self.seats.rcu(|seats| {
            let mut seats = HashMap::clone(seats);
            seats.remove(id);
            seats
        });
    }
}

fn oldest_idle(seats: &HashMap<Arc<str>, Arc<Seat>>) -> Option<Arc<str>> {
    let idle = seats.iter().filter(|(_, seat)| seat.thread.line.is_empty());
    idle.min_by_key(|(_, seat)| seat.used.load(Ordering::Relaxed)).map(|(id, _)| Arc::clone(id))
}

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
        sessions.forget("0");
        assert!(!Arc::ptr_eq(&sessions.enter("0"), &first));
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
