//! Agents inside runs: answers, events, requests, ends and checkpoints of a tree of runs.
use crate::sim::*;
use llmspell_core::budget::Budget;
use llmspell_core::conversation::unanswered;
use llmspell_core::request::{Reply, Request, What};
use llmspell_core::run::{
    AgentTool, AgentToolKind, Compaction, Effect, Input, Memory, Run, RunSpec, Stamp, Team, Timer, TimerId,
};
use llmspell_core::tool::{Tool, ToolSet};
use llmspell_core::{Conversation, Error, Event, EventBody, Kind, Message, RunResult};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// A host of a tree of runs: every exchange, timer and request of it.
struct Host {
    run: Run,
    spec: Arc<RunSpec>,
    events: Vec<Event>,
    /// Model that each open exchange is with.
    open: BTreeMap<u64, String>,
    bodies: Vec<Value>,
    ways: Vec<u16>,
    aborted: usize,
    requests: Vec<(Option<Vec<String>>, Request)>,
    timers: Vec<Timer>,
    /// The time that each timer was last armed with.
    left: HashMap<Timer, u64>,
    end: Option<Conversation>,
    now: u64,
}

impl Host {
    fn new(spec: RunSpec) -> Self {
        Self::asked(spec, "hello")
    }

    fn asked(spec: RunSpec, message: &str) -> Self {
        let spec = Arc::new(spec);
        Self {
            run: Run::new(Arc::clone(&spec), ask(message), "run_1".into()),
            spec,
            events: Vec::new(),
            open: BTreeMap::new(),
            bodies: Vec::new(),
            ways: Vec::new(),
            aborted: 0,
            requests: Vec::new(),
            timers: Vec::new(),
            left: HashMap::new(),
            end: None,
            now: 0,
        }
    }

    fn begun(spec: RunSpec) -> Self {
        let mut host = Self::new(spec);
        host.feed(Input::Begin { conversation: Conversation::default() });
        host
    }

    fn feed(&mut self, input: Input) {
        self.now += 1;
        let stamp = Stamp { now_ms: self.now, random: self.now.wrapping_mul(6_364_136_223_846_793_005) };
        for effect in self.run.step(input, stamp) {
            assert!(self.end.is_none(), "an effect after the end");
            match effect {
                Effect::Send(request) => {
                    let body: Value = serde_json::from_slice(&request.body).unwrap();
                    let model = body["model"].as_str().unwrap().to_owned();
                    assert!(self.open.insert(request.exchange, model).is_none(), "an exchange's number comes once");
                    self.bodies.push(body);
                    self.ways.push(request.way);
                }
                Effect::Abort { exchange } => {
                    // One that ended by itself may be aborted once more.
                    self.aborted += usize::from(self.open.remove(&exchange).is_some());
                }
                Effect::Used { .. } | Effect::Close { .. } => {}
                Effect::Emit(event) => self.take(event),
                Effect::Arm { timer, after_ms } => {
                    self.left.insert(timer, after_ms);
                    self.timers.retain(|armed| *armed != timer);
                    self.timers.push(timer);
                }
                Effect::Disarm(timer) => self.timers.retain(|armed| *armed != timer),
                Effect::DisarmAll { run } => {
                    assert_ne!(run, 0);
                    self.timers.retain(|armed| armed.run != run);
                }
                Effect::Finish { conversation, event } => {
                    self.take(event);
                    self.end = Some(conversation);
                }
            }
        }
        if self.end.is_none() {
            assert!(self.open.is_empty() || self.timers.iter().any(|timer| timer.id != TimerId::Total));
        }
    }

    fn take(&mut self, event: Event) {
        assert_eq!(event.seq, self.events.last().map_or(event.seq, |last| last.seq + 1), "no gaps in seq");
        assert_eq!(&*event.run_id, "run_1");
        if let EventBody::Request(request) = &event.body {
            let path = event.agent.as_ref().map(|path| path.to_vec());
            assert!(self.requests.iter().all(|(_, other)| other.id != request.id), "a request's id comes once");
            self.requests.push((path, request.clone()));
        }
        self.events.push(event);
    }

