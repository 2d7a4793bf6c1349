//! Narrows JSON Schemas to the part that Gemini takes, so that one keyword cannot have a whole request refused.
//!
//! Sources: `Schema` and `GenerationConfig.response_json_schema` of the Gemini API
//! (<https://ai.google.dev/api/caching#Schema>, <https://ai.google.dev/api/generate-content#v1beta.GenerationConfig>).

use crate::defaults;
use serde_json::{Map, Value, json};

/// The keywords that are kept in the schema of an answer.
const ANSWER_KEYWORDS: [&str; 19] = [
    "type",
    "format",
    "title",
    "description",
    "enum",
    "items",
    "prefixItems",
    "minItems",
    "maxItems",
    "minimum",
    "maximum",
    "anyOf",
    "oneOf",
    "properties",
    "additionalProperties",
    "required",
    "propertyOrdering",
    "nullable",
    "$defs",
];

/// The schema of a function's parameters, in the subset of OpenAPI's schemas that a function declaration takes: every node
/// has one type or alternatives, references stand where they point, and what has no keyword is said in the description.
pub(super) fn parameters(schema: &Value) -> Value {
    let mut walk = Walk { root: schema, open: Vec::new(), room: defaults::SCHEMA_NODES, depth: defaults::SCHEMA_DEPTH };
    walk.node(schema)
}

/// The schema of an answer: JSON Schema without the keywords that Gemini does not list.
pub(super) fn answer(schema: &Value) -> Value {
    let Value::Object(fields) = schema else { return json!({}) };
    // Beside a reference nothing else may stand.
    if let Some(reference) = fields.get("$ref") {
        return json!({"$ref": reference});
    }
    let each = |value: &Value| match value {
        Value::Array(items) => items.iter().map(answer).collect(),
        other => answer(other),
    };
    let named = |value: &Value| match value {
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), answer(value))).collect(),
        other => other.clone(),
    };
    let mut narrowed = Map::new();
    for (name, value) in fields {
        let value = match name.as_str() {
            "const" => {
                narrowed.insert("enum".to_owned(), json!([value]));
                continue;
            }
            "definitions" | "allOf" => continue,
            "properties" | "$defs" => named(value),
            "items" | "prefixItems" | "anyOf" | "oneOf" if !value.is_boolean() => each(value),
            "additionalProperties" if value.is_object() => answer(value),
            known if ANSWER_KEYWORDS.contains(&known) || known.starts_with('$') => value.clone(),
            _ => continue,
        };
        narrowed.insert(name.clone(), value);
    }
    describe(&mut narrowed, notes(fields, &["default", "pattern", "minLength", "maxLength", "multipleOf"]));
    // Conditions that hold together are one schema where they are simple.
    for part in fields.get("allOf").and_then(Value::as_array).into_iter().flatten() {
        if let Value::Object(part) = answer(part) {
            merge(&mut narrowed, &part);
        }
    }
    Value::Object(narrowed)
}

struct Walk<'a> {
    root: &'a Value,
    /// References that are being followed: one that comes again is cut.
    open: Vec<String>,
    /// Nodes that may still be written: references to references multiply.
    room: usize,
    /// Levels that may still be written.
    depth: usize,
}

