//! What the requests of all formats have in common.

use super::Encoded;
use crate::error::Error;
use crate::http::Secret;
use crate::run::Endpoint;
use serde::Serialize;
use std::borrow::Cow;

/// What of the conversation or the settings a format cannot say, and what was sent instead: each once.
#[derive(Debug, Default)]
pub(crate) struct Warnings(Vec<String>);

impl Warnings {
    pub(crate) fn add(&mut self, words: impl Into<String>) {
        let words = words.into();
        if !self.0.contains(&words) {
            self.0.push(words);
        }
    }
}

impl Encoded {
    /// A request with this body.
    ///
    /// # Errors
    /// `argument` when the body cannot be written as JSON.
    pub(crate) fn of(
        url: String,
        headers: Vec<(String, Secret)>,
        body: &impl Serialize,
        warnings: Warnings,
    ) -> Result<Self, Error> {
        let body = serde_json::to_vec(body)
            .map_err(|error| Error::argument(format!("input: it cannot be written as JSON: {error}")))?;
        Ok(Self { url, headers, body, warnings: warnings.0 })
    }
}

/// What most formats answer with.
pub(crate) const EVENTS: &str = "text/event-stream, application/json";

/// The headers of a request with a body of JSON, for an answer of these types.
pub(crate) fn headers(accept: &str) -> Vec<(String, Secret)> {
    vec![("content-type".to_owned(), Secret::new("application/json")), ("accept".to_owned(), Secret::new(accept))]
}

/// The endpoint's key as `Authorization: Bearer …` (RFC 6750), where it has one.
pub(crate) fn bearer(endpoint: &Endpoint) -> Option<(String, Secret)> {
    let key = endpoint.api_key.as_ref()?;
    Some(("authorization".to_owned(), Secret::new(format!("Bearer {}", key.reveal()))))
}

/// A name in the path of an address, without characters that would end it; those in `also` stay.
pub(crate) fn escaped<'a>(name: &'a str, also: &[u8]) -> Cow<'a, str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || also.contains(&byte);
    if name.bytes().all(plain) {
        return Cow::Borrowed(name);
    }
    let escape = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    Cow::Owned(name.bytes().map(escape).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_ends_no_path() {
        for (name, also, wanted) in [
            ("gpt-4o_mini.1~x", "", "gpt-4o_mini.1~x"),
            ("a/b?c#d e", "", "a%2Fb%3Fc%23d%20e"),
            ("tuned/x@1", "/@", "tuned/x@1"),
            ("größe%", "", "gr%C3%B6%C3%9Fe%25"),
        ] {
            assert_eq!(escaped(name, also.as_bytes()), wanted);
        }
    }
}
