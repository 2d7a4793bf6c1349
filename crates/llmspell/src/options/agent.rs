//! What an agent is made from.

use super::fallbacks::{self, PlainSource, Source, same_route};
use super::members;
use super::memory::{CompactionOption, History, memory};
use super::playing::Playing;
use super::run::settings;
use super::shape::{AGENT, TOOL};
use super::state::read_state;
use crate::address;
use crate::agent::Mate;
use crate::json;
use crate::provider::models;
use llmspell_core::http::Secret;
use llmspell_core::model::ModelInfo;
use llmspell_core::request::GuardrailOn;
use llmspell_core::run::{Checks, HookPoints, Limits, Memory, Route, RunSpec, Settings, Team};
use llmspell_core::tool::{Tool, ToolSet};
use llmspell_core::{Conversation, Error};
use llmspell_runtime::{Carrier, Network, unforked};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::sync::Arc;

/// Headers that carry the message itself, which only the transport can know.
const RESERVED: [&str; 4] = ["connection", "content-length", "host", "transfer-encoding"];

/// What a run does while another run of its agent is under way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum OnBusy {
    /// Waits for its turn.
    #[default]
    Queue,
    /// Fails.
    Error,
    /// Begins at once with a copy of the conversation, and is not remembered.
    Fork,
}

/// An agent's configuration, complete but for what the environment says when a run starts.
#[derive(Clone, Debug)]
pub(crate) struct AgentOptions {
    pub name: Option<String>,
    pub source: Source,
    /// What is known of models, in place of the data file, by name.
    models: HashMap<String, ModelInfo>,
    pub tools: Arc<ToolSet>,
    pub on_busy: OnBusy,
    pub network: Network,
    system_prompt: Option<String>,
    fallbacks: Vec<Source>,
    settings: Settings,
    limits: Limits,
    checks: Checks,
    memory: Memory,
    /// Agents behind some of the tools.
    pub mates: Arc<Vec<Mate>>,
}

/// The options that need no work beyond reading. Names that are not here are read elsewhere; unknown ones were refused.
#[derive(Deserialize)]
struct Plain {
    name: Option<String>,
    system_prompt: Option<String>,
    #[serde(flatten)]
    source: PlainSource,
    #[serde(default)]
    fallbacks: Vec<Value>,
    #[serde(default)]
    tools: Vec<Value>,
    #[serde(default)]
    models: HashMap<String, ModelInfo>,
    #[serde(default)]
    on_busy: OnBusy,
    max_parallel_tools: Option<u32>,
    max_agent_depth: Option<u32>,
    max_handoffs: Option<u32>,
    history: Option<History>,
    compaction: Option<CompactionOption>,
    connect_timeout_ms: Option<u64>,
    first_event_timeout_ms: Option<u64>,
    idle_timeout_ms: Option<u64>,
    tool_timeout_ms: Option<u64>,
    approval_timeout_ms: Option<u64>,
    hook_timeout_ms: Option<u64>,
    max_tool_result_bytes: Option<usize>,
    #[serde(default)]
    hooks: Vec<String>,
    #[serde(default)]
    guardrails: Vec<GuardrailOption>,
    ca_file: Option<String>,
    proxy: Option<String>,
    #[serde(flatten)]
    playing: Playing,
}

/// A guardrail by name. What it does lives in the host.
#[derive(Deserialize)]
struct GuardrailOption {
    name: String,
    on: GuardrailOn,
}

impl AgentOptions {
    /// Reads JSON as in `spec/schema/agent_options.schema.json`; with it comes the conversation of the option `state`.
    ///
    /// # Errors
    /// `argument`, naming the option; `config` for options that cannot be used together.
    pub(crate) fn from_json(text: &str) -> Result<(Self, Conversation), Error> {
        let value = json::parse("agent options", text)?;
        let mut value = if value.is_object() { Value::Object(members(value)) } else { value };
        AGENT.settle(&mut value, "")?;
        AGENT.check(&value)?;
        let mut fields = members(value);
        let conversation = match fields.remove("state") {
            Some(state) => read_state(state)?,
            None => Conversation::default(),
        };
        let settings = settings(fields.clone())?;
        let plain: Plain = serde_json::from_value(Value::Object(fields))
            .map_err(|error| Error::argument(format!("agent options: {error}")))?;
        Ok((Self::from_plain(plain, settings)?, conversation))
    }

