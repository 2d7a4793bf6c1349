//! Structured output: the schema that an answer must fit, and how an answer is read.

use crate::codec::{OutputFormat, OutputMode, open_object};
use crate::defaults;
use crate::error::Error;
use crate::json;
use crate::repair::{Repairs, repaired};
use crate::schema::Schema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value, json};
use std::fmt;
use std::sync::Arc;

/// Member that holds the answer where a provider wants an object and the schema asks for something else.
const WRAPPER: &str = "value";

/// Instructions for a model that may answer with any object. OpenAI's JSON mode and those like it are refused where nobody says
/// "JSON": <https://platform.openai.com/docs/guides/structured-outputs#json-mode>.
pub(crate) const ANY_OBJECT: &str = "Answer with one JSON object and nothing else.";

/// Whether a text has the word that JSON modes want.
pub(crate) fn says_json(text: &str) -> bool {
    text.as_bytes().windows(4).any(|word| word.eq_ignore_ascii_case(b"json"))
}

/// The schema that an answer must fit. Cheap to copy.
#[derive(Clone)]
pub struct OutputSchema(Arc<Inner>);

struct Inner {
    schema: Value,
    checker: Schema,
    /// The schema inside an object, where it is not one of objects.
    wrapped: Option<Value>,
}

impl OutputSchema {
    /// Compiles a JSON Schema (2020-12 unless it says otherwise). `what` names it in an error.
    ///
    /// # Errors
    /// `argument` when it is no schema or nests too deeply.
    pub fn new(what: &str, schema: Value) -> Result<Self, Error> {
        if json::depth(&schema) > defaults::JSON_DEPTH {
            return Err(json::too_deep(what, defaults::JSON_DEPTH));
        }
        let checker = Schema::compile(what, &schema)?;
        let wrapped = (!is_of_objects(&schema)).then(|| wrap(&schema));
        Ok(Self(Arc::new(Inner { schema, checker, wrapped })))
    }

    /// The schema as it was given.
    #[must_use]
    pub fn schema(&self) -> &Value {
        &self.0.schema
    }

    /// Whether the answer comes inside an object in this mode.
    #[must_use]
    pub fn is_wrapped(&self, mode: OutputMode) -> bool {
        mode != OutputMode::Prompt && self.0.wrapped.is_some()
    }

    /// The schema as it is sent in this mode.
    #[must_use]
    pub fn sent(&self, mode: OutputMode) -> &Value {
        self.0.wrapped.as_ref().filter(|_| mode != OutputMode::Prompt).unwrap_or(&self.0.schema)
    }

    /// What a codec is told.
    #[must_use]
    pub fn format(&self, name: &str) -> OutputFormat {
        OutputFormat { name: name.to_owned(), schema: self.sent(OutputMode::Native).clone() }
    }

    /// What a model must be told besides what a field of its wire format says; nothing where that is all.
    #[must_use]
    pub fn instructions(&self, mode: OutputMode) -> Option<String> {
        match mode {
            OutputMode::Native | OutputMode::Prompt if open_object::is_any(&self.0.schema) => {
                let words = self.0.schema.get("description").and_then(Value::as_str);
                Some(words.map_or_else(|| ANY_OBJECT.to_owned(), |words| format!("{ANY_OBJECT} It is: {words}")))
            }
            OutputMode::Prompt => Some(format!(
                "Answer with one JSON value and nothing else: no words around it. It must fit this JSON Schema:\n{}",
                self.0.schema
            )),
            OutputMode::Native | OutputMode::Tool => None,
        }
    }

    /// Reads an answer: JSON, or nearly so, also in a fenced block or among words, and holds it to the schema. With what was
    /// repaired.
    ///
    /// # Errors
    /// What is wrong, in words for the model.
    pub(crate) fn read(&self, text: &str, mode: OutputMode) -> Result<(Value, Repairs), String> {
        let (value, repairs) = extract(text).map_err(no_json)?;
        Ok((self.fitting(value, mode)?, repairs))
    }

    /// Reads an answer that was cut off somewhere: it counts where its JSON is whole as it stands.
    ///
    /// # Errors
    /// What is wrong.
    pub(crate) fn read_cut(&self, text: &str, mode: OutputMode) -> Result<Value, String> {
        let value = whole(text).map_err(no_json)?;
        // Also stands for a call whose arguments had not begun.
        if mode == OutputMode::Tool && value.as_object().is_some_and(Map::is_empty) {
            return Err("it is empty".to_owned());
        }
        self.fitting(value, mode)
    }

