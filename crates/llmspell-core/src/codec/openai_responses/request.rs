//! Writes a request.

use super::input::{self, Item};
use crate::codec::body::Fields;
use crate::codec::encoded::{self, Warnings};
use crate::codec::openai_schema::{is_strict, strict_form};
use crate::codec::tool_schema::{Keywords, narrow};
use crate::codec::{Encoded, OutputFormat, TurnRequest};
use crate::error::Error;
use crate::run::{Settings, ToolChoice};
use crate::tool::{Tool, ToolSet};
use serde::Serialize;
use serde::ser::{SerializeSeq, Serializer};
use serde_json::{Map, Value, json};
use std::borrow::Cow;

/// What a stateless conversation asks for, so that the model's reasoning can go back to it.
const ENCRYPTED: &str = "reasoning.encrypted_content";

pub(super) fn encode(turn: &TurnRequest<'_>) -> Result<Encoded, Error> {
    let endpoint = turn.endpoint;
    let mut warnings = unsupported(turn.settings);
    let plan = Plan::of(turn);
    let input = input::write(turn, plan.is_stateless, &mut warnings)?;
    let mut headers = encoded::headers(encoded::EVENTS);
    headers.extend(encoded::bearer(endpoint));
    Encoded::of(format!("{}/responses", endpoint.base_url), headers, &Body { turn, plan, input }, warnings)
}

/// What the format has no field for.
fn unsupported(settings: &Settings) -> Warnings {
    let mut warnings = Warnings::default();
    for (name, is_given) in [("stop", settings.stop.is_some()), ("seed", settings.seed.is_some())] {
        if is_given {
            warnings.add(format!("{name}: the Responses format has no field for it; it is not sent"));
        }
    }
    warnings
}

/// What the provider options leave to us.
#[derive(Debug)]
struct Plan<'a> {
    /// The provider options without those that are merged with fields of ours.
    options: Cow<'a, Map<String, Value>>,
    /// Nothing is kept by the server.
    is_stateless: bool,
    /// Declarations that the provider options add: hosted tools.
    hosted: &'a [Value],
    include: Vec<Value>,
    text: Map<String, Value>,
}

impl<'a> Plan<'a> {
    fn of(turn: &'a TurnRequest<'_>) -> Self {
        let given = turn.provider_options;
        let continues = ["previous_response_id", "conversation"]
            .iter()
            .any(|name| given.get(*name).is_some_and(|value| !value.is_null()));
        let is_stateless = given.get("store").map_or(!continues, |store| *store == Value::Bool(false));
        let wants_reasoning = reasons(turn.model) || given.get("reasoning").is_some_and(|it| !it.is_null());
        let mut include = given.get("include").and_then(Value::as_array).cloned().unwrap_or_default();
        let is_open = !include.is_empty() || !given.contains_key("include");
        if is_open && is_stateless && wants_reasoning && !include.iter().any(|one| one == ENCRYPTED) {
            include.push(json!(ENCRYPTED));
        }
        let mut text: Map<String, Value> =
            turn.output.map(|output| ("format".to_owned(), format_of(output))).into_iter().collect();
        text.extend(given.get("text").and_then(Value::as_object).cloned().unwrap_or_default());
        let hosted = given.get("tools").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let merged = [
            ("tools", given.get("tools").is_some_and(Value::is_array)),
            ("include", !include.is_empty()),
            ("text", given.get("text").is_some_and(Value::is_object)),
        ];
        let mut options = Cow::Borrowed(given);
        for (name, _) in merged.into_iter().filter(|(_, is_merged)| *is_merged) {
            options.to_mut().shift_remove(name);
        }
        Self { options, is_stateless, hosted, include, text }
    }
}

/// Whether a model of this name reasons, so that its reasoning can be had encrypted; others refuse to be asked for it.
fn reasons(model: &str) -> bool {
    let name = model.rsplit('/').next().unwrap_or(model);
    let number = |prefix: &str| -> Option<u32> {
        let digits: String = name.strip_prefix(prefix)?.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    };
    let is_chat = name.contains("-chat");
    number("o").is_some() || (number("gpt-").is_some_and(|it| it >= 5) && !is_chat) || name.starts_with("codex")
}

