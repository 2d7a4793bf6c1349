import { join } from "node:path";
import { luaEnvironment } from "../client.js";
import { numbersOf } from "../command.js";
import { root } from "../context.js";
import { absolute, compared, type Figure, type Target } from "../figure.js";
import { column, interleave, type Sampler } from "../rounds.js";
import type { Row } from "../row.js";

const MOST_ROUNDS = 3;
const NO_CLIFF: Target = { most: 2 };

/** What grows, and what is counted. */
const TASKS = [
  { task: "runs", one: "a run, the last", sizes: "sizes" },
  { task: "agents", one: "an agent, all alive,", sizes: "sizes" },
  { task: "messages", one: "a message, sent with a conversation", sizes: "sizes" },
  // each step sends what came before it again
  { task: "steps", one: "a message, sent by a run", sizes: "steps" },
] as const;

/** Growth through Lua and HTTP. */
export const growth: Row = {
  name: "growth",
  about: "what one of many costs when there are more of them: runs, agents, messages, steps",
  async measure(context) {
    const file = join(root, "bench/peers/lua/growth_client.lua");
    const lua = context.luas[0] as string;
    const variants = new Map<string, Sampler>();
    for (const { task, sizes } of TASKS) {
      for (const size of context.effort[sizes]) {
        const argv = [lua, file, task, String(context.apart.port), String(size)];
        const command = { argv, env: luaEnvironment(context.build), core: context.clientCore };
        variants.set(`${task} ${size}`, () => numbersOf(command));
      }
    }
    const series = await interleave(Math.min(MOST_ROUNDS, context.effort.rounds), variants);
    return TASKS.flatMap(({ task, one, sizes }): Figure[] => {
      const all = context.effort[sizes];
      const smallest = all[0] ?? 0;
      const largest = all.at(-1) ?? smallest;
      const us = (size: number) => column(series, `${task} ${size}`, "each_us");
      const about = {
        row: "growth",
        what: `CPU of ${one} of ${largest} ${task}, ${lua}`,
        unit: "µs",
        target: NO_CLIFF,
      };
      const other = { name: `of ${smallest}`, samples: us(smallest), how: "times" } as const;
      const kib = column(series, `${task} ${largest}`, "each_kib");
      const memory = { row: "growth", what: `memory that stays, each of ${largest} ${task}, ${lua}`, unit: "KiB" };
      return [compared(about, us(largest), other), absolute(memory, kib)];
    });
  },
};
