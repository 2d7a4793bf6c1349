//! What a run is made from.

use super::Endpoint;
use super::cache::Cache;
use super::history::Memory;
use super::route::{Route, RouteView};
use super::team::Team;
use crate::budget::Budget;
use crate::codec::{OutputMode, TurnRequest};
use crate::defaults;
use crate::message::Message;
use crate::model::ModelInfo;
use crate::output::OutputSchema;
use crate::rate::RateLimit;
use crate::tool::ToolSet;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::sync::Arc;

/// An agent's configuration as a run needs it. It holds the keys; a checkpoint does not.
#[derive(Clone, Debug)]
pub struct RunSpec {
    /// Name of the agent, for its events.
    pub name: Option<String>,
    /// Where the model is and how it is spoken to.
    pub endpoint: Endpoint,
    /// Model, as the provider names it.
    pub model: String,
    /// What is known of the model.
    pub model_info: ModelInfo,
    /// Instructions that come before the conversation.
    pub system_prompt: Option<String>,
    /// How the model answers.
    pub settings: Settings,
    /// Fields that are added to the provider's request as they are.
    pub provider_options: Map<String, Value>,
    /// Tools that the model may call.
    pub tools: Arc<ToolSet>,
    /// Agents that its tools lead to.
    pub team: Team,
    /// What of the conversation is sent.
    pub memory: Memory,
    /// Bounds.
    pub limits: Limits,
    /// Where the host wants to look at a run or to judge it.
    pub checks: Checks,
    /// Where to turn to when the provider fails for good, in order.
    pub fallbacks: Vec<Route>,
    /// What may go to the agent's own provider within a minute.
    pub rate_limit: Option<RateLimit>,
}

/// Where a host wants to look at a run or to judge it. What nobody asked for costs nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checks {
    /// Points at which it looks.
    pub hooks: HookPoints,
    /// Names of what judges the input, in order.
    pub input_guardrails: Vec<String>,
    /// Names of what judges the answer, in order.
    pub output_guardrails: Vec<String>,
}

/// A set of points of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HookPoints(u8);

impl HookPoints {
    /// Before each turn of the model.
    pub const BEFORE_MODEL: Self = Self(1);
    /// After each turn of the model.
    pub const AFTER_MODEL: Self = Self(2);
    /// Before each call of a tool.
    pub const BEFORE_TOOL: Self = Self(4);
    /// After each call of a tool.
    pub const AFTER_TOOL: Self = Self(8);

    /// Before older turns become a summary.
    pub const COMPACT: Self = Self(16);

    /// The point with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "before_model" => Self::BEFORE_MODEL,
            "after_model" => Self::AFTER_MODEL,
            "before_tool" => Self::BEFORE_TOOL,
            "after_tool" => Self::AFTER_TOOL,
            "compact" => Self::COMPACT,
            _ => return None,
        })
    }

    /// These points and those.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all of those are among these.
    #[must_use]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl RunSpec {
    /// What a codec needs for the next turn of this conversation, on a route of this spec.
    #[must_use]
    pub fn turn_request_at<'a>(
        &'a self,
        route: RouteView<'a>,
        settings: &'a Settings,
        messages: &'a [&'a Message],
    ) -> TurnRequest<'a> {
        TurnRequest {
            endpoint: route.endpoint,
            model: route.model,
            system_prompt: self.system_prompt.as_deref(),
            tools: &self.tools,
            settings,
            provider_options: route.provider_options,
            messages,
            output: None,
        }
    }
}

/// How the model answers. A run's own settings win over its agent's.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Randomness, 0 to 2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// Nucleus sampling, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f64>,
    /// Most tokens of one answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u64>,
    /// Texts that end the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop: Option<Vec<String>>,
    /// Seed for providers that take one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<i64>,
    /// Whether the model must call tools. `required` and a name hold for the first step; later ones are `auto`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_choice: Option<ToolChoice>,
    /// Whether the provider is told to keep tools, instructions and conversation in its cache, where it must be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache: Option<Cache>,
    /// Most model turns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_steps: Option<u32>,
    /// Time for the whole run, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
    /// How often a failed request is made again, as long as nothing of its answer came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_retries: Option<u32>,
    /// What the run may use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<Budget>,
    /// What the answer must fit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_schema: Option<OutputSchema>,
    /// Name of the answer's form, for providers that want one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_name: Option<String>,
    /// How the model is held to the schema; what suits the model best where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_mode: Option<OutputMode>,
    /// How often the model may mend an answer that does not fit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_retries: Option<u32>,
}

impl Settings {
    /// These settings, and `base` where these say nothing.
    #[must_use]
    pub fn over(self, base: &Self) -> Self {
        Self {
            temperature: self.temperature.or(base.temperature),
            top_p: self.top_p.or(base.top_p),
            max_tokens: self.max_tokens.or(base.max_tokens),
            stop: self.stop.or_else(|| base.stop.clone()),
            seed: self.seed.or(base.seed),
            tool_choice: self.tool_choice.or_else(|| base.tool_choice.clone()),
            cache: self.cache.or(base.cache),
            max_steps: self.max_steps.or(base.max_steps),
            timeout_ms: self.timeout_ms.or(base.timeout_ms),
            max_retries: self.max_retries.or(base.max_retries),
            budget: self.budget.or(base.budget),
            output_schema: self.output_schema.or_else(|| base.output_schema.clone()),
            output_name: self.output_name.or_else(|| base.output_name.clone()),
            output_mode: self.output_mode.or(base.output_mode),
            output_retries: self.output_retries.or(base.output_retries),
        }
    }
}

/// Whether the model must call tools.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToolChoice {
    /// As it likes.
    Auto,
    /// Not at all.
    None,
    /// At least one.
    Required,
    /// This one: `{"name": …}`.
    #[serde(untagged)]
    Named {
        /// Name of the tool.
        name: String,
    },
}

/// Bounds of a run. Times are in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Tool calls of one turn that are in the host's hands at the same time.
    pub max_parallel_tools: u32,
    /// Time from sending a request to the first bytes of its answer.
    pub first_event_timeout_ms: u64,
    /// Time between two pieces of an answer.
    pub idle_timeout_ms: u64,
    /// Time for one tool call whose tool sets none.
    pub tool_timeout_ms: u64,
    /// Time for one approval; without it, it is waited for without end.
    pub approval_timeout_ms: Option<u64>,
    /// Time for one hook or guardrail.
    pub hook_timeout_ms: u64,
    /// Bytes of a tool's result that the model gets, where the tool says nothing.
    pub max_tool_result_bytes: usize,
    /// Agents that may call agents, one inside the other.
    pub max_agent_depth: u32,
    /// How often a run may hand its conversation over.
    pub max_handoffs: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_parallel_tools: defaults::MAX_PARALLEL_TOOLS,
            first_event_timeout_ms: defaults::FIRST_EVENT_TIMEOUT_MS,
            idle_timeout_ms: defaults::IDLE_TIMEOUT_MS,
            tool_timeout_ms: defaults::TOOL_TIMEOUT_MS,
            approval_timeout_ms: None,
            hook_timeout_ms: defaults::HOOK_TIMEOUT_MS,
            max_tool_result_bytes: defaults::TOOL_RESULT_BYTES,
            max_agent_depth: defaults::MAX_AGENT_DEPTH,
            max_handoffs: defaults::MAX_HANDOFFS,
        }
    }
}

/// What a run is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct RunInput {
    /// Messages to add to the conversation; at least one. Results of open calls come first, as
    /// [`Message::read_run_input`] reads them.
    pub messages: Vec<Message>,
    /// Settings for this run alone.
    pub settings: Settings,
}
