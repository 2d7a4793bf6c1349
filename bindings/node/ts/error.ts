import { type ErrorCode, type ErrorKind, errorCodes } from "./types/kinds.gen.js";
import {
  AGENT_OPTIONS,
  AGENT_TOOL_OPTIONS,
  type OptionTable,
  RUN_OPTIONS,
  TOOL_OPTIONS,
} from "./types/option-tables.gen.js";
import type { ErrorData, Result } from "./types/result.gen.js";

/** What both classes of errors have. */
type Details = Partial<Omit<ErrorData, "kind" | "cause">> & { kind: ErrorKind; message: string; cause?: unknown };

/**
 * A run, or what was asked of an agent, failed. Decide by `kind` or `code`, never by the message.
 *
 * Misuse (a wrong type, an unknown option) is a {@link LlmspellTypeError} instead.
 */
export class LlmspellError extends Error {
  /** What went wrong, as one stable word. */
  readonly kind: ErrorKind;
  /** The kind's number. */
  readonly code: ErrorCode;
  /** Whether trying again can help. */
  readonly retryable: boolean;
  /** Milliseconds that the provider asks to wait. */
  readonly retryAfterMs: number | undefined;
  /** Status of the provider's answer. */
  readonly httpStatus: number | undefined;
  readonly provider: string | undefined;
  /** The provider's id of the request. */
  readonly requestId: string | undefined;
  /** The result as far as it got, where a run failed. */
  readonly partial: Result | undefined;

  constructor(details: Details) {
    super(details.message, details.cause === undefined ? undefined : { cause: details.cause });
    this.kind = details.kind;
    this.code = details.code ?? errorCodes[details.kind];
    this.retryable = details.retryable ?? false;
    this.retryAfterMs = details.retry_after_ms;
    this.httpStatus = details.http_status;
    this.provider = details.provider;
    this.requestId = details.request_id;
    this.partial = details.partial;
  }

  /** The error as plain data, with the names that every language has. */
  toJSON(): ErrorData {
    const { cause } = this;
    return {
      kind: this.kind,
      code: this.code,
      message: this.message,
      retryable: this.retryable,
      ...(this.retryAfterMs !== undefined && { retry_after_ms: this.retryAfterMs }),
      ...(this.httpStatus !== undefined && { http_status: this.httpStatus }),
      ...(this.provider !== undefined && { provider: this.provider }),
      ...(this.requestId !== undefined && { request_id: this.requestId }),
      ...(cause !== undefined && { cause: cause instanceof Error ? cause.message : String(cause) }),
      ...(this.partial !== undefined && { partial: this.partial }),
    };
  }
}
Object.defineProperty(LlmspellError.prototype, "name", { value: "LlmspellError", writable: true, configurable: true });

/** Something was called wrongly: the message names the argument and what was expected. */
export class LlmspellTypeError extends TypeError {
  readonly kind = "argument" satisfies ErrorKind;
  readonly code: ErrorCode = errorCodes.argument;
}

/** An error of the addon's words. */
export function errorOf(details: Details): LlmspellError | LlmspellTypeError {
  return details.kind === "argument" ? new LlmspellTypeError(details.message) : new LlmspellError(details);
}

/** What a call of the addon threw, as an error of ours. `where` names the public function that it was for. */
export function readThrown(thrown: unknown, where?: string): unknown {
  const message = thrown instanceof Error ? thrown.message : "";
  if (!message.startsWith('{"kind":')) return thrown;
  const told = JSON.parse(message) as ErrorData;
  const details = inOurWords(told);
  if (where !== undefined && details.kind === "argument") details.message = `${where}: ${details.message}`;
  const error = errorOf(details);
  coreWords.set(error, told.message);
  return error;
}

const coreWords = new WeakMap<Error, string>();

/** An error as the data of an event, which is the same in every language. */
export function eventError(error: LlmspellError): ErrorData {
  return { ...error.toJSON(), message: coreWords.get(error) ?? error.message };
}

/** Names of the contract that have another one in JavaScript. Those of options join them when the first message needs them. */
const renamed = new Map([
  ["after_model", "afterModel"],
  ["after_tool", "afterTool"],
  ["before_model", "beforeModel"],
  ["before_tool", "beforeTool"],
  ["forbid_requests", "forbidRequests"],
  ["get_state", "getState"],
]);
const options = new Set<string>();

/**
 * An error of the core with the names of options as a program here writes them, `provider: "replay"` and not
 * `provider = "replay"`. What it quotes stays, names of data too, and a provider's words but for the name of what only we know.
 */
export function inOurWords(error: ErrorData): ErrorData {
  if (options.size === 0)
    for (const table of [AGENT_OPTIONS, RUN_OPTIONS, TOOL_OPTIONS, AGENT_TOOL_OPTIONS]) rename(table);
  const isForeign = error.http_status !== undefined;
  const message = error.message.replaceAll(
    /"(?:[^"\\]|\\.)*"|\bpartial\.\w+|\b([a-z]+(?:_[a-z]+)*)\b( = )?/g,
    (all, word?: string, equals?: string) => {
      if (word === undefined || (isForeign && word !== "base_url")) return all;
      return `${renamed.get(word) ?? word}${equals !== undefined && options.has(word) ? ": " : (equals ?? "")}`;
    },
  );
  return { ...error, message };
}

function rename(table: OptionTable): void {
  for (const [camel, { name, of, list, map }] of Object.entries(table)) {
    options.add(name);
    if (name !== camel) renamed.set(name, camel);
    for (const inner of [of, list, map]) if (inner !== undefined) rename(inner);
  }
}

/** Calls the addon. */
export function attempt<T>(call: () => T, where?: string): T {
  try {
    return call();
  } catch (thrown) {
    throw readThrown(thrown, where);
  }
}
