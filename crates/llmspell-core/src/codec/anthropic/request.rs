//! Writes a request: <https://platform.claude.com/docs/en/api/messages/create>.

use super::history::{self, History};
use super::models::{self, Traits};
use super::outgoing::CacheControl;
use super::thinking::Thinking;
use super::{cache, schema};
use crate::codec::body::Fields;
use crate::codec::encoded::{self, Warnings};
use crate::codec::{Encoded, TurnRequest};
use crate::defaults;
use crate::error::Error;
use crate::http::Secret;
use crate::run::{CacheTime, ToolChoice};
use crate::tool::{Tool, ToolSet};
use serde::Serialize;
use serde::ser::{SerializeSeq, Serializer};
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use std::ops::RangeInclusive;

/// Version of the API.
const VERSION: &str = "2023-06-01";
/// Values of `top_p` beside thinking.
const TOP_P_OF_THINKING: RangeInclusive<f64> = 0.95..=1.0;
/// The beta in which files are named by their ids.
const FILES_BETA: &str = "files-api-2025-04-14";
const BETA: &str = "anthropic-beta";

pub(super) fn encode(turn: &TurnRequest<'_>) -> Result<Encoded, Error> {
    let traits = models::traits(turn.model);
    let mut history = history::write(turn, traits.system_turns)?;
    let option = turn.settings.cache.and_then(crate::run::Cache::time);
    let own_tools = !turn.tools.is_empty();
    cache::place(&mut history, option, own_tools);
    let mut warnings = std::mem::take(&mut history.writer.warnings);
    let thinking = Thinking::of(turn.provider_options, &mut history.messages, &mut warnings);
    let (options, merged) = merged(turn, traits, thinking, &mut warnings);
    let mut sampling = Sampling::of(turn, traits, &mut warnings);
    if thinking.limits_sampling() {
        sampling.keep_to_thinking(&mut warnings);
    }
    let headers = headers(turn, history.writer.has_file_ids, &mut warnings);
    let body = Body { turn, history, options: &options, merged, sampling, cache: option };
    // Some write the address with the version, as other providers' are.
    let base = turn.endpoint.base_url.strip_suffix("/v1").unwrap_or(&turn.endpoint.base_url);
    Encoded::of(format!("{base}/v1/messages"), headers, &body, warnings)
}

fn headers(turn: &TurnRequest<'_>, has_file_ids: bool, warnings: &mut Warnings) -> Vec<(String, Secret)> {
    let mut headers = encoded::headers(encoded::EVENTS);
    headers.push(("anthropic-version".to_owned(), Secret::new(VERSION)));
    if let Some(key) = &turn.endpoint.api_key {
        headers.push(("x-api-key".to_owned(), key.clone()));
    }
    if has_file_ids {
        match turn.endpoint.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(BETA)) {
            Some((_, own)) if !own.reveal().contains("files-api") => {
                warnings.add(format!("file_id: the header {BETA} does not name {FILES_BETA}; files may be refused"));
            }
            Some(_) => {}
            None => headers.push((BETA.to_owned(), Secret::new(FILES_BETA))),
        }
    }
    headers
}

/// How the answer is drawn, as far as the model lets it be set.
struct Sampling {
    temperature: Option<f64>,
    top_p: Option<f64>,
    stop: Vec<String>,
}

impl Sampling {
    fn of(turn: &TurnRequest<'_>, traits: Traits, warnings: &mut Warnings) -> Self {
        let settings = turn.settings;
        let (mut temperature, mut top_p) = (settings.temperature, settings.top_p);
        if !traits.sampling && (temperature.is_some() || top_p.is_some()) {
            warnings.add(format!("temperature and top_p: {} takes none; they were left out", turn.model));
            (temperature, top_p) = (None, None);
        }
        if let Some(high) = temperature.filter(|value| *value > 1.0) {
            warnings.add(format!("temperature: Anthropic takes 0 to 1; 1 was sent in place of {high}"));
            temperature = Some(1.0);
        }
        if !traits.both_sampling && temperature.is_some() && top_p.take().is_some() {
            warnings.add(format!("top_p: {} takes either temperature or top_p; top_p was left out", turn.model));
        }
        if settings.seed.is_some() {
            warnings.add("seed: Anthropic has none; it was left out");
        }
        let given = settings.stop.as_deref().unwrap_or_default();
        let stop: Vec<String> = given.iter().filter(|text| !text.trim().is_empty()).cloned().collect();
        if stop.len() < given.len() {
            warnings.add("stop: Anthropic takes no text of white space alone; such texts were left out");
        }
        Self { temperature, top_p, stop }
    }

    /// Leaves out what a model that thinks refuses.
    fn keep_to_thinking(&mut self, warnings: &mut Warnings) {
        if self.temperature.take_if(|value| *value != 1.0).is_some() {
            warnings.add("temperature: a model that thinks takes 1 alone; it was left out");
        }
        if self.top_p.take_if(|value| !TOP_P_OF_THINKING.contains(value)).is_some() {
            warnings.add("top_p: a model that thinks takes 0.95 to 1; it was left out");
        }
    }
}

/// What of ours is put together with what the provider options say of the same.
struct Merged {
    /// More tools, after ours.
    tools: Vec<Value>,
    tool_choice: Option<Value>,
    output_config: Option<Value>,
}

