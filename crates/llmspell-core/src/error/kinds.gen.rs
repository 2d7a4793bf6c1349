// Written by `ts-tools errors` from spec/errors.yaml; edit that file and run `make gen`.

/// What went wrong, as one of a fixed set of kinds: match on it (or on its [`code`](Kind::code)), never on a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A value handed to llmspell is not what was expected.
    Argument,
    /// Options contradict each other or cannot be used together.
    Config,
    /// A provider key is missing, or the provider refused it.
    Auth,
    /// What was named does not exist: a model, a tool, a file.
    NotFound,
    /// The object was used after it had been closed.
    Closed,
    /// A time limit passed: connect, first event, between events, or the whole run.
    Timeout,
    /// No connection, a broken connection, a TLS failure.
    Network,
    /// The server answered something that is not the wire format.
    Protocol,
    /// The provider's rate limit (HTTP 429), or no credit left (HTTP 402: not retryable).
    RateLimit,
    /// The provider is overloaded (HTTP 503, 529).
    Overloaded,
    /// The provider refused or failed the request in another way.
    Provider,
    /// The provider's content filter stopped the request.
    ContentFilter,
    /// A tool failed.
    Tool,
    /// A value does not fit its JSON Schema.
    Validation,
    /// The policy does not allow it.
    Policy,
    /// An approval was refused.
    Approval,
    /// A script failed.
    Script,
    /// A budget of tokens, cost or tool calls is used up.
    Budget,
    /// The run reached max_steps without a final answer.
    MaxSteps,
    /// The run was paused; it carries a checkpoint.
    Paused,
    /// The agent is in another run, and waiting could never end or was not wanted.
    Busy,
    /// The run was cancelled.
    Cancelled,
    /// The host cannot wait in this phase or context.
    UnsupportedContext,
    /// The object belongs to the process before a fork.
    Forked,
    /// A store could not be read or written.
    Store,
    /// A defect of llmspell: please report it.
    Internal,
}

impl Kind {
    /// Every kind, in the order of the table.
    pub const ALL: &[Kind] = &[
        Kind::Argument,
        Kind::Config,
        Kind::Auth,
        Kind::NotFound,
        Kind::Closed,
        Kind::Timeout,
        Kind::Network,
        Kind::Protocol,
        Kind::RateLimit,
        Kind::Overloaded,
        Kind::Provider,
        Kind::ContentFilter,
        Kind::Tool,
        Kind::Validation,
        Kind::Policy,
        Kind::Approval,
        Kind::Script,
        Kind::Budget,
        Kind::MaxSteps,
        Kind::Paused,
        Kind::Busy,
        Kind::Cancelled,
        Kind::UnsupportedContext,
        Kind::Forked,
        Kind::Store,
        Kind::Internal,
    ];

    /// The kind's stable number; the C API returns it as its status.
    pub const fn code(self) -> i32 {
        match self {
            Kind::Argument => 1001,
            Kind::Config => 1002,
            Kind::Auth => 1003,
            Kind::NotFound => 1004,
            Kind::Closed => 1005,
            Kind::Timeout => 2001,
            Kind::Network => 2002,
            Kind::Protocol => 2003,
            Kind::RateLimit => 3001,
            Kind::Overloaded => 3002,
            Kind::Provider => 3003,
            Kind::ContentFilter => 3004,
            Kind::Tool => 4001,
            Kind::Validation => 4002,
            Kind::Policy => 4003,
            Kind::Approval => 4004,
            Kind::Script => 4005,
            Kind::Budget => 5001,
            Kind::MaxSteps => 5002,
            Kind::Paused => 5003,
            Kind::Busy => 5004,
            Kind::Cancelled => 5005,
            Kind::UnsupportedContext => 6001,
            Kind::Forked => 6002,
            Kind::Store => 7001,
            Kind::Internal => 9001,
        }
    }

    /// The kind's name as it stands in JSON and in Lua, e.g. `rate_limit`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::Argument => "argument",
            Kind::Config => "config",
            Kind::Auth => "auth",
            Kind::NotFound => "not_found",
            Kind::Closed => "closed",
            Kind::Timeout => "timeout",
            Kind::Network => "network",
            Kind::Protocol => "protocol",
            Kind::RateLimit => "rate_limit",
            Kind::Overloaded => "overloaded",
            Kind::Provider => "provider",
            Kind::ContentFilter => "content_filter",
            Kind::Tool => "tool",
            Kind::Validation => "validation",
            Kind::Policy => "policy",
            Kind::Approval => "approval",
            Kind::Script => "script",
            Kind::Budget => "budget",
            Kind::MaxSteps => "max_steps",
            Kind::Paused => "paused",
            Kind::Busy => "busy",
            Kind::Cancelled => "cancelled",
            Kind::UnsupportedContext => "unsupported_context",
            Kind::Forked => "forked",
            Kind::Store => "store",
            Kind::Internal => "internal",
        }
    }

    /// Whether trying again can help, unless the error itself says otherwise.
    pub const fn retryable(self) -> bool {
        match self {
            Kind::Argument => false,
            Kind::Config => false,
            Kind::Auth => false,
            Kind::NotFound => false,
            Kind::Closed => false,
            Kind::Timeout => true,
            Kind::Network => true,
            Kind::Protocol => false,
            Kind::RateLimit => true,
            Kind::Overloaded => true,
            Kind::Provider => false,
            Kind::ContentFilter => false,
            Kind::Tool => false,
            Kind::Validation => false,
            Kind::Policy => false,
            Kind::Approval => false,
            Kind::Script => false,
            Kind::Budget => false,
            Kind::MaxSteps => false,
            Kind::Paused => false,
            Kind::Busy => false,
            Kind::Cancelled => false,
            Kind::UnsupportedContext => false,
            Kind::Forked => false,
            Kind::Store => false,
            Kind::Internal => false,
        }
    }

    /// The kind with this number, if there is one.
    pub fn from_code(code: i32) -> Option<Kind> {
        Kind::ALL.iter().copied().find(|kind| kind.code() == code)
    }

    /// The kind with this name, if there is one.
    pub fn from_name(name: &str) -> Option<Kind> {
        Kind::ALL.iter().copied().find(|kind| kind.as_str() == name)
    }
}
