//! The machine: takes inputs, yields effects.

use super::approval::Remembered;
use super::asking::Asking;
use super::child::{Kin, Task, Tree};
use super::handoff::OwnTool;
use super::history::{self, View};
use super::hooks::StepChanges;
use super::output::Output;
use super::retry::Tries;
use super::turn::Exchange;
use super::{Awaits, Effect, Input, RunInput, RunSpec, Settings, Stamp, Status, Timer, TimerId};
use crate::budget::Spent;
use crate::conversation::Conversation;
use crate::defaults;
use crate::error::{Error, Kind};
use crate::event::{Event, EventBody, EventMask, EventType};
use crate::message::{Message, Part, ToolCall};
use crate::outcome::{FinishReason, ToolCallRecord};
use crate::usage::Usage;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;

/// One execution of an agent.
///
/// Feed it with [`Run::step`] and carry out the effects in their order. It can be written to bytes between any two
/// inputs ([`Run::checkpoint`]) and goes on from there in another process ([`Run::restore`]).
#[derive(Debug)]
pub struct Run {
    pub(super) spec: Arc<RunSpec>,
    pub(super) run_id: Arc<str>,
    pub(super) state: State,
    /// When the run began or was restored here, and the time that had passed for it by then; none before it.
    pub(super) began: Option<Began>,
    /// When it began to wait for its turn, by this process's clock.
    waits_since_ms: Option<u64>,
    /// How long it has waited for its turn, in milliseconds: no time of the run, but of its limit.
    waited_ms: u64,
    /// The answer that is being received.
    pub(super) exchange: Option<Exchange>,
    /// Events that the host wants; others are counted and not made.
    pub(super) wanted: EventMask,
    /// Whether the run's time stands still, because people are waited for.
    still: bool,
    pub(super) tree: Tree,
}

/// A reading of this process's clock.
#[derive(Clone, Copy, Debug)]
pub(super) struct Began {
    at_ms: u64,
    elapsed_before_ms: u64,
}

/// All of a run that a checkpoint keeps.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct State {
    pub run_id: String,
    /// Number in the tree of runs; 0 for the one that the host started.
    #[serde(default)]
    pub number: u32,
    pub seq: u64,
    pub step: u32,
    /// Time since the run's begin, in every process it ran in.
    pub elapsed_ms: u64,
    /// How much of it was spent waiting for people.
    #[serde(default)]
    pub still_ms: u64,
    /// Requests to the host so far.
    pub requests: u64,
    /// HTTP exchanges so far.
    pub exchanges: u64,
    /// Model turns that were finished.
    pub turns: u32,
    pub settings: Settings,
    /// The conversation before this run.
    pub base: Conversation,
    /// What this run adds: the input, then turns and tool results.
    pub added: Vec<Arc<Message>>,
    /// Results of the turn whose open calls the input answers that were there before; the first of `added` has them, too.
    #[serde(default)]
    pub kept: Vec<Part>,
    /// Where in `added` the question begins: the input may have earlier turns.
    #[serde(default)]
    pub question: usize,
    pub records: Vec<ToolCallRecord>,
    pub usage: Usage,
    pub turn_usage: Usage,
    pub finish_reason: FinishReason,
    pub model: Option<String>,
    /// What this step has otherwise than the agent.
    #[serde(default)]
    pub changes: StepChanges,
    /// Calls by tool, for tools that may be called a number of times only.
    #[serde(default)]
    pub calls_made: Vec<(OwnTool, u32)>,
    /// Decisions of people that hold for later calls.
    #[serde(default)]
    pub decisions: Vec<Remembered>,
    /// How often a guardrail sent the model back to its answer.
    #[serde(default)]
    pub sent_back: u32,
    /// Which messages of `added` are answers that a guardrail sent back.
    #[serde(default)]
    pub rejected: Vec<usize>,
    /// Whether the run has its final answer.
    #[serde(default)]
    pub answered: bool,
    /// Provider of the latest turn.
    #[serde(default)]
    pub provider: Option<String>,
    #[serde(default)]
    pub tries: Tries,
    #[serde(default)]
    pub output: Output,
    #[serde(default)]
    pub spent: Spent,
    #[serde(default)]
    pub kin: Kin,
    #[serde(default)]
    pub view: View,
    pub phase: Phase,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Phase {
    /// Waiting for its turn.
    Queued,
    /// Waiting for the model.
    Model,
    /// Waiting for a hook or a guardrail.
    Asking(Box<Asking>),
    /// Waiting for a summary of older parts of the conversation.
    Summary,
    /// Waiting for tools.
    Tools(Vec<Call>),
    /// Over.
    Ended,
}

