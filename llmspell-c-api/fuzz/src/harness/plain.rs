//! The functions of the plain layer that take JSON.

use super::abi::{PlainAgent, PlainTool};
use super::full::with_secrets;
use std::ffi::CString;

/// A text for C: what comes before the first NUL.
fn c_string(input: &[u8]) -> CString {
    let end = input.iter().position(|byte| *byte == 0).unwrap_or(input.len());
    CString::new(&input[..end]).expect("no NUL inside")
}

/// `config_json`, by itself and with secrets in it.
pub fn config(input: &[u8]) {
    let texts = [Some(c_string(input)), with_secrets(input).and_then(|text| CString::new(text).ok())];
    for text in texts.into_iter().flatten() {
        for provider in [None, Some(c"demo")] {
            let agent = PlainAgent::new(provider, None, Some(&text));
            let first = agent.state().is_ok();
            assert_eq!(agent.state().is_ok(), first, "an agent with a fault stays one");
        }
    }
}

/// The schema of a tool, with an agent from the start and added to one.
pub fn tool(input: &[u8]) {
    let tool = PlainTool::new(c"weather", Some(&c_string(input)));
    let made_with = PlainAgent::new(Some(c"demo"), Some(&tool), None).state().is_ok();
    let agent = PlainAgent::new(Some(c"demo"), None, None);
    let added = agent.add_tool(&tool);
    assert_eq!(added, made_with, "a tool that serves one way serves the other way");
    let (_, about) = agent.state().expect("the agent itself is fine");
    assert_eq!(about.get("last_error").is_some_and(|error| !error.is_null()), !added, "{about}");
    if let Some(error) = about.get("last_error").filter(|error| !error.is_null()) {
        super::verdict::error_json(&error.to_string());
    }
    if added {
        agent.execute(c"{\"input\":\"weather please\"}").expect("an agent with a tool answers");
    }
}

/// An input in full; the tool is called when the input makes the model call it.
pub fn execute(input: &[u8]) {
    let tool = PlainTool::new(c"weather", None);
    let agent = PlainAgent::new(Some(c"demo"), Some(&tool), None);
    let text = c_string(input);
    // An input may ask for a slow answer, and this call waits for it: slow ones are left to run_start, which cancels.
    if text.to_bytes().windows(4).any(|word| word.eq_ignore_ascii_case(b"slow") || word.eq_ignore_ascii_case(b"wait")) {
        return;
    }
    let _ = agent.execute(&text);
    agent.execute(c"{\"input\":\"hello\"}").expect("the agent goes on");
}
