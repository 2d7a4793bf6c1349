//! The tools' part of a step: ask the host, take its replies, go on when all calls have their results.

use super::child::Task;
use super::machine::{Call, Phase, Question, Run, Stage};
use super::settle::Unfinished;
use super::{Effect, HookPoints, Stamp, TimerId};
use crate::error::Kind;
use crate::event::{EventBody, WarningCode};
use crate::message::ToolCall;
use crate::repair;
use crate::request::{Failure, Reply, Request, What};
use crate::tool::{Tool, shown_arguments};
use crate::tool_result::ToolResult;
use serde_json::Value;
use std::sync::Arc;

impl Run {
    /// Begins the tools' part of a step with the calls of the model's turn.
    pub(super) fn start_calls(&mut self, asked: &[ToolCall], out: &mut Vec<Effect>) {
        let mut calls: Vec<Call> = Vec::with_capacity(asked.len());
        for (of, call) in asked.iter().enumerate() {
            match self.unpacked(call, asked.len()) {
                Some(inner) => {
                    let message = format!("The model put {} calls into one call of {}.", inner.len(), call.name);
                    self.warn(WarningCode::UnpackedCalls, message, &call.id, out);
                    calls.extend(inner.into_iter().map(|one| Call { inner: true, ..Call::new(of, one) }));
                }
                None => calls.push(Call::new(of, call.clone())),
            }
        }
        self.state.phase = Phase::Tools(calls);
    }

    fn unpacked(&self, call: &ToolCall, beside: usize) -> Option<Vec<ToolCall>> {
        if self.spec.tools.get(&call.name).is_some() {
            return None;
        }
        repair::unpack(call).filter(|inner| inner.len() + beside <= crate::defaults::CALLS_PER_TURN)
    }

    /// Starts calls up to the limit; goes on to the next step when none is left. A tool that wants to be alone waits for those
    /// before it, and those after it wait for it.
    pub(super) fn pump_tools(&mut self, stamp: Stamp, out: &mut Vec<Effect>) {
        let most = self.spec.limits.max_parallel_tools.max(1) as usize;
        loop {
            self.start_agents(stamp, out);
            let Phase::Tools(calls) = &self.state.phase else { return };
            let mut open = calls.iter().filter(|call| matches!(call.stage, Stage::Asked { .. } | Stage::Child));
            let (count, alone) = (open.clone().count(), open.any(|call| self.is_alone(call)));
            let waiting = calls.iter().position(|call| matches!(call.stage, Stage::Waiting));
            match waiting {
                Some(at) if count == 0 => self.start_call(at, out),
                Some(at) if count < most && !alone && !calls.get(at).is_some_and(|call| self.is_alone(call)) => {
                    self.start_call(at, out);
                }
                None if count == 0 => break,
                _ => return,
            }
        }
        if self.ends_open(out) {
            return;
        }
        self.settle(Unfinished::Failed(Kind::Internal, "The tool call was not finished."));
        self.end_step(out);
        self.start_step(stamp, out);
    }

    /// Whether a call is of a tool that nothing else may be at work beside.
    fn is_alone(&self, call: &Call) -> bool {
        self.meant(&call.name).is_some_and(|tool| !tool.parallel)
    }

    /// The tool of this name, or the one that a name means which is nearly right.
    pub(super) fn meant(&self, name: &str) -> Option<&Arc<Tool>> {
        let tools = &self.spec.tools;
        tools.get(name).or_else(|| tools.get(repair::nearest(name, tools.iter().map(|tool| tool.name.as_str()))?))
    }

    pub(super) fn calls(&mut self) -> Option<&mut Vec<Call>> {
        if let Phase::Tools(calls) = &mut self.state.phase { Some(calls) } else { None }
    }

    pub(super) fn call(&mut self, at: usize) -> Option<&mut Call> {
        self.calls()?.get_mut(at)
    }

