use super::*;

fn object(properties: Value) -> Value {
    json!({"type": "object", "properties": properties})
}

fn property(schema: Value) -> Value {
    parameters(&object(json!({"x": schema})))["properties"]["x"].take()
}

#[test]
fn keywords_without_a_counterpart_are_left_out() {
    let narrowed = parameters(&json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "T", "type": "object", "additionalProperties": false,
        "properties": {"a": {"type": "string", "title": "A", "description": "words"}}, "required": ["a", "b", "a"],
        "unevaluatedProperties": false, "$defs": {}
    }));
    assert_eq!(
        narrowed,
        json!({"type": "object", "required": ["a"], "properties": {"a": {"type": "string", "description": "words"}}})
    );
}

#[test]
fn types_are_single() {
    for (given, wanted) in [
        (json!({"type": ["string", "null"]}), json!({"type": "string", "nullable": true})),
        (json!({"type": ["string", "integer"]}), json!({"anyOf": [{"type": "string"}, {"type": "integer"}]})),
        (json!({"type": ["integer", "number"]}), json!({"type": "number"})),
        (json!({"type": "null"}), json!({"type": "string", "nullable": true})),
        (json!({"type": "STRING"}), json!({"type": "string"})),
        (
            json!({"properties": {"a": {"type": "boolean"}}}),
            json!({"type": "object", "properties": {"a": {"type": "boolean"}}}),
        ),
        (json!({"enum": ["a", "b"]}), json!({"type": "string", "enum": ["a", "b"]})),
        (json!({"enum": ["a", null]}), json!({"type": "string", "enum": ["a"], "nullable": true})),
        (json!({"const": "a"}), json!({"type": "string", "enum": ["a"]})),
        (json!({"const": 3}), json!({"type": "integer", "description": "const: 3"})),
        (json!({"type": "integer", "enum": [1, 2]}), json!({"type": "integer", "description": "enum: [1,2]"})),
        (json!({"minimum": 1}), json!({"type": "number", "minimum": 1})),
        (json!({"type": "integer", "format": "int32"}), json!({"type": "integer", "format": "int32"})),
        (json!({"type": "string", "format": "email"}), json!({"type": "string", "description": "format: email"})),
        (json!({"type": "string", "format": "date-time"}), json!({"type": "string", "format": "date-time"})),
        (
            json!({"type": "string", "description": "d", "pattern": "^a", "default": "a"}),
            json!({"type": "string", "description": "d (default: a; pattern: ^a)"}),
        ),
        (
            json!({"type": "array", "prefixItems": [{"type": "string"}, {"type": "number"}], "maxItems": 2}),
            json!({"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "number"}]}, "maxItems": 2}),
        ),
    ] {
        assert_eq!(property(given.clone()), wanted, "{given}");
    }
}

#[test]
fn any_value_has_alternatives() {
    for given in [json!({}), json!(true), json!({"description": "d"}), json!({"$ref": "https://elsewhere/x"})] {
        let narrowed = property(given.clone());
        assert_eq!(narrowed["anyOf"].as_array().unwrap().len(), 5, "{given}");
    }
    let items = &property(json!({"type": "array"}))["items"];
    assert!(items["anyOf"].is_array(), "{items}");
}

#[test]
fn alternatives_are_flat_and_stand_alone() {
    assert_eq!(
        property(
            json!({"oneOf": [{"type": "string"}, {"anyOf": [{"type": "number"}, {"type": "null"}]}], "description": "d"})
        ),
        json!({"anyOf": [
            {"type": "string", "description": "d"}, {"type": "number", "description": "d", "nullable": true}]})
    );
    assert_eq!(
        property(json!({"anyOf": [{"type": "string"}, {"type": "null"}], "default": null})),
        json!({"type": "string", "nullable": true})
    );
    assert_eq!(
        property(json!({"type": "object", "properties": {"a": {"type": "string"}}, "anyOf": [{"required": ["a"]}]})),
        json!({"type": "object", "properties": {"a": {"type": "string"}}})
    );
    assert_eq!(
        property(json!({"allOf": [
            {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]},
            {"properties": {"b": {"type": "number"}}, "required": ["b"]}]})),
        json!({"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "number"}}, "required": ["a", "b"]})
    );
}

#[test]
fn references_stand_where_they_point_and_recursion_is_cut() {
    let schema = json!({
        "type": "object",
        "properties": {"tree": {"$ref": "#/$defs/node", "description": "the root"}, "size": {"$ref": "#/$defs/si~1ze"}},
        "$defs": {
            "node": {"type": "object", "description": "a node",
                     "properties": {"name": {"type": "string"}, "next": {"type": "array", "items": {"$ref": "#/$defs/node"}}}},
            "si/ze": {"type": "integer"}
        }
    });
    let narrowed = parameters(&schema);
    assert!(!narrowed.to_string().contains('$'), "{narrowed}");
    assert_eq!(narrowed["properties"]["size"], json!({"type": "integer"}));
    let tree = &narrowed["properties"]["tree"];
    assert_eq!(tree["description"], "the root");
    assert_eq!(tree["properties"]["next"]["items"], json!({"type": "object"}));
}

#[test]
fn references_to_references_do_not_grow_without_end() {
    let mut defs = Map::new();
    for level in 0..40 {
        let next = json!({"$ref": format!("#/$defs/d{}", level + 1)});
        let pair = json!({"type": "object", "properties": {"a": next, "b": next}});
        defs.insert(format!("d{level}"), pair);
    }
    let narrowed = parameters(&json!({"$ref": "#/$defs/d0", "$defs": defs}));
    assert!(narrowed.to_string().len() < 1 << 21);
}

/// Every node has what Gemini asks for, and nothing it does not know.
fn check(node: &Value) {
    const KNOWN: [&str; 13] = [
        "type",
        "description",
        "format",
        "enum",
        "nullable",
        "items",
        "minItems",
        "maxItems",
        "minimum",
        "maximum",
        "anyOf",
        "properties",
        "required",
    ];
    let fields = node.as_object().unwrap();
    assert!(fields.keys().all(|name| KNOWN.contains(&name.as_str()) || name == "propertyOrdering"), "{node}");
    match (fields.get("type"), fields.get("anyOf")) {
        (Some(Value::String(kind)), None) => {
            assert_eq!(kind == "array", fields.contains_key("items"), "{node}");
        }
        (None, Some(Value::Array(list))) => {
            assert_eq!(fields.len(), 1, "{node}");
            list.iter().for_each(check);
        }
        _ => panic!("{node}"),
    }
    fields.get("items").into_iter().for_each(check);
    let properties = fields.get("properties").and_then(Value::as_object);
    properties.into_iter().flat_map(Map::values).for_each(check);
    for name in fields.get("required").and_then(Value::as_array).into_iter().flatten() {
        assert!(properties.unwrap().contains_key(name.as_str().unwrap()), "{node}");
    }
}

mod properties {
    use super::*;
    use proptest::prelude::*;

    fn schema() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(json!({})),
            Just(json!(true)),
            Just(json!({"$ref": "#/$defs/a"})),
            Just(json!({"$ref": "#"})),
            Just(json!({"const": 1})),
            Just(json!({"enum": ["a", 2, null, ""]})),
            Just(json!({"type": 3})),
            prop::sample::select(vec!["string", "number", "integer", "boolean", "null", "array", "object", "odd"])
                .prop_map(|kind| json!({"type": kind, "format": "x", "minimum": 0, "default": {}})),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            let list = prop::collection::vec(inner.clone(), 0..4);
            prop_oneof![
                list.clone().prop_map(|list| json!({"anyOf": list, "description": "d"})),
                list.clone().prop_map(|list| json!({"oneOf": list, "type": ["object", "null"]})),
                list.clone().prop_map(|list| json!({"allOf": list})),
                list.clone().prop_map(|list| json!({"prefixItems": list, "items": false})),
                (inner.clone(), list).prop_map(|(one, list)| {
                    let named: Map<String, Value> =
                        list.into_iter().enumerate().map(|(at, it)| (format!("p{at}"), it)).collect();
                    json!({"properties": named, "required": ["p0", "p9", 3], "items": one, "$defs": {"a": one}})
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn whatever_is_given_is_narrowed_to_what_gemini_takes(schema in schema()) {
            check(&parameters(&json!({"type": "object", "properties": {"x": schema}, "$defs": {"a": schema}})));
            let narrowed = answer(&schema).to_string();
            prop_assert!(!narrowed.contains("\"const\"") && !narrowed.contains("\"allOf\""), "{}", narrowed);
        }
    }
}
