/** What a Lua data file can hold; the members of a record are printed in their order, and those that are undefined are left out. */
export type LuaValue = string | number | boolean | readonly LuaValue[] | LuaRecord;
export interface LuaRecord {
  readonly [name: string]: LuaValue | undefined;
}

const INDENT = "  ";
const WIDTH = 100;

/** Prints each member of `record` as an assignment to a global, as rockspecs have it. */
export function luaAssignments(record: LuaRecord): string {
  return members(record)
    .map(([name, value]) => `${name} = ${luaValue(value)}\n`)
    .join("");
}

/** Prints a value as a Lua expression that any Lua from 5.1 on reads. */
export function luaValue(value: LuaValue, indent = ""): string {
  if (typeof value === "string") return luaString(value);
  if (typeof value !== "object") return String(value);
  const inner = indent + INDENT;
  const items = Array.isArray(value)
    ? value.map((item: LuaValue) => luaValue(item, inner))
    : members(value as LuaRecord).map(([name, item]) => `${luaKey(name)} = ${luaValue(item, inner)}`);
  const line = `{ ${items.join(", ")} }`;
  if (items.length === 0) return "{}";
  if (Array.isArray(value) && line.length <= WIDTH && !line.includes("\n")) return line;
  return `{\n${items.map((item) => `${inner}${item},\n`).join("")}${indent}}`;
}

function members(record: LuaRecord): [string, LuaValue][] {
  return Object.entries(record).filter((member): member is [string, LuaValue] => member[1] !== undefined);
}

function luaKey(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? name : `[${luaString(name)}]`;
}

/** A text of several lines keeps them, in a long bracket that does not occur in it. */
function luaString(text: string): string {
  if (text.includes("\n")) {
    let level = "";
    while (text.includes(`]${level}]`) || text.endsWith(`]${level}`)) level += "=";
    return `[${level}[\n${text}]${level}]`;
  }
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}
