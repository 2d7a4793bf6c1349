import { attempt, LlmspellError, LlmspellTypeError } from "./error.js";
import type { Events } from "./events.js";
import { hub } from "./hub.js";
import { jsonText } from "./json.js";
import type { AgentEvent } from "./types/event.gen.js";
import type { Result } from "./types/result.gen.js";
import { isRecord, kindOf, wrongNames } from "./words.js";

/**
 * The events of a run, for one reader. Leaving `for await` (break, return, throw) cancels the run, and so does dropping the
 * stream; the server waits while nobody reads.
 */
export class AgentStream<Output = unknown>
  implements AsyncIterableIterator<AgentEvent, undefined, undefined>, AsyncDisposable
{
  readonly #events: Events;
  readonly #read: (result: Result) => Result<Output> | Promise<Result<Output>>;
  #result: Promise<Result<Output>> | undefined;

  /** @internal */
  constructor(events: Events, read: (result: Result) => Result<Output> | Promise<Result<Output>>) {
    this.#events = events;
    this.#read = read;
    events.watch(this);
  }

  /** Id of the run, as in its events; empty for one that could not begin. */
  get id(): string {
    return this.#events.run.id;
  }

  /** The next event; done after the last. */
  next(): Promise<IteratorResult<AgentEvent, undefined>> {
    return this.#events.next();
  }

  /** Leaves the stream and cancels its run. Resolves when that has ended. */
  async return(): Promise<IteratorResult<AgentEvent, undefined>> {
    this.#events.unwatch();
    await this.#events.leave();
    return { value: undefined, done: true };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  /**
   * What the run comes to; rejects with a {@link LlmspellError} when it fails. Asking for it lets the run go on to its end
   * whether its events are read or not; they wait for a later reader. Its `object` is what the schema of a library made of the
   * answer; in the event `done` it is as the model wrote it.
   */
  get result(): Promise<Result<Output>> {
    if (this.#result === undefined) {
      // Somebody waits for it, who need not keep the stream.
      this.#events.unwatch();
      this.#result = this.#events.result().then(this.#read);
      this.#result.catch(() => {});
    }
    return this.#result;
  }

  /** The whole answer. */
  async text(): Promise<string> {
    return (await this.result).text;
  }

  /** The pieces of the answer alone; throws what the run fails with. */
  get textStream(): AsyncIterableIterator<string> {
    return texts(this);
  }

  /** Cancels the run and leaves the stream open: its last event is `cancelled`. */
  cancel(reason?: unknown): void {
    this.#events.run.cancel(reason);
  }

  /**
   * The run as bytes, for `agent.restore` here or anywhere, in any language. They hold no key; the run goes on.
   *
   * @throws LlmspellError of the kind `closed` when the run has ended
   */
  checkpoint(): Uint8Array {
    const { run } = this.#events;
    if (run.ended)
      throw new LlmspellError({
        kind: "closed",
        message:
          "the run has ended, so there is nothing to go on with; take the checkpoint while it is under way, or keep agent.getState()",
      });
    return attempt(() => hub().native.checkpoint(run.number));
  }

  /**
   * Allows the tool call that a `request` event asks for. Do so before its next event is taken: that denies it.
   *
   * @param request the event, or its id
   */
  approve(request: AgentEvent | string, options: { arguments?: unknown; remember?: "tool" | "arguments" } = {}): void {
    checkOptions(options, ["arguments", "remember"], "stream.approve");
    checkRemember(options.remember, "stream.approve");
    this.#decide("stream.approve", request, { decision: "allow", ...options });
  }

  /** Denies it; the model reads the reason. */
  deny(request: AgentEvent | string, reason?: string, options: { remember?: "tool" | "arguments" } = {}): void {
    if (reason !== undefined && typeof reason !== "string")
      throw new LlmspellTypeError(`stream.deny: the reason must be a string, got ${kindOf(reason)}`);
    checkOptions(options, ["remember"], "stream.deny");
    checkRemember(options.remember, "stream.deny");
    this.#decide("stream.deny", request, { decision: "deny", reason, ...options });
  }

  /**
   * Answers a request of any kind: with a value, or with why there is none.
   *
   * @returns false when it came too late: nobody waits for the answer any more
   */
  reply(
    request: AgentEvent | string,
    answer: { ok: unknown } | { error: { message: string; kind?: string } },
  ): boolean {
    const where = "stream.reply";
    if (!isRecord(answer) || "ok" in answer === "error" in answer)
      throw new LlmspellTypeError(`${where}: expected { ok: value } or { error: { message } }`);
    const id = idOf(where, request);
    if (!this.#isOpen(id)) return false;
    this.#answer(where, id, answer);
    return true;
  }

  #decide(where: string, request: AgentEvent | string, decision: Record<string, unknown>): void {
    const id = idOf(where, request);
    if (this.#events.run.ended)
      throw new LlmspellError({ kind: "closed", message: `${where}: the run has ended; nothing waits for an answer` });
    if (!this.#isOpen(id))
      throw new LlmspellError({ kind: "not_found", message: `${where}: no request '${id}' is open in this run` });
    this.#answer(where, id, { ok: decision });
  }

  #isOpen(id: string): boolean {
    const { run } = this.#events;
    return !run.ended && hub().native.awaits(run.number, id);
  }

  #answer(where: string, id: string, answer: object): void {
    this.#events.answered(id);
    attempt(() => hub().native.reply(this.#events.run.number, jsonText({ id, ...answer }, "the answer")), where);
  }

  /**
   * The events as a web stream: of objects, or with `as: "text"` of the answer's pieces, or with `as: "sse"` of the bytes of
   * server-sent events. Cancelling it cancels the run.
   */
  toReadableStream(options?: { as?: "events" }): ReadableStream<AgentEvent>;
  toReadableStream(options: { as: "text" }): ReadableStream<string>;
  toReadableStream(options: { as: "sse" }): ReadableStream<Uint8Array>;
  toReadableStream(options: { as?: "events" | "text" | "sse" } = {}): ReadableStream<unknown> {
    checkOptions(options, ["as"], "stream.toReadableStream");
    const { as = "events" } = options;
    if (as !== "events" && as !== "text" && as !== "sse")
      throw new LlmspellTypeError(`stream.toReadableStream: as must be "events", "text" or "sse", got ${kindOf(as)}`);
    const pick = { events: (event: AgentEvent) => event, text: textOf, sse: sseOf }[as];
    return new ReadableStream<unknown>(
      {
        pull: async (controller) => {
          while (true) {
            const { value, done } = await this.next();
            if (done) return controller.close();
            if (as === "text" && value.type === "error") return controller.error(new LlmspellError(value.error));
            const picked = pick(value);
            if (picked === undefined) continue;
            controller.enqueue(picked);
            return;
          }
        },
        cancel: async () => {
          await this.return();
        },
      },
      { highWaterMark: 0 },
    );
  }

  /**
   * A Response that sends the events as server-sent events: `event:` is the type, `data:` the event's JSON. When the client
   * leaves, the run is cancelled.
   *
   * @param init headers and status besides ours
   */
  toSSEResponse(init: ResponseInit = {}): Response {
    const headers = new Headers(init.headers);
    for (const [name, value] of SSE_HEADERS) if (!headers.has(name)) headers.set(name, value);
    return new Response(this.toReadableStream({ as: "sse" }), { ...init, headers });
  }
}

/** Head of an answer that is server-sent events. */
export const SSE_HEADERS: readonly [string, string][] = [
  ["content-type", "text/event-stream; charset=utf-8"],
  ["cache-control", "no-cache, no-transform"],
  // nginx would keep the events until its buffer is full
  ["x-accel-buffering", "no"],
];

const encoder = new TextEncoder();

/** An event as the text of a server-sent event. */
export function sseText(event: AgentEvent): string {
  return `id: ${event.seq}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

function sseOf(event: AgentEvent): Uint8Array {
  return encoder.encode(sseText(event));
}

function textOf(event: AgentEvent): string | undefined {
  return event.type === "text_delta" && event.nested !== true ? event.text : undefined;
}

async function* texts(stream: AgentStream): AsyncGenerator<string, void, undefined> {
  for await (const event of stream) {
    const text = textOf(event);
    if (text !== undefined) yield text;
  }
  await stream.result;
}

function idOf(where: string, request: AgentEvent | string): string {
  const id = isRecord(request) ? request["id"] : request;
  if (typeof id === "string") return id;
  throw new LlmspellTypeError(`${where}: expected the event \`request\` or its id, got ${kindOf(request)}`);
}

function checkOptions(given: unknown, known: readonly string[], where: string): void {
  const problem = wrongNames(given, known);
  if (problem !== undefined) throw new LlmspellTypeError(`${where}: ${problem}`);
}

function checkRemember(remember: unknown, where: string): void {
  if (remember !== undefined && remember !== "tool" && remember !== "arguments")
    throw new LlmspellTypeError(
      `${where}: remember must be "tool" or "arguments", got ${typeof remember === "string" ? JSON.stringify(remember) : kindOf(remember)}`,
    );
}