    /// Answers the open exchange with this model.
    fn answer(&mut self, model: &str, answer: Answer) {
        let exchange =
            *self.open.iter().find(|(_, open)| *open == model).unwrap_or_else(|| panic!("{:?}", self.open)).0;
        self.answer_to(exchange, answer);
    }

    fn answer_to(&mut self, exchange: u64, answer: Answer) {
        self.feed(Input::Head { exchange, status: answer.status, headers: vec![] });
        self.feed(Input::Bytes { exchange, bytes: answer.body });
        self.open.remove(&exchange);
        self.feed(Input::End { exchange });
    }

    fn reply(&mut self, value: Value) {
        let (_, request) = self.requests.remove(0);
        self.feed(Input::Reply(Reply { id: request.id, outcome: Ok(value) }));
    }

    /// Writes the run down and goes on with it as another process would.
    fn restore(&mut self) {
        let bytes = self.run.checkpoint().unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains(KEY), "a checkpoint holds no key");
        self.run = Run::restore(&bytes, Arc::clone(&self.spec)).unwrap();
        self.open.clear();
        self.requests.clear();
        self.timers.clear();
        self.feed(Input::Begin { conversation: Conversation::default() });
    }

    fn result(&self) -> &RunResult {
        match &self.events.last().unwrap().body {
            EventBody::Done { result } => result,
            other => panic!("{other:?}"),
        }
    }

    fn last_error(&self) -> (&Error, &RunResult) {
        match &self.events.last().unwrap().body {
            EventBody::Error { error, partial } => (error, partial),
            other => panic!("{other:?}"),
        }
    }

    fn types_of(&self, agent: &[&str]) -> Vec<&'static str> {
        let is = |event: &&Event| event.agent.as_deref().unwrap_or_default() == agent;
        self.events.iter().filter(is).map(|event| event.body.event_type().as_str()).collect()
    }
}

fn agent(name: &str, tools: &[&str]) -> RunSpec {
    let all = crate::sim::tools();
    let tools = tools.iter().fold(ToolSet::default(), |set, name| {
        let tool = match all.get(name) {
            Some(tool) => json!({"name": tool.name, "schema": tool.schema}),
            None => json!({"name": name}),
        };
        set.with(Tool::from_json("tool", tool).unwrap()).unwrap()
    });
    RunSpec {
        name: Some(name.into()),
        model: name.into(),
        system_prompt: Some(format!("You are {name}.")),
        tools: Arc::new(tools),
        ..spec()
    }
}

const ASK: AgentToolKind = AgentToolKind::Ask { forward_events: false };
const FORWARD: AgentToolKind = AgentToolKind::Ask { forward_events: true };

fn leads(tool: &str, member: usize, kind: AgentToolKind) -> AgentTool {
    AgentTool { tool: tool.into(), member, kind }
}

/// boss -> clerk (with a tool of its own), boss -> scout, scout -> clerk; boss can hand over to clerk and back.
fn team(kind: AgentToolKind) -> RunSpec {
    let mut clerk = agent("clerk", &["add", "to_boss"]);
    clerk.team.tools = vec![leads("to_boss", 0, AgentToolKind::HandOff)];
    clerk.endpoint.way = 1;
    let mut scout = agent("scout", &["clerk"]);
    scout.team.tools = vec![leads("clerk", 1, kind)];
    let mut boss = agent("boss", &["clerk", "scout", "to_clerk", "self", "add"]);
    boss.team = Team {
        tools: vec![
            leads("clerk", 1, kind),
            leads("scout", 2, kind),
            leads("to_clerk", 1, AgentToolKind::HandOff),
            leads("self", 0, kind),
        ],
        members: vec![Arc::new(clerk), Arc::new(scout)],
    };
    boss
}

