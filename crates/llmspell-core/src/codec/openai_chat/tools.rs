//! Tools in a request: their declarations, with schemas that the server takes, and which must be called.

use crate::codec::TurnRequest;
use crate::codec::openai_compatible::Dialect;
use crate::run::ToolChoice;
use crate::tool::{Tool, ToolSet};
use serde::Serialize;
use serde::ser::{SerializeSeq, Serializer};
use serde_json::{Map, Value, json};
use std::borrow::Cow;

/// The tools that are offered.
pub(super) struct Offer<'a> {
    tools: &'a ToolSet,
    dialect: &'a Dialect,
    /// The name of the only one that is.
    only: Option<&'a str>,
    pub choice: Option<Value>,
}

pub(super) fn offer<'a>(turn: &'a TurnRequest<'_>, dialect: &'a Dialect) -> Offer<'a> {
    let tools = turn.tools;
    let (choice, only) = match &turn.settings.tool_choice {
        None => (None, None),
        Some(ToolChoice::Auto) => (Some(json!("auto")), None),
        Some(ToolChoice::None) => (Some(json!("none")), None),
        Some(ToolChoice::Required) => (Some(json!(dialect.required)), None),
        Some(ToolChoice::Named { name }) if !dialect.named_choice => {
            (Some(json!(dialect.required)), Some(name.as_str()))
        }
        Some(ToolChoice::Named { name }) => {
            (Some(json!({"type": "function", "function": {"name": tools.to_wire(name)}})), None)
        }
    };
    Offer { tools, dialect, only, choice }
}

impl Offer<'_> {
    pub(super) fn is_empty(&self) -> bool {
        self.tools.is_empty()
    }
}

impl Serialize for Offer<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        for tool in self.tools.iter().filter(|tool| self.only.is_none_or(|only| tool.name == only)) {
            list.serialize_element(&Declaration::of(tool, self.dialect))?;
        }
        list.end()
    }
}

#[derive(Serialize)]
struct Declaration<'a> {
    r#type: &'static str,
    function: Function<'a>,
}

#[derive(Serialize)]
struct Function<'a> {
    name: &'a str,
    description: &'a str,
    parameters: Cow<'a, Value>,
}

impl<'a> Declaration<'a> {
    fn of(tool: &'a Tool, dialect: &Dialect) -> Self {
        let parameters = narrow(&tool.schema, dialect);
        Self {
            r#type: "function",
            function: Function { name: tool.wire_name(), description: &tool.description, parameters },
        }
    }
}

/// The schema as the server takes it: one keyword that it does not know would make it refuse all tools. What is left out here
/// still holds, because llmspell checks the arguments against the whole schema.
pub(super) fn narrow<'a>(schema: &'a Value, dialect: &Dialect) -> Cow<'a, Value> {
    if top_is_plain(schema) && is_taken(schema, dialect) {
        return Cow::Borrowed(schema);
    }
    let mut narrowed = schema.clone();
    flatten_top(&mut narrowed);
    mend(&mut narrowed, dialect);
    Cow::Owned(narrowed)
}

/// What OpenAI refuses at the top of a tool's schema.
const COMBINATORS: [&str; 3] = ["allOf", "anyOf", "oneOf"];

fn top_is_plain(schema: &Value) -> bool {
    let has = |name: &str| schema.get(name).is_some();
    !COMBINATORS.iter().any(|name| has(name)) && !has("$ref") && !has("not") && !has("enum") && has("properties")
}

/// Makes the top an object with properties: those of the schemas that it is put together from, of which only what all
/// demand is demanded.
fn flatten_top(schema: &mut Value) {
    let whole = schema.clone();
    let Some(fields) = schema.as_object_mut() else { return };
    let mut properties = Map::new();
    let mut required: Vec<Value> = Vec::new();
    gather(&whole, &whole, 0, &mut properties, &mut required);
    for name in COMBINATORS.iter().chain(&["$ref", "not", "enum"]) {
        fields.shift_remove(*name);
    }
    fields.insert("type".to_owned(), json!("object"));
    fields.insert("properties".to_owned(), Value::Object(properties));
    if !required.is_empty() {
        fields.insert("required".to_owned(), Value::Array(required));
    }
}

fn gather(whole: &Value, schema: &Value, level: usize, properties: &mut Map<String, Value>, required: &mut Vec<Value>) {
    /// References may lead in a circle.
    const LEVELS: usize = 16;
    if level > LEVELS {
        return;
    }
    if let Some(target) = schema.get("$ref").and_then(Value::as_str).and_then(|to| to.strip_prefix('#'))
        && let Some(target) = whole.pointer(target)
    {
        gather(whole, target, level + 1, properties, required);
    }
    for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        if !properties.contains_key(name) {
            properties.insert(name.clone(), property.clone());
        }
    }
    add_all(required, schema.get("required"));
    for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
        gather(whole, part, level + 1, properties, required);
    }
    for name in ["anyOf", "oneOf"] {
        let mut common: Option<Vec<Value>> = None;
        for part in schema.get(name).and_then(Value::as_array).into_iter().flatten() {
            let mut own = Vec::new();
            gather(whole, part, level + 1, properties, &mut own);
            common = Some(match common {
                None => own,
                Some(common) => common.into_iter().filter(|name| own.contains(name)).collect(),
            });
        }
        add_all(required, common.map(Value::Array).as_ref());
    }
}

