//! Writes the conversation.

use crate::codec::TurnRequest;
use crate::codec::calls::{arguments, result_text};
use crate::codec::encoded::Warnings;
use crate::error::Error;
use crate::media::Source;
use crate::message::{Message, Part, Role, ToolCall};
use crate::tool::ToolSet;
use serde::Serialize;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::collections::HashSet;

/// A message on the wire.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Wire<'a> {
    Own(Own<'a>),
    /// As it came.
    Echo(Cow<'a, Value>),
}

#[derive(Default, Serialize)]
pub(super) struct Own<'a> {
    role: &'static str,
    content: Cow<'a, str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    thinking: Cow<'a, str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    images: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_calls: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_call_id: Option<&'a str>,
}

/// The messages, and what is known of the calls in them.
pub(super) struct Messages<'a> {
    list: Vec<Wire<'a>>,
    tools: &'a ToolSet,
    provider: &'a str,
    /// Ids of the calls of the latest turn as they are on the wire: older servers give none.
    ids: HashSet<&'a str>,
}

impl<'a> Messages<'a> {
    /// Messages that begin with the instructions.
    pub(super) fn new(turn: &TurnRequest<'a>) -> Self {
        let mut list = Vec::with_capacity(turn.messages.len() + 1);
        list.extend(
            turn.system_prompt
                .map(|prompt| Wire::Own(Own { role: "system", content: Cow::Borrowed(prompt), ..Own::default() })),
        );
        Self { list, tools: turn.tools, provider: &turn.endpoint.provider, ids: HashSet::new() }
    }

    pub(super) fn finish(self) -> Vec<Wire<'a>> {
        self.list
    }

    /// Adds a message; the results of several calls are one message each.
    ///
    /// # Errors
    /// `argument` when a picture says not where it is.
    pub(super) fn add(&mut self, message: &'a Message, warnings: &mut Warnings) -> Result<(), Error> {
        let role = match message.role {
            Role::System => "system",
            Role::User => "user",
            Role::Assistant => return self.assistant(message, warnings),
            Role::Tool => {
                for part in &message.content {
                    if let Part::ToolResult { tool_call_id, name, content, parts, is_error } = part {
                        let mut own = own("tool", parts, warnings)?;
                        own.content = result_text(content, *is_error);
                        own.tool_name = Some(self.tools.to_wire(name));
                        own.tool_call_id = self.ids.contains(tool_call_id.as_str()).then_some(tool_call_id);
                        self.list.push(Wire::Own(own));
                    }
                }
                return Ok(());
            }
        };
        self.list.push(Wire::Own(own(role, &message.content, warnings)?));
        Ok(())
    }

    fn assistant(&mut self, message: &'a Message, warnings: &mut Warnings) -> Result<(), Error> {
        let raw = message.raw.as_ref().filter(|raw| raw.provider == self.provider).map(|raw| &raw.value);
        self.ids.clear();
        if let Some(raw) = raw.filter(|raw| agrees(&message.tool_calls, raw)) {
            self.ids.extend(calls_of(raw).iter().filter_map(|call| call.get("id")?.as_str()));
            self.list.push(Wire::Echo(echo(&message.tool_calls, raw, self.tools)));
            return Ok(());
        }
        let mut own = own("assistant", &message.content, warnings)?;
        let call = |call: &ToolCall| {
            let function = json!({"name": self.tools.to_wire(&call.name), "arguments": arguments(call)});
            json!({"type": "function", "function": function})
        };
        own.tool_calls = message.tool_calls.iter().map(call).collect();
        self.list.push(Wire::Own(own));
        Ok(())
    }
}

/// A message of these parts.
fn own<'a>(role: &'static str, parts: &'a [Part], warnings: &mut Warnings) -> Result<Own<'a>, Error> {
    let mut own = Own { role, ..Own::default() };
    let add = |to: &mut Cow<'a, str>, text: &'a str| {
        if to.is_empty() { *to = Cow::Borrowed(text) } else { to.to_mut().push_str(text) }
    };
    for part in parts {
        match part {
            Part::Text { text } | Part::Refusal { text } | Part::ToolResult { content: text, .. } => {
                add(&mut own.content, text);
            }
            Part::Reasoning { text } => add(&mut own.thinking, text),
            Part::Image { url, file_id, data, media_type, .. } => {
                let given = (url.as_deref(), file_id.as_deref(), data.as_deref());
                match Source::of("image", given, media_type.as_deref(), None)? {
                    Source::Data { data, .. } => own.images.push(data),
                    Source::Url(_) => warnings.add(
                        "messages: Ollama takes pictures as data alone; one that is given by its address is left out"
                            .to_owned(),
                    ),
                    Source::FileId(_) => warnings.add(
                        "messages: a picture that is given by an id is left out; Ollama takes data alone".to_owned(),
                    ),
                }
            }
            Part::File { .. } => {
                warnings.add("messages: a file is left out; Ollama takes text and pictures".to_owned());
            }
            Part::Citation(_) | Part::CachePoint { .. } => {}
            Part::Other(_) => {
                warnings.add("messages: a part of a type that Ollama does not have is left out".to_owned());
            }
        }
    }
    Ok(own)
}

fn calls_of(raw: &Value) -> &[Value] {
    raw.get("tool_calls").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// Whether a turn as it came asks for these calls, in this order. A call that came without an id has one of ours.
fn agrees(calls: &[ToolCall], raw: &Value) -> bool {
    let made = calls_of(raw);
    raw.get("role").and_then(Value::as_str) == Some("assistant")
        && made.len() == calls.len()
        && made.iter().zip(calls).all(|(made, call)| {
            made.get("id").is_none_or(|id| id.as_str() == Some(&call.id))
                && made.get("function").is_some_and(Value::is_object)
        })
}

/// The turn as it came. A call's name is written as tools are called now, and its arguments as they were used.
fn echo<'a>(calls: &[ToolCall], raw: &'a Value, tools: &ToolSet) -> Cow<'a, Value> {
    let mut echoed = Cow::Borrowed(raw);
    for (at, (made, call)) in calls_of(raw).iter().zip(calls).enumerate() {
        let name = tools.to_wire(&call.name);
        let used = arguments(call);
        let same = made.pointer("/function/name").and_then(Value::as_str) == Some(&name)
            && made.pointer("/function/arguments") == Some(&used);
        if same {
            continue;
        }
        if let Some(function) =
            echoed.to_mut().pointer_mut(&format!("/tool_calls/{at}/function")).and_then(Value::as_object_mut)
        {
            function.insert("name".to_owned(), json!(name));
            function.insert("arguments".to_owned(), used);
        }
    }
    echoed
}
