//! Errors of providers, in the many shapes that servers give them: from a failure status, and inside an answer of status
//! 200.

use super::window;
use crate::defaults;
use crate::error::{Error, Kind};
use crate::http::{Redactor, header};
use crate::json;
use serde_json::{Map, Value};

/// Headers in which servers give the id of a request.
const REQUEST_IDS: [&str; 5] =
    ["x-request-id", "request-id", "mistral-correlation-id", "x-correlation-id", "x-generation-id"];

/// The error that an answer with a failure status stands for.
pub(crate) fn from_answer(status: u16, headers: &[(String, String)], body: &[u8], redactor: &Redactor) -> Error {
    let text = String::from_utf8_lossy(body);
    let value = json::from_wire::<Value>(&text).ok();
    let said = value.as_ref().map(Said::read).unwrap_or_default();
    let words = said.words(&text, redactor);
    let (kind, retryable) = classify(Some(status), &said);
    let words = if words.is_empty() { "no explanation".to_owned() } else { words };
    let message = match status {
        407 => format!("A proxy wants a user and a password: write them into its URL (HTTP 407: {words})"),
        _ => format!("The provider answered HTTP {status}: {words}{}", advice(kind, retryable)),
    };
    let mut error = Error::new(kind, message);
    error.retryable = retryable;
    error.http_status = Some(status);
    error.request_id =
        REQUEST_IDS.iter().find_map(|name| header(headers, name)).map(|id| redactor.quote(id, defaults::QUOTED_CHARS));
    error.retry_after_ms = retry_after(headers).or_else(|| value.as_ref().and_then(retry_info));
    // OpenAI and Anthropic say so where the status alone would mislead.
    match header(headers, "x-should-retry").map(str::trim) {
        Some("true") => error.retryable = true,
        Some("false") => error.retryable = false,
        _ => {}
    }
    said.note_window(&text, &mut error);
    error
}

/// The error that text in an answer of status 200 stands for: JSON in one of many shapes, or words.
pub(crate) fn reported(text: &str, redactor: &Redactor) -> Error {
    let value = json::from_wire::<Value>(text).ok();
    let said = value.as_ref().map(Said::read).unwrap_or_default();
    let words = said.words(text, redactor);
    let (kind, retryable) = classify(said.status, &said);
    let mut error =
        Error::new(kind, format!("The provider reported an error in its answer: {words}{}", advice(kind, retryable)));
    error.retryable = retryable;
    error.http_status = said.status;
    error.retry_after_ms = value.as_ref().and_then(retry_info);
    said.note_window(text, &mut error);
    error
}

/// The error for text that is no answer of this format (such as "a Gemini answer"); `what` it stands for, and `why` it is none.
pub(crate) fn no_answer(format: &str, what: &str, text: &str, why: &str, redactor: &Redactor) -> Error {
    Error::new(
        Kind::Protocol,
        format!(
            "The server sent {what} that is not {format} ({}). Is base_url right? It begins: {}",
            // The reader's complaint may quote the answer.
            redactor.clean(why),
            redactor.quote(text, defaults::QUOTED_CHARS)
        ),
    )
}

/// Whether `error` is there to say that there is none.
pub(crate) fn is_blank(error: &Value) -> bool {
    matches!(error, Value::Null | Value::Bool(false)) || error == "" || error.as_object().is_some_and(Map::is_empty)
}

/// What an error object says, from the many shapes that servers use.
#[derive(Default)]
struct Said {
    message: Option<String>,
    /// Codes and types, in lower case.
    codes: Vec<String>,
    status: Option<u16>,
    /// A quota for a day is used up, and the provider names no time after which it is worth another try.
    is_used_up: bool,
}

