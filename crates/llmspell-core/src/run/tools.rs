//! The tools' part of a step: ask the host, take its replies, go on when all calls have their results.

use super::machine::{Call, Phase, Run, Stage};
use super::{Effect, Stamp, TimerId};
use crate::error::Kind;
use crate::event::EventBody;
use crate::message::{Message, Part, Role};
use crate::outcome::ToolCallRecord;
use crate::request::{Reply, Request, What};
use crate::tool::shown_arguments;
use serde_json::Value;

impl Run {
    /// Starts calls up to the limit; goes on to the next step when none is left.
    pub(super) fn pump_tools(&mut self, stamp: Stamp, out: &mut Vec<Effect>) {
        let most = self.spec.limits.max_parallel_tools.max(1) as usize;
        loop {
            let Phase::Tools(calls) = &self.state.phase else { return };
            let asked = calls.iter().filter(|call| matches!(call.stage, Stage::Asked { .. })).count();
            let waiting = calls.iter().position(|call| matches!(call.stage, Stage::Waiting));
            match waiting {
                Some(at) if asked < most => self.start_call(at, out),
                None if asked == 0 => break,
                _ => return,
            }
        }
        self.settle(Kind::Internal, "The tool call was not finished.");
        self.end_step(out);
        self.start_step(stamp, out);
    }

    fn calls(&mut self) -> Option<&mut Vec<Call>> {
        if let Phase::Tools(calls) = &mut self.state.phase { Some(calls) } else { None }
    }

    fn call(&mut self, at: usize) -> Option<&mut Call> {
        self.calls()?.get_mut(at)
    }

    fn start_call(&mut self, at: usize, out: &mut Vec<Effect>) {
        let Some(call) = self.call(at) else { return };
        let (id, name, text) = (call.id.clone(), call.name.clone(), call.text.clone());
        let shown = shown_arguments(&text);
        self.emit(EventBody::ToolCall { tool_call_id: id, name: name.clone(), arguments: shown }, out);
        let Some(tool) = self.spec.tools.get(&name) else {
            let names: Vec<&str> = self.spec.tools.iter().map(|tool| tool.name.as_str()).collect();
            let has = if names.is_empty() {
                "There are no tools".to_owned()
            } else {
                format!("The tools are: {}", names.join(", "))
            };
            let content = format!("Error: there is no tool named {name:?}. {has}.");
            return self.answer(at, content, Some(Kind::NotFound), out);
        };
        match tool.arguments(&text) {
            Ok(arguments) => {
                self.state.requests = self.state.requests.saturating_add(1);
                let request_id = format!("req_{}", self.state.requests);
                if let Some(call) = self.call(at) {
                    call.stage = Stage::Asked { request_id, arguments };
                }
                self.ask(at, out);
            }
            Err(error) => self.answer(at, error.message, Some(error.kind), out),
        }
    }

    /// Puts the request for a call before the host and starts its time.
    fn ask(&mut self, at: usize, out: &mut Vec<Effect>) {
        let step = self.state.step;
        let Some(Call { id, name, stage: Stage::Asked { request_id, arguments }, .. }) = self.call(at) else { return };
        let what = What::Tool { tool_call_id: id.clone(), name: name.clone(), arguments: arguments.clone(), step };
        let request = Request { id: request_id.clone(), what };
        let own_limit = self.tool_limit_ms(at);
        self.emit(EventBody::Request(request), out);
        if let Ok(position) = u32::try_from(at) {
            self.arm(TimerId::Tool(position), own_limit, out);
        }
    }

    fn tool_limit_ms(&mut self, at: usize) -> u64 {
        let name = self.call(at).map(|call| call.name.clone()).unwrap_or_default();
        let own = self.spec.tools.get(&name).and_then(|tool| tool.timeout_ms);
        own.unwrap_or(self.spec.limits.tool_timeout_ms)
    }

