import { isRecord } from "./words.js";

/** Flags with which a pattern by itself means something else. */
const MEANING = /[ims]/;
/** Objects of a schema that are looked at. */
const MOST = 10_000;
/** Members of a JSON Schema that hold values. */
const VALUES = new Set(["const", "default", "enum", "examples"]);

/**
 * A JSON Schema without the patterns that came from regular expressions with flags: libraries drop the flags on the way, and
 * what is left would refuse what they let through. The description tells the model; the library checks.
 *
 * @param schema the schema as its library has it
 * @param told the JSON Schema that the library made of it
 */
export function withoutFlagged(schema: object, told: object): object {
  const flagged = flaggedIn(schema);
  return flagged.size === 0 ? told : (without(told, flagged) as object);
}

function without(told: unknown, flagged: ReadonlyMap<string, RegExp>): unknown {
  if (Array.isArray(told)) return told.map((each) => without(each, flagged));
  if (!isRecord(told)) return told;
  const members = Object.entries(told).map(([key, value]) => [key, VALUES.has(key) ? value : without(value, flagged)]);
  const copy = Object.fromEntries(members) as Record<string, unknown>;
  const expression = typeof told["pattern"] === "string" ? flagged.get(told["pattern"]) : undefined;
  if (expression === undefined) return copy;
  delete copy["pattern"];
  const before = typeof told["description"] === "string" ? `${told["description"]} ` : "";
  return { ...copy, description: `${before}(matches ${expression})` };
}

/** The regular expressions with flags that a library's schema holds, by their sources. */
function flaggedIn(schema: object): Map<string, RegExp> {
  const flagged = new Map<string, RegExp>();
  const seen = new Set<unknown>();
  // Arktype's are functions, and say all of themselves in `json`.
  const waiting: unknown[] = [schema, member(schema, "json")];
  while (waiting.length > 0 && seen.size < MOST) {
    const at = waiting.pop();
    if (typeof at !== "object" || at === null || seen.has(at)) continue;
    seen.add(at);
    const expression = expressionOf(at);
    if (expression !== undefined && MEANING.test(expression.flags)) flagged.set(expression.source, expression);
    for (const key of Reflect.ownKeys(at)) waiting.push(member(at, key));
  }
  return flagged;
}

/** A regular expression; arktype keeps them as `{ rule, flags }`. */
function expressionOf(value: object): RegExp | undefined {
  if (value instanceof RegExp) return value;
  const { rule, flags } = value as { rule?: unknown; flags?: unknown };
  return typeof rule === "string" && typeof flags === "string" ? new RegExp(rule, flags) : undefined;
}

/** What a member holds; nothing where it does not say. */
function member(of: object, key: PropertyKey): unknown {
  try {
    return (of as Record<PropertyKey, unknown>)[key];
  } catch {
    return undefined;
  }
}
