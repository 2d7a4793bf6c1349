import { paired, type Spread, spread } from "./stats.js";

/** A bound on a figure: `most` or `least`. */
export type Target = { readonly most: number } | { readonly least: number };

/** How a figure stands to the one it is compared with. */
export type Comparison =
  /** ours ÷ theirs: less is better */
  | "times"
  /** theirs ÷ ours: more is better */
  | "times less"
  /** ours − theirs: less is better */
  | "added";

/** One line of the report. */
export interface Figure {
  readonly row: string;
  readonly what: string;
  readonly unit: string;
  /** Ours, as it is. */
  readonly value: Spread;
  /** The other side, when there is one. */
  readonly against?: {
    readonly name: string;
    readonly value: Spread;
    readonly how: Comparison;
    readonly result: Spread;
  };
  readonly target?: Target;
  /** Whether the target is met; none without a target. */
  readonly met?: boolean;
}

/** What a figure is about. */
export interface About {
  readonly row: string;
  readonly what: string;
  readonly unit: string;
  readonly target?: Target | undefined;
}

function meets(result: number, target: Target): boolean {
  return "most" in target ? result <= target.most : result >= target.least;
}

function judged(about: About, result: Spread): Pick<Figure, "target" | "met"> {
  return about.target ? { target: about.target, met: meets(result.median, about.target) } : {};
}

/** A figure that stands for itself. */
export function absolute(about: About, samples: readonly number[]): Figure {
  const value = spread(samples);
  const { row, what, unit } = about;
  return { row, what, unit, value, ...judged(about, value) };
}

const COMBINE: Record<Comparison, (our: number, their: number) => number> = {
  times: (our, their) => our / their,
  "times less": (our, their) => their / our,
  added: (our, their) => our - their,
};

/** A figure beside another one of the same rounds; the target is for the result of the comparison. */
export function compared(
  about: About,
  ours: readonly number[],
  other: { readonly name: string; readonly samples: readonly number[]; readonly how: Comparison },
): Figure {
  const result = spread(paired(ours, other.samples, COMBINE[other.how]));
  const { row, what, unit } = about;
  const against = { name: other.name, value: spread(other.samples), how: other.how, result };
  return { row, what, unit, value: spread(ours), against, ...judged(about, result) };
}
