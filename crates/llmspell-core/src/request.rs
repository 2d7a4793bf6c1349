//! What a run asks of its host, and the host's answer.

use crate::error::{Error, Kind};
use crate::json;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A question to the host. Exactly one [`Reply`] answers it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Id within the run; the reply carries the same.
    pub id: String,
    /// What is asked, with what the host needs for it.
    #[serde(flatten)]
    pub what: What,
}

/// The kinds of requests with their payloads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "payload", rename_all = "snake_case")]
pub enum What {
    /// Call a tool whose handler lives in the host.
    Tool {
        /// Id of the model's tool call.
        tool_call_id: String,
        /// Name of the tool.
        name: String,
        /// Arguments; they fit the tool's schema.
        arguments: Value,
        /// Step of the run, from 1.
        step: u32,
    },
}

/// The host's answer to a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// Id of the request.
    pub id: String,
    /// The value, or why there is none.
    pub outcome: Result<Value, Failure>,
}

/// Why a host could not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// For the model, and for people.
    pub message: String,
    /// Kind of the failure, `tool` unless the host says otherwise.
    pub kind: Kind,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireReply {
    id: String,
    // Present but null is a value: a handler may answer null.
    #[serde(default, deserialize_with = "present")]
    ok: Option<Value>,
    error: Option<WireFailure>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireFailure {
    message: String,
    kind: Option<String>,
}

fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

impl Reply {
    /// Reads `{id, ok}` or `{id, error: {message, kind?}}`.
    ///
    /// # Errors
    /// `argument` when the text is neither, or names an error kind that does not exist.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        let value = json::parse("reply", text)?;
        let wrong = |why: String| {
            Error::argument(format!("reply: {why}; expected {{id, ok}} or {{id, error: {{message, kind?}}}}"))
        };
        if let Some(error) = value.get("error").filter(|error| !error.is_object()) {
            return Err(wrong(format!("`error` is {} instead of {{message, kind?}}", json::type_name(error))));
        }
        let wire: WireReply = serde_json::from_value(value).map_err(|error| wrong(error.to_string()))?;
        let outcome = match (wire.ok, wire.error) {
            (Some(value), None) => Ok(value),
            (None, Some(failure)) => {
                let kind = match failure.kind {
                    None => Kind::Tool,
                    Some(name) => {
                        Kind::from_name(&name).ok_or_else(|| wrong(format!("{name:?} is not a kind of error")))?
                    }
                };
                Err(Failure { message: failure.message, kind })
            }
            (Some(_), Some(_)) => return Err(wrong("got both `ok` and `error`".to_owned())),
            (None, None) => return Err(wrong("got neither `ok` nor `error`".to_owned())),
        };
        Ok(Self { id: wire.id, outcome })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_is_a_value() {
        let reply = Reply::from_json(r#"{"id":"req_1","ok":null}"#).unwrap();
        assert_eq!(reply.outcome, Ok(Value::Null));
    }

    #[test]
    fn failures_have_a_kind() {
        let reply = Reply::from_json(r#"{"id":"req_1","error":{"message":"no","kind":"busy"}}"#).unwrap();
        assert_eq!(reply.outcome, Err(Failure { message: "no".into(), kind: Kind::Busy }));
        for text in [
            "{}",
            r#"{"id":"r"}"#,
            r#"{"id":"r","ok":1,"error":{"message":""}}"#,
            r#"{"id":"r","error":{"message":"","kind":"nonsense"}}"#,
            r#"{"id":"r","ok":1,"more":1}"#,
            r#"{"id":"r","error":"x"}"#,
        ] {
            let error = Reply::from_json(text).unwrap_err();
            assert_eq!(error.kind, Kind::Argument, "{text}");
            assert!(!error.message.contains("struct WireFailure"), "{text}: {}", error.message);
        }
    }
}
