import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Command, numbersOf } from "./command.js";
import { type Context, program, root } from "./context.js";
import type { Sampler } from "./rounds.js";
import type { Server } from "./server.js";

/** One client doing one task again and again. */
export interface Load {
  /** bare, one of OTHERS, or a Lua client: llmspell, luasocket, curl. */
  readonly client: string;
  /** Lua that runs a Lua client. */
  readonly lua?: string;
  readonly task: "chat" | "stream" | "tool" | "start";
  /** What the server answers (bench/peers/c/server.c). */
  readonly shape: string;
  /** Ask for one JSON document instead of a stream. */
  readonly plain?: boolean;
  /** The server on the client's core instead of another one. */
  readonly together?: boolean;
  /** Most repetitions of one sample, for clients that are slow. */
  readonly most?: number;
  /** Fewest repetitions, and as many before the clock starts, for clients that a compiler makes fast meanwhile. */
  readonly least?: number;
}

/** Some peers want a newer Node than the rest of the repository; it comes with the AI SDK. */
const PEERS_NODE = join(root, `bench/peers/ai-sdk/node_modules/node-linux-${process.arch}/bin/node`);
/** All clients in JavaScript run on the same Node. */
const NODE = existsSync(PEERS_NODE) ? PEERS_NODE : process.execPath;

/** How clients in other languages are started. */
const OTHERS: Readonly<Record<string, readonly string[]>> = {
  nothing: [NODE, join(root, "bench/peers/node/nothing.mjs")],
  node: [NODE, join(root, "bench/peers/node/llmspell.mjs")],
  fetch: [NODE, join(root, "bench/peers/node/fetch.mjs")],
  openai: [NODE, join(root, "bench/peers/openai/client.mjs")],
  "ai-sdk": [NODE, join(root, "bench/peers/ai-sdk/client.mjs")],
  langchain: [NODE, join(root, "bench/peers/langchain/client.mjs")],
  rig: [join(root, "build/bench/rig/release/llmspell-bench-rig")],
};

/** What `make bench-peers` leaves for the peers that are not always there. */
const BUILT: Readonly<Record<string, string>> = {
  openai: join(root, "bench/peers/openai/node_modules/openai"),
  "ai-sdk": PEERS_NODE,
  langchain: join(root, "bench/peers/langchain/node_modules/langchain"),
  rig: join(root, "build/bench/rig/release/llmspell-bench-rig"),
};

/** The peers that can be run here; says which cannot. */
export function present<Peer extends { readonly client: string; readonly name: string }>(
  context: Context,
  peers: readonly Peer[],
): readonly Peer[] {
  return peers.filter(({ client, name }) => {
    const built = BUILT[client];
    const there = built === undefined || existsSync(built);
    if (!there) context.say(`  ${name} is left out; make bench-peers builds it`);
    return there;
  });
}

/** The environment that lets a Lua find the module under test and the clients' own modules. */
export function luaEnvironment(build: string): Record<string, string> {
  return {
    LUA_PATH: `${join(root, "bench/peers/lua")}/?.lua;;`,
    LUA_CPATH: `${resolve(root, build, "lua")}/?.so;;`,
  };
}

/** The command that runs a client, without its counts. */
function commandOf(context: Context, load: Load, server: Server, count: number, warm: number): Command {
  const numbers = [String(count), String(warm), ...(load.plain ? ["plain"] : [])];
  const port = String(server.port);
  const core = context.clientCore;
  const other = OTHERS[load.client];
  if (other !== undefined) {
    const env = { LLMSPELL_NODE_ADDON: resolve(root, context.build, "node/llmspell.node") };
    return { argv: [...other, load.task, port, load.shape, ...numbers], core, env };
  }
  if (load.client === "bare") return { argv: [program(context.work, "bare"), port, load.shape, ...numbers], core };
  const file = join(root, "bench/peers/lua", `${load.client}_client.lua`);
  const argv = [load.lua ?? context.luas[0] ?? "lua5.4", file, load.task, port, load.shape, ...numbers];
  return { argv, env: luaEnvironment(context.build), core };
}

/** What the first chat of a client's process took, from the process's beginning, and its memory then. */
export function starter(context: Context, client: string): Sampler {
  const load: Load = { client, task: "start", shape: "d8" };
  return () => numbersOf(commandOf(context, load, context.apart, 1, 0));
}

/** Microseconds for each repetition. */
export async function measure(
  context: Context,
  load: Load,
  count: number,
  warm: number,
): Promise<Record<string, number>> {
  const server = load.together ? context.together : context.apart;
  const sums = await numbersOf(commandOf(context, load, server, count, warm));
  return { wall: (sums["wall_us"] ?? Number.NaN) / count, cpu: (sums["cpu_us"] ?? Number.NaN) / count };
}

const TRIAL = 5;
const FEWEST = 3;

/** A sampler whose count fits the time that a sample may take: a short trial tells how long one repetition takes. */
export async function sampler(context: Context, load: Load): Promise<Sampler> {
  const trial = await measure(context, load, TRIAL, TRIAL);
  const fitting = Math.round((context.effort.sampleMs * 1000) / (trial["wall"] ?? 1));
  const least = load.least ?? FEWEST;
  const count = Math.min(load.most ?? Number.POSITIVE_INFINITY, Math.max(least, fitting));
  const warm = Math.min(count, Math.max(least, Math.ceil(count / 10)));
  return () => measure(context, load, count, warm);
}

/** Samplers of several loads, by name. */
export async function samplers(context: Context, loads: ReadonlyMap<string, Load>): Promise<Map<string, Sampler>> {
  const made = new Map<string, Sampler>();
  for (const [name, load] of loads) made.set(name, await sampler(context, load));
  return made;
}
