//! The task that drives one run on the I/O thread.

use std::cell::Cell;
use std::future::poll_fn;
use std::ops::ControlFlow;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use llmspell_core::http::{HttpRequest, Secret};
use llmspell_core::request::{Reply, What};
use llmspell_core::run::{Effect, Input, Stamp, Timer};
use llmspell_core::{Conversation, EventBody};
use tokio::task::coop::consume_budget;

use super::exchanges::Exchanges;
use super::shared::{LastWord, Shared};
use super::starts::Starts;
use super::timers::Timers;
use crate::process::Process;
use crate::queue::wake;
use crate::random::Random;
use crate::transport::{Feeder, Piece, Transport};

/// Turns of the I/O thread in which a connection whose answer has been read gets back into the pool: its own task
/// notices, then a second one puts it there.
const POOLING_TURNS: usize = 3;

/// Room for effects that is kept for the next step of any run, in effects.
const ROOM_KEPT: usize = 256;

thread_local! {
    /// An empty list, for its room: one for all runs, because a run in flight shall cost little memory.
    static ROOM: Cell<Vec<Effect>> = const { Cell::new(Vec::new()) };
}

/// What a host tells a run.
pub(super) enum Command {
    Wait,
    Begin(Conversation),
    Reply(Reply),
    Cancel,
}

/// What a task is made from, besides what it shares.
pub(super) struct Start {
    pub starts: &'static Starts,
    /// By the number of an endpoint's way; the first is the run's own.
    pub ways: Vec<Transport>,
}

/// What a task goes on with.
enum Next {
    Input(Input),
    /// The same as the input of that name, without a copy.
    Bytes(u64, Bytes),
}

pub(crate) struct Task {
    shared: Arc<Shared>,
    ways: Vec<Transport>,
    exchanges: Exchanges,
    timers: Timers,
    /// The host does not drain its queue: nothing is read until it does.
    paused: bool,
    random: Random,
    started: std::time::Instant,
}

impl Task {
    pub(super) fn new(shared: Arc<Shared>, start: Start) -> Self {
        let process = Process::current();
        Task {
            shared,
            ways: start.ways,
            exchanges: Exchanges::default(),
            timers: Timers::new(process.io.clock()),
            paused: false,
            random: process.seeds.next(),
            started: process.started,
        }
    }

    /// Feeds the machine until the run ends.
    pub async fn drive(mut self) {
        loop {
            // In this order: what the host says comes before what the server sends.
            let next = tokio::select! {
                biased;
                command = self.shared.inbox().next() => Next::Input(match command {
                    Command::Begin(conversation) => {
                        self.shared.has_begun();
                        Input::Begin { conversation }
                    }
                    Command::Wait => Input::Wait,
                    Command::Reply(reply) => Input::Reply(reply),
                    Command::Cancel => Input::Cancel,
                }),
                timer = self.timers.expired() => self.ran_out(timer).await,
                () = self.shared.account().resumed(), if self.paused => {
                    self.paused = false;
                    self.timers.resume();
                    continue;
                }
                (exchange, piece) = self.exchanges.next(), if !self.exchanges.is_empty() && !self.paused => {
                    self.received(exchange, piece)
                }
            };
            if matches!(next, Next::Input(Input::End { .. })) {
                // The next request, of this run or of whoever hears of its end, shall find the connection in the pool.
                for _ in 0..POOLING_TURNS {
                    let_others_run().await;
                }
            }
            if let ControlFlow::Break(last) = self.step(next) {
                drop(self);
                if let Some(last) = last {
                    last.say();
                }
                return;
            }
            // A server that always has more, or the demo model, would never let this task rest.
            consume_budget().await;
            wake::flush_overdue();
        }
    }

    /// A timer has run out. One that watches the server counts only if nothing came: after a time in which this thread
    /// could not run, the bytes may be there as well, and then the server was not late.
    async fn ran_out(&mut self, timer: Timer) -> Next {
        if !self.exchanges.is_empty() && self.timers.excuse(timer) {
            // Lets the connection's own task read what is there.
            tokio::task::yield_now().await;
            let there = pin!(self.exchanges.next()).poll(&mut Context::from_waker(Waker::noop()));
            if let Poll::Ready((exchange, piece)) = there {
                // The timer has still run out, unless the machine arms or disarms it now.
                return self.received(exchange, piece);
            }
        }
        self.timers.disarm(timer);
        Next::Input(Input::Timer(timer))
    }

