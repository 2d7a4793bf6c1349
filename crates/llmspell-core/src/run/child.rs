//! Agents at work for a run: a tool that is an agent is a run inside the run.
//!
//! Their effects go out through the outermost run. Exchanges, requests and runs are numbered there, so no number comes
//! twice in a tree, and what comes back is led to the run that it belongs to.

use super::machine::{Call, Phase, Run, Stage, State};
use super::team::{AgentTool, AgentToolKind};
use super::{Awaits, Effect, Input, RunInput, RunSpec, Settings, Stamp, TimerId};
use crate::conversation::Conversation;
use crate::error::{Error, Kind};
use crate::event::{Event, EventBody, EventMask};
use crate::message::Message;
use crate::outcome::RunResult;
use crate::tool_result::ToolResult;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;

/// A run's place in its tree, and the runs inside it. Made anew by a restore.
#[derive(Debug)]
pub(super) struct Tree {
    /// Spec of the agent that the outermost run was started on.
    pub root: Arc<RunSpec>,
    /// Specs of the runs around this one, outermost first.
    pub around: Vec<Arc<RunSpec>>,
    /// Spec of the agent that this run began with.
    pub start: Arc<RunSpec>,
    /// Names of the tools that lead to that agent; none for the outermost run.
    pub own_path: Option<Arc<[String]>>,
    /// Names of the tools that lead to the agent that speaks, for events; none for the agent that the host started.
    pub path: Option<Arc<[String]>>,
    /// Whether its events come among those of the outermost run.
    pub forwarded: bool,
    pub children: Vec<Child>,
}

/// A run inside a run.
#[derive(Debug)]
pub(super) struct Child {
    pub task: Task,
    pub run: Box<Run>,
    /// The time that its tool gives it.
    limit: Option<Limit>,
}

/// A limit of time that stands still while people are waited for.
#[derive(Clone, Copy, Debug)]
struct Limit {
    left_ms: u64,
    /// Since when it has been running.
    since_ms: Option<u64>,
}

/// What a run inside a run is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Task {
    /// It answers the tool call of the turn at this position.
    Call(usize),
    /// It puts older parts of the conversation into a summary.
    Summary,
}

/// What a checkpoint keeps of a run's place in its tree.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Kin {
    /// Session whose conversation goes on, of the agent that the host started.
    pub session: Option<String>,
    /// Runs around this one.
    pub depth: u32,
    /// Numbers given to runs of the tree so far.
    pub numbers: u32,
    /// Settings that this run was asked with, which win over those of any agent that goes on with it.
    pub asked: Settings,
    /// Names of the tools by which the conversation came to the agent that speaks now.
    pub hops: Vec<String>,
    /// How often the conversation was handed over in this run.
    pub handoffs: u32,
    /// Tool by which the next step hands it over.
    pub handoff: Option<String>,
    pub children: Vec<SavedChild>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct SavedChild {
    task: Task,
    pub state: Box<State>,
}

impl Tree {
    pub fn new(root: Arc<RunSpec>) -> Self {
        Self {
            start: Arc::clone(&root),
            root,
            around: Vec::new(),
            own_path: None,
            path: None,
            forwarded: true,
            children: Vec::new(),
        }
    }
}

impl Child {
    pub(super) fn new(task: Task, run: Run) -> Self {
        Self { task, run: Box::new(run), limit: None }
    }
}

impl Run {
    /// Whether an agent stands behind the tool of a call; then it shall be at work on it.
    pub(super) fn is_agent(&mut self, at: usize) -> bool {
        let Some(name) = self.call(at).map(|call| call.name.clone()) else { return false };
        let is_agent = self.spec.agent_tool(&name).is_some();
        if is_agent && let Some(call) = self.call(at) {
            call.stage = Stage::Child;
        }
        is_agent
    }

    /// Has agents begin with the calls that they shall be at work on.
    pub(super) fn start_agents(&mut self, stamp: Stamp, out: &mut Vec<Effect>) {
        let Phase::Tools(calls) = &self.state.phase else { return };
        let begun = |at| self.tree.children.iter().any(|child| child.task == Task::Call(at));
        let shall = |(at, call): (usize, &Call)| (matches!(call.stage, Stage::Child) && !begun(at)).then_some(at);
        let calls: Vec<usize> = calls.iter().enumerate().filter_map(shall).collect();
        for at in calls {
            self.start_agent(at, stamp, out);
        }
    }

