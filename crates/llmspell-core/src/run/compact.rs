//! Compaction: older parts of the conversation become a summary, which a model writes in a run inside the run.

use super::asking::{About, Reason, read, unclear, unless_stopped};
use super::child::{Child, Task};
use super::history::{self, Compaction, Memory, steps};
use super::machine::{Phase, Run};
use super::team::Team;
use super::{Checks, Effect, HookPoints, RunInput, RunSpec, Settings, Stamp};
use crate::error::{Error, Kind};
use crate::event::EventBody;
use crate::json;
use crate::message::{Message, Part, Role};
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;

/// Instructions for the model that writes the summary.
const PROMPT: &str = "You keep the memory of an assistant. Below is the older part of its conversation. Write down what it needs to go \
on as if it remembered all of it: what the user wants and has decided, facts, names and numbers word for word, what was \
done with which result, and what is still open. No greeting, no comment, no invention; the summary alone.";
/// What stands before a summary in the conversation.
const HEADING: &str = "Summary of the conversation so far:";
/// Part of what is too large that a summary must take the place of.
const WORTH: f64 = 0.25;
/// Characters of a tool's result that the summary's model gets to see.
const RESULT_CHARS: usize = 2_000;

/// What the hook in place of the summary's model gives.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Compacted {
    summary: Option<String>,
    messages: Option<Value>,
    stop: Option<Reason>,
}

const COMPACTED: &str = "null, or {summary?, messages?, stop?}";

/// Positions of messages in the whole conversation.
type Range = (usize, usize);

impl Run {
    /// Has older messages replaced by a summary, which the host gives or a model writes; then the step goes on.
    pub(super) fn compact(&mut self, range: Range, stamp: Stamp, out: &mut Vec<Effect>) {
        self.state.view.folding = Some(range);
        if self.spec.checks.hooks.has(HookPoints::COMPACT) {
            self.ask_host(About::Compact, out);
        } else {
            self.summarise(range, stamp, out);
        }
    }

    fn summarise(&mut self, range: Range, stamp: Stamp, out: &mut Vec<Effect>) {
        let transcript = self.transcript(range);
        self.state.phase = Phase::Summary;
        let input = RunInput { messages: vec![Message::user(transcript)], settings: Settings::default() };
        let mut run = Self::new(self.summary_spec(), input, self.state.run_id.clone());
        self.adopt(&mut run, None, false);
        self.number(&mut run);
        self.begin_child(Child::new(Task::Summary, run), stamp, out);
    }

    /// The whole conversation.
    pub(super) fn whole(&self) -> Vec<&Arc<Message>> {
        self.state.base.messages.iter().chain(&self.state.added).collect()
    }

    /// What of it the model gets to see.
    pub(super) fn visible(&self) -> Vec<&Arc<Message>> {
        self.state.view.choose(&self.spec, self.whole(), self.asked_from())
    }

    /// What is to be compacted.
    pub(super) fn folding(&self) -> Vec<Arc<Message>> {
        let (from, to) = self.state.view.folding.unwrap_or_default();
        self.whole().get(from..to).unwrap_or_default().iter().map(|message| Arc::clone(message)).collect()
    }

    /// Where in the whole conversation the question of this run begins.
    fn asked_from(&self) -> usize {
        self.state.base.messages.len() + self.state.question
    }

    /// The messages to summarise, where it is time for that.
    pub(super) fn too_full(&self) -> Option<Range> {
        let (compaction, window) = self.spec.memory.compaction.as_ref().zip(self.spec.model_info.context_window)?;
        let view = &self.state.view;
        let size = view.size(&self.spec, &self.whole());
        if view.fallback_tokens.is_some() || size <= part_of(window, compaction.at) {
            return None;
        }
        self.foldable(compaction, window, window)
    }

    /// Has the conversation compacted that the provider found too long, once in a step; then it is sent again. Whether it
    /// can be.
    pub(super) fn compacts_after(&mut self, error: &Error, stamp: Stamp, out: &mut Vec<Effect>) -> bool {
        let Some(compaction) = self.spec.memory.compaction.as_ref().filter(|_| error.over_window) else { return false };
        // What is known of the window is wrong, or the estimate is.
        let size = self.state.view.size(&self.spec, &self.whole());
        let window = self.spec.route(self.state.tries.route).model_info.context_window;
        let room = window.unwrap_or(size).min(size);
        let Some(range) = self.foldable(compaction, window.unwrap_or_default(), room) else { return false };
        if !self.state.tries.compacts() {
            return false;
        }
        self.try_again_now(error.clone(), out);
        self.state.view.refused = true;
        self.compact(range, stamp, out);
        true
    }

