//! Errors in OpenAI's form.

use llmspell_core::{Error, Kind};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

/// Why a request gets no answer, as OpenAI's clients read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Status of the HTTP answer.
    pub status: u16,
    /// What went wrong, as OpenAI names kinds of errors, such as `invalid_request_error`.
    pub kind: &'static str,
    /// For people.
    pub message: String,
    /// Name of the parameter that is wrong, such as `messages[0].role`.
    pub param: Option<String>,
    /// A stable word for what went wrong, such as `unsupported_value`.
    pub code: Option<&'static str>,
    /// When the client may try again, in milliseconds from now.
    pub retry_after_ms: Option<u64>,
}

const INVALID: &str = "invalid_request_error";
const SERVER: &str = "server_error";

impl Refusal {
    /// Status 400: a parameter is wrong.
    pub(super) fn of_param(param: &str, message: impl Into<String>) -> Self {
        Self { param: Some(param.to_owned()), ..Self::new(400, INVALID, message.into(), None) }
    }

    pub(super) fn with_code(self, code: &'static str) -> Self {
        Self { code: Some(code), ..self }
    }

    fn new(status: u16, kind: &'static str, message: String, code: Option<&'static str>) -> Self {
        Self { status, kind, message, param: None, code, retry_after_ms: None }
    }

    /// How the failure of a run is told to a client. What is between the server and its provider (a key, an address, an account) is
    /// none of the client's business: it reads that the provider failed, the server's log the rest.
    #[must_use]
    pub fn of(error: &Error) -> Self {
        Self::of_parts(error.kind.as_str(), &error.message, error.http_status, error.retry_after_ms)
    }

    /// One that says to try again.
    pub(super) fn overloaded(message: &str) -> Self {
        Self::new(503, SERVER, message.to_owned(), Some("overloaded"))
    }

    pub(super) fn of_parts(kind: &str, message: &str, http_status: Option<u16>, retry_after_ms: Option<u64>) -> Self {
        let own = |status, of, code| Self::new(status, of, message.to_owned(), code);
        let told = match Kind::from_name(kind) {
            // These are the provider's words, which name organisations and addresses.
            Some(Kind::RateLimit) => {
                let message = "The model is asked too often; try again later.".to_owned();
                Self::new(429, "requests", message, Some("rate_limit_exceeded"))
            }
            Some(Kind::Overloaded) => Self::overloaded("The model has too much to do; try again later."),
            Some(Kind::Timeout) => {
                Self::new(504, SERVER, "The model did not answer in time.".to_owned(), Some("timeout"))
            }
            Some(Kind::Busy) => own(503, SERVER, Some("overloaded")),
            Some(Kind::ContentFilter) => own(400, INVALID, Some("content_filter")),
            Some(Kind::Policy) => own(400, INVALID, Some("policy")),
            Some(Kind::Budget) => own(429, "insufficient_quota", Some("budget")),
            Some(Kind::MaxSteps) => own(502, SERVER, Some("max_steps")),
            Some(Kind::Validation) => own(502, SERVER, Some("validation")),
            Some(Kind::Cancelled) => own(503, SERVER, Some("cancelled")),
            Some(Kind::Argument) => Self { param: param_of(message), ..own(400, INVALID, None) },
            // About the request itself. With the same statuses some refuse a key, in words about whose it is.
            Some(Kind::Provider) if matches!(http_status, Some(400 | 413 | 422)) => own(400, INVALID, None),
            _ => {
                let message = "The model's provider could not be asked, or failed.".to_owned();
                Self::new(502, SERVER, message, Some("upstream_error"))
            }
        };
        Self { retry_after_ms, ..told }
    }

    /// The body of the answer: `{"error": {message, type, param, code}}`.
    #[must_use]
    pub fn body(&self) -> Value {
        json!({"error": {"message": self.message, "type": self.kind, "param": self.param, "code": self.code}})
    }
}

impl Serialize for Refusal {
    /// As `{status, body, retry_after_ms?}`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut value = json!({"status": self.status, "body": self.body()});
        if let (Some(after), Some(members)) = (self.retry_after_ms, value.as_object_mut()) {
            members.insert("retry_after_ms".to_owned(), after.into());
        }
        value.serialize(serializer)
    }
}

/// The option at the beginning of a message of ours, by the name that the client knows it by.
fn param_of(message: &str) -> Option<String> {
    let (place, _) = message.split_once(": ")?;
    let is_place = place.starts_with(|c: char| c.is_ascii_lowercase())
        && place.chars().all(|c| c.is_ascii_alphanumeric() || "_.[]".contains(c));
    is_place.then(|| client_name(place))
}

/// The name that a client knows an option of ours by.
pub(super) fn client_name(place: &str) -> String {
    let end = place.find(['.', '[']).unwrap_or(place.len());
    let (name, rest) = place.split_at(end);
    match name {
        "input" | "state" => "messages".to_owned(),
        "tools" => match rest.split_once(']') {
            Some((at, member)) if !member.is_empty() => {
                let member = member.replacen(".schema", ".parameters", 1);
                format!("tools{at}].function{member}")
            }
            _ => place.to_owned(),
        },
        "tool_choice" => "tool_choice".to_owned(),
        "output_schema" => "response_format.json_schema.schema".to_owned(),
        "output_name" => "response_format.json_schema.name".to_owned(),
        _ => place.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_of_a_run_get_a_status_and_no_secret_of_the_server() {
        for (kind, http, status, code) in [
            ("rate_limit", Some(429), 429, Some("rate_limit_exceeded")),
            ("overloaded", Some(529), 503, Some("overloaded")),
            ("timeout", None, 504, Some("timeout")),
            ("auth", Some(401), 502, Some("upstream_error")),
            ("auth", Some(400), 502, Some("upstream_error")),
            ("not_found", Some(422), 502, Some("upstream_error")),
            ("config", None, 502, Some("upstream_error")),
            ("provider", Some(400), 400, None),
            ("provider", Some(500), 502, Some("upstream_error")),
            ("policy", None, 400, Some("policy")),
            ("budget", None, 429, Some("budget")),
            ("validation", None, 502, Some("validation")),
            ("nonsense", None, 502, Some("upstream_error")),
        ] {
            let told = Refusal::of_parts(kind, "word", http, Some(5));
            assert_eq!((told.status, told.code, told.retry_after_ms), (status, code, Some(5)), "{kind}");
            let is_provider_s =
                matches!(kind, "rate_limit" | "overloaded" | "timeout") || code == Some("upstream_error");
            assert_eq!(told.message != "word", is_provider_s, "{kind}: {}", told.message);
        }
        let told = Refusal::of(&Error::argument("tools[2].schema.type: no type"));
        let body = json!({"error": {"message": "tools[2].schema.type: no type", "type": "invalid_request_error",
            "param": "tools[2].function.parameters.type", "code": null}});
        assert_eq!((told.status, told.body()), (400, body));
        assert_eq!(serde_json::to_value(&told).unwrap()["status"], 400);
    }

    #[test]
    fn places_have_the_client_s_names() {
        for (message, param) in [
            ("input: no open tool call", Some("messages")),
            ("tools: twice", Some("tools")),
            ("tools[0]: x", Some("tools[0]")),
            ("output_name: x", Some("response_format.json_schema.name")),
            ("The model: x", None),
            ("no place", None),
            ("top_p: x", Some("top_p")),
        ] {
            assert_eq!(Refusal::of(&Error::argument(message)).param.as_deref(), param, "{message}");
        }
    }
}
