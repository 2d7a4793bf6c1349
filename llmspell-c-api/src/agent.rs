//! Agents.

use crate::buf::llmspell_buf;
use crate::error::{llmspell_error, llmspell_status};
use crate::ffi::{Shared, clone, free, guard, handle, into_raw};
use crate::target::{TargetObject, llmspell_target};
use llmspell::{Agent, Target};
use std::ffi::c_char;

/// An agent: a configuration, its tools and one conversation. It does nothing by itself:
/// llmspell_run_start makes it answer.
///
/// A counted handle: llmspell_agent_clone adds a count, llmspell_agent_free takes one away, and the
/// agent goes with the last. Runs keep their agent alive by themselves. Any thread may use an agent
/// at any time. It stays usable in the child after a fork.
///
/// @since 0.1
pub struct llmspell_agent {
    _private: [u8; 0],
}

handle!(llmspell_agent => TargetObject, Shared);

/// The agent in a handle that `llmspell_agent_new` and its kin made.
fn agent_of(object: &TargetObject) -> &Agent {
    match object.target() {
        Target::Agent(agent) => agent,
    }
}

/// Makes an agent from options, a JSON object:
///
/// `name` (text), `system_prompt` (text), `provider` ("openai", the default, or "demo", which is
/// offline), `model` (text; "provider/model" sets both; by default the provider's usual one),
/// `api_key` and `base_url` (text; by default from OPENAI_API_KEY and OPENAI_BASE_URL when a run
/// starts; an empty api_key sends none), `headers` (object of texts), `temperature` (0 to 2),
/// `top_p` (0 to 1), `max_tokens`, `stop` (text or up to 16 texts), `seed` (integer), `tools`
/// (array, see llmspell_agent_tool_add), `tool_choice` ("auto", "none", "required" or {"name":
/// ...}), `max_steps` (20), `max_parallel_tools` (8), `max_agent_depth` (5, agents that call agents),
/// `max_handoffs` (10, in one run), `history` ({max_turns, max_tokens}: what of the conversation is
/// sent), `compaction` (false, or {at (0.8), keep_turns (4), model, prompt}: how older turns become a
/// summary when the model's window is nearly full), `on_busy` ("queue", the default, "error" or "fork"),
/// `state` (what llmspell_agent_state gave), `provider_options` (object, added to the request as it
/// stands), `connect_timeout_ms` (10000), `first_event_timeout_ms` (120000), `idle_timeout_ms`
/// (60000, between events), `timeout_ms` (600000, the whole run), `tool_timeout_ms` (60000),
/// `ca_file` (path of PEM certificates to trust as well), `proxy` (URL; by default from the
/// environment; empty: none). What stands in for the network (docs/testing.md): `record` (path, or
/// {path, mode, scrub}: keeps every exchange in a cassette), `cassette` (path, or {path, match,
/// provider, scrub}, with the provider "replay"), `script` (array of turns, with the provider
/// "scripted"), `transport` ("network", the default, or "host": HTTP goes out as request events of
/// the kind "http"). A member that is null counts as absent.
///
/// Errors: `config` for a base_url with the provider demo; `argument` for a wrong type, an unknown
/// option (the nearest known one is named), an unknown provider, a tool schema that is no JSON
/// Schema, two tools of one name. Nothing is sent: a missing key shows when a run starts.
///
/// @borrowed options_json until the call returns
/// @len options_json options_len
/// @out agent
/// @owned agent llmspell_agent_free
/// @out err
/// @nullable err
/// @owned err llmspell_error_free
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_agent_new(
    options_json: *const c_char,
    options_len: usize,
    agent: *mut *mut llmspell_agent,
    err: *mut *mut llmspell_error,
) -> llmspell_status {
    // SAFETY: the pointers follow the rules of the header, which `guard` and `Call` rely on.
    unsafe {
        guard("llmspell_agent_new", err, |call| {
            let out = call.out(agent, "agent")?;
            let options = call.text(options_json, options_len, "options_json")?;
            out.set(into_raw(TargetObject::new(Target::Agent(Agent::new(options)?))));
            Ok(())
        })
    }
}

/// Adds a count to an agent: `clone` is the same agent, and has to be freed too.
///
/// @borrowed agent until the call returns
/// @out clone
/// @owned clone llmspell_agent_free
/// @out err
/// @nullable err
/// @owned err llmspell_error_free
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_agent_clone(
    agent: *const llmspell_agent,
    clone: *mut *mut llmspell_agent,
    err: *mut *mut llmspell_error,
) -> llmspell_status {
    // SAFETY: as in llmspell_agent_new.
    unsafe {
        guard("llmspell_agent_clone", err, |call| {
            let out = call.out(clone, "clone")?;
            call.handle(agent, "agent")?;
            out.set(self::clone(agent));
            Ok(())
        })
    }
}

