import { ProblemError } from "../problem.js";
import { selection } from "./selection.js";

/** One model as LiteLLM's table has it. Prices are for one token. */
export type Listed = Readonly<Record<string, unknown>>;

/** Where figures come from. */
export interface Origin {
  /** Such as `LiteLLM 1.109.1 (PyPI)`. */
  readonly source: string;
  /** Day on which it was read, as 2026-11-21. */
  readonly date: string;
}

/** Our names for LiteLLM's prices. */
const prices: readonly (readonly [string, string])[] = [
  ["input_price", "input_cost_per_token"],
  ["cached_price", "cache_read_input_token_cost"],
  ["cache_write_price", "cache_creation_input_token_cost"],
  ["output_price", "output_cost_per_token"],
  ["input_audio_price", "input_cost_per_audio_token"],
  ["output_audio_price", "output_cost_per_audio_token"],
];

/** The data file of models: JSON with one model a line. */
export function modelTable(listed: Readonly<Record<string, Listed>>, origin: Origin): string {
  const providers = Object.entries(selection).map(([provider, { usual, prefix = "", models = [] }]) => {
    const lines = models.map((model) => {
      const found = listed[prefix + model];
      if (found === undefined) throw missing(prefix + model);
      return `        ${JSON.stringify(model)}: ${JSON.stringify({ ...figures(found), ...origin })}`;
    });
    const head = usual ? { usual_model: usual[0], source: usual[1], date: origin.date } : {};
    const members = Object.entries(head).map(
      ([name, value]) => `      ${JSON.stringify(name)}: ${JSON.stringify(value)}`,
    );
    if (lines.length > 0) members.push(`      "models": {\n${lines.join(",\n")}\n      }`);
    return `    ${JSON.stringify(provider)}: {\n${members.join(",\n")}\n    }`;
  });
  return `{\n  "providers": {\n${providers.join(",\n")}\n  }\n}\n`;
}

function figures(model: Listed): Record<string, number> {
  const out: Record<string, number> = {};
  const window = model["max_input_tokens"] ?? model["max_tokens"];
  if (typeof window === "number") out["context_window"] = window;
  const most = model["max_output_tokens"];
  if (typeof most === "number") out["max_output_tokens"] = most;
  for (const [name, listed] of prices) {
    const price = model[listed];
    // LiteLLM writes 0 where a provider does not charge apart for writing to its cache.
    const says = typeof price === "number" && !(price === 0 && name === "cache_write_price");
    if (says) out[name] = Number((price * 1e6).toPrecision(6));
  }
  return out;
}

function missing(name: string): ProblemError {
  const message = `the table has no model ${name}; mend ts-tools/src/models/selection.ts`;
  return new ProblemError([{ file: "models", line: 1, item: name, message }]);
}
