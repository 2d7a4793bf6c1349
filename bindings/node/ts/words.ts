import type { OptionTable } from "./types/option-tables.gen.js";

/** Whether a value is an object with members, of any kind but a list. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a value is, for a message. */
export function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  switch (typeof value) {
    case "undefined":
      return "undefined";
    case "string":
      return value === "" ? "an empty string" : "a string";
    case "object":
      return objectKind(value);
    case "function":
      return "a function";
    default:
      return `a ${typeof value}`;
  }
}

function objectKind(value: object): string {
  let name: unknown;
  try {
    const branded = brandOf(value);
    if (branded !== undefined) return branded;
    name = value.constructor?.name;
  } catch {
    // A getter or a proxy of the program may throw.
  }
  return typeof name === "string" && name !== "" && name !== "Object" ? `an object (${name})` : "an object";
}

/** Under this the objects of every copy of the package say what they are. */
const BRAND = Symbol.for("@rs/llmspell");

/** Has the objects of a class be known by what they are, in other copies of the package too. */
export function brand(type: { readonly prototype: object }, what: string): void {
  Object.defineProperty(type.prototype, BRAND, { value: what });
}

function brandOf(value: object): string | undefined {
  const what = (value as { [BRAND]?: unknown })[BRAND];
  return typeof what === "string" ? what : undefined;
}

/** The same of a value that is no object of this copy's classes: another copy may have made it. */
export function foreignKind(value: unknown): string {
  const isBranded = isRecord(value) && BRAND in value;
  return isBranded ? `${kindOf(value)} of another copy of @rs/llmspell (npm ls @rs/llmspell)` : kindOf(value);
}

/** What is wrong with the names of options, if anything is. */
export function wrongNames(given: unknown, known: readonly string[]): string | undefined {
  if (!isRecord(given)) return `options must be an object, got ${kindOf(given)}`;
  const wrong = Object.keys(given).find((key) => !known.includes(key));
  return wrong === undefined ? undefined : unknown(wrong, known);
}

/** What other libraries call our options. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  abortSignal: "signal",
  callback: "execute",
  func: "execute",
  handler: "execute",
  inputSchema: "schema",
  instructions: "systemPrompt",
  maxOutputTokens: "maxTokens",
  maxTurns: "maxSteps",
  message: "input",
  messages: "input",
  prompt: "input",
  stopSequences: "stop",
  system: "systemPrompt",
};

/** What is wrong with the name of an option that there is not. */
export function unknown(key: string, known: readonly string[], table: OptionTable = {}): string {
  const elsewhere = Object.hasOwn(ELSEWHERE, key) ? ELSEWHERE[key] : undefined;
  const meant = known.find((name) => table[name]?.name === key || name === elsewhere) ?? nearest(key, known);
  const hint = known.length > MOST_NAMES ? "" : `; there are ${known.join(", ")}`;
  return `unknown option '${key.slice(0, 64)}'${meant === undefined ? hint : `; did you mean '${meant}'?`}`;
}

/** Names that a message may list. */
const MOST_NAMES = 24;

/** The name that is most like another, if one is like it at all. */
function nearest(key: string, known: readonly string[]): string | undefined {
  if (key.length > 64) return undefined;
  const plain = (name: string): string => name.replaceAll(/[-_ ]/g, "").toLowerCase();
  let best: string | undefined;
  let least = Math.max(1, Math.floor(key.length / 3)) + 1;
  for (const name of known) {
    const distance = edits(plain(key), plain(name));
    if (distance < least) [best, least] = [name, distance];
  }
  return best ?? known.find((name) => key.length > 3 && name.toLowerCase().includes(key.toLowerCase()));
}

/** How many letters have to be added, taken away, changed or swapped with the next. */
function edits(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row++) {
    const next = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1] ? 0 : 1;
      let least = Math.min((last[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1, (last[column - 1] ?? 0) + same);
      if (row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1])
        least = Math.min(least, (beforeLast[column - 2] ?? 0) + 1);
      next.push(least);
    }
    beforeLast = last;
    last = next;
  }
  return last[to.length] ?? 0;
}
