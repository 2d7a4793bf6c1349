import type { LastEvent, Sink } from "./run.js";

/** Takes note of what a run comes to, and of nothing else of it. */
export abstract class Ending implements Sink {
  protected error: { readonly error: unknown } | undefined;

  takes(): boolean {
    return false;
  }

  serve(begin: () => void): void {
    begin();
  }

  event(): void {}

  stop(): void {}

  fail(error: unknown): void {
    this.error ??= { error };
  }

  abstract end(last: LastEvent | string): void;
}

/** Waits for what a run comes to. */
export class Fold extends Ending {
  readonly last: Promise<LastEvent | string>;
  #resolve!: (last: LastEvent | string) => void;
  #reject!: (error: unknown) => void;

  constructor() {
    super();
    this.last = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  end(last: LastEvent | string): void {
    if (this.error === undefined) this.#resolve(last);
    else this.#reject(this.error.error);
  }
}
