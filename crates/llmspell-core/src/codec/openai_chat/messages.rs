//! Writes the conversation.

use super::media::write_part;
use crate::codec::encoded::Warnings;
use crate::codec::openai_compatible::{CallIds, Dialect};
use crate::codec::{TurnRequest, calls};
use crate::error::Error;
use crate::message::{Message, Part, Role};
use serde::Serialize;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::borrow::Cow;

/// Letters and digits of an id of [`CallIds::Nine`].
const NINE: usize = 9;

/// A message on the wire.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Wire<'a> {
    Plain {
        role: &'static str,
        content: Content<'a>,
    },
    Result {
        role: &'static str,
        tool_call_id: Cow<'a, str>,
        content: Content<'a>,
    },
    /// As it is.
    Whole(Cow<'a, Value>),
}

#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Content<'a> {
    Text(Cow<'a, str>),
    Parts(Vec<Value>),
}

/// The system prompt and the conversation as the server takes them. What is left out is told in `warnings`.
///
/// # Errors
/// `argument` for a part that cannot be sent in any way.
pub(super) fn write_messages<'a>(
    turn: &'a TurnRequest<'a>,
    dialect: &'a Dialect,
    warnings: &mut Warnings,
) -> Result<Vec<Wire<'a>>, Error> {
    let mut out = Vec::with_capacity(turn.messages.len() + 1);
    if let Some(prompt) = turn.system_prompt {
        out.push(Wire::Plain { role: dialect.system_role, content: Content::Text(Cow::Borrowed(prompt)) });
    }
    let thinks = dialect.reasoning_back.is_some() && turn.messages.iter().any(|message| has_reasoning(message));
    let mut writer = Writer { turn, dialect, warnings, thinks, own_ids: Vec::new(), shown: Vec::new() };
    for (at, message) in turn.messages.iter().enumerate() {
        if message.role != Role::Tool {
            writer.show(&mut out);
        }
        match message.role {
            Role::System => {
                let content = Content::Text(Cow::Owned(message.text()));
                out.push(Wire::Plain { role: dialect.system_role, content });
            }
            Role::User => out.push(Wire::Plain { role: "user", content: writer.content(&message.content)? }),
            Role::Assistant => {
                let is_last = at + 1 == turn.messages.len();
                out.push(Wire::Whole(writer.assistant(message, is_last)));
            }
            Role::Tool => writer.results(message, &mut out)?,
        }
    }
    writer.show(&mut out);
    Ok(out)
}

fn has_reasoning(message: &Message) -> bool {
    message.content.iter().any(|part| matches!(part, Part::Reasoning { .. }))
}

struct Writer<'a, 'w> {
    turn: &'a TurnRequest<'a>,
    dialect: &'a Dialect,
    warnings: &'w mut Warnings,
    /// The model's reasoning must come back, and there is some.
    thinks: bool,
    /// Ids of calls in turns that go back as they came: they are the server's own.
    own_ids: Vec<&'a str>,
    /// What results show besides their text, for a message of the user after the last of them: the format takes text alone in a
    /// result, and the results of one turn must stand together.
    shown: Vec<Value>,
}

