import { gzipSync } from "node:zlib";
import type { BuildContext } from "./built.js";
import { build } from "./built.js";
import { readCassette } from "./cassette.js";
import type { Bytes, EventItem, Json, Response } from "./types.js";

/** An answer ready to be sent. */
export interface Payload {
  readonly status: number;
  /** Names in lower case; the scenario's own headers win over what the body implies. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: Buffer;
  /** Offset after each event, in order; empty for an answer that is not made of events. */
  readonly eventEnds: readonly number[];
}

/** Builds the bytes of an answer. `base` is the scenario's file, which cassette names are relative to. */
export function buildPayload(respond: Response, context: BuildContext, base: string): Payload {
  const content = buildContent(respond, context, base);
  const headers: Record<string, string | readonly string[]> = { ...content.headers };
  for (const [name, value] of Object.entries(respond.headers ?? {})) headers[name.toLowerCase()] = value;
  const status = respond.status ?? content.status ?? 200;
  const eventEnds = content.eventEnds ?? [];
  if (!respond.actions?.some((action) => action.gzip)) return { status, headers, body: content.body, eventEnds };
  headers["content-encoding"] ??= "gzip";
  return { status, headers, body: gzipSync(content.body), eventEnds: [] };
}

/** The bytes that a scenario gave as text or base64. */
export function toBuffer(bytes: Bytes): Buffer {
  return typeof bytes === "string" ? Buffer.from(bytes, "utf8") : Buffer.from(bytes.base64, "base64");
}

interface Content {
  readonly status?: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly eventEnds?: readonly number[];
}

function buildContent(respond: Response, context: BuildContext, base: string): Content {
  if (respond.cassette !== undefined) {
    const recorded = readCassette(respond.cassette, base);
    return { status: recorded.status, headers: recorded.headers, body: recorded.body };
  }
  if (respond.events !== undefined) return eventStream(respond.events, respond.done !== false);
  if (respond.lines !== undefined) return lineStream(respond.lines);
  const built = build(respond, context);
  if (built && "json" in built) return json(built.json);
  if (built && "lines" in built) return lineStream(built.lines);
  if (built) return eventStream(built.events, respond.done ?? built.done);
  if (respond.body === undefined) return { headers: {}, body: Buffer.alloc(0) };
  if (typeof respond.body === "string")
    return { headers: { "content-type": "text/plain" }, body: Buffer.from(respond.body, "utf8") };
  if (isBase64(respond.body))
    return { headers: { "content-type": "application/octet-stream" }, body: toBuffer(respond.body) };
  return json(respond.body);
}

function json(value: Json): Content {
  return { headers: { "content-type": "application/json" }, body: Buffer.from(JSON.stringify(value), "utf8") };
}

function eventStream(items: readonly EventItem[], done: boolean): Content {
  const pieces: Buffer[] = items.flatMap(eventBytes);
  if (done) pieces.push(Buffer.from("data: [DONE]\n\n"));
  return stream("text/event-stream", pieces);
}

/** Lines of JSON. */
function lineStream(items: readonly Json[]): Content {
  const line = (item: Json) => Buffer.from(`${typeof item === "string" ? item : JSON.stringify(item)}\n`, "utf8");
  return stream("application/x-ndjson", items.map(line));
}

/** A stream has no length of its own, so it is framed in chunks. */
function stream(type: string, pieces: readonly Buffer[]): Content {
  const ends: number[] = [];
  let length = 0;
  for (const piece of pieces) {
    length += piece.length;
    ends.push(length);
  }
  const headers = { "content-type": type, "transfer-encoding": "chunked" };
  return { headers, body: Buffer.concat(pieces), eventEnds: ends };
}

function eventBytes(item: EventItem): Buffer[] {
  if (typeof item === "string") return [sse(item)];
  if (hasOnly(item, "raw")) return [toBuffer((item as { raw: Bytes }).raw)];
  if (!hasOnly(item, "data", "event", "id", "repeat")) return [sse(JSON.stringify(item))];
  const { data, event, id, repeat = 1 } = item as { data: Json; event?: string; id?: string; repeat?: number };
  const head = `${event === undefined ? "" : `event: ${event}\n`}${id === undefined ? "" : `id: ${id}\n`}`;
  const bytes = Buffer.concat([Buffer.from(head), sse(typeof data === "string" ? data : JSON.stringify(data))]);
  return Array.from({ length: repeat }, () => bytes);
}

/** One SSE event; a line break inside the data starts another `data:` line. */
function sse(data: string): Buffer {
  return Buffer.from(
    `${data
      .split("\n")
      .map((line) => `data: ${line}`)
      .join("\n")}\n\n`,
    "utf8",
  );
}

/** Whether `first` is there and no key beside `first` and `others`: what tells an event's wrapper from plain JSON data. */
function hasOnly(item: object, first: string, ...others: string[]): boolean {
  return first in item && Object.keys(item).every((key) => key === first || others.includes(key));
}

function isBase64(value: Json): value is { base64: string } {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    hasOnly(value, "base64") &&
    typeof value["base64"] === "string"
  );
}
