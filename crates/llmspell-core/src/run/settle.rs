//! The end of the tools' part of a step: the results become history.

use super::machine::{Call, Phase, Run, Stage};
use crate::error::Kind;
use crate::message::{Message, Part, Role, ToolCall};
use crate::outcome::ToolCallRecord;
use crate::tool::shown_arguments;
use serde_json::{Value, json};

/// A call with its result.
struct Settled {
    call: Call,
    content: String,
    parts: Vec<Part>,
    error_kind: Option<String>,
    open: bool,
}

/// What becomes of calls that have no result.
#[derive(Clone, Copy)]
pub(super) enum Unfinished<'a> {
    /// They get this kind of error and these words as their result.
    Failed(Kind, &'a str),
    /// The external ones are the caller's to answer; there are no others.
    Open,
}

impl Run {
    /// Ends the tools' part and puts the results into the history. A call of the model that several were taken out of has
    /// one result, which holds theirs in order.
    pub(super) fn settle(&mut self, unfinished: Unfinished<'_>) {
        if !matches!(self.state.phase, Phase::Tools(_)) {
            return;
        }
        let Phase::Tools(calls) = std::mem::replace(&mut self.state.phase, Phase::Model) else { return };
        let turn = self.state.added.last().cloned();
        let asked = turn.as_ref().map(|turn| turn.tool_calls.as_slice()).unwrap_or_default();
        let mut content: Vec<Part> = Vec::with_capacity(asked.len());
        let mut calls = calls.into_iter().peekable();
        for (of, asked) in asked.iter().enumerate() {
            let mut group = Vec::new();
            while let Some(call) = calls.next_if(|call| call.of == of) {
                group.push(settled(call, unfinished));
            }
            self.state.records.extend(group.iter().map(record));
            if !group.iter().any(|one| one.open) {
                content.push(result(asked, group));
            }
        }
        if !content.is_empty() {
            self.state.added.push(Message::new(Role::Tool, content).into());
        }
    }
}

fn settled(call: Call, unfinished: Unfinished<'_>) -> Settled {
    let (content, parts, error_kind) = match (&call.stage, unfinished) {
        (Stage::Answered { content, parts, error_kind }, _) => (content.clone(), parts.clone(), error_kind.clone()),
        (_, Unfinished::Failed(kind, why)) => (why.to_owned(), Vec::new(), Some(kind.as_str().to_owned())),
        (_, Unfinished::Open) => {
            return Settled { call, content: String::new(), parts: Vec::new(), error_kind: None, open: true };
        }
    };
    Settled { call, content, parts, error_kind, open: false }
}

fn record(settled: &Settled) -> ToolCallRecord {
    let call = &settled.call;
    ToolCallRecord {
        id: call.id.clone(),
        name: call.name.clone(),
        arguments: call.arguments.clone().unwrap_or_else(|| shown_arguments(&call.text)),
        result: (!settled.open).then(|| settled.content.clone()),
        open: settled.open,
        is_error: settled.error_kind.is_some(),
        error_kind: settled.error_kind.clone(),
        repaired: call.repaired,
        usage: call.usage,
    }
}

/// The result in the history, under the name and id that the model's turn has.
fn result(asked: &ToolCall, group: Vec<Settled>) -> Part {
    let is_error = group.iter().all(|one| one.error_kind.is_some());
    let is_packed = group.iter().any(|one| one.call.inner);
    let content = if is_packed {
        let entry = |one: &Settled| match one.error_kind {
            None => json!({"name": one.call.name, "result": one.content}),
            Some(_) => json!({"name": one.call.name, "error": one.content}),
        };
        Value::Array(group.iter().map(entry).collect()).to_string()
    } else {
        group.iter().map(|one| one.content.as_str()).collect()
    };
    let parts = group.into_iter().flat_map(|one| one.parts).collect();
    Part::ToolResult { tool_call_id: asked.id.clone(), name: asked.name.clone(), content, parts, is_error }
}
