//! Cassettes: recorded exchanges as text, to be played in place of the network.
//!
//! A cassette is a sequence of YAML documents, one for each exchange, in the order in which the requests were made:
//!
//! ```yaml
//! --- # exchange
//! recorded: { base_url: "https://api.openai.com/v1", model: "gpt-4o", provider: "openai" }
//! when:
//!   path: "/v1/chat/completions"
//!   method: "POST"
//!   query_param: []
//!   header:
//!     - { name: "content-type", value: "application/json" }
//!   body: |
//!     {
//!       "model": "gpt-4o"
//!     }
//! then:
//!   status: 200
//!   header:
//!     - { name: "content-type", value: "text/event-stream" }
//!   body: |
//!     data: [DONE]
//! ...
//! ```
//!
//! The format is fixed by `spec/schema/cassette.schema.json` and told in `docs/testing.md`. Here is the pure part: reading
//! ([`read`]), writing ([`write`]), striking out what must not be kept ([`Scrubber`]), and finding the answer for a request
//! ([`Deck`]). Files are the runtime's.

mod deck;
mod diff;
mod read;
mod scrub;
#[cfg(test)]
mod tests;
mod volatile;
mod write;
mod yaml;

pub use deck::{Deck, Match};
pub use read::read;
pub use scrub::Scrubber;
pub use write::write;

/// One exchange of a cassette.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exchange {
    /// What it was recorded from; empty in cassettes of others.
    pub recorded: Recorded,
    /// The request.
    pub request: Request,
    /// The answer.
    pub response: Response,
}

/// Where an exchange comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    /// Name of the provider, as in the option `provider`.
    pub provider: Option<String>,
    /// Model that was asked.
    pub model: Option<String>,
    /// Address that the path was added to.
    pub base_url: Option<String>,
}

/// A recorded request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Method, in capitals.
    pub method: String,
    /// Path, without the query.
    pub path: String,
    /// Parameters of the query, in order.
    pub query: Vec<(String, String)>,
    /// Headers, with names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body. JSON is kept with sorted keys, because requests are compared by what they say.
    pub body: Vec<u8>,
}

impl Default for Request {
    fn default() -> Self {
        Self {
            method: "POST".to_owned(),
            path: "/".to_owned(),
            query: Vec::new(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }
}

impl Request {
    /// The request to an address.
    #[must_use]
    pub fn to(url: &str, headers: Vec<(String, String)>, body: Vec<u8>) -> Self {
        let (path, query) = split_url(url);
        let query = query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Self { method: "POST".to_owned(), path: path.to_owned(), query, headers, body }
    }
}

/// A recorded answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Headers, with names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body as it came; a stream stands as it was sent.
    pub body: Vec<u8>,
}

impl Default for Response {
    fn default() -> Self {
        Self { status: 200, headers: Vec::new(), body: Vec::new() }
    }
}

/// Path and query of an address; `/` for an address without a path.
fn split_url(url: &str) -> (&str, &str) {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = rest.find(['/', '?']).and_then(|at| rest.get(at..)).unwrap_or("/");
    let rest = rest.split('#').next().unwrap_or_default();
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    (if path.is_empty() { "/" } else { path }, query)
}

/// The JSON that a body holds.
fn json_of(body: &[u8]) -> Option<serde_json::Value> {
    let text = std::str::from_utf8(body).ok()?;
    crate::json::from_own(text).ok()
}
