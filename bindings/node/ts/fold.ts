import type { LastEvent, Sink } from "./run.js";

/** Waits for what a run comes to, and for nothing else of it. */
export class Fold implements Sink {
  readonly last: Promise<LastEvent | string>;
  #resolve!: (last: LastEvent | string) => void;
  #reject!: (error: unknown) => void;
  #error: { readonly error: unknown } | undefined;

  constructor() {
    this.last = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

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
    if (this.#error === undefined) this.#resolve(last);
    else this.#reject(this.#error.error);
  }
}
