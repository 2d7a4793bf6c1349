import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { answerJson, redactDifference, redactHeaders } from "./answer.js";
import { Holds } from "./holds.js";
import type { Counts, Entry } from "./ledger.js";
import { Ledger, readableBody } from "./ledger.js";
import { buildPayload } from "./payload.js";
import { plan } from "./plan.js";
import { Script } from "./script.js";
import { send } from "./send.js";
import type { Exchange, Scenario, Seen } from "./types.js";

/** One scenario while it is played: its script, its ledger, its holds, and which connections came to it. */
export class Player {
  readonly #holds = new Holds();
  readonly #script: Script;
  readonly #ledger = new Ledger();
  /** Numbers of connections, in the order of their first requests to this scenario. */
  readonly #connections = new WeakMap<Socket, number>();
  #connectionCount = 0;
  readonly #answering = new Set<ServerResponse>();

  /** `file` is the scenario's file, which cassette names are relative to. */
  constructor(
    scenario: Scenario,
    readonly file: string,
  ) {
    this.#script = new Script(scenario);
  }

  /** What it was sent so far. */
  report(): Seen {
    return this.#ledger.report(this.#script.unused());
  }

  /** Resolves to true once at least that many requests came and aborts were noticed; to false after `timeoutMs`. */
  until({ requests = 0, aborted = 0 }: Partial<Counts>, timeoutMs = 5000): Promise<boolean> {
    return this.#ledger.until((counts) => counts.requests >= requests && counts.aborted >= aborted, timeoutMs);
  }

  /** Lets answers pass a `hold` of that name. */
  release(name: string): void {
    this.#holds.release(name);
  }

  /** Breaks the connections on which an answer is still under way. */
  stop(): void {
    for (const response of this.#answering) response.destroy();
  }

  /** Serves a request whose path, below the scenario's prefix, is that of `url`. */
  async serve(request: IncomingMessage, url: URL, response: ServerResponse): Promise<void> {
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    const { bytes, complete } = await readBody(request);
    const entry: Entry = {
      method: request.method ?? "GET",
      path: url.pathname + url.search,
      headers: redactHeaders(headers),
      body: readableBody(bytes),
      connection: this.#numberOf(request.socket),
      exchange: null,
      aborted: !complete,
    };
    if (!complete) return void this.#ledger.add(entry);
    const choice = this.#script.take({
      method: entry.method,
      path: url.pathname,
      query: url.searchParams,
      headers,
      body: entry.body,
    });
    if (choice.exchange) {
      entry.exchange = choice.index;
      const ordinal = this.#ledger.add(entry);
      return await this.#answer(choice.exchange, entry, ordinal, response);
    }
    const differences = choice.differences.map(redactDifference);
    this.#ledger.mismatch({
      request: this.#ledger.add(entry),
      message: choice.message,
      exchange: choice.index,
      differences,
    });
    answerJson(response, 599, {
      error: { type: "mock_mismatch", message: choice.message, exchange: choice.index, differences },
    });
  }

  #numberOf(socket: Socket): number {
    const known = this.#connections.get(socket);
    if (known !== undefined) return known;
    this.#connections.set(socket, ++this.#connectionCount);
    return this.#connectionCount;
  }

  async #answer(exchange: Exchange, entry: Entry, ordinal: number, response: ServerResponse): Promise<void> {
    const payload = buildPayload(exchange.respond, { ordinal, body: entry.body, path: entry.path }, this.file);
    const steps = plan(payload, exchange.respond.actions ?? []);
    const gone = new AbortController();
    let cut = false;
    this.#answering.add(response);
    const leaving = new Promise<void>((resolve) => {
      response.once("close", () => {
        this.#answering.delete(response);
        if (!response.writableFinished && !cut) this.#ledger.abort(entry);
        gone.abort();
        resolve();
      });
    });
    await send(response, payload, steps, {
      gone: gone.signal,
      leaving,
      held: (name) => this.#holds.wait(name),
      cutting: () => {
        cut = true;
      },
    });
  }
}

async function readBody(request: IncomingMessage): Promise<{ bytes: Buffer; complete: boolean }> {
  const pieces: Buffer[] = [];
  try {
    for await (const piece of request) pieces.push(piece as Buffer);
    return { bytes: Buffer.concat(pieces), complete: request.complete };
  } catch {
    return { bytes: Buffer.concat(pieces), complete: false };
  }
}
