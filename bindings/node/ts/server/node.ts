import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { eaten } from "./body.js";

/** A request of Node's `http`, as Express and others pass it on: perhaps with its body parsed already. */
export type NodeRequest = IncomingMessage & { body?: unknown; originalUrl?: string };

/** A signal that is aborted when the client leaves before its answer is complete. */
export function signalOf(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  const left = (): void => {
    if (!response.writableFinished) controller.abort(new DOMException("The client has left.", "AbortError"));
  };
  if (response.closed) left();
  else response.once("close", left);
  return controller.signal;
}

/**
 * A request of Node's `http` as one of fetch.
 *
 * @param parsed what a parser made of the body, where one has read it
 * @returns undefined for a method that fetch does not know
 */
export function toRequest(request: NodeRequest, parsed: unknown, signal: AbortSignal): Request | undefined {
  const { method = "GET" } = request;
  const headers = new Headers();
  for (let at = 0; at + 1 < request.rawHeaders.length; at += 2) {
    const [name = "", value = ""] = request.rawHeaders.slice(at, at + 2);
    if (!name.startsWith(":")) headers.append(name, value);
  }
  const url = urlOf(request);
  const init: RequestInit & { duplex?: "half" } = { method, headers, signal };
  if (method !== "GET" && method !== "HEAD") {
    if (parsed !== undefined) {
      init.body = bodyOf(parsed);
      // These were of the bytes that the parser has read.
      headers.delete("content-length");
      headers.delete("content-encoding");
    } else {
      init.body = bodyStream(request);
      init.duplex = "half";
    }
  }
  try {
    return new Request(url, init);
  } catch {
    return undefined;
  }
}

function bodyStream(request: NodeRequest): ReadableStream<Uint8Array> | null {
  if (!request.readableEnded) return Readable.toWeb(request) as ReadableStream<Uint8Array>;
  const { "content-length": length = 0, "transfer-encoding": encoding } = request.headers;
  if (Number(length) === 0 && encoding === undefined) return null;
  return new ReadableStream({ start: (controller) => controller.error(eaten()) });
}

function bodyOf(parsed: unknown): string | Uint8Array<ArrayBuffer> {
  if (typeof parsed === "string") return parsed;
  if (parsed instanceof Uint8Array) return new Uint8Array(parsed);
  return JSON.stringify(parsed);
}

function urlOf(request: NodeRequest): string {
  const scheme = "encrypted" in request.socket ? "https" : "http";
  const path = (request.originalUrl ?? request.url ?? "/").replace(/^\/*/, "/");
  for (const host of [request.headers.host ?? request.headers[":authority"], "localhost"]) {
    const url = `${scheme}://${String(host)}${path}`;
    if (host !== undefined && URL.canParse(url)) return url;
  }
  return `${scheme}://localhost/`;
}

/** Writes an answer of fetch to a response of Node's `http`, as fast as its client reads. */
export async function sendResponse(answer: Response, response: ServerResponse): Promise<void> {
  response.statusCode = answer.status;
  for (const [name, value] of answer.headers) response.setHeader(name, value);
  if (answer.body === null) {
    response.end();
    return;
  }
  const reader = answer.body.getReader();
  const left = (): void => void reader.cancel().catch(() => undefined);
  if (response.closed) return left();
  response.once("close", left);
  response.flushHeaders();
  for (;;) {
    const { done, value } = await reader.read();
    if (done || response.destroyed) break;
    const more = response.write(value);
    // A middleware that compresses holds pieces back otherwise.
    (response as { flush?: () => void }).flush?.();
    if (!more && !response.destroyed) await drained(response);
  }
  response.off("close", left);
  if (response.destroyed) left();
  else response.end();
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      response.off("drain", go);
      response.off("close", go);
      resolve();
    };
    response.on("drain", go);
    response.on("close", go);
  });
}