impl Said {
    fn read(value: &Value) -> Self {
        let value = value.as_array().and_then(|list| list.first()).unwrap_or(value);
        // OpenRouter puts the error of one choice into it.
        let places = ["/error", "/choices/0/error"];
        let inner = places.iter().find_map(|at| value.pointer(at).filter(|inner| !is_blank(inner))).unwrap_or(value);
        let mut said = Self::default();
        if let Some(text) = inner.as_str() {
            said.message = Some(text.to_owned());
        }
        for name in ["message", "detail", "msg", "error_message"] {
            if said.message.is_none() {
                said.message = inner.get(name).and_then(words_of);
            }
        }
        // A gateway wraps the words of the provider behind it.
        if let Some(raw) = inner.pointer("/metadata/raw").and_then(Value::as_str) {
            let have = said.message.take().unwrap_or_default();
            said.message = Some(format!("{have}: {raw}"));
        }
        for place in [inner, value] {
            for name in ["code", "type", "status", "error_type", "raw_status_code"] {
                match place.get(name) {
                    Some(Value::String(word)) => {
                        said.status = said.status.or(word.parse().ok().filter(is_status));
                        said.codes.push(word.to_lowercase());
                    }
                    Some(Value::Number(number)) => {
                        let number = number.as_u64().and_then(|number| u16::try_from(number).ok());
                        said.status = said.status.or(number.filter(is_status));
                    }
                    _ => {}
                }
            }
        }
        for detail in inner.get("details").and_then(Value::as_array).into_iter().flatten() {
            // Google says there what its status does not: a wrong key is an invalid argument like any other.
            said.codes.extend(detail.get("reason").and_then(Value::as_str).map(str::to_lowercase));
            let quotas = detail.get("violations").and_then(Value::as_array).into_iter().flatten();
            said.is_used_up |= quotas.filter_map(|it| it.get("quotaId")?.as_str()).any(|id| id.contains("PerDay"));
        }
        said.is_used_up &= retry_info(value).is_none();
        said
    }

    /// The provider's own words, or the begin of what it sent instead.
    fn words(&self, text: &str, redactor: &Redactor) -> String {
        match &self.message {
            Some(message) => redactor.quote(message, defaults::WORDS_CHARS),
            None => redactor.quote(text, defaults::QUOTED_CHARS),
        }
    }

    /// A conversation that is too long stays so, and a run may do something about it.
    fn note_window(&self, text: &str, error: &mut Error) {
        if error.kind == Kind::Provider && window::is_over(&self.codes, self.message.as_deref().unwrap_or(text)) {
            error.over_window = true;
            error.retryable = false;
            error.message.push_str(
                " (the conversation does not fit the model's context window: the option compaction sums older turns up, \
                 history.max_tokens leaves them out; or lower max_tokens, or take a model with a larger window)",
            );
        }
    }

    fn mentions(&self, parts: &[&str]) -> bool {
        self.codes.iter().any(|word| parts.iter().any(|part| word.contains(part)))
    }
}

/// Whether a code is an HTTP status; providers also number their own errors.
fn is_status(code: &u16) -> bool {
    (100..600).contains(code)
}

fn words_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => (!text.is_empty()).then(|| text.clone()),
        // FastAPI lists what is wrong with the request.
        Value::Array(list) => {
            let all: Vec<&str> = list.iter().filter_map(|item| item.get("msg").and_then(Value::as_str)).collect();
            (!all.is_empty()).then(|| all.join("; "))
        }
        Value::Object(_) => value.get("message").and_then(words_of),
        _ => None,
    }
}

