//! Values from hosts with fewer types than JSON: in Lua and PHP an empty list and an empty object are the same table, which
//! JSON libraries there write as `{}`; where numbers are doubles only, 3 may be written as 3.0. The schema says what was
//! meant.

use super::shape::{join, member_schema};
use super::words::{expected, given};
use serde_json::{Number, Value};

/// Makes empty lists of the empty objects that stand where `schema` wants a list and no object, and integers of the numbers
/// without a fraction that stand where it wants an integer.
pub(super) fn settle(value: &mut Value, schema: &Value) {
    match value {
        Value::Object(members) if members.is_empty() && admits(schema, "array") && !admits(schema, "object") => {
            *value = Value::Array(Vec::new());
        }
        Value::Object(members) => {
            for (name, member) in members {
                if let Some(schema) = member_schema(schema, name) {
                    settle(member, schema);
                }
            }
        }
        Value::Array(items) => {
            if let Some(schema) = schema.get("items") {
                items.iter_mut().for_each(|item| settle(item, schema));
            }
        }
        Value::Number(number) if wants_integer(schema) => {
            if let Some(integer) = integral(number) {
                *value = Value::Number(integer);
            }
        }
        _ => {}
    }
}

/// Finds the first number that is no integer, or none in the bounds, where a schema wants one: its place and what is wrong.
///
/// Bounds are compared as integers, not as doubles: near 2^63 a validator that compares doubles cannot tell them apart.
pub(super) fn misfit(value: &Value, schema: &Value, path: &str) -> Option<(String, String)> {
    match value {
        Value::Object(members) => {
            members.iter().find_map(|(name, member)| misfit(member, member_schema(schema, name)?, &join(path, name)))
        }
        Value::Array(items) => {
            let schema = schema.get("items")?;
            items.iter().enumerate().find_map(|(at, item)| misfit(item, schema, &format!("{path}[{at}]")))
        }
        Value::Number(number) if wants_integer(schema) => {
            let bound = |name: &str| schema.get(name).and_then(Value::as_number).and_then(exact);
            let fits = exact(number).is_some_and(|number| {
                bound("minimum").is_none_or(|least| least <= number)
                    && bound("maximum").is_none_or(|most| number <= most)
            });
            let problem = || format!("expected {}, got {}", expected(schema), given(value, false));
            (!fits).then(|| (path.to_owned(), problem()))
        }
        _ => None,
    }
}

/// The integer that a double stands for, where a type of ours can hold it.
fn integral(number: &Number) -> Option<Number> {
    /// 2^63 and 2^64: the first doubles that are too large for 64 bits with and without a sign.
    const SIGNED_END: f64 = 9_223_372_036_854_775_808.0;
    const UNSIGNED_END: f64 = 18_446_744_073_709_551_616.0;
    let double = number.as_f64().filter(|double| number.is_f64() && double.fract() == 0.0)?;
    // -2^63 may as well be the nearest double of a smaller integer.
    if double.abs() < SIGNED_END {
        Some(Number::from(double as i64))
    } else {
        (0.0..UNSIGNED_END).contains(&double).then(|| Number::from(double as u64))
    }
}

fn exact(number: &Number) -> Option<i128> {
    number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from))
}

fn wants_integer(schema: &Value) -> bool {
    admits(schema, "integer") || schema.get("const").is_some_and(Value::is_u64)
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

    #[test]
    fn doubles_without_a_fraction_become_integers_where_integers_belong() {
        let schema = json!({"properties": {
            "list": {"items": {"type": "integer"}}, "one": {"const": 1}, "double": {"type": "number"}, "any": {},
        }});
        let numbers = json!([5.0, -0.0, 1e18, 9_223_372_036_854_775_808.0, -9_223_372_036_854_775_809.0, 1e300, 1.5]);
        let mut value = json!({"list": numbers, "one": 1.0, "double": 2.0, "any": 3.0});
        settle(&mut value, &schema);
        let settled =
            json!([5, 0, 1_000_000_000_000_000_000_i64, 1_u64 << 63, -9_223_372_036_854_775_808.0, 1e300, 1.5]);
        assert_eq!(value, json!({"list": settled, "one": 1, "double": 2.0, "any": 3.0}));
    }

    #[test]
    fn integers_are_held_to_their_bounds_exactly() {
        let schema = json!({"properties": {
            "signed": {"type": "integer", "minimum": i64::MIN, "maximum": i64::MAX},
            "unsigned": {"type": "integer", "minimum": 0, "maximum": u64::MAX},
            "list": {"items": {"type": "integer"}},
            "one": {"const": 1},
        }});
        for value in [
            json!({"signed": i64::MIN, "unsigned": u64::MAX, "one": 2, "unknown": 1.5}),
            json!({"signed": i64::MAX, "unsigned": 0, "list": [1, 2]}),
        ] {
            assert_eq!(misfit(&value, &schema, ""), None);
        }
        let signed = "expected an integer from -9223372036854775808 to 9223372036854775807, got ";
        for (value, path, problem) in [
            (json!({"signed": 1_u64 << 63}), "signed", format!("{signed}9223372036854775808")),
            (json!({"signed": -1e300}), "signed", format!("{signed}-1e+300")),
            (
                json!({"unsigned": -1}),
                "unsigned",
                "expected an integer from 0 to 18446744073709551615, got -1".to_owned(),
            ),
            (json!({"list": [1, 1.5]}), "list[1]", "expected an integer, got 1.5".to_owned()),
            (json!({"one": 1.5}), "one", "expected 1, got 1.5".to_owned()),
        ] {
            assert_eq!(misfit(&value, &schema, ""), Some((path.to_owned(), problem)), "{value}");
        }
    }
}
