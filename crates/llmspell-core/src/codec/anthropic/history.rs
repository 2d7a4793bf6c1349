//! The conversation as the provider takes it: users and assistants in turn, every tool call answered at once.
//!
//! Results of tools come first in the user's message that follows their calls. Messages of one role in a row become one. A
//! blank text is never sent, nor an empty message.

use super::outgoing::{Block, Body, WireMessage};
use super::parts::{Writer, text_block};
use crate::codec::TurnRequest;
use crate::error::Error;
use crate::hash;
use crate::message::{Message, Part, Role, ToolCall};
use crate::run::CacheTime;
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use std::collections::HashSet;

/// What the messages of a request are made of.
#[derive(Debug)]
pub(super) struct History<'a> {
    pub system: Vec<Block<'a>>,
    pub messages: Vec<WireMessage<'a>>,
    pub writer: Writer,
}

const USER: &str = "user";
const ASSISTANT: &str = "assistant";
const SYSTEM: &str = "system";

struct Builder<'a, 't> {
    turn: &'t TurnRequest<'a>,
    /// Whether the model takes system messages after a user's.
    system_turns: bool,
    out: History<'a>,
    /// The user's message that is being put together: results of tools, then the rest.
    results: Vec<Block<'a>>,
    rest: Vec<Block<'a>>,
    /// Calls that have no result yet: their own ids, and those on the wire.
    open: Vec<(&'a str, String)>,
    /// Ids on the wire so far; each must be there once.
    used: HashSet<String>,
}

/// Writes the conversation.
///
/// # Errors
/// `argument` when a message holds what cannot be sent, or when nothing is left to send.
pub(super) fn write<'a>(turn: &TurnRequest<'a>, system_turns: bool) -> Result<History<'a>, Error> {
    let mut builder = Builder {
        turn,
        system_turns,
        out: History { system: Vec::new(), messages: Vec::new(), writer: Writer::default() },
        results: Vec::new(),
        rest: Vec::new(),
        open: Vec::new(),
        used: HashSet::new(),
    };
    builder.out.system.extend(turn.system_prompt.and_then(text_block));
    for (at, message) in turn.messages.iter().enumerate() {
        match message.role {
            Role::System => builder.system(message, turn.messages.get(at + 1).map(|next| next.role))?,
            Role::User | Role::Tool => builder.user(message)?,
            Role::Assistant => builder.assistant(message),
        }
    }
    builder.end_user();
    let mut out = builder.out;
    trim_last(&mut out.messages);
    if out.messages.is_empty() {
        return Err(Error::argument(
            "input: nothing to send: Anthropic needs a message of role user, and blank texts cannot be sent",
        ));
    }
    Ok(out)
}

