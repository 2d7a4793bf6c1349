/** A stream with the events that were read of it. */
import type { AgentEvent, AgentStream } from "@rs/llmspell";
import type { Json, JsonObject, Until } from "./types.js";

const final: ReadonlySet<string> = new Set(["done", "error", "cancelled"]);

export class Stream {
  readonly events: Json[] = [];
  readonly #reader: AsyncIterator<AgentEvent>;
  readonly #asked = new Map<string, string>();
  #cancelled = false;
  #ending: string | undefined;

  /** @param calls where calls of tools are noted that a step answers */
  constructor(
    readonly stream: AgentStream,
    readonly calls: Json[],
  ) {
    this.#reader = stream[Symbol.asyncIterator]();
  }

  /** Reads on to `limit`, and tells the ending. */
  async read(limit: Until): Promise<string> {
    if (limit === "start") return "open";
    let left = limit?.count ?? 1;
    while (this.#ending === undefined) {
      const event = await this.#next();
      if (event.type === limit?.type && --left === 0) break;
    }
    return this.#ending ?? "open";
  }

  /** The id of the open request for a call; reads on to it if it has not come. */
  async requestOf(call: string): Promise<string> {
    for (;;) {
      const id = this.#asked.get(call);
      if (id !== undefined) return id;
      if (this.#ending !== undefined) throw new Error(`${call} was never asked by hand`);
      await this.#next();
    }
  }

  cancel(): void {
    this.#cancelled = true;
    this.stream.cancel();
  }

  async close(): Promise<void> {
    await this.stream[Symbol.asyncDispose]();
  }

  #ask({ id, kind, payload }: Extract<AgentEvent, { type: "request" }>): void {
    const { tool_call_id: call, name, arguments: args } = payload as unknown as JsonObject;
    this.#asked.set(String(call), id);
    if (kind === "tool") this.calls.push({ tool: name ?? null, arguments: args ?? null });
  }

  async #next(): Promise<AgentEvent> {
    const { done, value: event } = await this.#reader.next();
    if (done) throw new Error("the stream ended without a last event");
    if (final.has(event.type)) this.#ending = event.type;
    if (event.type === "request") this.#ask(event);
    // What else was on its way when a run was cancelled depends on time.
    else if (!this.#cancelled || this.#ending !== undefined)
      this.events.push(JSON.parse(JSON.stringify(event)) as Json);
    return event;
  }
}
