//! Writes a request.

use super::contents::{Content, Contents};
use super::{model, options, schema};
use crate::codec::body::Fields;
use crate::codec::encoded::{EVENTS, Warnings, escaped, headers};
use crate::codec::{Encoded, TurnRequest};
use crate::defaults;
use crate::error::Error;
use crate::message::Role;
use crate::run::{Settings, ToolChoice};
use crate::tool::{Tool, ToolSet};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

pub(super) fn encode(turn: &TurnRequest<'_>) -> Result<Encoded, Error> {
    let endpoint = turn.endpoint;
    let mut warnings = Warnings::default();
    let options = options::spelled(turn.provider_options);
    let is_cached = options.get("cachedContent").is_some_and(|name| !name.is_null());
    let mut system = Vec::from_iter(turn.system_prompt);
    let mut contents = Contents::new(turn);
    // Instructions in front of the conversation are the same as a system prompt.
    let leading = turn.messages.iter().take_while(|message| message.role == Role::System).count();
    let (leading, rest) = turn.messages.split_at_checked(leading).unwrap_or_default();
    let leading: Vec<String> = leading.iter().map(|message| message.text()).collect();
    system.extend(leading.iter().map(String::as_str).filter(|text| !text.is_empty()));
    for message in rest {
        contents.add(message, &mut warnings)?;
    }
    if is_cached && (!system.is_empty() || !turn.tools.is_empty()) {
        warnings.add(
            "cachedContent: Gemini takes system_prompt and tools from the cached content alone, so they are not sent again",
        );
    }
    let joined = [
        ("generationConfig", config(turn, &options, &mut warnings)),
        ("tools", if is_cached { None } else { tools(turn.tools, options.get("tools")) }),
        ("toolConfig", if is_cached { None } else { choice(turn, options.get("toolConfig")) }),
    ];
    let is_joined = |name: &str| joined.iter().any(|(joined, value)| *joined == name && value.is_some());
    let rest = options.iter().filter(|(name, _)| !is_joined(name)).map(|(name, value)| (name.clone(), value.clone()));
    let body = Body {
        rest: rest.collect(),
        system: if is_cached { Vec::new() } else { system },
        contents: contents.finish(),
        joined: &joined,
    };
    let mut headers = headers(EVENTS);
    headers.extend(endpoint.api_key.iter().map(|key| ("x-goog-api-key".to_owned(), key.clone())));
    let streamed = turn.provider_options.get("stream") != Some(&Value::Bool(false));
    Encoded::of(url(&endpoint.base_url, turn.model, streamed), headers, &body, warnings)
}

/// The address of the method. A model's name may have a collection in front of it (`tunedModels/x`).
fn url(base: &str, model: &str, streamed: bool) -> String {
    let collection = if model.contains('/') { "" } else { "models/" };
    let method = if streamed { "streamGenerateContent?alt=sse" } else { "generateContent" };
    format!("{base}/{collection}{}:{method}", escaped(model, b"/@"))
}

/// The body, written as it is walked.
struct Body<'a> {
    system: Vec<&'a str>,
    contents: Vec<Content<'a>>,
    /// Fields that have the options in them.
    joined: &'a [(&'static str, Option<Value>)],
    /// The other options.
    rest: Map<String, Value>,
}

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut body = Fields::new(serializer.serialize_map(None)?, &self.rest);
        if !self.system.is_empty() {
            let parts: Vec<Text<'_>> = self.system.iter().map(|text| Text { text }).collect();
            body.set("systemInstruction", &Instruction { parts })?;
        }
        body.set("contents", &self.contents)?;
        for (name, value) in self.joined {
            body.set_some(name, value.as_ref())?;
        }
        body.end(None)
    }
}

#[derive(Serialize)]
struct Instruction<'a> {
    parts: Vec<Text<'a>>,
}

#[derive(Serialize)]
struct Text<'a> {
    text: &'a str,
}

