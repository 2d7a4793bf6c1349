//! What a run's handles, its task and its queue share.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use llmspell_core::event::{Event, EventBody};
use llmspell_core::run::{Run, Status};
use llmspell_core::{Conversation, Error, Kind, RunResult};

use super::carried::Carried;
use super::inbox::Inbox;
use super::task::{Command, Start, Task};
use super::{Job, OnFinish};
use crate::process::Owner;
use crate::queue::{self, Account, Writer};

const QUEUED: u8 = 0;
const RUNNING: u8 = 1;
const ENDED: u8 = 2;

pub(super) struct Shared {
    id: Arc<str>,
    status: AtomicU8,
    /// Locked for each step, and by hosts that look inside.
    machine: Mutex<Run>,
    inbox: Inbox,
    carried: Carried,
    /// What the task is made from, until the first command starts it.
    start: Mutex<Option<Start>>,
    queue: Arc<queue::Shared>,
    /// Its number in the queue.
    number: AtomicU64,
    account: Arc<Account>,
    begun: AtomicBool,
    /// Somebody asked for its end.
    cancelled: AtomicBool,
    on_finish: Mutex<Option<OnFinish>>,
    /// Place of the latest event, so that one of our own can follow it.
    seq: AtomicU64,
    step: AtomicU32,
}

impl Shared {
    pub fn new(queue: Arc<queue::Shared>, mut job: Job, start: Start) -> Self {
        job.run.want(job.wanted);
        Shared {
            id: Arc::clone(job.run.id()),
            status: AtomicU8::new(QUEUED),
            machine: Mutex::new(job.run),
            inbox: Inbox::default(),
            carried: Carried::default(),
            start: Mutex::new(Some(start)),
            queue,
            number: AtomicU64::new(0),
            account: Arc::default(),
            begun: AtomicBool::new(false),
            cancelled: AtomicBool::new(false),
            on_finish: Mutex::new(Some(job.on_finish)),
            seq: AtomicU64::new(0),
            step: AtomicU32::new(0),
        }
    }

    /// The queue gave the run this number.
    pub fn attached(&self, number: u64) {
        self.number.store(number, Ordering::Release);
    }

    pub fn id(&self) -> &str {
        &self.id
    }

    pub fn owner(&self) -> Owner {
        self.queue.owner()
    }

    pub fn account(&self) -> &Account {
        &self.account
    }

    pub fn status(&self) -> Status {
        match self.status.load(Ordering::Acquire) {
            QUEUED => Status::Queued,
            RUNNING => Status::Running,
            _ => Status::Ended,
        }
    }

    /// The machine, for one step or one look. A step that panicked leaves it unusable.
    pub fn machine(&self) -> Result<MutexGuard<'_, Run>, Error> {
        self.machine
            .lock()
            .map_err(|_| Error::new(Kind::Internal, "a defect of llmspell broke this run; please report it"))
    }

    pub fn begin(self: &Arc<Self>, conversation: Conversation) {
        // Before the task runs, so that a host that looks right after this sees no queued run.
        let _ = self.status.compare_exchange(QUEUED, RUNNING, Ordering::AcqRel, Ordering::Acquire);
        self.command(Command::Begin(conversation));
    }

    /// Gives the task something to do; the first command starts it. A run that has ended ignores it.
    pub fn command(self: &Arc<Self>, command: Command) {
        if !self.inbox.send(command) {
            return;
        }
        let start = self.start.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(start) = start {
            let starts = start.starts;
            starts.add(Task::new(Arc::clone(self), start));
        }
    }

    /// Has the run end, unless it did before.
    pub fn cancel(self: &Arc<Self>) {
        self.cancelled.store(true, Ordering::Release);
        self.command(Command::Cancel);
    }

    /// Whether its end was asked for: from then on nobody wants an answer, though the machine may not know yet.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Acquire)
    }

    /// Notes that the machine was given its turn.
    pub fn has_begun(&self) {
        self.begun.store(true, Ordering::Relaxed);
    }

    pub fn inbox(&self) -> &Inbox {
        &self.inbox
    }

    /// Exchanges that the host carries.
    pub fn carried(&self) -> &Carried {
        &self.carried
    }

    /// Notes the place of the machine's latest event.
    pub fn reached(&self, (seq, step): (u64, u32)) {
        self.seq.store(seq, Ordering::Relaxed);
        self.step.store(step, Ordering::Relaxed);
    }

    /// Puts an event into the queue. Whether the run must stop reading.
    pub fn emit(&self, event: Event) -> bool {
        self.queue.push(&self.account, event)
    }

    /// Ends the run, once: tells the façade. The host hears of it by [`LastWord::say`].
    pub fn finish(&self, conversation: Option<Conversation>, event: Event) -> Option<LastWord> {
        let on_finish = self.on_finish.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        let conversation = conversation.filter(|_| self.begun.load(Ordering::Relaxed));
        // Whatever happens in there, the host still learns that the run has ended.
        let _ = catch_unwind(AssertUnwindSafe(|| on_finish(conversation, &event)));
        self.status.store(ENDED, Ordering::Release);
        self.queue.detach(self.number.load(Ordering::Acquire));
        Some(LastWord { queue: Arc::clone(&self.queue), account: Arc::clone(&self.account), event })
    }

    /// Wakes the host at once: the run can do nothing more before the host has acted.
    pub fn hurry(&self) {
        self.queue.signal();
    }

    /// The task is gone. A run that has not ended by itself was broken by a panic, and ends with `internal`.
    pub fn abandoned(&self) {
        self.inbox.close();
        if self.on_finish.lock().unwrap_or_else(PoisonError::into_inner).is_none() {
            return;
        }
        let error = Error::new(
            Kind::Internal,
            "a defect of llmspell ended this run; please report it with what the program printed",
        );
        let body = EventBody::Error { error: Box::new(error), partial: Box::new(RunResult::default()) };
        let seq = self.seq.load(Ordering::Relaxed) + 1;
        let step = self.step.load(Ordering::Relaxed);
        if let Some(last) =
            self.finish(None, Event { run_id: Arc::clone(&self.id), seq, step, agent: None, nested: false, body })
        {
            last.say();
        }
    }
}

/// The last event of a run, apart from it: the task lets go of the run and then says it, so that nothing of the run is
/// left in the I/O thread once the host knows of its end.
pub(super) struct LastWord {
    queue: Arc<queue::Shared>,
    account: Arc<Account>,
    event: Event,
}

impl LastWord {
    pub fn say(self) {
        self.queue.push(&self.account, self.event);
        self.queue.signal();
    }
}

impl Writer for Shared {
    fn give_up(self: Arc<Self>) {
        self.cancel();
    }
}
