import { type Load, samplers } from "../client.js";
import { compared, type Figure } from "../figure.js";
import { column, interleave } from "../rounds.js";
import type { Row } from "../row.js";

const SHAPE = "d8";

/** Where the server runs, for the report. */
const PLACES = [
  { place: "other core", together: false },
  { place: "same core", together: true },
] as const;

const FORMS = [
  { form: "streamed", plain: false },
  { form: "plain JSON", plain: true },
] as const;

/** agent:chat beside the bare exchange of the same bytes. */
export const chat: Row = {
  name: "chat",
  about:
    "agent:chat over keep-alive on loopback (a short answer: 8 deltas, or 552 bytes of JSON) beside a bare C client",
  async measure(context) {
    const loads = new Map<string, Load>();
    for (const { place, together } of PLACES) {
      for (const { form, plain } of FORMS) {
        const common = { task: "chat", shape: SHAPE, plain, together } as const;
        loads.set(`bare ${place} ${form}`, { client: "bare", ...common });
        for (const lua of context.luas) loads.set(`${lua} ${place} ${form}`, { client: "llmspell", lua, ...common });
      }
    }
    const series = await interleave(context.effort.rounds, await samplers(context, loads));
    const figures: Figure[] = [];
    for (const { form } of FORMS) {
      for (const { place } of PLACES) {
        for (const [index, lua] of context.luas.entries()) {
          const main = index === 0;
          const line = (metric: "cpu" | "wall", how: "added" | "times", most: number | undefined) =>
            compared(
              {
                row: "chat",
                what: `${metric === "cpu" ? "CPU" : "wall"} a chat, ${form}, server on ${place}, ${lua}`,
                unit: "µs",
                target: main && most !== undefined ? { most } : undefined,
              },
              column(series, `${lua} ${place} ${form}`, metric),
              { name: "bare C", samples: column(series, `bare ${place} ${form}`, metric), how },
            );
          figures.push(line("cpu", "added", 20));
          if (main) figures.push(line("wall", "times", place === "other core" ? 1.35 : undefined));
        }
      }
    }
    return figures;
  },
};
