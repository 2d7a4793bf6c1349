/** Takes one sample of a variant: named numbers. */
export type Sampler = () => Promise<Readonly<Record<string, number>>>;

/** The samples of each variant, in the order of the rounds. */
export type Series = ReadonlyMap<string, readonly Readonly<Record<string, number>>[]>;

/**
 * Samples every variant once in each round, in an order that turns by one from round to round: A B C, B C A, …. So the
 * variants share what else the machine does, and none always comes first.
 */
export async function interleave(rounds: number, variants: ReadonlyMap<string, Sampler>): Promise<Series> {
  const names = [...variants.keys()];
  const series = new Map<string, Readonly<Record<string, number>>[]>(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(round + turn) % names.length] as string;
      const sampler = variants.get(name) as Sampler;
      series.get(name)?.push(await sampler());
    }
  }
  return series;
}

/** One number of a variant in every round. */
export function column(series: Series, variant: string, name: string): number[] {
  const samples = series.get(variant);
  if (!samples) throw new Error(`no variant ${variant}`);
  return samples.map((sample) => {
    const value = sample[name];
    if (value === undefined) throw new Error(`${variant} has no ${name}`);
    return value;
  });
}