    /// Has an agent answer a tool call, or agrees that the conversation goes on with it.
    fn start_agent(&mut self, at: usize, stamp: Stamp, out: &mut Vec<Effect>) {
        let Some(call) = self.call(at).filter(|call| matches!(call.stage, Stage::Child)) else { return };
        let (name, arguments) = (call.name.clone(), call.arguments.clone().unwrap_or_default());
        let Some(tool) = self.spec.agent_tool(&name).cloned() else { return };
        let started = match tool.kind {
            AgentToolKind::HandOff => self.agree_on_handoff(&tool).map(|content| {
                self.called(at, ToolResult { content, ..ToolResult::default() }, None, out);
            }),
            AgentToolKind::Ask { forward_events } => self.new_child(&tool, &arguments, forward_events).map(|run| {
                let limit = self.limit_of(&name);
                self.begin_child(Child { limit, ..Child::new(Task::Call(at), run) }, stamp, out);
            }),
        };
        if let Err(error) = started {
            self.fail_call(at, error.kind, error.message, out);
        }
    }

    fn new_child(&mut self, tool: &AgentTool, arguments: &Value, forward_events: bool) -> Result<Run, Error> {
        let most = self.tree.root.limits.max_agent_depth;
        if self.state.kin.depth >= most {
            return Err(Error::new(
                Kind::Tool,
                format!(
                    "Error: agents that call agents are {most} deep already (max_agent_depth), so {} was not called.",
                    tool.tool
                ),
            ));
        }
        let spec = self.tree.root.member(tool.member).ok_or_else(|| missing(&tool.tool))?;
        if self.tree.around.iter().chain([&self.spec]).any(|other| Arc::ptr_eq(other, &spec)) {
            return Err(Error::new(
                Kind::Tool,
                format!(
                    "Error: the agent behind {} is at work already, and this call comes from its own work. Do it without that tool.",
                    tool.tool
                ),
            ));
        }
        let input = RunInput { messages: vec![Message::user(question(arguments))], settings: Settings::default() };
        let mut run = Self::new(spec, input, self.state.run_id.clone());
        self.adopt(&mut run, Some(&tool.tool), forward_events);
        self.number(&mut run);
        Ok(run)
    }

    /// Numbers a run that begins inside this one.
    pub(super) fn number(&mut self, run: &mut Self) {
        self.state.kin.numbers = self.state.kin.numbers.saturating_add(1);
        run.state.number = self.state.kin.numbers;
        run.state.kin.depth = self.state.kin.depth.saturating_add(1);
    }

    /// Gives a run its place inside this one.
    pub(super) fn adopt(&self, run: &mut Self, tool: Option<&str>, forward_events: bool) {
        let tree = &mut run.tree;
        tree.root = Arc::clone(&self.tree.root);
        tree.around = self.tree.around.iter().chain([&self.spec]).cloned().collect();
        let path = self.tree.path.iter().flat_map(|path| path.iter().cloned());
        tree.own_path = Some(path.chain(tool.map(str::to_owned)).collect());
        tree.path.clone_from(&tree.own_path);
        tree.forwarded = forward_events && self.tree.forwarded;
        run.want(if run.tree.forwarded { self.wanted } else { EventMask::NONE });
    }

    /// An agent has the time that its tool gives it, and what its own limits and the caller's leave.
    fn limit_of(&self, tool: &str) -> Option<Limit> {
        let left_ms = self.spec.tools.get(tool).and_then(|tool| tool.timeout_ms)?;
        Some(Limit { left_ms, since_ms: None })
    }

    /// Lets the time of an agent go on, or stand still while it waits for nothing but people.
    fn mind_limit(&self, child: &mut Child, stamp: Stamp, out: &mut Vec<Effect>) {
        let still = child.run.waits_for_people();
        let (Some(limit), Task::Call(at)) = (&mut child.limit, child.task) else { return };
        let Ok(position) = u32::try_from(at) else { return };
        match limit.since_ms {
            Some(since_ms) if still => {
                limit.left_ms = limit.left_ms.saturating_sub(stamp.now_ms.saturating_sub(since_ms));
                limit.since_ms = None;
                self.disarm(TimerId::Tool(position), out);
            }
            None if !still => {
                limit.since_ms = Some(stamp.now_ms);
                self.arm(TimerId::Tool(position), limit.left_ms.max(1), out);
            }
            _ => {}
        }
    }

    pub(super) fn begin_child(&mut self, child: Child, stamp: Stamp, out: &mut Vec<Effect>) {
        self.tree.children.push(child);
        let last = self.tree.children.len() - 1;
        let conversation = Conversation::default();
        self.drive(last, stamp, out, |run, out| run.step_into(Input::Begin { conversation }, stamp, out));
    }

