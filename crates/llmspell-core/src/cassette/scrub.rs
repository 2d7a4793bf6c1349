//! Strikes out of an exchange what must not be kept: secrets wherever they stand, and what differs from one recording to the
//! next without a meaning (dates, ids of requests).

use super::{Exchange, Request, volatile};
use crate::http::{SECRET_BYTES, Secret};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use memchr::memmem;
use regex::bytes::Regex;
use std::sync::Arc;

/// What stands in place of a secret, and of what a pattern of the user's matches.
const MARK: &str = "[scrubbed]";
/// Headers that are kept; every other may hold a secret, or says nothing that a replay asks for.
const KEPT_HEADERS: [&str; 8] = [
    "accept",
    "anthropic-beta",
    "anthropic-version",
    "content-type",
    "openai-beta",
    "retry-after",
    "retry-after-ms",
    "x-should-retry",
];
/// Parameters of a query that hold a key, in lower case.
const SECRET_PARAMETERS: [&str; 7] = ["key", "api_key", "apikey", "api-key", "access_token", "token", "sig"];

/// Headers that say who asks, in words that may come up anywhere. No secrets; they are not kept either.
const PLAIN_HEADERS: [&str; 12] = [
    "accept-encoding",
    "accept-language",
    "connection",
    "content-length",
    "host",
    "http-referer",
    "origin",
    "referer",
    "user-agent",
    "x-openrouter-title",
    "x-stainless-lang",
    "x-title",
];
/// Headers that hold secrets among other words: a scheme (RFC 9110, 11.4), names of cookies.
const COMPOSED_HEADERS: [&str; 3] = ["authorization", "cookie", "proxy-authorization"];
/// Schemes that stand before a secret in other headers too.
const SCHEMES: [&str; 6] = ["apikey", "basic", "bearer", "digest", "key", "token"];

/// Strikes out secrets, dates and what the user wants struck out.
#[derive(Clone, Debug)]
pub struct Scrubber {
    /// The user's.
    patterns: Arc<[Regex]>,
    /// Secrets in every spelling, the longest first.
    spellings: Vec<Secret>,
}

impl Scrubber {
    /// A scrubber that also strikes out what these regular expressions match.
    ///
    /// # Errors
    /// What is wrong with the first that is none.
    pub fn new(patterns: &[String]) -> Result<Self, String> {
        let compile = |pattern: &String| {
            Regex::new(pattern).map_err(|error| format!("{pattern:?} is no regular expression: {error}"))
        };
        Ok(Self { patterns: patterns.iter().map(compile).collect::<Result<_, _>>()?, spellings: Vec::new() })
    }

    /// Adds secrets, wherever they may come up. Those of fewer than 8 bytes are left: they would blot out harmless words.
    pub fn add<'a>(&mut self, secrets: impl IntoIterator<Item = &'a str>) {
        for secret in secrets {
            if secret.len() < SECRET_BYTES || self.spellings.iter().any(|known| known.reveal() == secret) {
                continue;
            }
            self.spellings.extend(spellings(secret).into_iter().map(Secret::new));
        }
        // One may be a part of another.
        self.spellings.sort_by_key(|spelling| std::cmp::Reverse(spelling.reveal().len()));
    }

    /// Adds what the headers and the address of a request hold that is not known to be harmless.
    pub fn add_of_request(&mut self, url: &str, headers: &[(String, Secret)]) {
        for (name, value) in headers.iter().filter(|(name, _)| !is_kept(name) && !is_one(&PLAIN_HEADERS, name)) {
            self.add(parts(name, value.reveal()));
        }
        let (_, query) = super::split_url(url);
        for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            if holds_key(name) {
                self.add([value]);
            }
        }
    }

    /// Strikes out of a whole exchange. Of its headers only those are left that a replay may ask for.
    pub fn exchange(&mut self, exchange: &mut Exchange) {
        let cookies = exchange.response.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
        let cookies: Vec<String> = cookies.map(|(_, value)| value.clone()).collect();
        for cookie in &cookies {
            let own = cookie.split(';').next().unwrap_or_default();
            self.add(own.split_once('=').map(|(_, value)| value.trim()));
        }
        self.request(&mut exchange.request);
        self.headers(&mut exchange.response.headers);
        exchange.response.body = self.bytes(volatile::settle(std::mem::take(&mut exchange.response.body)));
        for field in
            [&mut exchange.recorded.base_url, &mut exchange.recorded.model, &mut exchange.recorded.provider].into_iter()
        {
            *field = field.take().map(|text| self.text(text));
        }
    }

    /// Strikes out of a request, in the same way.
    pub fn request(&self, request: &mut Request) {
        self.headers(&mut request.headers);
        request.path = self.text(std::mem::take(&mut request.path));
        request.method = self.text(std::mem::take(&mut request.method));
        for (name, value) in &mut request.query {
            *value = if holds_key(name) { MARK.to_owned() } else { self.text(std::mem::take(value)) };
            *name = self.text(std::mem::take(name));
        }
        // Written as it is kept, so that no escape hides a secret.
        if let Some(mut json) = super::json_of(&request.body) {
            json.sort_all_objects();
            request.body = json.to_string().into_bytes();
        }
        request.body = self.bytes(std::mem::take(&mut request.body));
    }

    fn headers(&self, headers: &mut Vec<(String, String)>) {
        headers.retain_mut(|(name, value)| {
            name.make_ascii_lowercase();
            *value = self.text(std::mem::take(value));
            is_kept(name)
        });
        headers.sort();
    }

    fn text(&self, text: String) -> String {
        String::from_utf8(self.bytes(text.into_bytes()))
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    }

    fn bytes(&self, mut bytes: Vec<u8>) -> Vec<u8> {
        for spelling in &self.spellings {
            bytes = replace(bytes, spelling.reveal().as_bytes());
        }
        for pattern in self.patterns.iter() {
            if let std::borrow::Cow::Owned(changed) = pattern.replace_all(&bytes, MARK.as_bytes()) {
                bytes = changed;
            }
        }
        bytes
    }
}

