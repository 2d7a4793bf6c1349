//! JSON Schema: a compiled schema and what is wrong with a value.
//!
//! Drafts 4 to 2020-12 (<https://json-schema.org/specification>); without `$schema` it is 2020-12. References to other
//! documents are refused: the core reads no file and no address.

use crate::error::Error;
use boon::{Compiler, Draft, SchemaIndex, Schemas, UrlLoader};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;

/// A schema, ready to check values.
pub struct Schema {
    schemas: Schemas,
    index: SchemaIndex,
    /// The patterns as they were written, by their places: those in the compiled schema are translated.
    patterns: BTreeMap<String, String>,
}

/// One thing that is wrong with a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Where in the value, as a JSON pointer; empty for the value itself.
    pub path: String,
    /// What is wrong there.
    pub message: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() { f.write_str(&self.message) } else { write!(f, "{}: {}", self.path, self.message) }
    }
}

impl fmt::Debug for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Schema")
    }
}

struct NoLoader;

impl UrlLoader for NoLoader {
    fn load(&self, url: &str) -> Result<Value, Box<dyn std::error::Error>> {
        Err(format!("{url} is another document; put what it defines into `$defs`").into())
    }
}

// The resource's own address: it is never fetched, but relative references need a base.
const BASE: &str = "https://llmspell.invalid/schema";

impl Schema {
    /// Compiles a schema. `what` names it in an error.
    ///
    /// # Errors
    /// `argument` when the value is not a JSON Schema, with the place and the reason.
    pub fn compile(what: &str, schema: &Value) -> Result<Self, Error> {
        if !schema.is_object() && !schema.is_boolean() {
            return Err(Error::argument(format!(
                "{what}: expected a JSON Schema (an object such as {{type = \"object\", properties = …}}), got {}",
                crate::json::type_name(schema)
            )));
        }
        Self::made(schema)
            .or_else(|error| {
                // Patterns of other engines say something to a model, though nothing here can hold a value to them.
                let mut checkable = schema.clone();
                let had_none = with_stack(schema, || {
                    leave_out_patterns(&mut checkable);
                    checkable == *schema
                });
                if had_none { Err(error) } else { Self::made(&checkable) }
            })
            .map_err(|error| Error::argument(format!("{what}: not a JSON Schema: {}", explain(&error))))
    }

    fn made(schema: &Value) -> Result<Self, boon::CompileError> {
        let mut compiler = Compiler::new();
        compiler.set_default_draft(Draft::V2020_12);
        compiler.use_loader(Box::new(NoLoader));
        let mut schemas = Schemas::new();
        let mut patterns = BTreeMap::new();
        let index = with_stack(schema, || {
            collect_patterns(schema, &mut (BASE.to_owned() + "#"), &mut patterns);
            compiler.add_resource(BASE, schema.clone())?;
            compiler.compile(BASE, &mut schemas)
        })?;
        Ok(Self { schemas, index, patterns })
    }

    /// What is wrong with a value: empty when it fits.
    #[must_use]
    pub fn check(&self, value: &Value) -> Vec<Violation> {
        let mut violations = Vec::new();
        with_stack(value, || {
            if let Err(error) = self.schemas.validate(value, self.index) {
                leaves(&error, &self.patterns, &mut violations);
            }
        });
        violations
    }
}

/// `at` is the place of the schema, and is so again afterwards.
fn collect_patterns(schema: &Value, at: &mut String, patterns: &mut BTreeMap<String, String>) {
    let length = at.len();
    match schema {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                at.push('/');
                at.push_str(&index.to_string());
                collect_patterns(item, at, patterns);
                at.truncate(length);
            }
        }
        Value::Object(members) => {
            for (key, value) in members {
                at.push('/');
                at.push_str(key);
                collect_patterns(value, at, patterns);
                at.truncate(length);
            }
            if let Some(pattern) = members.get("pattern").and_then(Value::as_str) {
                patterns.insert(at.clone(), pattern.to_owned());
            }
        }
        _ => {}
    }
}

/// Takes the patterns with look-around or back references out of a schema: those of ECMAScript that an engine without
/// backtracking does not know.
fn leave_out_patterns(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(leave_out_patterns),
        Value::Object(members) => {
            members.retain(|key, value| key != "pattern" || !value.as_str().is_some_and(backtracks));
            for (key, value) in members.iter_mut() {
                match (key.as_str(), value) {
                    ("const" | "default" | "enum" | "examples", _) => {}
                    ("patternProperties", Value::Object(patterns)) => {
                        patterns.retain(|pattern, _| !backtracks(pattern));
                        patterns.values_mut().for_each(leave_out_patterns);
                    }
                    (_, value) => leave_out_patterns(value),
                }
            }
        }
        _ => {}
    }
}

fn backtracks(pattern: &str) -> bool {
    const LOOK_AROUND: [&str; 4] = ["(?=", "(?!", "(?<=", "(?<!"];
    LOOK_AROUND.iter().any(|start| pattern.contains(start))
        || pattern.as_bytes().windows(2).any(|pair| matches!(pair, [b'\\', b'1'..=b'9' | b'k']))
}

