import { setTimeout as sleep } from "node:timers/promises";
import { attempt } from "./error.js";
import { ANSWERED, type Call } from "./handler.js";
import { hub } from "./hub.js";
import type { Transport, TransportResponse } from "./types/config.js";
import { isRecord, kindOf } from "./words.js";

/** Milliseconds until there is looked again for room. */
const LOOK_MS = 10;

/** Has the program make an HTTP request and feeds what it answers to the run. */
export function carry(call: Call, transport: Transport): unknown {
  const { method, url, headers, body } = call.request.payload as unknown as {
    method: string;
    url: string;
    headers: Record<string, string>;
    body: string;
  };
  const response = transport(url, { method, headers, body, signal: call.signal });
  if (!isRecord(response) || typeof response["then"] !== "function")
    return feedNow(call, response as TransportResponse);
  return (response as unknown as Promise<TransportResponse>).then((settled) => feed(call, settled));
}

/** Feeds an answer that is there as a whole at once, so that a call that blocks can be answered too. */
function feedNow(call: Call, response: TransportResponse): unknown {
  const { body } = checked(response);
  const isWhole = body === undefined || body === null || typeof body === "string" || body instanceof Uint8Array;
  if (!isWhole || call.isOver) return feed(call, response);
  const { id } = call.request;
  attempt(() => hub().native.httpHead(call.run.number, id, headOf(response)));
  if (body && !attempt(() => hub().native.httpBytes(call.run.number, id, bytesOf(body)))) return feedRest(call, body);
  attempt(() => hub().native.httpEnd(call.run.number, id));
  return ANSWERED;
}

async function feedRest(call: Call, body: string | Uint8Array): Promise<unknown> {
  await feedPiece(call, bytesOf(body));
  if (!call.isOver) attempt(() => hub().native.httpEnd(call.run.number, call.request.id));
  return ANSWERED;
}

async function feed(call: Call, response: TransportResponse): Promise<unknown> {
  const { body } = checked(response);
  const { id } = call.request;
  const pieces = piecesOf(body);
  // One who leaves the loop before the first piece lets go of the body too: it may hold a connection.
  if (call.isOver) {
    await letGo(pieces);
    return ANSWERED;
  }
  attempt(() => hub().native.httpHead(call.run.number, id, headOf(response)));
  for await (const piece of pieces) {
    await feedPiece(call, bytesOf(piece));
    if (call.isOver) return ANSWERED;
  }
  attempt(() => hub().native.httpEnd(call.run.number, id));
  return ANSWERED;
}

async function letGo(pieces: Iterable<unknown> | AsyncIterable<unknown>): Promise<void> {
  const iterator = Symbol.asyncIterator in pieces ? pieces[Symbol.asyncIterator]() : pieces[Symbol.iterator]();
  await iterator.return?.();
}

/** Feeds a piece once there is room for it. */
async function feedPiece(call: Call, bytes: Uint8Array): Promise<void> {
  while (!call.isOver && !attempt(() => hub().native.httpBytes(call.run.number, call.request.id, bytes)))
    await sleep(LOOK_MS);
}

function checked(response: TransportResponse): TransportResponse {
  if (typeof response !== "object" || response === null)
    throw new TypeError(`transport: must return a Response, or { status, headers, body }, got ${kindOf(response)}`);
  if (typeof response.status !== "number")
    throw new TypeError(`transport: status must be a number, got ${kindOf(response.status)}`);
  return response;
}

function headOf({ status, headers }: TransportResponse): string {
  const names: Record<string, string> = Object.create(null) as Record<string, string>;
  const entries =
    headers === undefined || headers === null
      ? []
      : Symbol.iterator in headers
        ? (headers as Iterable<readonly [string, string]>)
        : Object.entries(headers);
  for (const [name, value] of entries) {
    const text = Array.isArray(value) ? value.join(", ") : String(value);
    names[name] = name in names ? `${names[name]}, ${text}` : text;
  }
  return JSON.stringify({ status, headers: names });
}

function piecesOf(body: TransportResponse["body"]): Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array> {
  if (body === undefined || body === null) return [];
  if (typeof body === "string" || body instanceof Uint8Array) return [body];
  if (typeof body === "object" && (Symbol.asyncIterator in body || Symbol.iterator in body))
    return body as AsyncIterable<string | Uint8Array>;
  throw new TypeError(`transport: body must be a string, a Uint8Array or a stream of such, got ${kindOf(body)}`);
}

function bytesOf(piece: unknown): Uint8Array {
  if (typeof piece === "string") return Buffer.from(piece);
  if (piece instanceof Uint8Array) return piece;
  throw new TypeError(`transport: the body must give strings or Uint8Arrays, got ${kindOf(piece)}`);
}
