//! Agents of the plain layer.

mod object;

use super::result::LLMSpellResult;
use super::tool::LLMSpellTool;
use crate::ffi::{Owned, attempt, free, handle, into_raw};
use object::AgentObject;
use serde_json::json;
use std::ffi::c_char;
use std::ptr::null_mut;

/// An agent of the plain layer: a configuration, its tools and one conversation. Destroy it with
/// llmspell_agent_destroy.
///
/// Any thread may use it at any time but for llmspell_agent_destroy; calls from several threads
/// queue up. A call from a callback that the same agent runs is refused with a `busy` error, when it
/// is made on the callback's own thread; on another thread it queues up behind the callback, which
/// must not wait for it. It stays usable in the child after a fork.
///
/// @layer plain
/// @since 0.1
pub struct LLMSpellAgent {
    _private: [u8; 0],
}

handle!(LLMSpellAgent => AgentObject, Owned);

/// What an agent is created with. Every field may be NULL or 0.
///
/// @layer plain
/// @since 0.1
#[repr(C)]
pub struct LLMSpellAgentConfig {
    /// Text that tells the model how to behave, or NULL.
    pub system_prompt: *const c_char,
    /// "openai" (NULL means it) or "demo", which works offline.
    pub provider: *const c_char,
    /// Name of the model; NULL: the provider's usual one.
    pub model: *const c_char,
    /// The agent's tools, `tool_count` pointers, which are copied; the tools stay the caller's.
    /// NULL when `tool_count` is 0.
    pub tools: *mut *mut LLMSpellTool,
    /// Number of tools.
    pub tool_count: usize,
    /// More options as a JSON object, those of llmspell_agent_new but `tools`, or NULL. An option
    /// that also stands in a field above is an error.
    pub config_json: *const c_char,
}

/// Makes an agent.
///
/// Returns NULL only for a NULL `config`. A configuration with a fault (an unknown option, a wrong
/// type, a tool without a valid schema, two tools of one name) gives an agent whose every call
/// returns the error, so that its reason can be read: llmspell_agent_get_state tells it without
/// sending anything. A missing key shows at the first call.
///
/// @borrowed config until the call returns
/// @owned return llmspell_agent_destroy
/// @nullable return
/// @layer plain
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_agent_create(config: *const LLMSpellAgentConfig) -> *mut LLMSpellAgent {
    // SAFETY: the caller passes NULL or a configuration whose pointers follow the rules of the header.
    let Some(config) = (unsafe { config.as_ref() }) else { return null_mut() };
    // SAFETY: as above.
    let made = unsafe { attempt("llmspell_agent_create", |call| AgentObject::new(call, config)) };
    into_raw(made.unwrap_or_else(AgentObject::faulty))
}

/// Destroys an agent and lets its tools go. NULL is allowed. No other call on the agent may be
/// going on.
///
/// @consumes agent
/// @nullable agent
/// @layer plain
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_agent_destroy(agent: *mut LLMSpellAgent) {
    // SAFETY: the caller passes NULL or an agent that it owns and gives up.
    unsafe { free(agent) }
}

/// Sends a message to an agent and waits for the answer; tools are called on this thread meanwhile.
///
/// `response` is the answer's text; `metadata_json` is {tokens_used, execution_time_ms, tools_used,
/// model, provider, cost}.
///
/// Errors, in `error_message` and by kind in `metadata_json`: `argument` for a NULL agent or
/// message, `auth` for a missing key, `busy` for a call from one of the agent's own callbacks, and
/// all that can go wrong between here and the model.
///
/// @blocking
/// @borrowed agent until the call returns
/// @borrowed message until the call returns
/// @owned return llmspell_result_free
/// @layer plain
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_agent_chat(agent: *mut LLMSpellAgent, message: *const c_char) -> LLMSpellResult {
    // SAFETY: the pointers follow the rules of the header.
    let outcome = unsafe {
        attempt("llmspell_agent_chat", |call| {
            let agent = call.handle(agent, "agent")?.get()?;
            let input = json!({"input": call.string(message, "message")?});
            let result = agent.execute(&input.to_string())?;
            Ok(LLMSpellResult::success(&result.text, &json!(result.metadata).to_string()))
        })
    };
    outcome.unwrap_or_else(|error| LLMSpellResult::failure(&error))
}

/// Does what llmspell_agent_chat does for an input in full, a JSON object: `input` (a text, a
/// message or an array of messages) and the options for this call that llmspell_run_start knows.
///
/// `response` is the answer's text; `metadata_json` has the fields that llmspell_agent_chat gives
/// and messages, tool_calls, usage, finish_reason and steps.
///
/// @blocking
/// @borrowed agent until the call returns
/// @borrowed input_json until the call returns
/// @owned return llmspell_result_free
/// @layer plain
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_agent_execute(
    agent: *mut LLMSpellAgent,
    input_json: *const c_char,
) -> LLMSpellResult {
    // SAFETY: the pointers follow the rules of the header.
    let outcome = unsafe {
        attempt("llmspell_agent_execute", |call| {
            let agent = call.handle(agent, "agent")?.get()?;
            let result = agent.execute(call.string(input_json, "input_json")?)?;
            Ok(LLMSpellResult::success(&result.text, &object::about(&result)))
        })
    };
    outcome.unwrap_or_else(|error| LLMSpellResult::failure(&error))
}

/// Gives an agent one more tool, which calls that begin later offer to the model. The tool stays
/// the caller's, who may destroy it at any time.
///
/// Returns false when it cannot: NULL, a tool with a fault, a name that the agent has already. The
/// reason is then the member `last_error` in the `metadata_json` of llmspell_agent_get_state.
///
/// @borrowed agent until the call returns
/// @borrowed tool until the call returns
/// @layer plain
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_agent_add_tool(agent: *mut LLMSpellAgent, tool: *mut LLMSpellTool) -> bool {
    // SAFETY: the pointers follow the rules of the header.
    let outcome = unsafe {
        attempt("llmspell_agent_add_tool", |call| {
            let agent = call.handle(agent, "agent")?.get()?;
            let added = call.handle(tool, "tool").and_then(|tool| agent.add_tool(tool));
            agent.note(added.as_ref().err());
            added
        })
    };
    outcome.is_ok()
}

/// Tells an agent's conversation: `response` is a JSON object {version, messages, usage}, which the
/// option `state` of `config_json` accepts; `metadata_json` is {name, provider, model, tools,
/// last_error}, where `last_error` is why the last llmspell_agent_add_tool was refused, or absent.
///
/// @borrowed agent until the call returns
/// @owned return llmspell_result_free
/// @layer plain
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_agent_get_state(agent: *mut LLMSpellAgent) -> LLMSpellResult {
    // SAFETY: the pointers follow the rules of the header.
    let outcome = unsafe {
        attempt("llmspell_agent_get_state", |call| {
            let agent = call.handle(agent, "agent")?.get()?;
            Ok(LLMSpellResult::success(&agent.state(), &agent.info()?))
        })
    };
    outcome.unwrap_or_else(|error| LLMSpellResult::failure(&error))
}