    fn start_call(&mut self, at: usize, out: &mut Vec<Effect>) {
        if let Err(error) = self.spend_call() {
            return self.fail(error, out);
        }
        let Some(call) = self.call(at) else { return };
        let (id, name, text) = (call.id.clone(), call.name.clone(), call.text.clone());
        let Some(tool) = self.meant(&name).cloned() else {
            self.show_call(id, name.clone(), shown_arguments(&text), out);
            let names: Vec<&str> = self.spec.tools.iter().map(|tool| tool.name.as_str()).collect();
            let has = if names.is_empty() {
                "There are no tools".to_owned()
            } else {
                format!("The tools are: {}", names.join(", "))
            };
            let content = format!("Error: there is no tool named {name:?}. {has}.");
            return self.fail_call(at, Kind::NotFound, content, out);
        };
        if tool.name != name {
            let message = format!("The model called {name:?}, which is no tool; {} was meant.", tool.name);
            self.warn(WarningCode::RepairedName, message, &id, out);
        }
        let read = tool.arguments(&text);
        let mut repaired = tool.name != name;
        if let Ok((_, repairs)) = &read
            && !repairs.is_empty()
        {
            repaired = true;
            let message = format!("The model's arguments for {} were repaired: {}.", tool.name, repairs.words());
            self.warn(WarningCode::RepairedArguments, message, &id, out);
        }
        let arguments = read.as_ref().map_or_else(|_| shown_arguments(&text), |(arguments, _)| arguments.clone());
        if let Some(call) = self.call(at) {
            call.name.clone_from(&tool.name);
            call.repaired = repaired;
            call.arguments = Some(arguments.clone());
        }
        self.show_call(id, tool.name.clone(), arguments, out);
        if let Err(error) = read {
            return self.fail_call(at, error.kind, error.message, out);
        }
        if let Some(most) = tool.max_calls
            && !self.count_call(&tool.name, most)
        {
            let content = format!(
                "Error: {} may be called at most {most} times in one run, and was. Go on without it.",
                tool.name
            );
            return self.fail_call(at, Kind::Budget, content, out);
        }
        if self.spec.checks.hooks.has(HookPoints::BEFORE_TOOL) {
            self.question(at, Question::BeforeTool, out);
        } else {
            self.approve_or_call(at, out);
        }
    }

    /// Counts a call of a tool that may be called so often. Whether it may be made.
    fn count_call(&mut self, name: &str, most: u32) -> bool {
        let tool = self.own_tool(name);
        let counts = &mut self.state.calls_made;
        let at = counts.iter().position(|(counted, _)| *counted == tool).unwrap_or_else(|| {
            counts.push((tool, 0));
            counts.len() - 1
        });
        let Some((_, made)) = counts.get_mut(at).filter(|(_, made)| *made < most) else { return false };
        *made = made.saturating_add(1);
        true
    }

    fn show_call(&mut self, tool_call_id: String, name: String, arguments: Value, out: &mut Vec<Effect>) {
        self.emit(EventBody::ToolCall { tool_call_id, name, arguments }, out);
    }

    pub(super) fn warn(&mut self, code: WarningCode, message: String, call: &str, out: &mut Vec<Effect>) {
        self.emit(EventBody::Warning { code: Some(code), message, tool_call_id: Some(call.to_owned()) }, out);
    }

    /// Asks the host something about a call.
    pub(super) fn question(&mut self, at: usize, about: Question, out: &mut Vec<Effect>) {
        if matches!(about, Question::Tool) && (self.is_agent(at) || self.is_external(at, out)) {
            return;
        }
        let request_id = self.next_request();
        if let Some(call) = self.call(at) {
            call.stage = Stage::Asked { request_id, about };
        }
        self.ask(at, out);
    }

    /// A fresh id for a request.
    pub(super) fn next_request(&mut self) -> String {
        self.state.requests = self.state.requests.saturating_add(1);
        format!("req_{}", self.state.requests)
    }

