import type { NamedCase } from "./types.js";

/** Cases by the folder that they lie in. */
export function areas(cases: readonly NamedCase[]): Map<string, NamedCase[]> {
  const found = new Map<string, NamedCase[]>();
  for (const one of cases) {
    const area = one.id.slice(0, one.id.lastIndexOf("/"));
    found.set(area, [...(found.get(area) ?? []), one]);
  }
  return found;
}
