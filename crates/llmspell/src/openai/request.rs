//! Reads the body of `POST /v1/chat/completions`.

use super::messages;
use super::refusal::{Refusal, client_name};
use crate::options::{check_tool, read_settings, read_tool};
use llmspell_core::tool::ToolSet;
use llmspell_core::{Error, json as depth};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// What a client asks for. As JSON, all fields by their names.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChatRequest {
    /// Model, as the client names it. Which model of which provider that is, is the server's to say.
    pub model: String,
    /// Whether the client wants the answer as it comes.
    pub stream: bool,
    /// Whether it wants a last chunk with the usage.
    pub include_usage: bool,
    /// Options of the agent that answers, where they are given: `system_prompt`, `tools`, all of them external, and `state` with the
    /// turns up to the model's latest one.
    pub agent: Map<String, Value>,
    /// Input of its run: `input` with the messages after that turn, and the settings that the client gave.
    pub input: Map<String, Value>,
    /// Parameters that are no settings of ours, as the client gave them: for `provider_options` of an agent whose provider speaks the
    /// format and whose model takes them. Nothing else is done with them.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub provider_options: Map<String, Value>,
}

/// Parameters that are the settings of ours, by the names of both.
const SETTINGS: [(&str, &str); 6] = [
    ("temperature", "temperature"),
    ("top_p", "top_p"),
    ("max_tokens", "max_tokens"),
    ("max_completion_tokens", "max_tokens"),
    ("stop", "stop"),
    ("seed", "seed"),
];

