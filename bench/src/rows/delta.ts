import { type Load, samplers } from "../client.js";
import { absolute, compared, type Figure } from "../figure.js";
import { column, interleave, type Series } from "../rounds.js";
import type { Row } from "../row.js";
import { paired } from "../stats.js";

const DELTAS = 100;
const CLIENTS = ["bare", "luasocket", "fetch"] as const;
const NAMES = { bare: "bare C", luasocket: "LuaSocket + cjson by hand", fetch: "Node's fetch" } as const;

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
    for (const { flow, shape, most } of FLOWS) {
      const loads = new Map<string, Load>();
      const common = { task: "stream", shape, ...(most ? { most } : {}) } as const;
      for (const client of CLIENTS) loads.set(client, { client, ...common });
      for (const lua of context.luas) loads.set(lua, { client: "llmspell", lua, ...common });
      if (flow === "together") {
        loads.set("empty", { client: "llmspell", task: "stream", shape: "d0" });
        loads.set("empty luasocket", { client: "luasocket", task: "stream", shape: "d0" });
      }
      const series = await interleave(context.effort.rounds, await samplers(context, loads));
      for (const [index, lua] of context.luas.entries()) {
        const main = index === 0;
        const about = { row: "delta", what: `CPU a delta, ${flow}, ${lua}`, unit: "µs" };
        const limit = main && flow === "together" ? { most: 1.5 } : undefined;
        figures.push(absolute({ ...about, target: limit }, each(series, lua)));
        for (const client of CLIENTS) {
          const least = client === "luasocket" ? 2.5 : client === "fetch" ? 10 : undefined;
          const judged = main && flow === "together" && least !== undefined;
          const how = client === "bare" ? "times" : "times less";
          figures.push(
            compared({ ...about, target: judged ? { least } : undefined }, each(series, lua), {
              name: NAMES[client],
              samples: each(series, client),
              how,
            }),
          );
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
            { name: NAMES.luasocket, samples: more("luasocket", "empty luasocket"), how: "times less" },
          ),
        );
      }
    }
    return figures;
  },
};
