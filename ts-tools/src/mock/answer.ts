import type { ServerResponse } from "node:http";
import { redactHeader } from "./redact.js";
import type { Difference, Json } from "./types.js";

/** Answers with JSON of the server's own, outside any scenario. */
export function answerJson(response: ServerResponse, status: number, value: Json | Record<string, unknown>): void {
  const body = Buffer.from(JSON.stringify(value), "utf8");
  response.writeHead(status, { "content-type": "application/json", "content-length": body.length });
  response.end(body);
}

/** Headers as a report may show them. */
export function redactHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, redactHeader(name, value)]));
}

/** A report must not show a key, not even when it was the wrong one. */
export function redactDifference(difference: Difference): Difference {
  const name = /^headers\.(.*)$/.exec(difference.at)?.[1];
  if (name === undefined) return difference;
  const hide = (value: Json): Json => (typeof value === "string" ? redactHeader(name, value) : value);
  const expected = hide(difference.expected);
  return difference.got === undefined
    ? { ...difference, expected }
    : { ...difference, expected, got: hide(difference.got) };
}