    /// The value without its wrapper, where it fits the schema.
    fn fitting(&self, value: Value, mode: OutputMode) -> Result<Value, String> {
        let value = match value {
            Value::Object(mut members)
                if self.is_wrapped(mode) && members.len() == 1 && members.contains_key(WRAPPER) =>
            {
                members.remove(WRAPPER).unwrap_or_default()
            }
            value => value,
        };
        let violations = self.0.checker.check(&value);
        if violations.is_empty() {
            return Ok(value);
        }
        let list: Vec<String> = violations.iter().take(SHOWN).map(ToString::to_string).collect();
        Err(list.join("; "))
    }

    /// An answer as the model would write it in this mode.
    #[must_use]
    pub fn written(&self, value: &Value, mode: OutputMode) -> String {
        if self.is_wrapped(mode) { json!({WRAPPER: value}).to_string() } else { value.to_string() }
    }

    /// The value that a part of the answer stands for.
    #[must_use]
    pub fn so_far(&self, value: Value, mode: OutputMode) -> Option<Value> {
        if !self.is_wrapped(mode) {
            return Some(value);
        }
        if let Value::Object(mut members) = value { members.remove(WRAPPER) } else { None }
    }
}

/// Violations that the model is shown.
const SHOWN: usize = 8;

/// Whether every value that fits is an object, as far as the top of the schema says.
fn is_of_objects(schema: &Value) -> bool {
    let no_choice = ["anyOf", "oneOf", "allOf", "not", "enum", "const"].iter().all(|word| schema.get(word).is_none());
    let said = schema.get("type").map_or_else(|| schema.get("properties").is_some(), |kind| kind == "object");
    said && no_choice
}

/// An object with the value as its only member. References keep what they mean.
fn wrap(schema: &Value) -> Value {
    let mut inner = schema.clone();
    let mut outer = Map::new();
    outer.insert("type".into(), json!("object"));
    if let Value::Object(fields) = &mut inner {
        for name in ["$schema", "$defs", "definitions"] {
            if let Some(value) = fields.remove(name) {
                outer.insert(name.into(), value);
            }
        }
    }
    move_references(&mut inner);
    for name in ["$defs", "definitions"] {
        if let Some(definitions) = outer.get_mut(name) {
            move_references(definitions);
        }
    }
    outer.insert("properties".into(), json!({WRAPPER: inner}));
    outer.insert("required".into(), json!([WRAPPER]));
    outer.insert("additionalProperties".into(), json!(false));
    Value::Object(outer)
}

/// References to the top of the document lead into the wrapper's member; definitions have moved to the new top.
fn move_references(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            for (name, value) in fields {
                let moved = match (name.as_str(), &*value) {
                    ("$ref", Value::String(to)) => to
                        .strip_prefix('#')
                        .filter(|rest| {
                            (rest.is_empty() || rest.starts_with('/'))
                                && !rest.starts_with("/$defs/")
                                && !rest.starts_with("/definitions/")
                        })
                        .map(|rest| format!("#/properties/{WRAPPER}{rest}")),
                    _ => None,
                };
                match moved {
                    Some(to) => *value = Value::String(to),
                    None => move_references(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(move_references),
        _ => {}
    }
}

/// The JSON value in an answer: the whole text, a fenced block, or what stands between the outermost brackets.
fn extract(text: &str) -> Result<(Value, Repairs), String> {
    let text = text.trim();
    let why = match json::from_wire::<Value>(text) {
        Ok(value) => return Ok((value, Repairs::default())),
        Err(why) => why,
    };
    let fenced = text.split_once("```").and_then(|(_, rest)| {
        let body = rest.split_once('\n').map_or(rest, |(_, body)| body);
        Some(body.rsplit_once("```")?.0)
    });
    let bare = text.find(['{', '[']).zip(text.rfind(['}', ']'])).and_then(|(from, to)| text.get(from..=to));
    for candidate in [fenced, bare].into_iter().flatten() {
        if let Ok(value) = json::from_wire::<Value>(candidate.trim()) {
            return Ok((value, Repairs::default()));
        }
    }
    repaired(text).ok_or(why)
}

/// The JSON value in an answer that was cut off: the whole text, or all from the first bracket to the last one.
fn whole(text: &str) -> Result<Value, String> {
    let brackets = ['{', '[', '}', ']'];
    let why = match json::from_wire::<Value>(text) {
        Ok(value) if !value.is_number() => return Ok(value),
        Ok(_) => "a number may be cut".to_owned(),
        Err(why) => why,
    };
    let bare = text.find(brackets).zip(text.rfind(brackets)).and_then(|(from, to)| text.get(from..=to));
    bare.and_then(|bare| json::from_wire(bare).ok()).ok_or(why)
}

fn no_json(why: String) -> String {
    format!("it is not valid JSON ({why})")
}

impl PartialEq for OutputSchema {
    fn eq(&self, other: &Self) -> bool {
        self.0.schema == other.0.schema
    }
}

impl fmt::Debug for OutputSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OutputSchema({})", self.0.schema)
    }
}

