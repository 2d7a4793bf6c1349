//! Tools in a request: their declarations, with schemas that the server takes, and which must be called.

use crate::codec::TurnRequest;
use crate::codec::openai_compatible::Dialect;
use crate::codec::tool_schema::narrow;
use crate::run::ToolChoice;
use crate::tool::{Tool, ToolSet};
use serde::Serialize;
use serde::ser::{SerializeSeq, Serializer};
use serde_json::{Value, json};
use std::borrow::Cow;

/// The tools that are offered.
pub(super) struct Offer<'a> {
    tools: &'a ToolSet,
    dialect: &'a Dialect,
    /// The name of the only one that is.
    only: Option<&'a str>,
    pub choice: Option<Value>,
}

pub(super) fn offer<'a>(turn: &'a TurnRequest<'_>, dialect: &'a Dialect) -> Offer<'a> {
    let tools = turn.tools;
    let (choice, only) = match &turn.settings.tool_choice {
        None => (None, None),
        Some(ToolChoice::Auto) => (Some(json!("auto")), None),
        Some(ToolChoice::None) => (Some(json!("none")), None),
        Some(ToolChoice::Required) => (Some(json!(dialect.required)), None),
        Some(ToolChoice::Named { name }) if !dialect.named_choice => {
            (Some(json!(dialect.required)), Some(name.as_str()))
        }
        Some(ToolChoice::Named { name }) => {
            (Some(json!({"type": "function", "function": {"name": tools.to_wire(name)}})), None)
        }
    };
    Offer { tools, dialect, only, choice }
}

impl Offer<'_> {
    pub(super) fn is_empty(&self) -> bool {
        self.tools.is_empty()
    }
}

impl Serialize for Offer<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        for tool in self.tools.iter().filter(|tool| self.only.is_none_or(|only| tool.name == only)) {
            list.serialize_element(&Declaration::of(tool, self.dialect))?;
        }
        list.end()
    }
}

#[derive(Serialize)]
struct Declaration<'a> {
    r#type: &'static str,
    function: Function<'a>,
}

#[derive(Serialize)]
struct Function<'a> {
    name: &'a str,
    description: &'a str,
    parameters: Cow<'a, Value>,
}

impl<'a> Declaration<'a> {
    fn of(tool: &'a Tool, dialect: &Dialect) -> Self {
        let parameters = narrow(&tool.schema, dialect.keywords);
        Self {
            r#type: "function",
            function: Function { name: tool.wire_name(), description: &tool.description, parameters },
        }
    }
}
