//! What of a conversation a model gets to see: estimates of its size, and limits that never part a call from its result.

use super::RunSpec;
use crate::message::{Message, Part, Role};
use crate::model::ModelInfo;
use crate::usage::Usage;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;

/// Bytes of text that make a token, roughly, in the vocabularies in use; a run corrects it by what its provider reports.
const BYTES_PER_TOKEN: u64 = 4;
/// Tokens of a message's frame.
const FRAME_TOKENS: u64 = 4;
/// Tokens of a picture or a file, for want of better.
const MEDIA_TOKENS: u64 = 1_000;
/// Bounds of the correction: a report beyond them counts something else.
const SCALE: (f64, f64) = (0.25, 4.0);

/// What an agent keeps in view.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Memory {
    /// Most turns (a user's words and all that follows) that are sent; all where there is none.
    pub max_turns: Option<u32>,
    /// Most tokens that are sent, by estimate; all where there is none.
    pub max_tokens: Option<u64>,
    /// When and how older turns become a summary; never where there is none.
    pub compaction: Option<Compaction>,
}

/// When and how older turns become a summary.
#[derive(Clone, Debug, PartialEq)]
pub struct Compaction {
    /// Part of the window that may be full before it happens, 0 to 1.
    pub at: f64,
    /// Latest turns that stay as they are.
    pub keep_turns: u32,
    /// Model that writes the summary, at the same provider, and what is known of it; the agent's own where there is none.
    pub model: Option<(String, ModelInfo)>,
    /// Instructions for that model, in place of ours.
    pub prompt: Option<String>,
}

/// What a run knows about the size of its conversation.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct View {
    /// Estimate for what was sent last, without correction.
    pub estimate: u64,
    /// Tokens that the provider counts for one that is estimated; 0 before it reported any.
    scale: f64,
    /// Messages that are being put into a summary, as positions in the whole conversation.
    pub folding: Option<(usize, usize)>,
    /// Whether that is because the provider refused the request, which is then sent again.
    pub refused: bool,
    /// Most tokens that are sent because no summary could be made.
    pub fallback_tokens: Option<u64>,
}

impl View {
    fn corrected(&self, tokens: u64) -> u64 {
        if self.scale == 0.0 {
            return tokens;
        }
        #[allow(
            clippy::cast_precision_loss,
            clippy::cast_sign_loss,
            clippy::cast_possible_truncation,
            reason = "an estimate"
        )]
        let corrected = (tokens as f64 * self.scale) as u64;
        corrected
    }

    /// Notes what the provider counted for the request whose size was estimated.
    pub fn reported(&mut self, usage: &Usage) {
        if self.estimate > 0 && usage.input_tokens > 0 {
            #[allow(clippy::cast_precision_loss, reason = "an estimate")]
            let scale = usage.input_tokens as f64 / self.estimate as f64;
            self.scale = scale.clamp(SCALE.0, SCALE.1);
        }
    }

    /// The size of a conversation with all that is sent besides, in tokens.
    pub fn size(&self, spec: &RunSpec, messages: &[&Arc<Message>]) -> u64 {
        self.corrected(estimate_all(spec, messages))
    }

    /// The messages that are sent, within the agent's limits. `question` is where what is asked now begins.
    pub fn choose<'a>(
        &self,
        spec: &RunSpec,
        messages: Vec<&'a Arc<Message>>,
        question: usize,
    ) -> Vec<&'a Arc<Message>> {
        let most = [spec.memory.max_tokens, self.fallback_tokens].into_iter().flatten().min();
        match (most, spec.memory.max_turns) {
            (None, None) => messages,
            (most, turns) => {
                let overhead = overhead(spec);
                let size = |tokens| self.corrected(overhead + tokens);
                within(messages, question, turns, most.unwrap_or(u64::MAX), size)
            }
        }
    }

    /// The size of what is sent, without correction; 0 where no limit asks for it.
    pub fn weigh(&self, spec: &RunSpec, chosen: &[&Arc<Message>]) -> u64 {
        let memory = &spec.memory;
        if memory.max_tokens.is_some() || self.fallback_tokens.is_some() || memory.compaction.is_some() {
            estimate_all(spec, chosen)
        } else {
            0
        }
    }
}

/// Where turns begin: at a user's words that follow no other words of the user. From `question` on all is one turn, the last:
/// what a run adds to its question in the user's name (what is wrong with an answer, the words of a hook) asks nothing new.
pub(super) fn turns(messages: &[&Arc<Message>], question: usize) -> Vec<usize> {
    let asks = |at: usize| messages.get(at).is_some_and(|message| matches!(message.role, Role::User | Role::System));
    let most = messages.len().min(question.saturating_add(1));
    (0..most).filter(|at| *at == 0 || (asks(*at) && !asks(at - 1))).collect()
}

/// Where the question of an input begins, which may have earlier turns before it.
pub(super) fn question(input: &[Arc<Message>]) -> usize {
    turns(&input.iter().collect::<Vec<_>>(), usize::MAX).last().copied().unwrap_or_default()
}

/// Where the steps of one turn begin: at each answer of the model.
pub(super) fn steps(turn: &[&Arc<Message>]) -> Vec<usize> {
    turn.iter().enumerate().filter(|(_, message)| message.role == Role::Assistant).map(|(at, _)| at).collect()
}