impl<'a> Builder<'a, '_> {
    fn system(&mut self, message: &'a Message, next: Option<Role>) -> Result<(), Error> {
        // In its place where the provider takes it: right after a user's message or a result of the server's own tools, and
        // not before another message of the user.
        let in_place = self.system_turns
            && matches!(next, None | Some(Role::Assistant))
            && (!(self.results.is_empty() && self.rest.is_empty()) || self.ends_with_server_result());
        let mut blocks = Vec::new();
        for part in &message.content {
            match part {
                Part::CachePoint { ttl } => mark(blocks.last_mut().or(self.out.system.last_mut()), ttl.as_deref()),
                part => blocks.extend(self.out.writer.block(part)?.filter(|block| matches!(block.body, Body::Text(_)))),
            }
        }
        if in_place && !blocks.is_empty() {
            self.end_user();
            self.push(SYSTEM, blocks);
        } else {
            self.out.system.append(&mut blocks);
        }
        Ok(())
    }

    fn ends_with_server_result(&self) -> bool {
        let last = self.out.messages.last().filter(|last| last.role == ASSISTANT && self.open.is_empty());
        let Some(Block { body: Body::Whole(block), .. }) = last.and_then(|last| last.content.last()) else {
            return false;
        };
        block.get("type").and_then(Value::as_str).is_some_and(|kind| kind.ends_with("_tool_result"))
    }

    fn user(&mut self, message: &'a Message) -> Result<(), Error> {
        for part in &message.content {
            match part {
                Part::ToolResult { tool_call_id, name, content, parts, is_error } => {
                    self.result(tool_call_id, name, content, parts, *is_error)?;
                }
                Part::CachePoint { ttl } => self.cache_point(ttl.as_deref()),
                part => self.rest.extend(self.out.writer.block(part)?),
            }
        }
        Ok(())
    }

    fn result(
        &mut self,
        call: &'a str,
        name: &str,
        text: &'a str,
        parts: &'a [Part],
        is_error: bool,
    ) -> Result<(), Error> {
        let mut content: Vec<Block<'a>> = text_block(text).into_iter().collect();
        let mut cache = None;
        for part in parts {
            if let Part::CachePoint { ttl } = part {
                cache = Some(time(ttl.as_deref()));
            }
            content.extend(self.out.writer.block(part)?);
        }
        let Some(at) = self.open.iter().position(|(id, _)| *id == call) else {
            self.out.writer.warnings.add("a tool's result that answers no call was sent as text");
            self.rest.push(Block::text(format!("The result of the tool {name}:")));
            self.rest.append(&mut content);
            return Ok(());
        };
        let (_, id) = self.open.remove(at);
        if is_error {
            // A failed result must have text, and nothing else; pictures follow after all results.
            let (text, others) = content.into_iter().partition(|block| matches!(block.body, Body::Text(_)));
            content = text;
            self.rest.extend::<Vec<_>>(others);
            if content.is_empty() {
                content.push(Block::text("The tool failed and gave no reason."));
            }
        }
        self.results.push(Block { body: Body::ToolResult { id: id.into(), content, is_error }, cache });
        Ok(())
    }

    fn cache_point(&mut self, ttl: Option<&str>) {
        let before = self.out.messages.last_mut().and_then(|message| message.content.last_mut());
        let block = self.rest.last_mut().or(self.results.last_mut()).or(before).or(self.out.system.last_mut());
        mark(block, ttl);
    }

    /// Ends the user's message: every call that is still open gets a result that says so.
    fn end_user(&mut self) {
        for (_, id) in std::mem::take(&mut self.open) {
            self.out.writer.warnings.add("a tool call without a result was answered as not carried out");
            let content = vec![Block::text("Error: this call was not carried out.")];
            self.results.push(Block::new(Body::ToolResult { id: id.into(), content, is_error: true }));
        }
        let mut blocks = std::mem::take(&mut self.results);
        blocks.append(&mut self.rest);
        self.push(USER, blocks);
    }

    fn push(&mut self, role: &'static str, mut blocks: Vec<Block<'a>>) {
        match self.out.messages.last_mut() {
            _ if blocks.is_empty() => {}
            Some(last) if last.role == role => last.content.append(&mut blocks),
            _ => self.out.messages.push(WireMessage { role, content: blocks }),
        }
    }

    fn assistant(&mut self, message: &'a Message) {
        self.end_user();
        let ids: Vec<String> = message.tool_calls.iter().map(|call| self.wire_id(&call.id)).collect();
        let provider = &self.turn.endpoint.provider;
        let echoed =
            message.raw.as_ref().filter(|raw| raw.provider == *provider).and_then(|raw| agreed(message, &raw.value));
        let blocks = match echoed {
            Some(blocks) => self.echo(blocks, &message.tool_calls, &ids),
            None => self.translate(message, &ids),
        };
        self.push(ASSISTANT, blocks);
        self.open = message.tool_calls.iter().map(|call| call.id.as_str()).zip(ids).collect();
    }

    /// A turn of this provider as it came, but for blank texts, and for calls that were changed since.
    fn echo(&self, blocks: &'a [Value], calls: &[ToolCall], ids: &[String]) -> Vec<Block<'a>> {
        let mut calls = calls.iter().zip(ids);
        let mut out = Vec::with_capacity(blocks.len());
        for block in blocks {
            let text = |name: &str| block.get(name).and_then(Value::as_str);
            let body = match text("type") {
                Some("text") if text("text").is_none_or(|text| text.trim().is_empty()) => continue,
                Some("tool_use") => match calls.next() {
                    Some((call, id)) => self.echoed_call(block, call, id),
                    None => continue,
                },
                _ => Cow::Borrowed(block),
            };
            out.push(Block::new(Body::Whole(body)));
        }
        out
    }

    fn echoed_call(&self, block: &'a Value, call: &ToolCall, id: &str) -> Cow<'a, Value> {
        // A name that the model made up would be refused in the history too.
        let name = self.turn.tools.to_wire(&call.name);
        let edited = arguments(&call.arguments).filter(|input| block.get("input") != Some(input));
        let get = |name: &str| block.get(name).and_then(Value::as_str);
        if get("id") == Some(id) && get("name") == Some(&name) && edited.is_none() {
            return Cow::Borrowed(block);
        }
        let mut block = block.clone();
        if let Some(fields) = block.as_object_mut() {
            fields.insert("id".to_owned(), json!(id));
            fields.insert("name".to_owned(), json!(name));
            if let Some(input) = edited {
                fields.insert("input".to_owned(), input);
            }
        }
        Cow::Owned(block)
    }

    /// A turn of another provider, or one that was changed: its text and its calls.
    fn translate(&mut self, message: &'a Message, ids: &[String]) -> Vec<Block<'a>> {
        let mut blocks = Vec::new();
        let warnings = &mut self.out.writer.warnings;
        for part in &message.content {
            match part {
                Part::Text { text } | Part::Refusal { text } => blocks.extend(text_block(text)),
                Part::CachePoint { ttl } => mark(blocks.last_mut(), ttl.as_deref()),
                Part::Reasoning { .. } => warnings.add("reasoning of another model in the history was left out"),
                Part::Citation(_) => warnings.add("citations of another model in the history were left out"),
                Part::Image { .. } | Part::File { .. } | Part::ToolResult { .. } | Part::Other(_) => {
                    warnings.add("what another model sent besides text and tool calls was left out of the history");
                }
            }
        }
        blocks.extend(message.tool_calls.iter().zip(ids).map(|(call, id)| {
            let input = arguments(&call.arguments).unwrap_or_else(|| json!({"INVALID_JSON": call.arguments}));
            let name = self.turn.tools.to_wire(&call.name);
            Block::value(json!({"type": "tool_use", "id": id, "name": name, "input": input}))
        }));
        blocks
    }

    /// An id in the form that the provider takes (`^[a-zA-Z0-9_-]+$`), and that no call has yet.
    fn wire_id(&mut self, id: &str) -> String {
        let legal = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        let mut wire =
            if !id.is_empty() && id.chars().all(legal) { id.to_owned() } else { format!("toolu_{}", hash::hex(id, 8)) };
        if !self.used.insert(wire.clone()) {
            wire = format!("{wire}_{}", self.used.len());
            self.used.insert(wire.clone());
        }
        wire
    }
}

/// The blocks of a turn as the provider sent it, if it asks for the calls that the message holds.
fn agreed<'a>(message: &Message, raw: &'a Value) -> Option<&'a [Value]> {
    let blocks = raw.get("content").and_then(Value::as_array)?;
    let calls = blocks.iter().filter(|block| block.get("type").and_then(Value::as_str) == Some("tool_use"));
    let ids = calls.map(|block| block.get("id").and_then(Value::as_str).unwrap_or_default());
    let all = blocks.iter().all(Value::is_object);
    (all && ids.eq(message.tool_calls.iter().map(|call| call.id.as_str()))).then_some(blocks)
}

