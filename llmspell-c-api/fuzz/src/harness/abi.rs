//! The C API as C sees it: symbols, pointers, lengths. Every call is checked for what holds of all of them: outputs are
//! neutral unless it succeeds, and there is an error, a good one, exactly when it fails.

use super::verdict;
use std::ffi::{c_char, c_void};
use std::ptr::{NonNull, null, null_mut};

/// Any handle.
type Raw = *mut c_void;

#[derive(Clone, Copy)]
#[repr(C)]
struct Str {
    data: *const u8,
    len: usize,
}

#[repr(C)]
struct RawToken {
    struct_size: u32,
    kind: i32,
    integer: i64,
    number: f64,
    text: Str,
    count: usize,
}

unsafe extern "C" {
    fn llmspell_agent_new(json: *const u8, len: usize, agent: *mut Raw, err: *mut Raw) -> i32;
    fn llmspell_agent_tool_add(agent: Raw, json: *const u8, len: usize, err: *mut Raw) -> i32;
    fn llmspell_agent_state(agent: Raw, state: *mut Raw, err: *mut Raw) -> i32;
    fn llmspell_agent_info(agent: Raw, info: *mut Raw, err: *mut Raw) -> i32;
    fn llmspell_agent_as_target(agent: Raw) -> Raw;
    fn llmspell_agent_free(agent: Raw);
    fn llmspell_buf_str(buf: Raw) -> Str;
    fn llmspell_buf_free(buf: Raw);
    fn llmspell_error_code(error: Raw) -> i32;
    fn llmspell_error_kind(error: Raw) -> Str;
    fn llmspell_error_message(error: Raw) -> Str;
    fn llmspell_error_json(error: Raw) -> Str;
    fn llmspell_error_free(error: Raw);
    fn llmspell_event_type(event: Raw) -> i32;
    fn llmspell_event_request_id(event: Raw) -> Str;
    fn llmspell_event_json(event: Raw) -> Str;
    fn llmspell_event_free(event: Raw);
    fn llmspell_json_parse(text: *const u8, len: usize, json: *mut Raw, err: *mut Raw) -> i32;
    fn llmspell_json_next(json: Raw, token: *mut RawToken) -> bool;
    fn llmspell_json_free(json: Raw);
    fn llmspell_queue_new(queue: *mut Raw, err: *mut Raw) -> i32;
    fn llmspell_queue_next(queue: Raw, timeout_ms: i32, event: *mut Raw, err: *mut Raw) -> i32;
    fn llmspell_queue_free(queue: Raw);
    fn llmspell_run_start(queue: Raw, target: Raw, json: *const u8, len: usize, run: *mut Raw, err: *mut Raw) -> i32;
    fn llmspell_run_restore(queue: Raw, target: Raw, bytes: *const u8, len: usize, run: *mut Raw, err: *mut Raw)
    -> i32;
    fn llmspell_run_reply(run: Raw, json: *const u8, len: usize, err: *mut Raw) -> i32;
    fn llmspell_run_awaits(run: Raw, id: *const u8, len: usize, awaits: *mut bool, err: *mut Raw) -> i32;
    fn llmspell_run_checkpoint(run: Raw, checkpoint: *mut Raw, err: *mut Raw) -> i32;
    fn llmspell_run_cancel(run: Raw, err: *mut Raw) -> i32;
    fn llmspell_run_free(run: Raw);
}

/// A type of object in the hands of C.
pub trait Kind {
    /// Frees one.
    fn free(raw: Raw);
}

macro_rules! kinds {
    ($($name:ident $free:ident,)*) => {$(
        /// The type of its name.
        pub struct $name;
        impl Kind for $name {
            fn free(raw: Raw) {
                // SAFETY: an `Owned` frees what it owns once.
                unsafe { $free(raw) }
            }
        }
    )*};
}

