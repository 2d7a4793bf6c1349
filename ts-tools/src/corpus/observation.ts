import type { Json } from "../mock/types.js";

/** A tool call as a program saw it. */
export interface SeenCall {
  readonly id: string;
  readonly name: string;
  /** The model's text where it is known, else the value that was read from it. */
  readonly arguments: Json;
}

/** A failure as a program saw it. */
export interface SeenError {
  readonly kind: string;
  readonly http_status?: number | null;
  readonly message: string;
}

/** What one way of asking gave, as far as that way shows it; what it does not show is absent. */
export interface Observation {
  readonly text?: string;
  readonly reasoning?: string;
  readonly calls?: readonly SeenCall[];
  /** In order; each with what it has of `url`, `title` and `quote`. */
  readonly citations?: Json;
  /** Of the first step. */
  readonly end?: { readonly usage: Readonly<Record<string, number>>; readonly finish_reason: string } | null;
  readonly model?: string;
  readonly error?: SeenError | null;
}
