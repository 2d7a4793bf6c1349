import { type Agent, checkRun } from "../agent.js";
import { LlmspellTypeError } from "../error.js";
import type { StreamOptions } from "../types/config.js";
import { isRecord, kindOf, wrongNames } from "../words.js";

/** Options of every handler. */
export interface ServerOptions {
  /**
   * Bytes of a request's body at most.
   * @defaultValue 1 MiB
   */
  readonly maxBodyBytes?: number | undefined;
  /**
   * Milliseconds of silence after which a stream gets a comment, so that proxies keep it open; 0 for never.
   * @defaultValue 15000
   */
  readonly keepAliveMs?: number | undefined;
  /** Options of every run, such as `timeoutMs`, `budget` or `onApproval`; `events` are those that a stream tells. */
  readonly run?: Omit<StreamOptions, "session" | "signal"> | undefined;
  /** Learns of every failure of a run with all its words, of which clients get only what is theirs. */
  readonly onError?: ((error: unknown, request: Request) => unknown) | undefined;
}

const MAX_BODY_BYTES = 1024 * 1024;
const KEEP_ALIVE_MS = 15_000;

/** Options with their defaults. */
export type Settled = ServerOptions & { readonly maxBodyBytes: number; readonly keepAliveMs: number };

/**
 * @param agents those that are known already, whose tools `toolChoice` may name
 * @param more names of further options, which are functions
 * @throws LlmspellTypeError for an option that is not known or of the wrong type, in `run` too
 */
export function serverOptions(
  options: ServerOptions,
  agents: readonly Agent[],
  more: readonly string[],
  where: string,
): Settled {
  const functions = ["onError", ...more];
  const problem = wrongNames(options, ["maxBodyBytes", "keepAliveMs", "run", ...functions]);
  if (problem !== undefined) throw new LlmspellTypeError(`${where}: ${problem}`);
  for (const [key, value] of Object.entries(options))
    if (functions.includes(key) && value !== undefined && typeof value !== "function")
      throw new LlmspellTypeError(`${where}: ${key} must be a function, got ${kindOf(value)}`);
  const { maxBodyBytes = MAX_BODY_BYTES, keepAliveMs = KEEP_ALIVE_MS, run } = options;
  for (const [key, value] of Object.entries({ maxBodyBytes, keepAliveMs }))
    if (!Number.isFinite(value) || value < 0)
      throw new LlmspellTypeError(
        `${where}: ${key} must be a number from 0, got ${typeof value === "number" ? value : kindOf(value)}`,
      );
  checkServersRun(run, agents, `${where}: run`);
  return { ...options, maxBodyBytes, keepAliveMs };
}

/** What a server may not set for all: what they are for. */
const OF_REQUESTS = {
  session: "all clients would share it; name one for each request by the option session of createHandler",
  signal: "a run has that of its request",
};

/** Holds the options of a server's runs to what agents take. */
export function checkServersRun(run: unknown, agents: readonly Agent[], where: string): void {
  if (run === undefined) return;
  for (const [key, why] of Object.entries(OF_REQUESTS))
    if (isRecord(run) && run[key] !== undefined)
      throw new LlmspellTypeError(`${where}: ${key} cannot stand here: ${why}`);
  checkRun(run, undefined, where);
  for (const agent of agents) checkRun(run, agent, where);
}

/** Tells the program of a failure; what its function throws, or its Promise is rejected with, is not the client's. */
export async function report(error: unknown, request: Request, settled: Settled): Promise<void> {
  try {
    await settled.onError?.(error, request);
  } catch {
    // Nobody is left to be told.
  }
}