    /// After a restore: every open request once more.
    pub(super) fn ask_again(&mut self, stamp: Stamp, out: &mut Vec<Effect>) {
        let count = self.calls().map_or(0, |calls| calls.len());
        for at in 0..count {
            self.ask(at, out);
        }
        self.pump_tools(stamp, out);
    }

    pub(super) fn reply(&mut self, reply: Reply, stamp: Stamp, out: &mut Vec<Effect>) {
        let Some(calls) = self.calls() else { return };
        let asked = |call: &Call| matches!(&call.stage, Stage::Asked { request_id, .. } if *request_id == reply.id);
        let Some(at) = calls.iter().position(asked) else { return };
        let (content, failed) = match reply.outcome {
            Ok(Value::String(text)) => (text, None),
            Ok(value) => (value.to_string(), None),
            Err(failure) if failure.message.is_empty() => {
                ("The tool failed and gave no reason.".to_owned(), Some(failure.kind))
            }
            Err(failure) => (failure.message, Some(failure.kind)),
        };
        self.answer(at, content, failed, out);
        self.pump_tools(stamp, out);
    }

    pub(super) fn tool_timed_out(&mut self, at: u32, stamp: Stamp, out: &mut Vec<Effect>) {
        let at = at as usize;
        let limit = self.tool_limit_ms(at);
        let Some(Call { name, stage: Stage::Asked { .. }, .. }) = self.call(at) else { return };
        let content = format!("Error: the tool {name} gave no result within {limit} ms and was given up.");
        self.answer(at, content, Some(Kind::Timeout), out);
        self.pump_tools(stamp, out);
    }

    fn answer(&mut self, at: usize, content: String, failed: Option<Kind>, out: &mut Vec<Effect>) {
        let Some(call) = self.call(at) else { return };
        let (tool_call_id, name) = (call.id.clone(), call.name.clone());
        let asked = matches!(call.stage, Stage::Asked { .. });
        let error_kind = failed.map(|kind| kind.as_str().to_owned());
        call.stage = Stage::Answered { content: content.clone(), error_kind };
        if asked && let Ok(position) = u32::try_from(at) {
            self.disarm(TimerId::Tool(position), out);
        }
        self.emit(EventBody::ToolResult { tool_call_id, name, content, is_error: failed.is_some() }, out);
    }

    /// Tells the host of calls that were answered without being made.
    pub(super) fn report_cut_calls(&mut self, out: &mut Vec<Effect>) {
        for call in self.calls().cloned().unwrap_or_default() {
            let arguments = shown_arguments(&call.text);
            let (tool_call_id, name) = (call.id, call.name);
            self.emit(EventBody::ToolCall { tool_call_id: tool_call_id.clone(), name: name.clone(), arguments }, out);
            if let Stage::Answered { content, error_kind } = call.stage {
                self.emit(EventBody::ToolResult { tool_call_id, name, content, is_error: error_kind.is_some() }, out);
            }
        }
    }

    /// Ends the tools' part and puts the results into the history: every call that is open gets `why` as its result.
    pub(super) fn settle(&mut self, kind: Kind, why: &str) {
        let Phase::Tools(calls) = std::mem::replace(&mut self.state.phase, Phase::Model) else { return };
        let mut content = Vec::with_capacity(calls.len());
        for call in calls {
            let (result, error_kind) = match call.stage {
                Stage::Answered { content, error_kind } => (content, error_kind),
                Stage::Waiting | Stage::Asked { .. } => (why.to_owned(), Some(kind.as_str().to_owned())),
            };
            let is_error = error_kind.is_some();
            let arguments = shown_arguments(&call.text);
            self.state.records.push(ToolCallRecord {
                id: call.id.clone(),
                name: call.name.clone(),
                arguments,
                result: result.clone(),
                is_error,
                error_kind,
            });
            content.push(Part::ToolResult {
                tool_call_id: call.id,
                name: call.name,
                content: result,
                parts: Vec::new(),
                is_error,
            });
        }
        self.state.added.push(Message::new(Role::Tool, content).into());
    }
}
