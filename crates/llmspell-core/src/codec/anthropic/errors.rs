//! Errors, by their types and headers: <https://platform.claude.com/docs/en/api/errors>.

use crate::codec::failure;
use crate::error::{Error, Kind};
use crate::http::{Redactor, header};
use crate::json;
use serde_json::Value;
use std::time::Duration;

/// The error that an answer with a failure status stands for.
pub(super) fn failure(status: u16, headers: &[(String, String)], body: &[u8], redactor: &Redactor) -> Error {
    let text = String::from_utf8_lossy(body);
    let mut error = refined(failure::from_answer(status, headers, body, redactor), &text, redactor);
    if status == 429 && error.retryable && error.retry_after_ms.is_none() {
        error.retry_after_ms = until_reset(headers);
    }
    error
}

/// The error that an event or a body inside an answer of status 200 stands for.
pub(super) fn reported(text: &str, redactor: &Redactor) -> Error {
    let mut error = refined(failure::reported(text, redactor), text, redactor);
    // No status says here that it is the server's own.
    error.retryable |=
        error.kind == Kind::Provider && kind_of(&json::from_wire(text).unwrap_or_default()) == "api_error";
    error
}

fn kind_of(value: &Value) -> &str {
    value.pointer("/error/type").and_then(Value::as_str).unwrap_or_default()
}

fn refined(mut error: Error, text: &str, redactor: &Redactor) -> Error {
    let value: Value = json::from_wire(text).unwrap_or_default();
    let said = |place: &str| value.pointer(place).and_then(Value::as_str).unwrap_or_default();
    let message = said("/error/message").to_lowercase();
    if error.request_id.is_none() && !said("/request_id").is_empty() {
        error.request_id = Some(redactor.quote(said("/request_id"), crate::defaults::QUOTED_CHARS));
    }
    if message.contains("credit balance is too low") {
        error.kind = Kind::RateLimit;
        error.retryable = false;
    }
    error
}

/// How long until a limit that is used up is full again: `anthropic-ratelimit-<limit>-remaining` and `-reset`, the latest
/// where several are used up. The answer's own `date` tells the time.
fn until_reset(headers: &[(String, String)]) -> Option<u64> {
    let now = httpdate::parse_http_date(header(headers, "date")?).ok()?;
    let now = now.duration_since(std::time::UNIX_EPOCH).ok()?;
    let used_up = |name: &str| {
        let left = header(headers, &format!("anthropic-ratelimit-{name}-remaining"))?;
        let reset = header(headers, &format!("anthropic-ratelimit-{name}-reset"))?;
        if left.trim() != "0" {
            return None;
        }
        Some(rfc3339(reset.trim())?.saturating_sub(now))
    };
    let longest = ["requests", "tokens", "input-tokens", "output-tokens"].into_iter().filter_map(used_up).max()?;
    u64::try_from(longest.as_millis()).ok()
}

/// The time since 1970 of an RFC 3339 date in UTC, in whole seconds.
fn rfc3339(text: &str) -> Option<Duration> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let utc = text.ends_with('Z') || text.ends_with("+00:00");
    if !utc || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Days from a civil date, with years that begin in March, so that a leap day is a year's last.
    let (year, month) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
    let days =
        365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + (153 * month + 2) / 5 + day
            - 719_469;
    u64::try_from(days * 86_400 + hour * 3_600 + minute * 60 + second).ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(&str, &str)], kind: &str, message: &str) -> Error {
        let headers: Vec<(String, String)> = headers.iter().map(|(a, b)| ((*a).into(), (*b).into())).collect();
        let body =
            serde_json::json!({"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_b"});
        failure(status, &headers, body.to_string().as_bytes(), &Redactor::default())
    }

    #[test]
    fn every_documented_type_has_its_kind() {
        for (status, kind, wanted, retryable) in [
            (400, "invalid_request_error", Kind::Provider, false),
            (401, "authentication_error", Kind::Auth, false),
            (402, "billing_error", Kind::RateLimit, false),
            (403, "permission_error", Kind::Auth, false),
            (404, "not_found_error", Kind::NotFound, false),
            (413, "request_too_large", Kind::Provider, false),
            (429, "rate_limit_error", Kind::RateLimit, true),
            (500, "api_error", Kind::Provider, true),
            (504, "timeout_error", Kind::Timeout, true),
            (529, "overloaded_error", Kind::Overloaded, true),
        ] {
            let error = answer(status, &[("request-id", "req_1")], kind, "words");
            assert_eq!((error.kind, error.retryable), (wanted, retryable), "{status} {kind}");
            assert!(error.message.contains("words"), "{}", error.message);
            assert_eq!(error.request_id.as_deref(), Some("req_1"));
            let inside = reported(
                &format!(r#"{{"type":"error","error":{{"type":"{kind}","message":"words"}},"request_id":"req_2"}}"#),
                &Redactor::default(),
            );
            if !matches!(status, 400 | 413) {
                assert_eq!((inside.kind, inside.retryable), (wanted, retryable), "{kind} in an answer");
            }
            assert_eq!(inside.request_id.as_deref(), Some("req_2"));
        }
    }

    #[test]
    fn what_does_not_fit_and_what_is_not_paid_is_not_tried_again() {
        let error = answer(400, &[], "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum");
        assert_eq!((error.kind, error.retryable), (Kind::Provider, false));
        assert!(error.message.contains("context window"), "{}", error.message);
        let error = answer(400, &[], "invalid_request_error", "Your credit balance is too low to access the API");
        assert_eq!((error.kind, error.retryable), (Kind::RateLimit, false));
        assert_eq!(error.request_id.as_deref(), Some("req_b"));
        for (status, kind) in [(529, "overloaded_error"), (500, "api_error")] {
            assert!(!answer(status, &[("x-should-retry", "false")], kind, "no").retryable, "{kind}");
        }
    }

    #[test]
    fn a_limit_s_reset_tells_how_long_to_wait() {
        let date = ("date", "Wed, 21 Oct 2026 07:28:00 GMT");
        let wait = |headers: &[(&str, &str)]| answer(429, headers, "rate_limit_error", "slow").retry_after_ms;
        let (left, reset) = ("anthropic-ratelimit-tokens-remaining", "anthropic-ratelimit-tokens-reset");
        assert_eq!(wait(&[date, (left, "0"), (reset, "2026-10-21T07:28:30Z")]), Some(30_000));
        assert_eq!(wait(&[date, (left, "0"), (reset, "2026-10-21T07:27:30Z")]), Some(0));
        assert_eq!(wait(&[date, (left, "5"), (reset, "2026-10-21T07:28:30Z")]), None);
        assert_eq!(wait(&[date, (left, "0"), (reset, "soon")]), None);
        assert_eq!(wait(&[date, (left, "0"), (reset, "2026-10-21T07:28:30Z"), ("retry-after", "2")]), Some(2_000));
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2000-02-29T12:00:00+00:00", Some(951_825_600)),
            ("2026-03-01T00:00:01Z", Some(1_772_323_201)),
            ("2026-10-21T07:28:30+02:00", None),
            ("grün", None),
        ] {
            assert_eq!(rfc3339(text).map(|time| time.as_secs()), seconds, "{text}");
        }
    }
}