/// A tool call of the current turn.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Call {
    pub id: String,
    /// The name that the model wrote, and once the call is under way the tool's.
    pub name: String,
    /// The arguments as the model wrote them.
    pub text: String,
    /// Which of the turn's calls it is, or is inside of.
    pub of: usize,
    /// Whether it was taken out of a call that holds several.
    #[serde(default)]
    pub inner: bool,
    /// Whether its name or its arguments were repaired.
    #[serde(default)]
    pub repaired: bool,
    /// The arguments that it is made with.
    #[serde(default)]
    pub arguments: Option<Value>,
    /// What the agent used that was at work on it.
    #[serde(default)]
    pub usage: Option<Usage>,
    pub stage: Stage,
}

impl Call {
    pub(super) fn new(of: usize, call: ToolCall) -> Self {
        let ToolCall { id, name, arguments: text } = call;
        Self { id, name, text, of, inner: false, repaired: false, arguments: None, usage: None, stage: Stage::Waiting }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Stage {
    Waiting,
    /// In the host's hands.
    Asked {
        request_id: String,
        about: Question,
    },
    /// An agent is at work on it, or shall be.
    Child,
    /// Its result is the caller's to give, after the run.
    Open,
    /// `error_kind` is set for a failed call.
    Answered {
        content: String,
        parts: Vec<Part>,
        error_kind: Option<String>,
    },
}

/// What the host is asked about a call.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Question {
    /// What the hook before the tool says.
    BeforeTool,
    /// Whether it may be made.
    Approval,
    /// To make it.
    Tool,
    /// What the hook after the tool says to this result.
    AfterTool { content: String, parts: Vec<Part>, error_kind: Option<String> },
}

impl Run {
    /// A run that waits for its turn. `run_id` names it in every event.
    #[must_use]
    pub fn new(spec: Arc<RunSpec>, input: RunInput, run_id: String) -> Self {
        let kin = Kin { asked: input.settings.clone(), ..Kin::default() };
        let settings = input.settings.over(&spec.settings);
        let added: Vec<Arc<Message>> = input.messages.into_iter().map(Arc::new).collect();
        let state = State {
            run_id,
            number: 0,
            seq: 0,
            step: 0,
            elapsed_ms: 0,
            still_ms: 0,
            requests: 0,
            exchanges: 0,
            turns: 0,
            settings,
            base: Conversation::default(),
            question: history::question(&added),
            added,
            kept: Vec::new(),
            records: Vec::new(),
            usage: Usage::default(),
            turn_usage: Usage::default(),
            finish_reason: FinishReason::default(),
            model: None,
            changes: StepChanges::default(),
            calls_made: Vec::new(),
            decisions: Vec::new(),
            sent_back: 0,
            rejected: Vec::new(),
            answered: false,
            provider: None,
            tries: Tries::default(),
            output: Output::default(),
            spent: Spent::default(),
            kin,
            view: View::default(),
            phase: Phase::Queued,
        };
        Self::from_state(spec, state)
    }

    pub(super) fn from_state(spec: Arc<RunSpec>, state: State) -> Self {
        let tree = Tree::new(Arc::clone(&spec));
        Self {
            run_id: state.run_id.as_str().into(),
            spec,
            state,
            began: None,
            waits_since_ms: None,
            waited_ms: 0,
            exchange: None,
            wanted: EventMask::ALL,
            still: false,
            tree,
        }
    }

