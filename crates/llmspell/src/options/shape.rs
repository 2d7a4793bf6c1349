//! Shapes: the schemas of `spec/schema`, ready to judge options and to say what is wrong in the user's words.

use super::settle::{misfit, settle};
use super::words::{expected, given, nearest};
use arc_swap::ArcSwapOption;
use llmspell_core::schema::Schema;
use llmspell_core::{Error, Kind};
use llmspell_runtime::unforked;
use serde_json::{Map, Value};
use std::sync::Arc;

/// A schema by name. It is compiled at first use; two threads may do it at once, and none waits for another of ours. What
/// the compiler sets up for itself others do wait for, so a fork waits for its end.
pub(crate) struct Shape {
    /// What the whole value is called in errors.
    what: &'static str,
    text: &'static str,
    compiled: ArcSwapOption<Compiled>,
}

/// The options of an agent.
pub(super) static AGENT: Shape =
    Shape::new("agent options", include_str!("../../../../spec/schema/agent_options.schema.json"));
/// What a run is asked.
pub(super) static RUN: Shape = Shape::new("run input", include_str!("../../../../spec/schema/run_input.schema.json"));
/// An agent as a tool.
pub(super) static AGENT_TOOL: Shape =
    Shape::new("agent tool", include_str!("../../../../spec/schema/agent_tool.schema.json"));
/// A tool by itself.
pub(crate) static TOOL: Shape = Shape::new("tool", include_str!("../../../../spec/schema/tool.schema.json"));

/// A reply. It is judged by the core, which reads it; the shape has clearer words for what is wrong.
pub(super) static REPLY: Shape = Shape::new("reply", include_str!("../../../../spec/schema/reply.schema.json"));
/// A conversation. It is judged by the core, which reads it; the shape settles its lists and numbers.
pub(super) static STATE: Shape = Shape::new("state", include_str!("../../../../spec/schema/state.schema.json"));

/// Schemas that others refer to by file name.
const REFERRED: &[(&str, &str)] = &[
    ("message.schema.json", include_str!("../../../../spec/schema/message.schema.json")),
    ("tool.schema.json", include_str!("../../../../spec/schema/tool.schema.json")),
    ("usage.schema.json", include_str!("../../../../spec/schema/usage.schema.json")),
];

struct Compiled {
    source: Value,
    schema: Schema,
}

impl Shape {
    const fn new(what: &'static str, text: &'static str) -> Self {
        Self { what, text, compiled: ArcSwapOption::const_empty() }
    }

    /// Holds a value to the shape.
    ///
    /// # Errors
    /// `argument` with the place, what was expected there and what was given.
    pub(crate) fn check(&self, value: &Value) -> Result<(), Error> {
        self.check_at(value, "")
    }

    /// Like [`Shape::check`], for a value that stands at `place`.
    ///
    /// # Errors
    /// Those of [`Shape::check`].
    pub(super) fn check_at(&self, value: &Value, place: &str) -> Result<(), Error> {
        let compiled = self.compiled()?;
        if let Some(fault) = misnamed(value, &compiled.source, place) {
            return Err(Error::argument(self.sentence(&fault.0, &fault.1)));
        }
        let Some(violation) = compiled.schema.check(value).into_iter().next() else { return Ok(()) };
        let mut place = Place::find(&compiled.source, value, place, &violation.path);
        // Of several forms the validator says only that none fits: the one that was meant says what is wrong with it.
        while place.schema.get("anyOf").is_some() {
            let form = form(place.schema, place.value);
            let schema = unforked(|| Schema::compile(self.what, form))?;
            let Some(violation) = schema.check(place.value).into_iter().next().filter(|_| form != place.schema) else {
                break;
            };
            place = Place::find(form, place.value, &place.path, &violation.path);
        }
        let problem = format!("expected {}, got {}", expected(place.schema), given(place.value, place.is_secret()));
        Err(Error::argument(self.sentence(&place.path, &problem)))
    }

