//! How an agent is offered to the model of another.

use super::members;
use super::shape::AGENT_TOOL;
use crate::json;
use llmspell_core::Error;
use llmspell_core::run::AgentToolKind;
use llmspell_core::tool::Tool;
use serde::Deserialize;
use serde_json::{Value, json};

/// How an agent is offered to the model of another.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct AgentToolOptions {
    name: Option<String>,
    description: Option<String>,
    schema: Option<Value>,
    timeout_ms: Option<u64>,
    #[serde(default)]
    forward_events: bool,
    #[serde(default)]
    handoff: bool,
}

impl AgentToolOptions {
    /// Reads JSON as in `spec/schema/agent_tool.schema.json`.
    ///
    /// # Errors
    /// `argument`, naming the member.
    pub(crate) fn from_json(text: &str) -> Result<Self, Error> {
        let mut value = json::parse("agent tool", text)?;
        AGENT_TOOL.settle(&mut value, "")?;
        AGENT_TOOL.check(&value)?;
        serde_json::from_value(Value::Object(members(value)))
            .map_err(|error| Error::argument(format!("agent tool: {error}")))
    }

    /// The tool that the model sees, for an agent of this name, and what calling it does.
    ///
    /// # Errors
    /// `argument` where neither the options nor the agent have a name, or the schema is none.
    pub(crate) fn tool(&self, agent: Option<&str>) -> Result<(Tool, AgentToolKind), Error> {
        let name = match (&self.name, agent) {
            (Some(name), _) => name.clone(),
            (None, Some(agent)) if self.handoff => format!("transfer_to_{agent}"),
            (None, Some(agent)) => agent.to_owned(),
            (None, None) => {
                return Err(Error::argument("name: missing; the agent has no name of its own, so the tool needs one"));
            }
        };
        let who = agent.unwrap_or(&name);
        let (description, schema, kind) = if self.handoff {
            let description = format!("Hands the conversation over to {who}, who goes on with it.");
            (description, json!({"type": "object", "properties": {}}), AgentToolKind::HandOff)
        } else {
            let input = json!({"type": "string", "description": "What the agent is asked or told to do, with all that it must know: it sees nothing else."});
            let schema = json!({"type": "object", "properties": {"input": input}, "required": ["input"]});
            (format!("Asks the agent {who}."), schema, AgentToolKind::Ask { forward_events: self.forward_events })
        };
        let declaration = json!({
            "name": name,
            "description": self.description.as_ref().unwrap_or(&description),
            "schema": self.schema.as_ref().unwrap_or(&schema),
            "timeout_ms": self.timeout_ms,
        });
        Ok((super::read_tool("agent tool", declaration)?, kind))
    }
}
