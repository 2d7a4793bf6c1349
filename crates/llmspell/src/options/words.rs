//! Words about options: what a schema expects, what was given, what may have been meant.

use serde_json::Value;

/// Likeness from which a name is offered in place of an unknown one.
const ALIKE: f64 = 0.8;
/// Longest name, in bytes, that is compared with others: the time for it grows with the square.
const COMPARED: usize = 256;
/// Characters of a given text that an error quotes.
const QUOTED: usize = 60;

/// The known name that is most like `name`, if one is alike enough.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if name.len() > COMPARED {
        return None;
    }
    // camelCase and snake_case are the same to a reader.
    let plain = |text: &str| text.replace(['_', '-'], "").to_lowercase();
    let wanted = plain(name);
    known
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&wanted, &plain(candidate)), candidate))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, candidate)| candidate)
}

/// What a schema expects, as the rest of a sentence that begins with "expected".
pub(super) fn expected(schema: &Value) -> String {
    if let Some(list) = schema.get("anyOf").and_then(Value::as_array) {
        return list.iter().map(expected).collect::<Vec<_>>().join(", or ");
    }
    if let Some(list) = schema.get("enum").and_then(Value::as_array) {
        let names: Vec<String> = list.iter().map(Value::to_string).collect();
        return match names.as_slice() {
            [one] => one.clone(),
            names => format!("one of {}", names.join(", ")),
        };
    }
    if let Some(only) = schema.get("const") {
        return only.to_string();
    }
    match schema.get("type") {
        Some(Value::Array(types)) => types.iter().map(|kind| of_type(kind, schema)).collect::<Vec<_>>().join(", or "),
        Some(kind) => of_type(kind, schema),
        None => "another value".to_owned(),
    }
}

fn of_type(kind: &Value, schema: &Value) -> String {
    let number = |name: &str| schema.get(name).map(Value::to_string);
    match kind.as_str().unwrap_or_default() {
        "string" if schema.get("pattern").is_some() => "a name of letters, digits, _ and -".to_owned(),
        "string" => match (schema.get("minLength"), number("maxLength")) {
            (None, None) => "a string".to_owned(),
            (_, None) => "a string that is not empty".to_owned(),
            (_, Some(most)) => format!("a string of 1 to {most} characters"),
        },
        name @ ("integer" | "number") => {
            let article = if name == "integer" { "an integer" } else { "a number" };
            match (number("minimum"), number("maximum")) {
                (Some(least), Some(most)) => format!("{article} from {least} to {most}"),
                (Some(least), None) => format!("{article} from {least} up"),
                (None, most) => match (number("exclusiveMinimum"), most) {
                    (Some(above), Some(most)) => format!("{article} above {above} and at most {most}"),
                    (Some(above), None) => format!("{article} above {above}"),
                    _ => article.to_owned(),
                },
            }
        }
        "boolean" => "true or false".to_owned(),
        "array" => {
            let items =
                schema.get("items").map(|items| format!(" of which each is {}", expected(items))).unwrap_or_default();
            let most = number("maxItems").map(|most| format!("at most {most} items")).unwrap_or_default();
            match (items.as_str(), most.as_str()) {
                (items, "") => format!("an array{items}"),
                (items, most) => format!("an array ({most}){items}"),
            }
        }
        "object" => match schema.get("title").and_then(Value::as_str) {
            Some(title) => format!("an object ({title})"),
            None => "an object".to_owned(),
        },
        "null" => "null".to_owned(),
        other => other.to_owned(),
    }
}

/// What was given. A secret is not quoted, only its type named; neither are arrays and objects, which may hold one.
pub(super) fn given(value: &Value, secret: bool) -> String {
    match value {
        Value::String(text) if text.is_empty() => "an empty string".to_owned(),
        Value::String(text) if !secret => format!("{:?}", llmspell_core::json::quote(text, QUOTED)),
        Value::Number(number) if !secret => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        other => llmspell_core::json::type_name(other).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_nearest_name_is_found_or_none() {
        let known = ["system_prompt", "temperature", "tool_timeout_ms"];
        assert_eq!(nearest("systemPrompt", known), Some("system_prompt"));
        assert_eq!(nearest("temprature", known), Some("temperature"));
        assert_eq!(nearest("tool_timeout", known), Some("tool_timeout_ms"));
        assert_eq!(nearest("zebra", known), None);
        assert_eq!(nearest(&"temperature".repeat(1 << 20), known), None);
    }

    #[test]
    fn schemas_become_words() {
        for (schema, words) in [
            (json!({"type": "number", "minimum": 0, "maximum": 2}), "a number from 0 to 2"),
            (json!({"type": "integer", "minimum": 1}), "an integer from 1 up"),
            (json!({"enum": ["queue", "error"]}), "one of \"queue\", \"error\""),
            (
                json!({"anyOf": [{"type": "string", "minLength": 1}, {"type": "array", "items": {"type": "string"}, "maxItems": 16}]}),
                "a string that is not empty, or an array (at most 16 items) of which each is a string",
            ),
            (json!({"type": ["object", "null"]}), "an object, or null"),
        ] {
            assert_eq!(expected(&schema), words);
        }
    }

    #[test]
    fn secrets_are_not_quoted() {
        assert_eq!(given(&json!("hot"), false), "\"hot\"");
        assert_eq!(given(&json!("hot"), true), "a string");
        assert_eq!(given(&json!(5), true), "a number");
        assert_eq!(given(&json!({"key": "hot"}), false), "an object");
    }
}
