import type { Candidate } from "./match.js";
import { compare } from "./match.js";
import type { Difference, Exchange, Scenario } from "./types.js";

/** What a request gets: an exchange, or the reason why there is none. */
export type Choice =
  | { readonly exchange: Exchange; readonly index: number }
  | {
      readonly exchange: null;
      readonly index: number | null;
      readonly message: string;
      readonly differences: readonly Difference[];
    };

/** Keeps account of which exchanges are used up. */
export class Script {
  readonly #left: number[];
  readonly #used: number[];

  constructor(readonly scenario: Scenario) {
    this.#left = scenario.exchanges.map((exchange) =>
      exchange.repeat === "forever" ? Number.POSITIVE_INFINITY : (exchange.repeat ?? 1),
    );
    this.#used = scenario.exchanges.map(() => 0);
  }

  /** Picks the exchange that answers this request and counts it as used. A request that matches none uses nothing up. */
  take(request: Candidate): Choice {
    const open = this.#left.flatMap((left, index) => (left > 0 ? [index] : []));
    const candidates = this.scenario.match === "any" ? open : this.#ordered(open);
    let nearest: { index: number; differences: Difference[] } | undefined;
    for (const index of candidates) {
      const exchange = this.scenario.exchanges[index] as Exchange;
      const differences = compare(exchange.expect, request);
      if (differences.length === 0) {
        this.#left[index] = (this.#left[index] ?? 0) - 1;
        this.#used[index] = (this.#used[index] ?? 0) + 1;
        return { exchange, index };
      }
      if (!nearest || differences.length < nearest.differences.length) nearest = { index, differences };
    }
    if (!nearest)
      return { exchange: null, index: null, message: "no exchange of the scenario is left", differences: [] };
    const message = `the request is not what exchange ${nearest.index} expects`;
    return { exchange: null, index: nearest.index, message, differences: nearest.differences };
  }

  /** Answers that were not asked for. One that repeats forever counts as one until its first use. */
  unused(): number {
    return this.#left.reduce(
      (sum, left, index) => sum + (left === Number.POSITIVE_INFINITY ? (this.#used[index] ? 0 : 1) : left),
      0,
    );
  }

  /** In order: the first open one, and behind one that repeats forever also what follows it, else nothing could. */
  #ordered(open: number[]): number[] {
    const end = open.findIndex((index) => this.#left[index] !== Number.POSITIVE_INFINITY);
    return end === -1 ? open : open.slice(0, end + 1);
  }
}
