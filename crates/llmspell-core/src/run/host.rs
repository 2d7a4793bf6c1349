//! Requests that whoever drives the run makes of the host, in the run's name.

use super::machine::Run;
use crate::event::{Event, EventBody};
use crate::request::{Request, What};

impl Run {
    /// The event that asks the host for something which is not the machine's to wait for: a driver's exchange that the
    /// host shall carry. The id is one that the run gives no other request; the answer to it is the driver's to take. The
    /// event tells the agent whose exchange it is, which may be at work for this run's.
    pub fn ask_for_driver(&mut self, exchange: u64, what: What) -> Event {
        let id = self.next_request();
        let event = self.event(EventBody::Request(Request { id, what }));
        let run = self.with_exchange(exchange);
        // A summary is written in the name of its agent.
        let agent = run.tree.path.clone().filter(|path| !path.is_empty());
        Event { agent, nested: run.tree.own_path.is_some(), step: run.state.step, ..event }
    }

    /// The run that receives an exchange, this one or one inside it.
    fn with_exchange(&self, number: u64) -> &Self {
        match self.child_with(number).and_then(|at| self.tree.children.get(at)) {
            Some(child) => child.run.with_exchange(number),
            None => self,
        }
    }
}
