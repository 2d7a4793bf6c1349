//! The model's part of a step: send the conversation, receive the answer.

use super::asking::Held;
use super::machine::{Call, Phase, Run, Stage, timed_out};
use super::output::Growing;
use super::{Effect, Settings, Stamp, Timer, TimerId, ToolChoice};
use crate::codec::{Decoder, Delta, Notice, OutputMode, Progress, Turn};
use crate::defaults;
use crate::error::{Error, Kind};
use crate::event::{EventBody, EventType};
use crate::http::{HttpRequest, Secret};
use crate::message::{Message, Raw, Role, ToolCall};
use crate::outcome::FinishReason;
use crate::rate::Pace;
use crate::usage::Usage;
use std::sync::Arc;

/// Bytes of a request that make a token, roughly.
const BYTES_PER_TOKEN: u64 = 4;

/// An answer that is being received.
#[derive(Debug)]
pub(super) struct Exchange {
    pub number: u64,
    decoder: Box<dyn Decoder>,
    head: Option<(u16, Vec<(String, String)>)>,
    /// Body of an answer with a failure status.
    refusal: Vec<u8>,
    /// Text received so far, for a partial result.
    pub text: String,
    /// The limit whose line the request waits in.
    waits: Option<Pace>,
    /// The limit that it counted to when it was sent.
    pace: Option<Pace>,
    /// Tokens of the request, and of what came of its answer, roughly.
    tokens: (u64, u64),
    /// Whether a piece of the answer came.
    pub emitted: bool,
    /// The structured answer, where the host wants to see it grow.
    pub growing: Option<Box<Growing>>,
    /// The tool whose arguments are the answer.
    answer_tool: Option<String>,
    began: bool,
    lingering: bool,
}

impl Run {
    /// Sends the conversation to the model.
    pub(super) fn send(&mut self, stamp: Stamp, out: &mut Vec<Effect>) {
        self.state.phase = Phase::Model;
        let spec = Arc::clone(&self.spec);
        let place = spec.route(self.state.tries.route);
        let endpoint = place.endpoint;
        let mut settings = self.step_settings();
        let form = self.form();
        let answer_tool = form.as_ref().filter(|form| form.mode == OutputMode::Tool);
        if let Some(form) = answer_tool {
            form.force(&mut settings, &spec.tools);
        }
        let messages = self.visible();
        let estimate = self.state.view.weigh(&spec, &messages);
        let messages: Vec<&Message> = messages.into_iter().map(AsRef::as_ref).collect();
        let mut turn = spec.turn_request_at(place, &settings, &messages);
        turn.system_prompt = self.state.changes.system_prompt.as_deref().or(turn.system_prompt);
        let (format, tools, prompt);
        match form.as_ref().map(|form| (form, form.mode)) {
            Some((form, OutputMode::Native)) => {
                format = form.schema.format(&form.name);
                turn.output = Some(&format);
            }
            Some((form, OutputMode::Tool)) => {
                tools = match form.tools(&spec.tools) {
                    Ok(tools) => tools,
                    Err(error) => return self.fail(error, out),
                };
                turn.tools = &tools;
            }
            Some((_, OutputMode::Prompt)) | None => {}
        }
        if let Some(words) = form.as_ref().and_then(|form| form.schema.instructions(form.mode)) {
            prompt = turn.system_prompt.map_or_else(|| words.clone(), |own| format!("{own}\n\n{words}"));
            turn.system_prompt = Some(&prompt);
        }
        let encoded = match endpoint.codec.encode(&turn) {
            Ok(encoded) => encoded,
            // Another wire format may say what this one cannot.
            Err(error) if self.state.tries.route > 0 => return self.fall_back(error, "", stamp, out),
            Err(error) => return self.fail(error, out),
        };
        self.state.view.estimate = estimate;
        let number = self.state.exchanges.saturating_add(1);
        self.state.exchanges = number;
        self.exchange = Some(Exchange {
            number,
            decoder: endpoint.codec.decoder(stamp.random, self.redactor()),
            head: None,
            refusal: Vec::new(),
            text: String::new(),
            waits: None,
            pace: None,
            tokens: (0, 0),
            emitted: false,
            growing: form.as_ref().and_then(|form| self.growing(form)),
            answer_tool: answer_tool.map(|form| form.name.clone()),
            began: false,
            lingering: false,
        });
        // All routes of an agent share its way to the network.
        let way = spec.endpoint.way;
        let headers = with_headers(encoded.headers, &endpoint.headers);
        for message in encoded.warnings {
            self.emit(EventBody::warning(message), out);
        }
        let tokens = encoded.body.len() as u64 / BYTES_PER_TOKEN;
        let most = tokens.saturating_add(settings.max_tokens.unwrap_or(0));
        let pace = spec.pace(self.state.tries.route, most);
        if let Some(exchange) = &mut self.exchange {
            exchange.waits = pace;
            exchange.tokens.0 = tokens;
        }
        out.push(Effect::Send(HttpRequest {
            exchange: number,
            way,
            url: encoded.url,
            headers,
            body: encoded.body,
            pace,
        }));
        if pace.is_none() {
            self.arm(TimerId::FirstEvent, self.spec.limits.first_event_timeout_ms, out);
        }
    }