impl<'a> Writer<'a, '_> {
    fn warn(&mut self, left_out: &str) {
        if !left_out.is_empty() {
            self.warnings.add(format!("{left_out} was left out of the request"));
        }
    }

    fn content(&mut self, parts: &'a [Part]) -> Result<Content<'a>, Error> {
        if let [Part::Text { text }] = parts {
            return Ok(Content::Text(Cow::Borrowed(text)));
        }
        let parts = self.parts(parts)?;
        Ok(self.listed(parts))
    }

    /// Parts as content: no server takes an empty list, and one that takes text alone may not take a list of texts.
    fn listed(&self, parts: Vec<Value>) -> Content<'a> {
        if self.dialect.takes_pictures(self.turn.model) && !parts.is_empty() {
            return Content::Parts(parts);
        }
        let texts: Option<Vec<&str>> = parts.iter().map(|part| part.get("text")?.as_str()).collect();
        match texts {
            Some(texts) => Content::Text(Cow::Owned(texts.join("\n"))),
            None => Content::Parts(parts),
        }
    }

    fn parts(&mut self, parts: &[Part]) -> Result<Vec<Value>, Error> {
        let mut out: Vec<Value> = Vec::with_capacity(parts.len());
        for part in parts {
            if let Part::CachePoint { ttl } = part {
                if let Some(last) = out.last_mut().and_then(Value::as_object_mut).filter(|_| self.dialect.cache_control)
                {
                    last.insert("cache_control".to_owned(), cache_control(ttl.as_deref()));
                }
                continue;
            }
            match write_part(part, self.dialect, self.turn.model)? {
                Ok(value) => out.push(value),
                Err(why) => self.warn(&why),
            }
        }
        Ok(out)
    }

    fn results(&mut self, message: &'a Message, out: &mut Vec<Wire<'a>>) -> Result<(), Error> {
        for part in &message.content {
            let Part::ToolResult { tool_call_id, name, content, parts, is_error } = part else { continue };
            let text = calls::result_text(content, *is_error);
            let content = if parts.is_empty() {
                Content::Text(text)
            } else if self.dialect.tool_parts {
                let mut list = vec![json!({"type": "text", "text": text})];
                list.extend(self.parts(parts)?);
                self.listed(list)
            } else {
                let mut shown = self.parts(parts)?;
                let instead = if shown.is_empty() { "(nothing that can be shown here)" } else { "(see below)" };
                if !shown.is_empty() {
                    let heading = format!("What the result of {name} ({tool_call_id}) shows:");
                    self.shown.push(json!({"type": "text", "text": heading}));
                    self.shown.append(&mut shown);
                }
                Content::Text(if text.is_empty() { Cow::Borrowed(instead) } else { text })
            };
            out.push(Wire::Result { role: "tool", tool_call_id: self.call_id(tool_call_id), content });
        }
        Ok(())
    }

    /// Shows what the results before it showed.
    fn show(&mut self, out: &mut Vec<Wire<'a>>) {
        if !self.shown.is_empty() {
            let shown = std::mem::take(&mut self.shown);
            out.push(Wire::Plain { role: "user", content: self.listed(shown) });
        }
    }

    fn takes_id(&self, id: &str) -> bool {
        self.dialect.call_ids == CallIds::Any
            || (id.len() == NINE && id.bytes().all(|byte| byte.is_ascii_alphanumeric()))
    }

    /// The id of a call as the server takes it: the same for a call and its result, wherever it comes from.
    fn call_id<'b>(&self, id: &'b str) -> Cow<'b, str> {
        if self.takes_id(id) || self.own_ids.contains(&id) {
            return Cow::Borrowed(id);
        }
        let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        let letter = |byte: &u8| letters.get(usize::from(*byte) % letters.len()).map_or('0', |it| char::from(*it));
        Cow::Owned(Sha256::digest(id.as_bytes()).iter().take(NINE).map(letter).collect())
    }

    fn assistant(&mut self, message: &'a Message, is_last: bool) -> Cow<'a, Value> {
        let provider = &self.turn.endpoint.provider;
        let raw = message.raw.as_ref().filter(|raw| raw.provider == *provider && agrees(message, &raw.value));
        let mut wire = match raw {
            Some(raw) => self.echo(message, &raw.value),
            None => Cow::Owned(self.translate(message)),
        };
        // Where the model thinks, a turn with calls that has no reasoning is refused; an empty one is taken.
        if let Some(field) = self.dialect.reasoning_back.filter(|_| self.thinks && !message.tool_calls.is_empty())
            && wire.get(field).is_none()
            && let Some(fields) = wire.to_mut().as_object_mut()
        {
            fields.insert(field.to_owned(), json!(""));
        }
        if self.dialect.prefix
            && is_last
            && message.tool_calls.is_empty()
            && let Some(fields) = wire.to_mut().as_object_mut()
        {
            fields.insert("prefix".to_owned(), json!(true));
        }
        wire
    }

    /// The turn as the provider sent it, with the names and arguments that its calls have now.
    fn echo(&mut self, message: &'a Message, raw: &'a Value) -> Cow<'a, Value> {
        let audio = raw.pointer("/audio/id");
        if message.tool_calls.is_empty() && audio.is_none() {
            return Cow::Borrowed(raw);
        }
        let mut echo = raw.clone();
        let calls = echo.get_mut("tool_calls").and_then(Value::as_array_mut).into_iter().flatten();
        for (raw, call) in calls.zip(&message.tool_calls) {
            if !self.takes_id(&call.id) {
                self.own_ids.push(&call.id);
            }
            if let Some(Value::Object(function)) = raw.get_mut("function") {
                // A name that the model made up would be refused in the history too.
                function.insert("name".to_owned(), json!(self.turn.tools.to_wire(&call.name)));
                function.insert("arguments".to_owned(), json!(call.arguments));
            }
        }
        // Sound that the model made goes back by its id alone.
        if let (Some(id), Some(fields)) = (audio, echo.as_object_mut()) {
            fields.insert("audio".to_owned(), json!({"id": id}));
        }
        Cow::Owned(echo)
    }

    /// The turn of another provider, from its content.
    fn translate(&mut self, message: &Message) -> Value {
        let mut wire = Map::new();
        let text = message.text();
        wire.insert("role".to_owned(), json!("assistant"));
        let content = if text.is_empty() && !message.tool_calls.is_empty() { Value::Null } else { json!(text) };
        wire.insert("content".to_owned(), content);
        for part in &message.content {
            match part {
                Part::Reasoning { text } => match self.dialect.reasoning_back {
                    Some(field) => {
                        let before = wire.get(field).and_then(Value::as_str).unwrap_or_default();
                        let all = format!("{before}{text}");
                        wire.insert(field.to_owned(), json!(all));
                    }
                    None => self.warn("the reasoning of an earlier turn, which only its own provider reads,"),
                },
                Part::Image { .. } | Part::File { .. } => self.warn("a picture or file that a model made"),
                Part::Other(_) => self.warn("a part of an earlier turn that only its own provider knows"),
                _ => {}
            }
        }
        if !message.tool_calls.is_empty() {
            let calls = message.tool_calls.iter().map(|call| {
                json!({"id": self.call_id(&call.id), "type": "function",
                       "function": {"name": self.turn.tools.to_wire(&call.name), "arguments": call.arguments}})
            });
            wire.insert("tool_calls".to_owned(), calls.collect());
        }
        Value::Object(wire)
    }
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

fn cache_control(ttl: Option<&str>) -> Value {
    match ttl {
        Some(ttl) => json!({"type": "ephemeral", "ttl": ttl}),
        None => json!({"type": "ephemeral"}),
    }
}
