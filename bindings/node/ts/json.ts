/**
 * A value as JSON text. What has no JSON is refused; half a surrogate pair, which no UTF-8 can hold, becomes U+FFFD.
 *
 * @param what what the value is called in an error
 * @throws TypeError that says what cannot be JSON
 */
export function jsonText(value: unknown, what: string): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value === undefined ? null : value);
  } catch (error) {
    throw new TypeError(`${what} cannot be JSON: ${reason(error)}`);
  }
  if (text === undefined) throw new TypeError(`${what} is a ${typeof value}, which JSON cannot hold`);
  return text.includes("\\ud") ? text.replaceAll(/\\(?:ud[89a-f][0-9a-f]{2}|[\s\S])/g, wellFormed) : text;
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
