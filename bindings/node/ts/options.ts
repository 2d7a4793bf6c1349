import { LlmspellTypeError } from "./error.js";
import type { Option, OptionTable } from "./types/option-tables.gen.js";
import { isRecord, kindOf, unknown } from "./words.js";

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