kinds! {
    AgentKind llmspell_agent_free,
    QueueKind llmspell_queue_free,
    RunKind llmspell_run_free,
    EventKind llmspell_event_free,
    BufKind llmspell_buf_free,
    JsonKind llmspell_json_free,
}

/// An object that is freed at the end.
pub struct Owned<K: Kind>(NonNull<c_void>, std::marker::PhantomData<K>);

// SAFETY: the header allows any thread to use and free these.
unsafe impl<K: Kind> Send for Owned<K> {}
// SAFETY: as above.
unsafe impl<K: Kind> Sync for Owned<K> {}

impl<K: Kind> Owned<K> {
    fn raw(&self) -> Raw {
        self.0.as_ptr()
    }
}

impl<K: Kind> Drop for Owned<K> {
    fn drop(&mut self) {
        K::free(self.raw());
    }
}

/// Why a call failed.
#[derive(Debug)]
pub struct Failure {
    /// The error's JSON, which fits its schema.
    pub json: serde_json::Value,
}

fn text(str: Str) -> String {
    if str.len == 0 {
        return String::new();
    }
    // SAFETY: the library lends `len` bytes that live as long as their owner, which is alive here.
    let bytes = unsafe { std::slice::from_raw_parts(str.data, str.len) };
    String::from_utf8(bytes.to_vec()).expect("text from the library is UTF-8")
}

/// Anything that is not NULL, so that an output that was not made neutral shows.
const DIRTY: Raw = std::ptr::dangling_mut::<u64>().cast();

fn judged(call: impl FnOnce(*mut Raw) -> i32) -> Result<(), Failure> {
    let mut err = DIRTY;
    let status = call(&raw mut err);
    if status == 0 {
        assert!(err.is_null(), "an error beside success");
        return Ok(());
    }
    assert!(!err.is_null() && err != DIRTY, "status {status} without an error");
    // SAFETY: the error is alive until it is freed at the end.
    unsafe {
        assert_eq!(llmspell_error_code(err), status, "the error has the code of the status");
        let (kind, message, json) =
            (text(llmspell_error_kind(err)), text(llmspell_error_message(err)), text(llmspell_error_json(err)));
        llmspell_error_free(err);
        let error = verdict::error_json(&json);
        assert!(!kind.is_empty() && !message.is_empty(), "an error without kind or message: {json}");
        assert!(
            error["kind"] == *kind && error["message"] == *message && error["code"] == status,
            "accessors and JSON differ: {json}"
        );
        verdict::no_secret(&message);
        Err(Failure { json: error })
    }
}

fn made<K: Kind>(call: impl FnOnce(*mut Raw, *mut Raw) -> i32) -> Result<Owned<K>, Failure> {
    let mut out = DIRTY;
    let outcome = judged(|err| call(&raw mut out, err));
    match &outcome {
        Ok(()) => assert!(!out.is_null() && out != DIRTY, "success without a result"),
        Err(_) => assert!(out.is_null(), "an output beside a failure"),
    }
    outcome?;
    Ok(Owned(NonNull::new(out).expect("not NULL"), std::marker::PhantomData))
}

fn bytes_of(buf: &Owned<BufKind>) -> Vec<u8> {
    // SAFETY: the buffer is alive.
    let str = unsafe { llmspell_buf_str(buf.raw()) };
    if str.len == 0 {
        return Vec::new();
    }
    // SAFETY: as above; lent as long as the buffer lives.
    unsafe { std::slice::from_raw_parts(str.data, str.len) }.to_vec()
}

/// An agent.
pub type Agent = Owned<AgentKind>;

impl Agent {
    /// llmspell_agent_new.
    pub fn new(options: &[u8]) -> Result<Agent, Failure> {
        // SAFETY: pointer and length belong to a live slice; the outputs are variables of ours. So it is below.
        made(|out, err| unsafe { llmspell_agent_new(options.as_ptr(), options.len(), out, err) })
    }

