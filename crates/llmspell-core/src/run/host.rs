//! Requests that whoever drives the run makes of the host, in the run's name.

use super::machine::Run;
use crate::event::{Event, EventBody};
use crate::request::{Request, What};

impl Run {
    /// The event that asks the host for something which is not the machine's to wait for: a driver's exchange that the
    /// host shall carry. The id is one that the run gives no other request; the answer to it is the driver's to take.
    pub fn ask_for_driver(&mut self, what: What) -> Event {
        self.state.requests = self.state.requests.saturating_add(1);
        let id = format!("req_{}", self.state.requests);
        self.event(EventBody::Request(Request { id, what }))
    }
}