/// The arguments of a call as the object that the provider takes.
fn arguments(text: &str) -> Option<Value> {
    if text.trim().is_empty() {
        return Some(Value::Object(Map::new()));
    }
    crate::json::from_wire(text).ok().filter(Value::is_object)
}

fn time(ttl: Option<&str>) -> CacheTime {
    match ttl {
        Some("5m") => CacheTime::FiveMinutes,
        Some("1h") => CacheTime::OneHour,
        _ => CacheTime::Usual,
    }
}

fn mark(block: Option<&mut Block<'_>>, ttl: Option<&str>) {
    if let Some(block) = block.filter(|block| block.is_cacheable()) {
        block.cache = Some(time(ttl));
    }
}

/// An assistant's text at the very end, which the model goes on with, must not end with white space.
fn trim_last(messages: &mut [WireMessage<'_>]) {
    let Some(WireMessage { role: ASSISTANT, content }) = messages.last_mut() else { return };
    let Some(block) = content.last_mut() else { return };
    match &mut block.body {
        Body::Text(text) => {
            let end = text.trim_end().len();
            match text {
                Cow::Borrowed(text) => *text = text.get(..end).unwrap_or(text),
                Cow::Owned(text) => text.truncate(end),
            }
        }
        Body::Whole(value) => {
            let ending = value.get("text").and_then(Value::as_str).filter(|text| text.trim_end().len() < text.len());
            if value.get("type").and_then(Value::as_str) == Some("text")
                && let Some(trimmed) = ending.map(|text| json!(text.trim_end()))
                && let Some(fields) = value.to_mut().as_object_mut()
            {
                fields.insert("text".to_owned(), trimmed);
            }
        }
        Body::ToolResult { .. } => {}
    }
}
