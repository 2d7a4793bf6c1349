//! Writes a request.

use super::messages::{Wire, write_messages};
use super::tools::{self, Offer};
use crate::codec::body::Fields;
use crate::codec::encoded::{self, Warnings, escaped};
use crate::codec::openai_compatible::{Auth, Dialect};
use crate::codec::openai_schema::strict_form;
use crate::codec::{Encoded, OutputFormat, TurnRequest};
use crate::error::Error;
use serde::Serialize;
use serde::ser::Serializer;
use serde_json::{Value, json};

/// The request for a turn, as a server takes it that speaks this dialect.
///
/// # Errors
/// `argument` when the conversation holds something that the format cannot say.
pub(crate) fn encode(turn: &TurnRequest<'_>, dialect: &Dialect) -> Result<Encoded, Error> {
    let mut warnings = Warnings::default();
    let messages = write_messages(turn, dialect, &mut warnings)?;
    let offer = tools::offer(turn, dialect);
    warn_of_settings(turn, dialect, &mut warnings);
    let mut headers = encoded::headers(encoded::EVENTS);
    headers.extend(match dialect.auth {
        Auth::Bearer => encoded::bearer(turn.endpoint),
        Auth::Header(name) => turn.endpoint.api_key.clone().map(|key| (name.to_owned(), key)),
    });
    Encoded::of(url(turn, dialect), headers, &Body { turn, dialect, messages, offer }, warnings)
}

/// The address: below the base, and for a deployment (Azure) with the model in the path and the query behind it.
fn url(turn: &TurnRequest<'_>, dialect: &Dialect) -> String {
    let base = turn.endpoint.base_url.as_str();
    if !dialect.deployments {
        return format!("{base}/chat/completions");
    }
    let (path, query) = base.split_once('?').map_or((base, None), |(path, query)| (path, Some(query)));
    let path = path.trim_end_matches('/');
    let ending = query.map(|query| format!("?{query}")).unwrap_or_default();
    let resource = path.split_once("://").is_some_and(|(_, rest)| !rest.contains('/')) || path.ends_with("/openai");
    if !resource || query.is_none() {
        return format!("{path}/chat/completions{ending}");
    }
    let root = path.strip_suffix("/openai").unwrap_or(path);
    format!("{root}/openai/deployments/{}/chat/completions{ending}", escaped(turn.model, b""))
}

/// What of the settings is not sent.
fn warn_of_settings(turn: &TurnRequest<'_>, dialect: &Dialect, warnings: &mut Warnings) {
    let settings = turn.settings;
    let mut left_out = |is_set: bool, name: &str| {
        if is_set && !turn.provider_options.contains_key(name) {
            warnings.add(format!("{} does not take {name} with {}; it was left out", dialect.name, turn.model));
        }
    };
    left_out(settings.seed.is_some() && dialect.seed.is_none(), "seed");
    left_out(settings.stop.is_some() && !dialect.stop, "stop");
    if !dialect.takes_sampling(turn.model) {
        left_out(settings.temperature.is_some(), "temperature");
        left_out(settings.top_p.is_some(), "top_p");
    }
}

/// The two names of one field, of which a server takes one.
const MAX_TOKENS: [&str; 2] = ["max_tokens", "max_completion_tokens"];

/// The body, written as it is walked: no tree of it is made.
struct Body<'a> {
    turn: &'a TurnRequest<'a>,
    dialect: &'a Dialect,
    messages: Vec<Wire<'a>>,
    offer: Offer<'a>,
}

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let TurnRequest { settings, provider_options: options, .. } = *self.turn;
        let dialect = self.dialect;
        let mut body = Fields::new(serializer.serialize_map(None)?, options);
        body.set("model", self.turn.model)?;
        body.set("messages", &self.messages)?;
        if !self.offer.is_empty() {
            body.set("tools", &self.offer)?;
            body.set_some("tool_choice", self.offer.choice.as_ref())?;
        }
        if dialect.takes_sampling(self.turn.model) {
            body.set_some("temperature", settings.temperature.as_ref())?;
            body.set_some("top_p", settings.top_p.as_ref())?;
        }
        // The options may say it by its other name.
        let is_said = MAX_TOKENS.iter().any(|name| *name != dialect.max_tokens && options.contains_key(*name));
        body.set_some(dialect.max_tokens, settings.max_tokens.as_ref().filter(|_| !is_said))?;
        if dialect.stop {
            body.set_some("stop", settings.stop.as_ref())?;
        }
        if let Some(seed) = dialect.seed {
            body.set_some(seed, settings.seed.as_ref())?;
        }
        body.set_some("response_format", self.turn.output.map(|output| response_format(output, dialect)).as_ref())?;
        body.set("stream", &true)?;
        const STREAM_OPTIONS: &str = "stream_options";
        if options.get("stream").is_some_and(|stream| *stream != Value::Bool(true)) {
            return body.end(Some(STREAM_OPTIONS));
        }
        if dialect.stream_options {
            body.set(STREAM_OPTIONS, &StreamOptions { include_usage: true })?;
        }
        body.end(None)
    }
}

#[derive(Serialize)]
struct StreamOptions {
    include_usage: bool,
}

/// Source: <https://platform.openai.com/docs/guides/structured-outputs>. A schema that the strict mode does not take as it means
/// is sent without it; where any object will do that is JSON mode.
fn response_format(output: &OutputFormat, dialect: &Dialect) -> Value {
    if dialect.json_object && output.is_any_object() {
        return json!({"type": "json_object"});
    }
    let strict = strict_form(&output.schema);
    let is_strict = strict.is_some();
    let schema = strict.unwrap_or_else(|| output.schema.clone());
    json!({"type": "json_schema", "json_schema": {"name": output.name, "schema": schema, "strict": is_strict}})
}
