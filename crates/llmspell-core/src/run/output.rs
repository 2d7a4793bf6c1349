//! Structured output: how the model is held to a schema, and what is done with its answer.

use super::asking::Held;
use super::machine::Run;
use super::turn::is_cut;
use super::{Effect, Settings, Stamp, ToolChoice};
use crate::codec::OutputMode;
use crate::defaults;
use crate::error::{Error, Kind};
use crate::event::{EventBody, EventType, WarningCode};
use crate::message::{Message, Part, Role};
use crate::outcome::FinishReason;
use crate::output::OutputSchema;
use crate::partial::PartialJson;
use crate::repair::Repairs;
use crate::tool::{Tool, ToolSet};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What a run knows of its structured answer. A checkpoint keeps it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Output {
    /// Answers that did not fit.
    misfits: u32,
    /// The answer that fits, and its JSON.
    pub answer: Option<(Value, String)>,
}

/// What the model is told of the form in one request.
pub(super) struct Form {
    pub mode: OutputMode,
    pub schema: OutputSchema,
    pub name: String,
}

/// The answer that is being written.
#[derive(Debug)]
pub(super) struct Growing {
    json: PartialJson,
    schema: OutputSchema,
    mode: OutputMode,
    /// Whether the begin of the value has come.
    begun: bool,
    /// Bytes of the answer so far, and when the value was shown last.
    bytes: usize,
    shown: usize,
    /// Whether it changed since.
    unshown: bool,
}

impl Form {
    /// The tools with the one whose arguments are the answer.
    pub fn tools(&self, tools: &ToolSet) -> Result<ToolSet, Error> {
        let declaration = json!({
            "name": self.name,
            "description": "Gives the final answer. Call it once, when the answer is complete; its arguments are the answer.",
            "schema": self.schema.sent(OutputMode::Tool),
        });
        tools.with(Tool::from_json("output_schema", declaration)?)
    }

    /// Settings under which the model must call a tool, and in the end that one.
    pub fn force(&self, settings: &mut Settings, others: &ToolSet) {
        let last = ToolChoice::Named { name: self.name.clone() };
        settings.tool_choice = Some(match settings.tool_choice.take() {
            Some(ToolChoice::None) => last,
            Some(named @ ToolChoice::Named { .. }) => named,
            _ if others.is_empty() => last,
            _ => ToolChoice::Required,
        });
    }
}

impl Run {
    /// The form that answers must have on the route in use.
    pub(super) fn form(&self) -> Option<Form> {
        let settings = &self.state.settings;
        let schema = settings.output_schema.clone()?;
        let route = self.spec.route(self.state.tries.route);
        let codec = route.endpoint.codec;
        let mode = settings
            .output_mode
            .unwrap_or_else(|| codec.output_mode_for(route.model, schema.schema(), !self.spec.tools.is_empty()));
        let mut name = settings.output_name.clone().unwrap_or_else(|| defaults::OUTPUT_NAME.to_owned());
        if mode == OutputMode::Tool {
            while self.spec.tools.get(&name).is_some() || self.spec.tools.from_wire(&name) != name {
                name.push('_');
            }
        }
        Some(Form { mode, schema, name })
    }

    /// A reader for the answer's pieces, where the host wants to see it grow.
    pub(super) fn growing(&self, form: &Form) -> Option<Box<Growing>> {
        self.wants(EventType::ObjectDelta).then(|| {
            Box::new(Growing {
                json: PartialJson::default(),
                schema: form.schema.clone(),
                mode: form.mode,
                begun: form.mode != OutputMode::Prompt,
                bytes: 0,
                shown: 0,
                unshown: false,
            })
        })
    }

    /// Takes a piece of the answer's JSON.
    pub(super) fn grow(&mut self, piece: &str, out: &mut Vec<Effect>) {
        let Some(growing) = self.exchange.as_mut().and_then(|exchange| exchange.growing.as_mut()) else { return };
        if let Some(object) = growing.push(piece) {
            self.emit(EventBody::ObjectDelta { object }, out);
        }
    }

    /// Goes on with an answer that must have a form. A turn that is none, because it calls the agent's own tools, comes back.
    pub(super) fn take_answer(&mut self, mut turn: Held, stamp: Stamp, out: &mut Vec<Effect>) -> Option<Held> {
        let Some(form) = self.form() else { return Some(turn) };
        let called = turn
            .message
            .tool_calls
            .iter()
            .find(|call| form.mode == OutputMode::Tool && call.name == form.name)
            .cloned();
        let text = match &called {
            Some(call) => call.arguments.clone(),
            None if !turn.message.tool_calls.is_empty() || turn.goes_on => return Some(turn),
            None => turn.message.text(),
        };
        if let Some(refusal) = refusal(&turn.message).map(str::to_owned) {
            self.push_turn(turn);
            self.answer_calls("Not called: the answer was refused.", true);
            self.fail(Error::new(Kind::ContentFilter, format!("The model refused to answer: {refusal}")), out);
            return None;
        }
        let is_cut = is_cut(turn.finish_reason);
        let read = if is_cut {
            form.schema.read_cut(&text, form.mode).map(|value| (value, Repairs::default()))
        } else {
            form.schema.read(&text, form.mode)
        };
        match read {
            Ok((value, repairs)) => {
                if !repairs.is_empty() {
                    let code = Some(WarningCode::RepairedAnswer);
                    let message = format!("The model's answer was repaired: {}.", repairs.words());
                    let tool_call_id = called.as_ref().map(|call| call.id.clone());
                    self.emit(EventBody::Warning { code, message, tool_call_id }, out);
                }
                let plain = serde_json::from_str::<Value>(&text).is_ok_and(|own| own == value);
                let shown = if plain { text.trim().to_owned() } else { value.to_string() };
                self.state.output.answer = Some((value, shown));
                if called.is_some() && !is_cut {
                    turn.finish_reason = FinishReason::Stop;
                }
                self.check_output(0, turn, out);
            }
            Err(why) => self.mend_answer(turn, &form, &why, stamp, out),
        }
        None
    }

