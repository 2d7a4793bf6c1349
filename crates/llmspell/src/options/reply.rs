//! A reply from JSON, with errors in the words of its schema.

use super::shape::REPLY;
use crate::json;
use llmspell_core::Error;
use llmspell_core::request::Reply;

/// Reads JSON as in `spec/schema/reply.schema.json`.
///
/// # Errors
/// `argument`, naming the place.
pub(crate) fn read_reply(text: &str) -> Result<Reply, Error> {
    let outcome = Reply::from_json(text);
    // The reader takes the members in a list for the object.
    if outcome.is_ok() && text.trim_start().starts_with('{') {
        return outcome;
    }
    let value = json::parse("reply", text)?;
    let has = |name: &str| value.get(name).is_some();
    // Where it is not clear which of the two was meant, the reader says it better.
    if !value.is_object() || has("ok") != has("error") {
        REPLY.check_at(&value, "reply")?;
    }
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn replies_are_read() {
        assert_eq!(read_reply(r#" {"id":"r","ok":null}"#).unwrap().outcome, Ok(Value::Null));
        assert!(read_reply(r#"{"id":"r","error":{"message":"no"}}"#).unwrap().outcome.is_err());
    }

    #[test]
    fn faults_name_their_place_and_no_type_of_ours() {
        let object = "expected an object ({id, ok} or {id, error: {message, kind?}}), got";
        for (text, words) in [
            ("5", format!("reply: {object} 5")),
            (r#"["r",5,null]"#, format!("reply: {object} an array")),
            (r#"{"ok":1}"#, "reply.id: missing; expected a string".to_owned()),
            (r#"{"id":5,"ok":1}"#, "reply.id: expected a string, got 5".to_owned()),
            (r#"{"id":"r"}"#, "reply: got neither `ok` nor `error`".to_owned()),
            (r#"{"id":"r","ok":1,"error":{"message":"x"}}"#, "reply: got both `ok` and `error`".to_owned()),
            (r#"{"id":"r","ok":1,"okay":1}"#, "reply.okay: unknown option; did you mean ok?".to_owned()),
            (r#"{"id":"r","error":"x"}"#, "reply.error: expected an object ({message, kind?}), got \"x\"".to_owned()),
            (r#"{"id":"r","error":{}}"#, "reply.error.message: missing; expected a string".to_owned()),
            (r#"{"id":"r","error":{"message":5}}"#, "reply.error.message: expected a string, got 5".to_owned()),
            (r#"{"id":"r","error":{"message":"","kind":"x"}}"#, "reply.error.kind: expected one of \"".to_owned()),
            (r#"{"id":"\ud800","ok":1}"#, "reply: not valid JSON: ".to_owned()),
        ] {
            let message = read_reply(text).unwrap_err().message;
            assert!(message.starts_with(&words), "{text}: {message}");
            assert!(!message.contains("struct"), "{message}");
        }
    }
}
