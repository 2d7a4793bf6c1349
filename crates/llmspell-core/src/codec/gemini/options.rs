//! Provider options over the fields that we write.

use serde_json::{Map, Value};
use std::borrow::Cow;

/// Fields that can be written in two ways; both at once would be refused.
const SPELLINGS: [(&str, &str); 5] = [
    ("generation_config", "generationConfig"),
    ("tool_config", "toolConfig"),
    ("system_instruction", "systemInstruction"),
    ("safety_settings", "safetySettings"),
    ("cached_content", "cachedContent"),
];

/// The options under the names that we write.
pub(super) fn spelled(options: &Map<String, Value>) -> Cow<'_, Map<String, Value>> {
    let ours = |name: &str| SPELLINGS.iter().find(|(other, _)| *other == name).map(|(_, name)| *name);
    if !options.keys().any(|name| ours(name).is_some() || name == "stream") {
        return Cow::Borrowed(options);
    }
    let named = |(name, value): (&String, &Value)| (ours(name).unwrap_or(name).to_owned(), value.clone());
    // `stream` chooses the method; the body has no such field.
    Cow::Owned(options.iter().filter(|(name, _)| *name != "stream").map(named).collect())
}

/// Our fields and the options', which win however they are spelled; objects are joined field by field.
pub(super) fn over(mut ours: Map<String, Value>, options: Option<&Value>) -> Value {
    match options {
        None => Value::Object(ours),
        Some(Value::Object(fields)) => {
            for (name, value) in fields {
                let joined = match (ours.shift_remove(&camel(name)), value) {
                    (Some(Value::Object(inner)), Value::Object(_)) => over(inner, Some(value)),
                    _ => value.clone(),
                };
                ours.insert(name.clone(), joined);
            }
            Value::Object(ours)
        }
        Some(other) => other.clone(),
    }
}

/// A field's name as we write it: Gemini takes `max_output_tokens` for `maxOutputTokens`, but not both.
pub(super) fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default();
    let mut out = if first.is_empty() && name.starts_with('_') {
        format!("_{}", words.next().unwrap_or_default())
    } else {
        first.to_owned()
    };
    for word in words {
        let (head, tail) = word.split_at(word.chars().next().map_or(0, char::len_utf8));
        out.push_str(&head.to_ascii_uppercase());
        out.push_str(tail);
    }
    out
}