fn format_of(output: &OutputFormat) -> Value {
    if output.is_any_object() {
        return json!({"type": "json_object"});
    }
    let strict = strict_form(&output.schema);
    json!({
        "type": "json_schema",
        "name": output.name,
        "strict": strict.is_some(),
        "schema": strict.as_ref().unwrap_or(&output.schema),
    })
}

/// The body, written as it is walked: no tree of it is made.
struct Body<'a> {
    turn: &'a TurnRequest<'a>,
    plan: Plan<'a>,
    input: Vec<Item<'a>>,
}

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let TurnRequest { tools, settings, .. } = *self.turn;
        let Plan { options, is_stateless, hosted, include, text } = &self.plan;
        let mut body = Fields::new(serializer.serialize_map(None)?, options);
        body.set("model", self.turn.model)?;
        body.set_some("instructions", self.turn.system_prompt.as_ref())?;
        body.set("input", &self.input)?;
        if !tools.is_empty() || !hosted.is_empty() {
            body.set("tools", &Tools { own: tools, hosted })?;
            body.set_some("tool_choice", settings.tool_choice.as_ref().map(|it| write_choice(it, tools)).as_ref())?;
        }
        body.set_some("temperature", settings.temperature.as_ref())?;
        body.set_some("top_p", settings.top_p.as_ref())?;
        body.set_some("max_output_tokens", settings.max_tokens.as_ref())?;
        if !text.is_empty() {
            body.set("text", text)?;
        }
        if *is_stateless {
            body.set("store", &false)?;
        }
        if !include.is_empty() {
            body.set("include", include)?;
        }
        body.set("stream", &true)?;
        body.end(None)
    }
}

/// Our tools, and those of the provider options; one of these with the name of ours stands in its place.
struct Tools<'a> {
    own: &'a ToolSet,
    hosted: &'a [Value],
}

impl Serialize for Tools<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let named = |tool: &Tool| {
            let is_it = |hosted: &Value| hosted.get("name").and_then(Value::as_str) == Some(tool.wire_name());
            self.hosted.iter().any(is_it)
        };
        let mut list = serializer.serialize_seq(None)?;
        for tool in self.own.iter().filter(|tool| !named(tool)) {
            list.serialize_element(&Declaration::of(tool))?;
        }
        for tool in self.hosted {
            list.serialize_element(tool)?;
        }
        list.end()
    }
}

#[derive(Serialize)]
struct Declaration<'a> {
    r#type: &'static str,
    name: &'a str,
    description: &'a str,
    parameters: Cow<'a, Value>,
    /// Said, because a server makes a schema strict that says nothing of it: what may be missing would be demanded.
    strict: bool,
}

impl<'a> Declaration<'a> {
    fn of(tool: &'a Tool) -> Self {
        let parameters = narrow(&tool.schema, &Keywords::USUAL);
        let strict = is_strict(&parameters);
        Self { r#type: "function", name: tool.wire_name(), description: &tool.description, parameters, strict }
    }
}

fn write_choice(choice: &ToolChoice, tools: &ToolSet) -> Value {
    match choice {
        ToolChoice::Auto => json!("auto"),
        ToolChoice::None => json!("none"),
        ToolChoice::Required => json!("required"),
        ToolChoice::Named { name } => json!({"type": "function", "name": tools.to_wire(name)}),
    }
}

#[cfg(test)]
mod tests {
    use super::reasons;

    #[test]
    fn models_that_reason_are_known_by_their_names() {
        for model in [
            "o1",
            "o3-mini",
            "o4-mini-2025-04-16",
            "gpt-5",
            "gpt-5.2-codex",
            "openai/gpt-5-mini",
            "gpt-6",
            "codex-mini",
        ] {
            assert!(reasons(model), "{model}");
        }
        for model in ["gpt-4o", "gpt-4.1-mini", "gpt-5-chat-latest", "omni", "gpt-oss", "llama-3", "opus", ""] {
            assert!(!reasons(model), "{model}");
        }
    }
}
