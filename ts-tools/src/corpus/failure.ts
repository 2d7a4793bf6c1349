import type { Json } from "../mock/types.js";
import { field, isBlank, list, text } from "./json.js";

/** What an exchange that failed must come out as. */
export interface RecordedFailure {
  readonly outcome: "failure";
  /** Kind as `spec/errors.yaml` names it. */
  readonly kind: string;
  /** Status of the answer, or null when the failure stands inside an answer of status 200 and names none. */
  readonly status: number | null;
  /** The provider's own words, or null when it sent none that can be read. */
  readonly words: string | null;
}

/** Kinds by HTTP status, from `spec/errors.yaml`; 407 is a proxy's. */
const byStatus: Readonly<Record<number, string>> = {
  401: "auth",
  403: "auth",
  404: "not_found",
  407: "network",
  408: "timeout",
  429: "rate_limit",
  503: "overloaded",
  504: "timeout",
  529: "overloaded",
};

/** Kinds by the codes and types that providers document, which say more than a status like 400 does. */
const byCode: readonly (readonly [code: RegExp, kind: string])[] = [
  [
    /^(invalid_api_key|api_key_invalid|authentication_error|unauthenticated|permission_error|permission_denied|unauthorized)$/,
    "auth",
  ],
  [/^(rate_limit\w*|too_many_requests|resource_exhausted|tokens|requests)$/, "rate_limit"],
  [/^(overloaded\w*|engine_overloaded|service_unavailable|unavailable)$/, "overloaded"],
  [/^(\w+_)?not_found\w*$/, "not_found"],
  [/^(timeout|deadline_exceeded|request_timeout)$/, "timeout"],
];

/** The failure that an answer with a status other than 2xx stands for. */
export function failureOfStatus(status: number, body: string): RecordedFailure {
  const value = parsed(body);
  return { outcome: "failure", kind: kindOf(status, codesOf(value)), status, words: wordsOf(value) };
}

/** The failure that an answer of status 200 carries, if it does: `error` is there, or the object is one. */
export function failureInside(value: Json): RecordedFailure | undefined {
  const choices = field(value, "choices");
  const ofChoice = Array.isArray(choices) ? field(choices[0], "error") : undefined;
  const error = [field(value, "error"), ofChoice].find((found) => !isBlank(found));
  if (error === undefined && field(value, "object") !== "error") return undefined;
  const said: Json = error === undefined ? value : { error };
  const codes = codesOf(said);
  const status = statusIn(codes);
  return { outcome: "failure", kind: kindOf(status, codes), status, words: wordsOf(said) };
}

/** The failure that words inside an answer of status 200 tell of: JSON in any of the shapes of an error, or text. */
export function failureOfWords(data: string): RecordedFailure {
  const value = parsed(data);
  const codes = codesOf(value);
  return { outcome: "failure", kind: kindOf(statusIn(codes), codes), status: statusIn(codes), words: wordsOf(value) };
}

/** The first code that is an HTTP status. */
function statusIn(codes: readonly string[]): number | null {
  return codes.map(Number).find((code) => Number.isInteger(code) && code >= 100 && code < 600) ?? null;
}

function kindOf(status: number | null, codes: readonly string[]): string {
  if (status === 402 || codes.some((code) => /insufficient_quota|billing/.test(code))) return "rate_limit";
  if (codes.some((code) => /content_filter|content_policy|moderation/.test(code))) return "content_filter";
  const known = status === null ? undefined : byStatus[status];
  return known ?? byCode.find(([pattern]) => codes.some((code) => pattern.test(code)))?.[1] ?? "provider";
}

/** Codes, types and statuses of an error object, of its details and of what is around it, as lower-case words. */
function codesOf(value: Json | undefined): string[] {
  const inner = field(value, "error");
  const reasons = list(inner, "details").flatMap((detail) => text(detail, "reason").toLowerCase() || []);
  const codes = [inner, value].flatMap((place) =>
    ["code", "type", "status", "error_type", "raw_status_code"].flatMap((name) => {
      const code = field(place, name);
      return typeof code === "string" || typeof code === "number" ? [String(code).toLowerCase()] : [];
    }),
  );
  return [...codes, ...reasons];
}

/** The message, wherever this provider puts it. */
function wordsOf(value: Json | undefined): string | null {
  const error = field(value, "error");
  const inner = isBlank(error) ? value : error;
  if (typeof inner === "string") return inner;
  for (const name of ["message", "detail", "msg", "error_message"]) {
    const words = field(inner, name);
    if (typeof words === "string" && words !== "") return words;
  }
  return null;
}

function parsed(body: string): Json | undefined {
  try {
    const value = JSON.parse(body) as Json;
    return Array.isArray(value) ? value[0] : value;
  } catch {
    return undefined;
  }
}