    /// Turns what hosts with fewer types than JSON write into what the shape wants: `{}` into a list, 3.0 into 3. `place` is
    /// where the value stands, for errors; empty for the whole.
    ///
    /// # Errors
    /// `argument` for a number in place of an integer that is none, or is out of bounds.
    pub(crate) fn settle(&self, value: &mut Value, place: &str) -> Result<(), Error> {
        let schema = &self.compiled()?.source;
        settle(value, schema);
        misfit(value, schema, place)
            .map_or(Ok(()), |(path, problem)| Err(Error::argument(self.sentence(&path, &problem))))
    }

    fn sentence(&self, path: &str, problem: &str) -> String {
        format!("{}: {problem}", if path.is_empty() { self.what } else { path })
    }

    fn compiled(&self) -> Result<Arc<Compiled>, Error> {
        if let Some(compiled) = self.compiled.load_full() {
            return Ok(compiled);
        }
        let source = whole(parse(self.text)?)?;
        let compiled = Arc::new(Compiled { schema: unforked(|| Schema::compile(self.what, &source))?, source });
        self.compiled.store(Some(Arc::clone(&compiled)));
        Ok(compiled)
    }
}

fn parse(text: &str) -> Result<Value, Error> {
    serde_json::from_str(text)
        .map_err(|error| Error::new(Kind::Internal, "a schema of llmspell is not JSON").with_cause(error.to_string()))
}

/// Puts the schemas that a schema refers to in the place of the references.
fn whole(schema: Value) -> Result<Value, Error> {
    Ok(match schema {
        Value::Object(mut fields) => {
            if let Some(text) = fields.get("$ref").and_then(Value::as_str).and_then(referred) {
                return whole(parse(text)?);
            }
            // The name of a file is not its address.
            fields.remove("$id");
            fields
                .into_iter()
                .map(|(name, value)| Ok((name, whole(value)?)))
                .collect::<Result<_, Error>>()
                .map(Value::Object)?
        }
        Value::Array(items) => Value::Array(items.into_iter().map(whole).collect::<Result<_, Error>>()?),
        other => other,
    })
}

fn referred(name: &str) -> Option<&'static str> {
    REFERRED.iter().find(|(file, _)| *file == name).map(|(_, text)| *text)
}

/// Finds the first member whose name is unknown, or that is missing: its place and what is wrong. JSON Schema's own words
/// for these two would not name what was meant.
fn misnamed(value: &Value, schema: &Value, path: &str) -> Option<(String, String)> {
    let schema = form(schema, value);
    if let (Value::Array(items), Some(schema)) = (value, schema.get("items")) {
        return items.iter().enumerate().find_map(|(at, item)| misnamed(item, schema, &format!("{path}[{at}]")));
    }
    let Value::Object(members) = value else { return None };
    let none = Map::new();
    let known = schema.get("properties").and_then(Value::as_object).unwrap_or(&none);
    for (name, member) in members {
        match member_schema(schema, name) {
            Some(schema) => {
                if let Some(fault) = misnamed(member, schema, &join(path, name)) {
                    return Some(fault);
                }
            }
            None if schema.get("additionalProperties") == Some(&Value::Bool(false)) => {
                let names = || known.keys().map(String::as_str);
                let hint = match nearest(name, names()) {
                    Some(near) => format!("did you mean {near}?"),
                    None => format!("known are {}", names().collect::<Vec<_>>().join(", ")),
                };
                return Some((join(path, name), format!("unknown option; {hint}")));
            }
            None => {}
        }
    }
    let required = schema.get("required").and_then(Value::as_array)?;
    required.iter().filter_map(Value::as_str).find(|name| !members.contains_key(*name)).map(|name| {
        let wanted = known.get(name).map(expected).unwrap_or_default();
        (join(path, name), format!("missing; expected {wanted}"))
    })
}

