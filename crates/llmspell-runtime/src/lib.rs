//! Drives the core: the I/O thread, HTTP, timers and the queues in which events wait for their host.
//!
//! - [`Queue`]: where the events of runs wait. A host takes them with [`Queue::next`], or when [`Queue::fd`] is readable.
//! - [`Waker`]: one descriptor, or one unix socket, that tells which of many queues have news.
//! - [`submit`]: gives a [`Job`] (a run of the core with what it needs) to the I/O thread and a [`RunHandle`] to the host.
//!
//! All I/O of a process happens on one thread of ours, which starts with the first run. It runs no code of the host but
//! [`Job::on_finish`]. After a fork the child starts a thread of its own on first use; what it inherited answers with
//! kind `forked` and is never locked nor dropped; [`unforked`] holds a fork up during what it must not cut. No panic hook, signal handler, subscriber or default crypto provider
//! is installed.
#![deny(clippy::undocumented_unsafe_blocks)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod demo;
mod io_thread;
mod limiter;
mod pid;
mod process;
mod queue;
mod random;
mod run;
pub mod script;
mod transport;
mod unforked;

pub use pid::process_id;
pub use queue::{Caller, Life, Queue, Waker};
pub use run::{Job, OnFinish, RunHandle, Way, submit};
pub use transport::{Carrier, Network, RecordMode, Recorder, forbid_requests};
pub use unforked::unforked;
