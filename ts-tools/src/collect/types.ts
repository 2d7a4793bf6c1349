/** One test that failed, with what its suite printed about it. */
export interface Failure {
  readonly name: string;
  /** Lines of explanation; may be empty. */
  readonly detail: string;
}

/** One test that did not run, and why. */
export interface Skip {
  readonly name: string;
  readonly reason: string;
}

/** What a suite's output says. */
export interface Outcome {
  readonly passed: number;
  readonly failures: readonly Failure[];
  readonly skips: readonly Skip[];
}

/** Formats that the collector reads. */
export type Format = "libtest" | "tap" | "vitest";

/** A suite as the list of suites describes it. */
export interface Suite {
  readonly name: string;
  /** Shell command, run at the repository's root. */
  readonly run: string;
  readonly format: Format;
  /** File that holds the results, when they are not in the output. */
  readonly results?: string;
  /** The suite is stopped, and failed, after this many seconds; 1200 when absent. */
  readonly timeout_s?: number;
  /** Suites next to each other in the list with the same word here run at the same time, one on each processor. */
  readonly beside?: string;
  /** Environment beside the collector's own. */
  readonly env?: Readonly<Record<string, string>>;
}
