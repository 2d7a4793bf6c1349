//! Tools as a model sees them, and their names on the wire.

use crate::defaults;
use crate::error::{Error, Kind};
use crate::hash;
use crate::json;
use crate::repair::{self, Misfit, Repairs};
use crate::schema::{Schema, Violation};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// A tool's declaration. Its handler lives in the host.
#[derive(Debug)]
pub struct Tool {
    /// Name, unique within the agent.
    pub name: String,
    /// For the model: what the tool does and when to use it.
    pub description: String,
    /// JSON Schema of the arguments.
    pub schema: Value,
    /// Time for one call, in milliseconds; the agent's `tool_timeout_ms` where absent.
    pub timeout_ms: Option<u64>,
    /// Whether it may be at work beside other calls of its turn.
    pub parallel: bool,
    /// Most calls in one run.
    pub max_calls: Option<u32>,
    /// Bytes of its result that the model gets; the agent's `max_tool_result_bytes` where absent.
    pub max_result_bytes: Option<usize>,
    /// Whether the host is asked before each call.
    pub needs_approval: bool,
    /// Whether whoever started the run gives its results, with a later run.
    pub external: bool,
    wire_name: String,
    checker: Schema,
}

/// Longest name of a tool, in characters.
const NAME_CHARS: usize = 128;
/// Longest name on the wire (OpenAI's limit; the strictest).
const WIRE_CHARS: usize = 64;
/// Hexadecimal digits of a name's hash that make a wire name unique.
const HASH_CHARS: usize = 8;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Declaration {
    name: String,
    #[serde(default)]
    description: String,
    schema: Option<Value>,
    timeout_ms: Option<u64>,
    parallel: Option<bool>,
    max_calls: Option<u32>,
    max_result_bytes: Option<usize>,
    #[serde(default)]
    needs_approval: bool,
    #[serde(default)]
    external: bool,
}

impl Tool {
    /// Reads a declaration as in `spec/schema/tool.schema.json`. `what` names it in an error.
    ///
    /// # Errors
    /// `argument` when a field is missing or wrong, or the schema is not one or nests too deeply.
    pub fn from_json(what: &str, value: Value) -> Result<Self, Error> {
        let wrong = |why: String| {
            Error::argument(format!("{what}: {why}; expected {{name, description, schema, timeout_ms?, …}}"))
        };
        let declaration: Declaration = serde_json::from_value(value).map_err(|error| wrong(error.to_string()))?;
        let name = declaration.name;
        if name.is_empty() || name.chars().count() > NAME_CHARS || name.chars().any(char::is_control) {
            return Err(Error::argument(format!(
                "{what}.name: expected 1 to {NAME_CHARS} printable characters, got {name:?}"
            )));
        }
        if declaration.timeout_ms == Some(0) {
            return Err(Error::argument(format!("{what}.timeout_ms: expected at least 1 millisecond, got 0")));
        }
        let schema = match declaration.schema {
            None | Some(Value::Null) => json!({"type": "object", "properties": {}}),
            Some(mut schema) => {
                // Arguments are always an object; providers refuse a schema that does not say so.
                if let Some(fields) = schema.as_object_mut()
                    && !fields.contains_key("type")
                    && !fields.contains_key("$ref")
                {
                    fields.insert("type".to_owned(), json!("object"));
                }
                schema
            }
        };
        if json::depth(&schema) > defaults::JSON_DEPTH {
            return Err(json::too_deep(&format!("{what}.schema"), defaults::JSON_DEPTH));
        }
        let checker = Schema::compile(&format!("{what}.schema"), &schema)?;
        if schema.get("type").is_some_and(|kind| kind != "object") || schema.is_boolean() {
            return Err(Error::argument(format!(
                "{what}.schema: a tool's arguments are an object; expected {{\"type\": \"object\", \"properties\": …}}"
            )));
        }
        Ok(Self {
            wire_name: String::new(),
            name,
            description: declaration.description,
            schema,
            timeout_ms: declaration.timeout_ms,
            parallel: declaration.parallel.unwrap_or(true),
            max_calls: declaration.max_calls,
            max_result_bytes: declaration.max_result_bytes,
            needs_approval: declaration.needs_approval,
            external: declaration.external,
            checker,
        })
    }

    /// The name that goes over the wire.
    #[must_use]
    pub fn wire_name(&self) -> &str {
        &self.wire_name
    }

    /// Reads a call's arguments and holds them to the schema. Arguments that are nearly right are repaired.
    ///
    /// # Errors
    /// `validation`, in words that let the model mend its call.
    pub(crate) fn arguments(&self, text: &str) -> Result<(Value, Repairs), Error> {
        repair::fit(text, &self.schema, &self.checker).map_err(|misfit| match misfit {
            Misfit::NoJson(why) => Error::new(
                Kind::Validation,
                format!("The arguments of {} are not valid JSON: {why}. Send one JSON object.", self.name),
            ),
            Misfit::Violations(violations) => Error::new(
                Kind::Validation,
                format!(
                    "The arguments of {} do not fit its schema: {}. Mend them and call again.",
                    self.name,
                    listed(&violations)
                ),
            ),
        })
    }

