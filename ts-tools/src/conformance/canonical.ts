import type { Json } from "../mock/index.js";
import type { JsonObject } from "./types.js";

/** What a host writes down about a case. */
export interface Log {
  readonly id: string;
  readonly host: string;
  /** Host whose bytes the case went on from. */
  readonly from?: string;
  readonly problems: readonly string[];
  readonly record: JsonObject;
}

/** Kinds of errors that a language may raise, without any more than a message. */
const MISUSE = new Set<Json | undefined>(["argument", "config", "validation"]);

/** The bytes that records of hosts that behave alike have in common (spec/README.md, "Canonical form"). */
export function canonical(record: JsonObject): string {
  const { steps = {}, events = {}, calls = [], seen } = withoutNulls(record) as JsonObject;
  const whole: JsonObject = {
    steps: mapMembers(steps, canonicalOutcome),
    events: mapMembers(events, (list) => (Array.isArray(list) ? list.map(canonicalEvent) : list)),
    calls,
  };
  if (seen !== undefined) whole["seen"] = canonicalSeen(seen);
  const sorted = settle(whole);
  return `${JSON.stringify(new Names(sorted).rename(sorted), null, 1)}\n`;
}

/** Members that are null are left out, because some languages cannot hold them. */
export function withoutNulls(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  const members = Object.entries(value).filter(([, inner]) => inner !== null);
  return Object.fromEntries(members.map(([key, inner]) => [key, withoutNulls(inner)]));
}

function canonicalOutcome(outcome: Json): Json {
  if (!isObject(outcome) || !isObject(outcome["error"])) return outcome;
  const { message: _, ...error } = outcome["error"];
  return { error: MISUSE.has(error["kind"]) ? { misuse: true } : error };
}

function canonicalEvent(event: Json): Json {
  if (!isObject(event)) return event;
  const { seq, step, ...rest } = event;
  if (event["run_id"] === undefined) return rest;
  // Mostly drawn at random; where it is not, the case says so.
  if (event["type"] === "retry") return without(event, "after_ms");
  return event["type"] === "cancelled" ? without(event, "seq") : event;
}

function canonicalSeen(seen: Json): Json {
  if (!isObject(seen)) return seen;
  const requests = Array.isArray(seen["requests"]) ? seen["requests"] : [];
  const plain = requests.map((request) => without(request, "headers", "connection", "aborted"));
  return { ...seen, requests: plain };
}

/** Sorted, without times, and without the address of this run's server. */
function settle(value: Json): Json {
  if (typeof value === "string") return value.replaceAll(/(http:\/\/)?127\.0\.0\.1:\d+(\/s\/\d+)?/g, "<mock>");
  if (Array.isArray(value)) return value.map(settle);
  if (!isObject(value)) return value;
  const members = Object.entries(value).filter(([key]) => key !== "execution_time_ms");
  return Object.fromEntries(members.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, settle(inner)]));
}

/** Ids that are made at random, numbered by their first appearance. */
class Names {
  readonly #names = new Map<string, string>();
  readonly #counts = new Map<string, number>();

  constructor(value: Json) {
    this.#collect(value);
  }

  rename(value: Json): Json {
    if (typeof value === "string") return this.#names.get(value) ?? value;
    if (Array.isArray(value)) return value.map((element) => this.rename(element));
    if (!isObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, this.rename(inner)]));
  }

  #collect(value: Json): void {
    if (Array.isArray(value)) {
      for (const element of value) this.#collect(element);
    }
    if (!isObject(value)) return;
    for (const [key, inner] of Object.entries(value)) {
      const word = key === "run_id" ? "run" : key === "tool_call_id" ? "call" : undefined;
      if (word === undefined || typeof inner !== "string") this.#collect(inner);
      else if (!this.#names.has(inner)) {
        const count = (this.#counts.get(word) ?? 0) + 1;
        this.#counts.set(word, count);
        this.#names.set(inner, `${word}_${count}`);
      }
    }
  }
}

function mapMembers(value: Json, map: (inner: Json) => Json): Json {
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, map(inner)]));
}

function without(value: Json, ...names: string[]): Json {
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => !names.includes(key)));
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
