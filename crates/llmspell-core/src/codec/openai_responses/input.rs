//! Writes a conversation as items.

use super::media;
use crate::codec::encoded::Warnings;
use crate::codec::{OutputFormat, TurnRequest, calls};
use crate::error::Error;
use crate::hash;
use crate::json;
use crate::message::{Message, Part, Role, ToolCall};
use crate::output::{ANY_OBJECT, says_json};
use crate::tool::ToolSet;
use serde::Serialize;
use serde_json::{Value, json};
use std::borrow::Cow;

/// An item of the input.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Item<'a> {
    Message {
        role: &'static str,
        content: Content<'a>,
    },
    FunctionCall {
        call_id: Cow<'a, str>,
        name: String,
        arguments: &'a str,
    },
    FunctionCallOutput {
        call_id: Cow<'a, str>,
        output: Content<'a>,
    },
    /// As the provider sent it.
    #[serde(untagged)]
    Echo(Cow<'a, Value>),
}

#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Content<'a> {
    Text(Cow<'a, str>),
    Parts(Vec<Value>),
}

/// The items of the whole conversation, or of what came after the response that the server goes on from.
pub(super) fn write<'a>(
    turn: &TurnRequest<'a>,
    is_stateless: bool,
    warnings: &mut Warnings,
) -> Result<Vec<Item<'a>>, Error> {
    let mut writer = Writer {
        provider: &turn.endpoint.provider,
        tools: turn.tools,
        is_stateless,
        items: Vec::with_capacity(turn.messages.len()),
        warnings,
    };
    for message in after_known(turn) {
        writer.add(message)?;
    }
    if turn.output.is_some_and(OutputFormat::is_any_object) && !after_known(turn).iter().any(|it| asks_for_json(it)) {
        // Its JSON mode is refused where no message says so; `instructions` do not count.
        let content = Content::Parts(vec![media::text_part(ANY_OBJECT)]);
        writer.items.push(Item::Message { role: "system", content });
    }
    Ok(writer.items)
}

fn asks_for_json(message: &Message) -> bool {
    matches!(message.role, Role::System | Role::User) && says_json(&message.text())
}

