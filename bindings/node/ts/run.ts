import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";
import type { AgentCore } from "./agent-core.js";
import { attempt, errorOf, inOurWords, LlmspellError } from "./error.js";
import { type Call, serve } from "./handler.js";
import { hub, type Row } from "./hub.js";
import type { Mode } from "./native.js";
import { onAbort } from "./signal.js";
import type { AgentEvent, CancelledEvent, DoneEvent, ErrorEvent } from "./types/event.gen.js";
import type { OnApproval } from "./types/hook.js";
import type { Result } from "./types/result.gen.js";

/** The addon's numbers of the types of events that come without JSON, and of the last ones. */
const TEXT_DELTA = 3;
const REASONING_DELTA = 4;
const STEP_START = 2;
const REQUEST = 9;
const DONE = 16;

/** An event that a run ends with. */
export type LastEvent = DoneEvent | ErrorEvent | CancelledEvent;
export type RequestEvent = Extract<AgentEvent, { type: "request" }>;

/** Where the events of a run go. */
export interface Sink {
  /** Any but the last. */
  event(event: AgentEvent): void;
  /** Told once: by the last event, or by the text alone where nothing else was asked for. */
  end(last: LastEvent | string): void;
  /** The run was cancelled: but for its last event nothing more is wanted, of what waits either. */
  stop(): void;
  /** Its own code, or code of the program that it called, threw: the run is cancelled. */
  fail(error: unknown): void;
  /** Has a request served: at once, or when its reader has taken what came before it. */
  serve(begin: () => void): void;
  /** Whether its reader answers the request, which nothing of the program serves. */
  takes(request: RequestEvent): boolean;
}

/** What one call brings along. */
export interface RunExtras {
  readonly signal?: AbortSignal | undefined;
  readonly onApproval?: OnApproval | undefined;
  readonly onEvent?: ((event: AgentEvent) => void) | undefined;
}

/** The run whose handler is at work. */
export const within = new AsyncLocalStorage<ActiveRun>();

/** A run under way, as this thread sees it. */
export class ActiveRun {
  readonly core: AgentCore;
  readonly sink: Sink;
  readonly extras: RunExtras;
  /** Whose handler began it, while that goes on. */
  outer: ActiveRun | undefined;
  /** Handlers at work. */
  readonly calls = new Map<string, Call>();
  number = 0;
  ended = false;
  /** Whether the thread stands still until it has ended. */
  readonly isBlocking: boolean;
  /** Why it was cancelled, as the signal or the program said. */
  reason: unknown;
  /** Its id; empty for one that could not begin. */
  id = "";
  #isCancelled = false;
  #resource: AsyncResource | undefined;
  #unlisten: (() => void) | undefined;

  constructor(core: AgentCore, sink: Sink, extras: RunExtras, isBlocking = false) {
    this.core = core;
    this.sink = sink;
    this.extras = extras;
    this.isBlocking = isBlocking;
    this.outer = underWay(within.getStore());
    const asks = !core.serves.isEmpty || core.serves.onEvent !== undefined || extras.onApproval !== undefined;
    if (asks || extras.onEvent !== undefined) this.#resource = new AsyncResource("LLMSPELL_RUN");
  }

  /** Starts it. @throws what the addon refuses, and `busy` for a wait that could never end */
  start(input: string, mode: Mode, credit: number, where: string): void {
    this.#begin(where, () => hub().start(this, this.core.native, input, mode, credit));
  }

  /** The same from a checkpoint, whose faults are not those of the call. */
  restore(checkpoint: Uint8Array, mode: Mode, credit: number): void {
    this.#begin(undefined, () => hub().restore(this, this.core.native, checkpoint, mode, credit));
  }

  /** The addon knows it under this number. */
  begun(number: number, id: string): void {
    this.number = number;
    this.id = id;
  }

