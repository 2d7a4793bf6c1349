import { once } from "node:events";
import type { Socket } from "node:net";
import { connect } from "node:net";
import type { Mock, Scenario } from "../../src/mock/index.js";
import { startMock } from "../../src/mock/index.js";

/** Runs `use` against a server that plays `scenario`, and stops the server however it ends. */
export async function withMock<T>(scenario: Scenario, use: (mock: Mock) => Promise<T>, file?: string): Promise<T> {
  const mock = await startMock(scenario, file === undefined ? {} : { file });
  try {
    return await use(mock);
  } finally {
    await mock.close();
  }
}

/** Posts a Chat request body as a client library would. */
export function post(mock: Mock, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${mock.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
}

/** What a raw client saw on the wire. */
export interface Wire {
  /** Everything received. */
  readonly bytes: Buffer;
  /** The same as it arrived, one entry per read. */
  readonly reads: readonly Buffer[];
  /** `end` for an ordinary close by the server, else the error's code, e.g. `ECONNRESET`. */
  readonly ending: string;
}

/** A connection without any HTTP library: sends one request and shows every byte that comes back. */
export class RawClient {
  readonly reads: Buffer[] = [];
  readonly #ending: Promise<string>;

  private constructor(readonly socket: Socket) {
    socket.on("data", (piece) => this.reads.push(piece));
    this.#ending = new Promise((resolve) => {
      socket.once("end", () => resolve("end"));
      socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    });
  }

  static async open(mock: Mock): Promise<RawClient> {
    const socket = connect(mock.port, "127.0.0.1");
    await once(socket, "connect");
    return new RawClient(socket);
  }

  /** Sends a POST with this JSON body. */
  request(body: unknown = {}): void {
    const text = JSON.stringify(body);
    this.socket.write(
      `POST /v1/chat/completions HTTP/1.1\r\nhost: mock\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
    );
  }

  /** Resolves once `text` has come in. */
  async received(text: string): Promise<void> {
    while (!this.text().includes(text)) await once(this.socket, "data");
  }

  text(): string {
    return Buffer.concat(this.reads).toString("latin1");
  }

  /** Everything until the server ends the connection. */
  async toTheEnd(): Promise<Wire> {
    const ending = await this.#ending;
    this.socket.destroy();
    return { bytes: Buffer.concat(this.reads), reads: this.reads, ending };
  }

  /** The pieces that a chunked body came in. */
  chunks(): string[] {
    let rest = this.text().slice(this.text().indexOf("\r\n\r\n") + 4);
    const pieces: string[] = [];
    for (;;) {
      const end = rest.indexOf("\r\n");
      const length = Number.parseInt(rest.slice(0, end), 16);
      if (!(length > 0)) return pieces;
      pieces.push(rest.slice(end + 2, end + 2 + length));
      rest = rest.slice(end + 4 + length);
    }
  }

  close(): void {
    this.socket.destroy();
  }
}