/// Makes a new agent with the same configuration and tools and a copy of the conversation as it is
/// now. From then on the two go their own ways.
///
/// @borrowed agent until the call returns
/// @out fork
/// @owned fork llmspell_agent_free
/// @out err
/// @nullable err
/// @owned err llmspell_error_free
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_agent_fork(
    agent: *const llmspell_agent,
    fork: *mut *mut llmspell_agent,
    err: *mut *mut llmspell_error,
) -> llmspell_status {
    // SAFETY: as in llmspell_agent_new.
    unsafe {
        guard("llmspell_agent_fork", err, |call| {
            let out = call.out(fork, "fork")?;
            let agent = agent_of(call.handle(agent, "agent")?);
            out.set(into_raw(TargetObject::new(Target::Agent(agent.fork()))));
            Ok(())
        })
    }
}

/// Adds a tool to an agent: a JSON object with `name` (text), `description` (text), `schema` (JSON
/// Schema of the arguments, an object) and, optionally, `timeout_ms` (milliseconds the host may
/// take for an answer, in place of the agent's tool_timeout_ms). Runs that start later offer it to
/// the model; when the model calls it, a request event asks the host.
///
/// Errors: `argument` for a wrong or unknown field, a schema that is no JSON Schema, a name that
/// the agent already has.
///
/// @borrowed agent until the call returns
/// @borrowed tool_json until the call returns
/// @len tool_json tool_len
/// @out err
/// @nullable err
/// @owned err llmspell_error_free
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_agent_tool_add(
    agent: *const llmspell_agent,
    tool_json: *const c_char,
    tool_len: usize,
    err: *mut *mut llmspell_error,
) -> llmspell_status {
    // SAFETY: as in llmspell_agent_new.
    unsafe {
        guard("llmspell_agent_tool_add", err, |call| {
            let agent = agent_of(call.handle(agent, "agent")?);
            agent.add_tool(call.text(tool_json, tool_len, "tool_json")?)
        })
    }
}

/// Offers another agent to an agent's model, as a tool or as one that takes the conversation over: a
/// JSON object with `name` (text; by default the other agent's, after "transfer_to_" for a hand-off),
/// `description` (text), `schema` (JSON Schema of the arguments; by default an object with the text
/// `input`), `timeout_ms` (milliseconds for one call), `forward_events` (whether the events of its run
/// come among the caller's; false) and `handoff` (whether the conversation goes on with it; false). All
/// members are optional.
///
/// The agent keeps the other alive, unless the other keeps this one alive: of agents that lead to one
/// another, the handle of each has to be kept as long as any of them is run, or the run is refused with
/// `config`. When the model calls the tool, the other agent answers in a run
/// inside the run, with a conversation of its own; requests of that run come in the same queue, with
/// `agent`, an array of the names of the tools that lead there.
///
/// Errors: `argument` for a wrong or unknown member, a tool without a name because the other agent has
/// none, a name that the agent already has.
///
/// @borrowed agent until the call returns
/// @borrowed other until the call returns
/// @borrowed tool_json until the call returns
/// @len tool_json tool_len
/// @out err
/// @nullable err
/// @owned err llmspell_error_free
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_agent_tool_add_agent(
    agent: *const llmspell_agent,
    other: *const llmspell_agent,
    tool_json: *const c_char,
    tool_len: usize,
    err: *mut *mut llmspell_error,
) -> llmspell_status {
    // SAFETY: as in llmspell_agent_new.
    unsafe {
        guard("llmspell_agent_tool_add_agent", err, |call| {
            let agent = agent_of(call.handle(agent, "agent")?);
            let other = agent_of(call.handle(other, "other")?);
            agent.add_agent(other, call.text(tool_json, tool_len, "tool_json")?)
        })
    }
}

/// Tells an agent's conversation as a JSON object {version, messages, usage}, which the option
/// `state` accepts. A run in flight shows in it when it has ended.
///
/// @borrowed agent until the call returns
/// @out state
/// @owned state llmspell_buf_free
/// @out err
/// @nullable err
/// @owned err llmspell_error_free
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_agent_state(
    agent: *const llmspell_agent,
    state: *mut *mut llmspell_buf,
    err: *mut *mut llmspell_error,
) -> llmspell_status {
    // SAFETY: as in llmspell_agent_new.
    unsafe {
        guard("llmspell_agent_state", err, |call| {
            let out = call.out(state, "state")?;
            let agent = agent_of(call.handle(agent, "agent")?);
            out.set(into_raw(agent.state().into_bytes()));
            Ok(())
        })
    }
}

/// Tells the conversation of one of an agent's sessions, like llmspell_agent_state. A session is what the
/// member `session` of a run's input names: a conversation of its own, which a run begins where there is
/// none. One that does not exist is empty. An agent keeps 1000 of them: the one that was not used for
/// longest goes first.
///
/// @borrowed agent until the call returns
/// @borrowed session until the call returns
/// @len session session_len
/// @out state
/// @owned state llmspell_buf_free
/// @out err
/// @nullable err
/// @owned err llmspell_error_free
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_agent_session_state(
    agent: *const llmspell_agent,
    session: *const c_char,
    session_len: usize,
    state: *mut *mut llmspell_buf,
    err: *mut *mut llmspell_error,
) -> llmspell_status {
    // SAFETY: as in llmspell_agent_new.
    unsafe {
        guard("llmspell_agent_session_state", err, |call| {
            let out = call.out(state, "state")?;
            let agent = agent_of(call.handle(agent, "agent")?);
            let session = call.text(session, session_len, "session")?;
            out.set(into_raw(agent.session_state(session).into_bytes()));
            Ok(())
        })
    }
}