/// Of a schema with several forms (`anyOf`) the only one for an object, where the value is one, or for an array; else the schema.
fn form<'a>(schema: &'a Value, value: &Value) -> &'a Value {
    let kind = match value {
        Value::Object(_) => "object",
        Value::Array(_) => "array",
        _ => return schema,
    };
    let Some(forms) = schema.get("anyOf").and_then(Value::as_array) else { return schema };
    let mut fitting = forms.iter().filter(|form| form.get("type").is_some_and(|it| it == kind));
    match (fitting.next(), fitting.next()) {
        (Some(only), None) => only,
        _ => schema,
    }
}

/// The schema of a member: its own, or that of members that are not named.
pub(super) fn member_schema<'a>(schema: &'a Value, name: &str) -> Option<&'a Value> {
    let own = schema.get("properties").and_then(|known| known.get(name));
    own.or_else(|| schema.get("additionalProperties").filter(|schema| schema.is_object()))
}

pub(super) fn join(path: &str, name: &str) -> String {
    /// Characters of a name that is shown as it is.
    const PLAIN: usize = 64;
    let plain = |c: char| c.is_alphanumeric() || "_-$".contains(c);
    let spelled = if !name.is_empty() && name.len() <= PLAIN && name.chars().all(plain) {
        name.to_owned()
    } else {
        format!("{:?}", llmspell_core::json::quote(name, PLAIN))
    };
    if path.is_empty() { spelled } else { format!("{path}.{spelled}") }
}

/// A place in a value, and the part of the schema that speaks about it.
struct Place<'a> {
    schema: &'a Value,
    value: &'a Value,
    path: String,
}

impl<'a> Place<'a> {
    /// Follows a JSON pointer as far as the schema has words for, into no form of several.
    fn find(schema: &'a Value, value: &'a Value, start: &str, pointer: &str) -> Self {
        let mut place = Self { schema, value, path: start.to_owned() };
        for token in pointer.split('/').skip(1) {
            let name = token.replace("~1", "/").replace("~0", "~");
            let next = match place.value {
                Value::Object(members) => member_schema(place.schema, &name)
                    .zip(members.get(&name))
                    .map(|(schema, value)| (schema, value, join(&place.path, &name))),
                Value::Array(items) => {
                    let item = name.parse::<usize>().ok().and_then(|at| items.get(at));
                    place
                        .schema
                        .get("items")
                        .zip(item)
                        .map(|(schema, value)| (schema, value, format!("{}[{name}]", place.path)))
                }
                _ => None,
            };
            let Some((schema, value, path)) = next else { break };
            place = Self { schema, value, path };
        }
        place
    }