    /// Holds arguments that somebody else than the model gave to the schema.
    ///
    /// # Errors
    /// What is wrong, in words for who gave them.
    pub(crate) fn check(&self, arguments: &Value) -> Result<(), String> {
        let violations = self.checker.check(arguments);
        if violations.is_empty() {
            return Ok(());
        }
        let list = listed(&violations);
        Err(format!("the arguments it gave in place of the model's do not fit the schema of {}: {list}", self.name))
    }
}

fn listed(violations: &[Violation]) -> String {
    let list: Vec<String> = violations.iter().take(8).map(ToString::to_string).collect();
    list.join("; ")
}

/// The arguments as a value for events and records; the text itself where it is not JSON.
pub(crate) fn shown_arguments(text: &str) -> Value {
    repair::read(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

/// The tools of an agent. Cheap to copy.
#[derive(Clone, Debug, Default)]
pub struct ToolSet {
    tools: Vec<Arc<Tool>>,
}

impl ToolSet {
    /// These tools and one more.
    ///
    /// # Errors
    /// `argument` when a tool of that name is there.
    pub fn with(&self, mut tool: Tool) -> Result<Self, Error> {
        if self.get(&tool.name).is_some() {
            return Err(Error::argument(format!(
                "tools: the name {:?} is there twice; give every tool of an agent its own name",
                tool.name
            )));
        }
        tool.wire_name = wire_form(&tool.name);
        if let Some(other) = self.tools.iter().find(|other| other.wire_name == tool.wire_name) {
            return Err(Error::argument(format!(
                "tools: {:?} and {:?} would have the same name on the wire; rename one",
                tool.name, other.name
            )));
        }
        let mut tools = self.tools.clone();
        tools.push(Arc::new(tool));
        Ok(Self { tools })
    }

    /// The tool of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Arc<Tool>> {
        self.tools.iter().find(|tool| tool.name == name)
    }

    /// All tools, in the order they were added.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Tool>> + Clone {
        self.tools.iter()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tools.is_empty()
    }

    /// The name for the wire: the tool's own, or for a name that is no tool's (a model's invention in the history) a
    /// harmless form of it.
    #[must_use]
    pub fn to_wire(&self, name: &str) -> String {
        self.get(name).map_or_else(|| wire_form(name), |tool| tool.wire_name.clone())
    }

    /// The tool's name for a name from the wire. Models also write a tool's own name, or its harmless form where that is
    /// one tool's only; a name that is no tool's stays as it came.
    #[must_use]
    pub fn from_wire<'a>(&'a self, wire: &'a str) -> &'a str {
        if let Some(tool) = self.tools.iter().find(|tool| tool.wire_name == wire || tool.name == wire) {
            return &tool.name;
        }
        let mut alike = self.tools.iter().filter(|tool| harmless(&tool.name) == wire);
        match (alike.next(), alike.next()) {
            (Some(tool), None) => &tool.name,
            _ => wire,
        }
    }

    /// A hash over names and schemas: equal for agents that can go on from each other's checkpoints. The order of a schema's
    /// members does not count: languages without ordered tables write them in another one.
    #[must_use]
    pub fn fingerprint(&self) -> [u8; 32] {
        let mut tools: Vec<&Arc<Tool>> = self.tools.iter().collect();
        tools.sort_by(|a, b| a.name.cmp(&b.name));
        let mut hash = Sha256::new();
        for tool in tools {
            let mut schema = tool.schema.clone();
            schema.sort_all_objects();
            let schema = schema.to_string();
            hash.update((tool.name.len() as u64).to_le_bytes());
            hash.update(tool.name.as_bytes());
            hash.update((schema.len() as u64).to_le_bytes());
            hash.update(schema.as_bytes());
        }
        hash.finalize().into()
    }
}

/// A name in the form that every provider takes: `^[A-Za-z_][A-Za-z0-9_-]{0,63}$`. A legal name stays; any other gets a
/// hash of the name at its end. So the form follows from the name alone, whatever tools are beside it, and a history reads the
/// same for every agent that has the tool.
fn wire_form(name: &str) -> String {
    let wire = harmless(name);
    if wire == name && wire.len() <= WIRE_CHARS {
        return wire;
    }
    let keep: String = wire.chars().take(WIRE_CHARS - HASH_CHARS - 1).collect();
    format!("{keep}_{}", hash::hex(name, HASH_CHARS / 2))
}

