/** What was played of a script or cassette. */
export interface Played {
  kind: "script" | "cassette";
  total: number;
  played: number;
  /** How often a script was asked. */
  asked?: number;
  /** What it was asked, in OpenAI's Chat format. */
  requests?: unknown[];
  name?: string;
  /** Exchanges of a cassette that were not played. */
  left?: { exchange: number; method: string; path: string }[];
}
