//! Schemas of tools as most providers take them: one keyword that a server refuses would make it refuse all tools.

use serde_json::{Map, Value, json};
use std::borrow::Cow;
use std::collections::HashMap;

/// What a server does not take in the schema of a tool, besides what none does.
#[derive(Debug, PartialEq, Eq)]
pub struct Keywords {
    /// Keywords of JSON Schema that make it refuse a tool.
    pub refused: &'static [&'static str],
    /// Whether a `pattern` must be anchored at both ends.
    pub anchored_patterns: bool,
    /// Whether each property must be an object, with `anyOf` the only choice (Ollama).
    pub plain_properties: bool,
}

impl Keywords {
    /// A server that takes every keyword.
    pub const USUAL: Self = Self { refused: &[], anchored_patterns: false, plain_properties: false };
}

/// The schema as the server takes it: one keyword that it does not know would make it refuse all tools. What is left out here
/// still holds, because llmspell checks the arguments against the whole schema.
pub(crate) fn narrow<'a>(schema: &'a Value, keywords: &Keywords) -> Cow<'a, Value> {
    if top_is_plain(schema) && is_taken(schema, keywords) {
        return Cow::Borrowed(schema);
    }
    let mut narrowed = schema.clone();
    flatten_top(&mut narrowed);
    mend(&mut narrowed, keywords);
    Cow::Owned(narrowed)
}

/// What providers refuse at the top of a tool's schema.
const NOT_ON_TOP: [&str; 6] = ["allOf", "anyOf", "oneOf", "$ref", "not", "enum"];
/// References may lead in a circle.
const LEVELS: usize = 16;

/// Whether the top is an object with properties, and nothing that providers refuse there.
fn top_is_plain(schema: &Value) -> bool {
    let has = |name: &str| schema.get(name).is_some();
    schema.get("type").is_some_and(|kind| kind == "object")
        && has("properties")
        && !NOT_ON_TOP.iter().any(|name| has(name))
}

/// Makes the top an object with properties: a reference is followed, and the properties are those of all schemas that it is
/// put together from, of which only what all alternatives demand is demanded.
pub(crate) fn flatten_top(schema: &mut Value) {
    let whole = schema.clone();
    let mut gathered = Gathered { whole: &whole, properties: Map::new(), demanded: HashMap::new() };
    let mut required: Vec<Value> = Vec::new();
    gathered.take(&whole, 0, &mut required);
    // What else it says: a description, say.
    for _ in 0..LEVELS {
        let Some(target) = referred(&whole, schema) else { break };
        let Some(fields) = schema.as_object_mut() else { return };
        fields.shift_remove("$ref");
        for (name, value) in target.as_object().into_iter().flatten() {
            fields.entry(name).or_insert_with(|| value.clone());
        }
    }
    let Some(fields) = schema.as_object_mut() else { return };
    for name in NOT_ON_TOP {
        fields.shift_remove(name);
    }
    fields.insert("type".to_owned(), json!("object"));
    fields.insert("properties".to_owned(), Value::Object(gathered.properties));
    if !required.is_empty() {
        fields.insert("required".to_owned(), Value::Array(required));
    }
}

/// The schema that a schema refers to.
fn referred<'a>(whole: &'a Value, schema: &Value) -> Option<&'a Value> {
    whole.pointer(schema.get("$ref")?.as_str()?.strip_prefix('#')?)
}

/// What is gathered of the schemas that one is put together from.
struct Gathered<'a> {
    whole: &'a Value,
    properties: Map<String, Value>,
    /// What each reference demands, so that none is followed twice, or in a circle.
    demanded: HashMap<&'a str, Vec<Value>>,
}

impl<'a> Gathered<'a> {
    /// Takes the properties of a schema, where none of that name is there, and adds to `required` what it demands.
    fn take(&mut self, schema: &'a Value, level: usize, required: &mut Vec<Value>) {
        if level > LEVELS {
            return;
        }
        for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            if !self.properties.contains_key(name) {
                self.properties.insert(name.clone(), property.clone());
            }
        }
        add_all(required, schema.get("required").and_then(Value::as_array).into_iter().flatten());
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            self.follow(reference, schema, level + 1);
            add_all(required, self.demanded.get(reference).into_iter().flatten());
        }
        for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            self.take(part, level + 1, required);
        }
        for name in ["anyOf", "oneOf"] {
            let mut common: Option<Vec<Value>> = None;
            for part in schema.get(name).and_then(Value::as_array).into_iter().flatten() {
                let mut own = Vec::new();
                self.take(part, level + 1, &mut own);
                common = Some(match common {
                    None => own,
                    Some(common) => common.into_iter().filter(|name| own.contains(name)).collect(),
                });
            }
            add_all(required, common.iter().flatten());
        }
    }

    fn follow(&mut self, reference: &'a str, schema: &Value, level: usize) {
        if self.demanded.contains_key(reference) {
            return;
        }
        self.demanded.insert(reference, Vec::new());
        if let Some(target) = referred(self.whole, schema) {
            let mut own = Vec::new();
            self.take(target, level, &mut own);
            self.demanded.insert(reference, own);
        }
    }
}