    /// The run goes on with the conversation of a session, which its checkpoints name, too.
    #[must_use]
    pub fn in_session(mut self, session: Option<String>) -> Self {
        self.state.kin.session = session;
        self
    }

    /// The session whose conversation it goes on with; none for the agent's own.
    #[must_use]
    pub fn session(&self) -> Option<&str> {
        self.state.kin.session.as_deref()
    }

    /// The run's id.
    #[must_use]
    pub const fn id(&self) -> &Arc<str> {
        &self.run_id
    }

    /// What the run was made from.
    #[must_use]
    pub const fn spec(&self) -> &Arc<RunSpec> {
        &self.tree.root
    }

    /// Says which events the host wants: the others get their number and are not made. Without it all are made.
    pub fn want(&mut self, wanted: EventMask) {
        self.wanted = wanted;
        for child in self.tree.children.iter_mut().filter(|child| child.run.tree.forwarded) {
            child.run.want(wanted);
        }
    }

    /// Number of the latest event and the step that it belongs to.
    #[must_use]
    pub const fn place(&self) -> (u64, u32) {
        (self.state.seq, self.state.step)
    }

    /// Where the run stands.
    #[must_use]
    pub const fn status(&self) -> Status {
        match self.state.phase {
            Phase::Ended => Status::Ended,
            _ if self.began.is_none() => Status::Queued,
            _ => Status::Running,
        }
    }

    /// Whether a request still waits for its reply.
    #[must_use]
    pub fn awaits(&self, request: &str) -> Awaits {
        let open = match &self.state.phase {
            Phase::Asking(asking) => asking.request_id == request,
            Phase::Tools(calls) => {
                calls.iter().any(|call| matches!(&call.stage, Stage::Asked { request_id, .. } if request_id == request))
            }
            _ => false,
        };
        if open {
            return Awaits::Open;
        }
        if self.tree.children.iter().any(|child| child.run.awaits(request) == Awaits::Open) {
            return Awaits::Open;
        }
        let number = request.strip_prefix("req_").and_then(|number| number.parse::<u64>().ok());
        if number.is_some_and(|number| (1..=self.state.requests).contains(&number)) {
            Awaits::Closed
        } else {
            Awaits::Unknown
        }
    }

    /// Takes one input and gives what is to be done, in order.
    ///
    /// Inputs that no longer matter (bytes of an aborted exchange, a late reply, anything after the end) have no effect.
    pub fn step(&mut self, input: Input, stamp: Stamp) -> Vec<Effect> {
        let mut out = Vec::new();
        self.step_into(input, stamp, &mut out);
        out
    }

    /// Like [`Run::step`], into a list that the caller keeps.
    pub fn step_into(&mut self, input: Input, stamp: Stamp, out: &mut Vec<Effect>) {
        if !self.goes_on(stamp) {
            return;
        }
        if let Some(child) = self.child_for(&input) {
            self.drive(child, stamp, out, |run, out| run.step_into(input, stamp, out));
            return self.mind_the_clock(out);
        }
        match input {
            Input::Begin { conversation } => self.begin(conversation, stamp, out),
            Input::Cancel => self.cancel(out),
            Input::Wait if self.began.is_none() => {
                self.waits_since_ms = Some(stamp.now_ms);
                self.arm(TimerId::Total, self.left_ms(), out);
            }
            Input::Timer(Timer { id: TimerId::Total, .. }) if self.began.is_none() => self.waited_too_long(out),
            // Before its turn nothing else can concern the run.
            _ if self.began.is_none() => {}
            Input::Sent { exchange, counted } => self.sent(exchange, counted, out),
            Input::Head { exchange, status, headers } => self.head(exchange, status, headers),
            Input::Bytes { exchange, bytes } => self.bytes(exchange, &bytes, stamp, out),
            Input::End { exchange } => self.end(exchange, stamp, out),
            Input::Failed { exchange, error } => self.exchange_failed(exchange, error, stamp, out),
            Input::Reply(reply) => self.reply(reply, stamp, out),
            Input::Timer(timer) if timer.run == self.state.number => self.ran_out(timer.id, stamp, out),
            // Of a run inside this one that has ended.
            Input::Timer(_) | Input::Wait => {}
        }
        self.mind_the_clock(out);
    }

