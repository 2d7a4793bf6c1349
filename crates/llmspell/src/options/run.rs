//! What a run is asked, from JSON.

use super::shape::RUN;
use super::{members, nearest};
use crate::json;
use llmspell_core::output::OutputSchema;
use llmspell_core::run::{RunInput, RunSpec, Settings, ToolChoice};
use llmspell_core::{Error, EventMask, EventType, Message};
use llmspell_runtime::unforked;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// What a run is asked and which events its host wants.
#[derive(Debug)]
pub(crate) struct RunOptions {
    pub input: RunInput,
    /// Session whose conversation goes on; the agent's own where there is none.
    pub session: Option<String>,
    pub wanted: EventMask,
}

impl RunOptions {
    /// Reads JSON as in `spec/schema/run_input.schema.json`.
    ///
    /// # Errors
    /// `argument`, naming the place.
    pub(crate) fn from_json(text: &str) -> Result<Self, Error> {
        if let Some(options) = Plain::read(text) {
            return Ok(options);
        }
        let value = json::parse("run input", text)?;
        // Checked without the input itself, which can be large and is read with its own words below.
        let (input, rest) = match value {
            Value::Object(fields) => {
                let mut fields = members(Value::Object(fields));
                match fields.get_mut("input") {
                    Some(input @ (Value::String(_) | Value::Array(_) | Value::Object(_))) => (input.take(), fields),
                    _ => (Value::Null, fields),
                }
            }
            other => {
                RUN.check(&other)?;
                (Value::Null, Map::new())
            }
        };
        let mut fields = rest;
        if !input.is_null() {
            fields.insert("input".to_owned(), Value::String(String::new()));
        }
        let mut checked = Value::Object(fields);
        RUN.settle(&mut checked, "")?;
        RUN.check(&checked)?;
        let mut fields = members(checked);
        let wanted = wanted(fields.remove("events").as_ref());
        fields.remove("input");
        let session = fields.remove("session").and_then(|session| session.as_str().map(str::to_owned));
        let input = RunInput { messages: Message::read_run_input(input)?, settings: settings(fields)? };
        Ok(Self { input, session, wanted })
    }
}

/// What nearly every run is asked: a text, and which events are wanted. Anything else, and whatever is wrong, is for the
/// schema, whose judgement takes longer.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Plain<'a> {
    #[serde(borrow)]
    input: Cow<'a, str>,
    #[serde(borrow)]
    events: Option<Vec<Cow<'a, str>>>,
}

impl Plain<'_> {
    fn read(text: &str) -> Option<RunOptions> {
        let Plain { input, events } = serde_json::from_str(text).ok()?;
        let wanted = match events {
            None => EventMask::ALL,
            Some(names) => names
                .iter()
                .try_fold(EventMask::NONE, |mask, name| EventType::from_name(name).map(|event| mask.with(event)))?,
        };
        if input.is_empty() {
            return None;
        }
        let input = RunInput { messages: vec![Message::user(input)], settings: Settings::default() };
        Some(RunOptions { input, session: None, wanted })
    }
}

/// Reads options of a run that stand by themselves, without an input.
///
/// # Errors
/// `argument`, naming the option.
pub(crate) fn read_settings(fields: Value) -> Result<Settings, Error> {
    let mut checked = fields;
    if let Some(fields) = checked.as_object_mut() {
        fields.insert("input".to_owned(), Value::String(String::new()));
    }
    RUN.settle(&mut checked, "")?;
    RUN.check(&checked)?;
    let mut fields = members(checked);
    for other in ["input", "events", "session"] {
        fields.remove(other);
    }
    settings(fields)
}

/// Checks that the tool which a run must call is there. Not before the run starts: tools can be added to an agent.
///
/// # Errors
/// `argument`, with the nearest tool and all of them.
pub(crate) fn check_choice(settings: &Settings, spec: &RunSpec) -> Result<(), Error> {
    let name = match settings.tool_choice.as_ref().or(spec.settings.tool_choice.as_ref()) {
        Some(ToolChoice::Named { name }) => name,
        Some(ToolChoice::Required) if spec.tools.is_empty() => {
            return Err(Error::argument(
                "tool_choice: \"required\" makes the model call a tool, and the agent has none; add one, or leave tool_choice out",
            ));
        }
        _ => return Ok(()),
    };
    if spec.tools.get(name).is_some() {
        return Ok(());
    }
    let names = || spec.tools.iter().map(|tool| tool.name.as_str());
    let mend = match (nearest(name, names()), spec.tools.is_empty()) {
        (_, true) => "it has none; add the tool, or leave tool_choice out".to_owned(),
        (None, _) => format!("its tools are {}", names().collect::<Vec<_>>().join(", ")),
        (Some(near), _) => {
            format!("did you mean {near:?}? Its tools are {}", names().collect::<Vec<_>>().join(", "))
        }
    };
    Err(Error::argument(format!("tool_choice: the agent has no tool {name:?}; {mend}")))
}

