import type { Json } from "../mock/types.js";

/** A field of an object; undefined when there is none, or no object. */
export function field(value: Json | undefined, name: string): Json | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value[name] : undefined;
}

/** The text in a field, or an empty one. */
export function text(value: Json | undefined, name: string): string {
  const found = field(value, name);
  return typeof found === "string" ? found : "";
}

/** The list in a field, or an empty one. */
export function list(value: Json | undefined, name: string): readonly Json[] {
  const found = field(value, name);
  return Array.isArray(found) ? found : [];
}

/** The objects of the list in a field: items of other types are passed over. */
export function objects(value: Json | undefined, name: string): readonly Json[] {
  return list(value, name).filter(isObject);
}

/** Whether the value is an object. */
export function isObject(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value unless it is null or an empty text. */
export function nonEmpty(value: Json | undefined): Json | undefined {
  return value === null || value === "" ? undefined : value;
}

/** Whether the value says that there is nothing: null, false, an empty text or an empty object. */
export function isBlank(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === false || value === "") return true;
  return typeof value === "object" && !Array.isArray(value) && Object.keys(value).length === 0;
}

/** Whether two JSON values are equal, whatever the order of their keys. */
export function same(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every(
      (key) => Object.hasOwn(b, key) && same((a as { [key: string]: Json })[key], (b as { [key: string]: Json })[key]),
    )
  );
}