/// Parameters of OpenAI's that are taken with the value that changes nothing, and refused with any other: the answer would have
/// another form.
const NEUTRAL: [(&str, &str); 9] = [
    ("n", "1"),
    ("logprobs", "false"),
    ("top_logprobs", "0"),
    ("logit_bias", "{}"),
    ("modalities", r#"["text"]"#),
    ("functions", "[]"),
    ("function_call", r#""none""#),
    ("audio", "{}"),
    ("web_search_options", "null"),
];

/// Parameters that are about how an answer comes about. Clients send them with whatever model, and not every model takes them.
const PASSED: [&str; 5] =
    ["frequency_penalty", "parallel_tool_calls", "presence_penalty", "reasoning_effort", "verbosity"];

impl ChatRequest {
    /// Reads a request. Parameters that OpenAI's interface has and this one has not are refused, unless their value changes nothing;
    /// names that are not OpenAI's are ignored.
    ///
    /// # Errors
    /// What the client gets instead of an answer, with the name of the parameter that is wrong.
    pub fn read(body: &str) -> Result<Self, Refusal> {
        let whole = |why: &str| Refusal { param: None, ..Refusal::of_param("", why) };
        let value = crate::json::parse("body", body).map_err(|error| {
            whole(&format!("We could not parse the JSON body of your request. ({})", error.message))
        })?;
        let Value::Object(mut body) = value else {
            let got = depth::type_name(&value);
            return Err(Refusal::of_param(
                "model",
                format!("Expected a JSON object with 'model' and 'messages', got {got}."),
            ));
        };
        body.retain(|_, value| !value.is_null());
        let model = match body.get("model") {
            Some(Value::String(model)) if !model.is_empty() => model.clone(),
            Some(_) => return Err(Refusal::of_param("model", "Expected the name of a model.")),
            None => return Err(Refusal::of_param("model", "Missing required parameter: 'model'.")),
        };
        for (name, neutral) in NEUTRAL {
            refuse_unless_neutral(&body, name, neutral)?;
        }
        let (stream, include_usage) = streaming(&body)?;
        let messages = messages::read(body.get("messages"))?;
        let tools = read_tools(body.get("tools"))?;
        let mut input = Map::new();
        let mut names = Vec::new();
        for (theirs, ours) in SETTINGS {
            if let Some(value) = body.get(theirs) {
                input.insert(ours.to_owned(), value.clone());
                names.push((theirs, ours));
            }
        }
        if let Some(choice) = body.get("tool_choice") {
            input.insert("tool_choice".to_owned(), read_choice(choice, &tools)?);
        }
        if let Some(form) = body.get("response_format") {
            read_form(form, &mut input)?;
        }
        read_settings(Value::Object(input.clone())).map_err(|error| told(&error, &names))?;
        input.insert("input".to_owned(), messages.input.into());
        let options = [
            ("system_prompt", messages.system_prompt.map(Value::from)),
            ("tools", (!tools.is_empty()).then(|| tools.into())),
            ("state", messages.state),
        ];
        let agent = options.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
        let passed = PASSED.iter().filter_map(|name| Some(((*name).to_owned(), body.remove(*name)?)));
        let provider_options = passed.collect();
        Ok(Self { model, stream, include_usage, agent, input, provider_options })
    }
}

fn refuse_unless_neutral(body: &Map<String, Value>, name: &str, neutral: &str) -> Result<(), Refusal> {
    let Some(given) = body.get(name) else { return Ok(()) };
    let neutral: Value = serde_json::from_str(neutral).unwrap_or_default();
    if *given == neutral || (given.is_number() && given.as_f64() == neutral.as_f64()) {
        return Ok(());
    }
    let why = match &neutral {
        Value::Null | Value::Array(_) | Value::Object(_) => {
            return Err(Refusal::of_param(name, format!("Unsupported parameter: '{name}' is not supported here."))
                .with_code("unsupported_parameter"));
        }
        value => format!("Unsupported value: '{name}' is supported with the value {value} alone."),
    };
    Err(Refusal::of_param(name, why).with_code("unsupported_value"))
}

fn streaming(body: &Map<String, Value>) -> Result<(bool, bool), Refusal> {
    let flag = |value: Option<&Value>, param: &str| match value {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(_) => Err(Refusal::of_param(param, format!("Invalid type for '{param}': expected true or false."))),
    };
    let stream = flag(body.get("stream"), "stream")?;
    let Some(options) = body.get("stream_options") else { return Ok((stream, false)) };
    if !options.is_object() {
        return Err(Refusal::of_param("stream_options", "Invalid type for 'stream_options': expected an object."));
    }
    if !stream {
        return Err(Refusal::of_param(
            "stream_options",
            "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
        ));
    }
    Ok((stream, flag(options.get("include_usage"), "stream_options.include_usage")?))
}

fn read_tools(given: Option<&Value>) -> Result<Vec<Value>, Refusal> {
    let list = match given {
        None => return Ok(Vec::new()),
        Some(Value::Array(list)) => list,
        Some(_) => return Err(Refusal::of_param("tools", "Expected a list of tools.")),
    };
    let mut tools = Vec::with_capacity(list.len());
    let mut set = ToolSet::default();
    for (at, tool) in list.iter().enumerate() {
        let place = format!("tools[{at}]");
        let function = tool.get("function").and_then(Value::as_object);
        let (Some(function), Some("function")) = (function, tool.get("type").and_then(Value::as_str)) else {
            return Err(Refusal::of_param(
                &format!("{place}.type"),
                "Only tools of the type 'function' are supported.",
            ));
        };
        let member = |name: &str| function.get(name).filter(|value| !value.is_null()).cloned();
        let mut declaration = json!({
            "description": member("description").unwrap_or_else(|| "".into()),
            "schema": member("parameters").unwrap_or_else(|| json!({"type": "object", "properties": {}})),
            "external": true,
        });
        if let (Some(name), Some(members)) = (member("name"), declaration.as_object_mut()) {
            members.insert("name".to_owned(), name);
        }
        check_tool(&declaration, &place)
            .and_then(|()| read_tool(&place, declaration.clone()))
            .and_then(|tool| set.with(tool))
            .map(|whole| set = whole)
            .map_err(|error| told(&error, &[]))?;
        tools.push(declaration);
    }
    Ok(tools)
}

fn read_choice(given: &Value, tools: &[Value]) -> Result<Value, Refusal> {
    let refuse = |why: &str| Refusal::of_param("tool_choice", why);
    let choice = match given {
        Value::String(choice) if matches!(choice.as_str(), "auto" | "none" | "required") => given.clone(),
        _ => {
            let name = given.get("function").and_then(|function| function.get("name")).and_then(Value::as_str);
            let name = name.filter(|_| given.get("type").is_some_and(|kind| kind == "function"));
            let name = name.ok_or_else(|| refuse("Expected 'auto', 'none', 'required', or a function by its name."))?;
            if !tools.iter().any(|tool| tool.get("name").is_some_and(|known| known == name)) {
                return Err(refuse(&format!("Tool choice {name:?} is not among 'tools'.")));
            }
            json!({"name": name})
        }
    };
    if choice == "required" && tools.is_empty() {
        return Err(refuse("'tool_choice' is only allowed when 'tools' are specified."));
    }
    Ok(choice)
}

fn read_form(given: &Value, input: &mut Map<String, Value>) -> Result<(), Refusal> {
    let form = given.get("json_schema");
    let member = |name: &str| form.and_then(|form| form.get(name)).filter(|value| !value.is_null());
    let (schema, name) = match given.get("type").and_then(Value::as_str) {
        Some("text") => return Ok(()),
        Some("json_object") => (json!({"type": "object"}), None),
        Some("json_schema") => match (member("schema"), member("name")) {
            (Some(schema @ Value::Object(_)), name) => (schema.clone(), name.cloned()),
            _ => {
                return Err(Refusal::of_param(
                    "response_format.json_schema.schema",
                    "Expected a JSON Schema (an object).",
                ));
            }
        },
        _ => {
            let expected = "Expected 'text', 'json_object', or 'json_schema' with a schema.";
            return Err(Refusal::of_param("response_format", expected));
        }
    };
    input.insert("output_schema".to_owned(), schema);
    if let Some(name) = name {
        input.insert("output_name".to_owned(), name);
    }
    Ok(())
}

/// An error of ours about an option, in the client's words. `names`: which parameters became which options.
fn told(error: &Error, names: &[(&str, &str)]) -> Refusal {
    let (place, why) = error.message.split_once(": ").unwrap_or(("", &error.message));
    let theirs = names
        .iter()
        .rev()
        .find(|(_, ours)| place.strip_prefix(ours).is_some_and(|rest| rest.is_empty() || rest.starts_with('[')));
    let param = match theirs {
        Some((theirs, ours)) => place.replacen(ours, theirs, 1),
        None => client_name(place),
    };
    Refusal::of_param(&param, format!("Invalid '{param}': {why}"))
}
