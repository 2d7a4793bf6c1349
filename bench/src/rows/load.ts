import { statSync } from "node:fs";
import { join, resolve } from "node:path";
import { luaEnvironment } from "../client.js";
import { numbersOf } from "../command.js";
import { type Context, root } from "../context.js";
import { absolute, type Figure } from "../figure.js";
import { column, interleave, type Sampler, type Series } from "../rounds.js";
import type { Row } from "../row.js";

const SAMPLES_A_ROUND = 3;
const MIB = 1 << 20;

/** Size of the module, time to load it, memory that it adds. */
export const load: Row = {
  name: "load",
  about:
    'time of require "llmspell" and of the first chat in a fresh process, memory that they add, size of the module',
  async measure(context) {
    const file = join(root, "bench/peers/lua/load_client.lua");
    const variants = new Map<string, Sampler>();
    for (const lua of context.luas) {
      for (const task of ["require", "rss"]) {
        const argv = [lua, file, task, String(context.apart.port)];
        const command = { argv, env: luaEnvironment(context.build), core: context.clientCore };
        variants.set(`${task} ${lua}`, () => numbersOf(command));
      }
    }
    const series = await interleave(context.effort.rounds * SAMPLES_A_ROUND, variants);
    const size = statSync(resolve(root, context.build, "lua/llmspell.so")).size / MIB;
    // a build with debugging information has no size to judge
    const judged = context.build.endsWith("dist");
    const file_size = absolute(
      { row: "load", what: "size of llmspell.so", unit: "MiB", target: judged ? { most: 8 } : undefined },
      [size],
    );
    return [file_size, ...context.luas.flatMap((lua, index) => figuresOf(context, series, lua, index === 0))];
  },
};

function figuresOf(_context: Context, series: Series, lua: string, main: boolean): readonly Figure[] {
  const figure = (what: string, unit: string, samples: readonly number[], most?: number) =>
    absolute(
      { row: "load", what: `${what}, ${lua}`, unit, target: main && most !== undefined ? { most } : undefined },
      samples,
    );
  const inMs = (name: string) => column(series, `require ${lua}`, name).map((us) => us / 1000);
  const inMib = (name: string) => column(series, `rss ${lua}`, name).map((kib) => kib / 1024);
  return [
    figure('wall of require "llmspell"', "ms", inMs("wall_us"), 2),
    figure('CPU of require "llmspell"', "ms", inMs("cpu_us")),
    figure("wall of the first chat", "ms", inMs("chat_wall_us")),
    figure("CPU of the first chat", "ms", inMs("chat_cpu_us")),
    figure("memory added by require", "MiB", inMib("require_kib")),
    figure("memory added by require and the first chat", "MiB", inMib("whole_kib"), 8),
  ];
}