    /// A request that had to wait for its turn is on its way; `counted` where it took from the account's means.
    pub(super) fn sent(&mut self, number: u64, counted: bool, out: &mut Vec<Effect>) {
        let Some(exchange) = self.current(number) else { return };
        exchange.pace = exchange.waits.take().filter(|_| counted);
        if !exchange.began {
            self.arm(TimerId::FirstEvent, self.spec.limits.first_event_timeout_ms, out);
        }
    }

    /// The settings of this step: a forced tool is forced once, or the run would never end.
    fn step_settings(&self) -> Settings {
        let mut settings = self.state.settings.clone();
        if self.state.step > 1 && matches!(settings.tool_choice, Some(ToolChoice::Required | ToolChoice::Named { .. }))
        {
            settings.tool_choice = Some(ToolChoice::Auto);
        }
        self.state.changes.settings.clone().over(&settings)
    }

    fn current(&mut self, number: u64) -> Option<&mut Exchange> {
        self.exchange.as_mut().filter(|exchange| exchange.number == number)
    }

    pub(super) fn head(&mut self, number: u64, status: u16, headers: Vec<(String, String)>) {
        if let Some(exchange) = self.current(number) {
            exchange.head = Some((status, headers));
        }
    }

    pub(super) fn bytes(&mut self, number: u64, bytes: &[u8], stamp: Stamp, out: &mut Vec<Effect>) {
        let (run, idle_ms) = (self.state.number, self.spec.limits.idle_timeout_ms);
        let Some(exchange) = self.current(number) else { return };
        let timer = |id| Timer { run, id };
        if !std::mem::replace(&mut exchange.began, true) {
            out.push(Effect::Disarm(timer(TimerId::FirstEvent)));
        }
        if exchange.refused() {
            let room = defaults::FAILURE_BYTES.saturating_sub(exchange.refusal.len());
            exchange.refusal.extend(bytes.iter().take(room));
            out.push(Effect::Arm { timer: timer(TimerId::Idle), after_ms: idle_ms });
            if bytes.len() >= room {
                // Nothing that still comes is kept.
                out.push(Effect::Abort { exchange: number });
                self.end(number, stamp, out);
            }
            return;
        }
        let mut deltas = Vec::new();
        let pushed = exchange.decoder.push(bytes, &mut deltas);
        if !exchange.lingering {
            let progress = exchange.decoder.progress();
            exchange.lingering = progress == Progress::Complete;
            let after_ms = match progress {
                Progress::Partial => idle_ms,
                Progress::Finished => defaults::AFTER_FINISH_MS.min(idle_ms),
                Progress::Complete => defaults::LINGER_MS,
            };
            out.push(Effect::Arm { timer: timer(TimerId::Idle), after_ms });
        }
        self.emit_deltas(deltas, out);
        if let Err(error) = pushed {
            self.attempt_failed(error, stamp, out);
        }
    }

    fn emit_deltas(&mut self, deltas: Vec<Delta>, out: &mut Vec<Effect>) {
        if let Some(exchange) = &mut self.exchange {
            exchange.emitted |= !deltas.is_empty();
            exchange.tokens.1 += deltas.iter().map(Delta::weight).sum::<u64>();
        }
        for delta in deltas {
            let Some(delta) = self.of_answer(delta, out) else { continue };
            if matches!(delta, Delta::ToolCall { .. }) && !self.is_wanted(EventType::ToolCallDelta) {
                continue;
            }
            let body = match delta {
                Delta::Text(text) => {
                    if let Some(exchange) = &mut self.exchange {
                        exchange.text.push_str(&text);
                    }
                    EventBody::TextDelta { text }
                }
                Delta::Reasoning(text) => EventBody::ReasoningDelta { text },
                Delta::ToolCall { id, name, arguments } => EventBody::ToolCallDelta {
                    tool_call_id: id,
                    name: self.spec.tools.from_wire(&name).to_owned(),
                    arguments_delta: arguments,
                },
            };
            self.emit(body, out);
        }
    }

    /// Keeps a piece of the call that is the answer; any other comes back.
    fn of_answer(&mut self, delta: Delta, out: &mut Vec<Effect>) -> Option<Delta> {
        let exchange = self.exchange.as_mut()?;
        match (&delta, &exchange.answer_tool) {
            (Delta::ToolCall { name, arguments, .. }, Some(tool)) if name == tool => {
                exchange.text.push_str(arguments);
                self.grow(arguments, out);
                return None;
            }
            (Delta::Text(text), None) => self.grow(text, out),
            _ => {}
        }
        Some(delta)
    }