    /// Puts what is asked about a call before the host and starts its time.
    fn ask(&mut self, at: usize, out: &mut Vec<Effect>) {
        let step = self.state.step;
        let Some(Call { id, name, arguments, stage: Stage::Asked { request_id, about }, .. }) = self.call(at) else {
            return;
        };
        let (tool_call_id, name) = (id.clone(), name.clone());
        let arguments = arguments.clone().unwrap_or_default();
        let (id, about) = (request_id.clone(), about.clone());
        let limit = self.limit_ms(&name, &about);
        let what = match about {
            Question::Tool => What::Tool { tool_call_id, name, arguments, step },
            Question::Approval => What::Approval { tool_call_id, name, arguments, step },
            Question::BeforeTool => {
                What::Hook(crate::request::Hook::BeforeTool { step, tool_call_id, name, arguments })
            }
            Question::AfterTool { content, parts, error_kind } => What::Hook(crate::request::Hook::AfterTool {
                step,
                tool_call_id,
                name,
                arguments,
                content,
                parts,
                is_error: error_kind.is_some(),
            }),
        };
        self.emit(EventBody::Request(Request { id, what }), out);
        if let (Ok(position), Some(after_ms)) = (u32::try_from(at), limit) {
            self.arm(TimerId::Tool(position), after_ms, out);
        }
    }

    /// Time that the host has for what it is asked about a call; none where it is waited for without end.
    fn limit_ms(&self, name: &str, about: &Question) -> Option<u64> {
        let limits = &self.spec.limits;
        match about {
            Question::Tool => {
                let own = self.spec.tools.get(name).and_then(|tool| tool.timeout_ms);
                Some(own.unwrap_or(limits.tool_timeout_ms))
            }
            Question::Approval => limits.approval_timeout_ms,
            Question::BeforeTool | Question::AfterTool { .. } => Some(limits.hook_timeout_ms),
        }
    }

    /// After a restore: every open request once more.
    pub(super) fn ask_again(&mut self, stamp: Stamp, out: &mut Vec<Effect>) {
        let count = self.calls().map_or(0, |calls| calls.len());
        for at in 0..count {
            match self.call(at).map(|call| &call.stage) {
                Some(Stage::Child) => self.resume_child(Task::Call(at), stamp, out),
                _ => self.ask(at, out),
            }
        }
        self.pump_tools(stamp, out);
    }

    /// A reply to what was asked about a call.
    pub(super) fn tool_replied(&mut self, reply: Reply, stamp: Stamp, out: &mut Vec<Effect>) {
        let Some(calls) = self.calls() else { return };
        let asked = |call: &Call| matches!(&call.stage, Stage::Asked { request_id, .. } if *request_id == reply.id);
        let Some(at) = calls.iter().position(asked) else { return };
        let Some(Call { stage: Stage::Asked { about, .. }, .. }) = calls.get(at) else { return };
        let done = match about.clone() {
            Question::Tool => {
                self.tool_answered(at, reply.outcome, out);
                Ok(())
            }
            Question::Approval => {
                self.approval_answered(at, reply.outcome, out);
                Ok(())
            }
            Question::BeforeTool => self.before_tool_answered(at, reply.outcome, out),
            Question::AfterTool { content, parts, error_kind } => {
                let is_error = error_kind.is_some();
                self.after_tool_answered(at, (ToolResult { content, parts, is_error }, error_kind), reply.outcome, out)
            }
        };
        if let Err(error) = done {
            self.fail(error, out);
        }
        self.pump_tools(stamp, out);
    }

    fn tool_answered(&mut self, at: usize, outcome: Result<Value, Failure>, out: &mut Vec<Effect>) {
        let (result, kind) = match outcome {
            Ok(value) => {
                let result = ToolResult::from_value(value);
                let kind = result.is_error.then_some(Kind::Tool);
                (result, kind)
            }
            Err(Failure { message, kind }) => {
                let content =
                    if message.is_empty() { "The tool failed and gave no reason.".to_owned() } else { message };
                (ToolResult { content, is_error: true, ..ToolResult::default() }, Some(kind))
            }
        };
        self.called(at, result, kind.map(|kind| kind.as_str().to_owned()), out);
    }

