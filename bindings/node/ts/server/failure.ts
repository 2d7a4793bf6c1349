import { LlmspellError, LlmspellTypeError } from "../error.js";
import { type ErrorKind, errorCodes } from "../types/kinds.gen.js";
import type { ErrorData } from "../types/result.gen.js";
import { Refusal } from "./body.js";

/** Kinds whose words are about what the client did, or about the rules that the program has made for it. */
const OPEN: ReadonlySet<ErrorKind> = new Set([
  "argument",
  "validation",
  "content_filter",
  "policy",
  "approval",
  "cancelled",
]);

/** What clients read in place of words that are the server's own business. */
const WORDS: Partial<Record<ErrorKind, string>> = {
  rate_limit: "The model is asked too often; try again later.",
  overloaded: "The model has too much to do; try again later.",
  timeout: "The model did not answer in time.",
  busy: "Another request of this conversation is under way; try again when it has ended.",
  budget: "The answer would take more than this server allows.",
  max_steps: "The answer would take more steps than this server allows.",
};
const OTHER = "The model could not be asked, or failed.";

/** An error of any kind as the contract's data. Misuse is the server's own. */
export function errorData(error: unknown): ErrorData {
  if (error instanceof LlmspellError) return error.toJSON();
  const message = error instanceof Error ? error.message : String(error);
  return { kind: "internal", code: errorCodes.internal, message, retryable: false };
}

/** Does something where only the client can have made a mistake: misuse is told to it, without the names of our functions. */
export async function ofClient<T>(act: () => T | Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof LlmspellTypeError)) throw error;
    throw new Refusal(400, error.message.replace(/^(?:agent\.\w+|new Agent): /, ""));
  }
}

/**
 * An error as a client gets it. A provider's words may name keys, organisations or addresses, which are for the server's
 * log: they become a sentence without them.
 */
export function forClients(error: ErrorData): ErrorData {
  const { kind, code, retryable, retry_after_ms } = error;
  const message = OPEN.has(kind) ? error.message : (WORDS[kind] ?? OTHER);
  return { kind, code, message, retryable, ...(retry_after_ms !== undefined && { retry_after_ms }) };
}

const STATUS: Partial<Record<ErrorKind, number>> = {
  argument: 400,
  validation: 502,
  content_filter: 400,
  policy: 403,
  approval: 403,
  busy: 409,
  rate_limit: 429,
  overloaded: 503,
  timeout: 504,
  cancelled: 499,
  network: 502,
  protocol: 502,
  provider: 502,
  auth: 502,
  not_found: 502,
};

/** The HTTP status that tells of a failure; 500 for a defect of the server's own program. */
export function statusOf(kind: ErrorKind): number {
  return STATUS[kind] ?? 500;
}

/** The header that says when to try again. */
export function retryAfter(ms: number | null | undefined): Record<string, string> {
  return ms == null ? {} : { "retry-after": String(Math.ceil(ms / 1000)) };
}
