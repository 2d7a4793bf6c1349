/**
 * A value as JSON text. What has no JSON is refused; half a surrogate pair, which no UTF-8 can hold, becomes U+FFFD.
 *
 * @param what what the value is called in an error
 * @throws TypeError that says what cannot be JSON
 */
export function jsonText(value: unknown, what: string): string {
  const kind = unlikeJson(value);
  if (kind !== undefined) throw new TypeError(`${what} is ${kind}, which JSON cannot hold`);
  let text: string | undefined;
  try {
    text = JSON.stringify(value === undefined ? null : value);
  } catch (error) {
    throw new TypeError(`${what} cannot be JSON: ${reason(error)}`);
  }
  if (text === undefined) throw new TypeError(`${what} is a ${typeof value}, which JSON cannot hold`);
  return text.includes("\\ud") ? text.replaceAll(/\\(?:ud[89a-f][0-9a-f]{2}|[\s\S])/g, wellFormed) : text;
}

/** What JSON would silently make an empty object of. */
export function unlikeJson(value: unknown): string | undefined {
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  if (value instanceof Map) return "a Map";
  if (value instanceof Set) return "a Set";
  if (value instanceof Error) return "an Error (throw it instead)";
  if (typeof value !== "object" || value === null || Array.isArray(value) || ArrayBuffer.isView(value))
    return undefined;
  if (typeof (value as { toJSON?: unknown }).toJSON === "function") return undefined;
  if (Symbol.asyncIterator in value || Symbol.iterator in value) return "an iterator (collect what it gives)";
  return undefined;
}

/** JSON.stringify writes only halves of pairs in this way. */
function wellFormed(written: string): string {
  return written.length > 2 ? "\\ufffd" : written;
}

function reason(error: unknown): string {
  const message = String((error as Error | undefined)?.message ?? error);
  if (message.includes("BigInt")) return "it has a BigInt; write it as a string or a number";
  if (message.includes("circular")) return "it refers to itself (a cycle)";
  if (message.includes("Invalid string length")) return "its text would be too long";
  return message.split("\n", 1)[0] ?? "";
}
