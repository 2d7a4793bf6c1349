//! JSON Schemas as OpenAI takes them in its strict mode, for tools and for answers.
//!
//! Source: <https://platform.openai.com/docs/guides/structured-outputs#supported-schemas>.

use serde_json::{Map, Value};

/// Keywords that the strict mode refuses.
const REFUSED: [&str; 26] = [
    "allOf",
    "contains",
    "default",
    "dependencies",
    "dependentRequired",
    "dependentSchemas",
    "else",
    "if",
    "maxContains",
    "maxLength",
    "maxProperties",
    "minContains",
    "minLength",
    "minProperties",
    "not",
    "oneOf",
    "optional",
    "patternProperties",
    "prefixItems",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
    "uniqueItems",
    "$dynamicRef",
    "$recursiveRef",
];
/// Most levels of objects and lists in a strict schema.
const LEVELS: usize = 10;

/// Whether the strict mode takes this schema as it is.
pub(crate) fn is_strict(schema: &Value) -> bool {
    is_object(schema) && schema.get("anyOf").is_none() && holds(schema, 0)
}

/// The schema with `additionalProperties: false` where an object says nothing of others, if the strict mode then takes it.
/// An object with properties that may be missing is no strict one: to demand them would change what the schema says. Neither is one
/// that names none: closed it would have to be empty.
pub(crate) fn strict_form(schema: &Value) -> Option<Value> {
    let mut strict = schema.clone();
    close(&mut strict, 0);
    is_strict(&strict).then_some(strict)
}

fn is_object(schema: &Value) -> bool {
    match schema.get("type") {
        Some(Value::String(kind)) => kind == "object",
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == "object"),
        _ => false,
    }
}

fn holds(schema: &Value, level: usize) -> bool {
    let Some(fields) = schema.as_object() else { return false };
    if level > LEVELS || REFUSED.iter().any(|name| fields.contains_key(*name)) {
        return false;
    }
    let says = ["type", "$ref", "anyOf", "enum", "const"].iter().any(|name| fields.contains_key(*name));
    let closed =
        !is_object(schema) || (fields.get("additionalProperties") == Some(&Value::Bool(false)) && demands_all(fields));
    let listed = fields.get("type").is_none_or(|kind| kind != "array") || fields.contains_key("items");
    says && closed && listed && children(fields).all(|(child, deeper)| holds(child, level + usize::from(deeper)))
}

/// Whether every property is demanded.
fn demands_all(fields: &Map<String, Value>) -> bool {
    let required = fields.get("required").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let Some(properties) = fields.get("properties").and_then(Value::as_object) else { return required.is_empty() };
    properties.keys().all(|name| required.iter().any(|one| one == name))
        && required.iter().all(|one| one.as_str().is_some_and(|name| properties.contains_key(name)))
}

/// The schemas inside a schema, and whether each is a level deeper.
fn children(fields: &Map<String, Value>) -> impl Iterator<Item = (&Value, bool)> {
    let named = |name: &str| fields.get(name).and_then(Value::as_object).into_iter().flat_map(Map::values);
    let listed = fields.get("anyOf").and_then(Value::as_array).into_iter().flatten();
    named("properties")
        .chain(fields.get("items"))
        .map(|child| (child, true))
        .chain(named("$defs").chain(named("definitions")).chain(listed).map(|child| (child, false)))
}

fn close(schema: &mut Value, level: usize) {
    let names_some = schema.get("properties").and_then(Value::as_object).is_some_and(|named| !named.is_empty());
    let is_open = is_object(schema) && schema.get("additionalProperties").is_none() && names_some;
    let Some(fields) = schema.as_object_mut().filter(|_| level <= LEVELS * 4) else { return };
    if is_open {
        fields.insert("additionalProperties".to_owned(), Value::Bool(false));
        fields.entry("required").or_insert_with(|| Value::Array(Vec::new()));
    }
    for name in ["properties", "$defs", "definitions"] {
        for child in fields.get_mut(name).and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut) {
            close(child, level + 1);
        }
    }
    for child in fields.get_mut("anyOf").and_then(Value::as_array_mut).into_iter().flatten() {
        close(child, level + 1);
    }
    if let Some(items) = fields.get_mut("items") {
        close(items, level + 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(properties: Value, required: Value) -> Value {
        json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
    }

    #[test]
    fn strict_schemas_are_known() {
        let text = json!({"type": "string"});
        for schema in [
            object(json!({}), json!([])),
            object(json!({"a": text, "b": {"type": ["integer", "null"]}}), json!(["b", "a"])),
            object(json!({"a": {"type": "array", "items": {"$ref": "#/$defs/x"}}}), json!(["a"])),
            object(json!({"a": {"anyOf": [text, {"type": "null"}]}, "b": {"enum": [1, 2]}}), json!(["a", "b"])),
        ] {
            assert!(is_strict(&schema), "{schema}");
            assert_eq!(strict_form(&schema), Some(schema));
        }
    }

    #[test]
    fn what_the_strict_mode_refuses_is_known() {
        let text = json!({"type": "string"});
        for schema in [
            json!({"type": "object"}),
            json!({"type": "string"}),
            json!(true),
            object(json!({"a": text}), json!([])),
            object(json!({"a": {"type": "string", "minLength": 1}}), json!(["a"])),
            object(json!({"a": {"type": "object", "properties": {}}}), json!(["a"])),
            object(json!({"a": {}}), json!(["a"])),
            object(json!({"a": {"type": "array"}}), json!(["a"])),
            object(json!({"a": text}), json!(["a", "b"])),
            json!({"anyOf": [object(json!({}), json!([]))]}),
        ] {
            assert!(!is_strict(&schema), "{schema}");
        }
        let deep = (0..=LEVELS).fold(text, |inner, _| object(json!({"a": inner}), json!(["a"])));
        assert!(!is_strict(&deep));
    }

    #[test]
    fn objects_that_say_nothing_of_others_are_closed_and_nothing_is_demanded_more() {
        let inner = json!({"type": "object", "properties": {"b": {"type": "string"}}, "required": ["b"]});
        let open = json!({"type": "object", "properties": {"a": {"type": "array", "items": inner}}, "required": ["a"]});
        let strict = strict_form(&open).unwrap();
        assert_eq!(strict["additionalProperties"], false);
        assert_eq!(strict.pointer("/properties/a/items/additionalProperties"), Some(&json!(false)));
        assert_eq!(strict_form(&json!({"type": "object", "properties": {"a": {"type": "string"}}})), None);
        assert_eq!(strict_form(&json!({"type": "object", "additionalProperties": true})), None);
        assert_eq!(strict_form(&json!({"type": "object"})), None);
        assert_eq!(strict_form(&object(json!({"meta": {"type": "object"}}), json!(["meta"]))), None);
    }
}