    pub(super) fn end(&mut self, number: u64, stamp: Stamp, out: &mut Vec<Effect>) {
        if self.current(number).is_none() {
            return;
        }
        let Some(mut exchange) = self.exchange.take() else { return };
        self.disarm(TimerId::FirstEvent, out);
        self.disarm(TimerId::Idle, out);
        if let Some((status, headers)) = exchange.head.as_ref().filter(|_| exchange.refused()) {
            let codec = self.spec.route(self.state.tries.route).endpoint.codec;
            let error = codec.failure(*status, headers, &exchange.refusal, &self.redactor());
            if let Some(pace) = exchange.pace {
                out.push(Effect::Used { pace, tokens: 0 });
                if let Some(for_ms) = error.retry_after_ms.filter(|_| error.kind == Kind::RateLimit) {
                    out.push(Effect::Close { pace, for_ms });
                }
            }
            return self.attempt_failed(error, stamp, out);
        }
        let mut deltas = Vec::new();
        let finished = exchange.decoder.finish(&mut deltas);
        // The deltas belong to this exchange still, for a partial result.
        self.exchange = Some(exchange);
        self.emit_deltas(deltas, out);
        match finished {
            Ok(turn) => {
                let Some(exchange) = self.exchange.take() else { return };
                let usage = exchange.counted(&turn.usage);
                if let Some(pace) = exchange.pace {
                    out.push(Effect::Used { pace, tokens: usage.total_tokens });
                }
                self.spend_turn(&usage, usage != turn.usage, out);
                self.take_turn(turn, stamp, out);
            }
            Err(error) => self.attempt_failed(error, stamp, out),
        }
    }

    /// A connection that breaks after the model was done loses nothing.
    pub(super) fn exchange_failed(&mut self, number: u64, error: Error, stamp: Stamp, out: &mut Vec<Effect>) {
        let Some(exchange) = self.current(number) else { return };
        if exchange.is_answered() {
            return self.end(number, stamp, out);
        }
        if exchange.head.is_none() {
            // A request that got nowhere has most likely cost the account nothing.
            exchange.tokens = (0, 0);
        }
        self.attempt_failed(error, stamp, out);
    }

    pub(super) fn answer_timed_out(&mut self, timer: TimerId, stamp: Stamp, out: &mut Vec<Effect>) {
        let Some(exchange) = &self.exchange else { return };
        let number = exchange.number;
        if exchange.is_answered() {
            out.push(Effect::Abort { exchange: number });
            return self.end(number, stamp, out);
        }
        let limits = self.spec.limits;
        let error = match timer {
            TimerId::FirstEvent => {
                timed_out("The provider sent nothing for", limits.first_event_timeout_ms, "first_event_timeout_ms")
            }
            _ => timed_out("The provider fell silent for", limits.idle_timeout_ms, "idle_timeout_ms"),
        };
        self.attempt_failed(error, stamp, out);
    }

    fn take_turn(&mut self, mut turn: Turn, stamp: Stamp, out: &mut Vec<Effect>) {
        let place = self.spec.route(self.state.tries.route);
        let (provider, model) = (place.endpoint.provider.clone(), place.model.to_owned());
        // Tokens that nobody reported have no price, or the turn would seem to be free.
        if turn.usage.total_tokens > 0 {
            turn.usage.cost = place.model_info.prices.cost(&turn.usage);
        }
        let tool_calls: Vec<ToolCall> = turn
            .tool_calls
            .into_iter()
            .map(|call| ToolCall { name: self.spec.tools.from_wire(&call.name).to_owned(), ..call })
            .collect();
        let state = &mut self.state;
        state.usage.add(&turn.usage);
        state.turn_usage = turn.usage;
        state.view.reported(&turn.usage);
        // A provider that does not name its model has answered with the one that was asked.
        let same = state.provider.as_ref() == Some(&provider);
        state.model = turn.model.or_else(|| state.model.take().filter(|_| same)).or(Some(model));
        state.provider = Some(provider.clone());
        state.finish_reason = if tool_calls.is_empty() || is_cut(turn.finish_reason) {
            turn.finish_reason
        } else {
            FinishReason::ToolCalls
        };
        let raw = turn.raw.map(|value| Raw { provider, value });
        let message =
            Message { role: Role::Assistant, content: turn.content, tool_calls, raw, metadata: turn.metadata };
        let finish_reason = self.state.finish_reason;
        for Notice { code, message, tool_call_id } in turn.notices {
            self.emit(EventBody::Warning { code, message, tool_call_id }, out);
        }
        let turn = Held { message, finish_reason, goes_on: turn.goes_on };
        self.after_model(turn, stamp, out);
    }

