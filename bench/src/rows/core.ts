import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Command, run } from "../command.js";
import { root } from "../context.js";
import { absolute, compared, type Figure, type Target } from "../figure.js";
import type { Row } from "../row.js";
import { spread } from "../stats.js";

/** What criterion found for one benchmark: nanoseconds of an iteration in each sample, and what one iteration did. */
interface Estimate {
  readonly group: string;
  readonly name: string;
  readonly size: number | undefined;
  readonly ns: readonly number[];
  readonly bytes: number | undefined;
  readonly elements: number;
}

const DECODING: Target = { least: 500 };
const NO_CLIFF: Target = { most: 2 };
/** Below this many, what a run costs by itself hides the cost of one more. */
const SMALLEST = 1000;

/** The core without I/O, by criterion. */
export const core: Row = {
  name: "core",
  about: "the core alone, by criterion: decoding of streams, requests, the run machine, and how they grow",
  async measure(context) {
    const home = join(root, context.work, "criterion");
    const bench = ["cargo", "bench", "--locked", "--quiet", "-p", "llmspell-core", "-p", "llmspell-c-api"];
    const argv = [...bench, "--profile", "dist", "--bench", "core"];
    await run({ argv: [...argv, "--no-run"], cwd: root });
    const short = context.effort.name === "quick" ? ["--quick"] : [];
    const command: Command = {
      argv: [...argv, "--", "--noplot", ...short],
      cwd: root,
      env: { CRITERION_HOME: home },
      core: context.clientCore,
    };
    rmSync(home, { recursive: true, force: true });
    await run(command);
    const estimates = readEstimates(home);
    return [...estimates.filter((estimate) => estimate.group !== "growth").map(figureOf), ...growthOf(estimates)];
  },
  // the same benchmarks, each once, from the build that the Rust tests made
  async smoke() {
    const argv = ["cargo", "bench", "--locked", "--quiet", "--workspace", "--profile", "ci", "--bench", "core"];
    const out = await run({ argv: [...argv, "--", "--test", "^(sse|decode|encode|machine)/|/100$"], cwd: root });
    const count = out.split("\n").filter((line) => line === "Success").length;
    if (count === 0) throw new Error(`criterion ran no benchmark:\n${out}`);
  },
};

function figureOf({ group, name, ns, bytes, elements }: Estimate): Figure {
  const about = { row: "core", what: `${group}: ${name}` };
  if (bytes !== undefined) {
    const judged = group === "decode" && name.startsWith("stream");
    const speeds = ns.map((time) => (bytes / time) * 1000);
    return absolute({ ...about, unit: "MB/s", target: judged ? DECODING : undefined }, speeds);
  }
  return absolute(
    { ...about, unit: "µs" },
    ns.map((time) => time / elements / 1000),
  );
}

/** Quartiles and median of the time for one element: series of the same length for every benchmark. */
function micros({ ns, elements }: Estimate): number[] {
  const { low, median, high } = spread(ns);
  return [low, median, high].map((time) => time / elements / 1000);
}

/** The cost of one at the largest size beside the same at a small one. */
function growthOf(estimates: readonly Estimate[]): Figure[] {
  const growth = estimates.filter((estimate) => estimate.group === "growth");
  return [...new Set(growth.map((estimate) => estimate.name))].flatMap((name) => {
    const sizes = growth.filter((estimate) => estimate.name === name).sort((a, b) => (a.size ?? 0) - (b.size ?? 0));
    const largest = sizes.at(-1);
    const small = sizes.find((estimate) => estimate.elements >= SMALLEST) ?? sizes[0];
    if (!largest || !small) return [];
    const about = { row: "core", what: `growth: one of ${largest.size} ${name}`, unit: "µs", target: NO_CLIFF };
    const other = { name: `one of ${small.size}`, samples: micros(small), how: "times" } as const;
    return [compared(about, micros(largest), other)];
  });
}

/** Everything that criterion left below its folder; the folder is made anew for each run. */
function readEstimates(home: string): Estimate[] {
  return readdirSync(home, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(join("new", "benchmark.json")))
    .map((path) => readEstimate(join(home, path)))
    .sort((a, b) => a.group.localeCompare(b.group) || a.name.localeCompare(b.name));
}

function readEstimate(file: string): Estimate {
  const about = JSON.parse(readFileSync(file, "utf8")) as {
    group_id: string;
    function_id: string;
    value_str: string | null;
    throughput: { Bytes?: number; Elements?: number } | null;
  };
  const sample = JSON.parse(readFileSync(file.replace(/benchmark\.json$/, "sample.json"), "utf8")) as {
    iters: number[];
    times: number[];
  };
  return {
    group: about.group_id,
    name: about.function_id,
    size: about.value_str === null ? undefined : Number(about.value_str),
    ns: sample.times.map((time, index) => time / (sample.iters[index] ?? Number.NaN)),
    bytes: about.throughput?.Bytes,
    elements: about.throughput?.Elements ?? 1,
  };
}