    /// Whether the value must not be shown: JSON Schema's `writeOnly`.
    fn is_secret(&self) -> bool {
        self.schema.get("writeOnly") == Some(&Value::Bool(true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn agent(value: Value) -> String {
        AGENT.check(&value).unwrap_err().message
    }

    #[test]
    fn what_fits_passes() {
        AGENT.check(&json!({})).unwrap();
        AGENT.check(&json!({"model": "m", "stop": ["a"], "tool_choice": {"name": "t"}, "headers": {"x": "y"}, "max_steps": 3.0})).unwrap();
        RUN.check(&json!({"input": "hi", "events": ["text_delta"]})).unwrap();
        TOOL.check(&json!({"name": "t", "schema": null})).unwrap();
    }

    #[test]
    fn errors_name_place_expectation_and_what_was_given() {
        for (value, message) in [
            (json!([]), "agent options: expected an object (Agent options), got an array"),
            (json!({"temperature": "hot"}), "temperature: expected a number from 0 to 2, got \"hot\""),
            (json!({"temperature": 3}), "temperature: expected a number from 0 to 2, got 3"),
            (json!({"max_tokens": 1.5}), "max_tokens: expected an integer from 1 to 2147483647, got 1.5"),
            (json!({"on_busy": "wait"}), "on_busy: expected one of \"queue\", \"error\", \"fork\", got \"wait\""),
            (json!({"temprature": 1}), "temprature: unknown option; did you mean temperature?"),
            (json!({"tools": [{"name": "a"}, {"nam": "b"}]}), "tools[1].nam: unknown option; did you mean name?"),
            (json!({"tools": [{}]}), "tools[0].name: missing; expected a string of 1 to 128 characters"),
            (json!({"tools": {"a": 1}}), "tools: expected an array of which each is an object (Tool), got an object"),
            (
                json!({"tool_choice": "maybe"}),
                "tool_choice: expected one of \"auto\", \"none\", \"required\", or an object ({name}), got \"maybe\"",
            ),
            (json!({"timeout_ms": 0}), "timeout_ms: expected an integer from 1 to 2147483647, got 0"),
        ] {
            assert_eq!(agent(value.clone()), message, "{value}");
        }
        for (name, shown) in [("", "\"\""), ("a\0b", "\"a\\0b\""), ("a b", "\"a b\""), ("größe", "größe")] {
            let message = agent(json!({ name: 1 }));
            assert!(message.starts_with(&format!("{shown}: unknown option")), "{message}");
        }
        assert!(agent(json!({ "x".repeat(1 << 20): 1 })).len() < 1000);
        let message = agent(json!({"zebra": 1}));
        assert!(message.starts_with("zebra: unknown option; known are name, system_prompt, "), "{message}");
    }

    /// The form that was meant says which field is wrong, and why.
    #[test]
    fn errors_inside_options_with_two_forms_name_the_field_and_the_reason() {
        let scripted = |turn: Value| json!({"provider": "scripted", "script": ["a", turn]});
        for (value, message) in [
            (json!({"compaction": {"at": 3}}), "compaction.at: expected a number above 0 and at most 1, got 3"),
            (json!({"compaction": {"att": 1}}), "compaction.att: unknown option; did you mean at?"),
            (
                json!({"cassette": {"path": "p", "match": "lose"}}),
                "cassette.match: expected one of \"strict\", \"loose\", got \"lose\"",
            ),
            (json!({"cassette": {"match": "loose"}}), "cassette.path: missing; expected a string that is not empty"),
            (json!({"record": {"path": "p", "mode": "twice"}}), "record.mode: expected one of "),
            (
                json!({"fallbacks": ["a", {"provider": "demo", "modle": "x"}]}),
                "fallbacks[1].modle: unknown option; did you mean model?",
            ),
            (json!({"fallbacks": [{"model": 5}]}), "fallbacks[0].model: expected a string"),
            (json!({"tool_choice": {"nam": "x"}}), "tool_choice.nam: unknown option; did you mean name?"),
            (json!({"tool_choice": {"name": 5}}), "tool_choice.name: expected a string that is not empty, got 5"),
            (json!({"stop": ["a", 5]}), "stop[1]: expected a string that is not empty, got 5"),
            (
                scripted(json!({"usage": {"input_token": 1}})),
                "script[1].usage.input_token: unknown option; did you mean input_tokens?",
            ),
            (
                scripted(json!({"tool_calls": [{"nam": "x"}]})),
                "script[1].tool_calls[0].nam: unknown option; did you mean name?",
            ),
            (json!({"compaction": true}), "compaction: expected false, or an object ("),
        ] {
            let said = agent(value.clone());
            assert!(said.starts_with(message), "{value}: {said}");
        }
        assert!(
            RUN.check(&json!({"input": "hi", "tool_choice": {"nam": 1}}))
                .unwrap_err()
                .message
                .starts_with("tool_choice.nam: ")
        );
    }

    #[test]
    fn options_of_later_versions_are_unknown() {
        for name in ["session", "store", "skills", "policy"] {
            let message = agent(json!({ name: 1 }));
            assert!(message.starts_with(&format!("{name}: unknown option")), "{message}");
        }
    }

    #[test]
    fn secrets_stay_out_of_errors() {
        for value in
            [json!({"api_key": 987_654_321}), json!({"headers": {"X-Key": 987_654_321}}), json!({"proxy": 987_654_321})]
        {
            let message = agent(value);
            assert!(message.ends_with("got a number"), "{message}");
        }
        assert!(agent(json!({"headers": {"X-Key": 1}})).starts_with("headers.X-Key: expected a string"));
    }
}
