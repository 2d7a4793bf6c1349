import type { Context } from "./context.js";
import type { Figure } from "./figure.js";

/** A group of figures that are measured together. */
export interface Row {
  /** What `BENCH="…"` calls it. */
  readonly name: string;
  /** One sentence: what is measured. */
  readonly about: string;
  measure(context: Context): Promise<readonly Figure[]>;
}
