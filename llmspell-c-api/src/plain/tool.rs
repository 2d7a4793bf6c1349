//! Tools of the plain layer: a declaration and a callback.

use super::result::LLMSpellResult;
use crate::ffi::{Owned, attempt, free, handle, into_raw};
use llmspell::Error;
use llmspell::request::Failure;
use llmspell::{Kind, blocking};
use serde_json::{Value, json};
use std::ffi::{CStr, CString, c_char, c_void};
use std::ptr::null_mut;
use std::sync::Arc;

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

handle!(LLMSpellTool => Arc<ToolObject>, Owned);

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
pub type LLMSpellToolCallback =
    Option<unsafe extern "C" fn(params_json: *const c_char, user_data: *mut c_void) -> LLMSpellResult>;

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
    unsafe { llmspell_tool_create_with_destructor(name, description, schema_json, callback, user_data, None) }
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
    let Some(callback) = callback else { return null_mut() };
    if name.is_null() {
        return null_mut();
    }
    // SAFETY: the texts follow the rules of the header.
    let declaration = unsafe {
        attempt("llmspell_tool_create", |call| {
            let schema = match call.optional_string(schema_json, "schema_json")? {
                Some(text) => llmspell::parse_json("schema_json", text)?,
                None => Value::Null,
            };
            Ok(Declaration {
                name: call.string(name, "name")?.to_owned(),
                description: call.optional_string(description, "description")?.unwrap_or_default().to_owned(),
                schema,
            })
        })
    };
    into_raw(Arc::new(ToolObject { declaration, callback, user_data, destructor }))
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
    // SAFETY: the caller passes NULL or a tool that it owns and gives up.
    unsafe { free(tool) }
}

/// A tool: what the model sees of it, and what does its work.
pub(crate) struct ToolObject {
    /// Or what was wrong with the texts that the tool was created with.
    declaration: Result<Declaration, Error>,
    callback: unsafe extern "C" fn(*const c_char, *mut c_void) -> LLMSpellResult,
    user_data: *mut c_void,
    destructor: Option<unsafe extern "C" fn(*mut c_void)>,
}

// SAFETY: `user_data` is only handed to `callback` and `destructor`, and the header says on which threads these run.
unsafe impl Send for ToolObject {}
// SAFETY: as above; the object itself never changes.
unsafe impl Sync for ToolObject {}

struct Declaration {
    name: String,
    description: String,
    schema: Value,
}

impl ToolObject {
    /// The tool's name and its declaration as JSON. `place` names the tool in errors.
    pub(super) fn declare(&self, place: &str) -> Result<(&str, Value), Error> {
        match &self.declaration {
            Ok(tool) => {
                Ok((&tool.name, json!({"name": tool.name, "description": tool.description, "schema": tool.schema})))
            }
            Err(error) => Err(Error { message: format!("{place}: {}", error.message), ..error.clone() }),
        }
    }

    /// Does the tool's work for one call of the model's.
    pub(super) fn answer(&self, request: &blocking::Call<'_>) -> Result<Value, Failure> {
        let failed = |message: String| Failure { message, kind: Kind::Tool };
        // JSON text escapes every control character, so there is no NUL in it.
        let params = CString::new(request.arguments.to_string())
            .map_err(|_| failed("the arguments cannot be passed as a text".to_owned()))?;
        // SAFETY: the callback and its data belong together, as given to llmspell_tool_create.
        let result = unsafe { (self.callback)(params.as_ptr(), self.user_data) };
        let text = if result.error { result.error_message } else { result.response };
        if text.is_null() {
            return if result.error {
                Err(failed(format!("{} failed and gave no message", request.name)))
            } else {
                Ok(Value::String(String::new()))
            };
        }
        // SAFETY: the callback promises texts with a NUL at their end that stay valid until it is called again.
        let text = unsafe { CStr::from_ptr(text) }.to_str().map_err(|error| {
            failed(format!("{} returned a text that is not UTF-8 (offset {})", request.name, error.valid_up_to()))
        })?;
        if result.error { Err(failed(text.to_owned())) } else { Ok(Value::String(text.to_owned())) }
    }
}

impl Drop for ToolObject {
    fn drop(&mut self) {
        if let Some(destructor) = self.destructor {
            // SAFETY: nobody has the tool any more, so nobody uses its data; this happens once.
            unsafe { destructor(self.user_data) }
        }
    }
}
