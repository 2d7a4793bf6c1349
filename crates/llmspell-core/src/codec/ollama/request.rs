//! Writes a request.

use super::messages::{Messages, Wire};
use crate::codec::body::Fields;
use crate::codec::encoded::{self, Warnings};
use crate::codec::tool_schema::{Keywords, narrow};
use crate::codec::{Encoded, TurnRequest};
use crate::error::Error;
use crate::run::{Settings, ToolChoice};
use crate::tool::ToolSet;
use serde::Serialize;
use serde::ser::{SerializeMap as _, Serializer};
use serde_json::{Map, Value, json};

pub(super) fn encode(turn: &TurnRequest<'_>) -> Result<Encoded, Error> {
    let endpoint = turn.endpoint;
    let mut warnings = Warnings::default();
    let mut messages = Messages::new(turn);
    for message in turn.messages {
        messages.add(message, &mut warnings)?;
    }
    let messages = messages.finish();
    let use_tools = uses_tools(turn, &mut warnings);
    let body =
        Body { turn, messages, use_tools, sampling: sampling(turn.settings, turn.provider_options.get("options")) };
    let mut headers = encoded::headers("application/x-ndjson, application/json");
    headers.extend(encoded::bearer(endpoint));
    // Some programs write the address with the path that comes before each of Ollama's methods.
    let base = endpoint.base_url.strip_suffix("/api").unwrap_or(&endpoint.base_url);
    Encoded::of(format!("{base}/api/chat"), headers, &body, warnings)
}

/// The body, written as it is walked: no tree of it is made.
struct Body<'a> {
    turn: &'a TurnRequest<'a>,
    messages: Vec<Wire<'a>>,
    use_tools: bool,
    /// Sampling and limits, with the options' own over them.
    sampling: Option<Value>,
}

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let TurnRequest { tools, provider_options, output, .. } = *self.turn;
        let mut map = serializer.serialize_map(None)?;
        if let Some(sampling) = &self.sampling {
            map.serialize_entry("options", sampling)?;
        }
        let mut body = Fields::new(map, provider_options);
        body.set("model", self.turn.model)?;
        body.set("messages", &self.messages)?;
        if self.use_tools {
            body.set("tools", &Tools(tools))?;
        }
        let any = Value::from("json");
        body.set_some("format", output.map(|output| if output.is_any_object() { &any } else { &output.schema }))?;
        body.set("stream", &true)?;
        body.end(self.sampling.as_ref().map(|_| "options"))
    }
}

/// Ollama reads the schema of a tool into types of its own, and refuses all tools where one does not fit them.
///
/// Source: <https://github.com/ollama/ollama/blob/main/api/types.go> (`ToolFunctionParameters`, `ToolProperty`).
static KEYWORDS: Keywords = Keywords { plain_properties: true, ..Keywords::USUAL };

struct Tools<'a>(&'a ToolSet);

impl Serialize for Tools<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|tool| {
            let parameters = narrow(&tool.schema, &KEYWORDS);
            let function = json!({"name": tool.wire_name(), "description": tool.description, "parameters": parameters});
            json!({"type": "function", "function": function})
        }))
    }
}

/// Whether tools are sent. The format has no field for a choice; that none is called is said by sending none.
fn uses_tools(turn: &TurnRequest<'_>, warnings: &mut Warnings) -> bool {
    if turn.tools.is_empty() {
        return false;
    }
    match &turn.settings.tool_choice {
        Some(ToolChoice::None) => return false,
        Some(ToolChoice::Required | ToolChoice::Named { .. }) => {
            warnings.add("tool_choice: Ollama cannot be told that a tool must be called; it chooses itself".to_owned());
        }
        Some(ToolChoice::Auto) | None => {}
    }
    true
}

fn sampling(settings: &Settings, options: Option<&Value>) -> Option<Value> {
    let Settings { temperature, top_p, max_tokens, stop, seed, .. } = settings;
    let mut fields = Map::new();
    let mut set = |name: &str, value: Option<Value>| fields.extend(value.map(|value| (name.to_owned(), value)));
    set("temperature", temperature.map(Value::from));
    set("top_p", top_p.map(Value::from));
    set("num_predict", max_tokens.map(Value::from));
    set("stop", stop.as_ref().map(|list| json!(list)));
    set("seed", seed.map(Value::from));
    match options {
        Some(Value::Object(own)) => fields.extend(own.iter().map(|(name, value)| (name.clone(), value.clone()))),
        Some(other) => return Some(other.clone()),
        None if fields.is_empty() => return None,
        None => {}
    }
    Some(Value::Object(fields))
}
