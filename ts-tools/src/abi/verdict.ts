import type { Api } from "../ir/types.js";
import type { Baseline } from "./baseline.js";
import { type Changes, compareAbi } from "./compare.js";

/** Whether the C API keeps what its baseline promised, and what to do when not. */
export interface Verdict {
  readonly changes: Changes;
  /** What is wrong, one line each; empty when all is well. */
  readonly problems: readonly string[];
  /** Why the baseline cannot be renewed as things are; empty when it can. */
  readonly obstacles: readonly string[];
}

/** Judges the C API of now against the baseline. */
export function judge(baseline: Baseline, now: Baseline): Verdict {
  const changes = compareAbi(baseline.api, now.api);
  const [was, is] = [abiVersion(baseline.api, "VERSION"), abiVersion(now.api, "VERSION")];
  const oldest = abiVersion(now.api, "MIN");
  const obstacles: string[] = [];
  if (is < was) obstacles.push(`LLMSPELL_ABI_VERSION: went back from ${was} to ${is}; raise it to ${was + 1}`);
  if (oldest > is)
    obstacles.push(`LLMSPELL_ABI_MIN: ${oldest} is newer than LLMSPELL_ABI_VERSION (${is}); write at most ${is}`);
  if (changes.breaks.length > 0) {
    if (is <= was) {
      obstacles.push(
        `LLMSPELL_ABI_VERSION: still ${is}; write ${was + 1} in llmspell-c-api/src/version.rs and run \`make gen\``,
      );
    }
    if (oldest <= was) {
      obstacles.push(
        `LLMSPELL_ABI_MIN: still ${oldest}, but version ${was} is not served any more; write ${Math.max(is, was + 1)}`,
      );
    }
    if (now.soname === baseline.soname) {
      obstacles.push(
        `SONAME: still ${now.soname}, so old programs would load the new library; raise its number in the Makefile`,
      );
    }
  }
  const problems = changes.breaks.map((line) => `ABI break: ${line}`);
  if (problems.length > 0 || is !== was || now.soname !== baseline.soname) {
    problems.push(...obstacles, advice(changes, obstacles));
  } else {
    problems.push(...obstacles);
  }
  return { changes, problems, obstacles };
}

function advice({ breaks }: Changes, obstacles: readonly string[]): string {
  const renew = "run `make abi-baseline` and commit llmspell-c-api/abi/baseline.json";
  if (breaks.length === 0) return `The version of the interface is not the baseline's: ${renew}, or undo it`;
  const first = obstacles.length === 0 ? "" : "do what the lines above say, then ";
  return `Undo what breaks programs, or, when it is meant, ${first}${renew} (CONTRIBUTING.md, "Changing the C API")`;
}

function abiVersion(api: Api, which: "VERSION" | "MIN"): number {
  return Number(api.constants.find(({ name }) => name === `LLMSPELL_ABI_${which}`)?.value ?? 0);
}
