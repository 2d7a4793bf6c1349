import { kindOf, LlmspellTypeError } from "./error.js";
import type { Option, OptionTable } from "./types/option-tables.gen.js";

/** Whether a value is an object with members, of any kind but a list. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Options under the names of the contract; `undefined` counts as absent.
 *
 * @param table the names that there are
 * @param where what the options are called in an error
 * @throws LlmspellTypeError for a name that is not known
 */
export function translate(given: Record<string, unknown>, table: OptionTable, where: string): Record<string, unknown> {
  const translated: Record<string, unknown> = {};
  for (const key of Object.keys(given)) {
    const value = given[key];
    const option = Object.hasOwn(table, key) ? table[key] : undefined;
    if (option === undefined) throw new LlmspellTypeError(`${where}: ${unknown(key, Object.keys(table), table)}`);
    // JSON would make null of it, which is as good as absent.
    if (typeof value === "number" && !Number.isFinite(value))
      throw new LlmspellTypeError(`${where}: ${key} must be a number, got ${value}`);
    if (value !== undefined) translated[option.name] = inside(value, option, `${where}: ${key}`);
  }
  return translated;
}

function inside(value: unknown, option: Option, where: string): unknown {
  const { of, list, map } = option;
  if (list !== undefined && Array.isArray(value))
    return value.map((item, index) => (isRecord(item) ? translate(item, list, `${where}[${index}]`) : item));
  if (!isRecord(value)) return value;
  if (of !== undefined) return translate(value, of, where);
  if (map === undefined) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, isRecord(item) ? translate(item, map, `${where}.${key}`) : item]),
  );
}

/** What is wrong with the name of an option that there is not. */
export function unknown(key: string, known: readonly string[], table: OptionTable = {}): string {
  const meant = known.find((name) => table[name]?.name === key) ?? nearest(key, known);
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

/** An object of options that a caller gave, or an empty one. */
export function optionsOf(given: unknown, where: string, example: string): Record<string, unknown> {
  if (given === undefined) return {};
  if (!isRecord(given))
    throw new LlmspellTypeError(`${where}: options must be an object like ${example}, got ${kindOf(given)}`);
  return given;
}

/** Holds an option that is a function to that. */
export function functionOf(
  given: unknown,
  what: string,
  expected: string,
): ((...values: never[]) => unknown) | undefined {
  if (given === undefined) return undefined;
  if (typeof given !== "function") throw new LlmspellTypeError(`${what} must be ${expected}, got ${kindOf(given)}`);
  return given as (...values: never[]) => unknown;
}