    /// A timer of this run has run out.
    fn ran_out(&mut self, timer: TimerId, stamp: Stamp, out: &mut Vec<Effect>) {
        match timer {
            TimerId::Total => {
                let error = timed_out("The run took", self.timeout_ms(), "timeout_ms");
                self.fail(error, out);
            }
            TimerId::Retry => self.retry(stamp, out),
            TimerId::Tool(at) => self.call_timed_out(at, stamp, out),
            TimerId::Hook => self.host_timed_out(stamp, out),
            TimerId::FirstEvent | TimerId::Idle => self.answer_timed_out(timer, stamp, out),
        }
    }

    /// The time limit has passed, and it was never the run's turn.
    fn waited_too_long(&mut self, out: &mut Vec<Effect>) {
        let limit_ms = self.timeout_ms();
        let message = format!(
            "The run waited longer than {limit_ms} ms for its turn behind another run of the same conversation; end that one (a \
             stream that nobody reads does not end by itself), use a session or a fork, or raise timeout_ms"
        );
        self.fail(Error::new(Kind::Timeout, message), out);
    }

    /// Starts a timer of this run, again if it runs.
    pub(super) fn arm(&self, id: TimerId, after_ms: u64, out: &mut Vec<Effect>) {
        out.push(Effect::Arm { timer: Timer { run: self.state.number, id }, after_ms });
    }

    /// Stops a timer of this run.
    pub(super) fn disarm(&self, id: TimerId, out: &mut Vec<Effect>) {
        out.push(Effect::Disarm(Timer { run: self.state.number, id }));
    }

    /// The same as [`Input::Bytes`], for bytes that the caller keeps.
    pub fn receive(&mut self, exchange: u64, bytes: &[u8], stamp: Stamp, out: &mut Vec<Effect>) {
        if !self.goes_on(stamp) || self.began.is_none() {
            return;
        }
        match self.child_with(exchange) {
            Some(child) => {
                self.drive(child, stamp, out, |run, out| run.receive(exchange, bytes, stamp, out));
                self.mind_the_clock(out);
            }
            None => self.bytes(exchange, bytes, stamp, out),
        }
    }

    /// Takes the time. Whether the run has not ended.
    fn goes_on(&mut self, stamp: Stamp) -> bool {
        if matches!(self.state.phase, Phase::Ended) {
            return false;
        }
        if let Some(began) = self.began {
            let here = stamp.now_ms.saturating_sub(began.at_ms);
            // Never less than before, whatever the clock does.
            let elapsed_ms = self.state.elapsed_ms.max(began.elapsed_before_ms.saturating_add(here));
            if self.still {
                let stood_ms = elapsed_ms.saturating_sub(self.state.elapsed_ms);
                self.state.still_ms = self.state.still_ms.saturating_add(stood_ms);
            }
            self.state.elapsed_ms = elapsed_ms;
        }
        true
    }

    fn begin(&mut self, conversation: Conversation, stamp: Stamp, out: &mut Vec<Effect>) {
        if self.began.is_some() {
            return;
        }
        if let Some(since_ms) = self.waits_since_ms {
            self.waited_ms = stamp.now_ms.saturating_sub(since_ms);
        }
        self.began = Some(Began { at_ms: stamp.now_ms, elapsed_before_ms: self.state.elapsed_ms });
        self.arm(TimerId::Total, self.left_ms(), out);
        match self.state.phase {
            Phase::Queued => {
                self.state.base = conversation;
                let joined = self.join_input();
                if self.is_wanted(EventType::RunStart) {
                    self.emit(
                        EventBody::RunStart {
                            name: self.spec.name.clone(),
                            provider: self.spec.endpoint.provider.clone(),
                            model: self.spec.model.clone(),
                        },
                        out,
                    );
                }
                match joined {
                    Ok(mended) => {
                        self.tell_mended(mended, out);
                        self.check_input(0, stamp, out);
                    }
                    Err(error) => self.fail(error, out),
                }
            }
            Phase::Asking(_) => self.ask_host_again(out),
            // Restored in mid-stream: what was received of this step is lost with the connection.
            Phase::Model => {
                self.emit(EventBody::begin_again(), out);
                self.send(stamp, out);
            }
            Phase::Summary => self.resume_child(Task::Summary, stamp, out),
            Phase::Tools(_) => self.ask_again(stamp, out),
            Phase::Ended => {}
        }
    }