/// The functions, and what the options add: Google's own tools (`[{googleSearch: {}}]`).
fn tools(tools: &ToolSet, options: Option<&Value>) -> Option<Value> {
    let functions: Vec<Value> = tools.iter().map(|tool| function(tool)).collect();
    let ours = (!functions.is_empty()).then(|| json!({"functionDeclarations": functions}));
    match options {
        None => ours.map(|ours| json!([ours])),
        Some(Value::Array(theirs)) => Some(ours.into_iter().chain(theirs.iter().cloned()).collect()),
        Some(other) => Some(other.clone()),
    }
}

fn function(tool: &Tool) -> Value {
    json!({"name": tool.wire_name(), "description": tool.description, "parameters": schema::parameters(&tool.schema)})
}

fn choice(turn: &TurnRequest<'_>, options: Option<&Value>) -> Option<Value> {
    let mode = |mode: &str| json!({"functionCallingConfig": {"mode": mode}});
    let ours = turn.settings.tool_choice.as_ref().filter(|_| !turn.tools.is_empty()).map(|choice| match choice {
        ToolChoice::Auto => mode("AUTO"),
        ToolChoice::None => mode("NONE"),
        ToolChoice::Required => mode("ANY"),
        ToolChoice::Named { name } => {
            json!({"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": [turn.tools.to_wire(name)]}})
        }
    });
    match (ours, options) {
        (None, None) => None,
        (ours, options) => Some(options::over(ours.and_then(object).unwrap_or_default(), options)),
    }
}

fn object(value: Value) -> Option<Map<String, Value>> {
    if let Value::Object(fields) = value { Some(fields) } else { None }
}

/// Sampling, limits, and the form of the answer.
fn config(turn: &TurnRequest<'_>, options: &Map<String, Value>, warnings: &mut Warnings) -> Option<Value> {
    let Settings { temperature, top_p, max_tokens, stop, seed, .. } = turn.settings;
    let mut config = Map::new();
    let mut set = |name: &str, value: Option<Value>| config.extend(value.map(|value| (name.to_owned(), value)));
    set("temperature", temperature.map(Value::from));
    set("topP", top_p.map(Value::from));
    set("maxOutputTokens", max_tokens.map(Value::from));
    if let Some(list) = stop.as_ref().filter(|list| !list.is_empty()) {
        let most = defaults::GEMINI_STOP_SEQUENCES;
        if list.len() > most {
            warnings.add(format!("stop: Gemini takes {most} stop sequences; only the first {most} are sent"));
        }
        set("stopSequences", Some(list.iter().take(most).cloned().collect()));
    }
    match seed.map(i32::try_from) {
        Some(Ok(seed)) => set("seed", Some(seed.into())),
        Some(Err(_)) => warnings.add("seed: Gemini takes one of 32 bits; it is not sent"),
        None => {}
    }
    if let Some(output) = turn.output {
        if !turn.tools.is_empty() && !model::is_third_generation(turn.model) {
            warnings.add(format!(
                "output_schema: {} does not combine tools with a form for its answer, and may refuse the request",
                turn.model
            ));
        }
        set("responseMimeType", Some(json!("application/json")));
        // Without a schema any object will do.
        set("responseJsonSchema", (!output.is_any_object()).then(|| schema::answer(&output.schema)));
    }
    let theirs = options.get("generationConfig");
    // A schema of the options' own takes the place of ours, whichever of the three fields it stands in.
    let is_schema =
        |name: &str| matches!(&*options::camel(name), "responseSchema" | "responseJsonSchema" | "_responseJsonSchema");
    if theirs.and_then(Value::as_object).is_some_and(|fields| fields.keys().any(|name| is_schema(name))) {
        config.shift_remove("responseJsonSchema");
    }
    if config.is_empty() && theirs.is_none() { None } else { Some(options::over(config, theirs)) }
}