fn add_all<'a>(names: &mut Vec<Value>, more: impl Iterator<Item = &'a Value>) {
    for name in more {
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
fn is_taken_here(fields: &Map<String, Value>, keywords: &Keywords) -> bool {
    let lacks_items = is_list(fields) && !fields.contains_key("items") && !fields.contains_key("prefixItems");
    let odd_pattern = keywords.anchored_patterns && fields.get("pattern").is_some_and(|pattern| !is_anchored(pattern));
    let odd_fields = keywords.plain_properties && !is_plain(fields);
    !lacks_items && !odd_pattern && !odd_fields && !keywords.refused.iter().any(|name| fields.contains_key(*name))
}

/// Whether the schemas inside are objects, and every choice is an `anyOf`.
fn is_plain(fields: &Map<String, Value>) -> bool {
    let properties = fields.get("properties").and_then(Value::as_object).into_iter().flat_map(Map::values);
    let choices = fields.get("anyOf").and_then(Value::as_array).into_iter().flatten();
    !fields.contains_key("oneOf")
        && fields.get("required").is_none_or(Value::is_array)
        && properties.chain(choices).all(Value::is_object)
}

/// Makes the schemas inside objects, and every choice an `anyOf`.
fn make_plain(fields: &mut Map<String, Value>) {
    if fields.get("required").is_some_and(|names| !names.is_array()) {
        fields.shift_remove("required");
    }
    if let Some(choice) = fields.shift_remove("oneOf") {
        fields.entry("anyOf").or_insert(choice);
    }
    let any = |schema: &mut Value| {
        if !schema.is_object() {
            *schema = json!({});
        }
    };
    fields.get_mut("properties").and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut).for_each(any);
    fields.get_mut("anyOf").and_then(Value::as_array_mut).into_iter().flatten().for_each(any);
}

fn is_taken(schema: &Value, keywords: &Keywords) -> bool {
    let Some(fields) = schema.as_object() else { return true };
    is_taken_here(fields, keywords)
        && fields.iter().filter(|(name, _)| holds_schemas(name)).all(|(name, value)| match value {
            Value::Array(list) => list.iter().all(|inner| is_taken(inner, keywords)),
            Value::Object(inner) if is_by_name(name) => inner.values().all(|inner| is_taken(inner, keywords)),
            inner => is_taken(inner, keywords),
        })
}

fn mend(schema: &mut Value, keywords: &Keywords) {
    let Some(fields) = schema.as_object_mut() else { return };
    if !is_taken_here(fields, keywords) {
        fields.retain(|name, value| {
            let odd_pattern = keywords.anchored_patterns && name == "pattern" && !is_anchored(value);
            !(odd_pattern || keywords.refused.contains(&name.as_str()))
        });
        if is_list(fields) && !fields.contains_key("items") && !fields.contains_key("prefixItems") {
            fields.insert("items".to_owned(), json!({}));
        }
        if keywords.plain_properties {
            make_plain(fields);
        }
    }
    for (name, value) in fields.iter_mut().filter(|(name, _)| holds_schemas(name)) {
        match value {
            Value::Array(list) => list.iter_mut().for_each(|inner| mend(inner, keywords)),
            Value::Object(inner) if is_by_name(name) => inner.values_mut().for_each(|inner| mend(inner, keywords)),
            inner => mend(inner, keywords),
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
    use crate::codec::openai_compatible::table::LLAMACPP;

    #[test]
    fn a_plain_schema_stays() {
        let schema = json!({"type": "object", "properties": {"a": {"type": "array", "items": {"type": "string"}}},
            "required": ["a"], "$schema": "https://json-schema.org/draft/2020-12/schema"});
        assert!(matches!(narrow(&schema, &Keywords::USUAL), Cow::Borrowed(_)));
    }

    #[test]
    fn the_top_becomes_an_object_with_all_properties() {
        let schema = json!({"type": "object", "oneOf": [
            {"properties": {"a": {"type": "string"}, "k": {"const": 1}}, "required": ["a", "k"]},
            {"$ref": "#/$defs/b"}],
            "$defs": {"b": {"properties": {"b": {"type": "integer"}, "k": {"const": 2}}, "required": ["k", "b"]}}});
        let narrowed = narrow(&schema, &Keywords::USUAL);
        assert_eq!(
            narrowed["properties"],
            json!({"a": {"type": "string"}, "k": {"const": 1}, "b": {"type": "integer"}})
        );
        assert_eq!((&narrowed["required"], narrowed.get("oneOf")), (&json!(["k"]), None));
        let referred = json!({"$ref": "#/$defs/a", "$defs": {"a": {"type": "object", "properties": {"x": {}}, "required": ["x"]}}});
        let narrowed = narrow(&referred, &Keywords::USUAL);
        assert_eq!((&narrowed["properties"], &narrowed["required"]), (&json!({"x": {}}), &json!(["x"])));
        let circle = json!({"allOf": [{"$ref": "#"}], "properties": {"x": {}}});
        assert_eq!(narrow(&circle, &Keywords::USUAL)["properties"], json!({"x": {}}));
        assert_eq!(narrow(&json!({"type": "object"}), &Keywords::USUAL)["properties"], json!({}));
    }

    #[test]
    fn a_reference_on_top_is_followed_with_what_it_says_besides() {
        let schema = json!({"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b", "description": "A"},
            "b": {"type": "object", "properties": {"x": {"type": "array"}}, "additionalProperties": false}}});
        let narrowed = narrow(&schema, &Keywords::USUAL);
        assert_eq!(narrowed["properties"], json!({"x": {"type": "array", "items": {}}}));
        assert_eq!((&narrowed["description"], &narrowed["additionalProperties"]), (&json!("A"), &json!(false)));
        assert_eq!((narrowed.get("$ref"), &narrowed["type"]), (None, &json!("object")));
    }

    #[test]
    fn a_reference_on_top_adds_to_the_properties_beside_it() {
        let schema = json!({"$ref": "#/$defs/B", "properties": {"b": {}, "c": {"const": 1}}, "required": ["b"],
            "$defs": {"B": {"properties": {"a": {}, "c": {}}, "required": ["a"]}}});
        let narrowed = narrow(&schema, &Keywords::USUAL);
        assert_eq!(narrowed["properties"], json!({"b": {}, "c": {"const": 1}, "a": {}}));
        assert_eq!((&narrowed["required"], narrowed.get("$ref")), (&json!(["b", "a"]), None));
    }

    #[test]
    fn references_in_many_circles_are_followed_once() {
        let circles = vec![json!({"$ref": "#"}); 10];
        let schema = json!({"anyOf": circles, "properties": {"x": {}}, "required": ["x"]});
        let narrowed = narrow(&schema, &Keywords::USUAL);
        assert_eq!((&narrowed["properties"], &narrowed["required"]), (&json!({"x": {}}), &json!(["x"])));
        let twice = json!({"anyOf": [{"$ref": "#/$defs/a"}, {"allOf": [{"$ref": "#/$defs/a"}], "required": ["y"]}],
            "$defs": {"a": {"properties": {"x": {}}, "required": ["x"]}}});
        assert_eq!(narrow(&twice, &Keywords::USUAL)["required"], json!(["x"]), "each way to a schema demands the same");
    }

    #[test]
    fn a_top_that_is_more_than_an_object_or_does_not_say_so_becomes_one() {
        for kind in [json!(["object", "null"]), Value::Null] {
            let mut schema = json!({"properties": {"a": {}}, "required": ["a"]});
            if !kind.is_null() {
                schema["type"] = kind;
            }
            let wanted = json!({"type": "object", "properties": {"a": {}}, "required": ["a"]});
            assert_eq!(*narrow(&schema, &Keywords::USUAL), wanted);
        }
    }

    #[test]
    fn a_server_with_types_of_its_own_gets_objects_and_one_kind_of_choice() {
        let plain = Keywords { plain_properties: true, ..Keywords::USUAL };
        let schema = json!({"type": "object", "properties": {
            "a": true,
            "b": {"oneOf": [{"type": "string"}, false]},
            "c": {"type": "object", "properties": {"d": {"type": "string", "required": true}}}}});
        assert_eq!(
            narrow(&schema, &plain)["properties"],
            json!({"a": {}, "b": {"anyOf": [{"type": "string"}, {}]},
                "c": {"type": "object", "properties": {"d": {"type": "string"}}}})
        );
        assert!(matches!(narrow(&schema, &Keywords::USUAL), Cow::Borrowed(_)));
    }

    #[test]
    fn what_one_server_refuses_is_left_out_for_it() {
        let schema = json!({"type": "object", "properties": {
            "list": {"type": ["array", "null"]},
            "not": {"type": "string", "not": {"const": "x"}, "pattern": "^a$"},
            "b": {"type": "string", "pattern": "a+"}}});
        let narrowed = narrow(&schema, LLAMACPP.keywords);
        assert_eq!(
            narrowed["properties"],
            json!({"list": {"type": ["array", "null"], "items": {}},
            "not": {"type": "string", "pattern": "^a$"}, "b": {"type": "string"}})
        );
        let narrowed = narrow(&schema, &Keywords::USUAL);
        assert_eq!(narrowed["properties"]["b"]["pattern"], "a+");
        assert_eq!(narrowed["properties"]["list"]["items"], json!({}));
    }
}
