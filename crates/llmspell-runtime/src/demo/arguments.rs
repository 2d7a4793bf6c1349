//! Fills a tool's arguments from a message, guided by the tool's JSON Schema.

use serde_json::{Map, Number, Value};

use super::{arithmetic, words};

/// Schemas inside schemas that are followed; what lies deeper is filled with null.
const MAX_DEPTH: usize = 16;
/// Names of properties that want an arithmetic expression.
const EXPRESSION_NAMES: &[&str] = &["expression", "expr", "formula", "equation", "calculation", "sum"];
/// Names of properties that want a place.
const PLACE_NAMES: &[&str] = &["city", "location", "place", "country", "town", "region"];

/// Whether the tool takes an arithmetic expression: a string property with a name like `expression`.
pub(super) fn takes_expression(schema: &Value) -> bool {
    schema.get("properties").and_then(Value::as_object).is_some_and(|properties| {
        properties.iter().any(|(name, schema)| {
            EXPRESSION_NAMES.contains(&name.as_str()) && type_of(schema).is_none_or(|kind| kind == "string")
        })
    })
}

/// What a message offers for arguments; each number and each quoted text is used once.
pub(super) struct Filler<'a> {
    message: &'a str,
    lower: String,
    expression: Option<String>,
    numbers: std::vec::IntoIter<String>,
    quoted: std::vec::IntoIter<String>,
    root: &'a Value,
}

impl<'a> Filler<'a> {
    /// `expression` is the sum that this call is about, if any; `schema` the tool's whole schema.
    pub fn new(message: &'a str, expression: Option<String>, schema: &'a Value) -> Self {
        Filler {
            message,
            lower: message.to_lowercase(),
            expression,
            numbers: arithmetic::numbers(message).into_iter(),
            quoted: quoted(message).map(str::to_owned).collect::<Vec<_>>().into_iter(),
            root: schema,
        }
    }

    /// The arguments object. Optional properties without anything in the message that fits them are left out.
    pub fn arguments(mut self) -> Value {
        let root = self.root;
        match self.object(root, 0) {
            Value::Object(map) => Value::Object(map),
            _ => Value::Object(Map::new()),
        }
    }

    /// A value for the whole schema, whatever its type. A schema that says nothing gives an object with the message.
    pub fn whole(mut self) -> Value {
        let root = self.resolve(self.root);
        if type_of(root).is_none() && root.get("enum").or(root.get("const")).is_none() {
            return serde_json::json!({"answer": self.message.trim()});
        }
        self.value("answer", root, true, 0).unwrap_or_default()
    }

    fn object(&mut self, schema: &'a Value, depth: usize) -> Value {
        let mut out = Map::new();
        let required: Vec<&str> =
            schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
        let properties = schema.get("properties").and_then(Value::as_object);
        // With nothing marked as required, the first property is what the tool is for.
        let first = properties.filter(|_| required.is_empty()).and_then(|map| map.keys().next());
        for (name, property) in properties.into_iter().flatten() {
            let needed = required.contains(&name.as_str()) || Some(name) == first;
            if let Some(value) = self.value(name, property, needed, depth) {
                out.insert(name.clone(), value);
            }
        }
        Value::Object(out)
    }

    /// A value for one property; `None` when the property is optional and the message has nothing for it.
    fn value(&mut self, name: &str, schema: &'a Value, needed: bool, depth: usize) -> Option<Value> {
        if depth > MAX_DEPTH {
            return needed.then_some(Value::Null);
        }
        let schema = self.resolve(schema);
        if let Some(value) = schema.get("const") {
            return Some(value.clone());
        }
        if let Some(options) = schema.get("enum").and_then(Value::as_array) {
            return self.one_of(options, needed);
        }
        match type_of(schema) {
            Some("integer") => self.number(schema, needed, true),
            Some("number") => self.number(schema, needed, false),
            Some("boolean") => self.boolean(name, needed),
            Some("array") => self.array(name, schema, needed, depth),
            Some("object") => (needed || schema.get("properties").is_some())
                .then(|| self.object(schema, depth + 1))
                .filter(|value| needed || *value != Value::Object(Map::new())),
            Some("null") => needed.then_some(Value::Null),
            _ => self.text(name, schema, needed),
        }
    }

