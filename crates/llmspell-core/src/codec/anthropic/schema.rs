//! Schemas in the form that the provider takes.
//!
//! A tool's `input_schema` is JSON Schema 2020-12 whose root is an object and no choice
//! (<https://platform.claude.com/docs/en/agents-and-tools/tool-use/implement-tool-use>); what older drafts write otherwise is
//! brought to that. The schema of an answer is narrower
//! (<https://platform.claude.com/docs/en/build-with-claude/structured-outputs>): what it has no keyword for becomes words in
//! the description, and llmspell holds the answer to the whole schema all the same.

use crate::codec::tool_schema::flatten_top;
use serde_json::{Map, Value, json};
use std::borrow::Cow;

/// Keywords whose value is a schema.
const ONE: [&str; 11] = [
    "items",
    "additionalProperties",
    "additionalItems",
    "not",
    "if",
    "then",
    "else",
    "contains",
    "propertyNames",
    "unevaluatedItems",
    "unevaluatedProperties",
];
/// Keywords whose value is a list of schemas.
const LISTS: [&str; 4] = ["allOf", "anyOf", "oneOf", "prefixItems"];
/// Keywords whose value is an object of schemas.
const MAPS: [&str; 5] = ["properties", "$defs", "definitions", "patternProperties", "dependentSchemas"];

/// Is in the address of the draft that the provider takes.
const CURRENT: &str = "2020-12";

/// A tool's schema. Borrowed where it already fits, which is the usual case.
pub(super) fn for_tool(schema: &Value) -> Cow<'_, Value> {
    if !needs_work(schema, true) {
        return Cow::Borrowed(schema);
    }
    let mut schema = schema.clone();
    modern(&mut schema);
    flatten_top(&mut schema);
    Cow::Owned(schema)
}

fn needs_work(schema: &Value, is_root: bool) -> bool {
    let Value::Object(fields) = schema else { return false };
    let root = is_root
        && (fields.get("type").and_then(Value::as_str) != Some("object")
            || ["$ref", "anyOf", "oneOf", "allOf"].iter().any(|name| fields.contains_key(*name)));
    root || fields.iter().any(|(name, value)| match (name.as_str(), value) {
        ("$schema", Value::String(draft)) => !draft.contains(CURRENT),
        ("id", Value::String(_)) | ("additionalItems", _) => true,
        ("items", Value::Array(_)) => true,
        ("exclusiveMinimum" | "exclusiveMaximum" | "required", Value::Bool(_)) => true,
        (name, value) if ONE.contains(&name) => needs_work(value, false),
        (name, Value::Array(list)) if LISTS.contains(&name) => list.iter().any(|it| needs_work(it, false)),
        (name, Value::Object(map)) if MAPS.contains(&name) => map.values().any(|it| needs_work(it, false)),
        _ => false,
    })
}

/// Each schema inside this one.
fn inner(fields: &mut Map<String, Value>, visit: &mut dyn FnMut(&mut Value)) {
    for (name, value) in fields.iter_mut() {
        match value {
            value if ONE.contains(&name.as_str()) => visit(value),
            Value::Array(list) if LISTS.contains(&name.as_str()) => list.iter_mut().for_each(&mut *visit),
            Value::Object(map) if MAPS.contains(&name.as_str()) => map.values_mut().for_each(&mut *visit),
            _ => {}
        }
    }
}

/// Writes what drafts 4 to 2019-09 say in the words of 2020-12.
fn modern(schema: &mut Value) {
    let Value::Object(fields) = schema else { return };
    if fields.get("$schema").and_then(Value::as_str).is_none_or(|draft| !draft.contains(CURRENT)) {
        fields.shift_remove("$schema");
    }
    if fields.get("id").is_some_and(Value::is_string) {
        fields.shift_remove("id");
    }
    if fields.get("required").is_some_and(Value::is_boolean) {
        fields.shift_remove("required");
    }
    for (exclusive, bound) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
        match fields.get(exclusive) {
            Some(Value::Bool(true)) => match fields.shift_remove(bound) {
                Some(value) => fields.insert(exclusive.to_owned(), value),
                None => fields.shift_remove(exclusive),
            },
            Some(Value::Bool(false)) => fields.shift_remove(exclusive),
            _ => None,
        };
    }
    if let Some(Value::Array(list)) = fields.get_mut("items") {
        let list = Value::Array(std::mem::take(list));
        fields.insert("prefixItems".to_owned(), list);
        match fields.shift_remove("additionalItems") {
            Some(more) => fields.insert("items".to_owned(), more),
            None => fields.shift_remove("items"),
        };
    } else {
        fields.shift_remove("additionalItems");
    }
    inner(fields, &mut modern);
}

/// Formats of texts that the schema of an answer may name.
const FORMATS: [&str; 10] =
    ["date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"];

/// The schema of an answer.
pub(super) fn for_output(schema: &Value) -> Value {
    let mut schema = schema.clone();
    modern(&mut schema);
    narrow(&mut schema);
    schema
}