/// Makes an agent forget one of its sessions. Without effect on one that does not exist.
///
/// Errors: `busy` while a run of the session is in flight or waits.
///
/// @borrowed agent until the call returns
/// @borrowed session until the call returns
/// @len session session_len
/// @out err
/// @nullable err
/// @owned err llmspell_error_free
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_agent_session_reset(
    agent: *const llmspell_agent,
    session: *const c_char,
    session_len: usize,
    err: *mut *mut llmspell_error,
) -> llmspell_status {
    // SAFETY: as in llmspell_agent_new.
    unsafe {
        guard("llmspell_agent_session_reset", err, |call| {
            let agent = agent_of(call.handle(agent, "agent")?);
            agent.reset_session(call.text(session, session_len, "session")?)
        })
    }
}

/// Makes an agent forget its own conversation; configuration, tools and sessions stay.
///
/// Errors: `busy` while a run of the agent is in flight or waits, because its end would bring the
/// conversation back.
///
/// @borrowed agent until the call returns
/// @out err
/// @nullable err
/// @owned err llmspell_error_free
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_agent_reset(
    agent: *const llmspell_agent,
    err: *mut *mut llmspell_error,
) -> llmspell_status {
    // SAFETY: as in llmspell_agent_new.
    unsafe { guard("llmspell_agent_reset", err, |call| agent_of(call.handle(agent, "agent")?).reset()) }
}

/// Tells about an agent, as a JSON object {name, provider, model, tools}, where `tools` are names.
/// Keys and other secrets are not in it.
///
/// @borrowed agent until the call returns
/// @out info
/// @owned info llmspell_buf_free
/// @out err
/// @nullable err
/// @owned err llmspell_error_free
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_agent_info(
    agent: *const llmspell_agent,
    info: *mut *mut llmspell_buf,
    err: *mut *mut llmspell_error,
) -> llmspell_status {
    // SAFETY: as in llmspell_agent_new.
    unsafe {
        guard("llmspell_agent_info", err, |call| {
            let out = call.out(info, "info")?;
            let agent = agent_of(call.handle(agent, "agent")?);
            out.set(into_raw(agent.info().into_bytes()));
            Ok(())
        })
    }
}

/// Tells what was played of the script or cassette that answers for an agent (provider "scripted" or
/// "replay"), as a JSON object: {kind: "script", total, played, asked, requests}, where `requests`
/// are the bodies that the turns were asked, in the Chat format; or {kind: "cassette", name, total,
/// played, left}, where `left` are {exchange, method, path} of those that were not played. A test
/// that wants everything used compares `played` with `total`.
///
/// Errors: `config` for an agent that neither answers for.
///
/// @borrowed agent until the call returns
/// @out played
/// @owned played llmspell_buf_free
/// @out err
/// @nullable err
/// @owned err llmspell_error_free
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_agent_played(
    agent: *const llmspell_agent,
    played: *mut *mut llmspell_buf,
    err: *mut *mut llmspell_error,
) -> llmspell_status {
    // SAFETY: as in llmspell_agent_new.
    unsafe {
        guard("llmspell_agent_played", err, |call| {
            let out = call.out(played, "played")?;
            let agent = agent_of(call.handle(agent, "agent")?);
            out.set(into_raw(agent.played()?.into_bytes()));
            Ok(())
        })
    }
}

/// Has an agent go on with the script or cassette of another agent: what either of them uses up, the
/// other does not get. Forks share theirs by themselves.
///
/// Errors: `config` unless both agents are answered by a script, or both by a cassette.
///
/// @borrowed agent until the call returns
/// @borrowed other until the call returns
/// @out err
/// @nullable err
/// @owned err llmspell_error_free
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_agent_play_with(
    agent: *const llmspell_agent,
    other: *const llmspell_agent,
    err: *mut *mut llmspell_error,
) -> llmspell_status {
    // SAFETY: as in llmspell_agent_new.
    unsafe {
        guard("llmspell_agent_play_with", err, |call| {
            let agent = agent_of(call.handle(agent, "agent")?);
            agent.play_with(agent_of(call.handle(other, "other")?))
        })
    }
}

/// Shows an agent as what llmspell_run_start takes; NULL for NULL.
///
/// @borrowed agent until the call returns
/// @borrowed return until agent is freed
/// @nullable return
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn llmspell_agent_as_target(agent: *const llmspell_agent) -> *const llmspell_target {
    agent.cast()
}

/// Takes one count from an agent and frees it with the last one. Runs in flight go on. NULL is
/// allowed; any thread may call it.
///
/// @consumes agent
/// @nullable agent
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_agent_free(agent: *mut llmspell_agent) {
    // SAFETY: the caller passes NULL or a count of an agent that it gives up.
    unsafe { free(agent) }
}
