//! HTTP as the core sees it: a request to send and the head of its answer.

use crate::rate::Pace;
use base64::Engine;
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

/// Strikes secrets out of what a server said.
#[derive(Clone, Debug, Default)]
pub struct Redactor {
    secrets: Vec<Secret>,
}

/// Shorter secrets are not searched for: they would blot out harmless words.
pub(crate) const SECRET_BYTES: usize = 8;

impl Redactor {
    /// A redactor of these secrets.
    #[must_use]
    pub fn new(secrets: impl Iterator<Item = Secret>) -> Self {
        let mut secrets: Vec<Secret> = secrets.filter(|secret| secret.0.len() >= SECRET_BYTES).collect();
        // The longest first: one may be a part of another.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.0.len()));
        Self { secrets }
    }

    /// The text without the secrets.
    #[must_use]
    pub fn clean(&self, text: &str) -> String {
        self.secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret.reveal(), "[redacted]"))
    }

    /// The begin of a text without the secrets, at most `limit` characters with a mark where it was cut. No part of a
    /// secret is left at the cut.
    #[must_use]
    pub fn quote(&self, text: &str, limit: usize) -> String {
        let longest = self.secrets.first().map_or(0, |secret| secret.0.len());
        let window = text
            .trim()
            .char_indices()
            .nth(limit + longest)
            .map_or(text.trim(), |(end, _)| text.trim().get(..end).unwrap_or_default());
        crate::json::quote(&self.clean(window), limit)
    }
}

/// A POST request to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpRequest {
    /// Number of the exchange within its run; what comes back carries the same.
    pub exchange: u64,
    /// Which of the run's ways to the network it takes, by the endpoint's number.
    pub way: u16,
    /// Where to.
    pub url: String,
    /// Headers.
    pub headers: Vec<(String, Secret)>,
    /// Body.
    pub body: Vec<u8>,
    /// The limit that it counts to. It is sent when its turn comes, which [`crate::run::Input::Sent`] tells.
    pub pace: Option<Pace>,
}

/// The bytes that a text in base64 stands for; `None` when it is none.
#[must_use]
pub fn from_base64(text: &str) -> Option<Vec<u8>> {
    base64::engine::general_purpose::STANDARD.decode(text).ok()
}

/// A header's value by name, without regard to case.
#[must_use]
pub fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_part_of_a_secret_survives_a_cut() {
        let key = "sk-0123456789abcdefghijklmnopqrstuvwxyz";
        let redactor = Redactor::new([Secret::new(key), Secret::new("short")].into_iter());
        for before in 0..60 {
            let text = format!("{}{key} and more words", "x".repeat(before));
            let quoted = redactor.quote(&text, 40);
            assert!(!quoted.contains("sk-0"), "{before}: {quoted}");
        }
        assert_eq!(redactor.clean("a short text"), "a short text");
    }
}