/// The messages that the server does not have: it has all up to the answer that `previous_response_id` names.
fn after_known<'m, 'a>(turn: &TurnRequest<'a>) -> &'m [&'a Message]
where
    'a: 'm,
{
    let known = turn.provider_options.get("previous_response_id").and_then(Value::as_str).and_then(|id| {
        let is_it = |message: &&Message| message.metadata.get("id").and_then(Value::as_str) == Some(id);
        turn.messages.iter().rposition(is_it)
    });
    turn.messages.get(known.map_or(0, |at| at + 1)..).unwrap_or_default()
}

struct Writer<'a, 'w> {
    provider: &'w str,
    tools: &'w ToolSet,
    is_stateless: bool,
    items: Vec<Item<'a>>,
    warnings: &'w mut Warnings,
}

impl<'a> Writer<'a, '_> {
    fn add(&mut self, message: &'a Message) -> Result<(), Error> {
        match message.role {
            Role::System => {
                self.items.push(Item::Message {
                    role: "system",
                    content: Content::Parts(vec![media::text_part(&message.text())]),
                });
            }
            Role::User => {
                let mut parts = write_parts(&message.content)?;
                // The server refuses an empty list.
                if parts.is_empty() {
                    parts.push(media::text_part(""));
                }
                self.items.push(Item::Message { role: "user", content: Content::Parts(parts) });
            }
            Role::Assistant => match own_items(message, self.provider) {
                Some(items) => self.echo(items, &message.tool_calls),
                None => self.translate(message),
            },
            Role::Tool => {
                for part in &message.content {
                    self.result(part)?;
                }
            }
        }
        Ok(())
    }

    /// A turn of this provider goes back as it came, with the names and arguments that its calls have now.
    fn echo(&mut self, items: &'a [Value], calls: &[ToolCall]) {
        let mut calls = calls.iter();
        // The server refuses reasoning that nothing follows: a turn that was cut in its middle of thinking.
        let nothing_follows = items.iter().all(|item| kind(item) == "reasoning");
        for item in items {
            if nothing_follows || (self.is_stateless && is_reference(item)) {
                self.warnings.add("messages: reasoning that the server would not find is left out");
                continue;
            }
            let call = if kind(item) == "function_call" { calls.next() } else { None };
            let item = call.map_or(Cow::Borrowed(item), |call| self.echoed_call(item, call));
            self.items.push(Item::Echo(item));
        }
    }

    fn echoed_call(&self, item: &'a Value, call: &ToolCall) -> Cow<'a, Value> {
        let get = |name: &str| item.get(name).and_then(Value::as_str).unwrap_or_default();
        // A name that the model made up would be refused in the history too.
        let name = self.tools.to_wire(&call.name);
        // Spaces in it make no other call of it.
        let value = |text: &str| json::from_wire::<Value>(text).ok();
        let given = get("arguments");
        let same = given == call.arguments || value(given).is_some_and(|it| value(&call.arguments) == Some(it));
        if same && get("name") == name {
            return Cow::Borrowed(item);
        }
        let mut item = item.clone();
        if let Some(fields) = item.as_object_mut() {
            fields.insert("name".to_owned(), json!(name));
            if !same {
                fields.insert("arguments".to_owned(), json!(call.arguments));
            }
        }
        Cow::Owned(item)
    }

    /// A turn of another provider, or one that was changed since: its text and its calls.
    fn translate(&mut self, message: &'a Message) {
        let mut text = String::new();
        let mut refusals = Vec::new();
        for part in &message.content {
            match part {
                Part::Text { text: more } => text.push_str(more),
                Part::Refusal { text } => refusals.push(json!({"type": "refusal", "refusal": text})),
                Part::Reasoning { .. } => self.warn_of("reasoning"),
                Part::Image { .. } => self.warn_of("image"),
                Part::File { .. } => self.warn_of("file"),
                Part::Other(value) => self.warn_of(kind(value)),
                Part::Citation(_) | Part::CachePoint { .. } | Part::ToolResult { .. } => {}
            }
        }
        if !refusals.is_empty() {
            if !text.is_empty() {
                refusals.insert(0, json!({"type": "output_text", "text": text}));
            }
            self.items.push(Item::Message { role: "assistant", content: Content::Parts(refusals) });
        } else if !text.is_empty() {
            self.items.push(Item::Message { role: "assistant", content: Content::Text(text.into()) });
        }
        for ToolCall { id, name, arguments } in &message.tool_calls {
            self.items.push(Item::FunctionCall { call_id: call_id(id), name: self.tools.to_wire(name), arguments });
        }
    }

    fn result(&mut self, part: &'a Part) -> Result<(), Error> {
        let Part::ToolResult { tool_call_id, content, parts, is_error, .. } = part else { return Ok(()) };
        let text = calls::result_text(content, *is_error);
        let output = if parts.is_empty() {
            Content::Text(text)
        } else {
            let mut list = if text.is_empty() { Vec::new() } else { vec![media::text_part(&text)] };
            list.extend(write_parts(parts)?);
            if list.is_empty() { Content::Text(text) } else { Content::Parts(list) }
        };
        self.items.push(Item::FunctionCallOutput { call_id: call_id(tool_call_id), output });
        Ok(())
    }

    fn warn_of(&mut self, kind: &str) {
        self.warnings.add(format!(
            "messages: {kind} of another provider is left out; the Responses format takes only its own there"
        ));
    }
}

fn write_parts(parts: &[Part]) -> Result<Vec<Value>, Error> {
    parts.iter().filter_map(|part| media::write(part).transpose()).collect()
}

/// The type of an item.
fn kind(item: &Value) -> &str {
    item.get("type").and_then(Value::as_str).unwrap_or_default()
}

/// Whether an item only names what the server would have kept.
fn is_reference(item: &Value) -> bool {
    let says = |name: &str| item.get(name).is_some_and(|value| !value.is_null() && *value != json!([]) && *value != "");
    kind(item) == "reasoning" && !says("encrypted_content") && !says("content")
}

/// The items of a turn as this provider sent them, if they ask for the calls that the message holds results for.
fn own_items<'a>(message: &'a Message, provider: &str) -> Option<&'a [Value]> {
    let raw = message.raw.as_ref().filter(|raw| raw.provider == provider)?;
    let items = raw.value.as_array()?;
    let calls = items.iter().filter(|item| kind(item) == "function_call");
    let ids = calls.map(|call| call.get("call_id").and_then(Value::as_str));
    let agrees = items.iter().all(Value::is_object)
        && !items.is_empty()
        && ids.eq(message.tool_calls.iter().map(|call| Some(call.id.as_str())));
    agrees.then_some(items)
}

/// Most characters of a call's id.
const CALL_ID_CHARS: usize = 64;

/// A call's id as the server takes it: another provider's may be too long for it.
fn call_id(id: &str) -> Cow<'_, str> {
    if id.chars().count() <= CALL_ID_CHARS {
        return Cow::Borrowed(id);
    }
    Cow::Owned(format!("call_{}", hash::hex(id, 16)))
}