fn classify(status: Option<u16>, said: &Said) -> (Kind, bool) {
    // 402 is "no credit left" at every provider that sends it.
    if status == Some(402) || said.mentions(&["insufficient_quota", "billing"]) || said.is_used_up {
        return (Kind::RateLimit, false);
    }
    if said.mentions(&["content_filter", "content_policy", "moderation"]) {
        return (Kind::ContentFilter, false);
    }
    let by_status = match status {
        // Only proxies say this (RFC 9110, section 15.5.8), and say it again.
        Some(407) => return (Kind::Network, false),
        Some(401 | 403) => Some(Kind::Auth),
        Some(404) => Some(Kind::NotFound),
        Some(408 | 504) => Some(Kind::Timeout),
        Some(429) => Some(Kind::RateLimit),
        Some(503 | 529) => Some(Kind::Overloaded),
        _ => None,
    };
    let by_words = || {
        [
            (
                Kind::Auth,
                [
                    "invalid_api_key",
                    "api_key_invalid",
                    "authentication",
                    "unauthenticated",
                    "permission",
                    "unauthorized",
                ]
                .as_slice(),
            ),
            (Kind::RateLimit, &["rate_limit", "too_many_requests", "resource_exhausted"]),
            (Kind::Overloaded, &["overloaded", "unavailable"]),
            (Kind::NotFound, &["model_not_found", "not_found"]),
            (Kind::Timeout, &["timeout", "deadline"]),
        ]
        .into_iter()
        .find(|(_, words)| said.mentions(words))
        .map(|(kind, _)| kind)
    };
    let kind = by_status.or_else(by_words).unwrap_or(Kind::Provider);
    let server_side = matches!(status, Some(409 | 425 | 500..)) || said.mentions(&["server_error", "internal"]);
    (kind, kind.retryable() || (kind == Kind::Provider && server_side))
}

const fn advice(kind: Kind, retryable: bool) -> &'static str {
    match kind {
        Kind::RateLimit if !retryable => " (the account has no credit or quota left; trying again does not help)",
        Kind::Auth => " (check the key and what it may use)",
        Kind::NotFound => " (check model and base_url)",
        _ => "",
    }
}

/// How long to wait: `retry-after-ms`, then `retry-after` in seconds or as a date, which the answer's own `date` makes a
/// span (RFC 9110, section 10.2.3).
fn retry_after(headers: &[(String, String)]) -> Option<u64> {
    let millis = |seconds: f64| (seconds.is_finite() && seconds >= 0.0).then_some(seconds * 1000.0);
    if let Some(value) = header(headers, "retry-after-ms").and_then(|value| value.trim().parse::<f64>().ok()) {
        return whole(value);
    }
    let value = header(headers, "retry-after")?.trim();
    if let Ok(seconds) = value.parse::<f64>() {
        return millis(seconds).and_then(whole);
    }
    let until = httpdate::parse_http_date(value).ok()?;
    let now = httpdate::parse_http_date(header(headers, "date")?).ok()?;
    let span = until.duration_since(now).unwrap_or_default();
    u64::try_from(span.as_millis()).ok()
}

