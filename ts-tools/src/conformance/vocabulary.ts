import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseErrorTable } from "../errors/table.js";
import { defaultPaths, repositoryRoot } from "../generate/paths.js";
import type { Fault } from "../mock/check.js";
import type { Json } from "../mock/index.js";
import type { Case, Expect, JsonObject } from "./types.js";

type Path = readonly (string | number)[];

/** A set of names that there are, and what one of them is called. */
interface Names {
  readonly what: string;
  readonly known: ReadonlySet<string>;
}

function schema(name: string): JsonObject {
  return JSON.parse(readFileSync(join(repositoryRoot, "spec/schema", name), "utf8")) as JsonObject;
}

function members(name: string): ReadonlySet<string> {
  return new Set(Object.keys(schema(name)["properties"] as JsonObject));
}

const kindNames = (): Names => {
  const text = readFileSync(join(repositoryRoot, defaultPaths.errors), "utf8");
  return { what: "kind of error", known: new Set(parseErrorTable(text, defaultPaths.errors).map(({ kind }) => kind)) };
};

const eventNames = (): Names => {
  const types = (schema("event.schema.json")["oneOf"] as JsonObject[]).map(({ title }) => String(title));
  return { what: "type of event", known: new Set(types) };
};

const kinds = kindNames();
const events = eventNames();
const agentOptions: Names = { what: "option of an agent", known: members("agent_options.schema.json") };
const callOptions: Names = { what: "option of a call", known: members("run_input.schema.json") };

function unknown(name: Json | undefined, { what, known }: Names, path: Path): Fault[] {
  if (typeof name !== "string" || known.has(name)) return [];
  return [{ path, message: `there is no ${what} \`${name}\`; known are: ${[...known].join(", ")}` }];
}

/** Names of kinds, events and options that nothing has: an expectation of one would say nothing, or never fit. */
export function vocabularyFaults(one: Case): Fault[] {
  const all: (readonly [Expect, Path])[] = [
    [one.expect, ["expect"]],
    ...(one.also_allowed ?? []).map(({ expect }, at) => [expect, ["also_allowed", at, "expect"]] as const),
  ];
  return [
    ...optionFaults((one.given?.agent ?? {}) as JsonObject, agentOptions, ["given", "agent"]),
    ...one.steps.flatMap(({ op, args, as }, at) => {
      // A step may be there to show that an option is refused.
      const isRefused = as !== undefined && all.some(([expect]) => isMisuse(expect.steps?.[as]));
      const names = op === "create" ? agentOptions : callOptions;
      const given = isRefused ? {} : ((args?.["options"] ?? {}) as JsonObject);
      return optionFaults(given, names, ["steps", at, "args", "options"]);
    }),
    ...kindFaults(handlersOf(one.given ?? {}), ["given"]),
    ...one.steps.flatMap(({ args }, at) => kindFaults(handlersOf(args ?? {}), ["steps", at, "args"])),
    ...all.flatMap(([expect, path]) => [
      ...kindFaults((expect.steps ?? {}) as Json, [...path, "steps"]),
      ...kindFaults((expect.events ?? {}) as Json, [...path, "events"]),
      ...Object.entries(expect.events ?? {}).flatMap(([name, list]) => eventFaults(list, [...path, "events", name])),
    ]),
  ];
}

/** The parts of a case, or of a step, that answer what a run asks. */
function handlersOf(part: object): Json {
  const names = ["tools", "tool", "approval", "hooks", "guardrails", "transport", "error"];
  return Object.fromEntries(Object.entries(part).filter(([name]) => names.includes(name))) as Json;
}

function isMisuse(outcome: Json | undefined): boolean {
  return typeof outcome === "object" && outcome !== null && "error" in outcome;
}

function optionFaults(options: JsonObject, names: Names, path: Path): Fault[] {
  return Object.keys(options).flatMap((name) => unknown(name, names, [...path, name]));
}

/** The texts that a pattern may stand for: itself, or those of `$in`. */
function texts(pattern: Json | undefined, path: Path): (readonly [Json, Path])[] {
  if (typeof pattern !== "object" || pattern === null || Array.isArray(pattern)) {
    return pattern === undefined ? [] : [[pattern, path]];
  }
  const list = pattern["$in"];
  return Array.isArray(list) ? list.map((text, at) => [text, [...path, "$in", at]] as const) : [];
}

/** Every `error: {kind}` and `fails: {kind}` in a pattern, or in what a case answers. */
function kindFaults(pattern: Json, path: Path): Fault[] {
  if (Array.isArray(pattern)) return pattern.flatMap((inner, at) => kindFaults(inner, [...path, at]));
  if (typeof pattern !== "object" || pattern === null) return [];
  return Object.entries(pattern).flatMap(([key, inner]) => {
    const here = [...path, key];
    const kind =
      (key === "error" || key === "fails") && typeof inner === "object" && inner !== null && !Array.isArray(inner);
    const own = kind ? texts(inner["kind"], [...here, "kind"]) : [];
    return [...own.flatMap(([text, at]) => unknown(text, kinds, at)), ...kindFaults(inner, here)];
  });
}

/** Every type in a pattern for a list of events, or for one of them. */
function eventFaults(pattern: Json, path: Path): Fault[] {
  if (Array.isArray(pattern)) return pattern.flatMap((inner, at) => eventFaults(inner, [...path, at]));
  if (typeof pattern !== "object" || pattern === null) return [];
  return Object.entries(pattern).flatMap(([key, inner]) => {
    const here = [...path, key];
    if (key === "$types" && Array.isArray(inner)) {
      return inner.flatMap((text, at) => unknown(text, events, [...here, at]));
    }
    if (key === "type") return texts(inner, here).flatMap(([text, at]) => unknown(text, events, at));
    return key.startsWith("$") ? eventFaults(inner, here) : [];
  });
}