/// The name with every illegal character replaced.
fn harmless(name: &str) -> String {
    let mut wire: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' || c == '-' { c } else { '_' }).collect();
    if !wire.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        wire.insert(0, '_');
    }
    wire
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(names: &[&str]) -> ToolSet {
        names.iter().fold(ToolSet::default(), |set, name| {
            set.with(Tool::from_json("tool", json!({"name": name})).unwrap()).unwrap()
        })
    }

    #[test]
    fn wire_names_are_legal_distinct_and_lead_back() {
        let long = "x".repeat(100);
        let names = ["files.read", "files_read", "Files:Read", "9lives", "größe", &long, "plain"];
        let set = set(&names);
        let mut seen = Vec::new();
        for name in names {
            let wire = set.to_wire(name);
            assert!(wire.len() <= 64, "{wire}");
            assert!(wire.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'), "{wire}");
            assert!(wire.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-'), "{wire}");
            assert_eq!(set.from_wire(&wire), name);
            assert!(!seen.contains(&wire.to_lowercase()), "{wire}");
            seen.push(wire.to_lowercase());
        }
        assert_eq!(set.to_wire("plain"), "plain");
        assert_eq!(set.from_wire("Files_Read"), "Files:Read", "the harmless form of one tool only");
        assert!(set.to_wire("no such.tool").starts_with("no_such_tool_"));
        let mut turned = names;
        turned.reverse();
        let turned = self::set(&turned);
        assert!(
            names.iter().all(|name| set.to_wire(name) == turned.to_wire(name)),
            "the order of tools does not matter"
        );
    }

    #[test]
    fn twice_the_same_name_is_refused() {
        let error = set(&["a"]).with(Tool::from_json("tool", json!({"name": "a"})).unwrap()).unwrap_err();
        assert!(error.message.contains("\"a\" is there twice"), "{}", error.message);
    }

    #[test]
    fn arguments_are_read_leniently_and_checked_strictly() {
        let tool = Tool::from_json(
            "tool",
            json!({"name": "t", "schema": {"properties": {"n": {"type": "integer"}}, "required": []}}),
        )
        .unwrap();
        assert_eq!(tool.arguments("").unwrap().0, json!({}));
        assert_eq!(tool.arguments("null").unwrap().0, json!({}));
        assert_eq!(tool.arguments(" {\"n\": 2} ").unwrap().0, json!({"n": 2}));
        assert!(tool.arguments("{\"n\": \"two\"}").unwrap_err().message.contains("/n"));
        assert!(tool.arguments("{\"n\": ").unwrap_err().message.contains("not valid JSON"));
        assert!(tool.arguments("[1]").is_err());
    }

    #[test]
    fn declarations_are_checked() {
        for (bad, part) in [
            (json!({}), "name"),
            (json!({"name": ""}), "tool.name"),
            (json!({"name": "t", "schema": {"type": "string"}}), "an object"),
            (json!({"name": "t", "schema": 1}), "tool.schema"),
            (json!({"name": "t", "timeout_ms": 0}), "timeout_ms"),
            (json!({"name": "t", "color": 1}), "color"),
        ] {
            let error = Tool::from_json("tool", bad.clone()).unwrap_err();
            assert!(error.message.contains(part), "{bad}: {}", error.message);
        }
    }

    #[test]
    fn a_schema_may_nest_as_deeply_as_any_value_of_a_user() {
        let nested = |levels| (1..levels).fold(json!({}), |inner, _| json!({"next": inner}));
        let tool = |levels| Tool::from_json("tool", json!({"name": "t", "schema": nested(levels)}));
        assert!(tool(defaults::JSON_DEPTH).is_ok());
        let error = tool(defaults::JSON_DEPTH + 1).unwrap_err();
        assert!(error.message.starts_with("tool.schema: nested deeper than 128 levels"), "{}", error.message);
    }

    #[test]
    fn the_fingerprint_follows_names_and_schemas_but_not_their_order() {
        assert_eq!(set(&["a", "b"]).fingerprint(), set(&["b", "a"]).fingerprint());
        assert_ne!(set(&["a", "b"]).fingerprint(), set(&["a"]).fingerprint());
        let print = |schema: &str| {
            let schema: Value = serde_json::from_str(schema).unwrap();
            let tool = Tool::from_json("tool", json!({"name": "t", "schema": schema})).unwrap();
            ToolSet::default().with(tool).unwrap().fingerprint()
        };
        assert_eq!(
            print(r#"{"type":"object","properties":{"a":{"type":"string","minLength":1}}}"#),
            print(r#"{"properties":{"a":{"minLength":1,"type":"string"}},"type":"object"}"#)
        );
        assert_ne!(print(r#"{"required":["a","b"]}"#), print(r#"{"required":["b","a"]}"#));
    }
}