/// The mask for a list of names that the shape has accepted; all events where there is none.
fn wanted(names: Option<&Value>) -> EventMask {
    let Some(names) = names.and_then(Value::as_array) else { return EventMask::ALL };
    names.iter().filter_map(Value::as_str).filter_map(EventType::from_name).fold(EventMask::NONE, EventMask::with)
}

/// The settings among fields that a shape has accepted; the others are not looked at.
///
/// # Errors
/// `argument` for what no setting can hold, which the shape's bounds rule out.
pub(super) fn settings(mut fields: Map<String, Value>) -> Result<Settings, Error> {
    if let Some(stop) = fields.get_mut("stop").filter(|stop| stop.is_string()) {
        *stop = Value::Array(vec![stop.take()]);
    }
    let schema = fields.remove("output_schema");
    let schema = schema.map(|schema| unforked(|| OutputSchema::new("output_schema", schema))).transpose()?;
    let settings: Settings =
        serde_json::from_value(Value::Object(fields)).map_err(|error| Error::argument(format!("settings: {error}")))?;
    Ok(Settings { output_schema: schema, ..settings })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn input_events_and_settings_are_read() {
        let options = RunOptions::from_json(
            r#"{"input":"hi","events":["text_delta"],"temperature":1,"stop":"x","max_steps":3.0,"tool_choice":{"name":"t"},"seed":null}"#,
        )
        .unwrap();
        assert_eq!(options.input.messages, [Message::user("hi")]);
        assert!(options.wanted.wants(EventType::TextDelta) && !options.wanted.wants(EventType::ToolCall));
        let settings = options.input.settings;
        assert_eq!(settings.stop, Some(vec!["x".to_owned()]));
        assert_eq!(settings.max_steps, Some(3));
        assert_eq!(settings.tool_choice, Some(ToolChoice::Named { name: "t".into() }));
        assert_eq!(RunOptions::from_json(r#"{"input":"hi"}"#).unwrap().wanted, EventMask::ALL);
        assert_eq!(RunOptions::from_json(r#"{"input":"hi","events":{}}"#).unwrap().wanted, EventMask::NONE);
    }

    #[test]
    fn what_does_not_fit_is_named() {
        for (text, part) in [
            ("", "run input: not valid JSON"),
            ("[]", "run input: expected an object"),
            ("{}", "input: missing; expected a string, or an object, or an array"),
            (r#"{"input":null}"#, "input: missing"),
            (r#"{"input":5}"#, "input: expected a string, or an object, or an array"),
            (r#"{"input":""}"#, "input: got an empty message"),
            (r#"{"input":"x","events":["text"]}"#, "events[0]: expected one of"),
            (r#"{"input":"x","max_step":1}"#, "max_step: unknown option; did you mean max_steps?"),
            (
                r#"{"input":"x","max_tokens":18446744073709551616}"#,
                "max_tokens: expected an integer from 1 to 2147483647, got 1.8446744073709552e+19",
            ),
            (
                r#"{"input":"x","seed":1e19}"#,
                "seed: expected an integer from -9223372036854775808 to 9223372036854775807, got 10000000000000000000",
            ),
            (
                r#"{"input":"x","timeout_ms":-1e300}"#,
                "timeout_ms: expected an integer from 1 to 2147483647, got -1e+300",
            ),
            (r#"{"input":"x","max_steps":2.5}"#, "max_steps: expected an integer from 1 to 1000000, got 2.5"),
        ] {
            let message = RunOptions::from_json(text).unwrap_err().message;
            assert!(message.starts_with(part), "{text}: {message}");
        }
    }

    #[test]
    fn a_message_of_ten_megabytes_is_read() {
        let text = "a".repeat(10 << 20);
        let options = RunOptions::from_json(&format!(r#"{{"input":"{text}"}}"#)).unwrap();
        assert_eq!(options.input.messages[0].text().len(), text.len());
    }
}
