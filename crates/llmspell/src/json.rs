//! JSON text from a caller.

use llmspell_core::{Error, json};
use serde_json::Value;

/// Reads JSON text that comes from a caller; `what` names it in an error.
///
/// # Errors
/// `argument` when the text is not JSON, or is nested too deeply.
pub fn parse(what: &str, text: &str) -> Result<Value, Error> {
    json::parse(what, text).map_err(|error| Error { message: mend(error.message), ..error })
}

/// Adds to a parser's complaint what to do, where its words alone don't tell.
#[must_use]
pub fn mend(complaint: String) -> String {
    if complaint.contains("hex escape") {
        return complaint
            + "; write \\u and four digits, and two such escapes (\\ud83d\\ude00) for a character beyond U+FFFF";
    }
    complaint
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_surrogate_pair_is_explained() {
        for text in [r#""\ud800""#, r#""\ud800x""#, r#""\udc00x""#, r#""\ud800\u0041""#] {
            let message = parse("text", text).unwrap_err().message;
            assert!(message.starts_with("text: not valid JSON: ") && message.contains("two such escapes"), "{message}");
        }
        assert_eq!(parse("text", r#""\ud83d\ude00""#).unwrap(), "😀");
        assert!(!parse("text", "[1,]").unwrap_err().message.contains("escapes"));
    }
}