/// How long to wait, where the body says so: `RetryInfo` among the details of Google's errors, with a duration such as
/// `"3.5s"` (<https://cloud.google.com/apis/design/errors#retry_info>).
fn retry_info(value: &Value) -> Option<u64> {
    let value = value.as_array().and_then(|list| list.first()).unwrap_or(value);
    let details = value.pointer("/error/details").or_else(|| value.get("details"))?.as_array()?;
    let delay = details.iter().find_map(|detail| {
        let is_retry = detail.get("@type").and_then(Value::as_str).is_some_and(|name| name.ends_with("RetryInfo"));
        detail.get("retryDelay").and_then(Value::as_str).filter(|_| is_retry)
    })?;
    let seconds = delay.strip_suffix('s')?.parse::<f64>().ok()?;
    whole((seconds * 1000.0).ceil())
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded just before")]
fn whole(value: f64) -> Option<u64> {
    (value.is_finite() && (0.0..1e15).contains(&value)).then_some(value as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Error {
        from_answer(status, &[], body.as_bytes(), &Redactor::default())
    }

    #[test]
    fn shapes_of_error_bodies() {
        for (body, words) in [
            (r#"{"error":{"message":"m1","type":"t","code":null}}"#, "m1"),
            (r#"{"error":"m2"}"#, "m2"),
            (r#"{"message":"m3"}"#, "m3"),
            (r#"{"object":"error","message":"m4","code":40}"#, "m4"),
            (r#"{"detail":[{"msg":"m5","loc":["body"]}]}"#, "m5"),
            (r#"[{"error":{"message":"m6","code":400}}]"#, "m6"),
            (r#"{"error":{"message":"m7","metadata":{"raw":"deeper"}}}"#, "m7: deeper"),
            (r#"{"error":{"message":"","detail":"m9"}}"#, "m9"),
            (r#"{"error":"","message":"m10"}"#, "m10"),
            ("<html>m8</html>", "<html>m8</html>"),
            ("", "no explanation"),
        ] {
            let error = answer(400, body);
            assert_eq!(error.kind, Kind::Provider, "{body}");
            assert!(error.message.contains(words), "{body}: {}", error.message);
        }
    }

    #[test]
    fn kinds_follow_status_then_words() {
        for (status, body, kind, retryable) in [
            (401, "", Kind::Auth, false),
            (407, "", Kind::Network, false),
            (402, "", Kind::RateLimit, false),
            (402, r#"{"error":{"message":"Insufficient Balance","type":"unknown_error"}}"#, Kind::RateLimit, false),
            (200, r#"{"error":{"code":402,"message":"Insufficient credits"}}"#, Kind::RateLimit, false),
            (404, "", Kind::NotFound, false),
            (429, "", Kind::RateLimit, true),
            (429, r#"{"error":{"code":"insufficient_quota"}}"#, Kind::RateLimit, false),
            (500, "", Kind::Provider, true),
            (503, "", Kind::Overloaded, true),
            (400, r#"{"error":{"code":"content_filter"}}"#, Kind::ContentFilter, false),
            (400, r#"{"error":{"code":"context_length_exceeded"}}"#, Kind::Provider, false),
            (400, r#"{"error":{"type":"rate_limit_error"}}"#, Kind::RateLimit, true),
        ] {
            let error = if status == 200 { reported(body, &Redactor::default()) } else { answer(status, body) };
            assert_eq!((error.kind, error.retryable), (kind, retryable), "{status} {body}");
        }
    }

    #[test]
    fn a_conversation_that_is_too_long_is_told_from_other_refusals() {
        let is_over = |status, message: &str, code: &str| {
            let body =
                serde_json::json!({"error": {"message": message, "type": "invalid_request_error", "code": code}});
            let error = answer(status, &body.to_string());
            let in_answer = reported(
                &serde_json::json!({"error": {"message": message, "code": code}}).to_string(),
                &Redactor::default(),
            );
            assert_eq!(error.over_window, in_answer.over_window || status > 400, "{message}");
            assert_eq!(error.message.contains("history.max_tokens"), error.over_window, "{}", error.message);
            assert!(!error.over_window || (error.kind, error.retryable) == (Kind::Provider, false), "{message}");
            error.over_window
        };
        for (message, code) in [
            ("Too many tokens.", "context_length_exceeded"),
            ("the request is too large", "exceed_context_size_error"),
            ("prompt is too long: 210000 tokens > 200000 maximum", ""),
            ("input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000", ""),
            ("This model's maximum context length is 8192 tokens. However, you requested 9000 tokens", ""),
            ("Your input exceeds the context window of this model.", ""),
            ("The input token count (1100000) exceeds the maximum number of tokens allowed (1048576).", ""),
            ("This model's maximum prompt length is 131072 but the request contains 150000 tokens.", ""),
            ("Prompt contains 40000 tokens, too large for model with 32768 maximum context length", "3051"),
            ("Please reduce the length of the messages or completion.", ""),
            ("the input length exceeds the context length", ""),
        ] {
            assert!(is_over(400, message, code), "{message}");
        }
        assert!(is_over(413, "prompt is too long: 1 > 0", "") && is_over(500, "Context length exceeded", ""));
        for (message, code) in [
            ("max_tokens: 200000 > 64000, which is the maximum allowed number of output tokens", ""),
            ("Invalid 'tools[0].function.name': string too long. Expected at most 64.", "string_above_max_length"),
            ("Too many tokens, please wait before trying again.", ""),
        ] {
            assert!(!is_over(400, message, code), "{message}");
        }
        let limited = answer(429, r#"{"error":{"message":"prompt is too long for your tier"}}"#);
        assert_eq!((limited.kind, limited.over_window), (Kind::RateLimit, false));
    }

    #[test]
    fn google_s_details_are_read() {
        let exhausted = |details: &str| {
            let text = format!(
                r#"{{"error":{{"code":429,"message":"quota","status":"RESOURCE_EXHAUSTED","details":[{details}]}}}}"#
            );
            [answer(429, &text), reported(&format!("[{text}]"), &Redactor::default())]
        };
        let day =
            r#"{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaId":"RequestsPerDay"}]}"#;
        let delay = r#"{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34.4s"}"#;
        for (details, wait, retryable) in [
            (delay.to_owned(), Some(34_400), true),
            (format!("{day},{delay}"), Some(34_400), true),
            (day.to_owned(), None, false),
            (day.replace("PerDay", "PerMinute"), None, true),
        ] {
            for error in exhausted(&details) {
                let seen = (error.kind, error.retry_after_ms, error.retryable, error.http_status);
                assert_eq!(seen, (Kind::RateLimit, wait, retryable, Some(429)), "{details}");
            }
        }
        let key = r#"{"error":{"code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT",
            "details":[{"reason":"API_KEY_INVALID"}]}}"#;
        assert_eq!(answer(400, key).kind, Kind::Auth);
    }

    #[test]
    fn a_wait_may_stand_in_the_body() {
        let body = |delay: &str| {
            format!(
                r#"{{"error":{{"code":429,"status":"RESOURCE_EXHAUSTED","message":"quota","details":[
                {{"@type":"type.googleapis.com/google.rpc.Help"}},
                {{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"{delay}"}}]}}}}"#
            )
        };
        assert_eq!(answer(429, &body("3.0005s")).retry_after_ms, Some(3001));
        assert_eq!(answer(429, &format!("[{}]", body("34s"))).retry_after_ms, Some(34_000));
        assert_eq!(reported(&body("2s"), &Redactor::default()).retry_after_ms, Some(2000));
        for odd in ["soon", "-1s", "3", "NaNs"] {
            assert_eq!(answer(429, &body(odd)).retry_after_ms, None, "{odd}");
        }
    }

    #[test]
    fn a_server_may_say_whether_to_try_again() {
        let says = |status, word: &str| {
            from_answer(status, &[("X-Should-Retry".into(), word.into())], b"", &Redactor::default()).retryable
        };
        assert!(says(400, "true") && !says(500, "false") && says(500, "perhaps") && !says(400, "perhaps"));
    }

    #[test]
    fn retry_after_in_its_three_forms() {
        let ask = |pairs: &[(&str, &str)]| {
            let headers: Vec<(String, String)> = pairs.iter().map(|(a, b)| ((*a).into(), (*b).into())).collect();
            from_answer(429, &headers, b"", &Redactor::default()).retry_after_ms
        };
        assert_eq!(ask(&[("Retry-After-Ms", "250"), ("retry-after", "9")]), Some(250));
        assert_eq!(ask(&[("retry-after", "1.5")]), Some(1500));
        assert_eq!(
            ask(&[("retry-after", "Wed, 21 Oct 2015 07:28:10 GMT"), ("date", "Wed, 21 Oct 2015 07:28:00 GMT")]),
            Some(10_000)
        );
        assert_eq!(ask(&[("retry-after", "soon")]), None);
        assert_eq!(ask(&[("retry-after", "-1")]), None);
    }
}