impl Serialize for OutputSchema {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.schema.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for OutputSchema {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let schema = Value::deserialize(deserializer)?;
        Self::new("output_schema", schema).map_err(|error| serde::de::Error::custom(error.message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(value: Value) -> OutputSchema {
        OutputSchema::new("output_schema", value).unwrap()
    }

    #[test]
    fn answers_are_found_where_models_put_them() {
        let numbers = schema(json!({"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}));
        for text in [
            "{\"n\":1}",
            "  {\"n\": 1}\n",
            "```json\n{\"n\":1}\n```",
            "Here it is:\n```\n{\"n\":1}\n```\nGood luck!",
            "Sure! {\"n\":1} is it.",
            "{'n': 1,}",
        ] {
            assert_eq!(numbers.read(text, OutputMode::Prompt).unwrap().0, json!({"n": 1}), "{text}");
        }
        for text in ["", "no", "{\"n\":", "{\"n\":\"x\"}", "[]", "{}"] {
            assert!(numbers.read(text, OutputMode::Native).is_err(), "{text}");
        }
    }

    #[test]
    fn nothing_of_a_cut_answer_is_made_up_or_repaired() {
        let any = schema(json!({"type": "object"}));
        for text in ["{\"n\":1}", "```json\n{\"n\":1}\n``", "Here: {\"n\":1} is"] {
            assert_eq!(any.read_cut(text, OutputMode::Prompt), Ok(json!({"n": 1})), "{text}");
        }
        let cut = [
            "",
            "{\"n\":1",
            "{\"n\":[1]",
            "{n:1}",
            "{\"n\":1,}",
            "{\"n\":1}}",
            "Either {\"n\":1} or {\"n\"",
            "{\"n\":\"```{}```",
            "```json\n{\"n\":1",
        ];
        for text in cut {
            assert!(any.read_cut(text, OutputMode::Prompt).is_err(), "{text}");
        }
        assert!(any.read_cut("{}", OutputMode::Tool).is_err(), "a call whose arguments had not begun");
        assert!(any.read_cut("{}", OutputMode::Native).is_ok());
        let number = schema(json!({"type": "integer"}));
        assert!(number.read_cut("12", OutputMode::Prompt).is_err(), "more digits may have followed");
        assert_eq!(number.read_cut("{\"value\":12}", OutputMode::Native), Ok(json!(12)));
    }

    #[test]
    fn what_is_no_object_is_wrapped_and_unwrapped() {
        let list =
            schema(json!({"type": "array", "items": {"$ref": "#/$defs/n"}, "$defs": {"n": {"type": "integer"}}}));
        let sent = list.sent(OutputMode::Native);
        assert_eq!(sent["properties"]["value"]["type"], "array");
        assert_eq!(sent["$defs"]["n"]["type"], "integer");
        assert!(Schema::compile("sent", sent).unwrap().check(&json!({"value": [1]})).is_empty());
        assert!(!Schema::compile("sent", sent).unwrap().check(&json!({"value": ["x"]})).is_empty());
        assert_eq!(list.read("{\"value\":[1,2]}", OutputMode::Tool).unwrap().0, json!([1, 2]));
        let bare = list.read("[1,2]", OutputMode::Native).unwrap().0;
        assert_eq!(bare, json!([1, 2]), "a model that leaves the wrapper out");
        assert_eq!(list.sent(OutputMode::Prompt)["type"], "array");
        let tree =
            schema(json!({"anyOf": [{"type": "null"}, {"type": "object", "properties": {"next": {"$ref": "#"}}}]}));
        let compiled = Schema::compile("sent", tree.sent(OutputMode::Tool)).unwrap();
        assert!(compiled.check(&json!({"value": {"next": {"next": null}}})).is_empty());
        assert!(!compiled.check(&json!({"value": {"next": 5}})).is_empty());
        let own = schema(json!({"type": "object", "properties": {"value": {"type": "integer"}}}));
        assert_eq!(own.read("{\"value\":1}", OutputMode::Native).unwrap().0, json!({"value": 1}));
    }

    #[test]
    fn what_is_no_schema_is_refused_and_a_copy_survives_json() {
        assert!(
            OutputSchema::new("output_schema", json!({"type": "strin"}))
                .unwrap_err()
                .message
                .starts_with("output_schema: ")
        );
        let one = schema(json!({"type": "string"}));
        let text = serde_json::to_string(&one).unwrap();
        assert_eq!(serde_json::from_str::<OutputSchema>(&text).unwrap(), one);
    }
}
