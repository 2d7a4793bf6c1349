import type { Failure, Outcome, Skip } from "./types.js";

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message?: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages?: readonly string[];
    }[];
  }[];
}

/** Reads the report of vitest's `json` reporter. A file that could not be loaded counts as a failure. */
export function parseVitest(text: string): Outcome {
  let passed = 0;
  const failures: Failure[] = [];
  const skips: Skip[] = [];
  for (const file of (JSON.parse(text) as Report).testResults) {
    const short = file.name.split("/").slice(-2).join("/");
    if (file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed")) {
      failures.push({ name: short, detail: file.message ?? "" });
    }
    for (const test of file.assertionResults) {
      const name = `${short}: ${test.fullName}`;
      if (test.status === "passed") passed++;
      else if (test.status === "failed") failures.push({ name, detail: (test.failureMessages ?? []).join("\n") });
      else skips.push({ name, reason: test.status });
    }
  }
  return { passed, failures, skips };
}
