//! Questions to the host that the whole run waits for: hooks around the model, and guardrails.

use super::machine::{Phase, Run};
use super::output::Form;
use super::{Effect, Stamp, TimerId};
use crate::codec::{OutputMode, own_words};
use crate::error::{Error, Kind};
use crate::event::EventBody;
use crate::message::{Message, Part, Raw, Role};
use crate::outcome::FinishReason;
use crate::request::{Failure, Guardrail, GuardrailOn, Hook, Reply, Request, What};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A question that is open.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Asking {
    pub request_id: String,
    pub about: About,
}

/// What it is about.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum About {
    /// Input guardrail by position, with its name.
    Input { at: usize, name: String },
    /// The hook in place of the summary's model.
    Compact,
    /// The hook before the model.
    BeforeModel,
    /// The hook after it.
    AfterModel { turn: Held },
    /// Output guardrail by position, with its name.
    Output { at: usize, name: String, turn: Held },
}

/// A turn of the model that is not yet part of the conversation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Held {
    pub message: Message,
    pub finish_reason: FinishReason,
    /// The provider paused the turn: it goes on when it is sent back.
    pub goes_on: bool,
}

impl Held {
    /// An answer that the host gives in place of the model.
    pub(super) fn answer(text: String) -> Self {
        let message = Message::new(Role::Assistant, vec![Part::Text { text }]);
        Self { message, finish_reason: FinishReason::Stop, goes_on: false }
    }
}

impl Run {
    /// What a turn says: the structured answer where a call holds it, else its text.
    pub(super) fn said(&self, message: &Message) -> String {
        let call = self.answer_form().and_then(|form| message.tool_calls.iter().find(|call| call.name == form.name));
        call.map_or_else(|| message.text(), |call| call.arguments.clone())
    }

    /// Has a turn say something else, where a call holds the structured answer in that call. The provider's own form of the
    /// turn goes, because it would say the old words, unless calls need what is signed in it.
    pub(super) fn replace_text(&self, turn: &mut Held, text: String) {
        let message = &mut turn.message;
        message.content.retain(|part| matches!(part, Part::Reasoning { .. } | Part::Other(_)));
        let raw = message.raw.take();
        if let Some(form) = self.answer_form()
            && let Some(call) = message.tool_calls.iter_mut().find(|call| call.name == form.name)
        {
            // A text that was not held to the schema yet will be, like the model's own.
            let judged = self.state.output.answer.as_ref();
            call.arguments = judged.map_or(text, |(value, _)| form.schema.written(value, form.mode));
            return;
        }
        let has_calls = !message.tool_calls.is_empty();
        let signed = raw.filter(|_| has_calls);
        message.raw = signed.and_then(|raw| Some(Raw { value: own_words::with_text(&raw.value, &text)?, ..raw }));
        if !text.is_empty() || !has_calls {
            message.content.push(Part::Text { text });
        }
    }

    /// The form of answers that come as a call.
    fn answer_form(&self) -> Option<Form> {
        self.form().filter(|form| form.mode == OutputMode::Tool)
    }

    /// Puts a question before the host.
    pub(super) fn ask_host(&mut self, about: About, out: &mut Vec<Effect>) {
        let request_id = self.next_request();
        self.state.phase = Phase::Asking(Box::new(Asking { request_id, about }));
        self.ask_host_again(out);
    }

    /// The open question, also once more after a restore.
    pub(super) fn ask_host_again(&mut self, out: &mut Vec<Effect>) {
        let Phase::Asking(asking) = &self.state.phase else { return };
        let (id, what) = (asking.request_id.clone(), self.question_about(&asking.about));
        self.emit(EventBody::Request(Request { id, what }), out);
        self.arm(TimerId::Hook, self.spec.limits.hook_timeout_ms, out);
    }

