//! Writes a request.

use crate::codec::{Encoded, TurnRequest};
use crate::error::Error;
use crate::http::Secret;
use crate::message::{Message, Part, Role};
use crate::run::ToolChoice;
use crate::tool::ToolSet;
use serde_json::{Map, Value, json};

pub(super) fn encode(turn: &TurnRequest<'_>) -> Result<Encoded, Error> {
    let spec = turn.spec;
    let mut body = Map::new();
    let mut set = |name: &str, value: Value| {
        body.insert(name.to_owned(), value);
    };
    set("model", json!(spec.model));
    let mut messages = Vec::with_capacity(turn.messages.len() + 1);
    if let Some(prompt) = &spec.system_prompt {
        messages.push(json!({"role": "system", "content": prompt}));
    }
    for message in turn.messages {
        write_message(message, &spec.tools, &spec.endpoint.provider, &mut messages)?;
    }
    set("messages", Value::Array(messages));
    if !spec.tools.is_empty() {
        let tools = spec.tools.iter().map(|tool| {
            json!({"type": "function", "function": {
                "name": tool.wire_name(), "description": tool.description, "parameters": tool.schema,
            }})
        });
        set("tools", tools.collect());
        if let Some(choice) = &turn.settings.tool_choice {
            set("tool_choice", write_choice(choice, &spec.tools));
        }
    }
    let settings = turn.settings;
    if let Some(value) = settings.temperature {
        set("temperature", json!(value));
    }
    if let Some(value) = settings.top_p {
        set("top_p", json!(value));
    }
    if let Some(value) = settings.max_tokens {
        // OpenAI's newer models refuse the old name, and other servers do not know the new one.
        let name =
            if spec.endpoint.base_url.contains("api.openai.com") { "max_completion_tokens" } else { "max_tokens" };
        set(name, json!(value));
    }
    if let Some(value) = &settings.stop {
        set("stop", json!(value));
    }
    if let Some(value) = settings.seed {
        set("seed", json!(value));
    }
    set("stream", json!(true));
    set("stream_options", json!({"include_usage": true}));
    for (name, value) in &spec.provider_options {
        body.insert(name.clone(), value.clone());
    }
    if body.get("stream") != Some(&json!(true)) {
        body.shift_remove("stream_options");
    }

    let mut headers = vec![
        ("content-type".to_owned(), Secret::new("application/json")),
        ("accept".to_owned(), Secret::new("text/event-stream, application/json")),
    ];
    if let Some(key) = &spec.endpoint.api_key {
        headers.push(("authorization".to_owned(), Secret::new(format!("Bearer {}", key.reveal()))));
    }
    Ok(Encoded {
        url: format!("{}/chat/completions", spec.endpoint.base_url),
        headers,
        body: Value::Object(body).to_string().into_bytes(),
    })
}

fn write_choice(choice: &ToolChoice, tools: &ToolSet) -> Value {
    match choice {
        ToolChoice::Auto => json!("auto"),
        ToolChoice::None => json!("none"),
        ToolChoice::Required => json!("required"),
        ToolChoice::Named { name } => json!({"type": "function", "function": {"name": tools.to_wire(name)}}),
    }
}

fn write_message(message: &Message, tools: &ToolSet, provider: &str, out: &mut Vec<Value>) -> Result<(), Error> {
    match message.role {
        Role::System => out.push(json!({"role": "system", "content": message.text()})),
        Role::User => out.push(json!({"role": "user", "content": write_content(&message.content)?})),
        Role::Assistant => out.push(write_assistant(message, tools, provider)),
        Role::Tool => {
            for part in &message.content {
                if let Part::ToolResult { tool_call_id, content, is_error, .. } = part {
                    // The format has no field for a failure, so the words must say it.
                    let said = *is_error && !content.to_lowercase().contains("error");
                    let content = if said { format!("Error: {content}") } else { content.clone() };
                    out.push(json!({"role": "tool", "tool_call_id": tool_call_id, "content": content}));
                }
            }
        }
    }
    Ok(())
}

fn write_content(parts: &[Part]) -> Result<Value, Error> {
    if let [Part::Text { text }] = parts {
        return Ok(json!(text));
    }
    parts.iter().map(write_part).collect()
}

fn write_part(part: &Part) -> Result<Value, Error> {
    let data_url = |media: &Option<String>, fallback: &str, data: &str| {
        format!("data:{};base64,{data}", media.as_deref().unwrap_or(fallback))
    };
    Ok(match part {
        Part::Text { text } | Part::Reasoning { text } | Part::Refusal { text } => {
            json!({"type": "text", "text": text})
        }
        Part::Image { url, data, media_type, detail } => {
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
        Part::File { file_id, data, media_type, filename } => {
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

fn write_assistant(message: &Message, tools: &ToolSet, provider: &str) -> Value {
    if let Some(raw) = message.raw.as_ref().filter(|raw| raw.provider == provider && agrees(message, &raw.value)) {
        let mut raw = raw.value.clone();
        // A name that the model made up would be refused in the history too.
        for call in raw.get_mut("tool_calls").and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(Value::String(name)) = call.pointer_mut("/function/name") {
                *name = tools.to_wire(tools.from_wire(name));
            }
        }
        return raw;
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
    Value::Object(wire)
}
