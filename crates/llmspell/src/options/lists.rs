//! Empty lists from hosts that cannot tell them from empty objects: in Lua and PHP both are the same empty table, and JSON
//! libraries there write `{}`. Where a schema wants a list, that is what `{}` means.

use serde_json::Value;

/// Makes empty lists of the empty objects that stand where `schema` wants a list and no object.
pub(super) fn settle(value: &mut Value, schema: &Value) {
    match value {
        Value::Object(members) if members.is_empty() && admits(schema, "array") && !admits(schema, "object") => {
            *value = Value::Array(Vec::new());
        }
        Value::Object(members) => {
            for (name, member) in members {
                if let Some(schema) = schema.get("properties").and_then(|known| known.get(name)) {
                    settle(member, schema);
                }
            }
        }
        Value::Array(items) => {
            if let Some(schema) = schema.get("items") {
                items.iter_mut().for_each(|item| settle(item, schema));
            }
        }
        _ => {}
    }
}

/// Whether a schema has a place for values of this type.
fn admits(schema: &Value, kind: &str) -> bool {
    if let Some(list) = schema.get("anyOf").and_then(Value::as_array) {
        return list.iter().any(|schema| admits(schema, kind));
    }
    match schema.get("type") {
        Some(Value::Array(kinds)) => kinds.iter().any(|one| one == kind),
        Some(one) => one == kind,
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_empty_objects_in_place_of_lists_change() {
        let schema = json!({"properties": {
            "list": {"type": "array", "items": {"properties": {"inner": {"anyOf": [{"type": "string"}, {"type": "array"}]}}}},
            "either": {"type": ["object", "array"]},
            "object": {"type": "object"},
            "any": {},
        }});
        let mut value =
            json!({"list": [{"inner": {}}, {"inner": {"a": 1}}], "either": {}, "object": {}, "any": {}, "unknown": {}});
        settle(&mut value, &schema);
        assert_eq!(
            value,
            json!({"list": [{"inner": []}, {"inner": {"a": 1}}], "either": {}, "object": {}, "any": {}, "unknown": {}})
        );
        let mut value = json!({"list": {}});
        settle(&mut value, &schema);
        assert_eq!(value, json!({"list": []}));
    }
}