    fn question_about(&self, about: &About) -> What {
        let state = &self.state;
        let step = state.step;
        match about {
            About::Input { name, .. } => What::Guardrail(Guardrail {
                name: name.clone(),
                on: GuardrailOn::Input,
                step,
                text: self.input_text(),
                messages: self.own_messages(),
            }),
            About::BeforeModel => What::Hook(Hook::BeforeModel {
                step,
                system_prompt: self.spec.system_prompt.clone(),
                messages: self.visible().into_iter().cloned().collect(),
            }),
            About::Compact => What::Hook(Hook::Compact { step, messages: self.folding() }),
            About::AfterModel { turn } => What::Hook(Hook::AfterModel {
                step,
                text: self.said(&turn.message),
                message: Box::new(Message { raw: None, ..turn.message.clone() }),
                usage: state.turn_usage,
                finish_reason: turn.finish_reason,
            }),
            About::Output { name, turn, .. } => What::Guardrail(Guardrail {
                name: name.clone(),
                on: GuardrailOn::Output,
                step,
                text: state.output.answer.as_ref().map_or_else(|| turn.message.text(), |(_, text)| text.clone()),
                messages: Vec::new(),
            }),
        }
    }

    pub(super) fn reply(&mut self, reply: Reply, stamp: Stamp, out: &mut Vec<Effect>) {
        match &self.state.phase {
            Phase::Tools(_) => self.tool_replied(reply, stamp, out),
            Phase::Asking(asking) if asking.request_id == reply.id => {
                self.disarm(TimerId::Hook, out);
                self.host_answered(reply.outcome, stamp, out);
            }
            _ => {}
        }
    }

    fn host_answered(&mut self, outcome: Result<Value, Failure>, stamp: Stamp, out: &mut Vec<Effect>) {
        let Phase::Asking(asking) = &self.state.phase else { return };
        let who = asking.about.who();
        let value = match outcome {
            Ok(value) => value,
            // Like a summary that no model wrote: nothing was to be checked.
            Err(failure) if matches!(asking.about, About::Compact) => {
                return self.compacted(Err(failed(&who, &failure.message).message), stamp, out);
            }
            Err(failure) => return self.fail(failed(&who, &failure.message), out),
        };
        let Phase::Asking(asking) = std::mem::replace(&mut self.state.phase, Phase::Model) else { return };
        let done = match asking.about {
            About::Input { at, .. } => self.input_judged(at, &who, value, stamp, out),
            About::Compact => self.compact_answered(&who, value, stamp, out),
            About::BeforeModel => self.before_model_answered(&who, value, stamp, out),
            About::AfterModel { turn } => self.after_model_answered(turn, &who, value, stamp, out),
            About::Output { at, turn, .. } => self.output_judged(at, turn, &who, value, stamp, out),
        };
        if let Err(error) = done {
            self.fail(error, out);
        }
    }

    /// Notes again what an answer that cannot be used was about: nobody has rejected it, so it is part of what there is.
    pub(super) fn held(&mut self, about: About, error: Error) -> Error {
        self.state.phase = Phase::Asking(Box::new(Asking { request_id: String::new(), about }));
        error
    }

    pub(super) fn host_timed_out(&mut self, stamp: Stamp, out: &mut Vec<Effect>) {
        let Phase::Asking(asking) = &self.state.phase else { return };
        let error = late(&asking.about.who(), self.spec.limits.hook_timeout_ms);
        if matches!(asking.about, About::Compact) {
            return self.compacted(Err(error.message), stamp, out);
        }
        self.fail(error, out);
    }

    /// Text of the turn that is held back, for a partial result.
    pub(super) fn held_text(&self) -> Option<String> {
        let Phase::Asking(asking) = &self.state.phase else { return None };
        match &asking.about {
            About::AfterModel { turn } | About::Output { turn, .. } => Some(self.said(&turn.message)),
            About::Input { .. } | About::Compact | About::BeforeModel => None,
        }
    }

