//! Arguments of tool calls: strict first; what is nearly right only where the schema takes the repaired value.

use super::lenient;
use crate::json;
use crate::schema::{Schema, Violation};
use serde_json::{Map, Value, json};

/// How deep references of a schema are followed.
const REFERENCES: usize = 16;

/// What was repaired, each thing once.
#[derive(Debug, Default)]
pub(crate) struct Repairs(Vec<&'static str>);

impl Repairs {
    pub(super) fn note(&mut self, what: &'static str) {
        if !self.0.contains(&what) {
            self.0.push(what);
        }
    }

    /// Whether nothing was repaired.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of it in words.
    pub(crate) fn words(&self) -> String {
        self.0.join(", ")
    }
}

/// Why arguments cannot be used.
pub(crate) enum Misfit {
    /// They are no JSON, in the parser's words.
    NoJson(String),
    /// They do not fit the schema.
    Violations(Vec<Violation>),
}

/// Reads arguments as models write them: no text at all, and `null`, stand for none.
pub(crate) fn read(text: &str) -> Result<Value, String> {
    if text.trim().is_empty() {
        return Ok(json!({}));
    }
    match json::from_wire(text)? {
        Value::Null => Ok(json!({})),
        value => Ok(value),
    }
}

/// Reads arguments and holds them to their schema. What is no JSON, or does not fit, is repaired where that leads to a
/// value which fits.
pub(crate) fn fit(text: &str, schema: &Value, checker: &Schema) -> Result<(Value, Repairs), Misfit> {
    let mut repairs = Repairs::default();
    let (value, misfit) = match read(text) {
        Ok(value) => {
            let violations = checker.check(&value);
            if violations.is_empty() {
                return Ok((value, repairs));
            }
            (value, Misfit::Violations(violations))
        }
        Err(why) => match lenient::read(text, &mut repairs) {
            Some(value) => (value, Misfit::NoJson(why)),
            None => return Err(Misfit::NoJson(why)),
        },
    };
    let fits = |value: &Value, repairs: &Repairs| !repairs.is_empty() && checker.check(value).is_empty();
    if fits(&value, &repairs) {
        return Ok((value, repairs));
    }
    let mut mended = unwrapped(value, &mut repairs);
    if !fits(&mended, &repairs) {
        Coercion { root: schema, repairs: &mut repairs }.apply(&mut mended, schema);
    }
    if fits(&mended, &repairs) { Ok((mended, repairs)) } else { Err(misfit) }
}

/// Arguments that are one text, which holds them.
fn unwrapped(value: Value, repairs: &mut Repairs) -> Value {
    let Value::String(text) = &value else { return value };
    let mut odd = Repairs::default();
    let inner = read(text).ok().or_else(|| lenient::read(text, &mut odd)).filter(Value::is_object);
    let Some(inner) = inner else { return value };
    repairs.note("an object inside a text");
    odd.0.into_iter().for_each(|what| repairs.note(what));
    inner
}

/// Reads a text that is JSON or nearly so. `None` where it has no reading, or more than one.
#[must_use]
pub fn lenient_json(text: &str) -> Option<Value> {
    json::from_wire(text).ok().or_else(|| repaired(text).map(|(value, _)| value))
}

/// The reading of a text that is nearly JSON, and what was repaired. `None` where it has no reading, or more than one.
pub(crate) fn repaired(text: &str) -> Option<(Value, Repairs)> {
    let mut repairs = Repairs::default();
    lenient::read(text, &mut repairs).map(|value| (value, repairs))
}

/// Turns texts into what the schema wants in their place, where a text is not allowed there.
struct Coercion<'a> {
    root: &'a Value,
    repairs: &'a mut Repairs,
}

impl Coercion<'_> {
    fn apply(&mut self, value: &mut Value, schema: &Value) {
        let root = self.root;
        let schema = resolved(schema, root);
        if let Value::String(text) = value
            && let Some(meant) = meant_by(text, schema)
        {
            self.repairs.note("values written as texts");
            *value = meant;
        }
        match value {
            Value::Object(members) => {
                if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
                    self.members(members, properties, schema);
                }
            }
            Value::Array(items) => {
                if let Some(each) = schema.get("items").filter(|each| each.is_object()) {
                    items.iter_mut().for_each(|item| self.apply(item, each));
                }
            }
            _ => {}
        }
    }

    fn members(&mut self, members: &mut Map<String, Value>, properties: &Map<String, Value>, schema: &Value) {
        let required = schema.get("required").and_then(Value::as_array);
        let is_required = |name: &str| required.is_some_and(|list| list.iter().any(|one| one == name));
        for (name, property) in properties {
            let Some(value) = members.get_mut(name) else { continue };
            if value.is_null() && !is_required(name) && !allows(resolved(property, self.root), "null") {
                self.repairs.note("null for what may be left out");
                members.shift_remove(name);
            } else {
                self.apply(value, property);
            }
        }
    }
}

/// The schema that a reference within the same document leads to.
fn resolved<'a>(mut schema: &'a Value, root: &'a Value) -> &'a Value {
    for _ in 0..REFERENCES {
        let target = schema.get("$ref").and_then(Value::as_str).and_then(|reference| reference.strip_prefix('#'));
        match target.and_then(|pointer| root.pointer(pointer)) {
            Some(next) => schema = next,
            None => break,
        }
    }
    schema
}

/// Whether a schema's `type` takes this one; a schema that names no type takes all.
fn allows(schema: &Value, kind: &str) -> bool {
    match schema.get("type") {
        Some(Value::String(only)) => only == kind,
        Some(Value::Array(list)) => list.iter().any(|one| one == kind),
        _ => true,
    }
}

/// What a text means where the schema names types and a text is none of them.
fn meant_by(text: &str, schema: &Value) -> Option<Value> {
    if allows(schema, "string") {
        return None;
    }
    let value = match text.trim() {
        "True" => Value::Bool(true),
        "False" => Value::Bool(false),
        text => json::from_wire::<Value>(text).ok()?,
    };
    let fits = match &value {
        Value::Bool(_) => allows(schema, "boolean"),
        Value::Number(number) => {
            allows(schema, "number") || (allows(schema, "integer") && (number.is_i64() || number.is_u64()))
        }
        Value::Array(_) => allows(schema, "array"),
        Value::Object(_) => allows(schema, "object"),
        Value::Null | Value::String(_) => false,
    };
    fits.then_some(value)
}