/// Does work that recurses as deeply as the value nests, on a stack that is large enough: a host's thread may have little
/// left.
fn with_stack<T>(value: &Value, work: impl FnOnce() -> T) -> T {
    /// Stack that a level takes, twice what was measured without optimisation.
    const LEVEL: usize = 32 << 10;
    /// Stack that the work takes besides.
    const BASE: usize = 256 << 10;
    let needed = BASE + crate::json::depth(value) * LEVEL;
    stacker::maybe_grow(needed, needed + BASE, work)
}

fn leaves(error: &boon::ValidationError<'_, '_>, patterns: &BTreeMap<String, String>, out: &mut Vec<Violation>) {
    if error.causes.is_empty() {
        let message = match (&error.kind, patterns.get(error.schema_url)) {
            (boon::ErrorKind::Pattern { got, .. }, Some(pattern)) => {
                format!("'{}' does not match pattern '{pattern}'", got.escape_debug())
            }
            (kind, _) => kind.to_string(),
        };
        out.push(Violation { path: error.instance_location.to_string(), message });
    }
    for cause in &error.causes {
        leaves(cause, patterns, out);
    }
}

fn explain(error: &boon::CompileError) -> String {
    if let boon::CompileError::ValidationError { src, .. } = error {
        let mut violations = Vec::new();
        leaves(src, &BTreeMap::new(), &mut violations);
        if let Some(first) = violations.first() {
            return first.to_string();
        }
    }
    format!("{error:#}").replace(BASE, "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_value_is_checked_and_the_place_named() {
        let schema = Schema::compile(
            "schema",
            &json!({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}),
        )
        .unwrap();
        assert!(schema.check(&json!({"a": "x"})).is_empty());
        assert_eq!(schema.check(&json!({"a": 1})).first().unwrap().path, "/a");
        assert!(schema.check(&json!({})).first().unwrap().message.contains('a'));
    }

    #[test]
    fn what_is_no_schema_is_refused() {
        for bad in [json!(5), json!([]), json!({"type": "strin"}), json!({"properties": 3}), json!({"pattern": "("})] {
            let error = Schema::compile("tools[0].schema", &bad).unwrap_err();
            assert!(error.message.starts_with("tools[0].schema: "), "{}", error.message);
        }
    }

    #[test]
    fn patterns_of_other_engines_are_for_the_model_alone() {
        let schema = json!({"type": "object", "properties": {
            "pattern": {"type": "string", "pattern": r"^(?=a)b$"},
            "twice": {"pattern": r"^(.)\1$", "maxLength": 2},
            "digits": {"pattern": "^[0-9]+$"}
        }, "patternProperties": {"^(?!x)": {"maxLength": 3}, "^x": {"type": "number"}}, "default": {"pattern": "(?=a)"}});
        let compiled = Schema::compile("schema", &schema).unwrap();
        let wrong = |value: Value| compiled.check(&value).len();
        assert_eq!(wrong(json!({"pattern": "zzzz", "twice": "ab", "digits": "12"})), 0);
        assert_eq!(wrong(json!({"pattern": 1})), 1);
        assert_eq!(wrong(json!({"twice": "abc"})), 1);
        assert_eq!(wrong(json!({"digits": "a"})), 1);
        assert_eq!(wrong(json!({"x1": "a"})), 1);
        let wrong = Schema::compile("schema", &json!({"pattern": "(?=a)("}));
        assert!(wrong.is_ok(), "what is left out is not looked at");
        assert!(Schema::compile("schema", &json!({"pattern": "(?=a)", "anyOf": [{"pattern": "("}]})).is_err());
    }

    #[test]
    fn a_pattern_is_told_as_it_was_written() {
        let pattern = r"^[\w.-]+@\d+$";
        let schema = json!({"properties": {"a": {"pattern": pattern}}, "items": {"anyOf": [{"pattern": pattern}]}});
        let schema = Schema::compile("schema", &schema).unwrap();
        for value in [json!({"a": "x"}), json!(["x"])] {
            let told = &schema.check(&value)[0].message;
            assert_eq!(*told, format!("'x' does not match pattern '{pattern}'"));
        }
    }

    #[test]
    fn the_deepest_schema_fits_a_small_stack() {
        let deep = (0..62).fold(json!({}), |inner, _| json!({"type": "object", "properties": {"a": inner}}));
        let value = (0..100).fold(json!(1), |inner, _| json!({"a": inner}));
        let recursive = json!({"properties": {"a": {"$ref": "#"}}});
        let thread = std::thread::Builder::new().stack_size(256 << 10).spawn(move || {
            assert!(Schema::compile("schema", &deep).is_ok());
            let schema = Schema::compile("schema", &recursive).unwrap();
            assert!(schema.check(&value).is_empty());
        });
        thread.unwrap().join().unwrap();
    }

    #[test]
    fn other_documents_are_not_read() {
        for reference in ["file:///etc/passwd", "https://example.com/s.json", "other.json"] {
            let error = Schema::compile("schema", &json!({"$ref": reference})).unwrap_err();
            assert!(error.message.contains("another document"), "{}", error.message);
        }
    }
}
