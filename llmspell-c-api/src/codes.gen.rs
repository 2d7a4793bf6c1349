// Written by `ts-tools errors` from spec/errors.yaml; edit that file and run `make gen`.

/// Status of a call that succeeded; every other status is the code of an error.
///
/// @since 0.1
pub const LLMSPELL_OK: i32 = 0;

/// A value handed to llmspell is not what was expected.
///
/// @since 0.1
pub const LLMSPELL_E_ARGUMENT: i32 = 1001;

/// Options contradict each other or cannot be used together.
///
/// @since 0.1
pub const LLMSPELL_E_CONFIG: i32 = 1002;

/// A provider key is missing, or the provider refused it.
///
/// @since 0.1
pub const LLMSPELL_E_AUTH: i32 = 1003;

/// What was named does not exist: a model, a tool, a file.
///
/// @since 0.1
pub const LLMSPELL_E_NOT_FOUND: i32 = 1004;

/// The object was used after it had been closed.
///
/// @since 0.1
pub const LLMSPELL_E_CLOSED: i32 = 1005;

/// A time limit passed: connect, first event, between events, or the whole run.
///
/// @since 0.1
pub const LLMSPELL_E_TIMEOUT: i32 = 2001;

/// No connection, a broken connection, a TLS failure.
///
/// @since 0.1
pub const LLMSPELL_E_NETWORK: i32 = 2002;

/// The server answered something that is not the wire format.
///
/// @since 0.1
pub const LLMSPELL_E_PROTOCOL: i32 = 2003;

/// The provider's rate limit (HTTP 429), or no credit left (HTTP 402: not retryable).
///
/// @since 0.1
pub const LLMSPELL_E_RATE_LIMIT: i32 = 3001;

/// The provider is overloaded (HTTP 503, 529).
///
/// @since 0.1
pub const LLMSPELL_E_OVERLOADED: i32 = 3002;

/// The provider refused or failed the request in another way.
///
/// @since 0.1
pub const LLMSPELL_E_PROVIDER: i32 = 3003;

/// The provider's content filter stopped the request.
///
/// @since 0.1
pub const LLMSPELL_E_CONTENT_FILTER: i32 = 3004;

/// A tool failed.
///
/// @since 0.1
pub const LLMSPELL_E_TOOL: i32 = 4001;

/// A value does not fit its JSON Schema.
///
/// @since 0.1
pub const LLMSPELL_E_VALIDATION: i32 = 4002;

/// The policy does not allow it.
///
/// @since 0.1
pub const LLMSPELL_E_POLICY: i32 = 4003;

/// An approval was refused.
///
/// @since 0.1
pub const LLMSPELL_E_APPROVAL: i32 = 4004;

/// A script failed.
///
/// @since 0.1
pub const LLMSPELL_E_SCRIPT: i32 = 4005;

/// A budget of tokens, cost or tool calls is used up.
///
/// @since 0.1
pub const LLMSPELL_E_BUDGET: i32 = 5001;

/// The run reached max_steps without a final answer.
///
/// @since 0.1
pub const LLMSPELL_E_MAX_STEPS: i32 = 5002;

/// The run was paused; it carries a checkpoint.
///
/// @since 0.1
pub const LLMSPELL_E_PAUSED: i32 = 5003;

/// The agent is in another run, and waiting could never end or was not wanted.
///
/// @since 0.1
pub const LLMSPELL_E_BUSY: i32 = 5004;

/// The run was cancelled.
///
/// @since 0.1
pub const LLMSPELL_E_CANCELLED: i32 = 5005;

/// The host cannot wait in this phase or context.
///
/// @since 0.1
pub const LLMSPELL_E_UNSUPPORTED_CONTEXT: i32 = 6001;

/// The object belongs to the process before a fork.
///
/// @since 0.1
pub const LLMSPELL_E_FORKED: i32 = 6002;

/// A store could not be read or written.
///
/// @since 0.1
pub const LLMSPELL_E_STORE: i32 = 7001;

/// A defect of llmspell: please report it.
///
/// @since 0.1
pub const LLMSPELL_E_INTERNAL: i32 = 9001;