    /// Lets the model see what is wrong with its answer, or ends the run.
    fn mend_answer(&mut self, turn: Held, form: &Form, why: &str, stamp: Stamp, out: &mut Vec<Effect>) {
        let cut = match turn.finish_reason {
            FinishReason::Length => Some((Kind::Validation, "it was cut off at the limit of tokens; raise max_tokens")),
            FinishReason::ContentFilter => Some((Kind::ContentFilter, "the provider's filter cut it off")),
            _ => None,
        };
        self.push_turn(turn);
        let misfits = self.state.output.misfits.saturating_add(1);
        self.state.output.misfits = misfits;
        let settings = &self.state.settings;
        let most = settings.output_retries.unwrap_or(defaults::OUTPUT_RETRIES);
        let last_step = self.state.step >= settings.max_steps.unwrap_or(defaults::MAX_STEPS);
        if cut.is_some() || misfits > most || last_step {
            self.answer_calls(&format!("The arguments do not fit: {why}."), true);
            let (kind, note) = cut.unwrap_or((Kind::Validation, ""));
            let note = if note.is_empty() { String::new() } else { format!("{note}; ") };
            let tries = if misfits > 1 { format!(" ({misfits} answers)") } else { String::new() };
            let message = format!("The answer does not fit output_schema: {note}{why}{tries}");
            self.end_step(out);
            return self.fail(Error::new(kind, message), out);
        }
        if self.answer_calls(&format!("The arguments do not fit: {why}. Mend them and call {} again.", form.name), true)
        {
            // The result of the call says it.
        } else {
            let words = format!(
                "Your answer does not fit the schema: {why}. Answer again with one JSON value that fits it, and nothing else."
            );
            self.state.added.push(Message::user(words).into());
        }
        self.end_step(out);
        self.start_step(stamp, out);
    }

    /// Gives every call of the latest turn a result, so that a provider takes the history. Whether there was one.
    pub(super) fn answer_calls(&mut self, words: &str, is_error: bool) -> bool {
        let form = self.form();
        let Some(turn) = self.state.added.last().filter(|turn| turn.role == Role::Assistant) else { return false };
        if turn.tool_calls.is_empty() {
            return false;
        }
        let result = |call: &crate::message::ToolCall| {
            let is_last = form.as_ref().is_some_and(|form| form.name == call.name);
            Part::ToolResult {
                tool_call_id: call.id.clone(),
                name: call.name.clone(),
                content: if is_last {
                    words.to_owned()
                } else {
                    "Not called: the answer was given beside it.".to_owned()
                },
                parts: Vec::new(),
                is_error: is_error || !is_last,
            }
        };
        let results = turn.tool_calls.iter().map(result).collect();
        self.state.added.push(Message::new(Role::Tool, results).into());
        true
    }

    /// Holds a text that the host put in place of the answer to the schema.
    ///
    /// # Errors
    /// `validation` where it does not fit.
    pub(super) fn replace_answer(&mut self, text: &str) -> Result<(), Error> {
        let Some(form) = self.form() else { return Ok(()) };
        let (value, _) = form.schema.read(text, OutputMode::Prompt).map_err(|why| {
            Error::new(Kind::Validation, format!("The text in place of the answer does not fit output_schema: {why}"))
        })?;
        self.state.output.answer = Some((value, text.trim().to_owned()));
        Ok(())
    }
}

impl Growing {
    /// The value so far, where it changed. A large one is shown when it grew by a part, and at its end: each look copies it, so
    /// all of them together cost a few times the whole and no more.
    fn push(&mut self, piece: &str) -> Option<Value> {
        let piece = if self.begun {
            piece
        } else {
            // Words and a fence may come before the value.
            let at = piece.find(['{', '['])?;
            self.begun = true;
            piece.get(at..)?
        };
        self.bytes += piece.len();
        let was_whole = self.json.is_whole();
        self.unshown |= self.json.push(piece);
        let is_done = self.json.is_whole() && !was_whole;
        let step = if self.bytes > defaults::OBJECT_BYTES { self.bytes / defaults::OBJECT_GROWTH } else { 1 };
        if !self.unshown || (self.bytes - self.shown < step && !is_done) {
            return None;
        }
        self.unshown = false;
        self.shown = self.bytes;
        self.json.value().and_then(|value| self.schema.so_far(value, self.mode))
    }
}

fn refusal(message: &Message) -> Option<&str> {
    message.content.iter().find_map(|part| match part {
        Part::Refusal { text } => Some(text.as_str()),
        _ => None,
    })
}
