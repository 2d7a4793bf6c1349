import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ReplayedItem } from "./folder.js";
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
export async function replayInCore(items: readonly ReplayedItem[], run: CoreReplay): Promise<Map<string, SeenByCore>> {
  mkdirSync(run.scratch, { recursive: true });
  const [plan, seen] = [join(run.scratch, "core.plan.jsonl"), join(run.scratch, "core.seen.jsonl")];
  writeFileSync(seen, "");
  writeFileSync(
    plan,
    items
      .flatMap(planned)
      .map((one) => `${JSON.stringify(one)}\n`)
      .join(""),
  );
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

/** The id of the plain answer that a stream amounts to. */
export function plainId(id: string): string {
  return `${id} plain`;
}

function planned({ id, exchange, replayed: { format } }: ReplayedItem): object[] {
  const { status, headers, body } = exchange.response;
  const one = { id, codec: format.codec, status, headers, body_hex: body.toString("hex") };
  const plain = format.plainOf?.(exchange);
  return plain ? [one, { ...one, id: plainId(id), body_hex: plain.toString("hex") }] : [one];
}