    /// Makes a turn part of the conversation.
    pub(super) fn push_turn(&mut self, turn: Held) {
        self.state.turns = self.state.turns.saturating_add(1);
        self.state.added.push(turn.message.into());
    }

    /// Goes on with a turn of the model: calls its tools, or ends with its answer.
    pub(super) fn accept_turn(&mut self, turn: Held, stamp: Stamp, out: &mut Vec<Effect>) {
        let Some(turn) = self.take_answer(turn, stamp, out) else { return };
        let (goes_on, cut) = (turn.goes_on, is_cut(turn.finish_reason));
        let asked = turn.message.tool_calls.clone();
        if asked.is_empty() && !goes_on {
            return self.check_output(0, turn, out);
        }
        self.push_turn(turn);
        if asked.is_empty() {
            self.end_step(out);
            return self.start_step(stamp, out);
        }
        if cut {
            // They may be cut themselves: the model learns that, and nothing is called.
            let calls = asked.into_iter().enumerate();
            self.state.phase =
                Phase::Tools(calls.map(|(of, call)| Call { stage: cut_off(), ..Call::new(of, call) }).collect());
            self.report_cut_calls(out);
        } else {
            self.start_calls(&asked, out);
        }
        // What one turn used too much is not made worse by calls whose results nobody would read.
        match self.check_budget() {
            Ok(()) => self.pump_tools(stamp, out),
            Err(error) => self.fail(error, out),
        }
    }

    /// The answer of a step is final.
    pub(super) fn finish_turn(&mut self, turn: Held, out: &mut Vec<Effect>) {
        self.state.finish_reason = turn.finish_reason;
        if self.state.output.answer.is_none()
            && let Err(error) = self.replace_answer(&turn.message.text())
        {
            return self.fail(error, out);
        }
        self.push_turn(turn);
        self.answer_calls("This is the answer.", false);
        self.end_step(out);
        self.state.answered = true;
        self.done(out);
    }

    /// Ends the run before its first step with an answer of the host.
    pub(super) fn answer_run(&mut self, turn: Held, out: &mut Vec<Effect>) {
        self.state.finish_reason = turn.finish_reason;
        self.state.added.push(turn.message.into());
        self.state.answered = true;
        self.done(out);
    }

    pub(super) fn end_step(&mut self, out: &mut Vec<Effect>) {
        let body = EventBody::StepEnd { usage: self.state.turn_usage, finish_reason: self.state.finish_reason };
        self.emit(body, out);
    }

    /// Drops the answer that is being received.
    pub(super) fn abort(&mut self, out: &mut Vec<Effect>) {
        if let Some(exchange) = self.exchange.take() {
            if let Some(pace) = exchange.pace {
                let tokens = exchange.counted(&Usage::default()).total_tokens;
                out.push(Effect::Used { pace, tokens });
            }
            out.push(Effect::Abort { exchange: exchange.number });
        }
    }
}

/// Whether an answer that ended so is cut.
pub(super) const fn is_cut(finish_reason: FinishReason) -> bool {
    matches!(finish_reason, FinishReason::Length | FinishReason::ContentFilter)
}

fn cut_off() -> Stage {
    Stage::Answered {
        content:
            "Error: the answer was cut off before this call was whole, so nothing was called. Answer more briefly, \
                  or call one tool at a time."
                .to_owned(),
        parts: Vec::new(),
        error_kind: Some(Kind::Validation.as_str().to_owned()),
    }
}

impl Exchange {
    /// What it used: what the provider says, or an estimate where it says nothing.
    fn counted(&self, usage: &Usage) -> Usage {
        if usage.total_tokens > 0 {
            return *usage;
        }
        let (input_tokens, output_tokens) = (self.tokens.0, self.tokens.1.div_ceil(BYTES_PER_TOKEN));
        let total_tokens = input_tokens.saturating_add(output_tokens);
        Usage { input_tokens, output_tokens, total_tokens, ..*usage }
    }

    /// Whether the answer can be used although its body has not ended. A refusal is one by its status alone.
    fn is_answered(&self) -> bool {
        self.refused() || self.decoder.progress() != Progress::Partial
    }

    fn refused(&self) -> bool {
        self.head.as_ref().is_some_and(|(status, _)| !(200..300).contains(status))
    }
}

/// The codec's headers and the agent's own, which win.
fn with_headers(mut headers: Vec<(String, Secret)>, own: &[(String, Secret)]) -> Vec<(String, Secret)> {
    headers.retain(|(name, _)| !own.iter().any(|(other, _)| other.eq_ignore_ascii_case(name)));
    headers.extend(own.iter().cloned());
    headers
}
