import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, cpSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { startMockServer } from "../mock/index.js";
import type { Log } from "./canonical.js";
import type { Host } from "./hosts.js";
import type { Cell, Finding } from "./judge.js";
import { judge, obstacle } from "./judge.js";
import { carries } from "./load.js";
import { readOutput } from "./output.js";
import type { NamedCase } from "./types.js";

/** How to run. */
export interface RunOptions {
  /** Folder that gets each host's output, logs and bytes for others; emptied first. */
  readonly folder: string;
  /** The repository's root, where commands run. */
  readonly root: string;
  /** Beginnings of the ids that are wanted; all when empty. */
  readonly only?: readonly string[];
  /** How many hosts run at the same time: 4 by default, since they mostly wait. */
  readonly atOnce?: number;
  /** After how many seconds a host's command is stopped: 300 by default. */
  readonly limitSeconds?: number;
  /** Told in a line what goes on. */
  readonly say?: (line: string) => void;
}

/** What came of a run. */
export interface Results {
  readonly cells: readonly Cell[];
  /** Hosts that ran. */
  readonly hosts: readonly Host[];
  /** Hosts that were left out, each with the reason. */
  readonly leftOut: readonly { readonly host: Host; readonly reason: string }[];
}

/**
 * Runs cases in hosts and judges what they wrote down.
 *
 * First those that hand bytes on, in every host, then all of them: so each host finds the bytes of every other one.
 */
export async function runHosts(cases: readonly NamedCase[], all: readonly Host[], given: RunOptions): Promise<Results> {
  const options = { ...given, folder: resolve(given.folder) };
  rmSync(options.folder, { recursive: true, force: true });
  const carry = join(options.folder, "carry");
  mkdirSync(carry, { recursive: true });
  const absent = (host: Host) => host.needs !== undefined && !existsSync(join(options.root, host.needs));
  const hosts = all.filter((host) => !absent(host));
  const leftOut = all.filter(absent).map((host) => ({ host, reason: `there is no ${host.needs}` }));
  const wanted = withCarriers(cases, options.only ?? []);
  const carriers = wanted.filter(({ case: one }) => carries(one));
  const context = { options, carry, hosts, cases };

  if (carriers.length > 0) await eachHost(hosts, options, (host) => runHost(host, carriers, "carry", context));
  const came = new Map<Host, Came>();
  await eachHost(hosts, options, async (host) => void came.set(host, await runHost(host, wanted, "run", context)));

  const cells = wanted.flatMap((named) => {
    const barred = hosts.filter((host) => obstacle(named, host) !== undefined);
    const findings = hosts
      .filter((host) => !barred.includes(host))
      .flatMap((host) => findingsOf(named, host, came.get(host)?.said ?? new Map(), context));
    return [
      ...judge(named, findings),
      ...barred.map(
        (host): Cell => ({
          id: named.id,
          host: host.name,
          verdict: "not applicable",
          why: obstacle(named, host) ?? "",
        }),
      ),
    ];
  });
  return { cells: [...cells, ...hosts.flatMap((host) => badEnding(host, cells, came.get(host)))], hosts, leftOut };
}

/** What came of a host's command. */
interface Came {
  /** Which tests passed. */
  readonly said: ReadonlyMap<string, boolean>;
  /** How it ended, when that was not well. */
  readonly trouble: string | undefined;
}

/** A program may pass its tests and go wrong all the same, at its end or in its log. */
function badEnding(host: Host, cells: readonly Cell[], came: Came | undefined): Cell[] {
  const told = cells.some((cell) => cell.host === host.name && ["failed", "expected"].includes(cell.verdict));
  if (came?.trouble === undefined || told) return [];
  return [{ id: "the-end", host: host.name, verdict: "failed", why: `every test passed, but it ${came.trouble}` }];
}

/** How many lines of the output tell why a program did not end well. */
const LAST_LINES = 12;

interface Context {
  readonly options: RunOptions;
  readonly carry: string;
  readonly hosts: readonly Host[];
  readonly cases: readonly NamedCase[];
}

/** The cases whose ids begin as wanted, and those whose bytes they go on from. */
function withCarriers(cases: readonly NamedCase[], only: readonly string[]): readonly NamedCase[] {
  if (only.length === 0) return cases;
  const chosen = cases.filter(({ id }) => only.some((start) => id.startsWith(start)));
  const carried = new Set(chosen.map(({ case: one }) => one.given?.carried));
  return cases.filter((one) => chosen.includes(one) || carried.has(one.id));
}