    /// llmspell_agent_tool_add.
    pub fn tool_add(&self, tool: &[u8]) -> Result<(), Failure> {
        // SAFETY: as above.
        judged(|err| unsafe { llmspell_agent_tool_add(self.raw(), tool.as_ptr(), tool.len(), err) })
    }

    /// llmspell_agent_state.
    pub fn state(&self) -> Vec<u8> {
        // SAFETY: as above.
        bytes_of(&made(|out, err| unsafe { llmspell_agent_state(self.raw(), out, err) }).expect("an agent has a state"))
    }

    /// llmspell_agent_info.
    pub fn info(&self) -> Vec<u8> {
        // SAFETY: as above.
        bytes_of(&made(|out, err| unsafe { llmspell_agent_info(self.raw(), out, err) }).expect("an agent can be shown"))
    }

    fn target(&self) -> Raw {
        // SAFETY: the agent is alive.
        unsafe { llmspell_agent_as_target(self.raw()) }
    }
}

/// An event.
pub type Event = Owned<EventKind>;

impl Event {
    /// llmspell_event_type.
    pub fn kind(&self) -> i32 {
        // SAFETY: the event is alive.
        unsafe { llmspell_event_type(self.raw()) }
    }

    /// llmspell_event_request_id.
    pub fn request_id(&self) -> String {
        // SAFETY: the event is alive.
        text(unsafe { llmspell_event_request_id(self.raw()) })
    }

    /// llmspell_event_json.
    pub fn json(&self) -> String {
        // SAFETY: the event is alive.
        text(unsafe { llmspell_event_json(self.raw()) })
    }
}

/// A queue.
pub type Queue = Owned<QueueKind>;

impl Queue {
    /// llmspell_queue_new.
    pub fn new() -> Queue {
        // SAFETY: the outputs are variables of ours.
        made(|out, err| unsafe { llmspell_queue_new(out, err) }).expect("a queue")
    }

    /// llmspell_queue_next; none after `timeout_ms`.
    pub fn next(&self, timeout_ms: i32) -> Option<Event> {
        let mut out = DIRTY;
        // SAFETY: the outputs are variables of ours, and one thread alone takes events here.
        judged(|err| unsafe { llmspell_queue_next(self.raw(), timeout_ms, &raw mut out, err) })
            .expect("waiting succeeds");
        NonNull::new(out).map(|out| Owned(out, std::marker::PhantomData))
    }
}

/// A run.
pub type Run = Owned<RunKind>;

impl Run {
    /// llmspell_run_start.
    pub fn start(queue: &Queue, agent: &Agent, input: &[u8]) -> Result<Run, Failure> {
        // SAFETY: handles are alive; pointer and length belong to a live slice. So it is below.
        made(|out, err| unsafe {
            llmspell_run_start(queue.raw(), agent.target(), input.as_ptr(), input.len(), out, err)
        })
    }

    /// llmspell_run_restore.
    pub fn restore(queue: &Queue, agent: &Agent, bytes: &[u8]) -> Result<Run, Failure> {
        // SAFETY: as above.
        made(|out, err| unsafe {
            llmspell_run_restore(queue.raw(), agent.target(), bytes.as_ptr(), bytes.len(), out, err)
        })
    }

    /// llmspell_run_reply.
    pub fn reply(&self, reply: &[u8]) -> Result<(), Failure> {
        // SAFETY: as above.
        judged(|err| unsafe { llmspell_run_reply(self.raw(), reply.as_ptr(), reply.len(), err) })
    }

    /// llmspell_run_awaits.
    pub fn awaits(&self, id: &str) -> bool {
        let mut awaits = true;
        // SAFETY: as above.
        judged(|err| unsafe { llmspell_run_awaits(self.raw(), id.as_ptr(), id.len(), &raw mut awaits, err) })
            .expect("a question");
        awaits
    }

