//! Compaction: older parts of the conversation become a summary, which a model writes in a run inside the run.

use super::child::{Child, Task};
use super::history::{self, Memory, steps};
use super::machine::{Phase, Run};
use super::team::Team;
use super::{Checks, Effect, RunInput, RunSpec, Settings, Stamp};
use crate::error::{Error, Kind};
use crate::event::EventBody;
use crate::json;
use crate::message::{Message, Part, Role};
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

impl Run {
    /// Before a step: has older parts of the conversation summarised where the window is too full. Whether the step must
    /// wait for that.
    pub(super) fn compacts_first(&mut self, stamp: Stamp, out: &mut Vec<Effect>) -> bool {
        let Some(range) = self.too_full() else { return false };
        let transcript = self.transcript(range);
        self.state.view.folding = Some(range);
        self.state.phase = Phase::Summary;
        let input = RunInput { messages: vec![Message::user(transcript)], settings: Settings::default() };
        let mut run = Self::new(self.summary_spec(), input, self.state.run_id.clone());
        self.adopt(&mut run, None, false);
        self.number(&mut run);
        self.begin_child(Child::new(Task::Summary, run), stamp, out);
        true
    }

    fn whole(&self) -> Vec<&Message> {
        self.state.base.messages.iter().chain(&self.state.added).map(AsRef::as_ref).collect()
    }

    /// The messages to summarise, where it is time for that.
    fn too_full(&self) -> Option<(usize, usize)> {
        let memory = &self.spec.memory;
        let (compaction, window) = memory.compaction.as_ref().zip(self.spec.model_info.context_window)?;
        let messages = self.whole();
        let view = &self.state.view;
        let size = view.size(&self.spec, &messages);
        if view.fallback_tokens.is_some() || size <= part_of(window, compaction.at) {
            return None;
        }
        // A summary of little makes no room, unless it is just what the window lacks.
        let helps = |(from, to): &(usize, usize)| {
            let rest: Vec<&Message> = messages.iter().take(*from).chain(messages.iter().skip(*to)).copied().collect();
            let rest = view.size(&self.spec, &rest);
            size - rest >= part_of(size, WORTH) || (size > window && rest <= window)
        };
        // What this run was asked, and what it did for that, stays where turns before it can go.
        let before = self.state.base.messages.len();
        let starts = history::turns(&messages);
        let worth = |cut: &usize| messages.iter().take(*cut).any(|message| message.role == Role::Assistant);
        let cuts: Vec<usize> = (1..=compaction.keep_turns.max(1))
            .rev()
            .filter_map(|keep| starts.len().checked_sub(keep as usize).and_then(|at| starts.get(at)))
            .map(|cut| before.min(*cut))
            .filter(worth)
            .collect();
        // As many turns are kept as leave room enough, and one at least.
        let leaves_room = |cut: &&usize| {
            let rest = messages.get(**cut..).unwrap_or_default();
            view.size(&self.spec, rest) <= part_of(window, compaction.at / 2.0)
        };
        let turns = cuts.iter().find(leaves_room).or(cuts.last()).map(|cut| (0, *cut));
        if let Some(range) = turns.filter(helps) {
            return Some(range);
        }
        let steps = steps(messages.get(before..)?);
        let (first, last) = (steps.first()?, steps.last()?);
        (first < last).then_some((before + first, before + last)).filter(helps)
    }

    fn transcript(&self, (from, to): (usize, usize)) -> String {
        let messages = self.whole();
        let mut text = String::new();
        for message in messages.get(from..to).unwrap_or_default() {
            tell(message, &mut text);
        }
        // The summary's model has the same window: of what is too long for it, the latest words count.
        let most = self.spec.model_info.context_window.map_or(u64::MAX, |window| window.saturating_mul(18) / 5);
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
            EventBody::Done { result } if !result.text.trim().is_empty() => Ok(result.text),
            EventBody::Error { error, .. } => Err(error.message),
            _ => Err("the model wrote none".to_owned()),
        };
        let range = self.state.view.folding.take();
        self.state.phase = Phase::Model;
        let message = match (summary, range) {
            (Ok(summary), Some(range)) => {
                self.fold(range, &summary);
                format!("The conversation was compacted: {} messages became a summary.", range.1 - range.0)
            }
            (Err(why), _) => {
                self.forgo_summary();
                format!("The conversation could not be compacted, so its oldest turns are left out: {why}")
            }
            (Ok(_), None) => return self.fail(Error::new(Kind::Internal, "a summary of nothing"), out),
        };
        self.emit(EventBody::warning(message), out);
        self.before_model(stamp, out);
    }

    /// Puts a summary in the place of messages.
    pub(super) fn fold(&mut self, (from, to): (usize, usize), summary: &str) {
        let message: Arc<Message> = Message::user(format!("{HEADING}\n{}", summary.trim())).into();
        let before = self.state.base.messages.len();
        let (list, from, to) = match from.checked_sub(before) {
            Some(from) => (&mut self.state.added, from, to.saturating_sub(before)),
            None => (&mut self.state.base.messages, from, to),
        };
        let to = to.min(list.len());
        list.splice(from.min(to)..to, [message]);
    }

    /// From now on this run leaves out what does not fit.
    fn forgo_summary(&mut self) {
        let memory = &self.spec.memory;
        let room = memory.compaction.as_ref().zip(self.spec.model_info.context_window);
        self.state.view.fallback_tokens = room.map(|(compaction, window)| part_of(window, compaction.at));
    }
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
