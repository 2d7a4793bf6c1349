import { join } from "node:path";
import { luaEnvironment } from "../client.js";
import { numbersOf } from "../command.js";
import { root } from "../context.js";
import { absolute, type Figure } from "../figure.js";
import { column, interleave, type Sampler } from "../rounds.js";
import type { Row } from "../row.js";

const MOST_ROUNDS = 3;
const JUDGED = 5000;

/** Memory of runs in flight. */
export const memory: Row = {
  name: "memory",
  about:
    "resident memory for each open stream, all at once, each with its agent and a plain-text connection of its own",
  async measure(context) {
    const file = join(root, "bench/peers/lua/memory_client.lua");
    const variants = new Map<string, Sampler>();
    for (const lua of context.luas) {
      for (const streams of context.effort.streams) {
        const client = [lua, file, String(context.apart.port), String(streams)];
        // each stream is a descriptor or more
        const argv = ["sh", "-c", 'ulimit -n "$(ulimit -H -n)" && exec "$@"', "sh", ...client];
        variants.set(`${streams} ${lua}`, () => numbersOf({ argv, env: luaEnvironment(context.build) }));
      }
    }
    const series = await interleave(Math.min(MOST_ROUNDS, context.effort.rounds), variants);
    const figures: Figure[] = [];
    for (const [index, lua] of context.luas.entries()) {
      for (const streams of context.effort.streams) {
        const about = { row: "memory", what: `a run in flight, ${streams} open, ${lua}`, unit: "KiB" };
        const target = index === 0 && streams === JUDGED ? { most: 32 } : undefined;
        figures.push(absolute({ ...about, target }, column(series, `${streams} ${lua}`, "run_kib")));
        if (index > 0) continue;
        const part = (what: string, name: string) =>
          absolute({ ...about, what: `${what}, ${streams} open, ${lua}` }, column(series, `${streams} ${lua}`, name));
        figures.push(part("of it in Lua's heap", "lua_kib"), part("an agent without a run", "agent_kib"));
      }
    }
    return figures;
  },
};
