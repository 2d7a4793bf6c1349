//! Guardrails: the host judges the input before the model sees it, and the answer before the run is done.

use super::asking::{About, Held, Reason, read, stopped, unclear, unless_stopped};
use super::history;
use super::machine::Run;
use super::{Effect, Stamp};
use crate::defaults;
use crate::error::Error;
use crate::event::EventBody;
use crate::message::{Message, Part, Role};
use serde::Deserialize;
use serde_json::Value;

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct OnInput {
    input: Option<Value>,
    answer: Option<String>,
    stop: Option<Reason>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct OnOutput {
    text: Option<String>,
    retry: Option<String>,
    stop: Option<Reason>,
}

const ON_INPUT: &str = "true, false, null, or {input?, answer?, stop?}";
const ON_OUTPUT: &str = "true, false, null, or {text?, retry?, stop?}";

impl Run {
    /// Asks the input guardrails from the `at`-th on, one after another; then the first step begins.
    pub(super) fn check_input(&mut self, at: usize, stamp: Stamp, out: &mut Vec<Effect>) {
        match self.spec.checks.input_guardrails.get(at).cloned() {
            Some(name) => self.ask_host(About::Input { at, name }, out),
            None => self.start_step(stamp, out),
        }
    }

    /// Text of what the run was asked: the user's words, and results of tools that are the caller's.
    pub(super) fn input_text(&self) -> String {
        let mut texts = Vec::new();
        for message in self.own_messages() {
            match message.role {
                Role::User => texts.push(message.text()),
                Role::Tool => texts.extend(message.content.iter().filter_map(|part| match part {
                    Part::ToolResult { content, .. } => Some(content.clone()),
                    _ => None,
                })),
                Role::System | Role::Assistant => {}
            }
        }
        texts.join("\n")
    }

    pub(super) fn input_judged(
        &mut self,
        at: usize,
        who: &str,
        value: Value,
        stamp: Stamp,
        out: &mut Vec<Effect>,
    ) -> Result<(), Error> {
        if value == Value::Bool(false) {
            return Err(stopped(who, ""));
        }
        let verdict: OnInput = read(who, value, ON_INPUT)?;
        unless_stopped(who, verdict.stop)?;
        if let Some(text) = verdict.answer {
            self.replace_answer(&text)?;
            self.emit(EventBody::TextDelta { text: text.clone() }, out);
            self.answer_run(Held::answer(text), out);
            return Ok(());
        }
        if let Some(input) = verdict.input {
            let unclear = |error: Error| unclear(who, &error.message, ON_INPUT);
            let messages = Message::read_run_input(input).map_err(unclear)?;
            self.part_input();
            self.state.added = messages.into_iter().map(Into::into).collect();
            self.state.question = history::question(&self.state.added);
            let mended = self.join_input().map_err(unclear)?;
            self.tell_mended(mended, out);
        }
        self.check_input(at + 1, stamp, out);
        Ok(())
    }

    /// Asks the output guardrails from the `at`-th on, one after another; then the run is done.
    pub(super) fn check_output(&mut self, at: usize, turn: Held, out: &mut Vec<Effect>) {
        match self.spec.checks.output_guardrails.get(at).cloned() {
            Some(name) => self.ask_host(About::Output { at, name, turn }, out),
            None => self.finish_turn(turn, out),
        }
    }

    pub(super) fn output_judged(
        &mut self,
        at: usize,
        mut turn: Held,
        who: &str,
        value: Value,
        stamp: Stamp,
        out: &mut Vec<Effect>,
    ) -> Result<(), Error> {
        let verdict: OnOutput = if value == Value::Bool(false) {
            OnOutput { stop: Some(Reason::Plain(true)), ..OnOutput::default() }
        } else {
            match read(who, value, ON_OUTPUT) {
                Ok(verdict) => verdict,
                Err(error) => {
                    let name = self.spec.checks.output_guardrails.get(at).cloned().unwrap_or_default();
                    return Err(self.held(About::Output { at, name, turn }, error));
                }
            }
        };
        let stop = verdict.stop.and_then(Reason::given);
        if stop.is_some() || verdict.retry.is_some() || verdict.text.is_some() {
            // What is not accepted is no part of any result.
            self.state.output.answer = None;
        }
        if let Some(reason) = stop {
            return Err(stopped(who, &reason));
        }
        if let Some(feedback) = verdict.retry {
            if self.state.sent_back >= defaults::GUARDRAIL_RETRIES {
                let most = defaults::GUARDRAIL_RETRIES;
                return Err(stopped(who, &format!("after {most} more tries the answer still is: {feedback}")));
            }
            self.state.sent_back = self.state.sent_back.saturating_add(1);
            self.state.rejected.push(self.state.added.len());
            self.push_turn(turn);
            self.answer_calls("It is not accepted; see below.", true);
            self.state.added.push(Message::user(feedback).into());
            self.end_step(out);
            self.start_step(stamp, out);
            return Ok(());
        }
        if let Some(text) = verdict.text {
            self.replace_answer(&text)?;
            self.replace_text(&mut turn, text);
        }
        self.check_output(at + 1, turn, out);
        Ok(())
    }
}