    fn received(&mut self, exchange: u64, piece: Piece) -> Next {
        Next::Input(match piece {
            Piece::Sent { counted } => Input::Sent { exchange, counted },
            Piece::Head { status, headers } => Input::Head { exchange, status, headers },
            Piece::Bytes(bytes) => return Next::Bytes(exchange, bytes),
            Piece::End => {
                self.exchanges.drop(exchange);
                Input::End { exchange }
            }
            Piece::Failed(error) => {
                self.exchanges.drop(exchange);
                Input::Failed { exchange, error }
            }
        })
    }

    /// Gives the machine one input and does what it wants done. It breaks off when the run has ended; without a last word
    /// when a defect of ours broke the run, which dropping the task says.
    fn step(&mut self, next: Next) -> ControlFlow<Option<LastWord>> {
        let now_ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let stamp = Stamp { now_ms, random: self.random.next() };
        let mut effects = ROOM.take();
        let sent = if let Next::Input(Input::Sent { exchange, .. }) = next { Some(exchange) } else { None };
        match self.shared.machine() {
            Ok(mut machine) => {
                match next {
                    Next::Input(input) => machine.step_into(input, stamp, &mut effects),
                    Next::Bytes(exchange, bytes) => machine.receive(exchange, &bytes, stamp, &mut effects),
                }
                self.shared.reached(machine.place());
            }
            // A host's look at the machine panicked: the run is lost.
            Err(_) => return ControlFlow::Break(None),
        }
        let mut asks = false;
        let mut questions: Vec<_> =
            sent.and_then(|exchange| self.exchanges.take_request(exchange)).into_iter().collect();
        for effect in effects.drain(..) {
            match effect {
                Effect::Emit(event) => {
                    asks |= matches!(event.body, EventBody::Request(_));
                    if self.shared.emit(event) && !self.paused {
                        self.paused = true;
                        self.timers.pause();
                    }
                }
                Effect::Send(request) => {
                    // The façade numbers the ways when it makes the run, so a number without a way is a defect of ours.
                    let Some(way) = self.ways.get(usize::from(request.way)) else { return ControlFlow::Break(None) };
                    let number = request.exchange;
                    let mut exchange = way.send(request);
                    questions.extend(exchange.take_request());
                    self.exchanges.add(number, exchange);
                }
                Effect::Used { pace, tokens } => Process::current().limiters.correct(&pace, tokens),
                Effect::Close { pace, for_ms } => Process::current().limiters.close(&pace, for_ms),
                Effect::Abort { exchange } => self.exchanges.drop(exchange),
                Effect::Arm { timer, after_ms } => self.timers.arm(timer, Duration::from_millis(after_ms)),
                Effect::Disarm(timer) => self.timers.disarm(timer),
                Effect::DisarmAll { run } => self.timers.disarm_all(run),
                Effect::Finish { conversation, event } => {
                    // What is left of the exchanges goes before anyone hears of the end.
                    self.exchanges = Exchanges::default();
                    return ControlFlow::Break(self.shared.finish(Some(conversation), event));
                }
            }
        }
        if !questions.is_empty() {
            asks = true;
            // After the events of this step, whose numbers come before.
            if !self.ask(questions) {
                return ControlFlow::Break(None);
            }
        }
        if effects.capacity() <= ROOM_KEPT {
            ROOM.set(effects);
        }
        if asks {
            self.shared.hurry();
        }
        ControlFlow::Continue(())
    }
}

impl Task {
    /// Puts exchanges before the host that it is to carry. Whether the run can go on.
    fn ask(&mut self, requests: Vec<(HttpRequest, Feeder)>) -> bool {
        for (request, feeder) in requests {
            let (exchange, what) = (request.exchange, question(request));
            let Ok(mut machine) = self.shared.machine() else { return false };
            let event = machine.ask_for_driver(exchange, with_turn(what, feeder.turn()));
            self.shared.reached(machine.place());
            drop(machine);
            if let EventBody::Request(request) = &event.body {
                self.shared.carried().add(request.id.clone(), feeder);
            }
            // It is never held back: without it nothing would ever come.
            self.shared.emit(event);
        }
        true
    }
}

/// Header of a question that says which turn of a script the host is asked for.
const TURN: &str = "x-llmspell-turn";

fn with_turn(mut what: What, turn: Option<usize>) -> What {
    if let (What::Http { headers, .. }, Some(number)) = (&mut what, turn) {
        headers.push((TURN.to_owned(), Secret::new(number.to_string())));
    }
    what
}

/// What the host is asked for an exchange.
fn question(request: HttpRequest) -> What {
    What::Http {
        method: "POST".to_owned(),
        url: request.url,
        headers: request.headers,
        body: String::from_utf8(request.body)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()),
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.shared.abandoned();
    }
}

/// Lets every task run that is ready now. (tokio's `yield_now` would look for I/O as well, a system call each time.)
async fn let_others_run() {
    let mut yielded = false;
    poll_fn(|context| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
