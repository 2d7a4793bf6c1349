//! Options as JSON: held to the schemas of `spec/schema`, then read into types.

mod agent;
mod agent_tool;
mod fallbacks;
mod memory;
mod playing;
mod reply;
mod run;
mod settle;
mod shape;
mod state;
mod words;

pub(crate) use agent::{AgentOptions, OnBusy, check_tool, read_tool};
pub(crate) use agent_tool::AgentToolOptions;
pub(crate) use reply::read_reply;
pub(crate) use run::{RunOptions, check_choice, read_settings};
pub(crate) use shape::{Shape, TOOL};
pub(crate) use words::nearest;

use serde_json::{Map, Value};

/// Takes the object out of a value that a shape has accepted. Members that are null count as absent.
fn members(value: Value) -> Map<String, Value> {
    let Value::Object(mut members) = value else { return Map::new() };
    members.retain(|_, value| !value.is_null());
    members
}
