import { attempt } from "./error.js";
import { hub, newNumbers, readRows } from "./hub.js";
import type { ActiveRun, LastEvent, Sink } from "./run.js";

/** Milliseconds that the thread stands still at once: then a worker that is terminated ends. */
const SLICE_MS = 50;

/** What a run that blocks its thread comes to. */
export class Blocking implements Sink {
  #last: LastEvent | string | undefined;
  #error: { readonly error: unknown } | undefined;

  takes(): boolean {
    return false;
  }

  serve(begin: () => void): void {
    begin();
  }

  event(): void {}

  fail(error: unknown): void {
    this.#error ??= { error };
  }

  end(last: LastEvent | string): void {
    this.#last = last;
  }

  /** Waits for the end of a run that was started to block, and serves its requests meanwhile. */
  wait(run: ActiveRun): LastEvent | string {
    const numbers = newNumbers();
    try {
      while (this.#last === undefined) {
        const texts = attempt(() => hub().native.wait(run.number, SLICE_MS, numbers));
        readRows(numbers, texts, (row) => run.take(row));
      }
    } finally {
      run.abandon();
    }
    if (this.#error !== undefined) throw this.#error.error;
    return this.#last;
  }
}
