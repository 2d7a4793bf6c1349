//! The messages of a request: earlier turns become a state, what comes after the model's last turn the input of a run.

use super::refusal::Refusal;
use llmspell_core::Message;
use llmspell_core::conversation::STATE_VERSION;
use serde_json::{Map, Value, json};

/// What the messages of a request say.
#[derive(Debug, Default)]
pub(super) struct Read {
    /// The instructions at the beginning.
    pub system_prompt: Option<String>,
    /// The conversation up to the model's last turn; nothing where there is none.
    pub state: Option<Value>,
    /// What comes after it.
    pub input: Vec<Value>,
}

/// The calls of the model's latest turn, and which of them have a result.
#[derive(Default)]
struct Calls {
    named: Vec<(String, String, bool)>,
    /// Where the turn stands.
    at: usize,
}

impl Calls {
    /// # Errors
    /// Where one has no result and something else comes.
    fn close(&self) -> Result<(), Refusal> {
        let missing: Vec<&str> =
            self.named.iter().filter(|(_, _, answered)| !answered).map(|(id, ..)| id.as_str()).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let message = format!(
            "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. \
             The following tool_call_ids did not have response messages: {}",
            missing.join(", ")
        );
        Err(Refusal::of_param(&format!("messages[{}].tool_calls", self.at), message))
    }

    fn answer(&mut self, id: &str, place: &str) -> Result<&str, Refusal> {
        let param = format!("{place}.tool_call_id");
        match self.named.iter_mut().find(|(known, ..)| known == id) {
            Some((_, name, answered)) if !*answered => {
                *answered = true;
                Ok(name)
            }
            Some(_) => Err(Refusal::of_param(&param, format!("The tool call {id:?} has two results."))),
            None => Err(Refusal::of_param(
                &param,
                format!(
                    "messages with role 'tool' must be a response to a preceding message with 'tool_calls': no call there has the id {id:?}."
                ),
            )),
        }
    }
}

/// Reads the member `messages`.
pub(super) fn read(messages: Option<&Value>) -> Result<Read, Refusal> {
    let list = messages.ok_or_else(|| Refusal::of_param("messages", "Missing required parameter: 'messages'."))?;
    let list = list.as_array().ok_or_else(|| Refusal::of_param("messages", "Expected a list of messages."))?;
    if list.is_empty() {
        return Err(Refusal::of_param("messages", "Expected at least one message."));
    }
    let mut read = Read::default();
    let (mut prompts, mut state, mut calls) = (Vec::new(), Vec::new(), Calls::default());
    for (at, given) in list.iter().enumerate() {
        let place = format!("messages[{at}]");
        let message = Given { place: &place, members: given.as_object() };
        let role = message.member("role").and_then(Value::as_str).unwrap_or_default();
        if role != "tool" {
            calls.close()?;
        }
        match role {
            "system" | "developer" if at == prompts.len() => prompts.push(message.text()?),
            "system" | "developer" => read.input.push(json!({"role": "system", "content": message.text()?})),
            "user" => read.input.push(message.user()?),
            "assistant" => {
                let turn = message.turn()?;
                calls = Calls { named: turn.as_ref().map(named_calls).unwrap_or_default(), at };
                // Of an empty answer there is nothing to send back.
                let Some(turn) = turn else { continue };
                state.append(&mut read.input);
                if at + 1 == list.len() {
                    // The model goes on with its own words.
                    read.input.push(turn);
                } else {
                    state.push(turn);
                }
            }
            "tool" => read.input.push(message.result(&mut calls)?),
            _ => {
                let expected = "Expected one of 'system', 'developer', 'user', 'assistant' and 'tool'.";
                return Err(Refusal::of_param(&format!("{place}.role"), expected));
            }
        }
    }
    calls.close()?;
    if read.input.is_empty() {
        // Instructions alone: the last of them is what there is to answer.
        let asked = if state.is_empty() { prompts.pop() } else { None };
        let asked = asked.filter(|text| !text.trim().is_empty());
        let asked = asked.ok_or_else(|| Refusal::of_param("messages", "There is no message to answer."))?;
        read.input.push(json!({"role": "user", "content": [{"type": "text", "text": asked}]}));
    }
    read.system_prompt = (!prompts.is_empty()).then(|| prompts.join("\n\n"));
    read.state = (!state.is_empty()).then(|| json!({"version": STATE_VERSION, "messages": state, "usage": {}}));
    Ok(read)
}

/// A message as the client gave it.
struct Given<'a> {
    place: &'a str,
    members: Option<&'a Map<String, Value>>,
}

