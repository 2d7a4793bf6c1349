//! The complete turn: its content, and the message as a plain answer would have held it.

use super::accumulate::Accumulator;
use super::calls::Call;
use crate::codec::Turn;
use crate::media;
use crate::message::{Citation, Part, ToolCall};
use serde_json::{Map, Value, json};

impl Accumulator {
    /// The complete turn.
    pub(super) fn into_turn(mut self) -> Turn {
        let tool_calls: Vec<ToolCall> = self
            .calls
            .iter()
            .map(|call| ToolCall { id: call.id.clone(), name: call.name.clone(), arguments: call.arguments.clone() })
            .collect();
        let raw = self.raw();
        let content = self.content();
        Turn {
            content,
            tool_calls,
            raw: Some(raw),
            usage: self.usage,
            finish_reason: self.finish_reason.unwrap_or_default(),
            model: self.model,
            metadata: self.metadata,
            goes_on: false,
            notices: self.ids.notices,
        }
    }

    fn content(&mut self) -> Vec<Part> {
        let mut content = Vec::new();
        if !self.reasoning.is_empty() {
            content.push(Part::Reasoning { text: std::mem::take(&mut self.reasoning) });
        }
        if !self.text.is_empty() {
            content.push(Part::Text { text: std::mem::take(&mut self.text) });
        }
        content.extend(self.parts.iter().filter(|part| !is_read(part)).cloned().map(Part::Other));
        if !self.refusal.is_empty() {
            content.push(Part::Refusal { text: std::mem::take(&mut self.refusal) });
        }
        if !self.other.is_empty() {
            self.citations_of_message(&mut content);
            let images = self.other.get("images").and_then(Value::as_array).into_iter().flatten();
            content.extend(images.map(image));
            if let Some(Value::Object(audio)) = self.other.get("audio") {
                let mut audio = audio.clone();
                audio.insert("type".to_owned(), json!("audio"));
                content.push(Part::Other(Value::Object(audio)));
            }
        }
        if !self.metadata.is_empty() {
            self.citations_of_answer(&mut content);
        }
        content
    }

    /// Citations as OpenAI and OpenRouter have them: `annotations` of the message.
    ///
    /// Source: <https://platform.openai.com/docs/guides/tools-web-search?api-mode=chat>
    fn citations_of_message(&self, content: &mut Vec<Part>) {
        for raw in self.other.get("annotations").and_then(Value::as_array).into_iter().flatten() {
            if raw.get("type").is_none_or(|kind| kind != "url_citation") {
                content.push(Part::Other(raw.clone()));
                continue;
            }
            let source = raw.get("url_citation").unwrap_or(raw);
            content.push(citation(raw, text(source, "url"), text(source, "title"), text(source, "content")));
        }
    }

    /// Citations as Perplexity and xAI have them: `search_results` or `citations` beside the message. They stay in the metadata too.
    ///
    /// Source: <https://docs.perplexity.ai/api-reference/chat-completions-post>
    fn citations_of_answer(&self, content: &mut Vec<Part>) {
        let list = |name: &str| self.metadata.get(name).and_then(Value::as_array).filter(|list| !list.is_empty());
        if let Some(results) = list("search_results") {
            content.extend(
                results.iter().map(|raw| citation(raw, text(raw, "url"), text(raw, "title"), text(raw, "snippet"))),
            );
        } else if let Some(addresses) = list("citations") {
            let url = |raw: &Value| raw.as_str().map(str::to_owned).or_else(|| text(raw, "url"));
            content.extend(addresses.iter().map(|raw| citation(raw, url(raw), text(raw, "title"), None)));
        }
    }

    /// The message as a plain answer would have held it.
    fn raw(&self) -> Value {
        let mut raw = Map::new();
        raw.insert("role".to_owned(), json!("assistant"));
        let empty = self.text.is_empty() && !(self.calls.is_empty() && self.refusal.is_empty());
        let content = match self.parts.as_slice() {
            [] if empty => Value::Null,
            [] => json!(self.text),
            parts => json!(parts),
        };
        raw.insert("content".to_owned(), content);
        if !self.refusal.is_empty() {
            raw.insert("refusal".to_owned(), json!(self.refusal));
        }
        add_others(&mut raw, &self.other);
        if !self.calls.is_empty() {
            raw.insert("tool_calls".to_owned(), self.calls.iter().map(raw_call).collect());
        }
        Value::Object(raw)
    }
}

fn raw_call(call: &Call) -> Value {
    let mut raw = Map::new();
    raw.insert("id".to_owned(), json!(call.id));
    raw.insert("type".to_owned(), json!("function"));
    raw.insert("function".to_owned(), json!({"name": call.name, "arguments": call.arguments}));
    add_others(&mut raw, &call.other);
    Value::Object(raw)
}

fn add_others(raw: &mut Map<String, Value>, others: &Map<String, Value>) {
    for (name, value) in others {
        if !raw.contains_key(name) && !value.is_null() {
            raw.insert(name.clone(), value.clone());
        }
    }
}

/// Whether a part of the content is in the turn's text or reasoning.
fn is_read(part: &Value) -> bool {
    part.is_string() || part.get("type") == Some(&json!("thinking")) || part.get("text").is_some_and(Value::is_string)
}

fn text(value: &Value, name: &str) -> Option<String> {
    value.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn citation(raw: &Value, url: Option<String>, title: Option<String>, quote: Option<String>) -> Part {
    Part::Citation(Citation { url, title, quote, raw: raw.clone() })
}

/// A picture that the model made, `{image_url: {url}}`; its address is usually the data itself.
///
/// Source: <https://openrouter.ai/docs/features/multimodal/image-generation>
fn image(raw: &Value) -> Part {
    let address = raw.pointer("/image_url/url").or_else(|| raw.get("image_url")).and_then(Value::as_str);
    let Some(address) = address else { return Part::Other(raw.clone()) };
    let (url, media_type, data) = match media::inline(address) {
        Some((media_type, data)) => (None, media_type.map(str::to_owned), Some(data.to_owned())),
        None => (Some(address.to_owned()), None, None),
    };
    Part::Image { file_id: None, url, data, media_type, detail: None }
}
