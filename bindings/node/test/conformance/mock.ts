/** Talks to the mock server that the runner started (docs/mock.md): scenarios of one case after the other. */
import type { Json } from "./types.js";

interface Seen {
  readonly requests: readonly { readonly aborted?: boolean }[];
}

async function call(method: string, url: string, body?: Json): Promise<unknown> {
  const answer = await fetch(url, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`the mock server answers ${method} ${url} with ${answer.status} ${text}`);
  return JSON.parse(text);
}

/** A scenario that is played. */
export class Scenario {
  private constructor(readonly url: string) {}

  static async play(scenario: Json): Promise<Scenario> {
    const server = process.env["LLMSPELL_MOCK"];
    if (!server) throw new Error("LLMSPELL_MOCK must name a mock server; run `make conformance`");
    const made = (await call("POST", `${server}/__scenario`, scenario)) as { url: string };
    return new Scenario(made.url);
  }

  /** What the server was sent. */
  async seen(): Promise<Json> {
    return (await call("GET", `${this.url}/__seen`)) as Json;
  }

  /** Waits until it has seen so much; throws after 30 seconds. */
  async await(requests: number, aborted: number): Promise<void> {
    const query = `requests=${requests}&aborted=${aborted}&timeout_ms=30000`;
    const seen = (await call("GET", `${this.url}/__seen?${query}`)) as Seen;
    const cut = seen.requests.filter((request) => request.aborted === true).length;
    if (seen.requests.length < requests || cut < aborted) {
      throw new Error(`the server saw ${seen.requests.length} requests, ${cut} of them aborted`);
    }
  }

  async release(hold: string): Promise<void> {
    await call("POST", `${this.url}/__release?name=${encodeURIComponent(hold)}`);
  }

  async remove(): Promise<void> {
    await call("DELETE", this.url);
  }
}