    /// llmspell_run_checkpoint.
    pub fn checkpoint(&self) -> Result<Vec<u8>, Failure> {
        // SAFETY: as above.
        made(|out, err| unsafe { llmspell_run_checkpoint(self.raw(), out, err) }).map(|buf| bytes_of(&buf))
    }

    /// llmspell_run_cancel.
    pub fn cancel(&self) {
        // SAFETY: as above.
        judged(|err| unsafe { llmspell_run_cancel(self.raw(), err) }).expect("a cancel succeeds");
    }
}

/// A token of a JSON text.
#[derive(Debug)]
#[allow(missing_docs, reason = "named like the constants of the header")]
pub enum Token {
    Null,
    Bool(bool),
    Integer(i64),
    Number(f64),
    Text(String),
    Key(String),
    Array(usize),
    ArrayEnd,
    Object(usize),
    ObjectEnd,
}

/// llmspell_json_parse, and all tokens by llmspell_json_next; none when the text is refused.
pub fn json_tokens(input: &[u8]) -> Option<Vec<Token>> {
    // SAFETY: pointer and length belong to a live slice.
    let json: Owned<JsonKind> =
        made(|out, err| unsafe { llmspell_json_parse(input.as_ptr(), input.len(), out, err) }).ok()?;
    let mut tokens = Vec::new();
    let size = u32::try_from(size_of::<RawToken>()).expect("a small struct");
    let mut token = RawToken {
        struct_size: size,
        kind: -1,
        integer: -1,
        number: -1.0,
        text: Str { data: null(), len: 0 },
        count: 0,
    };
    // SAFETY: the struct is as large as it says.
    while unsafe { llmspell_json_next(json.raw(), &raw mut token) } {
        tokens.push(match token.kind {
            1 => Token::Null,
            2 => Token::Bool(false),
            3 => Token::Bool(true),
            4 => Token::Integer(token.integer),
            5 => Token::Number(token.number),
            6 => Token::Text(text(token.text)),
            7 => Token::Key(text(token.text)),
            8 => Token::Array(token.count),
            9 => Token::ArrayEnd,
            10 => Token::Object(token.count),
            11 => Token::ObjectEnd,
            other => panic!("{other} is no token"),
        });
    }
    assert_eq!(token.kind, 0, "the last token is END");
    Some(tokens)
}

/// A result of the plain layer.
#[repr(C)]
pub struct PlainResult {
    error: bool,
    error_message: *const c_char,
    response: *const c_char,
    metadata_json: *const c_char,
}

#[repr(C)]
struct PlainConfig {
    system_prompt: *const c_char,
    provider: *const c_char,
    model: *const c_char,
    tools: *mut Raw,
    tool_count: usize,
    config_json: *const c_char,
}

type Callback = extern "C" fn(*const c_char, Raw) -> PlainResult;

unsafe extern "C" {
    fn llmspell_agent_create(config: *const PlainConfig) -> Raw;
    fn llmspell_agent_destroy(agent: Raw);
    fn llmspell_agent_execute(agent: Raw, input: *const c_char) -> PlainResult;
    fn llmspell_agent_add_tool(agent: Raw, tool: Raw) -> bool;
    fn llmspell_agent_get_state(agent: Raw) -> PlainResult;
    fn llmspell_result_free(result: *mut PlainResult);
    fn llmspell_tool_create(
        name: *const c_char,
        about: *const c_char,
        schema: *const c_char,
        callback: Callback,
        data: Raw,
    ) -> Raw;
    fn llmspell_tool_destroy(tool: Raw);
}

kinds! {
    PlainAgentKind llmspell_agent_destroy,
    PlainToolKind llmspell_tool_destroy,
}

/// What a plain call gave: the response and the metadata, or the metadata of an error.
pub type Said = Result<(String, serde_json::Value), serde_json::Value>;

fn string(pointer: *const c_char) -> Option<String> {
    // SAFETY: the library gives NULL or a text with a NUL at its end.
    (!pointer.is_null()).then(|| unsafe { std::ffi::CStr::from_ptr(pointer) }.to_str().expect("UTF-8").to_owned())
}

