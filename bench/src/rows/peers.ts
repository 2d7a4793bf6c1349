import { type Load, present, samplers } from "../client.js";
import type { Context } from "../context.js";
import { type Comparison, compared, type Figure, type Target } from "../figure.js";
import { column, interleave } from "../rounds.js";
import type { Row } from "../row.js";

/** A peer, how it is compared, and the targets for a chat and for a tool round trip. */
interface Peer {
  readonly name: string;
  readonly client: string;
  readonly how: Comparison;
  readonly chat?: Target;
  readonly tool?: Target;
  /** Most repetitions of a sample. */
  readonly most?: number;
}

const PEERS: readonly Peer[] = [
  { name: "bare C", client: "bare", how: "times" },
  { name: "LuaSocket + cjson by hand", client: "luasocket", how: "times", chat: { most: 2 } },
  { name: "curl by popen + cjson", client: "curl", how: "times less", chat: { least: 200 }, most: 30 },
  { name: "rig", client: "rig", how: "times less", chat: { least: 2 }, tool: { least: 4 } },
  { name: "Node's fetch", client: "fetch", how: "times less" },
  { name: "openai-node", client: "openai", how: "times less", chat: { least: 40 }, tool: { least: 50 } },
  { name: "AI SDK", client: "ai-sdk", how: "times less", chat: { least: 40 }, tool: { least: 50 }, most: 30 },
];

async function beside(context: Context, task: "chat" | "tool", shape: string, row: string, what: string) {
  const peers = present(context, PEERS);
  const figures: Figure[] = [];
  for (const plain of [false, true]) {
    const common = { task, shape, plain };
    const loads = new Map<string, Load>();
    for (const { name, client, most } of peers) loads.set(name, { client, ...common, ...(most ? { most } : {}) });
    for (const lua of context.luas) loads.set(lua, { client: "llmspell", lua, ...common });
    const series = await interleave(context.effort.rounds, await samplers(context, loads));
    for (const lua of context.luas) {
      for (const { name, how, [task]: target } of peers) {
        // only the main Lua is judged; the peers in Lua run on it too
        const about = { row, what: `${what}, ${plain ? "plain JSON" : "streamed"}, ${lua}`, unit: "µs" };
        const judged = { ...about, target: lua === context.luas[0] ? target : undefined };
        figures.push(compared(judged, column(series, lua, "cpu"), { name, samples: column(series, name, "cpu"), how }));
      }
    }
  }
  return figures;
}

/** CPU of one chat beside what else does it. */
export const peers: Row = {
  name: "peers",
  about:
    "CPU of the client process for one chat beside a hand-written LuaSocket loop, curl, rig, Node's fetch, openai-node, the AI SDK",
  measure: (context) => beside(context, "chat", "d8", "peers", "CPU a chat"),
};

/** CPU of one tool round trip beside what else does it. */
export const tool: Row = {
  name: "tool",
  about: "CPU of the client process for a question that needs a tool in the host's language: two requests",
  measure: (context) => beside(context, "tool", "d8s1", "tool", "CPU a tool round trip"),
};
