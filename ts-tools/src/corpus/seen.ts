import { readFileSync } from "node:fs";

/** Reads what a replay wrote: one JSON object per line, each with the `id` of its exchange. */
export function readSeen<Seen>(file: string): Map<string, Seen> {
  const lines = readFileSync(file, "utf8").split("\n");
  // A replay that died may have left half a line; what is not there is reported as such.
  const whole = lines.slice(0, -1).map((line) => JSON.parse(line) as Seen & { readonly id: string });
  return new Map(whole.map((seen) => [seen.id, seen]));
}
