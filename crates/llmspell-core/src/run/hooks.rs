//! Hooks: points at which the host looks at a run and may change how it goes on.

use super::asking::{About, Held, Reason, heard, late, read, unclear, unless_stopped};
use super::machine::{Call, Question, Run, Stage};
use super::{Effect, HookPoints, Settings, Stamp, ToolChoice};
use crate::error::{Error, Kind};
use crate::event::EventBody;
use crate::message::Message;
use crate::request::Failure;
use crate::tool_result::ToolResult;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// What the hook before the model wants otherwise in this step.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct StepChanges {
    pub system_prompt: Option<String>,
    pub settings: Settings,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct BeforeModel {
    system_prompt: Option<String>,
    settings: Option<StepSettings>,
    messages: Option<Value>,
    answer: Option<String>,
    stop: Option<Reason>,
}

/// The settings that one step can have for itself.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct StepSettings {
    temperature: Option<f64>,
    top_p: Option<f64>,
    max_tokens: Option<u64>,
    stop: Option<Stops>,
    seed: Option<i64>,
    tool_choice: Option<ToolChoice>,
}

/// Texts that end an answer, or one.
#[derive(Deserialize)]
#[serde(untagged)]
enum Stops {
    One(String),
    Several(Vec<String>),
}

impl From<Stops> for Vec<String> {
    fn from(stops: Stops) -> Self {
        match stops {
            Stops::One(text) => vec![text],
            Stops::Several(texts) => texts,
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct AfterModel {
    text: Option<String>,
    answer: Option<String>,
    stop: Option<Reason>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct BeforeTool {
    arguments: Option<Value>,
    #[serde(deserialize_with = "present")]
    result: Option<Value>,
    deny: Option<Reason>,
    stop: Option<Reason>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct AfterTool {
    #[serde(deserialize_with = "present")]
    result: Option<Value>,
    is_error: Option<bool>,
    stop: Option<Reason>,
}

/// Present but null is a value: a tool may answer null.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

const BEFORE_MODEL: &str = "null, or {system_prompt?, settings?, messages?, answer?, stop?}";
const AFTER_MODEL: &str = "null, or {text?, answer?, stop?}";
const BEFORE_TOOL: &str = "null, or {arguments?, result?, deny?, stop?}";
const AFTER_TOOL: &str = "null, or {result?, is_error?, stop?}";

impl Run {
    /// Sends the conversation, after the hook before the model where there is one.
    pub(super) fn before_model(&mut self, stamp: Stamp, out: &mut Vec<Effect>) {
        if self.spec.checks.hooks.has(HookPoints::BEFORE_MODEL) {
            self.ask_host(About::BeforeModel, out);
        } else {
            self.send(stamp, out);
        }
    }

    pub(super) fn before_model_answered(
        &mut self,
        who: &str,
        value: Value,
        stamp: Stamp,
        out: &mut Vec<Effect>,
    ) -> Result<(), Error> {
        let wants: BeforeModel = read(who, value, BEFORE_MODEL)?;
        unless_stopped(who, wants.stop)?;
        if let Some(messages) = wants.messages.filter(|list| list.as_array().is_none_or(|list| !list.is_empty())) {
            let messages = Message::read_input(messages).map_err(|error| unclear(who, &error.message, BEFORE_MODEL))?;
            self.state.added.extend(messages.into_iter().map(Into::into));
        }
        if let Some(text) = wants.answer {
            self.emit(EventBody::TextDelta { text: text.clone() }, out);
            self.finish_turn(Held::answer(text), out);
            return Ok(());
        }
        let settings = wants.settings.unwrap_or_default();
        if let Some(ToolChoice::Named { name }) = &settings.tool_choice
            && self.spec.tools.get(name).is_none()
        {
            return Err(unclear(who, &format!("tool_choice names no tool of the agent: {name:?}"), BEFORE_MODEL));
        }
        self.state.changes = StepChanges {
            system_prompt: wants.system_prompt,
            settings: Settings {
                temperature: settings.temperature,
                top_p: settings.top_p,
                max_tokens: settings.max_tokens,
                stop: settings.stop.map(Into::into),
                seed: settings.seed,
                tool_choice: settings.tool_choice,
                ..Settings::default()
            },
        };
        self.send(stamp, out);
        Ok(())
    }

    /// Takes a turn of the model, after the hook after it where there is one.
    pub(super) fn after_model(&mut self, turn: Held, stamp: Stamp, out: &mut Vec<Effect>) {
        if self.spec.checks.hooks.has(HookPoints::AFTER_MODEL) {
            self.ask_host(About::AfterModel { turn }, out);
        } else {
            self.accept_turn(turn, stamp, out);
        }
    }

    pub(super) fn after_model_answered(
        &mut self,
        mut turn: Held,
        who: &str,
        value: Value,
        stamp: Stamp,
        out: &mut Vec<Effect>,
    ) -> Result<(), Error> {
        let wants: AfterModel = match read(who, value, AFTER_MODEL) {
            Ok(wants) => wants,
            Err(error) => return Err(self.held(About::AfterModel { turn }, error)),
        };
        unless_stopped(who, wants.stop)?;
        if let Some(text) = wants.answer {
            self.finish_turn(Held::answer(text), out);
            return Ok(());
        }
        if let Some(text) = wants.text {
            self.replace_text(&mut turn, text);
        }
        self.accept_turn(turn, stamp, out);
        Ok(())
    }

    pub(super) fn before_tool_answered(
        &mut self,
        at: usize,
        outcome: Result<Value, Failure>,
        out: &mut Vec<Effect>,
    ) -> Result<(), Error> {
        let who = "hook before_tool";
        let wants: BeforeTool = heard(who, outcome, BEFORE_TOOL)?;
        unless_stopped(who, wants.stop)?;
        self.disarm_call(at, out);
        if let Some(reason) = wants.deny.and_then(Reason::given) {
            let reason = crate::json::quote(&reason, crate::defaults::REASON_CHARS);
            let content = if reason.is_empty() {
                "The call is not allowed.".to_owned()
            } else {
                format!("The call is not allowed: {reason}")
            };
            self.fail_call(at, Kind::Policy, content, out);
            return Ok(());
        }
        if let Some(arguments) = wants.arguments {
            let Some(call) = self.call(at) else { return Ok(()) };
            call.arguments = Some(arguments.clone());
            let name = call.name.clone();
            if let Some(Err(why)) = self.spec.tools.get(&name).map(|tool| tool.check(&arguments)) {
                return Err(unclear(who, &why, BEFORE_TOOL));
            }
        }
        match wants.result {
            Some(value) => {
                let result = ToolResult::from_value(value);
                let error_kind = result.is_error.then(|| Kind::Tool.as_str().to_owned());
                self.answer(at, result, error_kind, out);
            }
            None => self.approve_or_call(at, out),
        }
        Ok(())
    }

    /// `before` is the tool's result with the kind of its error, if it is one.
    pub(super) fn after_tool_answered(
        &mut self,
        at: usize,
        before: (ToolResult, Option<String>),
        outcome: Result<Value, Failure>,
        out: &mut Vec<Effect>,
    ) -> Result<(), Error> {
        let who = "hook after_tool";
        let wants: AfterTool = heard(who, outcome, AFTER_TOOL)?;
        unless_stopped(who, wants.stop)?;
        let (mut result, mut error_kind) = before;
        if let Some(value) = wants.result {
            result = ToolResult { is_error: error_kind.is_some(), ..ToolResult::from_value(value) };
        }
        match wants.is_error {
            Some(false) => error_kind = None,
            Some(true) if error_kind.is_none() => error_kind = Some(Kind::Tool.as_str().to_owned()),
            _ => {}
        }
        self.answer(at, result, error_kind, out);
        Ok(())
    }

    pub(super) fn hook_timed_out(&mut self, point: &str, out: &mut Vec<Effect>) {
        let error = late(&format!("hook {point}"), self.spec.limits.hook_timeout_ms);
        self.fail(error, out);
    }

    /// Whether the hooks that calls wait for are still among what the host wants.
    pub(super) fn still_hooks(&self, calls: &[Call]) -> Result<(), String> {
        let hooks = self.spec.checks.hooks;
        for call in calls {
            let missing = match &call.stage {
                Stage::Asked { about: Question::BeforeTool, .. } if !hooks.has(HookPoints::BEFORE_TOOL) => {
                    "before_tool"
                }
                Stage::Asked { about: Question::AfterTool { .. }, .. } if !hooks.has(HookPoints::AFTER_TOOL) => {
                    "after_tool"
                }
                _ => continue,
            };
            return Err(format!("hook {missing}"));
        }
        Ok(())
    }
}