#[test]
fn an_agent_answers_a_call_and_its_usage_counts() {
    let mut host = Host::begun(team(ASK));
    host.answer("boss", tool_answer(&[("c1", "clerk", r#"{"input":"count"}"#)]));
    assert_eq!(host.bodies[1]["messages"][0]["content"], "You are clerk.");
    assert_eq!(host.bodies[1]["messages"][1]["content"], "count");
    assert_eq!(host.ways, [0, 1]);
    host.answer("clerk", tool_answer(&[("k1", "add", r#"{"a":1,"b":2}"#)]));
    assert_eq!(host.requests[0].0.as_deref(), Some(&["clerk".to_owned()][..]));
    host.reply(json!(3));
    host.answer("clerk", text_answer(&["three"]));
    assert_eq!(host.bodies[3]["messages"].as_array().unwrap().last().unwrap()["content"], "three");
    host.answer("boss", text_answer(&["it", " is"]));
    let result = host.result();
    // Two turns with tools (7 + 3) and two with text (5 + words).
    assert_eq!(result.usage.input_tokens, 24);
    assert_eq!(result.usage.output_tokens, 9);
    let spent = result.tool_calls[0].usage.unwrap();
    assert_eq!((spent.input_tokens, spent.output_tokens), (12, 4));
    assert_eq!(host.end.as_ref().unwrap().usage, result.usage);
    assert_eq!(host.types_of(&["clerk"]), ["request"], "nothing else of the agent comes");
    assert!(host.timers.iter().all(|timer| timer.run == 0), "{:?}", host.timers);
}

#[test]
fn events_are_forwarded_where_the_tool_says_so() {
    let mut host = Host::begun(team(FORWARD));
    host.answer("boss", tool_answer(&[("c1", "scout", r#"{"input":"look"}"#)]));
    host.answer("scout", tool_answer(&[("s1", "clerk", "{\"input\":\"help\"}")]));
    host.answer("clerk", text_answer(&["a", "b"]));
    host.answer("scout", text_answer(&["c"]));
    host.answer("boss", text_answer(&["d"]));
    let inner = ["run_start", "step_start", "text_delta", "text_delta", "step_end"];
    assert_eq!(host.types_of(&["scout", "clerk"]), inner);
    assert!(host.types_of(&["scout"]).contains(&"tool_result"));
    assert_eq!(host.types_of(&[]).iter().filter(|kind| **kind == "text_delta").count(), 1);
    assert_eq!(host.events.iter().filter(|event| event.body.event_type().is_final()).count(), 1);
}

#[test]
fn several_agents_work_at_once_and_a_cancel_ends_all() {
    let calls = [("c1", "clerk", r#"{"input":"a"}"#), ("c2", "scout", r#"{"input":"b"}"#)];
    let mut host = Host::begun(team(ASK));
    host.answer("boss", tool_answer(&calls));
    assert_eq!(host.open.len(), 2);
    let mut cancelled = Host::begun(team(ASK));
    cancelled.answer("boss", tool_answer(&calls));
    cancelled.feed(Input::Cancel);
    assert_eq!(cancelled.aborted, 2);
    assert_eq!(unanswered(&cancelled.end.unwrap().messages), None);
    host.answer("scout", text_answer(&["from scout"]));
    host.answer("clerk", text_answer(&["from clerk"]));
    let last = host.bodies.last().unwrap()["messages"].as_array().unwrap();
    assert_eq!(last[last.len() - 2]["content"], "from clerk");
    assert_eq!(last[last.len() - 1]["content"], "from scout");
}

#[test]
fn what_goes_wrong_in_an_agent_is_a_result_for_the_caller() {
    let mut host = Host::begun(team(ASK));
    host.answer("boss", tool_answer(&[("c1", "clerk", r#"{"input":"a"}"#), ("c2", "self", "{}")]));
    host.answer("clerk", Answer { status: 401, body: b"{\"error\":{\"message\":\"no key\"}}".to_vec() });
    host.answer("boss", text_answer(&["well"]));
    let calls = &host.result().tool_calls;
    assert_eq!(calls[0].error_kind.as_deref(), Some("auth"));
    assert!(calls[0].result.as_ref().unwrap().contains("the agent clerk failed"), "{:?}", calls[0].result);
    assert!(calls[1].result.as_ref().unwrap().contains("is at work already"), "{:?}", calls[1].result);
}

#[test]
fn depth_is_limited() {
    let mut boss = team(ASK);
    boss.limits.max_agent_depth = 1;
    let mut host = Host::begun(boss);
    host.answer("boss", tool_answer(&[("c1", "scout", r#"{"input":"a"}"#)]));
    host.answer("scout", tool_answer(&[("s1", "clerk", r#"{"input":"a"}"#)]));
    let last = host.bodies.last().unwrap()["messages"].as_array().unwrap().last().unwrap().clone();
    assert!(last["content"].as_str().unwrap().contains("1 deep already (max_agent_depth)"), "{last}");
}

#[test]
fn a_limit_of_the_tool_ends_the_agent() {
    let mut boss = team(ASK);
    let slow = Tool::from_json("tool", json!({"name": "slow", "timeout_ms": 50})).unwrap();
    boss.tools = Arc::new(boss.tools.with(slow).unwrap());
    boss.team.tools.push(leads("slow", 1, ASK));
    let mut host = Host::begun(boss);
    host.answer("boss", tool_answer(&[("c1", "slow", r#"{"input":"a"}"#)]));
    host.feed(Input::Timer(TimerId::Tool(0).into()));
    assert_eq!(host.aborted, 1);
    host.answer("boss", text_answer(&["late"]));
    assert_eq!(host.result().tool_calls[0].error_kind.as_deref(), Some("timeout"));
}

#[test]
fn the_limit_of_an_agent_stands_still_while_it_waits_for_people() {
    let mut boss = team(ASK);
    let slow = Tool::from_json("tool", json!({"name": "slow", "timeout_ms": 50})).unwrap();
    boss.tools = Arc::new(boss.tools.with(slow).unwrap());
    boss.team.tools.push(leads("slow", 1, ASK));
    let clerk = Arc::get_mut(&mut boss.team.members[0]).unwrap();
    let risky = Tool::from_json("tool", json!({"name": "risky", "needs_approval": true})).unwrap();
    clerk.tools = Arc::new(clerk.tools.with(risky).unwrap());
    let limit = Timer::from(TimerId::Tool(0));
    let mut host = Host::begun(boss);
    host.answer("boss", tool_answer(&[("c1", "slow", r#"{"input":"a"}"#)]));
    assert!(host.timers.contains(&limit));
    host.answer("clerk", tool_answer(&[("k1", "risky", "{}"), ("k2", "add", r#"{"a":1,"b":2}"#)]));
    assert!(host.timers.contains(&limit), "a tool is at work besides");
    let approval = host.requests.remove(0);
    host.reply(json!(3));
    assert!(!host.timers.contains(&limit), "nothing but a person is waited for");
    host.now += 1_000;
    host.feed(Input::Reply(Reply { id: approval.1.id, outcome: Ok(json!(true)) }));
    assert!(host.timers.contains(&limit) && (20..50).contains(&host.left[&limit]), "{:?}", host.left);
    host.feed(Input::Timer(limit));
    host.answer("boss", text_answer(&["late"]));
    assert_eq!(host.result().tool_calls[0].error_kind.as_deref(), Some("timeout"));
}

/// `boss` and `clerk`, who hand over to one another, each with tools `risky` (asks first) and `once` (one call).
fn two_with_the_same_tools() -> RunSpec {
    let own = |spec: &RunSpec| {
        [json!({"name": "risky", "needs_approval": true}), json!({"name": "once", "max_calls": 1})]
            .into_iter()
            .fold(ToolSet::clone(&spec.tools), |set, tool| set.with(Tool::from_json("tool", tool).unwrap()).unwrap())
    };
    let mut boss = team(ASK);
    boss.tools = Arc::new(own(&boss));
    let clerk = Arc::get_mut(&mut boss.team.members[0]).unwrap();
    clerk.tools = Arc::new(own(clerk));
    boss
}

#[test]
fn what_was_allowed_to_one_agent_is_not_allowed_to_another() {
    let mut host = Host::begun(two_with_the_same_tools());
    let approvals =
        |host: &Host| host.requests.iter().filter(|(_, request)| matches!(request.what, What::Approval { .. })).count();
    host.answer("boss", tool_answer(&[("c1", "risky", "{}")]));
    host.reply(json!({"decision": "allow", "remember": "tool"}));
    host.reply(json!("done"));
    host.answer("boss", tool_answer(&[("c2", "to_clerk", "{}")]));
    host.answer("clerk", tool_answer(&[("k1", "risky", "{}")]));
    assert_eq!(approvals(&host), 1, "the clerk's tool is another one");
    host.restore();
    assert_eq!(approvals(&host), 1);
    host.reply(json!({"decision": "deny", "remember": "tool"}));
    host.answer("clerk", tool_answer(&[("k2", "to_boss", "{}")]));
    host.answer("boss", tool_answer(&[("c3", "risky", "{}")]));
    assert_eq!(approvals(&host), 0, "the boss's was allowed for good");
    host.reply(json!("done"));
    host.answer("boss", text_answer(&["ok"]));
    let kinds: Vec<_> = host.result().tool_calls.iter().map(|call| call.error_kind.clone()).collect();
    assert_eq!(kinds, [None, None, Some("approval".to_owned()), None, None]);
}

#[test]
fn calls_of_a_tool_are_counted_for_its_agent() {
    let mut host = Host::begun(two_with_the_same_tools());
    host.answer("boss", tool_answer(&[("c1", "once", "{}")]));
    host.reply(json!(1));
    host.answer("boss", tool_answer(&[("c2", "to_clerk", "{}")]));
    host.answer("clerk", tool_answer(&[("k1", "once", "{}")]));
    host.restore();
    host.reply(json!(2));
    host.answer("clerk", tool_answer(&[("k2", "to_boss", "{}")]));
    host.answer("boss", tool_answer(&[("c3", "once", "{}")]));
    host.answer("boss", tool_answer(&[("c4", "to_clerk", "{}")]));
    host.answer("clerk", tool_answer(&[("k3", "once", "{}")]));
    host.answer("clerk", text_answer(&["ok"]));
    let kinds: Vec<_> = host
        .result()
        .tool_calls
        .iter()
        .filter(|call| call.name == "once")
        .map(|call| call.error_kind.clone())
        .collect();
    let over = Some("budget".to_owned());
    assert_eq!(kinds, [None, None, over.clone(), over]);
}

#[test]
fn an_exchange_that_the_host_carries_is_the_agent_s_whose_it_is() {
    let mut host = Host::begun(team(ASK));
    host.answer("boss", tool_answer(&[("c1", "scout", r#"{"input":"a"}"#)]));
    host.answer("scout", tool_answer(&[("s1", "clerk", r#"{"input":"a"}"#)]));
    let what = || What::Http { method: "POST".into(), url: "http://a".into(), headers: vec![], body: String::new() };
    let exchange = *host.open.keys().last().unwrap();
    let event = host.run.ask_for_driver(exchange, what());
    assert_eq!(event.agent.as_deref(), Some(&["scout".to_owned(), "clerk".to_owned()][..]));
    assert_eq!(event.seq, host.events.last().unwrap().seq + 1);
    assert_eq!(host.run.ask_for_driver(1, what()).agent, None);
}

#[test]
fn a_total_limit_ends_the_whole_tree() {
    let mut host = Host::begun(team(ASK));
    host.answer("boss", tool_answer(&[("c1", "scout", r#"{"input":"a"}"#)]));
    host.answer("scout", tool_answer(&[("s1", "clerk", r#"{"input":"a"}"#)]));
    host.feed(Input::Timer(TimerId::Total.into()));
    let (error, partial) = host.last_error();
    assert_eq!(error.kind, Kind::Timeout);
    assert_eq!(partial.usage.input_tokens, 14, "what the agents used is told");
    assert_eq!(host.aborted, 1);
}

#[test]
fn a_checkpoint_holds_the_whole_tree() {
    let mut host = Host::begun(team(FORWARD));
    host.answer("boss", tool_answer(&[("c1", "scout", r#"{"input":"a"}"#), ("c2", "add", r#"{"a":1,"b":2}"#)]));
    host.answer("scout", tool_answer(&[("s1", "clerk", r#"{"input":"a"}"#)]));
    host.answer("clerk", tool_answer(&[("k1", "add", r#"{"a":3,"b":4}"#)]));
    assert_eq!(host.requests.len(), 2);
    host.restore();
    assert_eq!(host.requests.len(), 2, "both are asked again");
    let inner = host.requests.iter().position(|(path, _)| path.is_some()).unwrap();
    assert_eq!(host.requests[inner].0.as_deref(), Some(&["scout".to_owned(), "clerk".to_owned()][..]));
    host.requests.swap(0, inner);
    host.reply(json!(7));
    host.reply(json!(3));
    host.restore();
    host.answer("clerk", text_answer(&["seven"]));
    host.restore();
    host.answer("scout", text_answer(&["seven, says the clerk"]));
    host.answer("boss", text_answer(&["done"]));
    assert_eq!(host.result().tool_calls[0].result.as_deref(), Some("seven, says the clerk"));
    assert_eq!(host.result().tool_calls[1].result.as_deref(), Some("3"));

    let mut other = team(ASK);
    other.team.members = vec![Arc::new(agent("clerk", &["add"])), Arc::clone(&other.team.members[1])];
    let mut host = Host::begun(team(ASK));
    host.answer("boss", tool_answer(&[("c1", "clerk", r#"{"input":"a"}"#)]));
    let bytes = host.run.checkpoint().unwrap();
    assert_eq!(Run::restore(&bytes, Arc::new(other)).unwrap_err().kind, Kind::Config, "the agent's tools count");
}

#[test]
fn a_hand_off_goes_on_with_the_same_conversation() {
    let mut host = Host::begun(team(ASK));
    host.answer("boss", tool_answer(&[("c1", "to_clerk", "{}"), ("c2", "to_clerk", "{}")]));
    let body = host.bodies.last().unwrap().clone();
    assert_eq!(body["model"], "clerk");
    assert_eq!(body["messages"][0]["content"], "You are clerk.");
    assert_eq!(body["messages"][1]["content"], "hello");
    assert_eq!(body["messages"][3]["content"], "The conversation goes on with clerk.");
    assert!(body["messages"][4]["content"].as_str().unwrap().contains("handed the conversation over by to_clerk"));
    assert_eq!(body["tools"].as_array().unwrap().len(), 2);
    host.answer("clerk", tool_answer(&[("k1", "add", r#"{"a":3,"b":4}"#)]));
    assert_eq!(host.requests[0].0.as_deref(), Some(&["to_clerk".to_owned()][..]));
    host.restore();
    host.reply(json!(7));
    host.restore();
    host.answer("clerk", tool_answer(&[("k2", "to_boss", "{}")]));
    assert_eq!(host.bodies.last().unwrap()["model"], "boss");
    host.restore();
    host.answer("boss", text_answer(&["back"]));
    assert_eq!(host.events.last().unwrap().agent, None, "the way back is none");
    assert_eq!(host.result().metadata.agent.as_deref(), Some("boss"));
}

#[test]
fn hand_offs_are_limited() {
    let mut boss = team(ASK);
    boss.limits.max_handoffs = 1;
    let mut host = Host::begun(boss);
    host.answer("boss", tool_answer(&[("c1", "to_clerk", "{}")]));
    host.answer("clerk", tool_answer(&[("k1", "to_boss", "{}")]));
    assert_eq!(host.bodies.last().unwrap()["model"], "clerk");
    host.answer("clerk", text_answer(&["I stay"]));
    assert!(host.result().tool_calls[1].result.as_ref().unwrap().contains("max_handoffs"));
    assert_eq!(host.result().metadata.agent.as_deref(), Some("clerk"));
}

#[test]
fn agents_share_the_budget_that_is_left() {
    let mut boss = team(ASK);
    boss.settings.budget = Some(Budget { tokens: Some(25), ..Budget::default() });
    let mut host = Host::begun(boss);
    host.answer("boss", tool_answer(&[("c1", "clerk", r#"{"input":"a"}"#), ("c2", "scout", r#"{"input":"b"}"#)]));
    host.answer("clerk", tool_answer(&[("k1", "add", r#"{"a":1,"b":2}"#)]));
    // 20 of 25 are used; scout's turn uses up the rest, and clerk gets no other.
    host.answer("scout", text_answer(&["b"]));
    host.reply(json!(3));
    let (error, partial) = host.last_error();
    assert_eq!(error.kind, Kind::Budget);
    assert_eq!(partial.usage.total_tokens, 26);
    assert_eq!(partial.tool_calls[0].error_kind.as_deref(), Some("budget"));
    assert!(!partial.tool_calls[1].is_error);
}

fn remembering(at: f64) -> RunSpec {
    let mut spec = agent("boss", &["add"]);
    spec.model_info.context_window = Some(1_000);
    let compaction = Compaction { at, keep_turns: 1, model: None, prompt: None };
    spec.memory = Memory { compaction: Some(compaction), ..Memory::default() };
    spec
}

fn long_talk() -> Conversation {
    let turn = |n: u32| {
        let mut answer = Message::user(format!("answer {n} {}", "word ".repeat(200)));
        answer.role = llmspell_core::message::Role::Assistant;
        [Arc::new(Message::user(format!("question {n}"))), Arc::new(answer)]
    };
    Conversation { messages: (0..5).flat_map(turn).collect(), ..Conversation::default() }
}

#[test]
fn a_full_window_makes_a_summary() {
    for restored in [false, true] {
        let mut host = Host::new(remembering(0.8));
        host.feed(Input::Begin { conversation: long_talk() });
        assert!(host.bodies[0]["messages"][1]["content"].as_str().unwrap().contains("Assistant: answer 4"));
        assert!(host.bodies[0].get("tools").is_none());
        if restored {
            host.restore();
        }
        host.answer("boss", text_answer(&["they", " talked"]));
        let sent = host.bodies.last().unwrap()["messages"].as_array().unwrap().clone();
        assert_eq!(sent[1]["content"], "Summary of the conversation so far:\nthey talked");
        assert_eq!(sent[2]["content"], "hello");
        host.answer("boss", text_answer(&["fine"]));
        assert_eq!(host.result().usage.input_tokens, 10);
        assert_eq!(host.end.unwrap().messages.len(), 3);
    }
}

/// The talk so far has this many turns before the long message: whether a summary is made first.
fn compacts_before(window: u64, turns: usize, letters: usize) -> bool {
    let mut spec = remembering(0.8);
    spec.model_info.context_window = Some(window);
    let mut host = Host::asked(spec, &"x".repeat(letters));
    let mut talk = long_talk();
    talk.messages.truncate(turns * 2);
    host.feed(Input::Begin { conversation: talk });
    host.bodies[0].get("tools").is_none()
}

#[test]
fn a_summary_of_little_is_not_made() {
    assert!(!compacts_before(1_000, 2, 20_000), "a message that is too large by itself");
    assert!(compacts_before(1_000, 2, 2_000), "half of what is too large");
    assert!(!compacts_before(3_000, 1, 10_000), "the window is not full yet");
    assert!(compacts_before(2_700, 1, 10_000), "just what the window lacks");
}

#[test]
fn without_a_summary_the_oldest_turns_are_left_out_and_kept() {
    let mut host = Host::new(remembering(0.8));
    host.feed(Input::Begin { conversation: long_talk() });
    host.answer("boss", Answer { status: 401, body: b"{}".to_vec() });
    let sent = host.bodies.last().unwrap()["messages"].as_array().unwrap().clone();
    assert!(sent.len() > 2 && sent.len() < 12, "{}", sent.len());
    assert_eq!(sent[1]["role"], "user");
    host.answer("boss", text_answer(&["fine"]));
    assert_eq!(host.end.as_ref().unwrap().messages.len(), 12);
    assert!(host.events.iter().any(|event| matches!(&event.body, EventBody::Warning { .. })));
}

#[test]
fn a_long_turn_is_folded_step_by_step() {
    let mut spec = remembering(0.5);
    spec.model_info.context_window = Some(250);
    let mut host = Host::begun(spec);
    let long = "x".repeat(1_500);
    let mut summaries = 0;
    for n in 0..4 {
        let id = format!("c{n}");
        host.answer("boss", tool_answer(&[(&id, "add", r#"{"a":1,"b":2}"#)]));
        host.reply(json!(long));
        if host.bodies.last().unwrap().get("tools").is_none() {
            summaries += 1;
            host.answer("boss", text_answer(&["added"]));
        }
    }
    assert!(summaries > 0);
    host.answer("boss", text_answer(&["done"]));
    let end = host.end.unwrap();
    assert_eq!(unanswered(&end.messages), None);
    assert_eq!(end.messages[0].text(), "hello");
}

#[derive(Clone, Debug)]
enum Act {
    Answer(usize, usize),
    Reply(usize),
    Timer(usize),
    Fail(usize),
    Restore,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let n = || 0_usize..8;
    let act = prop_oneof![
        8 => (n(), n()).prop_map(|(which, what)| Act::Answer(which, what)),
        4 => n().prop_map(Act::Reply),
        1 => n().prop_map(Act::Timer),
        1 => n().prop_map(Act::Fail),
        2 => Just(Act::Restore),
    ];
    prop::collection::vec(act, 0..40)
}

proptest! {
    /// Whatever a tree of runs meets: one end, nothing left open, a history that every provider takes.
    #[test]
    fn no_order_of_things_breaks_a_tree(acts in acts(), forward in any::<bool>(), full in any::<bool>()) {
        let mut boss = team(if forward { FORWARD } else { ASK });
        if full {
            boss.model_info.context_window = Some(200);
            let compaction = Compaction { at: 0.8, keep_turns: 1, model: None, prompt: None };
            boss.memory.compaction = Some(compaction);
        }
        let mut host = Host::begun(boss);
        for act in acts {
            if host.end.is_some() {
                break;
            }
            let pick = |which: usize, host: &Host| host.open.keys().nth(which % host.open.len().max(1)).copied();
            match act {
                Act::Answer(which, what) => if let Some(exchange) = pick(which, &host) {
                    let answer = match what {
                        0 => tool_answer(&[("c1", "clerk", r#"{"input":"a"}"#), ("c2", "scout", r#"{"input":"b"}"#)]),
                        1 => tool_answer(&[("c1", "add", r#"{"a":1,"b":2}"#), ("c2", "clerk", r#"{"input":"x"}"#)]),
                        2 => tool_answer(&[("c1", "to_clerk", "{}"), ("c2", "to_boss", "{}")]),
                        3 => Answer { status: 401, body: b"no".to_vec() },
                        4 => tool_answer(&[("c1", "add", r#"{"a":1,"b":2}"#)]),
                        _ => text_answer(&["some", " words"]),
                    };
                    host.answer_to(exchange, answer);
                },
                Act::Reply(which) => if !host.requests.is_empty() {
                    let which = which % host.requests.len();
                    host.requests.swap(0, which);
                    host.reply(json!("r".repeat(300)));
                },
                Act::Timer(which) => {
                    let others: Vec<Timer> = host.timers.iter().filter(|timer| timer.run > 0 || timer.id != TimerId::Total).copied().collect();
                    if let Some(timer) = others.get(which % others.len().max(1)) {
                        host.timers.retain(|armed| armed != timer);
                        if matches!(timer.id, TimerId::Tool(_)) {
                            // Its request may be among those that nobody waits for any more.
                            host.requests.clear();
                            host.restore();
                        }
                        host.feed(Input::Timer(*timer));
                    }
                }
                Act::Fail(which) => if let Some(exchange) = pick(which, &host) {
                    host.open.remove(&exchange);
                    host.feed(Input::Failed { exchange, error: Error::new(Kind::Network, "gone") });
                },
                Act::Restore => host.restore(),
            }
        }
        if host.end.is_none() {
            host.feed(Input::Cancel);
        }
        prop_assert!(host.open.is_empty(), "{:?}", host.open);
        prop_assert!(host.timers.iter().all(|timer| timer.run == 0), "{:?}", host.timers);
        prop_assert_eq!(unanswered(&host.end.as_ref().unwrap().messages), None);
        prop_assert_eq!(host.events.iter().filter(|event| event.body.event_type().is_final()).count(), 1);
    }
}
