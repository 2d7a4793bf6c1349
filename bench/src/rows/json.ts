import { join } from "node:path";
import { luaEnvironment } from "../client.js";
import { numbersOf } from "../command.js";
import { root } from "../context.js";
import { writeData } from "../data.js";
import { compared, type Figure } from "../figure.js";
import { column, interleave, type Sampler } from "../rounds.js";
import type { Row } from "../row.js";
import { geometricMean } from "../stats.js";

const SLICES = 3;
/** The Luas that must reach the targets. */
const JUDGED = new Set(["lua5.4", "luajit"]);

/** llmspell.json beside lua-cjson. */
export const json: Row = {
  name: "json",
  about: "llmspell.json beside lua-cjson on the same data, MB of JSON text a second",
  async measure(context) {
    const data = writeData(context.work);
    const client = join(root, "bench/peers/lua/json_client.lua");
    const slice = Math.max(1, context.effort.sampleMs / 5);
    const variants = new Map<string, Sampler>();
    for (const lua of context.luas) {
      for (const { name, file } of data) {
        const argv = [lua, client, file, String(slice), String(SLICES)];
        const command = { argv, env: luaEnvironment(context.build), core: context.clientCore };
        variants.set(`${lua} ${name}`, () => numbersOf(command));
      }
    }
    const series = await interleave(Math.ceil(context.effort.rounds / 2), variants);
    const figures: Figure[] = [];
    for (const lua of context.luas) {
      const judged = JUDGED.has(lua);
      for (const what of ["decode", "encode"]) {
        const means = { ours: [] as number[][], theirs: [] as number[][] };
        for (const { name } of data) {
          const ours = column(series, `${lua} ${name}`, what);
          const theirs = column(series, `${lua} ${name}`, `cjson_${what}`);
          means.ours.push(ours);
          means.theirs.push(theirs);
          const about = { row: "json", what: `${what} ${name}, ${lua}`, unit: "MB/s" };
          figures.push(
            compared({ ...about, target: judged ? { least: 1 } : undefined }, ours, {
              name: "lua-cjson",
              samples: theirs,
              how: "times",
            }),
          );
        }
        const about = { row: "json", what: `${what}, mean of all (geometric), ${lua}`, unit: "MB/s" };
        figures.push(
          compared({ ...about, target: judged ? { least: 1.5 } : undefined }, meanOf(means.ours), {
            name: "lua-cjson",
            samples: meanOf(means.theirs),
            how: "times",
          }),
        );
      }
    }
    return figures;
  },
};

/** The geometric mean over the files, round by round. */
function meanOf(columns: readonly (readonly number[])[]): number[] {
  const rounds = columns[0]?.length ?? 0;
  return Array.from({ length: rounds }, (_, round) => geometricMean(columns.map((values) => values[round] as number)));
}