    /// After a restore: the run for this task goes on.
    pub(super) fn resume_child(&mut self, task: Task, stamp: Stamp, out: &mut Vec<Effect>) {
        let Some(child) = self.tree.children.iter().position(|child| child.task == task) else { return };
        let name = if let Task::Call(at) = task { self.call(at).map(|call| call.name.clone()) } else { None };
        let limit = name.and_then(|name| self.limit_of(&name));
        if let Some(child) = self.tree.children.get_mut(child) {
            child.limit = limit;
        }
        let conversation = Conversation::default();
        self.drive(child, stamp, out, |run, out| run.step_into(Input::Begin { conversation }, stamp, out));
    }

    /// The run inside this one that an input concerns, by position.
    pub(super) fn child_for(&self, input: &Input) -> Option<usize> {
        self.tree.children.iter().position(|child| child.run.concerns(input))
    }

    /// The run inside this one that receives an exchange, by position.
    pub(super) fn child_with(&self, exchange: u64) -> Option<usize> {
        self.tree.children.iter().position(|child| child.run.has_exchange(exchange))
    }

    fn concerns(&self, input: &Input) -> bool {
        match input {
            Input::Sent { exchange, .. }
            | Input::Head { exchange, .. }
            | Input::Bytes { exchange, .. }
            | Input::End { exchange }
            | Input::Failed { exchange, .. } => self.has_exchange(*exchange),
            Input::Reply(reply) => self.awaits(&reply.id) == Awaits::Open,
            Input::Timer(timer) => timer.run == self.state.number || self.child_for(input).is_some(),
            Input::Wait | Input::Begin { .. } | Input::Cancel => false,
        }
    }

    fn has_exchange(&self, number: u64) -> bool {
        self.exchange.as_ref().is_some_and(|exchange| exchange.number == number) || self.child_with(number).is_some()
    }

    /// Lets a run inside this one act, and sees to what comes of it.
    pub(super) fn drive(
        &mut self,
        at: usize,
        stamp: Stamp,
        out: &mut Vec<Effect>,
        act: impl FnOnce(&mut Self, &mut Vec<Effect>),
    ) {
        let mut child = self.tree.children.remove(at);
        let before = (child.run.state.usage, child.run.state.spent);
        child.run.count_on_from(&self.state);
        child.run.share_budget(&self.state);
        let mut effects = Vec::new();
        act(&mut child.run, &mut effects);
        let (state, inner) = (&mut self.state, &child.run.state);
        (state.requests, state.exchanges) = (inner.requests, inner.exchanges);
        state.kin.numbers = inner.kin.numbers;
        if child.run.tree.forwarded {
            state.seq = inner.seq;
        }
        state.usage.add(&inner.usage.since(&before.0));
        state.spent.add(&inner.spent.since(&before.1));
        let mut end = None;
        for effect in effects {
            match effect {
                Effect::Emit(event) => out.push(Effect::Emit(self.passed_on(event, child.run.tree.forwarded))),
                Effect::Finish { event, .. } => end = Some(event.body),
                other => out.push(other),
            }
        }
        match end {
            None => {
                self.mind_limit(&mut child, stamp, out);
                self.tree.children.insert(at, child);
            }
            Some(end) => {
                if child.run.tree.forwarded {
                    // Its last event is the call's result.
                    self.state.seq = self.state.seq.saturating_sub(1);
                }
                out.push(Effect::DisarmAll { run: child.run.state.number });
                self.child_ended(child.task, &child.run, end, stamp, out);
            }
        }
    }

    /// Numbers go on where the whole tree stands.
    fn count_on_from(&mut self, outer: &State) {
        self.state.requests = outer.requests;
        self.state.exchanges = outer.exchanges;
        self.state.kin.numbers = outer.kin.numbers;
        if self.tree.forwarded {
            self.state.seq = outer.seq;
        }
    }

    /// What the runs around this one have left is its budget, too, besides its own.
    fn share_budget(&mut self, outer: &State) {
        if let Some(all) = outer.settings.budget {
            let others = outer.spent.since(&self.state.spent);
            // The agent that the run began with: a hand-off does not loosen it.
            let own = self.tree.start.settings.budget.unwrap_or_default();
            self.state.settings.budget = Some(own.within(&all.left(&others)));
        }
    }

    /// An event of a run inside this one, with a number of this one unless they share theirs.
    fn passed_on(&mut self, mut event: Event, numbered: bool) -> Event {
        if !numbered {
            self.state.seq = self.state.seq.saturating_add(1);
            event.seq = self.state.seq;
        }
        event
    }