fn add_all(names: &mut Vec<Value>, more: Option<&Value>) {
    for name in more.and_then(Value::as_array).into_iter().flatten() {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
}

/// Keywords whose value is a schema, a list of them, or schemas by name.
const HOLDERS: [&str; 17] = [
    "additionalProperties",
    "allOf",
    "anyOf",
    "contains",
    "else",
    "if",
    "items",
    "not",
    "oneOf",
    "prefixItems",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
    "properties",
    "patternProperties",
    "$defs",
];

fn is_list(fields: &Map<String, Value>) -> bool {
    match fields.get("type") {
        Some(Value::String(kind)) => kind == "array",
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == "array"),
        _ => false,
    }
}

fn is_anchored(pattern: &Value) -> bool {
    pattern.as_str().is_some_and(|pattern| pattern.starts_with('^') && pattern.ends_with('$'))
}

/// Whether a keyword of these fields must go or be added.
fn is_taken_here(fields: &Map<String, Value>, dialect: &Dialect) -> bool {
    let lacks_items = is_list(fields) && !fields.contains_key("items") && !fields.contains_key("prefixItems");
    let odd_pattern = dialect.anchored_patterns && fields.get("pattern").is_some_and(|pattern| !is_anchored(pattern));
    !lacks_items && !odd_pattern && !dialect.refused_keywords.iter().any(|name| fields.contains_key(*name))
}

fn is_taken(schema: &Value, dialect: &Dialect) -> bool {
    let Some(fields) = schema.as_object() else { return true };
    is_taken_here(fields, dialect)
        && fields.iter().filter(|(name, _)| holds_schemas(name)).all(|(name, value)| match value {
            Value::Array(list) => list.iter().all(|inner| is_taken(inner, dialect)),
            Value::Object(inner) if is_by_name(name) => inner.values().all(|inner| is_taken(inner, dialect)),
            inner => is_taken(inner, dialect),
        })
}

fn mend(schema: &mut Value, dialect: &Dialect) {
    let Some(fields) = schema.as_object_mut() else { return };
    if !is_taken_here(fields, dialect) {
        fields.retain(|name, value| {
            let odd_pattern = dialect.anchored_patterns && name == "pattern" && !is_anchored(value);
            !(odd_pattern || dialect.refused_keywords.contains(&name.as_str()))
        });
        if is_list(fields) && !fields.contains_key("items") && !fields.contains_key("prefixItems") {
            fields.insert("items".to_owned(), json!({}));
        }
    }
    for (name, value) in fields.iter_mut().filter(|(name, _)| holds_schemas(name)) {
        match value {
            Value::Array(list) => list.iter_mut().for_each(|inner| mend(inner, dialect)),
            Value::Object(inner) if is_by_name(name) => inner.values_mut().for_each(|inner| mend(inner, dialect)),
            inner => mend(inner, dialect),
        }
    }
}

fn holds_schemas(name: &str) -> bool {
    HOLDERS.contains(&name) || name == "definitions"
}

/// Whether a keyword's value is schemas by name.
fn is_by_name(name: &str) -> bool {
    matches!(name, "properties" | "patternProperties" | "$defs" | "definitions")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::openai_compatible::table::{LLAMACPP, OPENAI};

    #[test]
    fn a_plain_schema_stays() {
        let schema = json!({"type": "object", "properties": {"a": {"type": "array", "items": {"type": "string"}}},
            "required": ["a"], "$schema": "https://json-schema.org/draft/2020-12/schema"});
        assert!(matches!(narrow(&schema, &OPENAI), Cow::Borrowed(_)));
    }

    #[test]
    fn the_top_becomes_an_object_with_all_properties() {
        let schema = json!({"type": "object", "oneOf": [
            {"properties": {"a": {"type": "string"}, "k": {"const": 1}}, "required": ["a", "k"]},
            {"$ref": "#/$defs/b"}],
            "$defs": {"b": {"properties": {"b": {"type": "integer"}, "k": {"const": 2}}, "required": ["k", "b"]}}});
        let narrowed = narrow(&schema, &OPENAI);
        assert_eq!(
            narrowed["properties"],
            json!({"a": {"type": "string"}, "k": {"const": 1}, "b": {"type": "integer"}})
        );
        assert_eq!((&narrowed["required"], narrowed.get("oneOf")), (&json!(["k"]), None));
        let referred = json!({"$ref": "#/$defs/a", "$defs": {"a": {"type": "object", "properties": {"x": {}}, "required": ["x"]}}});
        let narrowed = narrow(&referred, &OPENAI);
        assert_eq!((&narrowed["properties"], &narrowed["required"]), (&json!({"x": {}}), &json!(["x"])));
        let circle = json!({"allOf": [{"$ref": "#"}], "properties": {"x": {}}});
        assert_eq!(narrow(&circle, &OPENAI)["properties"], json!({"x": {}}));
        assert_eq!(narrow(&json!({"type": "object"}), &OPENAI)["properties"], json!({}));
    }

    #[test]
    fn what_one_server_refuses_is_left_out_for_it() {
        let schema = json!({"type": "object", "properties": {
            "list": {"type": ["array", "null"]},
            "not": {"type": "string", "not": {"const": "x"}, "pattern": "^a$"},
            "b": {"type": "string", "pattern": "a+"}}});
        let narrowed = narrow(&schema, &LLAMACPP);
        assert_eq!(
            narrowed["properties"],
            json!({"list": {"type": ["array", "null"], "items": {}},
            "not": {"type": "string", "pattern": "^a$"}, "b": {"type": "string"}})
        );
        let narrowed = narrow(&schema, &OPENAI);
        assert_eq!(narrowed["properties"]["b"]["pattern"], "a+");
        assert_eq!(narrowed["properties"]["list"]["items"], json!({}));
    }
}