fn is_kept(name: &str) -> bool {
    is_one(&KEPT_HEADERS, name)
}

fn is_one(names: &[&str], name: &str) -> bool {
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
}

fn holds_key(parameter: &str) -> bool {
    is_one(&SECRET_PARAMETERS, parameter)
}

/// A header's value and the parts of it that are secrets by themselves: what follows a scheme such as `Bearer`, the values
/// of cookies. Other headers are secrets as a whole: a word of theirs is a word.
fn parts<'a>(name: &str, value: &'a str) -> Vec<&'a str> {
    let value = value.trim();
    let mut parts = vec![value];
    let is_composed = is_one(&COMPOSED_HEADERS, name);
    let secret = value.split_once(' ').filter(|(scheme, _)| is_composed || is_one(&SCHEMES, scheme));
    parts.extend(secret.map(|(_, secret)| secret.trim()));
    if is_composed {
        parts.extend(value.split([' ', ';', ',']).map(str::trim));
        parts.extend(value.split(';').filter_map(|pair| pair.split_once('=')).map(|(_, value)| value.trim()));
    }
    parts
}

/// How a secret may be spelled: as it is, inside JSON, percent-encoded, and in base64 at each of three places.
fn spellings(secret: &str) -> Vec<String> {
    let json = serde_json::Value::from(secret).to_string();
    let inner = json.get(1..json.len().saturating_sub(1)).unwrap_or_default();
    let mut all = vec![secret.to_owned(), inner.to_owned(), inner.replace('/', "\\/")];
    for (form, lower) in [(false, false), (false, true), (true, false), (true, true)] {
        all.push(percent(secret, form, lower));
    }
    for shift in 0..3 {
        let mut shifted = vec![0_u8; shift];
        shifted.extend_from_slice(secret.as_bytes());
        for text in [STANDARD_NO_PAD.encode(&shifted), URL_SAFE_NO_PAD.encode(&shifted)] {
            // The characters that depend on this secret alone.
            let from = (shift * 8).div_ceil(6);
            let to = shifted.len() * 8 / 6;
            all.push(text.get(from..to).unwrap_or_default().to_owned());
        }
    }
    all.sort();
    all.dedup();
    all.retain(|spelling| spelling.len() >= SECRET_BYTES);
    all
}

/// The text with what RFC 3986 reserves percent-encoded; with `form`, a space becomes `+`.
fn percent(text: &str, form: bool, lower: bool) -> String {
    let mut out = String::with_capacity(text.len() * 3);
    for byte in text.bytes() {
        match byte {
            b' ' if form => out.push('+'),
            byte if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => out.push(char::from(byte)),
            byte if lower => out.push_str(&format!("%{byte:02x}")),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

fn replace(bytes: Vec<u8>, secret: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut from = 0;
    for at in memmem::find_iter(&bytes, secret) {
        out.extend_from_slice(bytes.get(from..at).unwrap_or_default());
        out.extend_from_slice(MARK.as_bytes());
        from = at + secret.len();
    }
    if from == 0 {
        return bytes;
    }
    out.extend_from_slice(bytes.get(from..).unwrap_or_default());
    out
}
