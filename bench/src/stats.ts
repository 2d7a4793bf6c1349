/** The value at the fraction `at` (0 to 1) of sorted samples, interpolated. */
export function quantile(samples: readonly number[], at: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const place = (sorted.length - 1) * at;
  const below = sorted[Math.floor(place)];
  const above = sorted[Math.ceil(place)];
  if (below === undefined || above === undefined) throw new Error("no samples");
  return below + (above - below) * (place - Math.floor(place));
}

/** The middle of the samples, and the quartiles around it. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** Median and quartiles. */
export function spread(samples: readonly number[]): Spread {
  return { median: quantile(samples, 0.5), low: quantile(samples, 0.25), high: quantile(samples, 0.75) };
}

/** Combines two series round by round: samples of one round saw the same noise. */
export function paired(
  ours: readonly number[],
  theirs: readonly number[],
  combine: (our: number, their: number) => number,
): number[] {
  if (ours.length !== theirs.length) throw new Error(`${ours.length} samples beside ${theirs.length}`);
  return ours.map((our, round) => combine(our, theirs[round] as number));
}

/** The mean that suits ratios. */
export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}
