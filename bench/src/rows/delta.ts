import { type Load, present, samplers } from "../client.js";
import { absolute, compared, type Figure } from "../figure.js";
import { column, interleave, type Series } from "../rounds.js";
import type { Row } from "../row.js";
import { paired } from "../stats.js";

const DELTAS = 100;

/** Who else reads the stream, how it is compared, and the target for deltas that come together. */
const PEERS = [
  { client: "bare", name: "bare C", how: "times" },
  { client: "luasocket", name: "LuaSocket + cjson by hand", how: "times less", target: { least: 2.5 } },
  { client: "rig", name: "rig", how: "times less", target: { least: 10 } },
  { client: "fetch", name: "Node's fetch", how: "times less", target: { least: 10 } },
  { client: "openai", name: "openai-node", how: "times less", target: { least: 10 } },
  { client: "ai-sdk", name: "AI SDK", how: "times less", target: { least: 10 } },
] as const;

/** How the deltas come. */
const FLOWS = [
  { flow: "together", shape: `d${DELTAS}`, most: undefined },
  { flow: "1 ms apart", shape: `d${DELTAS}g1000`, most: 10 },
] as const;

/** CPU of the whole exchange for each delta in it. */
function each(series: Series, variant: string): number[] {
  return column(series, variant, "cpu").map((cpu) => cpu / DELTAS);
}

/** Streams through to the program that reads them. */
export const delta: Row = {
  name: "delta",
  about: `CPU for each delta of a streamed answer of ${DELTAS} deltas (the whole exchange divided by them), read by a for loop`,
  async measure(context) {
    const figures: Figure[] = [];
    const peers = present(context, PEERS);
    for (const { flow, shape, most } of FLOWS) {
      const loads = new Map<string, Load>();
      const common = { task: "stream", shape, ...(most ? { most } : {}) } as const;
      for (const { client } of peers) loads.set(client, { client, ...common });
      for (const lua of context.luas) loads.set(lua, { client: "llmspell", lua, ...common });
      if (flow === "together") {
        loads.set("empty", { client: "llmspell", task: "stream", shape: "d0" });
        loads.set("empty luasocket", { client: "luasocket", task: "stream", shape: "d0" });
      }
      const series = await interleave(context.effort.rounds, await samplers(context, loads));
      for (const [index, lua] of context.luas.entries()) {
        const judged = index === 0 && flow === "together";
        const about = { row: "delta", what: `CPU a delta, ${flow}, ${lua}`, unit: "µs" };
        figures.push(absolute({ ...about, target: judged ? { most: 1.5 } : undefined }, each(series, lua)));
        for (const { client, name, how, ...peer } of peers) {
          const target = judged && "target" in peer ? peer.target : undefined;
          figures.push(compared({ ...about, target }, each(series, lua), { name, samples: each(series, client), how }));
        }
      }
      if (flow === "together") {
        const main = context.luas[0] as string;
        const more = (variant: string, empty: string) =>
          paired(each(series, variant), each(series, empty), (whole, none) => whole - none);
        figures.push(
          compared(
            { row: "delta", what: `CPU that one more delta costs, ${flow}, ${main}`, unit: "µs" },
            more(main, "empty"),
            { name: "LuaSocket + cjson by hand", samples: more("luasocket", "empty luasocket"), how: "times less" },
          ),
        );
      }
    }
    return figures;
  },
};
