//! Finds the recorded answer for a request.

use super::diff::{differences, same};
use super::{Exchange, Recorded, Request, Response, Scrubber, json_of, read};
use crate::error::{Error, Kind};
use crate::http::HttpRequest;
use serde_json::Value;
use std::sync::atomic::{AtomicBool, Ordering};

/// When a recorded answer is taken for a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Match {
    /// The next exchange in order, when method, path, query and body say the same.
    #[default]
    Strict,
    /// Any exchange that was not played yet and whose last message is the same.
    Loose,
}

/// A cassette that is being played. Each exchange is played once. Any thread may ask at any time; nothing is ever locked, so
/// that a fork cannot leave it locked.
#[derive(Debug)]
pub struct Deck {
    name: String,
    exchanges: Vec<Exchange>,
    played: Vec<AtomicBool>,
    matching: Match,
    scrubber: Scrubber,
}

impl Deck {
    /// Reads a cassette; `name` is what errors call it. `scrubber` strikes out of a request what was struck out of the
    /// recorded ones.
    ///
    /// # Errors
    /// Those of [`read`].
    pub fn new(name: &str, text: &str, matching: Match, scrubber: Scrubber) -> Result<Self, Error> {
        let exchanges = read(name, text)?;
        let played = exchanges.iter().map(|_| AtomicBool::new(false)).collect();
        Ok(Self { name: name.to_owned(), exchanges, played, matching, scrubber })
    }

    /// What errors call it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the first exchange that says so was recorded from, and the request of the first.
    #[must_use]
    pub fn recorded(&self) -> (Option<&Recorded>, Option<&Request>) {
        let told =
            self.exchanges.iter().map(|exchange| &exchange.recorded).find(|recorded| recorded.provider.is_some());
        (told, self.exchanges.first().map(|exchange| &exchange.request))
    }

    /// The exchanges with whether each was played, in order.
    pub fn exchanges(&self) -> impl Iterator<Item = (&Exchange, bool)> {
        self.exchanges.iter().zip(&self.played).map(|(exchange, played)| (exchange, played.load(Ordering::Acquire)))
    }

    /// The answer for a request, which is played from then on.
    ///
    /// # Errors
    /// `not_found` when there is none, with what the request and the nearest exchange differ in.
    pub fn take(&self, request: &HttpRequest) -> Result<&Response, Error> {
        let mut scrubber = self.scrubber.clone();
        scrubber.add_of_request(&request.url, &request.headers);
        let mut got = Request::to(&request.url, Vec::new(), request.body.clone());
        scrubber.request(&mut got);
        // A thread that was faster leaves the next exchange to this one.
        while let Some(at) = self.find(&got) {
            let Some((exchange, played)) = self.exchanges.get(at).zip(self.played.get(at)) else { break };
            if played.compare_exchange(false, true, Ordering::AcqRel, Ordering::Acquire).is_ok() {
                return Ok(&exchange.response);
            }
        }
        Err(self.miss(&got))
    }

    fn find(&self, got: &Request) -> Option<usize> {
        let mut open = self.open();
        match self.matching {
            Match::Strict => open.next().filter(|(_, exchange)| says_the_same(exchange, got)).map(|(at, _)| at),
            Match::Loose => {
                let message = last_message(&got.body);
                let alike: Vec<_> = open
                    .filter(|(_, exchange)| same_path(exchange, got) && last_message(&exchange.request.body) == message)
                    .collect();
                let exact = alike.iter().find(|(_, exchange)| says_the_same(exchange, got));
                exact.or(alike.first()).map(|(at, _)| *at)
            }
        }
    }

    fn open(&self) -> impl Iterator<Item = (usize, &Exchange)> {
        self.exchanges().enumerate().filter(|(_, (_, played))| !played).map(|(at, (exchange, _))| (at, exchange))
    }

    fn miss(&self, got: &Request) -> Error {
        let total = self.exchanges.len();
        let begin = format!("replay: {} has no answer for this request ({} {})", self.name, got.method, got.path);
        let mend = "record it again (record = { path = …, mode = \"new\" })";
        let message = match self.nearest(got) {
            None => format!("{begin}: all its {total} exchanges were played; {mend} if the program asks more now"),
            Some((at, exchange)) => {
                let differences = differences(&exchange.request, got, same_path(exchange, got)).join("; ");
                let (which, loose) = match self.matching {
                    Match::Strict => {
                        ("Next is", ", or use match = \"loose\" if order and earlier messages do not matter")
                    }
                    Match::Loose => ("Nearest of those left is", ""),
                };
                format!(
                    "{begin}. {which} exchange {} of {total}, which differs in {differences}; {mend}{loose}",
                    at + 1
                )
            }
        };
        Error { retryable: false, ..Error::new(Kind::NotFound, message) }
    }

    fn nearest(&self, got: &Request) -> Option<(usize, &Exchange)> {
        let mut open = self.open();
        match self.matching {
            Match::Strict => open.next(),
            Match::Loose => open.min_by_key(|(_, exchange)| {
                differences(&exchange.request, got, same_path(exchange, got)).iter().map(String::len).sum::<usize>()
            }),
        }
    }
}

/// The path below the address that it was recorded from is what counts: the address may be another now.
fn same_path(exchange: &Exchange, got: &Request) -> bool {
    let recorded = exchange.request.path.as_str();
    let base = exchange.recorded.base_url.as_deref().map(|url| super::split_url(url).0).unwrap_or_default();
    let own = recorded.strip_prefix(base.trim_end_matches('/')).filter(|own| own.starts_with('/'));
    exchange.request.method == got.method && own.map_or(recorded == got.path, |own| got.path.ends_with(own))
}

fn says_the_same(exchange: &Exchange, got: &Request) -> bool {
    same_path(exchange, got)
        && exchange.request.query == got.query
        && match (json_of(&exchange.request.body), json_of(&got.body)) {
            (Some(one), Some(other)) => same(&one, &other),
            _ => exchange.request.body == got.body,
        }
}

/// The last message of a conversation, in whichever format: the last of `messages`, `contents` or `input`; the whole body
/// where there is none.
fn last_message(body: &[u8]) -> Value {
    let Some(json) = json_of(body) else { return Value::from(String::from_utf8_lossy(body)) };
    let list = ["messages", "contents", "input"].iter().find_map(|name| json.get(name));
    match list {
        Some(Value::Array(list)) => list.last().cloned().unwrap_or(Value::Null),
        Some(other) => other.clone(),
        None => json,
    }
}
