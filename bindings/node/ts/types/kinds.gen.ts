// Written by `ts-tools errors` from spec/errors.yaml; edit that file and run `make gen`.

/** Every kind of error with its number, which stays the same for ever. */
export const errorCodes = {
  /** A value handed to llmspell is not what was expected. */
  argument: 1001,
  /** Options contradict each other or cannot be used together. */
  config: 1002,
  /** A provider key is missing, or the provider refused it. */
  auth: 1003,
  /** What was named does not exist: a model, a tool, a file. */
  not_found: 1004,
  /** The object was used after it had been closed. */
  closed: 1005,
  /** A time limit passed: connect, first event, between events, or the whole run. */
  timeout: 2001,
  /** No connection, a broken connection, a TLS failure. */
  network: 2002,
  /** The server answered something that is not the wire format. */
  protocol: 2003,
  /** The provider's rate limit (HTTP 429), or no credit left (HTTP 402: not retryable). */
  rate_limit: 3001,
  /** The provider is overloaded (HTTP 503, 529). */
  overloaded: 3002,
  /** The provider refused or failed the request in another way. */
  provider: 3003,
  /** The provider's content filter stopped the request. */
  content_filter: 3004,
  /** A tool failed. */
  tool: 4001,
  /** A value does not fit its JSON Schema. */
  validation: 4002,
  /** The policy does not allow it. */
  policy: 4003,
  /** An approval was refused. */
  approval: 4004,
  /** A script failed. */
  script: 4005,
  /** A budget of tokens, cost or tool calls is used up. */
  budget: 5001,
  /** The run reached max_steps without a final answer. */
  max_steps: 5002,
  /** The run was paused; it carries a checkpoint. */
  paused: 5003,
  /** The agent is in another run, and waiting could never end or was not wanted. */
  busy: 5004,
  /** The run was cancelled. */
  cancelled: 5005,
  /** The host cannot wait in this phase or context. */
  unsupported_context: 6001,
  /** The object belongs to the process before a fork. */
  forked: 6002,
  /** A store could not be read or written. */
  store: 7001,
  /** A defect of llmspell: please report it. */
  internal: 9001,
} as const;

/** What went wrong: decide by it (or by its number), never by a message. */
export type ErrorKind = keyof typeof errorCodes;

/** The number of a kind of error, as `errorCodes` has it. */
export type ErrorCode = (typeof errorCodes)[ErrorKind];