/// Takes a result apart, checks it and frees it.
fn said(mut result: PlainResult) -> Said {
    let (message, response, metadata) =
        (string(result.error_message), string(result.response), string(result.metadata_json));
    let failed = result.error;
    // SAFETY: the library's result, freed twice on purpose: the second time does nothing.
    unsafe {
        llmspell_result_free(&raw mut result);
        llmspell_result_free(&raw mut result);
    }
    assert!(!result.error && result.response.is_null() && result.error_message.is_null(), "a freed result is empty");
    let metadata = metadata.expect("a result has metadata");
    if failed {
        assert!(response.is_none(), "a response beside an error");
        let error = verdict::error_json(&metadata);
        let message = message.expect("an error has a message");
        assert!(!message.is_empty(), "an error without a message");
        verdict::no_secret(&message);
        return Err(error);
    }
    assert!(message.is_none(), "a message beside success");
    verdict::no_secret(&metadata);
    Ok((response.expect("a response"), verdict::any_json(&metadata).expect("metadata are JSON")))
}

/// A tool of the plain layer, which answers with a text.
pub type PlainTool = Owned<PlainToolKind>;

impl PlainTool {
    /// llmspell_tool_create.
    pub fn new(name: &std::ffi::CStr, schema: Option<&std::ffi::CStr>) -> PlainTool {
        extern "C" fn answer(params: *const c_char, _: Raw) -> PlainResult {
            let params = string(params).expect("there are parameters");
            assert!(verdict::any_json(&params).expect("JSON").is_object(), "parameters are an object");
            PlainResult { error: false, error_message: null(), response: c"frost".as_ptr(), metadata_json: null() }
        }
        let schema = schema.map_or(null(), std::ffi::CStr::as_ptr);
        // SAFETY: texts end with NUL and live through the call.
        let raw =
            unsafe { llmspell_tool_create(name.as_ptr(), c"Tells the weather".as_ptr(), schema, answer, null_mut()) };
        Owned(NonNull::new(raw).expect("a tool with a name and a callback"), std::marker::PhantomData)
    }
}

/// An agent of the plain layer.
pub type PlainAgent = Owned<PlainAgentKind>;

impl PlainAgent {
    /// llmspell_agent_create.
    pub fn new(
        provider: Option<&std::ffi::CStr>,
        tool: Option<&PlainTool>,
        config_json: Option<&std::ffi::CStr>,
    ) -> PlainAgent {
        let mut tools = [tool.map_or(null_mut(), Owned::raw)];
        let pointer = |text: Option<&std::ffi::CStr>| text.map_or(null(), std::ffi::CStr::as_ptr);
        let config = PlainConfig {
            system_prompt: null(),
            provider: pointer(provider),
            model: null(),
            tools: tools.as_mut_ptr(),
            tool_count: usize::from(tool.is_some()),
            config_json: pointer(config_json),
        };
        // SAFETY: all that the struct points to lives through the call.
        let raw = unsafe { llmspell_agent_create(&raw const config) };
        Owned(NonNull::new(raw).expect("a configuration gives an agent"), std::marker::PhantomData)
    }

    /// llmspell_agent_get_state.
    pub fn state(&self) -> Said {
        // SAFETY: the agent is alive.
        said(unsafe { llmspell_agent_get_state(self.raw()) })
    }

    /// llmspell_agent_execute.
    pub fn execute(&self, input: &std::ffi::CStr) -> Said {
        // SAFETY: as above; the text ends with NUL.
        said(unsafe { llmspell_agent_execute(self.raw(), input.as_ptr()) })
    }

    /// llmspell_agent_add_tool.
    pub fn add_tool(&self, tool: &PlainTool) -> bool {
        // SAFETY: both are alive.
        unsafe { llmspell_agent_add_tool(self.raw(), tool.raw()) }
    }
}
