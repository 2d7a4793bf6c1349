//! Objects that may have members which their schema does not name.

use serde_json::{Map, Value};

/// Keywords that say nothing of what fits.
const WORDS: [&str; 9] =
    ["type", "title", "description", "default", "examples", "$schema", "$id", "$comment", "additionalProperties"];

/// Whether a schema takes any object, and nothing else.
pub(crate) fn is_any(schema: &Value) -> bool {
    let Some(fields) = schema.as_object() else { return false };
    fields.get("type").is_some_and(|kind| kind == "object")
        && fields.get("additionalProperties").is_none_or(is_anything)
        && fields.iter().all(|(name, value)| {
            WORDS.contains(&name.as_str()) || (matches!(name.as_str(), "properties" | "required") && is_empty(value))
        })
}

/// Whether somewhere in a schema an object is open: it says so, or it names no members at all.
pub(crate) fn is_inside(schema: &Value) -> bool {
    let Some(fields) = schema.as_object() else { return false };
    let is_object = fields.get("type").is_some_and(|kind| match kind {
        Value::Array(kinds) => kinds.iter().any(|kind| kind == "object"),
        kind => kind == "object",
    });
    let names_none = fields.get("properties").is_none_or(is_empty) && fields.get("$ref").is_none();
    let is_open = match fields.get("additionalProperties") {
        Some(Value::Bool(open)) => *open,
        Some(_) => true,
        None => (is_object && names_none) || fields.contains_key("patternProperties"),
    };
    is_open || children(fields).any(is_inside)
}

/// The schemas inside a schema.
fn children(fields: &Map<String, Value>) -> impl Iterator<Item = &Value> {
    let named = ["properties", "$defs", "definitions"].into_iter().filter_map(|name| fields.get(name)?.as_object());
    let listed = ["anyOf", "oneOf", "allOf", "prefixItems"].into_iter().filter_map(|name| fields.get(name)?.as_array());
    let items = fields.get("items").into_iter();
    named.flat_map(Map::values).chain(listed.flatten()).chain(items)
}

fn is_anything(schema: &Value) -> bool {
    *schema == Value::Bool(true) || is_empty(schema)
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Object(fields) => fields.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn any_object_is_told_from_one_that_says_more() {
        for schema in [
            json!({"type": "object"}),
            json!({"type": "object", "properties": {}, "required": [], "additionalProperties": true}),
            json!({"type": "object", "description": "A map", "additionalProperties": {}}),
        ] {
            assert!(is_any(&schema) && is_inside(&schema), "{schema}");
        }
        for schema in [
            json!({}),
            json!({"type": "object", "additionalProperties": false}),
            json!({"type": "object", "additionalProperties": {"type": "number"}}),
            json!({"type": "object", "properties": {"a": {}}}),
            json!({"type": "object", "minProperties": 1}),
            json!({"type": ["object", "null"]}),
        ] {
            assert!(!is_any(&schema), "{schema}");
        }
    }

    #[test]
    fn open_objects_are_found_where_they_are() {
        let open = json!({"type": "object", "additionalProperties": {"type": "number"}});
        for schema in [
            json!({"type": "object", "properties": {"meta": {"type": "object"}}}),
            json!({"type": "object", "properties": {"a": {"type": "array", "items": open}}}),
            json!({"type": "object", "properties": {"a": {"anyOf": [{"type": "null"}, open]}}}),
            json!({"$ref": "#/$defs/a", "$defs": {"a": open}}),
            json!({"type": "object", "patternProperties": {"^x": {}}}),
        ] {
            assert!(is_inside(&schema), "{schema}");
        }
        for schema in [
            json!({"type": "object", "properties": {"a": {"type": "string"}}}),
            json!({"type": "object", "properties": {}, "additionalProperties": false}),
            json!({"type": "array", "items": {"$ref": "#/$defs/a"}, "$defs": {"a": {"type": "integer"}}}),
            json!(true),
        ] {
            assert!(!is_inside(&schema), "{schema}");
        }
    }
}