fn narrow(schema: &mut Value) {
    if matches!(schema, Value::Bool(_)) {
        // Anything: what the format can say of it is a text.
        *schema = json!({"type": "string"});
    }
    let Value::Object(fields) = schema else { return };
    let given = std::mem::take(fields);
    let is_array = given.get("type").and_then(Value::as_str) == Some("array");
    let is_object = given.get("type").and_then(Value::as_str) == Some("object") || given.contains_key("properties");
    let mut words = Vec::new();
    for (name, mut value) in given {
        let kept = match (name.as_str(), &value) {
            ("oneOf", _) => {
                fields.insert("anyOf".to_owned(), value);
                continue;
            }
            ("format", Value::String(format)) => FORMATS.contains(&format.as_str()),
            ("minItems", Value::Number(least)) => is_array && matches!(least.as_u64(), Some(0 | 1)),
            ("additionalProperties", _) => continue,
            ("enum", Value::Array(list)) => !list.iter().any(|it| it.is_object() || it.is_array()),
            (
                "$schema" | "type" | "description" | "title" | "default" | "const" | "required" | "$ref" | "$defs"
                | "definitions" | "properties" | "items" | "anyOf" | "allOf",
                _,
            ) => true,
            _ => false,
        };
        if kept {
            fields.insert(name, value);
        } else {
            words.push(format!("{name}: {}", value.take()));
        }
    }
    if is_object {
        fields.insert("additionalProperties".to_owned(), json!(false));
    }
    if !words.is_empty() {
        let told = words.join(", ");
        let description = match fields.get("description").and_then(Value::as_str) {
            Some(description) => format!("{description} ({told})"),
            None => told,
        };
        fields.insert("description".to_owned(), json!(description));
    }
    fields.iter_mut().filter(|(name, _)| *name != "additionalProperties").for_each(|(name, value)| match value {
        value if name == "items" => narrow(value),
        Value::Array(list) if LISTS.contains(&name.as_str()) => list.iter_mut().for_each(narrow),
        Value::Object(map) if MAPS.contains(&name.as_str()) => map.values_mut().for_each(narrow),
        _ => {}
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tool_s_schema_that_fits_is_not_touched() {
        let schema = json!({"type": "object", "properties": {"id": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            "items": {"type": "array", "items": {"type": "integer", "exclusiveMinimum": 0}}}, "required": ["id"]});
        assert!(matches!(for_tool(&schema), Cow::Borrowed(_)));
    }

    #[test]
    fn older_drafts_and_choices_at_the_root_become_what_the_provider_takes() {
        for (schema, wanted) in [
            (
                json!({"$schema": "http://json-schema.org/draft-04/schema#", "type": "object", "properties": {
                    "a": {"type": "number", "minimum": 0, "exclusiveMinimum": true},
                    "b": {"type": "array", "items": [{"type": "string"}], "additionalItems": false},
                    "id": {"type": "string", "required": true}}}),
                json!({"type": "object", "properties": {
                    "a": {"type": "number", "exclusiveMinimum": 0},
                    "b": {"type": "array", "prefixItems": [{"type": "string"}], "items": false},
                    "id": {"type": "string"}}}),
            ),
            (
                json!({"anyOf": [{"properties": {"a": {}}, "required": ["a", "k"]},
                    {"properties": {"b": {}}, "required": ["k", "b"]}], "properties": {"k": {}}}),
                json!({"properties": {"k": {}, "a": {}, "b": {}}, "required": ["k"], "type": "object"}),
            ),
            (
                json!({"type": "object", "allOf": [{"properties": {"a": {}}, "required": ["a"]}, {"required": ["b"]}],
                    "required": ["a"]}),
                json!({"type": "object", "required": ["a", "b"], "properties": {"a": {}}}),
            ),
            (
                json!({"$ref": "#/$defs/P", "$defs": {"P": {"type": "object", "properties": {"a": {}}}}}),
                json!({"$defs": {"P": {"type": "object", "properties": {"a": {}}}}, "type": "object",
                    "properties": {"a": {}}}),
            ),
            (json!({"$ref": "#/$defs/gone"}), json!({"type": "object", "properties": {}})),
            (json!({"$ref": "#"}), json!({"type": "object", "properties": {}})),
        ] {
            assert_eq!(*for_tool(&schema), wanted, "{schema}");
        }
    }

    #[test]
    fn an_answer_s_schema_is_narrowed_and_nothing_is_lost() {
        let schema = json!({"type": "object", "additionalProperties": {"type": "string"}, "minProperties": 1,
            "properties": {
                "n": {"type": "integer", "minimum": 1, "maximum": 5, "description": "How many"},
                "t": {"type": "string", "format": "date", "pattern": "^2"},
                "u": {"type": "string", "format": "color"},
                "l": {"type": "array", "items": {"oneOf": [{"const": 1}, {"type": "object"}]}, "minItems": 1, "maxItems": 3}}});
        assert_eq!(
            for_output(&schema),
            json!({"type": "object", "properties": {
                    "n": {"type": "integer", "description": "How many (minimum: 1, maximum: 5)"},
                    "t": {"type": "string", "format": "date", "description": "pattern: \"^2\""},
                    "u": {"type": "string", "description": "format: \"color\""},
                    "l": {"type": "array", "items": {"anyOf": [{"const": 1}, {"type": "object", "additionalProperties": false}]},
                        "minItems": 1, "description": "maxItems: 3"}},
                "additionalProperties": false, "description": "minProperties: 1"})
        );
    }
}
