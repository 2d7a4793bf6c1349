//! Writes a request.

use crate::codec::body::Fields;
use crate::codec::{Encoded, TurnRequest};
use crate::error::Error;
use crate::http::Secret;
use crate::message::{Message, Part, Role};
use crate::run::ToolChoice;
use crate::tool::{Tool, ToolSet};
use serde::Serialize;
use serde::ser::Serializer;
use serde_json::{Map, Value, json};
use std::borrow::Cow;

pub(super) fn encode(turn: &TurnRequest<'_>) -> Result<Encoded, Error> {
    let endpoint = turn.endpoint;
    let mut messages = Vec::with_capacity(turn.messages.len() + 1);
    if let Some(prompt) = turn.system_prompt {
        messages.push(Wire::plain("system", Content::Text(Cow::Borrowed(prompt))));
    }
    for message in turn.messages {
        write_message(message, turn.tools, &endpoint.provider, &mut messages)?;
    }
    let mut headers = vec![
        ("content-type".to_owned(), Secret::new("application/json")),
        ("accept".to_owned(), Secret::new("text/event-stream, application/json")),
    ];
    if let Some(key) = &endpoint.api_key {
        headers.push(("authorization".to_owned(), Secret::new(format!("Bearer {}", key.reveal()))));
    }
    let body = serde_json::to_vec(&Body { turn, messages })
        .map_err(|error| Error::argument(format!("input: it cannot be written as JSON: {error}")))?;
    Ok(Encoded { url: format!("{}/chat/completions", endpoint.base_url), headers, body, warnings: Vec::new() })
}

/// The body, written as it is walked: no tree of it is made.
struct Body<'a> {
    turn: &'a TurnRequest<'a>,
    messages: Vec<Wire<'a>>,
}

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let TurnRequest { tools, settings, provider_options: options, .. } = *self.turn;
        let mut body = Fields::new(serializer.serialize_map(None)?, options);
        body.set("model", self.turn.model)?;
        body.set("messages", &self.messages)?;
        if !tools.is_empty() {
            body.set("tools", &Tools(tools))?;
            body.set_some("tool_choice", settings.tool_choice.as_ref().map(|it| write_choice(it, tools)).as_ref())?;
        }
        body.set_some("temperature", settings.temperature.as_ref())?;
        body.set_some("top_p", settings.top_p.as_ref())?;
        // OpenAI's newer models refuse the old name, and other servers do not know the new one.
        let is_openai = self.turn.endpoint.base_url.contains("api.openai.com");
        body.set_some(if is_openai { "max_completion_tokens" } else { "max_tokens" }, settings.max_tokens.as_ref())?;
        body.set_some("stop", settings.stop.as_ref())?;
        body.set_some("seed", settings.seed.as_ref())?;
        body.set("stream", &true)?;
        const STREAM_OPTIONS: &str = "stream_options";
        if options.get("stream").is_some_and(|stream| *stream != Value::Bool(true)) {
            return body.end(Some(STREAM_OPTIONS));
        }
        body.set(STREAM_OPTIONS, &StreamOptions { include_usage: true })?;
        body.end(None)
    }
}

#[derive(Serialize)]
struct StreamOptions {
    include_usage: bool,
}

struct Tools<'a>(&'a ToolSet);

impl Serialize for Tools<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|tool| Declaration::of(tool)))
    }
}

#[derive(Serialize)]
struct Declaration<'a> {
    r#type: &'static str,
    function: Function<'a>,
}

#[derive(Serialize)]
struct Function<'a> {
    name: &'a str,
    description: &'a str,
    parameters: &'a Value,
}

impl<'a> Declaration<'a> {
    fn of(tool: &'a Tool) -> Self {
        let function = Function { name: tool.wire_name(), description: &tool.description, parameters: &tool.schema };
        Self { r#type: "function", function }
    }
}

/// A message on the wire.
#[derive(Serialize)]
#[serde(untagged)]
enum Wire<'a> {
    Plain {
        role: &'static str,
        content: Content<'a>,
    },
    Result {
        role: &'static str,
        tool_call_id: &'a str,
        content: Cow<'a, str>,
    },
    /// As it is.
    Whole(Cow<'a, Value>),
}

#[derive(Serialize)]
#[serde(untagged)]
enum Content<'a> {
    Text(Cow<'a, str>),
    Parts(Vec<Value>),
}

impl<'a> Wire<'a> {
    const fn plain(role: &'static str, content: Content<'a>) -> Self {
        Self::Plain { role, content }
    }
}

fn write_choice(choice: &ToolChoice, tools: &ToolSet) -> Value {
    match choice {
        ToolChoice::Auto => json!("auto"),
        ToolChoice::None => json!("none"),
        ToolChoice::Required => json!("required"),
        ToolChoice::Named { name } => json!({"type": "function", "function": {"name": tools.to_wire(name)}}),
    }
}

fn write_message<'a>(
    message: &'a Message,
    tools: &ToolSet,
    provider: &str,
    out: &mut Vec<Wire<'a>>,
) -> Result<(), Error> {
    match message.role {
        Role::System => out.push(Wire::plain("system", Content::Text(Cow::Owned(message.text())))),
        Role::User => out.push(Wire::plain("user", write_content(&message.content)?)),
        Role::Assistant => out.push(Wire::Whole(write_assistant(message, tools, provider))),
        Role::Tool => {
            for part in &message.content {
                if let Part::ToolResult { tool_call_id, content, is_error, .. } = part {
                    // The format has no field for a failure, so the words must say it.
                    let said = *is_error && !content.to_lowercase().contains("error");
                    let content =
                        if said { Cow::Owned(format!("Error: {content}")) } else { Cow::Borrowed(content.as_str()) };
                    out.push(Wire::Result { role: "tool", tool_call_id, content });
                }
            }
        }
    }
    Ok(())
}