/// The latest messages within limits: whole turns from the oldest on are left out; then, of a last turn that is too large
/// by itself, its oldest steps. The user's words of the last turn and its latest step always stay.
fn within(
    mut messages: Vec<&Arc<Message>>,
    question: usize,
    max_turns: Option<u32>,
    most: u64,
    size: impl Fn(u64) -> u64,
) -> Vec<&Arc<Message>> {
    let starts = turns(&messages, question);
    let sizes: Vec<u64> = messages.iter().map(|message| estimate(message)).collect();
    let sum = |range: std::ops::Range<usize>| sizes.get(range).unwrap_or_default().iter().sum::<u64>();
    let spare = max_turns.map_or(0, |turns| starts.len().saturating_sub(turns.max(1) as usize));
    let mut left = starts.into_iter().skip(spare).peekable();
    let mut from = left.next().unwrap_or(0);
    let mut tokens = sum(from..messages.len());
    while size(tokens) > most
        && let Some(next) = left.next()
    {
        tokens -= sum(from..next);
        from = next;
    }
    let turn = messages.split_off(from);
    if size(tokens) <= most {
        return turn;
    }
    let steps = steps(&turn);
    let Some(first) = steps.first().copied() else { return turn };
    let mut keep = first;
    for next in steps.into_iter().skip(1) {
        if size(tokens) <= most {
            break;
        }
        tokens -= sum(from + keep..from + next);
        keep = next;
    }
    turn.iter().take(first).chain(turn.iter().skip(keep)).copied().collect()
}

/// Tokens of a message, roughly.
fn estimate(message: &Message) -> u64 {
    let calls = message.tool_calls.iter().map(|call| call.name.len() + call.arguments.len()).sum::<usize>() as u64;
    FRAME_TOKENS + calls / BYTES_PER_TOKEN + message.content.iter().map(part_tokens).sum::<u64>()
}

fn part_tokens(part: &Part) -> u64 {
    let text = |text: &str| text.len() as u64 / BYTES_PER_TOKEN + 1;
    match part {
        Part::Text { text: words } | Part::Refusal { text: words } | Part::Reasoning { text: words } => text(words),
        Part::Image { .. } | Part::File { .. } => MEDIA_TOKENS,
        Part::ToolResult { content, parts, .. } => text(content) + parts.iter().map(part_tokens).sum::<u64>(),
        Part::Citation(_) | Part::CachePoint { .. } => 0,
        Part::Other(value) => value_tokens(value),
    }
}

fn value_tokens(value: &Value) -> u64 {
    crate::json::weight(value) as u64 / BYTES_PER_TOKEN
}

fn estimate_all(spec: &RunSpec, messages: &[&Arc<Message>]) -> u64 {
    overhead(spec) + messages.iter().map(|message| estimate(message)).sum::<u64>()
}

/// Tokens of what is sent beside the conversation: instructions and tools.
fn overhead(spec: &RunSpec) -> u64 {
    let prompt = spec.system_prompt.as_ref().map_or(0, String::len) as u64;
    let tools: u64 = spec
        .tools
        .iter()
        .map(|tool| (tool.name.len() + tool.description.len()) as u64 / BYTES_PER_TOKEN + value_tokens(&tool.schema))
        .sum();
    prompt / BYTES_PER_TOKEN + tools
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(letters: &str) -> Vec<Arc<Message>> {
        let role = |letter| match letter {
            'u' => Role::User,
            'a' => Role::Assistant,
            _ => Role::Tool,
        };
        letters
            .chars()
            .map(|letter| Message::new(role(letter), vec![Part::Text { text: "four".repeat(100) }]).into())
            .collect()
    }

    /// What stays of a history whose last question begins where the first part ends.
    fn kept(parts: (&str, &str), turns: Option<u32>, messages: u64) -> String {
        let all = history(&[parts.0, parts.1].concat());
        let one = estimate(&all[0]);
        within(all.iter().collect(), parts.0.len(), turns, messages.saturating_mul(one), |tokens| tokens)
            .iter()
            .map(|message| match message.role {
                Role::User => 'u',
                Role::Assistant => 'a',
                _ => 't',
            })
            .collect()
    }

    #[test]
    fn turns_go_as_a_whole_and_steps_with_their_results() {
        assert_eq!(kept(("uaua", "ua"), Some(2), u64::MAX), "uaua");
        assert_eq!(kept(("uaua", "ua"), Some(9), u64::MAX), "uauaua");
        assert_eq!(kept(("uaua", "ua"), None, 5), "uaua");
        assert_eq!(kept(("uauata", "u"), None, 1), "u");
        assert_eq!(kept(("uatatata", "u"), None, 4), "u");
        assert_eq!(kept(("ua", "uatatat"), None, 5), "uatat");
        assert_eq!(kept(("ua", "uatatat"), None, 1), "uat", "the latest step stays whatever the limit");
        assert_eq!(kept(("uua", "ua"), None, 3), "ua");
        assert_eq!(kept(("", "u"), None, 0), "u");
        assert_eq!(kept(("aua", "u"), Some(1), u64::MAX), "u");
    }

    #[test]
    fn what_a_run_says_in_the_user_s_name_begins_no_turn() {
        assert_eq!(kept(("uaua", "uauau"), Some(1), u64::MAX), "uauau");
        assert_eq!(kept(("uaua", "uauau"), Some(2), u64::MAX), "uauauau");
        assert_eq!(kept(("ua", "uatuauau"), None, 5), "uauau", "its question and its latest steps");
        assert_eq!(kept(("ua", "uatuauau"), None, 1), "uau");
        assert_eq!(kept(("uau", "uau"), Some(1), u64::MAX), "uuau", "words without an answer are asked again");
    }

    #[test]
    fn a_report_corrects_the_estimate() {
        let mut view = View { estimate: 100, ..View::default() };
        view.reported(&Usage { input_tokens: 150, ..Usage::default() });
        assert_eq!(view.corrected(100), 150);
        view.reported(&Usage { input_tokens: 1_000_000, ..Usage::default() });
        assert_eq!(view.corrected(100), 400, "never beyond reason");
        view.reported(&Usage::default());
        assert_eq!(view.corrected(100), 400, "no report changes nothing");
    }
}