impl Walk<'_> {
    fn node(&mut self, schema: &Value) -> Value {
        let (Some(room), Some(depth)) = (self.room.checked_sub(1), self.depth.checked_sub(1)) else {
            return anything(None);
        };
        let Value::Object(fields) = schema else { return anything(None) };
        self.room = room;
        self.depth = depth;
        let narrowed = match fields.get("$ref").and_then(Value::as_str) {
            Some(reference) => self.reference(reference, fields),
            None => self.joined(fields),
        };
        self.depth += 1;
        narrowed
    }

    /// A node with what must hold besides.
    fn joined(&mut self, fields: &Map<String, Value>) -> Value {
        let Some(Value::Array(parts)) = fields.get("allOf") else { return self.plain(fields) };
        let mut joined = fields.clone();
        let open = self.open.len();
        for part in parts {
            let reference = part.get("$ref").and_then(Value::as_str);
            if let Some(reference) = reference {
                if self.open.iter().any(|open| open == reference) {
                    continue;
                }
                self.open.push(reference.to_owned());
            }
            let target = reference.and_then(|at| resolve(self.root, at));
            if let Some(part) = target.unwrap_or(part).as_object() {
                merge(&mut joined, part);
            }
        }
        let narrowed = self.plain(&joined);
        self.open.truncate(open);
        narrowed
    }

    fn reference(&mut self, reference: &str, beside: &Map<String, Value>) -> Value {
        let words = beside.get("description").and_then(Value::as_str);
        let target = resolve(self.root, reference).filter(|_| self.open.len() < defaults::SCHEMA_REFERENCES);
        let Some(target) = target.filter(|_| !self.open.iter().any(|open| open == reference)) else {
            let kind = resolve(self.root, reference).and_then(|target| target.get("type")).and_then(Value::as_str);
            return match kind {
                Some("object") => with_words(json!({"type": "object"}), words),
                Some(kind @ ("string" | "number" | "integer" | "boolean")) => with_words(json!({"type": kind}), words),
                _ => anything(words),
            };
        };
        self.open.push(reference.to_owned());
        let mut narrowed = self.node(&target.clone());
        self.open.pop();
        if let (Some(words), Some(fields)) = (words, narrowed.as_object_mut()) {
            fields.insert("description".to_owned(), json!(words));
        }
        narrowed
    }

    fn plain(&mut self, fields: &Map<String, Value>) -> Value {
        let words = fields.get("description").and_then(Value::as_str);
        let mut nullable = fields.get("nullable") == Some(&Value::Bool(true));
        let mut kinds = kinds(fields);
        nullable |= kinds.contains(&"null") && kinds.len() > 1;
        kinds.retain(|kind| *kind != "null");
        let alternatives = ["anyOf", "oneOf"].iter().find_map(|name| fields.get(*name)).and_then(Value::as_array);
        // Beside alternatives nothing else may stand: they count where the node itself says nothing.
        if let Some(alternatives) = alternatives.filter(|_| kinds.is_empty() || !shaped(fields)) {
            return self.alternatives(alternatives, nullable, fields);
        }
        match kinds.as_slice() {
            [] if fields.get("type").is_some() => with_null(with_words(json!({"type": "string"}), words)),
            [] => anything(words),
            [kind] => {
                let narrowed = Value::Object(self.typed(kind, fields));
                if nullable { with_null(narrowed) } else { narrowed }
            }
            several => {
                let mut list: Vec<Value> = several.iter().map(|kind| Value::Object(self.typed(kind, fields))).collect();
                if let Some(first) = list.first_mut().filter(|_| nullable) {
                    *first = with_null(first.take());
                }
                json!({"anyOf": list})
            }
        }
    }

    fn alternatives(&mut self, list: &[Value], nullable: bool, beside: &Map<String, Value>) -> Value {
        let is_null =
            |it: &&Value| it.get("type").is_some_and(|kind| kind == "null") || it.get("const") == Some(&Value::Null);
        let nullable = nullable || list.iter().any(|it| is_null(&it));
        // What stands beside them holds for each.
        let mut common = beside.clone();
        for name in ["anyOf", "oneOf", "nullable", "$defs", "definitions", "$schema", "$id", "title", "default"] {
            common.shift_remove(name);
        }
        let mut narrowed: Vec<Value> = Vec::new();
        for item in list.iter().filter(|it| !is_null(it)) {
            let item = match (item.as_object(), common.is_empty()) {
                (Some(own), false) if !own.contains_key("$ref") => {
                    let mut own = own.clone();
                    merge(&mut own, &common);
                    self.node(&Value::Object(own))
                }
                _ => with_words(self.node(item), common.get("description").and_then(Value::as_str)),
            };
            match item.get("anyOf") {
                // Alternatives of an alternative are alternatives.
                Some(Value::Array(inner)) => narrowed.extend(inner.iter().cloned()),
                _ => narrowed.push(item),
            }
        }
        let mut distinct: Vec<Value> = Vec::with_capacity(narrowed.len());
        for item in narrowed {
            if !distinct.contains(&item) {
                distinct.push(item);
            }
        }
        if let Some(first) = distinct.first_mut().filter(|_| nullable) {
            *first = with_null(first.take());
        }
        match distinct.as_mut_slice() {
            [] => with_null(json!({"type": "string"})),
            [only] => only.take(),
            _ => json!({"anyOf": distinct}),
        }
    }

    fn typed(&mut self, kind: &str, fields: &Map<String, Value>) -> Map<String, Value> {
        let mut node = Map::new();
        node.insert("type".to_owned(), json!(kind));
        if let Some(words) = fields.get("description").filter(|words| words.is_string()) {
            node.insert("description".to_owned(), words.clone());
        }
        let mut unsaid: Vec<&str> = vec!["default"];
        match kind {
            "object" => self.object(fields, &mut node),
            "array" => {
                node.insert("items".to_owned(), self.items(fields));
                whole_numbers(fields, &["minItems", "maxItems"], &mut node);
            }
            "string" => {
                choices(fields, &mut node);
                match fields.get("format").and_then(Value::as_str) {
                    Some(format @ "date-time") => drop(node.insert("format".to_owned(), json!(format))),
                    Some("enum") | None => {}
                    Some(_) => unsaid.push("format"),
                }
                unsaid.extend(["pattern", "minLength", "maxLength"]);
            }
            "number" | "integer" => {
                let formats: [&str; 2] = if kind == "integer" { ["int32", "int64"] } else { ["float", "double"] };
                if let Some(format) = fields.get("format").and_then(Value::as_str).filter(|it| formats.contains(it)) {
                    node.insert("format".to_owned(), json!(format));
                }
                for name in ["minimum", "maximum"] {
                    if let Some(bound) = fields.get(name).filter(|bound| bound.is_number()) {
                        node.insert(name.to_owned(), bound.clone());
                    }
                }
                // Only texts can be chosen from.
                unsaid.extend(["enum", "const", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]);
            }
            _ => unsaid.extend(["enum", "const"]),
        }
        describe(&mut node, notes(fields, &unsaid));
        node
    }

    fn object(&mut self, fields: &Map<String, Value>, node: &mut Map<String, Value>) {
        let Some(Value::Object(properties)) = fields.get("properties") else { return };
        let narrowed: Map<String, Value> =
            properties.iter().map(|(name, schema)| (name.clone(), self.node(schema))).collect();
        if let Some(Value::Array(required)) = fields.get("required") {
            let mut known: Vec<&Value> = Vec::with_capacity(required.len());
            for name in required {
                if name.as_str().is_some_and(|name| narrowed.contains_key(name)) && !known.contains(&name) {
                    known.push(name);
                }
            }
            node.insert("required".to_owned(), json!(known));
        }
        if let Some(order) = fields.get("propertyOrdering").filter(|order| order.is_array()) {
            node.insert("propertyOrdering".to_owned(), order.clone());
        }
        node.insert("properties".to_owned(), Value::Object(narrowed));
    }

    fn items(&mut self, fields: &Map<String, Value>) -> Value {
        let each = match (fields.get("items"), fields.get("prefixItems")) {
            (Some(items @ Value::Object(_)), None) => return self.node(items),
            (Some(Value::Array(list)), _) | (_, Some(Value::Array(list))) => list.clone(),
            _ => return anything(None),
        };
        let rest = fields.get("items").filter(|items| items.is_object()).cloned();
        let list: Vec<Value> = each.into_iter().chain(rest).collect();
        if list.is_empty() { anything(None) } else { self.alternatives(&list, false, &Map::new()) }
    }
}