    /// Whether what is asked is still among what the host checks: a run may be restored by an agent that has other checks.
    pub(super) fn still_checks(&self) -> Result<(), String> {
        use super::HookPoints;
        let Phase::Asking(asking) = &self.state.phase else { return Ok(()) };
        let checks = &self.spec.checks;
        let there = match &asking.about {
            About::Input { at, name } => checks.input_guardrails.get(*at) == Some(name),
            About::Output { at, name, .. } => checks.output_guardrails.get(*at) == Some(name),
            About::Compact => checks.hooks.has(HookPoints::COMPACT),
            About::BeforeModel => checks.hooks.has(HookPoints::BEFORE_MODEL),
            About::AfterModel { .. } => checks.hooks.has(HookPoints::AFTER_MODEL),
        };
        if there { Ok(()) } else { Err(asking.about.who()) }
    }
}

impl About {
    /// What it is called in errors.
    fn who(&self) -> String {
        match self {
            Self::Input { name, .. } => format!("input guardrail {name:?}"),
            Self::Output { name, .. } => format!("output guardrail {name:?}"),
            Self::Compact => "hook compact".to_owned(),
            Self::BeforeModel => "hook before_model".to_owned(),
            Self::AfterModel { .. } => "hook after_model".to_owned(),
        }
    }
}

/// A reason to stop: a text, or true for none.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Reason {
    Text(String),
    Plain(bool),
}

impl Reason {
    /// The reason, unless it says that there is none to stop.
    pub(super) fn given(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text),
            Self::Plain(true) => Some(String::new()),
            Self::Plain(false) => None,
        }
    }
}

/// Reads an answer to a question; null and true change nothing. `expected` says what it may be.
///
/// # Errors
/// `policy`, with what is wrong: who cannot say what it wants may have wanted to stop the run.
pub(super) fn read<T: DeserializeOwned + Default>(who: &str, value: Value, expected: &str) -> Result<T, Error> {
    match value {
        Value::Null | Value::Bool(true) => Ok(T::default()),
        Value::Object(_) => serde_json::from_value(value).map_err(|error| unclear(who, &error.to_string(), expected)),
        other => Err(unclear(who, &format!("got {}", crate::json::type_name(&other)), expected)),
    }
}

pub(super) fn unclear(who: &str, why: &str, expected: &str) -> Error {
    Error::new(
        Kind::Policy,
        format!("The {who} gave an answer that cannot be used, so the run was stopped: {why}; expected {expected}"),
    )
}

/// What the host's reply asks for, like [`read`]; a failure ends the run.
pub(super) fn heard<T: DeserializeOwned + Default>(
    who: &str,
    outcome: Result<Value, Failure>,
    expected: &str,
) -> Result<T, Error> {
    read(who, outcome.map_err(|failure| failed(who, &failure.message))?, expected)
}

/// The error of [`stopped`], if a reason to stop was given.
pub(super) fn unless_stopped(who: &str, stop: Option<Reason>) -> Result<(), Error> {
    stop.and_then(Reason::given).map_or(Ok(()), |reason| Err(stopped(who, &reason)))
}

/// The error of a run that somebody stopped.
pub(super) fn stopped(who: &str, reason: &str) -> Error {
    let reason = crate::json::quote(reason, crate::defaults::REASON_CHARS);
    let message = if reason.is_empty() {
        format!("The {who} stopped the run.")
    } else {
        format!("The {who} stopped the run: {reason}")
    };
    Error::new(Kind::Policy, message)
}

/// The error of a run whose hook or guardrail failed: it ends, because what was to be checked was not.
pub(super) fn failed(who: &str, why: &str) -> Error {
    let why = crate::json::quote(why, crate::defaults::REASON_CHARS);
    Error::new(Kind::Policy, format!("The {who} failed, so the run was stopped: {why}")).with_cause(why)
}

pub(super) fn late(who: &str, limit_ms: u64) -> Error {
    failed(who, &format!("it did not answer within {limit_ms} ms; raise hook_timeout_ms if that is expected"))
}
