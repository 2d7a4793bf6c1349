//! Calls whose results the caller gives: a run ends with them open, and a later one goes on with their results.

use super::machine::{Call, Phase, Run, Stage};
use super::settle::Unfinished;
use super::{Effect, ToolChoice, history};
use crate::conversation::repair;
use crate::error::{Error, Kind};
use crate::message::{Message, Part, Role, ToolCall};
use crate::tool_result::ToolResult;
use std::sync::Arc;

impl Run {
    /// Whether a call is the caller's to answer; then it is open from now on, or refused where no caller can be reached.
    pub(super) fn is_external(&mut self, at: usize, out: &mut Vec<Effect>) -> bool {
        let Some(call) = self.call(at) else { return false };
        let (name, inner) = (call.name.clone(), call.inner);
        if !self.spec.tools.get(&name).is_some_and(|tool| tool.external) {
            return false;
        }
        let refused = if self.state.kin.depth > 0 {
            Some(format!(
                "Error: {name} is answered by the program that runs the agent, which this agent, at work for another one, cannot reach. Go on without it."
            ))
        } else {
            inner.then(|| format!("Error: {name} cannot be called inside of another call. Call it by itself."))
        };
        match refused {
            Some(content) => self.fail_call(at, Kind::Tool, content, out),
            None => {
                self.disarm_call(at, out);
                if let Some(call) = self.call(at) {
                    call.stage = Stage::Open;
                }
            }
        }
        true
    }

    /// Ends the run where its turn has open calls. Whether it has.
    pub(super) fn ends_open(&mut self, out: &mut Vec<Effect>) -> bool {
        if !self.calls().is_some_and(|calls| calls.iter().any(|call| matches!(call.stage, Stage::Open))) {
            return false;
        }
        self.settle(Unfinished::Open);
        self.end_step(out);
        self.done(out);
        true
    }

    /// The external tool that the turn calls besides others, if it does.
    pub(super) fn external_beside(&self) -> Option<String> {
        let Phase::Tools(calls) = &self.state.phase else { return None };
        let named = |call: &&Call| self.meant(&call.name).is_some_and(|tool| tool.external);
        calls
            .iter()
            .filter(|call| !matches!(call.stage, Stage::Answered { .. }))
            .find(named)
            .map(|call| call.name.clone())
    }

    /// Joins the run's input to the conversation: results go to the open calls of its last turn. Gives what was mended in
    /// the conversation.
    ///
    /// # Errors
    /// `argument` for a result of a call that is not open, and where some of the open calls have none.
    pub(super) fn join_input(&mut self) -> Result<Vec<String>, Error> {
        let given = match self.state.added.first() {
            Some(message) if message.role == Role::Tool => self.state.added.remove(0).content.clone(),
            _ => return Ok(repair(&mut self.state.base.messages)),
        };
        let turn = take_open_turn(&mut self.state.base.messages);
        let notes = repair(&mut self.state.base.messages);
        let (turn, kept) = turn.unwrap_or_default();
        let asked = turn.as_ref().map(|turn| turn.tool_calls.as_slice()).unwrap_or_default();
        let joined = self.joined(asked, &kept, given);
        self.state.base.messages.extend(turn);
        self.state.kept = kept;
        match joined {
            Ok(results) => {
                self.state.added.insert(0, Message::new(Role::Tool, results).into());
                self.state.question = history::question(&self.state.added);
                // What the agent forces, the turn has done.
                let forced =
                    matches!(self.state.settings.tool_choice, Some(ToolChoice::Required | ToolChoice::Named { .. }));
                if forced && self.state.kin.asked.tool_choice.is_none() {
                    self.state.settings.tool_choice = Some(ToolChoice::Auto);
                }
                Ok(notes)
            }
            Err(why) => Err(Error::argument(format!("input: {why}"))),
        }
    }

