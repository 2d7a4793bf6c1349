//! The line in which the runs of one agent wait for their turn.

use crate::options::OnBusy;
use arc_swap::ArcSwap;
use llmspell_core::{Error, Kind};
use llmspell_runtime::{RunHandle, process_id};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The line of one agent. In the child after a fork it is empty: the parent's runs are not the child's.
pub(super) struct Line {
    lane: ArcSwap<Lane>,
}

/// The line as one process has it.
struct Lane {
    process: u32,
    places: Mutex<Places>,
}

#[derive(Default)]
struct Places {
    line: VecDeque<Place>,
    last_ticket: u64,
}

/// A run in the line. The first one is under way, as soon as it is ready.
struct Place {
    ticket: u64,
    /// The run, once it has been handed over to the runtime.
    run: Option<RunHandle>,
    begun: bool,
}

impl Default for Line {
    fn default() -> Self {
        Self { lane: ArcSwap::from_pointee(Lane::new()) }
    }
}

impl Lane {
    fn new() -> Self {
        Self { process: process_id(), places: Mutex::default() }
    }

    fn places(&self) -> MutexGuard<'_, Places> {
        // Nothing panics between changes that belong together.
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    /// The lane of this process.
    fn lane(&self) -> Arc<Lane> {
        let lane = self.lane.load_full();
        if lane.process == process_id() {
            return lane;
        }
        // The parent's lane may be locked by a thread that does not exist here: it is neither locked nor dropped.
        self.lane.compare_and_swap(&lane, Arc::new(Lane::new()));
        std::mem::forget(lane);
        self.lane.load_full()
    }

    /// Takes a place at the end and gives its ticket.
    ///
    /// # Errors
    /// `busy` when others are there and waiting is not wanted.
    pub(super) fn enter(&self, on_busy: OnBusy) -> Result<u64, Error> {
        let lane = self.lane();
        let mut places = lane.places();
        if on_busy != OnBusy::Queue && !places.line.is_empty() {
            return Err(busy(
                "the agent is in another run; wait for its end, or make the agent with on_busy = \"queue\"",
            ));
        }
        places.last_ticket += 1;
        let ticket = places.last_ticket;
        places.line.push_back(Place { ticket, run: None, begun: false });
        Ok(ticket)
    }

    /// Gives the run of a place, and gets it back when it shall begin now.
    pub(super) fn ready(&self, ticket: u64, run: RunHandle) -> Option<RunHandle> {
        let lane = self.lane();
        let mut places = lane.places();
        // A run whose queue was closed in the meantime has left already.
        places.line.iter_mut().find(|place| place.ticket == ticket)?.run = Some(run);
        places.next().map(|(_, run)| run)
    }

    /// Gives a place up. The answer is the run that shall begin now, if there is one.
    pub(super) fn leave(&self, ticket: u64) -> Option<(u64, RunHandle)> {
        let lane = self.lane();
        let mut places = lane.places();
        let gone = places.line.iter().position(|place| place.ticket == ticket).and_then(|at| places.line.remove(at));
        let next = places.next();
        drop(places);
        // Dropped without the lock: a run's handle is not ours to know.
        drop(gone);
        next
    }

    /// Whether no run is in the line.
    pub(super) fn is_empty(&self) -> bool {
        self.lane().places().line.is_empty()
    }

    /// Does something while no run is in the line, and none can enter.
    ///
    /// # Errors
    /// `busy` when there is one.
    pub(super) fn while_empty(&self, act: impl FnOnce()) -> Result<(), Error> {
        let lane = self.lane();
        let places = lane.places();
        if !places.line.is_empty() {
            return Err(busy("the agent is in a run; wait for its end or cancel it, then reset the agent"));
        }
        act();
        Ok(())
    }
}

impl Places {
    /// The first run, when it is ready and has not begun; from now on it has.
    fn next(&mut self) -> Option<(u64, RunHandle)> {
        let first = self.line.front_mut().filter(|first| !first.begun)?;
        let run = first.run.clone()?;
        first.begun = true;
        Some((first.ticket, run))
    }
}

fn busy(message: &str) -> Error {
    Error::new(Kind::Busy, message)
}
