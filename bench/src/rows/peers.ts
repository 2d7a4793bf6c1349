import { type Load, samplers } from "../client.js";
import type { Context } from "../context.js";
import { type About, type Comparison, compared, type Figure, type Target } from "../figure.js";
import { column, interleave, type Series } from "../rounds.js";
import type { Row } from "../row.js";

/** A peer, how it is compared, and the target. */
interface Peer {
  readonly name: string;
  readonly load: Load;
  readonly how: Comparison;
  readonly target?: Target;
}

function peersOf(task: "chat" | "tool", shape: string, plain: boolean): readonly Peer[] {
  const common = { task, shape, plain };
  return [
    { name: "bare C", load: { client: "bare", ...common }, how: "times" },
    {
      name: "LuaSocket + cjson by hand",
      load: { client: "luasocket", ...common },
      how: "times",
      ...(task === "chat" ? { target: { most: 2 } } : {}),
    },
    {
      name: "curl by popen + cjson",
      load: { client: "curl", most: 30, ...common },
      how: "times less",
      ...(task === "chat" ? { target: { least: 200 } } : {}),
    },
    { name: "Node's fetch", load: { client: "fetch", ...common }, how: "times less", target: { least: 10 } },
  ];
}

async function beside(
  context: Context,
  row: string,
  what: string,
  task: "chat" | "tool",
  shape: string,
): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const plain of [false, true]) {
    const form = plain ? "plain JSON" : "streamed";
    const peers = peersOf(task, shape, plain);
    const loads = new Map(peers.map((peer): [string, Load] => [peer.name, peer.load]));
    for (const lua of context.luas) loads.set(lua, { client: "llmspell", lua, task, shape, plain });
    const series = await interleave(context.effort.rounds, await samplers(context, loads));
    figures.push(...lines(context, series, peers, row, `${what}, ${form}`));
  }
  return figures;
}

function lines(context: Context, series: Series, peers: readonly Peer[], row: string, what: string): readonly Figure[] {
  return context.luas.flatMap((lua, index) =>
    peers.map((peer) => {
      // only the main Lua is judged; the peers in Lua run on it too
      const about: About = { row, what: `${what}, ${lua}`, unit: "µs", target: index === 0 ? peer.target : undefined };
      const samples = column(series, peer.name, "cpu");
      return compared(about, column(series, lua, "cpu"), { name: peer.name, samples, how: peer.how });
    }),
  );
}

/** CPU of one chat beside what else does it. */
export const peers: Row = {
  name: "peers",
  about: "CPU of the client process for one chat beside a hand-written LuaSocket loop, curl, Node's fetch",
  measure: (context) => beside(context, "peers", "CPU a chat", "chat", "d8"),
};

/** CPU of one tool round trip beside what else does it. */
export const tool: Row = {
  name: "tool",
  about: "CPU of the client process for a question that needs a tool in the host's language: two requests",
  measure: (context) => beside(context, "tool", "CPU a tool round trip", "tool", "d8s1"),
};
