//! Writes the conversation: contents of the roles `user` and `model`, each a list of parts.

use super::model;
use crate::codec::TurnRequest;
use crate::codec::calls::arguments;
use crate::codec::encoded::Warnings;
use crate::defaults;
use crate::error::Error;
use crate::json;
use crate::media::{Source, by_name};
use crate::message::{Message, Part, Role, ToolCall};
use crate::tool::ToolSet;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use std::collections::HashMap;

/// One content on the wire.
#[derive(Debug, Serialize)]
pub(super) struct Content<'a> {
    role: &'static str,
    parts: Vec<WirePart<'a>>,
    /// Holds results of calls: what a user says next stands apart from it.
    #[serde(skip)]
    answers: bool,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum WirePart<'a> {
    Text { text: &'a str },
    Value(Cow<'a, Value>),
}

/// In the place of a signature for calls that another model made: Gemini then does not look for one. Models of the third
/// generation refuse a request where the first call of a step has none; calls beside it need none
/// (<https://ai.google.dev/gemini-api/docs/thought-signatures>).
const NO_SIGNATURE: &str = "skip_thought_signature_validator";
/// The two spellings of a signature's field.
const SIGNATURE: [&str; 2] = ["thoughtSignature", "thought_signature"];

/// The contents, and what is known of the calls in them.
pub(super) struct Contents<'a> {
    list: Vec<Content<'a>>,
    tools: &'a ToolSet,
    provider: &'a str,
    base_url: &'a str,
    third_generation: bool,
    /// Ids of calls on the wire, by our ids; calls without one are matched by name and order.
    ids: HashMap<&'a str, &'a str>,
}

impl<'a> Contents<'a> {
    pub(super) fn new(turn: &'a TurnRequest<'a>) -> Self {
        Self {
            list: Vec::with_capacity(turn.messages.len()),
            tools: turn.tools,
            provider: &turn.endpoint.provider,
            base_url: &turn.endpoint.base_url,
            third_generation: model::is_third_generation(turn.model),
            ids: HashMap::new(),
        }
    }