    /// The messages that a summary can take the place of, if that helps: in a `window` (0 for one that nobody knows), of
    /// which `room` is there.
    fn foldable(&self, compaction: &Compaction, window: u64, room: u64) -> Option<Range> {
        let messages = self.whole();
        let view = &self.state.view;
        let size = view.size(&self.spec, &messages);
        // A summary of little makes no room, unless it is just what the window lacks.
        let helps = |(from, to): &Range| {
            let rest: Vec<_> = messages.iter().take(*from).chain(messages.iter().skip(*to)).copied().collect();
            let rest = view.size(&self.spec, &rest);
            size - rest >= part_of(size, WORTH) || (size > window && rest <= window)
        };
        // What this run was asked, and what it did for that, stays where turns before it can go.
        let question = self.asked_from();
        let starts = history::turns(&messages, question);
        let worth = |cut: &usize| messages.iter().take(*cut).any(|message| message.role == Role::Assistant);
        let cuts: Vec<usize> = (1..=compaction.keep_turns.max(1))
            .rev()
            .filter_map(|keep| starts.len().checked_sub(keep as usize).and_then(|at| starts.get(at)).copied())
            .filter(worth)
            .collect();
        // As many turns are kept as leave room enough, and one at least.
        let leaves_room = |cut: &&usize| {
            let rest = messages.get(**cut..).unwrap_or_default();
            view.size(&self.spec, rest) <= part_of(room, compaction.at / 2.0)
        };
        let turns = cuts.iter().find(leaves_room).or(cuts.last()).map(|cut| (0, *cut));
        if let Some(range) = turns.filter(helps) {
            return Some(range);
        }
        let steps = steps(messages.get(question..)?);
        let (first, last) = (steps.first()?, steps.last()?);
        (first < last).then_some((question + first, question + last)).filter(helps)
    }

