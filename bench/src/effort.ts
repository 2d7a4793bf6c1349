/** How long to measure. */
export interface Effort {
  readonly name: "full" | "quick" | "smoke";
  readonly rounds: number;
  /** Time that one sample should take, in ms. */
  readonly sampleMs: number;
  /** Open streams in the memory row. */
  readonly streams: readonly number[];
  /** Largest size in the growth rows. */
  readonly growth: number;
}

/** Full: the figures that count. Quick: about a minute, for tuning. Smoke: that everything runs and answers right. */
export const EFFORTS: Readonly<Record<Effort["name"], Effort>> = {
  full: { name: "full", rounds: 15, sampleMs: 150, streams: [1000, 5000], growth: 100_000 },
  quick: { name: "quick", rounds: 5, sampleMs: 50, streams: [1000], growth: 10_000 },
  smoke: { name: "smoke", rounds: 1, sampleMs: 0, streams: [20], growth: 100 },
};
