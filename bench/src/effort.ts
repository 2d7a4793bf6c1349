/** How long to measure. */
export interface Effort {
  readonly name: "full" | "quick" | "smoke";
  readonly rounds: number;
  /** Time that one sample should take, in ms. */
  readonly sampleMs: number;
  /** Rounds of the row `node`, at most, and repetitions until JavaScript is compiled. */
  readonly node: { readonly rounds: number; readonly least: number };
  /** Open streams in the memory row. */
  readonly streams: readonly number[];
  /** Sizes in the growth row, smallest first. */
  readonly sizes: readonly number[];
  /** Steps of one run in the growth row, fewest first. */
  readonly steps: readonly number[];
}

/** Full: the figures that count. Quick: about a minute, for tuning. Smoke: that everything runs and answers right. */
export const EFFORTS: Readonly<Record<Effort["name"], Effort>> = {
  full: {
    name: "full",
    rounds: 15,
    sampleMs: 150,
    node: { rounds: 7, least: 100 },
    streams: [1000, 5000],
    sizes: [1000, 10_000, 100_000],
    steps: [100, 300, 1000],
  },
  quick: {
    name: "quick",
    rounds: 5,
    sampleMs: 50,
    node: { rounds: 3, least: 50 },
    streams: [1000],
    sizes: [1000, 10_000],
    steps: [50, 200],
  },
  smoke: {
    name: "smoke",
    rounds: 1,
    sampleMs: 0,
    node: { rounds: 1, least: 3 },
    streams: [20],
    sizes: [200, 400],
    steps: [3, 6],
  },
};
