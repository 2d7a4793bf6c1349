//! The run machine: one execution of an agent as a pure state machine.

mod approval;
mod asking;
mod budget;
mod cache;
mod checkpoint;
mod child;
mod compact;
mod endpoint;
mod external;
mod guardrails;
mod handoff;
mod history;
mod hooks;
mod host;
mod machine;
mod output;
mod report;
mod retry;
mod route;
mod settle;
mod spec;
mod team;
mod tools;
mod turn;

pub use approval::{Decision, Remember, Verdict};
pub use cache::{Cache, CacheTime};
pub use endpoint::{Endpoint, Place};
pub use history::{Compaction, Memory};
pub use machine::Run;
pub use route::{Route, RouteView};
pub use spec::{Checks, HookPoints, Limits, RunInput, RunSpec, Settings, ToolChoice};
pub use team::{AgentTool, AgentToolKind, Team};

use crate::conversation::Conversation;
use crate::error::Error;
use crate::event::Event;
use crate::http::HttpRequest;
use crate::rate::Pace;
use crate::request::Reply;

/// What every input carries: the time and fresh randomness.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// A clock that never goes back, in milliseconds from any origin.
    pub now_ms: u64,
    /// A random number that is not used elsewhere.
    pub random: u64,
}

/// What can happen to a run.
#[derive(Clone, Debug)]
pub enum Input {
    /// The run waits for its turn behind others, which counts to its time limit.
    Wait,
    /// It is the run's turn. A restored run goes on with the conversation in its checkpoint instead.
    Begin {
        /// The agent's conversation so far.
        conversation: Conversation,
    },
    /// A request with a [`Pace`] was sent.
    Sent {
        /// Its exchange.
        exchange: u64,
        /// Whether it waited in its account's line and took from its means. What no provider sees does not.
        counted: bool,
    },
    /// The head of an HTTP answer.
    Head {
        /// Exchange that it belongs to.
        exchange: u64,
        /// Status.
        status: u16,
        /// Headers.
        headers: Vec<(String, String)>,
    },
    /// Bytes of an HTTP answer's body, split anywhere.
    Bytes {
        /// Exchange that they belong to.
        exchange: u64,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// The body is complete.
    End {
        /// Exchange that ended.
        exchange: u64,
    },
    /// The exchange failed below HTTP.
    Failed {
        /// Exchange that failed.
        exchange: u64,
        /// Why.
        error: Error,
    },
    /// The host answers a request.
    Reply(Reply),
    /// A timer that was armed has run out.
    Timer(Timer),
    /// The run shall end now.
    Cancel,
}

/// A timer of a run or of a run inside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Timer {
    /// Number of the run in its tree: 0 is the run that the host started, the others are agents at work for it.
    pub run: u32,
    /// Which of that run's timers.
    pub id: TimerId,
}

impl From<TimerId> for Timer {
    /// The timer of the run that the host started.
    fn from(id: TimerId) -> Self {
        Self { run: 0, id }
    }
}

/// The timers of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TimerId {
    /// To the first bytes of an answer.
    FirstEvent,
    /// Between two pieces of an answer.
    Idle,
    /// For the whole run.
    Total,
    /// Before a failed request is made again.
    Retry,
    /// For what is asked about one tool call of the turn, by position.
    Tool(u32),
    /// For a hook or a guardrail that the whole run waits for.
    Hook,
}

/// What a run wants done.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Send this request.
    Send(HttpRequest),
    /// A request that counted to a limit took so many tokens.
    Used {
        /// What was said of it when it was sent.
        pace: Pace,
        /// Tokens, in and out.
        tokens: u64,
    },
    /// Nobody may send to this account for a time.
    Close {
        /// The account, and its limit.
        pace: Pace,
        /// How long, in milliseconds.
        for_ms: u64,
    },
    /// Drop this exchange: nothing of it is read any more.
    Abort {
        /// The exchange.
        exchange: u64,
    },
    /// Tell the host.
    Emit(Event),
    /// Start this timer, again if it runs.
    Arm {
        /// Which.
        timer: Timer,
        /// Time until it runs out, in milliseconds.
        after_ms: u64,
    },
    /// Stop this timer.
    Disarm(Timer),
    /// Stop all timers of a run inside this one, which has ended.
    DisarmAll {
        /// Its number in the tree.
        run: u32,
    },
    /// The run has ended. Always the last effect of a run.
    Finish {
        /// What the agent remembers from now on.
        conversation: Conversation,
        /// The run's last event.
        event: Event,
    },
}

/// Whether a request still waits for its reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Awaits {
    /// It does.
    Open,
    /// It was answered, timed out or was cancelled.
    Closed,
    /// The run never made such a request.
    Unknown,
}

/// Where a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Waiting for its turn.
    Queued,
    /// Under way.
    Running,
    /// Ended.
    Ended,
}
