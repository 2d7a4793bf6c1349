import { attempt } from "./error.js";
import { Ending } from "./fold.js";
import { hub, newNumbers, readRows } from "./hub.js";
import type { ActiveRun, LastEvent } from "./run.js";

/** Milliseconds that the thread stands still at once: then a worker that is terminated ends. */
const SLICE_MS = 50;

/** What a run that blocks its thread comes to. */
export class Blocking extends Ending {
  #last: LastEvent | string | undefined;

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
    if (this.error !== undefined) throw this.error.error;
    return this.#last;
  }
}
