//! What is repaired, and what is not.

use super::arguments::Repairs;
use super::{fit, lenient, lenient_json, unpack};
use crate::message::ToolCall;
use crate::schema::Schema;
use proptest::prelude::*;
use serde_json::{Value, json};

fn schema() -> Value {
    json!({"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "string"}, "c": {"type": "boolean"},
        "d": {"type": "array", "items": {"type": "number"}}, "e": {"$ref": "#/$defs/point"}, "f": {"type": ["integer", "string"]}},
        "required": ["a"], "additionalProperties": false, "$defs": {"point": {"type": "object", "properties": {"x": {"type": "number"}}}}})
}

fn read(text: &str) -> Option<(Value, String)> {
    let schema = schema();
    let checker = Schema::compile("schema", &schema).unwrap();
    fit(text, &schema, &checker).ok().map(|(value, repairs)| (value, repairs.words()))
}

#[test]
fn nearly_json_is_read_and_the_repair_named() {
    for (text, value, words) in [
        (r#"{"a":1}"#, json!({"a": 1}), ""),
        (r#"{"a":1,}"#, json!({"a": 1}), "a comma too many"),
        (r#"{"a":1,"d":[1,2,],}"#, json!({"a": 1, "d": [1, 2]}), "a comma too many"),
        ("{'a':1,'b':'it\\'s'}", json!({"a": 1, "b": "it's"}), "single quotes, an escape that JSON does not have"),
        ("{a:1}", json!({"a": 1}), "keys without quotes"),
        ("{\"a\":1 // one\n/* two */}", json!({"a": 1}), "a comment"),
        (r#"{"a":1,"c":True}"#, json!({"a": 1, "c": true}), "Python's literals"),
        ("```json\n{\"a\":1}\n```", json!({"a": 1}), "a code fence"),
        (r#"{"a":1,"b":"x""#, json!({"a": 1, "b": "x"}), "a missing end"),
        (r#"{"a":1,"d":[1,2]"#, json!({"a": 1, "d": [1, 2]}), "a missing end"),
        (r#"{"a":1}{"a":1}"#, json!({"a": 1}), "an object sent twice"),
        (r#"{}{"a":1}"#, json!({"a": 1}), "an object sent twice"),
        (r#"{"a":1}}"#, json!({"a": 1}), "a bracket too many"),
        ("{\"a\":1,\"b\":\"x\ny\"}", json!({"a": 1, "b": "x\ny"}), "line breaks in a text"),
        (r#"{"a":1,"b":"C:\dir"}"#, json!({"a": 1, "b": "C:\\dir"}), "an escape that JSON does not have"),
        (r#"{"a":+1,"d":[.5,2.]}"#, json!({"a": 1, "d": [0.5, 2]}), "numbers that JSON writes otherwise"),
        (r#""{\"a\":1}""#, json!({"a": 1}), "an object inside a text"),
        (r#""{'a':1}""#, json!({"a": 1}), "an object inside a text, single quotes"),
        (r#"{"a":"1"}"#, json!({"a": 1}), "values written as texts"),
        (r#"{"a":1,"c":"true"}"#, json!({"a": 1, "c": true}), "values written as texts"),
        (r#"{"a":1,"d":"[1]"}"#, json!({"a": 1, "d": [1]}), "values written as texts"),
        (r#"{"a":1,"e":{"x":"2.5"}}"#, json!({"a": 1, "e": {"x": 2.5}}), "values written as texts"),
        (r#"{"a":1,"b":null}"#, json!({"a": 1}), "null for what may be left out"),
        (r#"{"a":1,"f":"2"}"#, json!({"a": 1, "f": "2"}), ""),
    ] {
        assert_eq!(read(text), Some((value, words.to_owned())), "{text}");
    }
}

#[test]
fn what_has_no_reading_or_two_is_left() {
    for text in [
        r#"{"a":"#,
        r#"{"a""#,
        r#"{"a":1"#,
        r#"{"a":1,"#,
        r#"{"a":1,"b":"x"#,
        r#"{"a":1,"d":["#,
        r#"{"a":1,"d":[1,"#,
        r#"{"a":1,"c":tru"#,
        r#"{"a":1}{"a":2}"#,
        r#"{"a":1 "b":"x"}"#,
        r#"{"a":1,"b":"say "hi""}"#,
        r#"{"a":one}"#,
        r#"{"a":undefined}"#,
        r#"{"a":"1.5"}"#,
        r#"{"a":"x"}"#,
        r#"{"b":"no a",}"#,
        r#"{"a":null}"#,
        r#"{"a":1,"z":1,}"#,
        "```\n```",
        "a: 1",
        "[1]",
    ] {
        assert_eq!(read(text), None, "{text}");
    }
}

#[test]
fn depth_is_bounded() {
    let nested = |levels: usize| "[".repeat(levels) + "1," + &"]".repeat(levels);
    assert!(lenient_json(&nested(100)).is_some());
    assert!(lenient_json(&nested(100_000)).is_none());
}

#[test]
fn calls_inside_a_call_are_taken_out() {
    let call =
        |name: &str, arguments: &str| ToolCall { id: "c".into(), name: name.into(), arguments: arguments.into() };
    let packed = r#"{"tool_uses":[{"recipient_name":"functions.add","parameters":{"a":1}},{"recipient_name":"fly"}]}"#;
    for name in ["multi_tool_use.parallel", "multi_tool_use_parallel", "parallel"] {
        let inner = unpack(&call(name, packed)).unwrap();
        let shown: Vec<_> = inner.iter().map(|one| (&*one.id, &*one.name, &*one.arguments)).collect();
        assert_eq!(shown, [("c.1", "functions.add", r#"{"a":1}"#), ("c.2", "fly", "")]);
    }
    for (name, arguments) in [
        ("add", packed),
        ("parallel", r#"{"tool_uses":[]}"#),
        ("parallel", r#"{"tool_uses":[{"parameters":{}}]}"#),
        ("parallel", r#"{"calls":[]}"#),
        ("parallel", "nonsense"),
    ] {
        assert_eq!(unpack(&call(name, arguments)), None, "{name} {arguments}");
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_filter("JSON has no others", |number| number.is_finite()).prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        "[\"'\\\\/#{}\\[\\],:\n\t\u{0} ]{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(".{0,6}", inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn valid_json_is_never_changed(value in any_json(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
        let mut repairs = Repairs::default();
        let read = lenient::read(&text, &mut repairs);
        prop_assert_eq!((read, repairs.is_empty()), (Some(value), true));
    }

    #[test]
    fn a_cut_text_never_gains_a_value(value in any_json(), at in any::<prop::sample::Index>()) {
        let text = value.to_string();
        let cut = (0..=at.index(text.len() + 1)).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
        if let Some(read) = lenient::read(text.get(..cut).unwrap(), &mut Repairs::default()) {
            prop_assert!(is_part(&read, &value), "{} of {}", read, value);
        }
    }

    #[test]
    fn no_text_breaks_the_reader(text in "[\\[\\]{}\"'\\\\,:/*# \na1.+-`tTNu]{0,60}") {
        let _ = lenient_json(&text);
    }
}

/// Whether all values of `part` stand in `whole` at the same place.
fn is_part(part: &Value, whole: &Value) -> bool {
    match (part, whole) {
        (Value::Object(part), Value::Object(whole)) => {
            part.iter().all(|(name, value)| whole.get(name).is_some_and(|other| is_part(value, other)))
        }
        (Value::Array(part), Value::Array(whole)) => {
            part.len() <= whole.len() && part.iter().zip(whole).all(|(part, whole)| is_part(part, whole))
        }
        // A number at the top has no end of its own.
        (Value::Number(_), Value::Number(_)) => true,
        _ => part == whole,
    }
}