    /// A tool has been called, and this came of it.
    pub(super) fn called(&mut self, at: usize, result: ToolResult, error_kind: Option<String>, out: &mut Vec<Effect>) {
        self.disarm_call(at, out);
        if self.spec.checks.hooks.has(HookPoints::AFTER_TOOL) {
            let ToolResult { content, parts, .. } = result;
            self.question(at, Question::AfterTool { content, parts, error_kind }, out);
        } else {
            self.answer(at, result, error_kind, out);
        }
    }

    pub(super) fn call_timed_out(&mut self, at: u32, stamp: Stamp, out: &mut Vec<Effect>) {
        let at = at as usize;
        let Some(Call { name, stage, .. }) = self.call(at) else { return };
        let (name, about) = match stage {
            Stage::Asked { about, .. } => (name.clone(), about.clone()),
            Stage::Child => (name.clone(), Question::Tool),
            Stage::Waiting | Stage::Open | Stage::Answered { .. } => return,
        };
        self.drop_child(Task::Call(at), out);
        let limit = self.limit_ms(&name, &about).unwrap_or_default();
        match about {
            Question::Tool => {
                let content = format!("Error: the tool {name} gave no result within {limit} ms and was given up.");
                let result = ToolResult { content, is_error: true, ..ToolResult::default() };
                self.called(at, result, Some(Kind::Timeout.as_str().to_owned()), out);
            }
            Question::Approval => self.deny(at, Some(format!("nobody decided within {limit} ms")), out),
            Question::BeforeTool => self.hook_timed_out("before_tool", out),
            Question::AfterTool { .. } => self.hook_timed_out("after_tool", out),
        }
        self.pump_tools(stamp, out);
    }

    pub(super) fn disarm_call(&mut self, at: usize, out: &mut Vec<Effect>) {
        let asked = self.call(at).is_some_and(|call| matches!(call.stage, Stage::Asked { .. } | Stage::Child));
        if asked && let Ok(position) = u32::try_from(at) {
            self.disarm(TimerId::Tool(position), out);
        }
    }

    /// A call that failed has an error as its result.
    pub(super) fn fail_call(&mut self, at: usize, kind: Kind, content: String, out: &mut Vec<Effect>) {
        let result = ToolResult { content, is_error: true, ..ToolResult::default() };
        self.answer(at, result, Some(kind.as_str().to_owned()), out);
    }

    /// A call has its result, which is cut to size.
    pub(super) fn answer(&mut self, at: usize, result: ToolResult, error_kind: Option<String>, out: &mut Vec<Effect>) {
        self.disarm_call(at, out);
        let Some(call) = self.call(at) else { return };
        let (tool_call_id, name) = (call.id.clone(), call.name.clone());
        let own = self.spec.tools.get(&name).and_then(|tool| tool.max_result_bytes);
        let result = result.bounded(own.unwrap_or(self.spec.limits.max_tool_result_bytes));
        let (content, parts, is_error) = (result.content, result.parts, error_kind.is_some());
        if let Some(call) = self.call(at) {
            call.stage = Stage::Answered { content: content.clone(), parts: parts.clone(), error_kind };
        }
        self.emit(EventBody::ToolResult { tool_call_id, name, content, parts, is_error }, out);
    }

    /// Tells the host of calls that were answered without being made.
    pub(super) fn report_cut_calls(&mut self, out: &mut Vec<Effect>) {
        for call in self.calls().cloned().unwrap_or_default() {
            let (tool_call_id, name) = (call.id, call.name);
            self.show_call(tool_call_id.clone(), name.clone(), shown_arguments(&call.text), out);
            if let Stage::Answered { content, parts, error_kind } = call.stage {
                let is_error = error_kind.is_some();
                self.emit(EventBody::ToolResult { tool_call_id, name, content, parts, is_error }, out);
            }
        }
    }
}
