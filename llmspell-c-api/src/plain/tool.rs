//! Tools of the plain layer: a declaration and a callback.

use super::result::LLMSpellResult;
use std::ffi::{c_char, c_void};

/// A tool that the program gives to agents: a declaration and a callback. Destroy it with
/// llmspell_tool_destroy at any time: agents that have it keep it alive until they are destroyed.
///
/// Any thread may give it to agents. Its callback runs on the threads that call llmspell_agent_chat
/// and llmspell_agent_execute, so two agents used from two threads may run it twice at once.
///
/// @layer plain
/// @since 0.1
pub struct LLMSpellTool {
    _private: [u8; 0],
}

/// Does a tool's work, on the thread that is inside llmspell_agent_chat or llmspell_agent_execute.
/// `params_json` is a JSON object that fits the tool's schema; `user_data` is what the tool was
/// created with. It returns the answer for the model in `response` (NULL counts as an empty text),
/// or `error` true and a message in `error_message`: the model sees the message and the
/// conversation goes on. The texts it returns stay its own; the library copies them before it calls
/// a callback again. It must return normally: no longjmp, no C++ exception.
///
/// @borrowed params_json until the callback returns
/// @borrowed user_data until the tool is gone
/// @nullable user_data
/// @borrowed return until the callback is called again; the library copies its texts at once
/// @layer plain
/// @since 0.1
pub type LLMSpellToolCallback = Option<
    unsafe extern "C" fn(params_json: *const c_char, user_data: *mut c_void) -> LLMSpellResult,
>;

/// Makes a tool. `name` is what the model calls it by, `description` tells the model what it does
/// (NULL: nothing), `schema_json` is the JSON Schema of its parameters (NULL: an object with any
/// members).
///
/// Returns NULL when `name` or `callback` is NULL. Any other fault (a schema that is no JSON
/// Schema, texts that are not UTF-8) is told where the tool is used: an agent created with it
/// answers every call with the error, llmspell_agent_add_tool refuses it.
///
/// @borrowed name until the call returns
/// @borrowed description until the call returns
/// @nullable description
/// @borrowed schema_json until the call returns
/// @nullable schema_json
/// @callback callback
/// @borrowed user_data until the tool is destroyed and every agent that has it is, too
/// @nullable user_data
/// @owned return llmspell_tool_destroy
/// @nullable return
/// @layer plain
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_tool_create(
    name: *const c_char,
    description: *const c_char,
    schema_json: *const c_char,
    callback: LLMSpellToolCallback,
    user_data: *mut c_void,
) -> *mut LLMSpellTool {
    // SAFETY: the same rules, handed on.
    unsafe {
        llmspell_tool_create_with_destructor(name, description, schema_json, callback, user_data, None)
    }
}

/// Makes a tool like llmspell_tool_create whose `user_data` is released by `destructor`. It is
/// called once, with `user_data`, when the tool is destroyed and every agent that had it is, too,
/// on the thread that destroys the last of them. When the function returns NULL, it is not called.
///
/// @borrowed name until the call returns
/// @borrowed description until the call returns
/// @nullable description
/// @borrowed schema_json until the call returns
/// @nullable schema_json
/// @callback callback
/// @borrowed user_data until destructor is called
/// @nullable user_data
/// @callback destructor
/// @nullable destructor
/// @owned return llmspell_tool_destroy
/// @nullable return
/// @layer plain
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_tool_create_with_destructor(
    name: *const c_char,
    description: *const c_char,
    schema_json: *const c_char,
    callback: LLMSpellToolCallback,
    user_data: *mut c_void,
    destructor: Option<unsafe extern "C" fn(user_data: *mut c_void)>,
) -> *mut LLMSpellTool {
    let _ = (name, description, schema_json, callback, user_data, destructor);
    std::ptr::null_mut()
}

/// Destroys a tool. Agents that have it keep it until they are destroyed themselves. NULL is
/// allowed.
///
/// @consumes tool
/// @nullable tool
/// @layer plain
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_tool_destroy(tool: *mut LLMSpellTool) {
    let _ = tool;
}