    /// Follows `$ref` inside the schema and takes the first branch of `anyOf`, `oneOf` and `allOf`.
    fn resolve(&self, schema: &'a Value) -> &'a Value {
        let mut schema = schema;
        for _ in 0..MAX_DEPTH {
            let reference = schema.get("$ref").and_then(Value::as_str).and_then(|text| text.strip_prefix('#'));
            let branch = ["anyOf", "oneOf", "allOf"]
                .iter()
                .find_map(|key| schema.get(*key)?.as_array()?.iter().find(|branch| type_of(branch) != Some("null")));
            match reference.and_then(|pointer| self.root.pointer(pointer)).or(branch) {
                Some(next) => schema = next,
                None => break,
            }
        }
        schema
    }

    fn one_of(&self, options: &[Value], needed: bool) -> Option<Value> {
        let mentioned = options.iter().find(|option| {
            option.as_str().is_some_and(|text| !text.is_empty() && self.lower.contains(&text.to_lowercase()))
        });
        mentioned.or(options.first().filter(|_| needed)).cloned()
    }

    fn number(&mut self, schema: &Value, needed: bool, whole: bool) -> Option<Value> {
        let Some(text) = self.numbers.next() else {
            let least = schema.get("minimum").filter(|value| value.is_number());
            return needed.then(|| least.cloned().unwrap_or_else(|| Value::from(0)));
        };
        let number = if whole {
            let digits = text.split('.').next().unwrap_or_default();
            digits.parse::<i64>().map_or_else(|_| Value::from(0), Value::from)
        } else {
            match text.parse::<i64>() {
                Ok(integer) => Value::from(integer),
                Err(_) => {
                    text.parse::<f64>().ok().and_then(Number::from_f64).map_or_else(|| Value::from(0), Value::Number)
                }
            }
        };
        Some(within(schema, number))
    }

    fn boolean(&self, name: &str, needed: bool) -> Option<Value> {
        let said = self.lower.contains(&name.to_lowercase().replace('_', " "));
        let negated = self.lower.contains("n't")
            || words::split(self.message)
                .iter()
                .any(|word| matches!(word.as_str(), "no" | "not" | "never" | "without" | "false"));
        (needed || said).then_some(Value::Bool(!negated))
    }

    fn array(&mut self, name: &str, schema: &'a Value, needed: bool, depth: usize) -> Option<Value> {
        static ANY: Value = Value::Null;
        let items = self.resolve(schema.get("items").unwrap_or(&ANY));
        let mut values = Vec::new();
        let more = |filler: &Self| match type_of(items) {
            Some("integer" | "number") => filler.numbers.len() > 0,
            Some("string") | None => filler.quoted.len() > 0,
            _ => false,
        };
        while more(self) {
            values.extend(self.value(name, items, true, depth + 1));
        }
        let least = schema.get("minItems").and_then(Value::as_u64).unwrap_or(0).max(u64::from(needed)).min(8);
        while (values.len() as u64) < least {
            values.extend(self.value(name, items, true, depth + 1));
        }
        (needed || !values.is_empty()).then_some(Value::Array(values))
    }

    fn text(&mut self, name: &str, schema: &Value, needed: bool) -> Option<Value> {
        let lower = name.to_lowercase();
        let sum = if EXPRESSION_NAMES.contains(&lower.as_str()) { self.expression.take() } else { None };
        let place = || PLACE_NAMES.contains(&lower.as_str()).then(|| place(self.message)).flatten();
        let found = sum.or_else(|| self.quoted.next()).or_else(place);
        let text = match found {
            Some(text) => text,
            // A tool that calculates but calls its property differently still gets the sum.
            None if needed => self.expression.take().unwrap_or_else(|| self.message.trim().to_owned()),
            None => return None,
        };
        let most = schema
            .get("maxLength")
            .and_then(Value::as_u64)
            .and_then(|most| usize::try_from(most).ok())
            .unwrap_or(usize::MAX);
        Some(Value::String(text.chars().take(most).collect()))
    }
}

/// The number, or the bound of the schema that it passes.
fn within(schema: &Value, number: Value) -> Value {
    let bound = |name: &str| schema.get(name).filter(|bound| bound.is_number());
    let (least, most) = (bound("minimum"), bound("maximum"));
    match (least.and_then(Value::as_f64), most.and_then(Value::as_f64), number.as_f64()) {
        (Some(low), _, Some(value)) if value < low => least.cloned().unwrap_or(number),
        (_, Some(high), Some(value)) if value > high => most.cloned().unwrap_or(number),
        _ => number,
    }
}

/// The type a schema names; of several, the first that is not null; `object` when it only lists properties.
fn type_of(schema: &Value) -> Option<&str> {
    match schema.get("type") {
        Some(Value::String(kind)) => Some(kind),
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null"),
        _ => schema.get("properties").map(|_| "object"),
    }
}

/// Texts in quotation marks: "…", “…”, «…», `…` and '…' (the last only between spaces, so that `don't` is none).
pub(super) fn quoted(message: &str) -> impl Iterator<Item = &str> {
    let mut rest = message;
    let mut before = ' ';
    // Marks that close nothing any more, so that a text full of opening ones is not searched for each of them.
    let mut missing = String::new();
    std::iter::from_fn(move || {
        while let Some(c) = rest.chars().next() {
            let after = rest.get(c.len_utf8()..).unwrap_or_default();
            let close = match c {
                '"' | '`' => Some(c),
                '“' => Some('”'),
                '«' => Some('»'),
                '\'' if !before.is_alphanumeric() => Some('\''),
                _ => None,
            };
            (rest, before) = (after, c);
            let Some(close) = close.filter(|close| !missing.contains(*close)) else { continue };
            match after.split_once(close) {
                Some((inside, behind)) => {
                    (rest, before) = (behind, ' ');
                    if !inside.is_empty() {
                        return Some(inside);
                    }
                }
                None => missing.push(close),
            }
        }
        None
    })
}

/// The place a message speaks of: what follows the last `in`, `at` or `for`, up to punctuation or `and`.
fn place(message: &str) -> Option<String> {
    let words: Vec<&str> = message.split_whitespace().collect();
    let at = words.iter().rposition(|word| matches!(word.to_lowercase().as_str(), "in" | "at" | "for"))?;
    let mut place = String::new();
    for word in words.get(at + 1..)? {
        if matches!(word.to_lowercase().as_str(), "and" | "or" | "today" | "now" | "tomorrow" | "please") {
            break;
        }
        let bare = word.trim_end_matches(|c: char| !c.is_alphanumeric());
        if !place.is_empty() {
            place.push(' ');
        }
        place.push_str(bare);
        if bare.len() < word.len() {
            break;
        }
    }
    Some(place).filter(|place| !place.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fill(message: &str, properties: Value, required: Value) -> Value {
        let schema = json!({"type": "object", "properties": properties, "required": required, "$defs": {"unit": {"enum": ["celsius", "kelvin"]}}});
        let expression = arithmetic::expressions(message).into_iter().next();
        Filler::new(message, expression, &schema).arguments()
    }

    #[test]
    fn each_type_takes_what_fits_it() {
        let string = json!({"type": "string"});
        for (message, properties, required, expected) in [
            ("What is 15 * 23?", json!({"expression": string}), json!([]), json!({"expression": "15 * 23"})),
            ("calculate 1 + 2", json!({"input": string}), json!(["input"]), json!({"input": "1 + 2"})),
            (
                "add 2 and 3.5",
                json!({"a": {"type": "number"}, "b": {"type": "number"}}),
                json!(["a", "b"]),
                json!({"a": 2, "b": 3.5}),
            ),
            ("roll 2.9 dice", json!({"count": {"type": "integer"}}), json!(["count"]), json!({"count": 2})),
            ("roll dice", json!({"count": {"type": "integer", "minimum": 1}}), json!(["count"]), json!({"count": 1})),
            ("weather in New York, please", json!({"city": string}), json!(["city"]), json!({"city": "New York"})),
            (
                "write \"a b\" to 'c.txt'",
                json!({"text": string, "path": string}),
                json!(["text", "path"]),
                json!({"text": "a b", "path": "c.txt"}),
            ),
            (
                "find it",
                json!({"query": string, "limit": {"type": "integer"}}),
                json!(["query"]),
                json!({"query": "find it"}),
            ),
            ("in kelvin", json!({"unit": {"$ref": "#/$defs/unit"}}), json!(["unit"]), json!({"unit": "kelvin"})),
            ("whatever", json!({"unit": {"$ref": "#/$defs/unit"}}), json!(["unit"]), json!({"unit": "celsius"})),
            ("do it", json!({"force": {"type": "boolean"}}), json!(["force"]), json!({"force": true})),
            ("do not", json!({"force": {"type": "boolean"}}), json!(["force"]), json!({"force": false})),
            (
                "sum 1, 2 and 3",
                json!({"values": {"type": "array", "items": {"type": "number"}}}),
                json!(["values"]),
                json!({"values": [1, 2, 3]}),
            ),
            (
                "at 5",
                json!({"where": {"type": "object", "properties": {"x": {"type": "integer"}}}}),
                json!(["where"]),
                json!({"where": {"x": 5}}),
            ),
            ("x", json!({"v": {"const": 7}}), json!([]), json!({"v": 7})),
            ("x", json!({"v": {"type": ["null", "string"]}}), json!(["v"]), json!({"v": "x"})),
            ("x", json!({"v": {"anyOf": [{"type": "null"}, {"type": "integer"}]}}), json!(["v"]), json!({"v": 0})),
            ("long text", json!({"v": {"type": "string", "maxLength": 4}}), json!(["v"]), json!({"v": "long"})),
            ("x", json!({}), json!([]), json!({})),
        ] {
            assert_eq!(fill(message, properties, required), expected, "{message}");
        }
    }

    #[test]
    fn a_schema_that_refers_to_itself_ends() {
        let schema = json!({"type": "object", "properties": {"next": {"$ref": "#"}, "loop": {"$ref": "#/properties/loop"}}, "required": ["next", "loop"]});
        let arguments = Filler::new("go", None, &schema).arguments();
        assert!(arguments.get("next").is_some());
    }

    #[test]
    fn quotation_marks() {
        assert_eq!(
            quoted("say “hi” and don't «go» 'now' `x` \"\" \"open").collect::<Vec<_>>(),
            ["hi", "go", "now", "x"]
        );
    }
}
