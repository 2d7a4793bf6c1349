//! What a `LLMSpellAgent` points to.

use super::super::tool::{LLMSpellTool, ToolObject};
use super::LLMSpellAgentConfig;
use crate::ffi::Call;
use arc_swap::{ArcSwap, ArcSwapOption};
use llmspell::request::Failure;
use llmspell::{Agent, Error, Kind, RunResult, blocking};
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::sync::Arc;

/// An agent with its tools, or why there is none.
pub(crate) struct AgentObject {
    agent: Result<PlainAgent, Error>,
}

/// An agent with its tools. Nothing in it is locked, so that it can be used in the child after a fork.
pub(crate) struct PlainAgent {
    agent: Agent,
    tools: ArcSwap<HashMap<String, Arc<ToolObject>>>,
    last_error: ArcSwapOption<Error>,
}

impl AgentObject {
    /// Reads a configuration.
    ///
    /// # Safety
    /// The configuration's pointers follow the rules of the header.
    pub(super) unsafe fn new(call: &Call, config: &LLMSpellAgentConfig) -> Result<AgentObject, Error> {
        // SAFETY: promised by the caller.
        let (mut options, tools) = unsafe { (options(call, config)?, tools(call, config)?) };
        let mut declarations = Vec::with_capacity(tools.len());
        let mut by_name = HashMap::with_capacity(tools.len());
        for (at, tool) in tools.into_iter().enumerate() {
            let (name, declaration) = tool.declare(&format!("tools[{at}]"))?;
            declarations.push(declaration);
            by_name.insert(name.to_owned(), Arc::clone(tool));
        }
        options.insert("tools".to_owned(), Value::Array(declarations));
        let agent = Agent::new(&Value::Object(options).to_string())?;
        Ok(AgentObject {
            agent: Ok(PlainAgent { agent, tools: ArcSwap::from_pointee(by_name), last_error: ArcSwapOption::empty() }),
        })
    }

    /// An agent that answers every call with an error.
    pub(super) fn faulty(error: Error) -> AgentObject {
        AgentObject { agent: Err(error) }
    }

    /// The agent, or the error of its configuration.
    pub(super) fn get(&self) -> Result<&PlainAgent, Error> {
        self.agent.as_ref().map_err(Error::clone)
    }
}

impl PlainAgent {
    /// Runs the agent, with its tools on this thread.
    pub(super) fn execute(&self, input_json: &str) -> Result<RunResult, Error> {
        blocking::execute(&self.agent, input_json, |request| {
            match self.tools.load().get(request.name).map(Arc::clone) {
                Some(tool) => tool.answer(request),
                None => Err(Failure { message: format!("the tool {} is gone", request.name), kind: Kind::NotFound }),
            }
        })
    }

    /// Gives the agent one more tool.
    pub(super) fn add_tool(&self, tool: &Arc<ToolObject>) -> Result<(), Error> {
        let (name, declaration) = tool.declare("tool")?;
        self.agent.add_tool(&declaration.to_string())?;
        self.tools.rcu(|tools| {
            let mut tools = HashMap::clone(tools);
            tools.insert(name.to_owned(), Arc::clone(tool));
            tools
        });
        Ok(())
    }

    /// Keeps the error of the last call that can only say yes or no.
    pub(super) fn note(&self, error: Option<&Error>) {
        self.last_error.store(error.cloned().map(Arc::new));
    }

    /// The conversation as JSON.
    pub(super) fn state(&self) -> String {
        self.agent.state()
    }

    /// What the agent is, as JSON, with the error that was noted last.
    pub(super) fn info(&self) -> Result<String, Error> {
        let mut info = object("info", &self.agent.info())?;
        if let Some(error) = self.last_error.load_full() {
            info.insert("last_error".to_owned(), json!(*error));
        }
        Ok(Value::Object(info).to_string())
    }
}

/// A result's figures, and its fields that have no place of their own in a `LLMSpellResult`, as JSON.
pub(super) fn about(result: &RunResult) -> String {
    let mut fields = match json!(result.metadata) {
        Value::Object(fields) => fields,
        _ => Map::new(),
    };
    fields.extend([
        ("messages".to_owned(), json!(result.messages)),
        ("tool_calls".to_owned(), json!(result.tool_calls)),
        ("usage".to_owned(), json!(result.usage)),
        ("finish_reason".to_owned(), json!(result.finish_reason)),
        ("steps".to_owned(), json!(result.steps)),
    ]);
    Value::Object(fields).to_string()
}

/// The options in the fields of a configuration and in its JSON, but for the tools.
///
/// # Safety
/// The texts of the configuration follow the rules of the header.
unsafe fn options(call: &Call, config: &LLMSpellAgentConfig) -> Result<Map<String, Value>, Error> {
    // SAFETY: promised by the caller.
    let (json, fields) = unsafe {
        (
            call.optional_string(config.config_json, "config_json")?,
            [
                ("system_prompt", call.optional_string(config.system_prompt, "system_prompt")?),
                ("provider", call.optional_string(config.provider, "provider")?),
                ("model", call.optional_string(config.model, "model")?),
            ],
        )
    };
    let mut options = json.map_or_else(|| Ok(Map::new()), |text| object("config_json", text))?;
    if options.contains_key("tools") {
        return Err(Error::argument(
            "config_json: tools have callbacks, so they go into the field tools; leave them out here",
        ));
    }
    for (name, value) in fields.into_iter().filter_map(|(name, value)| Some((name, value?))) {
        if options.insert(name.to_owned(), Value::from(value)).is_some() {
            return Err(Error::argument(format!(
                "config_json: {name} stands in the field of that name as well; give it once"
            )));
        }
    }
    Ok(options)
}

/// The tools of a configuration.
///
/// # Safety
/// The field `tools` points to as many tools as `tool_count` says, or to none when that is 0.
unsafe fn tools<'a>(call: &Call, config: &LLMSpellAgentConfig) -> Result<Vec<&'a Arc<ToolObject>>, Error> {
    if config.tool_count == 0 {
        return Ok(Vec::new());
    }
    if config.tools.is_null() {
        return Err(call.argument("tools", format!("is NULL although tool_count is {}", config.tool_count)));
    }
    (0..config.tool_count)
        .map(|at| {
            // SAFETY: promised by the caller.
            unsafe {
                let tool: *mut LLMSpellTool = *config.tools.add(at);
                call.handle(tool, &format!("tools[{at}]"))
            }
        })
        .collect()
}

fn object(what: &str, text: &str) -> Result<Map<String, Value>, Error> {
    match llmspell::parse_json(what, text)? {
        Value::Object(fields) => Ok(fields),
        _ => Err(Error::argument(format!("{what}: expected a JSON object"))),
    }
}
