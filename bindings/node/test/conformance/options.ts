/** Options of a case, which has the contract's names, as TypeScript writes them. */
import type { Option, OptionTable } from "../../ts/types/option-tables.gen.js";
import type { JsonObject } from "./types.js";

/** A name that the table does not know stays as it is: the case is about what is said of it. */
export function inCamelCase(options: JsonObject, table: OptionTable): { [option: string]: unknown } {
  const known = new Map(Object.entries(table).map(([camel, option]) => [option.name, { camel, option }] as const));
  const members = Object.entries(options).map(([name, value]) => {
    const { camel, option } = known.get(name) ?? { camel: name, option: { name } };
    return [camel, inside(value, option)] as const;
  });
  return Object.fromEntries(members);
}

function inside(value: unknown, { of, list, map }: Option): unknown {
  if (Array.isArray(value)) return list ? value.map((element) => inside(element, { name: "", of: list })) : value;
  if (typeof value !== "object" || value === null) return value;
  if (of) return inCamelCase(value as JsonObject, of);
  if (!map) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, inside(inner, { name: "", of: map })]));
}
