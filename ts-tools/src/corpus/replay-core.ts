import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Item } from "./folder.js";
import type { Observation } from "./observation.js";
import { readSeen } from "./seen.js";

/** How the replay in the core is run. */
export interface CoreReplay {
  /** The command that runs the core's test, at the repository's root. */
  readonly command: string;
  readonly root: string;
  /** Folder for the plan, what was seen and the command's output. */
  readonly scratch: string;
}

/** What the core made of one answer. */
export interface SeenByCore extends Observation {
  /** Ids of the calls that were announced when the answer was whole. */
  readonly announced: readonly string[];
  /** Where the answer was cut when its events differed, or null. */
  readonly split: string | null;
}

/** Decodes every item in the core, whole and cut at every byte. Gives what was seen by id. */
export async function replayInCore(items: readonly Item[], run: CoreReplay): Promise<Map<string, SeenByCore>> {
  mkdirSync(run.scratch, { recursive: true });
  const [plan, seen] = [join(run.scratch, "core.plan.jsonl"), join(run.scratch, "core.seen.jsonl")];
  writeFileSync(seen, "");
  writeFileSync(plan, items.map((item) => `${JSON.stringify(planned(item))}\n`).join(""));
  const log = openSync(join(run.scratch, "core.log"), "w");
  try {
    const child = spawn("sh", ["-c", run.command], {
      stdio: ["ignore", log, log],
      cwd: run.root,
      env: { ...process.env, LLMSPELL_CORPUS_PLAN: plan, LLMSPELL_CORPUS_SEEN: seen },
    });
    await once(child, "exit");
  } finally {
    closeSync(log);
  }
  return readSeen<SeenByCore>(seen);
}

function planned({ id, exchange: { response } }: Item): object {
  return { id, status: response.status, headers: response.headers, body_hex: response.body.toString("hex") };
}
