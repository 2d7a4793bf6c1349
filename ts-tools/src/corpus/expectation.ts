import type { Json } from "../mock/types.js";
import type { RecordedFailure } from "./failure.js";

/** A tool call of a recorded answer. */
export interface RecordedCall {
  /** Null when the provider gave none. */
  readonly id: string | null;
  readonly name: string;
  /** JSON text, or what stands in its place. */
  readonly arguments: string;
}

/** Where something in a recorded answer comes from. */
export interface RecordedCitation {
  readonly url: string | null;
  readonly title: string | null;
  /** Words of the source. */
  readonly quote: string | null;
}

/** Token counts in llmspell's names; null when the answer has none. A count that is not named must be absent or 0. */
export type RecordedUsage = Readonly<Record<string, number>> | null;

/** What an answer that succeeded must come out as. */
export interface RecordedTurn {
  readonly outcome: "turn";
  readonly text: string;
  readonly refusal: string;
  readonly reasoning: string;
  readonly calls: readonly RecordedCall[];
  /** Absent where the format has none or they are not read. */
  readonly citations?: readonly RecordedCitation[];
  readonly finishReason: string;
  readonly usage: RecordedUsage;
  readonly model: string | null;
  /** The provider paused the turn, so that a run asks again. */
  readonly goesOn?: boolean;
}

/** What an exchange must come out as. */
export type Expectation = RecordedTurn | RecordedFailure;

/** What an answer that is none of its format must come out as. */
export function protocolFailure(): RecordedFailure {
  return { outcome: "failure", kind: "protocol", status: null, words: null };
}

/** What an answer that ended too early must come out as. */
export function cutShort(): RecordedFailure {
  return { outcome: "failure", kind: "network", status: null, words: null };
}

/** What an answer with tool calls, or with nothing, must come out as when it ends for a reason that is not known. */
export function unknownEnd(): RecordedFailure {
  return { outcome: "failure", kind: "provider", status: null, words: null };
}

/** A text put together from all of its pieces: halves of characters have met by now, or never will. */
export function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, "\uFFFD");
}

/** The whole number that a value is, if it is one or begins with one (some servers write a count as 12.0). */
export function count(value: Json | undefined): number | undefined {
  return typeof value === "number" && value >= 0 ? Math.floor(value) : undefined;
}

/** The value of a JSON text, or undefined when it is none. */
export function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