impl Given<'_> {
    /// A member that is there and not null.
    fn member(&self, name: &str) -> Option<&Value> {
        self.members?.get(name).filter(|value| !value.is_null())
    }

    fn refuse(&self, member: &str, why: impl Into<String>) -> Refusal {
        Refusal::of_param(&format!("{}.{member}", self.place), why)
    }

    /// Its content as parts of ours.
    fn parts(&self) -> Result<Vec<Value>, Refusal> {
        match self.member("content") {
            Some(Value::String(text)) => Ok(vec![json!({"type": "text", "text": text})]),
            Some(Value::Array(parts)) => parts
                .iter()
                .enumerate()
                .map(|(at, part)| read_part(part).map_err(|why| self.refuse(&format!("content[{at}]"), why)))
                .collect(),
            _ => Err(self.refuse("content", "Expected a text or a list of content parts.")),
        }
    }

    /// Its content as one text.
    fn text(&self) -> Result<String, Refusal> {
        let parts = self.parts()?;
        let text = |part: &Value| part.get("text").and_then(Value::as_str).map(str::to_owned);
        let texts: Option<Vec<String>> = parts.iter().map(text).collect();
        texts.map(|texts| texts.join("\n")).ok_or_else(|| self.refuse("content", "Expected text alone."))
    }

    fn user(&self) -> Result<Value, Refusal> {
        let message = json!({"role": "user", "content": self.parts()?});
        Message::read_input(message.clone()).map_err(|error| {
            let why = error.message.strip_prefix("input: ").unwrap_or(&error.message);
            self.refuse("content", why.split("; expected a string, a message").next().unwrap_or(why))
        })?;
        Ok(message)
    }

    /// A turn of the model; nothing for one that says and calls nothing.
    fn turn(&self) -> Result<Option<Value>, Refusal> {
        if self.member("function_call").is_some() {
            return Err(self.refuse("function_call", "'function_call' is not supported. Use 'tool_calls'."));
        }
        if self.member("audio").is_some() {
            return Err(self.refuse("audio", "Audio is not supported here."));
        }
        let mut content = Vec::new();
        if let Some(Value::String(text)) = self.member("reasoning_content")
            && !text.is_empty()
        {
            content.push(json!({"type": "reasoning", "text": text}));
        }
        if self.member("content").is_some_and(|given| given != "") {
            content.extend(self.parts()?);
        }
        if let Some(Value::String(text)) = self.member("refusal") {
            content.push(json!({"type": "refusal", "text": text}));
        }
        let calls = match self.member("tool_calls") {
            None => Vec::new(),
            Some(Value::Array(calls)) => calls
                .iter()
                .enumerate()
                .map(|(at, call)| {
                    read_call(call).ok_or_else(|| {
                        self.refuse(
                            &format!("tool_calls[{at}]"),
                            "Expected a function call with 'id', and 'function' with 'name' and 'arguments' (a text).",
                        )
                    })
                })
                .collect::<Result<_, _>>()?,
            Some(_) => return Err(self.refuse("tool_calls", "Expected a list of calls.")),
        };
        if content.is_empty() && calls.is_empty() {
            return Ok(None);
        }
        let mut turn = json!({"role": "assistant", "content": content});
        if let (false, Some(members)) = (calls.is_empty(), turn.as_object_mut()) {
            members.insert("tool_calls".to_owned(), calls.into());
        }
        Ok(Some(turn))
    }

    /// The result of a tool.
    fn result(&self, calls: &mut Calls) -> Result<Value, Refusal> {
        let id = self.member("tool_call_id").and_then(Value::as_str);
        let id = id.ok_or_else(|| self.refuse("tool_call_id", "Expected the id of the call."))?;
        let name = calls.answer(id, self.place)?;
        let content = self.text()?;
        Ok(json!({"role": "tool", "content": [
            {"type": "tool_result", "tool_call_id": id, "name": name, "content": content}]}))
    }
}

/// The calls of a turn, by id and name, none of them answered.
fn named_calls(turn: &Value) -> Vec<(String, String, bool)> {
    let text = |call: &Value, name: &str| call.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let calls = turn.get("tool_calls").and_then(Value::as_array);
    calls.into_iter().flatten().map(|call| (text(call, "id"), text(call, "name"), false)).collect()
}

/// A part of content as one of ours; or why it cannot be one.
fn read_part(given: &Value) -> Result<Value, String> {
    let kind = given.get("type").and_then(Value::as_str).unwrap_or_default();
    let body = given.get(kind);
    let text = |name: &str| body.and_then(|body| body.get(name)).and_then(Value::as_str);
    let part = match kind {
        "text" | "refusal" => body.and_then(Value::as_str).map(|text| json!({"type": kind, "text": text})),
        "image_url" => text("url").map(|url| {
            let mut part = json!({"type": "image", "url": url});
            if let (Some(detail), Some(members)) = (text("detail"), part.as_object_mut()) {
                members.insert("detail".to_owned(), detail.into());
            }
            part
        }),
        "file" => {
            let data = text("file_data").map(|data| (if data.starts_with("data:") { "url" } else { "data" }, data));
            let members = [("file_id", text("file_id")), ("filename", text("filename"))];
            let given = members.into_iter().filter_map(|(name, value)| Some((name, value?))).chain(data);
            let part = given.map(|(name, value)| (name.to_owned(), Value::from(value)));
            Some(Value::Object(part.chain([("type".to_owned(), "file".into())]).collect()))
        }
        _ => None,
    };
    part.ok_or_else(|| format!("Content parts of the type {kind:?} are not supported here, or lack their member."))
}

/// A call as one of ours.
fn read_call(given: &Value) -> Option<Value> {
    let function = given.get("function")?;
    let (id, name) = (given.get("id")?.as_str()?, function.get("name")?.as_str()?);
    Some(json!({"id": id, "name": name, "arguments": function.get("arguments")?.as_str()?}))
}
