import { LlmspellTypeError } from "../error.js";

/** A request that is refused before any run begins. */
export class Refusal extends Error {
  /**
   * @param status HTTP status of the answer
   * @param message what is wrong, for the client
   * @param headers what else the answer's head says
   */
  constructor(
    readonly status: number,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

/** Refuses every method but one. */
export function requireMethod(request: Request, method: string): void {
  if (request.method !== method)
    throw new Refusal(405, `${request.method} is not answered here; use ${method}.`, { allow: method });
}

/**
 * The JSON value that a request's body is.
 *
 * @param maxBytes bytes that are read at most
 * @throws Refusal with 415 for another content type, 413 for too much, 400 for what is no JSON
 */
export async function readJson(request: Request, maxBytes: number): Promise<unknown> {
  const text = await readText(request, maxBytes);
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const why = text.trim() === "" ? "it is empty" : String((error as Error).message).slice(0, 200);
    throw new Refusal(400, `The body is not JSON: ${why}`);
  }
}

/** The text of a body that says it is JSON. @throws Refusal, as {@link readJson} */
export async function readText(request: Request, maxBytes: number): Promise<string> {
  const type = (request.headers.get("content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
  if (type !== "application/json" && !type.endsWith("+json"))
    throw new Refusal(415, `The content type must be application/json, got ${type === "" ? "none" : quoted(type)}.`);
  const encoding = request.headers.get("content-encoding")?.trim().toLowerCase() ?? "identity";
  if (encoding !== "identity")
    throw new Refusal(415, `A body with the encoding ${quoted(encoding)} is not read; send it plain.`);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await readBytes(request, maxBytes));
  } catch (error) {
    if (error instanceof Refusal || error instanceof LlmspellTypeError) throw error;
    throw new Refusal(400, "The body is not UTF-8.");
  }
}

async function readBytes(request: Request, maxBytes: number): Promise<Uint8Array> {
  // The rest of a body that is too large is not waited for, so the connection cannot serve another request.
  const tooLarge = (): Refusal =>
    new Refusal(413, `The body is larger than ${maxBytes} bytes.`, { connection: "close" });
  if (Number(request.headers.get("content-length") ?? 0) > maxBytes) throw tooLarge();
  if (request.body === null) return new Uint8Array();
  if (request.bodyUsed) throw eaten();
  const pieces: Uint8Array[] = [];
  let size = 0;
  const reader = request.body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      size += value.byteLength;
      if (size > maxBytes) throw tooLarge();
      pieces.push(value);
    }
  } catch (error) {
    // Not cancelled: Node would close the connection before the answer is sent.
    reader.releaseLock();
    if (error instanceof Refusal || error instanceof LlmspellTypeError) throw error;
    throw new Refusal(400, "The body ended before it was complete.");
  }
  return Buffer.concat(pieces, size);
}

/** What is wrong where something in front has read a body and does not pass it on: the server's own mistake. */
export function eaten(): LlmspellTypeError {
  return new LlmspellTypeError(
    "the request's body was read before the handler got it; let a middleware like express.json() keep it in request.body, or " +
      "put the handler in front",
  );
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 64));
}
