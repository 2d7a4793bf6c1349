import type { Difference, Expectation, Json } from "./types.js";

/** The parts of a request that an expectation looks at. */
export interface Candidate {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Json;
}

/** Everything in which `request` is not what `expect` asks; empty when it matches. */
export function compare(expect: Expectation | undefined, request: Candidate): Difference[] {
  if (expect === undefined) return [];
  const found: Difference[] = [];
  if (expect.method !== undefined) compareValue("method", expect.method, request.method, found);
  if (expect.path !== undefined) compareValue("path", expect.path, request.path, found);
  for (const [name, value] of Object.entries(expect.query ?? {})) {
    compareValue(`query.${name}`, value, request.query.get(name) ?? undefined, found);
  }
  for (const [name, value] of Object.entries(expect.headers ?? {})) {
    compareValue(
      `headers.${name}`,
      value === null ? { $absent: true } : value,
      request.headers[name.toLowerCase()],
      found,
    );
  }
  if (expect.body !== undefined) compareValue("body", expect.body, request.body, found);
  return found;
}

/** Adds to `found` everything in which `got` is not what is expected. `at` names the place. */
export function compareValue(at: string, expected: Json, got: Json | undefined, found: Difference[]): void {
  const miss = () => found.push(got === undefined ? { at, expected } : { at, expected, got });
  if (isObject(expected)) {
    const keys = Object.keys(expected);
    const matcher = keys.length === 1 ? matchers[String(keys[0])] : undefined;
    if (matcher) matcher(at, expected[String(keys[0])] ?? null, got, found, miss);
    else if (!isObject(got)) miss();
    else for (const key of keys) compareValue(`${at}.${key}`, expected[key] ?? null, got[key], found);
  } else if (Array.isArray(expected)) {
    if (!Array.isArray(got)) return void miss();
    if (got.length !== expected.length) found.push({ at: `${at}.length`, expected: expected.length, got: got.length });
    const common = Math.min(expected.length, got.length);
    for (let i = 0; i < common; i++) compareValue(`${at}[${i}]`, expected[i] ?? null, got[i], found);
  } else if (expected !== got) {
    miss();
  }
}

type Matcher = (at: string, wanted: Json, got: Json | undefined, found: Difference[], miss: () => void) => void;

const matchers: Readonly<Record<string, Matcher>> = {
  $regex: (_at, wanted, got, _found, miss) => {
    if (typeof got !== "string" || !new RegExp(String(wanted), "u").test(got)) miss();
  },
  $absent: (_at, wanted, got, _found, miss) => {
    if ((got === undefined) !== (wanted === true)) miss();
  },
  $any: (_at, _wanted, got, _found, miss) => {
    if (got === undefined) miss();
  },
  $length: (_at, wanted, got, _found, miss) => {
    if (!(Array.isArray(got) || typeof got === "string") || got.length !== wanted) miss();
  },
  $last: (at, wanted, got, found, miss) => {
    if (!Array.isArray(got) || got.length === 0) miss();
    else compareValue(`${at}[${got.length - 1}]`, wanted, got.at(-1), found);
  },
  // One element at least that matches; which one is the model's business, so no element is reported.
  $contains: (_at, wanted, got, _found, miss) => {
    if (!Array.isArray(got) || !got.some((element) => fits(wanted, element))) miss();
  },
  $bytes: (_at, wanted, got, _found, miss) => {
    if (typeof got !== "string" || Buffer.byteLength(got) !== wanted) miss();
  },
  $has: (_at, wanted, got, _found, miss) => {
    if (typeof got !== "string" || !got.includes(String(wanted))) miss();
  },
  $min: (_at, wanted, got, _found, miss) => {
    if (typeof got !== "number" || got < Number(wanted)) miss();
  },
  $in: (_at, wanted, got, _found, miss) => {
    if (!listOf(wanted).some((one) => fits(one, got))) miss();
  },
  $all: (at, wanted, got, found) => {
    for (const one of listOf(wanted)) compareValue(at, one, got, found);
  },
  $types: (at, wanted, got, found, miss) => {
    if (!Array.isArray(got)) return void miss();
    const types = got.map((event) => (isObject(event) ? (event["type"] ?? null) : null));
    const folded = types.filter((type, index) => index === 0 || type !== types[index - 1]);
    if (JSON.stringify(folded) !== JSON.stringify(wanted)) found.push({ at, expected: wanted, got: folded });
  },
  $text: (at, wanted, got, found, miss) => {
    if (!Array.isArray(got)) return void miss();
    const deltas = got.filter(isObject).filter((event) => event["type"] === "text_delta");
    const text = deltas.map((event) => event["text"]).join("");
    if (text !== wanted) found.push({ at, expected: wanted, got: text });
  },
  $repeat: (_at, wanted, got, _found, miss) => {
    const [text, times] = listOf(wanted);
    if (got !== String(text).repeat(Number(times))) miss();
  },
};

/** Names of the matchers. */
export const matcherNames: readonly string[] = Object.keys(matchers);

function fits(expected: Json, got: Json | undefined): boolean {
  const found: Difference[] = [];
  compareValue("", expected, got, found);
  return found.length === 0;
}

function listOf(value: Json): Json[] {
  return Array.isArray(value) ? value : [value];
}

function isObject(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
