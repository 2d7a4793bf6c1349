//! What a message says besides its blocks, and the turn that it is.

use super::accumulate::{Block, Blocks};
use crate::codec::{Delta, Turn, ends};
use crate::error::Error;
use crate::http::Redactor;
use crate::message::{Citation, Part};
use crate::outcome::FinishReason;
use crate::usage::Usage;
use serde_json::{Map, Value, json};

/// What has been told of a message: at its begin, and in more `message_delta`s.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub stop_reason: Option<String>,
    model: Option<String>,
    usage: Map<String, Value>,
    metadata: Map<String, Value>,
}

/// Counts that [`Usage`] has places for.
const COUNTED: [&str; 6] = [
    "input_tokens",
    "output_tokens",
    "cache_read_input_tokens",
    "cache_creation_input_tokens",
    "output_tokens_details",
    "cost",
];

impl Told {
    /// Takes fields of the message. Counts are totals, so the last ones stand; null says nothing.
    pub(super) fn take(&mut self, fields: Map<String, Value>) {
        for (name, value) in fields {
            match (name.as_str(), value) {
                (_, Value::Null) | ("type" | "role" | "content", _) => {}
                ("stop_reason", Value::String(reason)) => self.stop_reason = Some(reason),
                ("model", Value::String(model)) if !model.is_empty() => {
                    self.model.get_or_insert(model);
                }
                ("usage", Value::Object(usage)) => {
                    self.usage.extend(usage.into_iter().filter(|(_, value)| !value.is_null()));
                }
                (_, value) => {
                    self.metadata.insert(name, value);
                }
            }
        }
    }

    /// The complete turn. A refusal's explanation stands for its text where there is none.
    ///
    /// # Errors
    /// `provider` where the message ended for a reason that is not known, and holds calls or nothing.
    pub(super) fn into_turn(
        mut self,
        mut blocks: Blocks,
        redactor: &Redactor,
        deltas: &mut Vec<Delta>,
    ) -> Result<Turn, Error> {
        let reason = self.stop_reason.take();
        let mut notices = std::mem::take(&mut blocks.ids.notices);
        let reason = reason.filter(|reason| !reason.is_empty());
        let (finish_reason, goes_on) = match (finish(reason.as_deref()), reason.as_deref()) {
            (Some(known), _) => known,
            (None, None) => {
                notices.push(ends::missing("stop_reason", blocks.came())?);
                (FinishReason::Other, false)
            }
            (None, Some(reason)) => {
                notices.push(ends::unknown("stop_reason", reason, blocks.came(), redactor)?);
                (FinishReason::Other, false)
            }
        };
        let usage = self.count();
        self.usage.retain(|name, _| !COUNTED.contains(&name.as_str()));
        if !self.usage.is_empty() {
            self.metadata.insert("usage".to_owned(), Value::Object(std::mem::take(&mut self.usage)));
        }
        if let Some(reason) = reason.filter(|reason| !matches!(reason.as_str(), "end_turn" | "tool_use" | "max_tokens"))
        {
            self.metadata.insert("stop_reason".to_owned(), json!(reason));
        }
        let (mut content, mut tool_calls, mut raw) = (Vec::new(), Vec::new(), Vec::new());
        for mut block in blocks.into_list() {
            add_parts(&block, &mut content);
            tool_calls.extend(block.call.take());
            raw.push(Value::Object(block.fields));
        }
        if finish_reason == FinishReason::ContentFilter && !content.iter().any(|part| matches!(part, Part::Text { .. }))
        {
            let why = self.metadata.get("stop_details").and_then(|details| details.get("explanation"));
            if let Some(text) = why.and_then(Value::as_str).filter(|text| !text.is_empty()) {
                deltas.push(Delta::Text(text.to_owned()));
                content.push(Part::Refusal { text: text.to_owned() });
            }
        }
        let finish_reason = match finish_reason {
            FinishReason::Other if !tool_calls.is_empty() && !goes_on => FinishReason::ToolCalls,
            other => other,
        };
        let raw = Some(json!({"role": "assistant", "content": raw}));
        let Self { model, metadata, .. } = self;
        Ok(Turn { content, tool_calls, raw, usage, finish_reason, model, metadata, goes_on, notices })
    }

