//! Approvals: a person, or the host in place of one, decides whether a tool is called.

use super::Effect;
use super::handoff::OwnTool;
use super::machine::{Call, Phase, Question, Run, Stage};
use crate::defaults;
use crate::error::Kind;
use crate::event::WarningCode;
use crate::hash;
use crate::json;
use crate::request::Failure;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What was decided about a tool call. `true` and `false` are short for allow and deny.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// Whether the tool may be called.
    pub decision: Verdict,
    /// Why not; the model reads it.
    pub reason: Option<String>,
    /// Arguments in place of the model's. They must fit the tool's schema.
    pub arguments: Option<Value>,
    /// For which later calls of this run the decision holds too.
    pub remember: Option<Remember>,
}

/// Yes or no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The tool is called.
    Allow,
    /// It is not; the model learns so.
    Deny,
}

/// How far a decision reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Remember {
    /// Every call of the same tool of the same agent.
    Tool,
    /// Calls of the same tool of the same agent with the same arguments.
    Arguments,
}

/// A decision that holds for later calls.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Remembered {
    tool: OwnTool,
    /// Hash of the arguments that it holds for; all where there is none.
    arguments: Option<String>,
    verdict: Verdict,
    reason: Option<String>,
}

impl Run {
    /// Asks for an approval where the tool needs one that was not given for good; else calls the tool.
    pub(super) fn approve_or_call(&mut self, at: usize, out: &mut Vec<Effect>) {
        let Some(call) = self.call(at) else { return };
        let (name, arguments) = (call.name.clone(), call.arguments.clone().unwrap_or_default());
        if !self.spec.tools.get(&name).is_some_and(|tool| tool.needs_approval) {
            return self.question(at, Question::Tool, out);
        }
        match self.remembered_for(&name, &arguments).map(|known| (known.verdict, known.reason.clone())) {
            Some((Verdict::Allow, _)) => self.question(at, Question::Tool, out),
            Some((Verdict::Deny, reason)) => self.deny(at, reason, out),
            None => self.question(at, Question::Approval, out),
        }
    }

    /// The latest decision that holds for a call.
    fn remembered_for(&self, name: &str, arguments: &Value) -> Option<&Remembered> {
        let known = &self.state.decisions;
        if known.is_empty() {
            return None;
        }
        let tool = self.own_tool(name);
        let of_tool = || known.iter().filter(|one| one.tool == tool);
        if of_tool().all(|one| one.arguments.is_none()) {
            return of_tool().next_back();
        }
        let hash = hash(arguments);
        of_tool().rfind(|one| one.arguments.as_ref().is_none_or(|of| *of == hash))
    }

    pub(super) fn approval_answered(&mut self, at: usize, outcome: Result<Value, Failure>, out: &mut Vec<Effect>) {
        let decision = match outcome {
            Ok(value) => read(value),
            // Whoever cannot decide has not allowed it.
            Err(failure) => return self.deny(at, Some(failure.message), out),
        };
        let Some(call) = self.call(at) else { return };
        let (id, name) = (call.id.clone(), call.name.clone());
        let decision = decision.and_then(|decision| match (&decision.arguments, self.spec.tools.get(&name)) {
            (Some(arguments), Some(tool)) if decision.decision == Verdict::Allow => {
                tool.check(arguments).map(|()| decision)
            }
            _ => Ok(decision),
        });
        match decision {
            Ok(decision) => self.decided(at, decision, out),
            Err(why) => {
                let message =
                    format!("The reply to the approval of {name} cannot be used, so the call was denied: {why}");
                self.warn(WarningCode::BadReply, message, &id, out);
                self.deny(at, Some("the decision could not be understood".to_owned()), out);
            }
        }
    }

    fn decided(&mut self, at: usize, decision: Decision, out: &mut Vec<Effect>) {
        let Decision { decision: verdict, reason, arguments, remember } = decision;
        let reason = reason.map(|reason| json::quote(&reason, defaults::REASON_CHARS));
        let Some(call) = self.call(at) else { return };
        if let Some(arguments) = arguments.filter(|_| verdict == Verdict::Allow) {
            call.arguments = Some(arguments);
        }
        if let Some(remember) = remember {
            // What a person changed is what was allowed, not what the model wanted.
            let arguments =
                (remember == Remember::Arguments).then(|| hash(call.arguments.as_ref().unwrap_or(&Value::Null)));
            let name = call.name.clone();
            let known = Remembered { tool: self.own_tool(&name), arguments, verdict, reason: reason.clone() };
            self.state.decisions.push(known);
        }
        match verdict {
            Verdict::Allow => {
                self.disarm_call(at, out);
                self.question(at, Question::Tool, out);
            }
            Verdict::Deny => self.deny(at, reason, out),
        }
    }

    pub(super) fn deny(&mut self, at: usize, reason: Option<String>, out: &mut Vec<Effect>) {
        let content = match reason.filter(|reason| !reason.is_empty()) {
            Some(reason) => format!("The call was not approved: {}", json::quote(&reason, defaults::REASON_CHARS)),
            None => "The call was not approved.".to_owned(),
        };
        self.fail_call(at, Kind::Approval, content, out);
    }

    /// Whether nothing happens until somebody approves or denies a call: then the run's time stands still.
    pub(super) fn waits_for_people(&self) -> bool {
        let Phase::Tools(calls) = &self.state.phase else { return false };
        let is_open = |call: &&Call| matches!(call.stage, Stage::Asked { .. });
        let is_approval = |call: &Call| matches!(call.stage, Stage::Asked { about: Question::Approval, .. });
        let mut open = calls.iter().filter(is_open).peekable();
        let agents = &self.tree.children;
        (open.peek().is_some() || !agents.is_empty())
            && open.all(is_approval)
            && agents.iter().all(|child| child.run.waits_for_people())
    }
}

/// Reads a decision.
fn read(value: Value) -> Result<Decision, String> {
    let plain = |verdict| Decision { decision: verdict, reason: None, arguments: None, remember: None };
    match value {
        Value::Bool(true) => Ok(plain(Verdict::Allow)),
        Value::Bool(false) => Ok(plain(Verdict::Deny)),
        Value::Object(_) => serde_json::from_value(value).map_err(|error| format!("{error}; {EXPECTED}")),
        other => Err(format!("got {}; {EXPECTED}", json::type_name(&other))),
    }
}

const EXPECTED: &str = "expected true, false, or {decision: \"allow\" or \"deny\", reason?, arguments?, remember?: \"tool\" or \"arguments\"}";

/// A hash of arguments that does not depend on the order of members.
fn hash(arguments: &Value) -> String {
    let mut sorted = arguments.clone();
    sorted.sort_all_objects();
    hash::hex(&sorted.to_string(), 32)
}