/// The types of a node: those it names, or those that its keywords are about.
fn kinds(fields: &Map<String, Value>) -> Vec<&str> {
    const KNOWN: [&str; 7] = ["string", "number", "integer", "boolean", "object", "array", "null"];
    let known = |kind: &Value| {
        KNOWN.iter().copied().find(|known| kind.as_str().is_some_and(|it| it.eq_ignore_ascii_case(known)))
    };
    match fields.get("type") {
        Some(Value::Array(list)) => {
            let mut kinds: Vec<&str> = list.iter().filter_map(known).collect();
            if kinds.contains(&"number") {
                kinds.retain(|kind| *kind != "integer");
            }
            return kinds;
        }
        Some(kind) => return known(kind).into_iter().collect(),
        None => {}
    }
    let has = |names: &[&str]| names.iter().any(|name| fields.contains_key(*name));
    let of_value = |value: &Value| match value {
        Value::String(_) => "string",
        Value::Bool(_) => "boolean",
        Value::Number(number) => {
            if number.is_f64() {
                "number"
            } else {
                "integer"
            }
        }
        Value::Array(_) => "array",
        Value::Object(_) => "object",
        Value::Null => "null",
    };
    if let Some(value) = fields.get("const") {
        return vec![of_value(value)];
    }
    if let Some(Value::Array(values)) = fields.get("enum") {
        let mut kinds: Vec<&str> = Vec::new();
        for kind in values.iter().map(of_value) {
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        return kinds;
    }
    for (kind, names) in [
        ("object", ["properties", "required", "additionalProperties", "patternProperties"].as_slice()),
        ("array", &["items", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains"]),
        ("string", &["minLength", "maxLength", "pattern", "format"]),
        ("number", &["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]),
    ] {
        if has(names) {
            return vec![kind];
        }
    }
    Vec::new()
}

/// Whether a node says itself what it is made of.
fn shaped(fields: &Map<String, Value>) -> bool {
    ["properties", "items", "enum", "const"].iter().any(|name| fields.contains_key(*name))
        && fields.contains_key("type")
}

/// Texts to choose from. An empty one is refused, and so are other values.
fn choices(fields: &Map<String, Value>, node: &mut Map<String, Value>) {
    let list: Vec<&Value> = match (fields.get("enum"), fields.get("const")) {
        (_, Some(only)) => vec![only],
        (Some(Value::Array(list)), None) => list.iter().collect(),
        _ => return,
    };
    let is_null = list.iter().any(|it| it.is_null());
    let texts: Vec<&&Value> = list.iter().filter(|it| it.as_str().is_some_and(|text| !text.is_empty())).collect();
    if texts.len() + usize::from(is_null) == list.len() && !texts.is_empty() {
        node.insert("enum".to_owned(), json!(texts));
    }
    if is_null {
        node.insert("nullable".to_owned(), json!(true));
    }
}

fn whole_numbers(fields: &Map<String, Value>, names: &[&str], node: &mut Map<String, Value>) {
    for name in names {
        if let Some(bound) = fields.get(*name).and_then(Value::as_u64) {
            node.insert((*name).to_owned(), json!(bound));
        }
    }
}

/// What a description must say because there is no keyword for it.
fn notes(fields: &Map<String, Value>, names: &[&str]) -> String {
    let note = |name: &&str| {
        let value = fields.get(*name).filter(|value| !value.is_null())?;
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        (value.len() <= defaults::QUOTED_CHARS).then(|| format!("{name}: {value}"))
    };
    names.iter().filter_map(note).collect::<Vec<_>>().join("; ")
}

fn describe(node: &mut Map<String, Value>, notes: String) {
    if notes.is_empty() {
        return;
    }
    let words = match node.get("description").and_then(Value::as_str) {
        Some(words) if !words.is_empty() => format!("{words} ({notes})"),
        _ => notes,
    };
    node.insert("description".to_owned(), json!(words));
}

/// A node that any value fits.
fn anything(words: Option<&str>) -> Value {
    let list = json!([
        {"type": "string"}, {"type": "number"}, {"type": "boolean"}, {"type": "object"},
        {"type": "array", "items": {"type": "string"}}
    ]);
    let list: Vec<Value> = list.as_array().into_iter().flatten().map(|it| with_words(it.clone(), words)).collect();
    json!({"anyOf": list})
}

fn with_words(mut node: Value, words: Option<&str>) -> Value {
    if let (Some(words), Some(fields)) = (words, node.as_object_mut())
        && !fields.contains_key("description")
        && !fields.contains_key("anyOf")
    {
        fields.insert("description".to_owned(), json!(words));
    }
    node
}

fn with_null(mut node: Value) -> Value {
    let target = match node.pointer_mut("/anyOf/0") {
        Some(first) => first.as_object_mut(),
        None => node.as_object_mut(),
    };
    if let Some(fields) = target {
        fields.insert("nullable".to_owned(), json!(true));
    }
    node
}

/// Adds what another schema says: properties and required names to those that are there, everything else where it is missing.
fn merge(fields: &mut Map<String, Value>, other: &Map<String, Value>) {
    for (name, value) in other {
        match (fields.get_mut(name), value) {
            (Some(Value::Object(have)), Value::Object(more)) if name == "properties" || name == "$defs" => {
                for (name, value) in more {
                    have.entry(name.clone()).or_insert_with(|| value.clone());
                }
            }
            (Some(Value::Array(have)), Value::Array(more)) if name == "required" => {
                let fresh: Vec<Value> = more.iter().filter(|it| !have.contains(it)).cloned().collect();
                have.extend(fresh);
            }
            (Some(_), _) => {}
            (None, _) => drop(fields.insert(name.clone(), value.clone())),
        }
    }
}

/// What a reference within the schema points to.
fn resolve<'a>(root: &'a Value, reference: &str) -> Option<&'a Value> {
    let pointer = reference.strip_prefix('#')?;
    let pointer = pointer.replace("%24", "$").replace("%25", "%").replace("%20", " ");
    root.pointer(&pointer)
}

#[cfg(test)]
#[path = "schema_tests.rs"]
mod tests;