async function eachHost(
  hosts: readonly Host[],
  { atOnce = 4 }: RunOptions,
  act: (host: Host) => Promise<unknown>,
): Promise<void> {
  const left = [...hosts];
  const worker = async () => {
    for (let host = left.shift(); host; host = left.shift()) await act(host);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

function folderOf(host: Host, options: RunOptions): string {
  return join(options.folder, host.name);
}

/** Runs a host's command for some of the cases, with a mock server of its own. */
async function runHost(
  host: Host,
  wanted: readonly NamedCase[],
  phase: "carry" | "run",
  { options, carry, hosts, cases }: Context,
): Promise<Came> {
  const logs = join(folderOf(host, options), "logs");
  rmSync(logs, { recursive: true, force: true });
  mkdirSync(logs, { recursive: true });
  // In the second phase bytes are written once more, while others read them: each host has its own copy.
  const bytes = phase === "carry" ? carry : join(folderOf(host, options), "carry");
  if (bytes !== carry) cpSync(carry, bytes, { recursive: true });
  const skip = cases.filter((one) => !wanted.includes(one) || obstacle(one, host) !== undefined);
  const output = join(folderOf(host, options), `${phase}.log`);
  const mock = await startMockServer();
  const start = performance.now();
  let ending: Ending;
  try {
    const environment = {
      LLMSPELL_MOCK: mock.url,
      LLMSPELL_CONFORMANCE_HOST: host.name,
      LLMSPELL_CONFORMANCE_SKIP: skip.map(({ id }) => id).join(","),
      LLMSPELL_CONFORMANCE_LOGS: logs,
      LLMSPELL_CONFORMANCE_CARRY: bytes,
      LLMSPELL_CONFORMANCE_FROM: phase === "carry" ? "" : hosts.map(({ name }) => name).join(","),
    };
    ending = await runCommand(host.run, environment, output, options);
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    if (phase === "run")
      options.say?.(`${host.name}: ${ending.words} after ${seconds} s, output in ${relative(options.root, output)}`);
  } finally {
    await mock.close();
  }
  const text = readFileSync(output, "utf8");
  const last = text.trimEnd().split("\n").slice(-LAST_LINES).join("\n");
  return {
    said: readOutput(host.format, text),
    trouble: ending.well ? undefined : `${ending.words}; its last words:\n${last}`,
  };
}

/** How a command ended. */
interface Ending {
  readonly well: boolean;
  readonly words: string;
}

/** The environment of a host: nothing of a provider or a proxy in it, which cases would then not be alone with. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const members = Object.entries(process.env).filter(([name]) => !/^(OPENAI_|LLMSPELL_)|_proxy$/i.test(name));
  return { ...Object.fromEntries(members), NO_PROXY: "127.0.0.1,localhost", no_proxy: "127.0.0.1,localhost" };
}

async function runCommand(
  command: string,
  environment: Record<string, string>,
  output: string,
  { root, limitSeconds = 300 }: RunOptions,
): Promise<Ending> {
  const file = openSync(output, "w");
  try {
    // A group of its own, so that a stuck program ends with its children.
    const child = spawn("sh", ["-c", command], {
      cwd: root,
      stdio: ["ignore", file, file],
      env: { ...cleanEnvironment(), ...environment },
      detached: true,
    });
    let stopped = false;
    const timer = setTimeout(() => {
      stopped = true;
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    }, limitSeconds * 1000);
    const [code] = (await once(child, "exit")) as [number | null];
    clearTimeout(timer);
    const words = stopped ? `was stopped after ${limitSeconds} s` : `ended with ${code ?? "a signal"}`;
    return { well: code === 0, words };
  } finally {
    closeSync(file);
  }
}

function findingsOf(
  named: NamedCase,
  host: Host,
  said: ReadonlyMap<string, boolean>,
  { options, hosts }: Context,
): Finding[] {
  const result = said.get(named.id);
  const verdict = result === undefined ? undefined : result ? "passed" : "failed";
  const logs = join(folderOf(host, options), "logs");
  const file = named.id.replaceAll("/", "-");
  if (named.case.given?.carried === undefined)
    return [{ host, said: verdict, log: readLog(logs, `${file}.json`, named, host) }];
  // One test stands for all the bytes: it fails when one of them fails.
  const all = hosts.map(({ name }) => ({ from: name, log: readLog(logs, `${file}@${name}.json`, named, host) }));
  const explained = verdict === "failed" && all.some(({ log }) => !log || log.problems.length > 0);
  return all.map(({ from, log }) => ({
    host,
    from,
    said: explained && log && log.problems.length === 0 ? ("passed" as const) : verdict,
    log,
  }));
}

function readLog(folder: string, file: string, { id }: NamedCase, host: Host): Log | undefined {
  if (!existsSync(folder) || !readdirSync(folder).includes(file)) return undefined;
  try {
    const log = JSON.parse(readFileSync(join(folder, file), "utf8")) as Log;
    return log.id === id && log.host === host.name ? log : undefined;
  } catch {
    return undefined;
  }
}