    pub(super) fn finish(self) -> Vec<Content<'a>> {
        self.list
    }

    /// Adds a message.
    ///
    /// # Errors
    /// `argument` when a picture or a file says not where it is.
    pub(super) fn add(&mut self, message: &'a Message, warnings: &mut Warnings) -> Result<(), Error> {
        match message.role {
            Role::System => {
                warnings.add(
                    "messages: Gemini takes instructions only in front of the conversation; a system message within it is \
                     sent as the user's",
                );
                let parts = self.parts(&message.content, warnings)?;
                self.push("user", false, parts);
            }
            Role::User => {
                let parts = self.parts(&message.content, warnings)?;
                self.push("user", false, parts);
            }
            Role::Assistant => {
                let parts = self.assistant(message, warnings)?;
                self.push("model", false, parts);
            }
            Role::Tool => {
                let mut parts = Vec::with_capacity(message.content.len());
                for part in &message.content {
                    self.result(part, &mut parts, warnings)?;
                }
                self.push("user", true, parts);
            }
        }
        Ok(())
    }

    /// Adds parts: to the content before, where it has the same role and they may stand together.
    fn push(&mut self, role: &'static str, answers: bool, parts: Vec<WirePart<'a>>) {
        if parts.is_empty() {
            return;
        }
        match self.list.last_mut() {
            Some(last) if last.role == role && last.answers == answers => last.parts.extend(parts),
            _ => self.list.push(Content { role, parts, answers }),
        }
    }

    fn parts(&self, content: &'a [Part], warnings: &mut Warnings) -> Result<Vec<WirePart<'a>>, Error> {
        let mut parts = Vec::with_capacity(content.len());
        for part in content {
            match part {
                Part::Text { text } | Part::Refusal { text } => {
                    if !text.is_empty() {
                        parts.push(WirePart::Text { text });
                    }
                }
                Part::ToolResult { .. } => self.result(part, &mut parts, warnings)?,
                Part::Reasoning { .. } => {
                    warnings.add("messages: reasoning of another model is left out; Gemini takes only its own");
                }
                Part::Image { .. } | Part::File { .. } => parts.push(own(self.media(part)?)),
                // Gemini caches by itself.
                Part::Citation(_) | Part::CachePoint { .. } => {}
                Part::Other(value) => match gemini_part(value) {
                    Some(part) => parts.push(own(part)),
                    None => warnings.add(format!(
                        "messages: a part of type {} is left out; Gemini has none of it",
                        value
                            .get("type")
                            .map_or_else(String::new, |kind| json::quote(&kind.to_string(), defaults::QUOTED_CHARS))
                    )),
                },
            }
        }
        Ok(parts)
    }

    fn assistant(&mut self, message: &'a Message, warnings: &mut Warnings) -> Result<Vec<WirePart<'a>>, Error> {
        let raw = message.raw.as_ref().filter(|raw| raw.provider == self.provider);
        let parts = raw.and_then(|raw| raw.value.get("parts")).and_then(Value::as_array);
        if let Some(parts) = parts.filter(|parts| agrees(&message.tool_calls, parts)) {
            return Ok(self.echo(message, parts));
        }
        let mut parts = self.parts(&message.content, warnings)?;
        for (at, call) in message.tool_calls.iter().enumerate() {
            let mut part = json!({"functionCall": {"name": self.tools.to_wire(&call.name), "args": arguments(call)}});
            if let Some(fields) = part.as_object_mut().filter(|_| at == 0 && self.third_generation) {
                fields.insert(SIGNATURE[0].to_owned(), json!(NO_SIGNATURE));
            }
            parts.push(own(part));
        }
        Ok(parts)
    }

    /// The parts as they came. A call's name is written as tools are called now, and its arguments as they were used.
    fn echo(&mut self, message: &'a Message, parts: &'a [Value]) -> Vec<WirePart<'a>> {
        let mut calls = message.tool_calls.iter().enumerate();
        let mut echoed = Vec::with_capacity(parts.len());
        for part in parts {
            let call = part.get("functionCall").and_then(|made| Some((made, calls.next()?)));
            let Some((made, (at, call))) = call else {
                echoed.push(WirePart::Value(Cow::Borrowed(part)));
                continue;
            };
            if let Some(id) = made.get("id").and_then(Value::as_str) {
                self.ids.insert(&call.id, id);
            }
            let name = self.tools.to_wire(&call.name);
            let used = arguments(call);
            let same =
                |value: Option<&Value>| value.is_some_and(|args| *args == used) || (value.is_none() && is_empty(&used));
            // A model of an earlier generation may have made it.
            let unsigned = at == 0 && self.third_generation && SIGNATURE.iter().all(|name| part.get(*name).is_none());
            if made.get("name").and_then(Value::as_str) == Some(&name) && same(made.get("args")) && !unsigned {
                echoed.push(WirePart::Value(Cow::Borrowed(part)));
                continue;
            }
            let mut part = part.clone();
            if let Some(fields) = part.as_object_mut().filter(|_| unsigned) {
                fields.insert(SIGNATURE[0].to_owned(), json!(NO_SIGNATURE));
            }
            if let Some(made) = part.get_mut("functionCall").and_then(Value::as_object_mut) {
                made.insert("name".to_owned(), json!(name));
                made.insert("args".to_owned(), used);
            }
            echoed.push(own(part));
        }
        echoed
    }

    /// Adds the result of a call, and pictures and files that belong to it.
    fn result(&self, part: &'a Part, out: &mut Vec<WirePart<'a>>, warnings: &mut Warnings) -> Result<(), Error> {
        let Part::ToolResult { tool_call_id, name, content, parts, is_error } = part else { return Ok(()) };
        let mut response = Map::new();
        response.insert("name".to_owned(), json!(self.tools.to_wire(name)));
        if let Some(id) = self.ids.get(tool_call_id.as_str()) {
            response.insert("id".to_owned(), json!(id));
        }
        let said = if *is_error { json!({"error": content}) } else { json!({"result": value(content)}) };
        response.insert("response".to_owned(), said);
        let (mut inside, mut beside) = (Vec::new(), Vec::new());
        for part in parts {
            match part {
                Part::Image { .. } | Part::File { .. } => {
                    let media = self.media(part)?;
                    let fits = self.third_generation && media.get("inlineData").is_some();
                    if fits { inside.push(media) } else { beside.push(own(media)) }
                }
                // Its text is in `content` already.
                Part::Text { .. } => {}
                _ => warnings.add(format!(
                    "messages: a part of the result of {name} is left out; Gemini takes pictures and files there"
                )),
            }
        }
        if !inside.is_empty() {
            response.insert("parts".to_owned(), Value::Array(inside));
        }
        out.push(own(json!({"functionResponse": response})));
        out.extend(beside);
        Ok(())
    }

    /// A picture or a file.
    fn media(&self, part: &Part) -> Result<Value, Error> {
        let (what, url, file_id, data, media_type, filename) = match part {
            Part::Image { url, file_id, data, media_type, .. } => ("image", url, file_id, data, media_type, None),
            Part::File { url, file_id, data, media_type, filename } => {
                ("file", url, file_id, data, media_type, filename.as_deref())
            }
            _ => return Ok(Value::Null),
        };
        let given = (url.as_deref(), file_id.as_deref(), data.as_deref());
        let uri = match Source::of(what, given, media_type.as_deref(), filename)? {
            Source::Data { media_type, data } => {
                return Ok(json!({"inlineData": {"mimeType": media_type, "data": data}}));
            }
            Source::Url(url) => url.to_owned(),
            Source::FileId(id) if id.contains("://") => id.to_owned(),
            // An uploaded file is named like `files/abc`.
            Source::FileId(id) => format!("{}/{id}", self.base_url),
        };
        let mut file = Map::new();
        if let Some(kind) = media_type.as_deref().or_else(|| by_name(&uri)) {
            file.insert("mimeType".to_owned(), json!(kind));
        }
        file.insert("fileUri".to_owned(), json!(uri));
        Ok(json!({"fileData": file}))
    }
}