  #begin(where: string | undefined, begin: () => void): void {
    const { signal } = this.extras;
    if (signal?.aborted) throw cancelled(signal.reason);
    attempt(begin, where);
    if (this.#cannotBegin()) {
      hub().forget(this.number);
      throw new LlmspellError({
        kind: "busy",
        message:
          "the agent is in another run, which cannot go on while this call waits for it; use agent.fork(), another agent or " +
          "another session",
      });
    }
    this.core.runs.add(this);
    if (signal !== undefined) this.#unlisten = onAbort(signal, () => this.cancel(signal.reason));
  }

  /** Whether it waits for a run that in turn waits for it. */
  #cannotBegin(): boolean {
    const others = this.isBlocking ? [...this.core.runs] : [];
    for (let { outer } = this; outer !== undefined; outer = outer.outer)
      if (outer.core === this.core) others.push(outer);
    if (others.length === 0 || !hub().native.isQueued(this.number)) return false;
    const session = hub().native.session(this.number);
    return others.some(({ number }) => !hub().native.hasEnded(number) && hub().native.session(number) === session);
  }

  /** Runs code of the program where it was asked from: with the caller's async context. */
  inScope<T>(work: () => T): T {
    const scoped = (): T => within.run(this, work);
    return this.#resource === undefined ? scoped() : this.#resource.runInAsyncScope(scoped);
  }

  /** Cancels it; its last event still comes. */
  cancel(reason?: unknown): void {
    if (this.ended) return;
    this.reason ??= reason;
    attempt(() => hub().native.cancel(this.number));
    this.#isCancelled = true;
    this.sink.stop();
    for (const call of this.calls.values()) call.abort();
  }

  /** Takes an event. Never throws. */
  take(row: Row): void {
    try {
      this.#take(row);
    } catch (error) {
      this.sink.fail(error);
      this.cancel(error);
    }
  }

  /** Gives a request to the reader, who answers it. */
  offer(request: RequestEvent): void {
    try {
      this.#tell(request);
      this.sink.event(request);
    } catch (error) {
      this.sink.fail(error);
      this.cancel(error);
    }
  }

  #take(row: Row): void {
    // Who has cancelled it wants to see no more of it.
    if (this.#isCancelled && row.type < DONE) return;
    if (row.type === REQUEST) {
      const request = JSON.parse(row.text) as RequestEvent;
      if (!serve(this, request)) this.offer(request);
      return;
    }
    if (row.type < DONE) {
      const event = row.isJson ? (JSON.parse(row.text) as AgentEvent) : this.#plain(row);
      this.#tell(event);
      this.sink.event(event);
      return;
    }
    const last = row.isJson ? (JSON.parse(row.text) as LastEvent) : row.text;
    this.#end();
    try {
      if (typeof last !== "string") this.#tell(last);
    } finally {
      this.sink.end(last);
    }
  }

  #plain(row: Row): AgentEvent {
    const run_id = this.id;
    const { seq, step, text } = row;
    if (row.type === TEXT_DELTA) return { type: "text_delta", run_id, seq, step, text };
    if (row.type === REASONING_DELTA) return { type: "reasoning_delta", run_id, seq, step, text };
    if (row.type === STEP_START) return { type: "step_start", run_id, seq, step };
    throw new Error(`llmspell: an event of the type ${row.type} came as text`);
  }

  #tell(event: AgentEvent): void {
    for (const onEvent of [this.core.serves.onEvent, this.extras.onEvent]) {
      if (onEvent === undefined) continue;
      const returned: unknown = this.inScope(() => onEvent(event));
      // Nobody waits for it; what it rejects with ends the run as what it throws does, and not the process.
      if (returned instanceof Promise) returned.catch((error: unknown) => this.#broken(error));
    }
  }

  #broken(error: unknown): void {
    if (this.ended) return;
    this.sink.fail(error);
    this.cancel(error);
  }

  #end(): void {
    hub().ended(this.number);
    this.leave();
  }

  /** Nobody asks it any more. */
  leave(): void {
    this.ended = true;
    this.core.runs.delete(this);
    this.#unlisten?.();
    for (const call of this.calls.values()) call.abort();
    this.calls.clear();
  }

  /** Gives it up without waiting for its end. */
  abandon(): void {
    if (this.ended) return;
    this.leave();
    hub().forget(this.number);
  }
}

/** The nearest of a run and those around it that goes on; lets go of the others, so that no chain of them grows. */
function underWay(run: ActiveRun | undefined): ActiveRun | undefined {
  if (run === undefined) return undefined;
  run.outer = underWay(run.outer);
  return run.ended ? run.outer : run;
}

/** What a run that was cancelled fails with. */
export function cancelled(reason: unknown, partial?: Result): LlmspellError {
  return new LlmspellError({
    kind: "cancelled",
    message: "the run was cancelled",
    ...(reason !== undefined && { cause: reason }),
    ...(partial !== undefined && { partial }),
  });
}

/** What a run came to: its result; or throws why there is none. */
export function resultOf(last: LastEvent, reason: unknown): Result {
  if (last.type === "done") return last.result;
  if (last.type === "cancelled") throw cancelled(reason, last.partial);
  const { partial } = last;
  // The event is data, which is the same in every language.
  const error = inOurWords(last.error);
  throw errorOf(partial === undefined ? error : { ...error, partial });
}
