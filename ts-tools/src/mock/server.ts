import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { findFaults, pathText } from "./check.js";
import { Holds } from "./holds.js";
import type { Counts, Entry } from "./ledger.js";
import { Ledger, readableBody } from "./ledger.js";
import { buildPayload } from "./payload.js";
import { plan } from "./plan.js";
import { redactHeader } from "./redact.js";
import { Script } from "./script.js";
import { send } from "./send.js";
import type { Difference, Exchange, Json, Scenario, Seen } from "./types.js";

/** How to start the server; all optional. */
export interface MockOptions {
  /** Port on 127.0.0.1; 0 (default) takes a free one. */
  readonly port?: number;
  /** The scenario's file, which cassette names are relative to; the current folder by default. */
  readonly file?: string;
}

/** A running mock server. */
export interface Mock {
  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /** What it was sent so far. */
  seen(): Seen;
  /** Resolves to true once at least that many requests came and aborts were noticed; to false after `timeoutMs` (5000). */
  until(counts: Partial<Counts>, timeoutMs?: number): Promise<boolean>;
  /** Lets answers pass a `hold` of that name. */
  release(name: string): void;
  /** Stops listening and closes every connection. */
  close(): Promise<void>;
}

/** Starts a server that plays the scenario. Throws a TypeError that lists the faults of a scenario that is not one. */
export async function startMock(scenario: Scenario, options: MockOptions = {}): Promise<Mock> {
  const faults = findFaults(scenario);
  if (faults.length > 0)
    throw new TypeError(faults.map((fault) => `${pathText(fault.path)}: ${fault.message}`).join("\n"));
  const player = new Player(scenario, options.file ?? "scenario.yaml");
  // Node's own limits are off: how long a connection lives is the scenario's business.
  const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 }, (request, response) => {
    player.serve(request, response).catch((error: unknown) => {
      if (response.headersSent || response.destroyed) return void response.destroy();
      answerJson(response, 500, {
        error: { type: "mock_failure", message: String(error instanceof Error ? error.message : error) },
      });
    });
  });
  server.on("connection", (socket) => player.greet(socket));
  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    seen: () => player.report(),
    until: (counts, timeoutMs) => player.until(counts, timeoutMs),
    release: (name) => player.holds.release(name),
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** One server's state: the script, the ledger, and which connection is which. */
class Player {
  readonly holds = new Holds();
  readonly #script: Script;
  readonly #ledger = new Ledger();
  readonly #connections = new WeakMap<Socket, number>();
  #connectionCount = 0;

  constructor(
    scenario: Scenario,
    readonly file: string,
  ) {
    this.#script = new Script(scenario);
  }

  greet(socket: Socket): void {
    this.#connections.set(socket, ++this.#connectionCount);
    // A client that resets its connection is an abort, which the response's own events report.
    socket.on("error", () => undefined);
  }

  report(): Seen {
    return this.#ledger.report(this.#script.unused());
  }

  until({ requests = 0, aborted = 0 }: Partial<Counts>, timeoutMs = 5000): Promise<boolean> {
    return this.#ledger.until((counts) => counts.requests >= requests && counts.aborted >= aborted, timeoutMs);
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://mock");
    if (url.pathname.startsWith("/__")) return await this.#control(url, response);
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    const { bytes, complete } = await readBody(request);
    const entry: Entry = {
      method: request.method ?? "GET",
      path: url.pathname + url.search,
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, redactHeader(name, value)])),
      body: readableBody(bytes),
      connection: this.#connections.get(request.socket) ?? 0,
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

  async #answer(exchange: Exchange, entry: Entry, ordinal: number, response: ServerResponse): Promise<void> {
    const payload = buildPayload(exchange.respond, { ordinal, body: entry.body }, this.file);
    const steps = plan(payload, exchange.respond.actions ?? []);
    const gone = new AbortController();
    let cut = false;
    const leaving = new Promise<void>((resolve) => {
      response.once("close", () => {
        if (!response.writableFinished && !cut) this.#ledger.abort(entry);
        gone.abort();
        resolve();
      });
    });
    await send(response, payload, steps, {
      gone: gone.signal,
      leaving,
      held: (name) => this.holds.wait(name),
      cutting: () => {
        cut = true;
      },
    });
  }

  /** The server's own paths: the report, and the release of a hold. */
  async #control(url: URL, response: ServerResponse): Promise<void> {
    if (url.pathname === "/__seen") {
      const number = (name: string, fallback: number) => Number(url.searchParams.get(name) ?? fallback);
      await this.until({ requests: number("requests", 0), aborted: number("aborted", 0) }, number("timeout_ms", 5000));
      return answerJson(response, 200, this.report() as unknown as Json);
    }
    const name = url.searchParams.get("name");
    if (url.pathname === "/__release" && name) {
      this.holds.release(name);
      return answerJson(response, 200, { released: name });
    }
    answerJson(response, 404, {
      error: { type: "mock_control", message: "known are GET /__seen and POST /__release?name=…" },
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

/** A report must not show a key, not even when it was the wrong one. */
function redactDifference(difference: Difference): Difference {
  const name = /^headers\.(.*)$/.exec(difference.at)?.[1];
  if (name === undefined) return difference;
  const hide = (value: Json): Json => (typeof value === "string" ? redactHeader(name, value) : value);
  const expected = hide(difference.expected);
  return difference.got === undefined
    ? { ...difference, expected }
    : { ...difference, expected, got: hide(difference.got) };
}

function answerJson(response: ServerResponse, status: number, value: Json | Record<string, unknown>): void {
  const body = Buffer.from(JSON.stringify(value), "utf8");
  response.writeHead(status, { "content-type": "application/json", "content-length": body.length });
  response.end(body);
}
