import { EventEmitter } from "node:events";
import type { Json, Mismatch, Seen, SeenRequest } from "./types.js";

/** A request while it is being written down. */
export type Entry = { -readonly [Key in keyof SeenRequest]: SeenRequest[Key] };

/** Writes down what the server was sent, and tells who waits for it. */
export class Ledger {
  readonly #entries: Entry[] = [];
  readonly #mismatches: Mismatch[] = [];
  readonly #changes = new EventEmitter().setMaxListeners(0);

  /** Adds a request and gives its ordinal, from 0. */
  add(entry: Entry): number {
    this.#entries.push(entry);
    this.#changes.emit("change");
    return this.#entries.length - 1;
  }

  /** Notes that the client left before the answer's end. */
  abort(entry: Entry): void {
    entry.aborted = true;
    this.#changes.emit("change");
  }

  mismatch(mismatch: Mismatch): void {
    this.#mismatches.push(mismatch);
    this.#changes.emit("change");
  }

  /** A copy of everything so far. */
  report(unused: number): Seen {
    return {
      requests: this.#entries.map((entry) => ({ ...entry })),
      mismatches: [...this.#mismatches],
      unused,
    };
  }

  /** Resolves to true once `ready` says so, and to false when `timeoutMs` passed before. */
  async until(ready: (counts: Counts) => boolean, timeoutMs: number): Promise<boolean> {
    if (ready(this.#counts())) return true;
    return await new Promise((resolve) => {
      const settle = (value: boolean) => {
        clearTimeout(timer);
        this.#changes.off("change", look);
        resolve(value);
      };
      const look = () => {
        if (ready(this.#counts())) settle(true);
      };
      const timer = setTimeout(() => settle(false), timeoutMs);
      this.#changes.on("change", look);
    });
  }

  #counts(): Counts {
    return { requests: this.#entries.length, aborted: this.#entries.filter((entry) => entry.aborted).length };
  }
}

/** What one can wait for. */
export interface Counts {
  readonly requests: number;
  readonly aborted: number;
}

/** A body as the report shows it: parsed when it is JSON, else its text. */
export function readableBody(bytes: Buffer): Json {
  const text = bytes.toString("utf8");
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}