/// Takes out of the provider options what is put together with ours.
fn merged<'a>(
    turn: &TurnRequest<'a>,
    traits: Traits,
    thinking: Thinking,
    warnings: &mut Warnings,
) -> (Cow<'a, Map<String, Value>>, Merged) {
    let mut options = Cow::Borrowed(turn.provider_options);
    let mut take = |name: &str, fits: fn(&Value) -> bool| {
        if !options.get(name).is_some_and(fits) {
            return None;
        }
        options.to_mut().shift_remove(name)
    };
    if thinking == Thinking::LeftOut {
        take("thinking", |_| true);
    }
    let tools = match take("tools", Value::is_array) {
        Some(Value::Array(tools)) => tools,
        _ => Vec::new(),
    };
    let own_choice = take("tool_choice", Value::is_object);
    let own_output = take("output_config", Value::is_object);
    let has_tools = !(turn.tools.is_empty() && tools.is_empty());
    let choice = turn.settings.tool_choice.as_ref().filter(|_| has_tools).map(|choice| {
        let forced = matches!(choice, ToolChoice::Required | ToolChoice::Named { .. });
        if forced && (!traits.forced_tools || thinking == Thinking::Manual) {
            let who = if traits.forced_tools { "a model that thinks" } else { turn.model };
            warnings.add(format!("tool_choice: {who} cannot be made to call a tool; \"auto\" was sent"));
            return json!({"type": "auto"});
        }
        write_choice(choice, turn.tools)
    });
    let output = turn
        .output
        .map(|output| json!({"format": {"type": "json_schema", "schema": schema::for_output(&output.schema)}}));
    let tool_choice = over(choice.or_else(|| own_choice.is_some().then(|| json!({"type": "auto"}))), own_choice);
    (options, Merged { tools, tool_choice, output_config: over(output, own_output) })
}

/// The members of `own` over those of `base`.
fn over(base: Option<Value>, own: Option<Value>) -> Option<Value> {
    match (base, own) {
        (Some(Value::Object(mut base)), Some(Value::Object(own))) => {
            // Another type of choice has nothing of ours.
            if own.get("type").is_some_and(|kind| base.get("type") != Some(kind)) {
                base.clear();
            }
            base.extend(own);
            Some(Value::Object(base))
        }
        (base, own) => own.or(base),
    }
}

fn write_choice(choice: &ToolChoice, tools: &ToolSet) -> Value {
    match choice {
        ToolChoice::Auto => json!({"type": "auto"}),
        ToolChoice::None => json!({"type": "none"}),
        ToolChoice::Required => json!({"type": "any"}),
        ToolChoice::Named { name } => json!({"type": "tool", "name": tools.to_wire(name)}),
    }
}

/// The body, written as it is walked.
struct Body<'a> {
    turn: &'a TurnRequest<'a>,
    history: History<'a>,
    options: &'a Map<String, Value>,
    merged: Merged,
    sampling: Sampling,
    cache: Option<CacheTime>,
}

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { turn, history, merged, sampling, .. } = self;
        let mut body = Fields::new(serializer.serialize_map(None)?, self.options);
        body.set("model", turn.model)?;
        body.set("max_tokens", &self.max_tokens())?;
        body.set_some("system", Some(&history.system).filter(|blocks| !blocks.is_empty()))?;
        body.set("messages", &history.messages)?;
        if !(turn.tools.is_empty() && merged.tools.is_empty()) {
            body.set("tools", &Tools { own: turn.tools, more: &merged.tools, cache: self.cache })?;
        }
        body.set_some("tool_choice", merged.tool_choice.as_ref())?;
        body.set_some("temperature", sampling.temperature.as_ref())?;
        body.set_some("top_p", sampling.top_p.as_ref())?;
        body.set_some("stop_sequences", Some(&sampling.stop).filter(|list| !list.is_empty()))?;
        body.set_some("output_config", merged.output_config.as_ref())?;
        body.set("stream", &true)?;
        body.end(None)
    }
}

impl Body<'_> {
    /// The provider demands one. Thinking counts too, so its budget comes on top of ours.
    fn max_tokens(&self) -> u64 {
        let budget = self.options.get("thinking").and_then(|it| it.get("budget_tokens")).and_then(Value::as_u64);
        let usual = || defaults::MAX_TOKENS.saturating_add(budget.unwrap_or(0));
        self.turn.settings.max_tokens.unwrap_or_else(usual)
    }
}

struct Tools<'a> {
    own: &'a ToolSet,
    more: &'a [Value],
    cache: Option<CacheTime>,
}

impl Serialize for Tools<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        let mut own = self.own.iter().peekable();
        while let Some(tool) = own.next() {
            let cache = self.cache.filter(|_| own.peek().is_none());
            list.serialize_element(&Declaration::of(tool, cache))?;
        }
        self.more.iter().try_for_each(|tool| list.serialize_element(tool))?;
        list.end()
    }
}

#[derive(Serialize)]
struct Declaration<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    input_schema: Cow<'a, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_control: Option<CacheControl>,
}

impl<'a> Declaration<'a> {
    fn of(tool: &'a Tool, cache: Option<CacheTime>) -> Self {
        Self {
            name: tool.wire_name(),
            description: &tool.description,
            input_schema: schema::for_tool(&tool.schema),
            cache_control: cache.map(CacheControl::from),
        }
    }
}
