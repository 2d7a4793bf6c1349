//! Exchanges over HTTP.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use llmspell_core::http::HttpRequest;
use llmspell_core::{Error, Kind, defaults};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Response, Url};

use super::Piece;
use super::clients::Reach;
use super::failure::Context;

/// Sends requests with one client.
#[derive(Clone)]
pub(crate) struct Sender {
    reach: Arc<Reach>,
}

type Pending = Pin<Box<dyn Future<Output = reqwest::Result<Response>> + Send>>;

/// One request and its answer.
pub(crate) struct HttpExchange {
    state: State,
    /// `None` when the request could not be made.
    place: Option<Arc<Place>>,
    /// Bytes of the body that may still come, unpacked.
    room: usize,
}

enum State {
    /// The request could not be made.
    Broken(Option<Error>),
    Head(Pending),
    Body(Response),
}

impl Sender {
    pub(super) fn new(reach: Arc<Reach>) -> Self {
        Sender { reach }
    }

    pub fn send(&self, request: HttpRequest) -> HttpExchange {
        let made = self.reach.place(&request.url).and_then(|place| Ok((headers(&request)?, place)));
        let (state, place) = match made {
            Ok((headers, place)) => {
                let sent = self.reach.client.post(place.url.clone()).headers(headers).body(request.body).send();
                (State::Head(Box::pin(sent)), Some(place))
            }
            Err(error) => (State::Broken(Some(error)), None),
        };
        HttpExchange { state, place, room: defaults::MESSAGE_BYTES }
    }
}

/// Where a request goes, read from its address.
pub(super) struct Place {
    text: String,
    url: Url,
    context: Context,
}

/// The place that was used last: most requests of a client go to one.
#[derive(Default)]
pub(super) struct LastPlace(Mutex<Option<Arc<Place>>>);

impl Reach {
    /// # Errors
    /// `config` when the address is none that HTTP can reach.
    fn place(&self, text: &str) -> Result<Arc<Place>, Error> {
        let mut last = self.last_place.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = last.as_ref().filter(|place| place.text == text) {
            return Ok(Arc::clone(place));
        }
        let url = Url::parse(text).map_err(|error| {
            Error::new(Kind::Config, "base_url is not a URL; give one like https://api.openai.com/v1")
                .with_cause(error.to_string())
        })?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Error::new(
                Kind::Config,
                format!("base_url: {:?} is not a scheme that can be spoken; use http:// or https://", url.scheme()),
            ));
        }
        self.proxies.of(text)?;
        let context = Context::new(&url, self);
        Ok(Arc::clone(last.insert(Arc::new(Place { text: text.to_owned(), url, context }))))
    }
}

impl HttpExchange {
    fn context(&self) -> &Context {
        static NOWHERE: Context = Context::NOWHERE;
        self.place.as_ref().map_or(&NOWHERE, |place| &place.context)
    }

    /// The next piece; may be dropped and called again at any time.
    pub async fn next(&mut self) -> Piece {
        match &mut self.state {
            State::Broken(error) => Piece::Failed(
                error.take().unwrap_or_else(|| Error::new(Kind::Internal, "a failed exchange was read again")),
            ),
            State::Head(pending) => match pending.await {
                Ok(response) => {
                    let status = response.status().as_u16();
                    // A success says nothing in its headers that a run asks for.
                    let headers = if response.status().is_success() { Vec::new() } else { dated(response.headers()) };
                    if streams(&response) {
                        // Its events are bounded one by one, and what they add up to is the core's to bound.
                        self.room = usize::MAX;
                    }
                    self.state = State::Body(response);
                    Piece::Head { status, headers }
                }
                Err(error) => Piece::Failed(self.context().before_head(error)),
            },
            State::Body(response) => match response.chunk().await {
                Ok(Some(bytes)) => {
                    match self.room.checked_sub(bytes.len()) {
                        Some(room) => self.room = room,
                        None => return Piece::Failed(self.context().too_large()),
                    }
                    Piece::Bytes(bytes)
                }
                Ok(None) => Piece::End,
                Err(error) => Piece::Failed(self.context().in_body(error)),
            },
        }
    }
}

/// The headers, with the time of their arrival where the server gives none (RFC 9110, section 6.6.1): a `Retry-After` may
/// be a date, and the core has no clock.
fn dated(headers: &HeaderMap) -> Vec<(String, String)> {
    let mut all = texts(headers);
    if !headers.contains_key(reqwest::header::DATE) {
        all.push(("date".to_owned(), httpdate::fmt_http_date(SystemTime::now())));
    }
    all
}

fn texts(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect()
}

/// Whether an answer comes in pieces that are bounded one by one: events, or lines of JSON.
fn streams(response: &Response) -> bool {
    const KINDS: [&str; 2] = ["text/event-stream", "application/x-ndjson"];
    let kind = response.headers().get(reqwest::header::CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    let is = |name: &str| kind.get(..name.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(name.as_bytes()));
    KINDS.iter().any(|name| is(name))
}

/// The headers for the wire; values that may be secret are marked, so that no debug output shows them.
fn headers(request: &HttpRequest) -> Result<HeaderMap, Error> {
    let mut headers = HeaderMap::with_capacity(request.headers.len());
    for (name, value) in &request.headers {
        let wrong = |what: &str| {
            Error::new(
                Kind::Config,
                format!(
                    "headers: the {what} of {name:?} cannot be sent; use visible ASCII characters, without line breaks"
                ),
            )
        };
        let key = HeaderName::try_from(name.as_str()).map_err(|_| wrong("name"))?;
        let mut value = HeaderValue::try_from(value.reveal()).map_err(|_| wrong("value"))?;
        value
            .set_sensitive(key == reqwest::header::AUTHORIZATION || !matches!(key.as_str(), "content-type" | "accept"));
        headers.insert(key, value);
    }
    Ok(headers)
}