    fn from_plain(plain: Plain, settings: Settings) -> Result<Self, Error> {
        let mut source = plain.source;
        let (carrier, recording) = plain.playing.settle(&mut source)?;
        let mut source = source.read()?;
        let mut fallbacks = fallbacks::read(plain.fallbacks, &source)?;
        if matches!(carrier, Carrier::Replay(_) | Carrier::Script(_)) {
            // Nobody is asked, so no key is needed: an empty one stands for none.
            for source in std::iter::once(&mut source).chain(&mut fallbacks) {
                source.api_key.get_or_insert_with(|| Secret::new(""));
            }
        }
        let recorder =
            recording.map(|recording| recording.start(source.provider.name, &source.model.name)).transpose()?;
        if let Some(url) = plain.proxy.as_deref().filter(|url| !url.is_empty()) {
            address::proxy(url).map_err(|why| Error::argument(format!("proxy: {why}")))?;
        }
        let info = |name: &str| model_info(&plain.models, source.provider.name, name);
        let memory = memory(plain.history, plain.compaction, info);
        let limits = Limits::default();
        let network = Network::default();
        Ok(Self {
            name: plain.name,
            source,
            fallbacks,
            models: plain.models,
            tools: Arc::new(tool_set(plain.tools)?),
            on_busy: plain.on_busy,
            network: Network {
                connect_timeout_ms: plain.connect_timeout_ms.unwrap_or(network.connect_timeout_ms),
                proxy: plain.proxy,
                ca_file: plain.ca_file,
                carrier,
                recorder,
            },
            system_prompt: plain.system_prompt,
            settings,
            limits: Limits {
                max_parallel_tools: plain.max_parallel_tools.unwrap_or(limits.max_parallel_tools),
                first_event_timeout_ms: plain.first_event_timeout_ms.unwrap_or(limits.first_event_timeout_ms),
                idle_timeout_ms: plain.idle_timeout_ms.unwrap_or(limits.idle_timeout_ms),
                tool_timeout_ms: plain.tool_timeout_ms.unwrap_or(limits.tool_timeout_ms),
                approval_timeout_ms: plain.approval_timeout_ms,
                hook_timeout_ms: plain.hook_timeout_ms.unwrap_or(limits.hook_timeout_ms),
                max_tool_result_bytes: plain.max_tool_result_bytes.unwrap_or(limits.max_tool_result_bytes),
                max_agent_depth: plain.max_agent_depth.unwrap_or(limits.max_agent_depth),
                max_handoffs: plain.max_handoffs.unwrap_or(limits.max_handoffs),
            },
            memory,
            mates: Arc::default(),
            checks: checks(&plain.hooks, plain.guardrails),
        })
    }

    /// What is known of a model: what the option `models` says, else the data file.
    pub(crate) fn model_info(&self, provider: &str, model: &str) -> ModelInfo {
        model_info(&self.models, provider, model)
    }

    /// What a run needs, with key and address as the environment has them now. `latest` is what these options gave before;
    /// it is given again when key and address are still the same.
    ///
    /// # Errors
    /// `auth` when the key is missing, `config` when the environment's address is none.
    pub(crate) fn run_spec(&self, latest: Option<&Arc<RunSpec>>) -> Result<Arc<RunSpec>, Error> {
        let base_url = self.source.provider.base_url(self.source.base_url.as_deref())?;
        let key = self.source.provider.key(self.source.api_key.as_ref())?;
        let api_key = key.map(|key| key.value);
        let info = |source: &Source| self.model_info(source.provider.name, &source.model.name);
        let fallbacks: Vec<Route> = self.fallbacks.iter().map(|source| source.route(info(source))).collect();
        let same = |spec: &&Arc<RunSpec>| {
            spec.endpoint.base_url == base_url
                && spec.endpoint.api_key.as_ref() == api_key.as_deref()
                && spec.fallbacks.iter().zip(&fallbacks).all(|(one, other)| same_route(one, other))
        };
        if let Some(spec) = latest.filter(same) {
            return Ok(Arc::clone(spec));
        }
        Ok(Arc::new(RunSpec {
            name: self.name.clone(),
            endpoint: self.source.endpoint()?,
            model: self.source.model.name.clone(),
            model_info: info(&self.source),
            system_prompt: self.system_prompt.clone(),
            settings: self.settings.clone(),
            provider_options: self.source.provider_options.clone(),
            tools: Arc::clone(&self.tools),
            team: Team::default(),
            memory: self.memory.clone(),
            limits: self.limits,
            checks: self.checks.clone(),
            fallbacks,
            rate_limit: self.source.rate_limit,
        }))
    }
}

fn checks(hooks: &[String], guardrails: Vec<GuardrailOption>) -> Checks {
    let points = hooks.iter().filter_map(|name| HookPoints::from_name(name));
    let (input, output): (Vec<_>, Vec<_>) = guardrails.into_iter().partition(|one| one.on == GuardrailOn::Input);
    let names = |list: Vec<GuardrailOption>| list.into_iter().map(|one| one.name).collect();
    Checks {
        hooks: points.fold(HookPoints::default(), HookPoints::with),
        input_guardrails: names(input),
        output_guardrails: names(output),
    }
}

