import { LlmspellTypeError } from "./error.js";
import { isRecord, kindOf } from "./words.js";

/** Keys under which a picture or file says where it comes from. */
const SOURCES = ["data", "url", "file_id"] as const;

/**
 * An input with the bytes of its pictures and files as base64; the caller's objects are not changed.
 *
 * @throws LlmspellTypeError for what is no content
 */
export function encodeInput(given: unknown, where: string): unknown {
  if (typeof given === "string") return given;
  if (typeof given !== "object" || given === null)
    throw new LlmspellTypeError(
      `${where} must be a string, a message {role, content}, a part, or a list of such, got ${kindOf(given)}`,
    );
  return encodeMessages(given, where, true);
}

/** The same for messages in what a program returns; what is odd there stays as it is unless `strict`. */
export function encodeMessages(given: unknown, where: string, strict: boolean): unknown {
  if (Array.isArray(given)) return each(given, (item, index) => message(item, `${where}[${index}]`, strict));
  return message(given, where, strict);
}

/** A tool's result: parts of content that bring bytes. */
export function encodeResult(given: unknown): unknown {
  if (!isRecord(given) || !Array.isArray(given["content"])) return given;
  return withMember(
    given,
    "content",
    each(given["content"], (item) => part(item, "", false)),
  );
}

function message(given: unknown, where: string, strict: boolean): unknown {
  if (!isRecord(given)) return given;
  if (given["role"] === undefined) return part(given, where, strict);
  const { content } = given;
  if (!Array.isArray(content)) return given;
  return withMember(
    given,
    "content",
    each(content, (item, index) => part(item, `${where}.content[${index}]`, strict)),
  );
}

function part(given: unknown, where: string, strict: boolean): unknown {
  if (!isRecord(given)) return given;
  if (given["type"] === "tool_result" && Array.isArray(given["parts"]))
    return withMember(
      given,
      "parts",
      each(given["parts"], (item, index) => part(item, `${where}.parts[${index}]`, strict)),
    );
  const { bytes, ...rest } = given;
  if (bytes === undefined || (given["type"] !== "image" && given["type"] !== "file")) return given;
  const other = SOURCES.find((name) => given[name] !== undefined);
  if (!(bytes instanceof Uint8Array) || other !== undefined) {
    if (!strict) return given;
    throw new LlmspellTypeError(
      other === undefined
        ? `${where}.bytes must be a Uint8Array, got ${kindOf(bytes)}`
        : `${where} has both bytes and ${other}; give one of them`,
    );
  }
  return { ...rest, data: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64") };
}

function withMember(given: Record<string, unknown>, key: string, value: unknown): Record<string, unknown> {
  return given[key] === value ? given : { ...given, [key]: value };
}

/** A list with each item converted; the same list when none changed. */
function each(list: readonly unknown[], convert: (item: unknown, index: number) => unknown): readonly unknown[] {
  const converted = list.map(convert);
  return converted.every((item, index) => item === list[index]) ? list : converted;
}
