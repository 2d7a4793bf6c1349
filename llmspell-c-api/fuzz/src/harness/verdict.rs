//! What every failure must look like.

use super::SECRET;
use llmspell_core::schema::Schema;
use serde_json::Value;
use std::sync::LazyLock;

/// The code of a defect of llmspell, which no input may lead to.
const INTERNAL: i64 = 9001;

static ERROR: LazyLock<Schema> =
    LazyLock::new(|| schema("error", include_str!("../../../../spec/schema/error.schema.json")));
static EVENT: LazyLock<Value> = LazyLock::new(|| read(include_str!("../../../../spec/schema/event.schema.json")));

fn read(text: &str) -> Value {
    any_json(text).expect("a schema of ours")
}

/// JSON of any depth: what the library writes may nest deeper than serde_json reads by itself.
pub fn any_json(text: &str) -> Result<Value, serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_str(text);
    reader.disable_recursion_limit();
    let value = serde::Deserialize::deserialize(&mut reader)?;
    reader.end()?;
    Ok(value)
}

/// A schema of ours; what refers to other files is accepted as it is, because the core reads no file.
fn schema(name: &str, text: &str) -> Schema {
    let mut value = read(text);
    inline(&mut value);
    Schema::compile(name, &value).expect("a schema of ours")
}

fn inline(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.remove("$id");
            if fields.get("$ref").and_then(Value::as_str).is_some_and(|name| name.ends_with(".json")) {
                fields.remove("$ref");
            }
            fields.values_mut().for_each(inline);
        }
        Value::Array(items) => items.iter_mut().for_each(inline),
        _ => {}
    }
}

/// An error as JSON: it must fit its schema, tell no defect of llmspell and show no secret.
pub fn error_json(text: &str) -> Value {
    let error = any_json(text).unwrap_or_else(|why| panic!("an error is not JSON ({why}): {text}"));
    let violations = ERROR.check(&error);
    assert!(violations.is_empty(), "an error does not fit its schema: {violations:?}\n{text}");
    assert_ne!(error["code"], INTERNAL, "a defect of llmspell: {text}");
    assert_ne!(error["kind"], "internal", "a defect of llmspell: {text}");
    no_secret(text);
    error
}

/// The planted key must not be in a text.
pub fn no_secret(text: &str) {
    assert!(!text.contains(SECRET), "a secret is shown: {text}");
}

/// An event as JSON: it must name its run and be of a known type.
pub fn event_json(text: &str) -> Value {
    let event = any_json(text).unwrap_or_else(|why| panic!("an event is not JSON ({why}): {text}"));
    assert!(EVENT.is_object() && event["run_id"].is_string() && event["type"].is_string(), "no event: {text}");
    no_secret(text);
    if event["type"] == "error" {
        error_json(&event["error"].to_string());
    }
    event
}