    fn count(&self) -> Usage {
        let get = |map: &Map<String, Value>, name: &str| map.get(name).and_then(Value::as_u64).unwrap_or(0);
        let mut usage = Usage {
            cached_tokens: get(&self.usage, "cache_read_input_tokens"),
            cache_write_tokens: get(&self.usage, "cache_creation_input_tokens"),
            output_tokens: get(&self.usage, "output_tokens"),
            reasoning_tokens: self
                .usage
                .get("output_tokens_details")
                .and_then(|details| details.get("thinking_tokens"))
                .and_then(Value::as_u64)
                .unwrap_or(0),
            cost: self.usage.get("cost").and_then(Value::as_f64),
            ..Usage::default()
        };
        // Cached tokens are not among the input tokens.
        usage.input_tokens = get(&self.usage, "input_tokens")
            .saturating_add(usage.cached_tokens)
            .saturating_add(usage.cache_write_tokens);
        // Tokens of a compaction are in none of the totals.
        let iterations = self.usage.get("iterations").and_then(Value::as_array).into_iter().flatten();
        for it in iterations.filter_map(Value::as_object) {
            if it.get("type").and_then(Value::as_str) == Some("compaction") {
                usage.input_tokens = usage.input_tokens.saturating_add(get(it, "input_tokens"));
                usage.output_tokens = usage.output_tokens.saturating_add(get(it, "output_tokens"));
            }
        }
        usage.total_tokens = usage.input_tokens.saturating_add(usage.output_tokens);
        usage
    }
}

/// What a stop reason means, and whether the turn goes on when it is sent back; none where it is not known, or not told.
///
/// Source: <https://platform.claude.com/docs/en/build-with-claude/handling-stop-reasons>, and `…/compaction`.
fn finish(reason: Option<&str>) -> Option<(FinishReason, bool)> {
    Some(match reason {
        Some("end_turn" | "stop_sequence") => (FinishReason::Stop, false),
        Some("max_tokens" | "model_context_window_exceeded") => (FinishReason::Length, false),
        Some("tool_use") => (FinishReason::ToolCalls, false),
        Some("refusal") => (FinishReason::ContentFilter, false),
        Some("pause_turn" | "compaction") => (FinishReason::Other, true),
        _ => return None,
    })
}

/// Adds what a block is in the common form; calls stand apart.
fn add_parts(block: &Block, content: &mut Vec<Part>) {
    let text = |name: &str| block.fields.get(name).and_then(Value::as_str).unwrap_or_default();
    match text("type") {
        "text" => {
            if !text("text").is_empty() {
                content.push(Part::Text { text: text("text").to_owned() });
            }
            let citations = block.fields.get("citations").and_then(Value::as_array).into_iter().flatten();
            content.extend(citations.map(|raw| Part::Citation(citation(raw))));
        }
        "thinking" => {
            if !text("thinking").is_empty() {
                content.push(Part::Reasoning { text: text("thinking").to_owned() });
            }
        }
        "tool_use" => {}
        _ => content.push(other(block.fields.clone())),
    }
}

/// A block that has no common form. One without a type, or with one of ours, is wrapped: a part needs a type of its own.
fn other(fields: Map<String, Value>) -> Part {
    let kind = fields.get("type").and_then(Value::as_str).unwrap_or_default();
    if kind.is_empty() || crate::message::is_known(kind) {
        return Part::Other(json!({"type": "block", "block": fields}));
    }
    Part::Other(Value::Object(fields))
}

fn citation(raw: &Value) -> Citation {
    let get = |names: &[&str]| {
        let text = names.iter().find_map(|name| raw.get(*name).and_then(Value::as_str));
        text.filter(|text| !text.is_empty()).map(str::to_owned)
    };
    Citation {
        url: get(&["url", "source"]),
        title: get(&["title", "document_title"]),
        quote: get(&["cited_text"]),
        raw: raw.clone(),
    }
}
