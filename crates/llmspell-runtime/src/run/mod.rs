//! Runs: a machine of the core, driven on the I/O thread, with a handle for the host.

mod carried;
mod clock;
mod exchanges;
mod handle;
mod inbox;
mod shared;
mod starts;
mod task;
mod timers;

use std::sync::Arc;

use llmspell_core::event::{Event, EventMask};
use llmspell_core::run::Run;
use llmspell_core::{Conversation, Error, Kind};

pub(crate) use clock::Clock;
pub use handle::RunHandle;
use shared::Shared;
pub(crate) use starts::Starts;

use crate::process::Process;
use crate::queue::{Queue, Writer};
use crate::transport::{Network, Transport};

/// Called once when a run ends, on the I/O thread, before the run's last event is in the queue. It must not block.
///
/// It is given what the agent remembers from now on and that last event. The conversation is `None` when the run
/// changed nothing: it never had its turn, or a defect of ours broke it.
pub type OnFinish = Box<dyn FnOnce(Option<Conversation>, &Event) + Send>;

/// A way to the network: how it is reached, and addresses that it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// How the network is reached.
    pub network: Network,
    /// What the addresses begin with; the first is used at once.
    pub base_urls: Vec<String>,
}

/// A run and what it needs.
pub struct Job {
    /// The machine, fresh or restored; nothing has been put into it yet.
    pub run: Run,
    /// Events that the host wants.
    pub wanted: EventMask,
    /// How to reach the provider.
    pub network: Network,
    /// More ways to the network, for endpoints whose `way` is 1, 2, …: other agents, other providers.
    pub more_ways: Vec<Way>,
    /// Told when the run ends.
    pub on_finish: OnFinish,
}

/// Hands a run over. It waits for [`RunHandle::begin`]; its events come in `queue`.
///
/// A job whose handles are all dropped before `begin` or `cancel` is forgotten without an event.
///
/// # Errors
/// `forked` when the queue is from before a fork, `config` when the network options cannot be used (a proxy that is no
/// URL, a certificate file that cannot be read), `internal` when the I/O thread cannot be started, `closed` when the
/// queue is closing.
pub fn submit(queue: &Queue, job: Job) -> Result<RunHandle, Error> {
    let queue = queue.shared();
    queue.owner().check("queue", "make a new queue in this process")?;
    let process = Process::current();
    let mut ways = Vec::with_capacity(1 + job.more_ways.len());
    ways.push(Transport::new(process, &job.network, job.run.spec().base_urls())?);
    for way in &job.more_ways {
        ways.push(Transport::new(process, &way.network, way.base_urls.iter().map(String::as_str))?);
    }
    // The thread starts now, so that nothing can fail any more once the queue and the agent know of the run.
    let starts = process.io.starts()?;
    let shared = Arc::new(Shared::new(Arc::clone(queue), job, task::Start { starts, ways }));
    let writer: Arc<dyn Writer> = Arc::clone(&shared) as Arc<dyn Writer>;
    let number = queue
        .attach(Arc::downgrade(&writer))
        .ok_or_else(|| Error::new(Kind::Closed, "the queue is closed; make a new one"))?;
    shared.attached(number);
    Ok(RunHandle::new(shared))
}