const fn own<'a>(part: Value) -> WirePart<'a> {
    WirePart::Value(Cow::Owned(part))
}

/// Whether parts hold these calls, in this order. Calls that came without an id have one of ours.
fn agrees(calls: &[ToolCall], parts: &[Value]) -> bool {
    let made: Vec<&Value> = parts.iter().filter_map(|part| part.get("functionCall")).collect();
    let same =
        |(made, call): (&&Value, &ToolCall)| made.get("id").and_then(Value::as_str).is_none_or(|own| own == call.id);
    made.len() == calls.len() && made.iter().zip(calls).all(same)
}

fn is_empty(value: &Value) -> bool {
    value.as_object().is_some_and(Map::is_empty)
}

/// A result as a value, where its text is JSON that loses nothing as one; the text otherwise.
fn value(content: &str) -> Value {
    let text = content.trim();
    if !text.starts_with(|c: char| c == '{' || c == '[' || c == '-' || c.is_ascii_digit()) {
        return json!(content);
    }
    match json::from_wire::<Value>(text) {
        Ok(value @ (Value::Object(_) | Value::Array(_))) if json::depth(&value) <= defaults::GEMINI_VALUE_DEPTH => {
            value
        }
        // Gemini reads numbers as doubles.
        Ok(Value::Number(number)) if number.to_string() == text && text.len() <= SAFE_DIGITS => Value::Number(number),
        _ => json!(content),
    }
}

/// Digits of a number that a double holds exactly.
const SAFE_DIGITS: usize = 15;

/// A part of Gemini's own, in the form in which content keeps what has no common form.
fn gemini_part(value: &Value) -> Option<Value> {
    const KINDS: [&str; 7] = [
        "executableCode",
        "codeExecutionResult",
        "inlineData",
        "fileData",
        "toolCall",
        "toolResponse",
        "videoMetadata",
    ];
    let mut fields = value.as_object()?.clone();
    fields.shift_remove("type");
    KINDS.iter().any(|kind| fields.contains_key(*kind)).then_some(Value::Object(fields))
}
