//! Errors: one type, matched by [`Kind`] or its number.

mod kinds {
    include!("kinds.gen.rs");
}
pub use kinds::Kind;

use crate::outcome::RunResult;
use serde::ser::{Serialize, SerializeMap, Serializer};
use std::fmt;

/// A failure. Its message names what was given, what was expected and how to mend it, and carries no secret.
#[derive(Clone, Debug, PartialEq)]
pub struct Error {
    /// What went wrong, as one stable word.
    pub kind: Kind,
    /// For people: what happened and what to do.
    pub message: String,
    /// Whether the same request may succeed when it is made again.
    pub retryable: bool,
    /// How long the provider asks to wait before the next try, in milliseconds.
    pub retry_after_ms: Option<u64>,
    /// Status of the HTTP answer that this error comes from.
    pub http_status: Option<u16>,
    /// Provider that answered or should have.
    pub provider: Option<String>,
    /// The provider's id of the failed request, for its support.
    pub request_id: Option<String>,
    /// Whether the provider refused the conversation as longer than its model takes. A run reads it; no host is told.
    pub over_window: bool,
    /// What lies beneath, such as the operating system's words.
    pub cause: Option<String>,
    /// For a run: the result so far.
    pub partial: Option<Box<RunResult>>,
}

impl Error {
    /// An error of this kind; whether it is retryable follows from the kind.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            retryable: kind.retryable(),
            retry_after_ms: None,
            http_status: None,
            provider: None,
            request_id: None,
            over_window: false,
            cause: None,
            partial: None,
        }
    }

    /// A value that the caller gave is not what was expected.
    pub fn argument(message: impl Into<String>) -> Self {
        Self::new(Kind::Argument, message)
    }

    /// The same error with what lies beneath it.
    #[must_use]
    pub fn with_cause(mut self, cause: impl Into<String>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// The stable number of this error's kind.
    #[must_use]
    pub const fn code(&self) -> i32 {
        self.kind.code()
    }

    /// All fields that are set, as the JSON that every language shows.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Applies `clean` to every text that may quote what a server said.
    pub(crate) fn clean(&mut self, clean: impl Fn(&str) -> String) {
        self.message = clean(&self.message);
        self.cause = self.cause.as_deref().map(clean);
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind.as_str(), self.message)
    }
}

impl std::error::Error for Error {}

impl Serialize for Error {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("kind", self.kind.as_str())?;
        map.serialize_entry("code", &self.code())?;
        map.serialize_entry("message", &self.message)?;
        map.serialize_entry("retryable", &self.retryable)?;
        if let Some(value) = self.retry_after_ms {
            map.serialize_entry("retry_after_ms", &value)?;
        }
        if let Some(value) = self.http_status {
            map.serialize_entry("http_status", &value)?;
        }
        if let Some(value) = &self.provider {
            map.serialize_entry("provider", value)?;
        }
        if let Some(value) = &self.request_id {
            map.serialize_entry("request_id", value)?;
        }
        if let Some(value) = &self.cause {
            map.serialize_entry("cause", value)?;
        }
        if let Some(value) = &self.partial {
            map.serialize_entry("partial", value)?;
        }
        map.end()
    }
}