    /// The results of a turn's calls in their order: those that were there, and those that are given now.
    fn joined(&self, asked: &[ToolCall], kept: &[Part], mut given: Vec<Part>) -> Result<Vec<Part>, String> {
        let mut results = Vec::with_capacity(asked.len());
        let mut missing = Vec::new();
        for call in asked {
            if let Some(result) = find(kept, &call.id) {
                results.push(result.clone());
            } else if let Some(at) = given.iter().position(|part| is_of(part, &call.id)) {
                results.push(self.within_bounds(given.remove(at), &call.name));
            } else {
                missing.push(call);
            }
        }
        let named = |calls: &[&ToolCall]| {
            calls.iter().map(|call| format!("{:?} ({})", call.id, call.name)).collect::<Vec<_>>().join(", ")
        };
        if let Some(Part::ToolResult { tool_call_id, .. }) = given.first() {
            let open: Vec<&ToolCall> = asked.iter().filter(|call| find(kept, &call.id).is_none()).collect();
            let there = if open.is_empty() {
                "the conversation has no open calls".to_owned()
            } else {
                format!("open are {}", named(&open))
            };
            return Err(format!("no open tool call has the id {tool_call_id:?}; {there}"));
        }
        if !missing.is_empty() {
            return Err(format!(
                "the open tool calls {} have no result; give all results of a turn together, with is_error = true where there is none",
                named(&missing)
            ));
        }
        Ok(results)
    }

    fn within_bounds(&self, part: Part, tool: &str) -> Part {
        let Part::ToolResult { tool_call_id, content, parts, is_error, .. } = part else { return part };
        let own = self.spec.tools.get(tool).and_then(|tool| tool.max_result_bytes);
        let most = own.unwrap_or(self.spec.limits.max_tool_result_bytes);
        let ToolResult { content, parts, is_error } = ToolResult { content, parts, is_error }.bounded(most);
        Part::ToolResult { tool_call_id, name: tool.to_owned(), content, parts, is_error }
    }

    /// What this run was given and has added: results that were there before are none of it.
    pub(super) fn own_messages(&self) -> Vec<Arc<Message>> {
        let mut messages = self.state.added.clone();
        let first = messages.first_mut().filter(|first| first.role == Role::Tool && !self.state.kept.is_empty());
        if let Some(first) = first {
            let kept = &self.state.kept;
            let is_new = |part: &Part| !kept.contains(part);
            *first =
                Message::new(Role::Tool, first.content.iter().filter(|part| is_new(part)).cloned().collect()).into();
        }
        messages
    }

    /// Takes the input out again: the turn that it answered is as open as before.
    pub(super) fn part_input(&mut self) {
        let kept = std::mem::take(&mut self.state.kept);
        if !kept.is_empty() {
            self.state.base.messages.push(Message::new(Role::Tool, kept).into());
        }
        self.state.added.clear();
    }
}

/// Takes the last turn off a conversation if it has open calls, with the results that are there for its others.
fn take_open_turn(messages: &mut Vec<Arc<Message>>) -> Option<(Option<Arc<Message>>, Vec<Part>)> {
    let at = messages.iter().rposition(|message| message.role != Role::Tool)?;
    let calls = &messages.get(at)?.tool_calls;
    let results = || messages.iter().skip(at + 1).flat_map(|message| &message.content);
    let found: Vec<Option<&Part>> = calls.iter().map(|call| results().find(|part| is_of(part, &call.id))).collect();
    if found.iter().all(Option::is_some) {
        return None;
    }
    let kept = found.into_iter().flatten().cloned().collect();
    let turn = messages.get(at).cloned();
    messages.truncate(at);
    Some((turn, kept))
}

fn find<'a>(results: &'a [Part], id: &str) -> Option<&'a Part> {
    results.iter().find(|part| is_of(part, id))
}

fn is_of(part: &Part, id: &str) -> bool {
    matches!(part, Part::ToolResult { tool_call_id, .. } if tool_call_id == id)
}