    fn transcript(&self, (from, to): Range) -> String {
        let messages = self.whole();
        let mut text = String::new();
        for message in messages.get(from..to).unwrap_or_default() {
            tell(message, &mut text);
        }
        // The summary's model has the same window: of what is too long for it, the latest words count.
        let refused = self.state.view.refused.then(|| self.state.view.size(&self.spec, &self.whole()));
        let window = [self.spec.model_info.context_window, refused].into_iter().flatten().min();
        let most = window.map_or(u64::MAX, |window| window.saturating_mul(18) / 5);
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let begin = (text.len().saturating_sub(most)..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.split_off(begin)
    }

    pub(super) fn summary_spec(&self) -> Arc<RunSpec> {
        let spec = RunSpec::clone(&self.spec);
        let compaction = self.spec.memory.compaction.clone();
        let (model, prompt) = compaction.map(|compaction| (compaction.model, compaction.prompt)).unwrap_or_default();
        let (model, model_info) = model.unwrap_or_else(|| (spec.model.clone(), spec.model_info));
        Arc::new(RunSpec {
            name: None,
            model,
            model_info,
            system_prompt: Some(prompt.unwrap_or_else(|| PROMPT.to_owned())),
            settings: Settings::default(),
            provider_options: serde_json::Map::new(),
            tools: Arc::default(),
            team: Team::default(),
            memory: Memory::default(),
            checks: Checks::default(),
            ..spec
        })
    }

    pub(super) fn summary_ended(&mut self, end: EventBody, stamp: Stamp, out: &mut Vec<Effect>) {
        let summary = match end {
            EventBody::Done { result } if !result.text.trim().is_empty() => Ok(vec![summary(&result.text)]),
            EventBody::Error { error, .. } => Err(error.message),
            _ => Err("the model wrote none".to_owned()),
        };
        self.compacted(summary, stamp, out);
    }

    pub(super) fn compact_answered(
        &mut self,
        who: &str,
        value: Value,
        stamp: Stamp,
        out: &mut Vec<Effect>,
    ) -> Result<(), Error> {
        let given: Compacted = read(who, value, COMPACTED)?;
        unless_stopped(who, given.stop)?;
        let messages = match (given.summary, given.messages) {
            (None, None) => {
                let range = self.state.view.folding.unwrap_or_default();
                self.summarise(range, stamp, out);
                return Ok(());
            }
            (Some(text), None) if !text.trim().is_empty() => vec![summary(&text)],
            (Some(_), None) => return Err(unclear(who, "the summary is empty", COMPACTED)),
            (None, Some(Value::Array(list))) if list.is_empty() => Vec::new(),
            (None, Some(list)) => Message::read_input(list).map_err(|error| unclear(who, &error.message, COMPACTED))?,
            (Some(_), Some(_)) => return Err(unclear(who, "got both `summary` and `messages`", COMPACTED)),
        };
        self.compacted(Ok(messages), stamp, out);
        Ok(())
    }

    /// Goes on with the step: what takes the place of the older messages is there, or why there is nothing.
    pub(super) fn compacted(&mut self, instead: Result<Vec<Message>, String>, stamp: Stamp, out: &mut Vec<Effect>) {
        let view = &mut self.state.view;
        let refused = std::mem::take(&mut view.refused);
        let range = view.folding.take();
        self.state.phase = Phase::Model;
        let message = match (instead, range) {
            (Ok(messages), Some(range)) => {
                self.fold(range, messages);
                format!("The conversation was compacted: {} messages became a summary.", range.1 - range.0)
            }
            (Err(why), _) => {
                self.forgo_summary(refused);
                format!("The conversation could not be compacted, so its oldest turns are left out: {why}")
            }
            (Ok(_), None) => return self.fail(Error::new(Kind::Internal, "a summary of nothing"), out),
        };
        self.emit(EventBody::warning(message), out);
        match self.check_budget() {
            Err(error) => self.fail(error, out),
            // The hook before the model was asked already.
            Ok(()) if refused => self.send(stamp, out),
            Ok(()) => self.before_model(stamp, out),
        }
    }

    /// Puts other messages in the place of some.
    pub(super) fn fold(&mut self, (from, to): Range, messages: Vec<Message>) {
        let state = &mut self.state;
        let before = state.base.messages.len();
        let mut instead: Vec<Arc<Message>> = messages.into_iter().map(Into::into).collect();
        if from < before {
            state.base.messages.splice(from..to.clamp(from, before), instead.drain(..));
            if to > before {
                // The turn that they belong to has gone.
                state.kept.clear();
            }
        }
        let to = to.saturating_sub(before).min(state.added.len());
        let from = from.saturating_sub(before).min(to);
        let moved = |at: usize| if at > from { (at.max(to) - (to - from)).saturating_add(instead.len()) } else { at };
        state.question = moved(state.question);
        state.rejected.retain(|at| !(from..to).contains(at));
        state.rejected.iter_mut().for_each(|at| *at = moved(*at));
        state.added.splice(from..to, instead);
    }

    /// From now on this run leaves out what does not fit.
    fn forgo_summary(&mut self, refused: bool) {
        let Some(compaction) = &self.spec.memory.compaction else { return };
        let window = self.spec.model_info.context_window;
        let room = if refused {
            let size = self.state.view.size(&self.spec, &self.whole());
            Some(window.map_or(size, |window| window.min(size)) / 2)
        } else {
            window
        };
        self.state.view.fallback_tokens = room.map(|room| part_of(room, compaction.at));
    }
}

/// The message that a summary becomes.
fn summary(text: &str) -> Message {
    Message::user(format!("{HEADING}\n{}", text.trim()))
}

fn part_of(window: u64, part: f64) -> u64 {
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        clippy::cast_possible_truncation,
        reason = "an estimate"
    )]
    let tokens = (window as f64 * part) as u64;
    tokens
}

/// Adds a message to a transcript.
fn tell(message: &Message, text: &mut String) {
    let who = match message.role {
        Role::User => "User",
        Role::System => "System",
        Role::Assistant => "Assistant",
        Role::Tool => "Tool",
    };
    for part in &message.content {
        match part {
            Part::Text { text: words } | Part::Refusal { text: words } => line(text, who, words),
            Part::Image { .. } => line(text, who, "[a picture]"),
            Part::File { filename, .. } => {
                line(text, who, &format!("[a file {}]", filename.as_deref().unwrap_or_default()));
            }
            Part::ToolResult { name, content, .. } => {
                line(text, &format!("Result of {name}"), &json::quote(content, RESULT_CHARS));
            }
            Part::Reasoning { .. } | Part::Citation(_) | Part::CachePoint { .. } | Part::Other(_) => {}
        }
    }
    for call in &message.tool_calls {
        line(text, who, &format!("[calls {} with {}]", call.name, json::quote(&call.arguments, RESULT_CHARS)));
    }
}

fn line(text: &mut String, who: &str, words: &str) {
    text.push_str(who);
    text.push_str(": ");
    text.push_str(words);
    text.push('\n');
}
