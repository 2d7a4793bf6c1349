import type { Context } from "./context.js";
import type { Figure } from "./figure.js";

/** A group of figures that are measured together. */
export interface Row {
  /** What `BENCH="…"` calls it. */
  readonly name: string;
  /** One sentence: what is measured. */
  readonly about: string;
  measure(context: Context): Promise<readonly Figure[]>;
  /** Shows that it works, for a row whose `measure` cannot be made short; throws when it does not. */
  smoke?(context: Context): Promise<void>;
}
