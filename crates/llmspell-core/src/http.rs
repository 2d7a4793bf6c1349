//! HTTP as the core sees it: a request to send and the head of its answer.

use std::fmt;

/// A text that must not be shown: provider keys and header values.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps the text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for the wire alone.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// A POST request to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpRequest {
    /// Number of the exchange within its run; what comes back carries the same.
    pub exchange: u64,
    /// Where to.
    pub url: String,
    /// Headers.
    pub headers: Vec<(String, Secret)>,
    /// Body.
    pub body: Vec<u8>,
}

/// A header's value by name, without regard to case.
#[must_use]
pub fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}