fn model_info(own: &HashMap<String, ModelInfo>, provider: &str, model: &str) -> ModelInfo {
    let known = models::lookup(provider, model).unwrap_or_default();
    own.get(model).map_or(known, |own| own.over(&known))
}

fn tool_set(declarations: Vec<Value>) -> Result<ToolSet, Error> {
    declarations.into_iter().enumerate().try_fold(ToolSet::default(), |set, (at, declaration)| {
        set.with(read_tool(&format!("tools[{at}]"), declaration)?)
    })
}

/// Holds a declaration that stands at `place` to its shape.
///
/// # Errors
/// `argument`, naming the place.
pub(crate) fn check_tool(declaration: &Value, place: &str) -> Result<(), Error> {
    TOOL.check_at(declaration, place)
}

/// Reads a declaration that a shape has accepted.
pub(crate) fn read_tool(what: &str, declaration: Value) -> Result<Tool, Error> {
    unforked(|| Tool::from_json(what, Value::Object(members(declaration))))
}

pub(super) fn headers(given: Map<String, Value>) -> Result<Vec<(String, Secret)>, Error> {
    given
        .into_iter()
        .map(|(name, value)| {
            // The characters of RFC 9110's tokens.
            let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
            if name.is_empty() || !name.chars().all(is_token) {
                return Err(Error::argument(format!(
                    "headers: {name:?} cannot be the name of a header; use letters, digits and -"
                )));
            }
            if RESERVED.iter().any(|reserved| name.eq_ignore_ascii_case(reserved)) {
                return Err(Error::argument(format!(
                    "headers.{name}: this header is llmspell's own to set; leave it out"
                )));
            }
            let value = value.as_str().unwrap_or_default();
            if value.chars().any(|c| c.is_control() && c != '\t') {
                return Err(Error::argument(format!(
                    "headers.{name}: the value holds a line break or another control character"
                )));
            }
            Ok((name, Secret::new(value)))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<AgentOptions, Error> {
        AgentOptions::from_json(text).map(|(options, _)| options)
    }

    #[test]
    fn everything_is_read() {
        let options = read(
            r#"{"name":"n","system_prompt":"s","model":"openai/gpt-4o","api_key":"k-1","base_url":"http://127.0.0.1:1/v1/",
                "headers":{"X-A":"b"},"temperature":0.5,"stop":"x","tools":[{"name":"t","timeout_ms":5.0}],"on_busy":"error",
                "max_parallel_tools":2,"timeout_ms":7,"idle_timeout_ms":8,"provider_options":{"user":"u"},"proxy":"","seed":null}"#,
        )
        .unwrap();
        let spec = options.run_spec(None).unwrap();
        assert_eq!(spec.model, "gpt-4o");
        assert_eq!(spec.endpoint.base_url, "http://127.0.0.1:1/v1");
        assert_eq!(spec.endpoint.api_key.as_ref().unwrap().reveal(), "k-1");
        assert_eq!(spec.settings.timeout_ms, Some(7));
        assert_eq!(spec.limits.idle_timeout_ms, 8);
        assert_eq!(spec.tools.get("t").unwrap().timeout_ms, Some(5));
        assert_eq!(options.on_busy, OnBusy::Error);
        let shown = format!("{options:?} {spec:?}");
        assert!(!shown.contains("k-1") && !shown.contains("\"b\""), "{shown}");
    }

    #[test]
    fn what_a_run_needs_is_kept_while_key_and_address_are_the_same() {
        let options = |key: &str, address: &str| {
            read(&format!(r#"{{"model":"openai/gpt-4o","api_key":"{key}","base_url":"{address}"}}"#)).unwrap()
        };
        let here = "http://127.0.0.1:1/v1";
        let first = options("k-1", here).run_spec(None).unwrap();
        assert!(Arc::ptr_eq(&options("k-1", here).run_spec(Some(&first)).unwrap(), &first));
        let other_key = options("k-2", here).run_spec(Some(&first)).unwrap();
        assert_eq!(other_key.endpoint.api_key.as_ref().unwrap().reveal(), "k-2");
        assert!(options("", here).run_spec(Some(&first)).unwrap().endpoint.api_key.is_none());
        let other_place = options("k-1", "http://127.0.0.1:2/v1").run_spec(Some(&first)).unwrap();
        assert_eq!(other_place.endpoint.base_url, "http://127.0.0.1:2/v1");
    }

    #[test]
    fn what_is_known_of_a_model_can_be_said() {
        let options =
            read(r#"{"provider":"vllm","model":"m","models":{"m":{"context_window":8192.0,"input_price":1}}}"#);
        let info = options.unwrap().run_spec(None).unwrap().model_info;
        assert_eq!(
            (info.context_window, info.prices.input_price, info.prices.output_price),
            (Some(8192), Some(1.0), None)
        );
    }

    #[test]
    fn empty_objects_count_as_lists_where_lists_belong() {
        let text = r#"{"tools":{},"stop":{},"provider_options":{},"state":{"version":1,"messages":{},"usage":{}}}"#;
        assert!(AgentOptions::from_json(text).unwrap().1.messages.is_empty());
        let text = r#"{"state":{"version":1,"messages":[{"role":"user","content":{}}],"usage":{}}}"#;
        assert!(AgentOptions::from_json(text).unwrap().1.messages[0].content.is_empty());
    }

    #[test]
    fn integers_may_be_written_as_doubles() {
        let text = r#"{"max_tokens":5.0,"seed":1e18,"max_steps":2e0,"timeout_ms":7.0,"idle_timeout_ms":8.0,"connect_timeout_ms":9.0,
            "max_parallel_tools":3.0,"state":{"version":1.0,"messages":[],"usage":{"input_tokens":4.0,"total_tokens":1e19}}}"#;
        let (options, conversation) = AgentOptions::from_json(text).unwrap();
        assert_eq!(options.settings.max_tokens, Some(5));
        assert_eq!(options.settings.seed, Some(1_000_000_000_000_000_000));
        assert_eq!((options.settings.max_steps, options.settings.timeout_ms), (Some(2), Some(7)));
        assert_eq!((options.limits.idle_timeout_ms, options.network.connect_timeout_ms), (8, 9));
        assert_eq!(options.limits.max_parallel_tools, 3);
        assert_eq!((conversation.usage.input_tokens, conversation.usage.total_tokens), (4, 10_000_000_000_000_000_000));
    }

    #[test]
    fn faults_name_their_option() {
        for (text, part) in [
            (r#"{"tools":[{"name":"a"},{"name":"a"}]}"#, "tools: the name \"a\" is there twice"),
            (r#"{"tools":[{"name":"a","schema":{"type":"strin"}}]}"#, "tools[0].schema: "),
            (r#"{"tools":[{"name":"a","schema":7}]}"#, "tools[0].schema: expected an object, or null, got 7"),
            (r#"{"base_url":"localhost:80"}"#, "base_url: expected an http"),
            (r#"{"base_url":"http://h:99999"}"#, "base_url: expected an http:// or https:// address such as https://"),
            (r#"{"proxy":"http://u:p@[zz"}"#, "proxy: expected an http:// or https:// address such as http://"),
            (r#"{"headers":{"a b":"c"}}"#, "headers: \"a b\" cannot"),
            (r#"{"headers":{"Content-Length":"5"}}"#, "headers.Content-Length: "),
            (r#"{"headers":{"a":"b\nc"}}"#, "headers.a: the value holds"),
            (r#"{"state":{"version":9}}"#, "state: version 9"),
            (r#"{"provider":"demo","base_url":"http://x"}"#, "base_url: demo is inside llmspell"),
            (r#"{"max_tokens":1e300}"#, "max_tokens: expected an integer from 1 to 2147483647, got 1e+300"),
            (
                r#"{"seed":9223372036854775808}"#,
                "seed: expected an integer from -9223372036854775808 to 9223372036854775807, got 9223372036854775808",
            ),
            (r#"{"max_steps":4294967297.0}"#, "max_steps: expected an integer from 1 to 1000000, got 4294967297"),
            (
                r#"{"tools":[{"name":"a","timeout_ms":1e18}]}"#,
                "tools[0].timeout_ms: expected an integer from 1 to 2147483647, got 1000000000000000000",
            ),
            (
                r#"{"state":{"version":1,"messages":[],"usage":{"input_tokens":1e300}}}"#,
                "state.usage.input_tokens: expected an integer from 0 to 18446744073709551615, got 1e+300",
            ),
            (r#"{"state":{"version":1.5}}"#, "state.version: expected 1, got 1.5"),
            (r#"{"models":{"m":{"window":1}}}"#, "models.m.window: unknown option"),
            (r#"{"models":{"m":{"input_price":-1}}}"#, "models.m.input_price: expected a number from 0 up, got -1"),
            ("nonsense", "agent options: not valid JSON"),
            ("5", "agent options: expected an object"),
        ] {
            let message = read(text).unwrap_err().message;
            assert!(message.starts_with(part), "{text}: {message}");
        }
        let deep = format!("{{\"provider_options\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
        assert!(read(&deep).unwrap_err().message.contains("nested deeper"));
    }
}
