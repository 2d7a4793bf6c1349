//! What ends an answer other than its own end: blocked prompts, odd finish reasons, errors after status 200.

use super::response::Answer;
use crate::codec::failure::{is_blank, reported};
use crate::defaults;
use crate::error::{Error, Kind};
use crate::http::Redactor;
use crate::outcome::FinishReason;
use serde_json::Value;

/// The error that an answer of status 200 carries, if it does.
pub(super) fn inside(answer: &Answer<'_>, text: &str, redactor: &Redactor) -> Option<Error> {
    if answer.error.as_ref().is_some_and(|error| !is_blank(error)) {
        return Some(reported(text, redactor));
    }
    let feedback = answer.prompt_feedback.as_ref()?;
    let reason = feedback.get("blockReason").and_then(Value::as_str).filter(|it| *it != "BLOCK_REASON_UNSPECIFIED")?;
    let words = feedback.get("blockReasonMessage").and_then(Value::as_str).unwrap_or_default();
    let ratings = feedback.get("safetyRatings").map(blocked_for).unwrap_or_default();
    let reason = redactor.quote(reason, defaults::QUOTED_CHARS);
    Some(refused(&format!("Gemini blocked the prompt ({reason}{ratings})"), words, redactor))
}

/// The reason for which an answer ended, or the error that it stands for. `words` is its `finishMessage`.
pub(super) fn finish(
    reason: &str,
    words: &str,
    ratings: Option<&Value>,
    redactor: &Redactor,
) -> Result<FinishReason, Error> {
    let ended = || {
        let ratings = ratings.map(blocked_for).unwrap_or_default();
        format!("Gemini ended its answer with finishReason {}{ratings}", redactor.quote(reason, defaults::QUOTED_CHARS))
    };
    match reason {
        "STOP" => Ok(FinishReason::Stop),
        "MAX_TOKENS" => Ok(FinishReason::Length),
        "SAFETY"
        | "RECITATION"
        | "LANGUAGE"
        | "BLOCKLIST"
        | "PROHIBITED_CONTENT"
        | "SPII"
        | "IMAGE_SAFETY"
        | "IMAGE_PROHIBITED_CONTENT"
        | "IMAGE_RECITATION"
        | "MODEL_ARMOR" => Err(refused(&ended(), words, redactor)),
        // The model wrote something that is no call, or called what it was not given: the next try may be better.
        "MALFORMED_FUNCTION_CALL"
        | "UNEXPECTED_TOOL_CALL"
        | "MALFORMED_RESPONSE"
        | "OTHER"
        | "IMAGE_OTHER"
        | "NO_IMAGE"
        | "FINISH_REASON_UNSPECIFIED" => Err(failed(&ended(), words, true, redactor)),
        // The same request would come to the same.
        "TOO_MANY_TOOL_CALLS" | "MISSING_THOUGHT_SIGNATURE" => Err(failed(&ended(), words, false, redactor)),
        // A reason that is new since this was written: not an answer that is known to be whole.
        _ => Err(failed(&ended(), words, false, redactor)),
    }
}

fn refused(what: &str, words: &str, redactor: &Redactor) -> Error {
    Error::new(
        Kind::ContentFilter,
        format!(
            "{what}.{} Change the prompt, or set safetySettings in provider_options where they allow it.",
            said(words, redactor)
        ),
    )
}

fn failed(what: &str, words: &str, retryable: bool, redactor: &Redactor) -> Error {
    let advice = if retryable { " The same request may succeed." } else { "" };
    let mut error = Error::new(Kind::Provider, format!("{what}.{}{advice}", said(words, redactor)));
    error.retryable = retryable;
    error
}

fn said(words: &str, redactor: &Redactor) -> String {
    if words.trim().is_empty() {
        String::new()
    } else {
        format!(" It says: {}.", redactor.quote(words, defaults::WORDS_CHARS).trim_end_matches('.'))
    }
}

/// The categories that were the reason, for the message.
fn blocked_for(ratings: &Value) -> String {
    let high = |rating: &&Value| {
        rating.get("blocked") == Some(&Value::Bool(true))
            || matches!(rating.get("probability").and_then(Value::as_str), Some("HIGH" | "MEDIUM"))
    };
    let list: Vec<&str> = ratings
        .as_array()
        .into_iter()
        .flatten()
        .filter(high)
        .filter_map(|rating| rating.get("category").and_then(Value::as_str))
        .map(|category| category.strip_prefix("HARM_CATEGORY_").unwrap_or(category))
        // A category's name is a word; anything longer is none.
        .filter(|name| {
            name.len() <= defaults::CALL_NAME_BYTES
                && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
        })
        .take(8)
        .collect();
    if list.is_empty() { String::new() } else { format!(", for {}", list.join(", ")) }
}
