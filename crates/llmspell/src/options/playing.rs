//! What stands in for the network: the options `record`, `cassette`, `script` and `transport`, and the providers `replay` and
//! `scripted`.

use super::fallbacks::PlainSource;
use crate::provider::Provider;
use llmspell_core::cassette::{Deck, Match, Recorded, Request, Scrubber};
use llmspell_core::{Error, Kind};
use llmspell_runtime::script::{Script, Turn};
use llmspell_runtime::{Carrier, RecordMode, Recorder, unforked};
use serde::Deserialize;
use std::fs;
use std::path::Path;
use std::sync::Arc;

/// Provider that plays a cassette.
const REPLAY: &str = "replay";
/// Provider whose answers are written in the option `script`; also its only model.
const SCRIPTED: &str = "scripted";

/// The options, as a shape has accepted them.
#[derive(Deserialize)]
pub(super) struct Playing {
    record: Option<Record>,
    cassette: Option<Cassette>,
    script: Option<Vec<ScriptTurn>>,
    #[serde(default)]
    transport: Transport,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Transport {
    #[default]
    Network,
    Host,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Record {
    Path(String),
    Options {
        path: String,
        #[serde(default)]
        mode: Mode,
        #[serde(default)]
        scrub: Vec<String>,
    },
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Mode {
    #[default]
    New,
    Append,
    /// Plays the cassette where there is one.
    Once,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Cassette {
    Path(String),
    Options {
        path: String,
        #[serde(rename = "match", default)]
        matching: MatchName,
        provider: Option<String>,
        #[serde(default)]
        scrub: Vec<String>,
    },
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum MatchName {
    #[default]
    Strict,
    Loose,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum ScriptTurn {
    Text(String),
    Turn(Box<Turn>),
}

/// Recording, once provider and model are known.
pub(super) struct Recording {
    path: String,
    mode: RecordMode,
    scrubber: Scrubber,
}

impl Recording {
    /// # Errors
    /// `config` when the file cannot be recorded to.
    pub(super) fn start(self, provider: &str, model: &str) -> Result<Arc<Recorder>, Error> {
        let Self { path, mode, scrubber } = self;
        let recorded = Recorded { provider: Some(provider.to_owned()), model: Some(model.to_owned()), base_url: None };
        Ok(Arc::new(Recorder::new(&path, mode, scrubber, recorded)?))
    }
}

impl Playing {
    /// What carries the requests and what records them. Fills in who answers, where that is the cassette's or the
    /// script's to say.
    ///
    /// # Errors
    /// `config` for options that contradict each other and for a cassette that cannot be read; `argument` for a pattern that
    /// is none.
    pub(super) fn settle(self, named: &mut PlainSource) -> Result<(Carrier, Option<Recording>), Error> {
        let Self { record, cassette, script, transport } = self;
        let provider = named.provider.as_deref().unwrap_or_default();
        let stray = |option: &str, provider: &str| {
            Err(Error::new(Kind::Config, format!("{option}: goes with provider = \"{provider}\"; set that as well")))
        };
        if cassette.is_some() && provider != REPLAY {
            return stray("cassette", REPLAY);
        }
        if script.is_some() && provider != SCRIPTED {
            return stray("script", SCRIPTED);
        }
        let carrier = match (provider, transport) {
            (REPLAY | SCRIPTED, Transport::Host) => {
                return Err(contradiction("transport", "this provider is inside llmspell and sends nothing"));
            }
            (REPLAY, _) => {
                if record.is_some() {
                    return Err(contradiction(
                        "record",
                        "a cassette that is played cannot be recorded at the same time",
                    ));
                }
                let cassette = cassette.ok_or_else(|| missing("cassette", REPLAY, "the path of a cassette"))?;
                Carrier::Replay(Arc::new(cassette.open(named)?))
            }
            (SCRIPTED, _) => {
                let turns = script.ok_or_else(|| missing("script", SCRIPTED, "a list of turns"))?;
                named.model.get_or_insert_with(|| SCRIPTED.to_owned());
                Carrier::Script(Arc::new(Script::new(turns.into_iter().map(ScriptTurn::into_turn).collect())))
            }
            (_, Transport::Host) => Carrier::Host,
            (_, Transport::Network) => Carrier::Network,
        };
        match record {
            None => Ok((carrier, None)),
            Some(record) => record.settle(carrier),
        }
    }
}

fn contradiction(option: &str, why: &str) -> Error {
    Error::new(Kind::Config, format!("{option}: {why}; leave it out"))
}

fn missing(option: &str, provider: &str, what: &str) -> Error {
    Error::new(Kind::Config, format!("{option}: missing; provider = \"{provider}\" needs {what}"))
}

fn scrubber(option: &str, patterns: &[String]) -> Result<Scrubber, Error> {
    unforked(|| Scrubber::new(patterns)).map_err(|why| Error::argument(format!("{option}.scrub: {why}")))
}

fn open(option: &str, path: &str, matching: Match, scrubber: Scrubber) -> Result<Deck, Error> {
    let text = fs::read(path).map_err(|error| {
        let mend = "give the path of a cassette, or record one with record = path";
        Error::new(Kind::Config, format!("{option}: {path:?} cannot be read: {error}; {mend}"))
    })?;
    let text = String::from_utf8(text)
        .map_err(|_| Error::new(Kind::Config, format!("{option}: {path:?} is no cassette: it is not UTF-8")))?;
    let name = Path::new(path).file_name().map_or_else(|| path.into(), |name| name.to_string_lossy());
    Deck::new(&name, &text, matching, scrubber)
}

impl Record {
    fn settle(self, carrier: Carrier) -> Result<(Carrier, Option<Recording>), Error> {
        let (path, mode, patterns) = match self {
            Self::Path(path) => (path, Mode::New, Vec::new()),
            Self::Options { path, mode, scrub } => (path, mode, scrub),
        };
        let scrubber = scrubber("record", &patterns)?;
        let is_there = fs::metadata(&path).is_ok_and(|file| file.len() > 0);
        if mode == Mode::Once && is_there {
            return Ok((Carrier::Replay(Arc::new(open("record", &path, Match::Strict, scrubber)?)), None));
        }
        let mode = if mode == Mode::Append { RecordMode::Append } else { RecordMode::New };
        Ok((carrier, Some(Recording { path, mode, scrubber })))
    }
}

impl Cassette {
    fn open(self, named: &mut PlainSource) -> Result<Deck, Error> {
        let (path, matching, provider, patterns) = match self {
            Self::Path(path) => (path, MatchName::Strict, None, Vec::new()),
            Self::Options { path, matching, provider, scrub } => (path, matching, provider, scrub),
        };
        let matching = match matching {
            MatchName::Strict => Match::Strict,
            MatchName::Loose => Match::Loose,
        };
        let deck = open("cassette", &path, matching, scrubber("cassette", &patterns)?)?;
        let (recorded, first) = deck.recorded();
        let first_path = first.map_or("", |request| request.path.as_str());
        let told = recorded.and_then(|recorded| recorded.provider.clone());
        let known = provider.or(told).or_else(|| speaks(first_path).map(str::to_owned)).ok_or_else(|| {
            let why = "the cassette does not say which provider it was recorded from";
            Error::new(Kind::Config, format!("cassette: {why}; give cassette = {{ path = …, provider = … }}"))
        })?;
        if let Some(recorded) = recorded {
            named.model = named.model.take().or_else(|| recorded.model.clone());
            named.base_url =
                named.base_url.take().or_else(|| recorded.base_url.clone()).filter(|url| url.contains("://"));
        }
        if known == SCRIPTED {
            // What was recorded from a script is the Chat format.
            named.provider = Some("demo".to_owned());
            return Ok(deck);
        }
        if named.base_url.is_none() && Provider::find(&known).is_some_and(Provider::needs_address) {
            named.base_url = first.map(address);
        }
        named.provider = Some(known);
        Ok(deck)
    }
}

/// An address for requests like this one, where the cassette has none and the provider neither (Azure). Nobody is asked
/// there: the host is one that cannot be (RFC 2606).
fn address(request: &Request) -> String {
    let path = request.path.strip_suffix("/chat/completions").unwrap_or(&request.path);
    let query: Vec<String> = request.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
    format!("http://replay.invalid{path}{query}")
}

/// The provider whose wire format has this path.
fn speaks(path: &str) -> Option<&'static str> {
    let ends = [("/chat/completions", "openai"), ("/messages", "anthropic"), ("/api/chat", "ollama")];
    let found = ends.iter().find(|(end, _)| path.ends_with(end)).map(|(_, provider)| *provider);
    found.or_else(|| (path.contains(":generateContent") || path.contains(":streamGenerateContent")).then_some("gemini"))
}

impl ScriptTurn {
    fn into_turn(self) -> Turn {
        match self {
            Self::Text(text) => Turn { text, ..Turn::default() },
            Self::Turn(turn) => *turn,
        }
    }
}
