import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** A target of the fuzzer, as the fuzzer lists it. */
export interface Target {
  readonly name: string;
  /** Folder of its seeds, under `llmspell-c-api/fuzz/seeds`. */
  readonly seeds: string;
}

/** What a run of one target gave. */
export interface Outcome {
  readonly target: string;
  /** Inputs that were tried. */
  readonly runs: number;
  readonly seconds: number;
  /** Edges of the code that were reached. */
  readonly coverage: number;
  /** What is wrong; absent when every property held. */
  readonly finding?: Finding;
}

/** An input that breaks a property, or a fuzzer that died. */
export interface Finding {
  readonly message: string;
  /** Command that shows it again; absent when no input was saved. */
  readonly replay?: string;
}

/** Where things are and how long a target runs. */
export interface Setting {
  /** The fuzzer. */
  readonly binary: string;
  /** Folder with a folder of seeds for each name. */
  readonly seeds: string;
  /** Folder for logs, findings and the inputs that reached something new. */
  readonly out: string;
  readonly seconds: number;
  readonly seed: number;
}

/** Longest time for one input: many times what the slowest takes on a busy machine. */
const INPUT_SECONDS = 120;
/** Most memory of the fuzzer. */
const MEMORY_MB = 2048;
/** Longest input in bytes. */
const INPUT_BYTES = 65536;

/** Asks the fuzzer for its targets. */
export function targetsOf(binary: string): Target[] {
  const listing = execFileSync(binary, { env: environment("list"), encoding: "utf8" });
  return [...listing.matchAll(/^target (\S+) (\S+)$/gm)].map((line) => ({
    name: String(line[1]),
    seeds: String(line[2]),
  }));
}

function environment(target: string): NodeJS.ProcessEnv {
  return { ...process.env, LLMSPELL_FUZZ_TARGET: target };
}

/** Fuzzes one target for the given time, or until it finds something. */
export async function fuzz(target: Target, setting: Setting): Promise<Outcome> {
  const corpus = join(setting.out, "corpus", target.name);
  const findings = join(setting.out, "findings", target.name);
  for (const folder of [corpus, findings]) mkdirSync(folder, { recursive: true });
  const before = new Set(readdirSync(findings));
  const log = join(setting.out, `${target.name}.log`);
  const start = performance.now();
  const code = await run(
    setting.binary,
    [
      `-max_total_time=${setting.seconds}`,
      `-seed=${setting.seed}`,
      `-timeout=${INPUT_SECONDS}`,
      `-rss_limit_mb=${MEMORY_MB}`,
      `-max_len=${INPUT_BYTES}`,
      `-artifact_prefix=${findings}/`,
      "-print_final_stats=1",
      corpus,
      resolve(setting.seeds, target.seeds),
    ],
    target.name,
    log,
    setting.seconds + 3 * INPUT_SECONDS,
  );
  const text = readFileSync(log, "utf8");
  const saved = readdirSync(findings).find((file) => !before.has(file) && !file.startsWith("slow-unit-"));
  const outcome = { target: target.name, seconds: (performance.now() - start) / 1000, ...figures(text) };
  if (code === 0) return outcome;
  const message = complaint(text) ?? `the fuzzer ended with ${code ?? "a signal"}`;
  if (saved === undefined) return { ...outcome, finding: { message: `${message} (log: ${log})` } };
  const replay = `LLMSPELL_FUZZ_TARGET=${target.name} ${setting.binary} ${join(findings, saved)}`;
  return { ...outcome, finding: { message, replay } };
}

/** Gives one saved input to its target again; resolves to whether it still breaks a property. */
export async function breaks(target: string, input: string, setting: Setting): Promise<boolean> {
  const log = join(setting.out, `${target}.replay.log`);
  return (await run(setting.binary, [input], target, log, INPUT_SECONDS)) !== 0;
}

/** Figures that libFuzzer prints at its end; on the way it prints `#<runs>` and `cov: <edges>`. */
export function figures(text: string): { runs: number; coverage: number } {
  const last = (pattern: RegExp): number => Number([...text.matchAll(pattern)].at(-1)?.[1] ?? 0);
  return { runs: last(/(?:number_of_executed_units: |^#)(\d+)/gm), coverage: last(/cov: (\d+)/g) };
}

/** What a panic or libFuzzer itself says is wrong. */
export function complaint(text: string): string | undefined {
  const panic = /^thread .* panicked at (\S+?):?\n(.+)$/m.exec(text);
  if (panic) return `${panic[2]} (${String(panic[1]).replace(/^\/.*\/(?=llmspell-c-api\/|crates\/)/, "")})`;
  return /^(?:==\d+== )?ERROR: libFuzzer: (.+)$/m.exec(text)?.[1];
}

async function run(
  binary: string,
  args: readonly string[],
  target: string,
  log: string,
  limitSeconds: number,
): Promise<number | null> {
  const file = openSync(log, "w");
  try {
    const child = spawn(resolve(binary), args, { stdio: ["ignore", file, file], env: environment(target) });
    const timer = setTimeout(() => child.kill("SIGKILL"), limitSeconds * 1000);
    const [code] = (await once(child, "exit")) as [number | null];
    clearTimeout(timer);
    return code;
  } finally {
    closeSync(file);
  }
}
