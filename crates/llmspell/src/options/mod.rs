//! Options as JSON: held to the schemas of `spec/schema`, then read into types.

mod agent;
mod lists;
mod run;
mod shape;
mod words;

pub(crate) use agent::{AgentOptions, OnBusy, read_tool};
pub(crate) use run::RunOptions;
pub(crate) use shape::{Shape, TOOL};
pub(crate) use words::nearest;

use serde_json::{Map, Value};

/// Takes the object out of a value that a shape has accepted. Members that are null count as absent.
fn members(value: Value) -> Map<String, Value> {
    let Value::Object(mut members) = value else { return Map::new() };
    members.retain(|_, value| !value.is_null());
    members
}

/// Writes a number without a fraction as an integer: hosts that know doubles only give 3.0 for 3.
fn integral(value: &mut Value) {
    /// Integers up to here are exact in a double.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if let Value::Number(number) = value
        && number.is_f64()
        && let Some(double) = number.as_f64()
        && double.fract() == 0.0
        && double.abs() <= EXACT
    {
        *value = Value::from(double as i64);
    }
}