    fn child_ended(&mut self, task: Task, run: &Self, end: EventBody, stamp: Stamp, out: &mut Vec<Effect>) {
        match task {
            Task::Summary => self.summary_ended(end, stamp, out),
            Task::Call(at) => {
                let Some(call) = self.call(at) else { return };
                call.usage = Some(run.state.usage);
                let name = call.name.clone();
                let (content, failed) = match end {
                    EventBody::Done { result } => (answer_of(*result), None),
                    EventBody::Error { error, .. } => {
                        (format!("Error: the agent {name} failed: {}", error.message), Some(error.kind))
                    }
                    _ => (format!("Error: the agent {name} was cancelled."), Some(Kind::Cancelled)),
                };
                let result = ToolResult { content, is_error: failed.is_some(), ..ToolResult::default() };
                self.called(at, result, failed.map(|kind| kind.as_str().to_owned()), out);
                self.pump_tools(stamp, out);
            }
        }
    }

    /// Ends the run for a task without asking it: its connections are closed and its timers stopped.
    pub(super) fn drop_child(&mut self, task: Task, out: &mut Vec<Effect>) {
        if let Some(at) = self.tree.children.iter().position(|child| child.task == task) {
            let mut child = self.tree.children.remove(at);
            if let Task::Call(at) = task
                && let Some(call) = self.call(at)
            {
                call.usage = Some(child.run.state.usage);
            }
            child.run.drop_children(out);
            child.run.abort(out);
            out.push(Effect::DisarmAll { run: child.run.state.number });
        }
    }

    /// The same for every run inside this one.
    pub(super) fn drop_children(&mut self, out: &mut Vec<Effect>) {
        while let Some(task) = self.tree.children.first().map(|child| child.task) {
            self.drop_child(task, out);
        }
    }

    /// The run's state with those of the runs inside it, for a checkpoint.
    pub(super) fn saved(&self) -> State {
        let mut state = self.state.clone();
        let save = |child: &Child| SavedChild { task: child.task, state: Box::new(child.run.saved()) };
        state.kin.children = self.tree.children.iter().map(save).collect();
        state
    }

    /// Makes the runs that [`Run::saved`] put down, and finds the agent that speaks.
    ///
    /// # Errors
    /// `config` when an agent is not there.
    pub(super) fn settle_in(&mut self) -> Result<(), Error> {
        for hop in self.state.kin.hops.clone() {
            let tool = self.spec.agent_tool(&hop).ok_or_else(|| missing(&hop))?;
            self.spec = self.tree.root.member(tool.member).ok_or_else(|| missing(&hop))?;
        }
        self.lengthen_path();
        for SavedChild { task, state } in std::mem::take(&mut self.state.kin.children) {
            let name = match task {
                Task::Call(at) => self.call(at).map(|call| call.name.clone()),
                Task::Summary => None,
            };
            let (spec, forward_events) = match (task, &name) {
                (Task::Call(_), Some(name)) => {
                    let tool = self.spec.agent_tool(name).ok_or_else(|| missing(name))?;
                    let forward = matches!(tool.kind, AgentToolKind::Ask { forward_events: true });
                    (self.tree.root.member(tool.member).ok_or_else(|| missing(name))?, forward)
                }
                (Task::Call(_), None) => return Err(missing("?")),
                (Task::Summary, _) => (self.summary_spec(), false),
            };
            let mut run = Self::from_state(spec, *state);
            self.adopt(&mut run, name.as_deref(), forward_events);
            run.settle_in()?;
            self.tree.children.push(Child::new(task, run));
        }
        Ok(())
    }
}

/// Whether the runs inside a saved run are those that it waits for.
pub(super) fn children_fit(state: &State) -> bool {
    let has = |task| state.kin.children.iter().filter(|child| child.task == task).count();
    let expected = match &state.phase {
        Phase::Tools(calls) => {
            let asked = |(at, call): (usize, &Call)| matches!(call.stage, Stage::Child).then_some(Task::Call(at));
            calls.iter().enumerate().filter_map(asked).collect()
        }
        Phase::Summary => vec![Task::Summary],
        _ => Vec::new(),
    };
    expected.len() == state.kin.children.len() && expected.iter().all(|task| has(*task) == 1)
}

/// What an agent is asked: the argument `input` where it is the only one and a text, else all arguments as JSON.
fn question(arguments: &Value) -> String {
    match arguments.as_object() {
        Some(fields) if fields.len() == 1 => match fields.get("input") {
            Some(Value::String(text)) if !text.is_empty() => text.clone(),
            _ => arguments.to_string(),
        },
        _ => arguments.to_string(),
    }
}

fn answer_of(result: RunResult) -> String {
    result.object.map_or(result.text, |object| object.to_string())
}

fn missing(tool: &str) -> Error {
    Error::new(
        Kind::Config,
        format!("the agent behind the tool {tool:?} is not there; give the agent the tools that it had"),
    )
}