fn write_content(parts: &[Part]) -> Result<Content<'_>, Error> {
    if let [Part::Text { text }] = parts {
        return Ok(Content::Text(Cow::Borrowed(text)));
    }
    parts.iter().map(write_part).collect::<Result<_, _>>().map(Content::Parts)
}

fn write_part(part: &Part) -> Result<Value, Error> {
    let data_url = |media: &Option<String>, fallback: &str, data: &str| {
        format!("data:{};base64,{data}", media.as_deref().unwrap_or(fallback))
    };
    Ok(match part {
        Part::Text { text } | Part::Reasoning { text } | Part::Refusal { text } => {
            json!({"type": "text", "text": text})
        }
        Part::Image { url, data, media_type, detail, .. } => {
            let address = match (url, data) {
                (Some(url), None) => url.clone(),
                (None, Some(data)) => data_url(media_type, "image/png", data),
                _ => return Err(Error::argument("input: an image part needs either `url` or `data`")),
            };
            let mut image = json!({"url": address});
            if let (Some(detail), Some(fields)) = (detail, image.as_object_mut()) {
                fields.insert("detail".to_owned(), json!(detail));
            }
            json!({"type": "image_url", "image_url": image})
        }
        Part::File { file_id, data, media_type, filename, .. } => {
            let mut file = Map::new();
            match (file_id, data) {
                (Some(id), None) => file.insert("file_id".to_owned(), json!(id)),
                (None, Some(data)) => {
                    file.insert("filename".to_owned(), json!(filename.as_deref().unwrap_or("file.pdf")));
                    file.insert("file_data".to_owned(), json!(data_url(media_type, "application/pdf", data)))
                }
                _ => return Err(Error::argument("input: a file part needs either `file_id` or `data`")),
            };
            json!({"type": "file", "file": file})
        }
        Part::ToolResult { content, .. } => json!({"type": "text", "text": content}),
        Part::Citation(_) | Part::CachePoint { .. } => Value::Null,
        Part::Other(value) => value.clone(),
    })
}

/// Whether a turn as the provider sent it asks for the calls that the message holds results for.
fn agrees(message: &Message, raw: &Value) -> bool {
    let calls = raw.get("tool_calls").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    raw.get("role").and_then(Value::as_str) == Some("assistant")
        && calls.len() == message.tool_calls.len()
        && calls
            .iter()
            .zip(&message.tool_calls)
            .all(|(raw, call)| raw.get("id").and_then(Value::as_str) == Some(&call.id))
}

fn write_assistant<'a>(message: &'a Message, tools: &ToolSet, provider: &str) -> Cow<'a, Value> {
    if let Some(raw) = message.raw.as_ref().filter(|raw| raw.provider == provider && agrees(message, &raw.value)) {
        if message.tool_calls.is_empty() {
            return Cow::Borrowed(&raw.value);
        }
        let mut raw = raw.value.clone();
        // A name that the model made up would be refused in the history too.
        for call in raw.get_mut("tool_calls").and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(Value::String(name)) = call.pointer_mut("/function/name") {
                *name = tools.to_wire(tools.from_wire(name));
            }
        }
        return Cow::Owned(raw);
    }
    let text = message.text();
    let mut wire = Map::new();
    wire.insert("role".to_owned(), json!("assistant"));
    let content = if text.is_empty() && !message.tool_calls.is_empty() { Value::Null } else { json!(text) };
    wire.insert("content".to_owned(), content);
    if !message.tool_calls.is_empty() {
        let calls = message.tool_calls.iter().map(|call| {
            json!({"id": call.id, "type": "function",
                   "function": {"name": tools.to_wire(&call.name), "arguments": call.arguments}})
        });
        wire.insert("tool_calls".to_owned(), calls.collect());
    }
    Cow::Owned(Value::Object(wire))
}
