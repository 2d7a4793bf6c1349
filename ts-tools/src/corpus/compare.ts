import type { Json } from "../mock/types.js";
import type { Expectation, RecordedCall, RecordedCitation, RecordedTurn, RecordedUsage } from "./expectation.js";
import type { RecordedFailure } from "./failure.js";
import { same } from "./json.js";
import type { Observation, SeenCall } from "./observation.js";

/** How far an error may quote a provider. */
const QUOTED_CHARS = 200;

/** A failure that every run ends with whose only step is to go on. */
const LAST_STEP = "max_steps";

/** Whether the text is that of every delta (with a refusal's), or the final one (where a refusal only stands in). */
export type TextOf = "deltas" | "result";

/** In which ways what was seen is not what was recorded; none when they agree. */
export function differences(expected: Expectation, seen: Observation, textOf: TextOf): string[] {
  return expected.outcome === "turn" ? ofTurn(expected, seen, textOf) : ofFailure(expected, seen);
}

function ofFailure(expected: RecordedFailure, { error }: Observation): string[] {
  if (!error) return [`recorded is a failure of kind ${expected.kind}, but it came out as an answer`];
  return [
    ...unequal("error kind", expected.kind, error.kind, error.message),
    ...(expected.status === null ? [] : unequal("http_status", expected.status, error.http_status ?? null)),
    ...(expected.words === null || error.message.includes(plainWords(expected.words))
      ? []
      : [`the error does not say ${show(expected.words)}, but ${show(error.message)}`]),
  ];
}

function plainWords(words: string): string {
  return words.trim().slice(0, QUOTED_CHARS);
}

function ofTurn(expected: RecordedTurn, seen: Observation, textOf: TextOf): string[] {
  const goesOn = expected.calls.length > 0 || expected.goesOn === true;
  const failed = seen.error && !(seen.error.kind === LAST_STEP && goesOn);
  if (failed) return [`recorded is an answer, but it came out as ${seen.error?.kind}: ${seen.error?.message}`];
  const text = textOf === "deltas" ? expected.text + expected.refusal : expected.text || expected.refusal;
  return [
    ...unequal("text", text, seen.text),
    ...unequal("reasoning", expected.reasoning, seen.reasoning),
    ...ofCalls(expected.calls, seen.calls),
    ...(expected.citations === undefined
      ? []
      : unequal("citations", shownCitations(expected.citations), seen.citations)),
    ...(seen.end === undefined ? [] : unequal("finish_reason", expected.finishReason, seen.end?.finish_reason ?? null)),
    ...(seen.end === undefined
      ? []
      : unequal("usage", usageOf(expected.usage), counted(seen.end?.usage, expected.usage))),
    ...(expected.model === null ? [] : unequal("model", expected.model, seen.model)),
  ];
}

/** Counts that an answer does not have are 0. */
function usageOf(usage: RecordedUsage): Json {
  const none = { input_tokens: 0, output_tokens: 0, total_tokens: 0, cached_tokens: 0, reasoning_tokens: 0 };
  return counted({ ...none, ...usage }, usage);
}

/**
 * Counts, of which those that are rare are shown only when they are not 0, and a cost only when the answer tells it: elsewhere
 * llmspell reckons it from its prices.
 */
function counted(usage: Readonly<Record<string, number>> | null | undefined, told: RecordedUsage): Json {
  const rare = ["cache_write_tokens", "input_audio_tokens", "output_audio_tokens"];
  const isShown = ([name, value]: [string, number]) =>
    name === "cost" ? told?.["cost"] !== undefined : !(rare.includes(name) && value === 0);
  return Object.fromEntries(Object.entries(usage ?? {}).filter(isShown));
}

/** Citations as a program sees them: what they have. */
function shownCitations(citations: readonly RecordedCitation[]): Json {
  return citations.map(({ url, title, quote }) =>
    Object.fromEntries(Object.entries({ url, title, quote }).filter(([, value]) => value !== null)),
  );
}

/** In which ways two observations of one answer differ. */
export function unlike(one: Observation, other: Observation): string[] {
  const calls = ({ calls = [] }: Observation): Json =>
    calls.map(({ id, name, arguments: given }) => [id, name, argumentsOf(given)]);
  return [
    ...unequal("text", one.text ?? "", other.text ?? ""),
    ...unequal("reasoning", one.reasoning ?? "", other.reasoning ?? ""),
    ...unequal("tool calls", calls(one), calls(other)),
    ...unequal("citations", asJson(one.citations), asJson(other.citations)),
    ...unequal("finish_reason and usage", asJson(one.end), asJson(other.end)),
    ...unequal("model", asJson(one.model), asJson(other.model)),
    ...unequal("error", asJson(one.error?.kind), asJson(other.error?.kind)),
  ];
}

function asJson(value: unknown): Json {
  return (value ?? null) as Json;
}

function ofCalls(expected: readonly RecordedCall[], seen: readonly SeenCall[] | undefined): string[] {
  if (!seen) return [];
  if (expected.length !== seen.length) {
    const names = (calls: readonly { name: string }[]) => calls.map((call) => call.name).join(", ") || "none";
    return [`tool calls: recorded are ${expected.length} (${names(expected)}), got ${seen.length} (${names(seen)})`];
  }
  return expected.flatMap((call, at) => {
    const got = seen[at] as SeenCall;
    const place = `tool call ${at + 1}`;
    return [
      ...(call.id === null ? missingId(place, got) : unequal(`${place} id`, call.id, got.id)),
      ...unequal(`${place} name`, call.name, got.name),
      ...(same(shownAs(got.arguments, argumentsOf(call.arguments)), argumentsOf(got.arguments))
        ? []
        : [`${place} arguments: recorded is ${show(call.arguments)}, got ${show(got.arguments)}`]),
    ];
  });
}

function missingId(place: string, { id }: SeenCall): string[] {
  return id === "" ? [`${place} id: none was recorded and none was made`] : [];
}

/** In values, as events show them, members that are null are left out; only the model's text has them. */
function shownAs(got: Json, value: Json): Json {
  return typeof got === "string" ? value : withoutNulls(value);
}

function withoutNulls(value: Json): Json {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutNulls);
  const members = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(members.map(([name, member]) => [name, withoutNulls(member)]));
}

/** The arguments' value; an empty text and null are no arguments, a broken one stays a text. */
function argumentsOf(given: Json): Json {
  if (typeof given !== "string") return Array.isArray(given) && given.length === 0 ? {} : given;
  if (given.trim() === "") return {};
  try {
    return (JSON.parse(given) as Json) ?? {};
  } catch {
    return given;
  }
}

function unequal(what: string, expected: Json, got: Json | undefined, more?: string): string[] {
  if (got === undefined || same(expected, got)) return [];
  return [`${what}: recorded is ${show(expected)}, got ${show(got)}${more === undefined ? "" : ` (${more})`}`];
}

const SHOWN_CHARS = 300;

function show(value: Json): string {
  const shown = JSON.stringify(value);
  return shown.length <= SHOWN_CHARS ? shown : `${shown.slice(0, SHOWN_CHARS)}… (${shown.length} characters)`;
}
