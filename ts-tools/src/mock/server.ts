import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { answerJson } from "./answer.js";
import { findFaults, pathText } from "./check.js";
import type { Counts } from "./ledger.js";
import { Player } from "./player.js";
import type { Json, Scenario, Seen } from "./types.js";

/** How to start the server; all optional. */
export interface MockOptions {
  /** Port on 127.0.0.1; 0 (default) takes a free one. */
  readonly port?: number;
  /** The scenario's file, which cassette names are relative to; the current folder by default. */
  readonly file?: string;
}

/** A scenario that is being played. */
export interface Playing {
  /** `http://127.0.0.1:PORT`, followed by the scenario's prefix if it has one; without a slash at the end. */
  readonly url: string;
  /** What it was sent so far. */
  seen(): Seen;
  /** Resolves to true once at least that many requests came and aborts were noticed; to false after `timeoutMs` (5000). */
  until(counts: Partial<Counts>, timeoutMs?: number): Promise<boolean>;
  /** Lets answers pass a `hold` of that name. */
  release(name: string): void;
}

/** A running mock server that plays one scenario at its root. */
export interface Mock extends Playing {
  readonly port: number;
  /** Stops listening and closes every connection. */
  close(): Promise<void>;
}

/** A scenario that a server plays below a prefix of its own. */
export interface Prefixed extends Playing {
  /** Like `/s/7`. */
  readonly prefix: string;
  /** Plays it no longer; connections with an answer under way are broken. */
  remove(): void;
}

/** A running mock server that plays any number of scenarios. */
export interface MockServer {
  readonly url: string;
  readonly port: number;
  /** Plays one more scenario, below a prefix. Throws a TypeError that lists the faults of a scenario that is not one. */
  add(scenario: Scenario, file?: string): Prefixed;
  /** Stops listening and closes every connection. */
  close(): Promise<void>;
}

/** Starts a server that plays the scenario. Throws a TypeError that lists the faults of a scenario that is not one. */
export async function startMock(scenario: Scenario, options: MockOptions = {}): Promise<Mock> {
  const root = playerOf(scenario, options.file);
  const server = await startServer(options, root);
  return { ...playing(root, server.url), port: server.port, close: server.close };
}

/** Starts a server without a scenario: they are added by {@link MockServer.add} or by `POST /__scenario`. */
export async function startMockServer(options: Omit<MockOptions, "file"> = {}): Promise<MockServer> {
  return await startServer(options);
}

async function startServer(options: MockOptions, root?: Player): Promise<MockServer> {
  const stage = new Stage(root);
  // Node's own limits are off: how long a connection lives is the scenario's business.
  const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 }, (request, response) => {
    stage.serve(request, response).catch((error: unknown) => {
      if (response.headersSent || response.destroyed) return void response.destroy();
      answerJson(response, 500, {
        error: { type: "mock_failure", message: String(error instanceof Error ? error.message : error) },
      });
    });
  });
  // A client that resets its connection is an abort, which the response's own events report.
  server.on("connection", (socket) => socket.on("error", () => undefined));
  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  stage.url = url;
  return {
    url,
    port,
    add: (scenario, file) => stage.add(scenario, file),
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function playerOf(scenario: Scenario, file = "scenario.yaml"): Player {
  const faults = findFaults(scenario);
  if (faults.length > 0)
    throw new TypeError(faults.map((fault) => `${pathText(fault.path)}: ${fault.message}`).join("\n"));
  return new Player(scenario, file);
}

function playing(player: Player, url: string): Playing {
  return {
    url,
    seen: () => player.report(),
    until: (counts, timeoutMs) => player.until(counts, timeoutMs),
    release: (name) => player.release(name),
  };
}

/** All the scenarios of one server, and the way from a path to the one that it belongs to. */
class Stage {
  url = "";
  readonly #players = new Map<string, Player>();
  #count = 0;

  constructor(readonly root: Player | undefined) {}

  add(scenario: Scenario, file?: string): Prefixed {
    const player = playerOf(scenario, file);
    const prefix = `/s/${++this.#count}`;
    this.#players.set(prefix, player);
    return { ...playing(player, this.url + prefix), prefix, remove: () => this.#remove(prefix) };
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://mock");
    if (url.pathname === "/__scenario" && request.method === "POST") return await this.#take(request, response);
    const prefix = /^\/s\/\d+(?=\/|$)/.exec(url.pathname)?.[0] ?? "";
    const below = this.#players.get(prefix);
    const player = below ?? this.root;
    if (!player) return answerJson(response, 599, { error: { type: "mock_mismatch", message: this.#nobody(prefix) } });
    if (below) {
      url.pathname = url.pathname.slice(prefix.length) || "/";
      if (url.pathname === "/" && request.method === "DELETE") {
        this.#remove(prefix);
        return answerJson(response, 200, { removed: prefix });
      }
    }
    if (url.pathname.startsWith("/__")) return await control(player, url, response);
    await player.serve(request, url, response);
  }

  #remove(prefix: string): void {
    this.#players.get(prefix)?.stop();
    this.#players.delete(prefix);
  }

  #nobody(prefix: string): string {
    if (prefix !== "") return `no scenario is played at ${prefix}; it was never made, or removed`;
    return "no scenario is played at the root; make one by POST /__scenario and go below the prefix in its answer";
  }

  /** `POST /__scenario`: JSON text of a scenario, whose cassettes are relative to the server's folder. */
  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const refuse = (message: string) => answerJson(response, 400, { error: { type: "mock_scenario", message } });
    let scenario: unknown;
    try {
      const pieces: Buffer[] = [];
      for await (const piece of request) pieces.push(piece as Buffer);
      scenario = JSON.parse(Buffer.concat(pieces).toString("utf8"));
    } catch (error) {
      return refuse(`the scenario must be JSON: ${(error as Error).message}`);
    }
    try {
      const { prefix, url } = this.add(scenario as Scenario);
      answerJson(response, 201, { prefix, url });
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      refuse(error.message);
    }
  }
}

/** A scenario's own control paths: the report, and the release of a hold. */
async function control(player: Player, url: URL, response: ServerResponse): Promise<void> {
  if (url.pathname === "/__seen") {
    const number = (name: string, fallback: number) => Number(url.searchParams.get(name) ?? fallback);
    await player.until({ requests: number("requests", 0), aborted: number("aborted", 0) }, number("timeout_ms", 5000));
    return answerJson(response, 200, player.report() as unknown as Json);
  }
  const name = url.searchParams.get("name");
  if (url.pathname === "/__release" && name) {
    player.release(name);
    return answerJson(response, 200, { released: name });
  }
  answerJson(response, 404, {
    error: { type: "mock_control", message: "known are GET /__seen and POST /__release?name=…" },
  });
}