    /// Tells what was mended in the conversation.
    pub(super) fn tell_mended(&mut self, notes: Vec<String>, out: &mut Vec<Effect>) {
        for message in notes {
            self.emit(EventBody::warning(message), out);
        }
    }

    /// Begins the next model turn.
    pub(super) fn start_step(&mut self, stamp: Stamp, out: &mut Vec<Effect>) {
        let most = self.state.settings.max_steps.unwrap_or(defaults::MAX_STEPS);
        if self.state.step >= most {
            let error = Error::new(
                Kind::MaxSteps,
                format!(
                    "The model still asks for tools after {most} steps. Raise max_steps, or look at the tool results it got \
                     (partial.tool_calls)."
                ),
            );
            return self.fail(error, out);
        }
        self.hand_over();
        if let Err(error) = self.check_budget().and_then(|()| self.check_price(self.state.tries.route)) {
            return self.fail(error, out);
        }
        self.state.step = self.state.step.saturating_add(1);
        self.state.changes = StepChanges::default();
        self.state.tries.next_step();
        self.emit(EventBody::StepStart, out);
        match self.too_full() {
            Some(range) => self.compact(range, stamp, out),
            None => self.before_model(stamp, out),
        }
    }

    /// Whether the host wants events of this type, which get no number otherwise.
    pub(super) const fn wants(&self, event: EventType) -> bool {
        self.wanted.wants(event)
    }

    /// Whether an event of this type is to be made; one that is not gets its number here.
    pub(super) fn is_wanted(&mut self, event: EventType) -> bool {
        let wanted = self.wanted.wants(event);
        if !wanted {
            self.state.seq = self.state.seq.saturating_add(1);
        }
        wanted
    }

    pub(super) fn emit(&mut self, body: EventBody, out: &mut Vec<Effect>) {
        if self.is_wanted(body.event_type()) {
            let event = self.event(body);
            out.push(Effect::Emit(event));
        }
    }

    pub(super) fn event(&mut self, body: EventBody) -> Event {
        self.state.seq = self.state.seq.saturating_add(1);
        Event {
            run_id: Arc::clone(&self.run_id),
            seq: self.state.seq,
            step: self.state.step,
            agent: self.tree.path.clone(),
            nested: self.tree.own_path.is_some(),
            body,
        }
    }

    /// Whether it is the model's turn.
    pub(super) const fn awaits_model(&self) -> bool {
        matches!(self.state.phase, Phase::Model)
    }

    /// Stops the run's time while nothing but people is waited for, and lets it go on afterwards.
    fn mind_the_clock(&mut self, out: &mut Vec<Effect>) {
        let still = self.waits_for_people();
        if still == self.still || matches!(self.state.phase, Phase::Ended) {
            return;
        }
        self.still = still;
        if still {
            self.disarm(TimerId::Total, out);
        } else {
            self.arm(TimerId::Total, self.left_ms(), out);
        }
    }

    /// Time that the run has left, in milliseconds.
    pub(super) fn left_ms(&self) -> u64 {
        let state = &self.state;
        let used_ms = state.elapsed_ms.saturating_sub(state.still_ms).saturating_add(self.waited_ms);
        self.timeout_ms().saturating_sub(used_ms).max(1)
    }

    pub(super) fn timeout_ms(&self) -> u64 {
        self.state.settings.timeout_ms.unwrap_or(defaults::TIMEOUT_MS)
    }
}

/// A time limit that has passed.
pub(super) fn timed_out(what: &str, limit_ms: u64, option: &str) -> Error {
    Error::new(Kind::Timeout, format!("{what} longer than {limit_ms} ms; raise {option} if that is expected"))
}
