import type { Fault } from "../mock/check.js";
import { checkSchema, findFaults } from "../mock/check.js";
import type { Json } from "../mock/index.js";
import { matcherNames } from "../mock/match.js";
import { expand, settleAsks } from "./settle.js";
import type { Case, CaseAsks, CaseTool, Expect, JsonObject, Step } from "./types.js";
import { vocabularyFaults } from "./vocabulary.js";

type Path = readonly (string | number)[];
type Kind = "agent" | "stream" | "checkpoint" | "state";

/** What a step makes that later ones can name. */
const makes: Readonly<Record<string, Kind>> = {
  stream: "stream",
  restore: "stream",
  checkpoint: "checkpoint",
  get_state: "state",
  create: "agent",
  fork: "agent",
};

/** The mock alone knows this one: the languages' patterns differ. */
const matchers = new Set(matcherNames.filter((name) => name !== "$regex"));

/** Everything that is wrong in a case. */
export function findCaseFaults(value: unknown): Fault[] {
  const faults = checkSchema("case.schema.json", value);
  if (faults.length > 0) return faults;
  const one = value as Case;
  return [
    ...scenarioFaults(one),
    ...new StepCheck(one).faults(),
    ...toolsOf(one).flatMap(([path, tool]) => featureFaults(one, path, tool)),
    ...asksOf(one).flatMap(([path, asks]) => [...askFaults(one, path, asks), ...transportFaults(path, asks)]),
    ...toolsOf(one).flatMap(([path, tool]) => answerFaults([...path, "handler"], handlersOf(tool))),
    ...vocabularyFaults(one),
    ...expectFaults(one, one.expect, ["expect"]),
    ...(one.also_allowed ?? []).flatMap(({ expect }, at) => expectFaults(one, expect, ["also_allowed", at, "expect"])),
  ];
}

function scenarioFaults(one: Case): Fault[] {
  if (one.given?.scenario === undefined) return [];
  return findFaults(expand(one.given.scenario as unknown as Json)).map(({ path, message }) => ({
    path: ["given", "scenario", ...path],
    message,
  }));
}

/** Every tool that a case declares, with its place. */
function toolsOf(one: Case): (readonly [Path, CaseTool])[] {
  const given = (one.given?.tools ?? []).map((tool, at) => [["given", "tools", at], tool] as const);
  const later = one.steps.flatMap(({ args = {} }, step) => {
    const list = (args["tools"] ?? []) as unknown as CaseTool[];
    const tools = list.map((tool, at) => [["steps", step, "args", "tools", at], tool] as const);
    const added = args["tool"] as unknown as CaseTool | undefined;
    return added ? [...tools, [["steps", step, "args", "tool"], added] as const] : tools;
  });
  return [...given, ...later];
}

/** What the agents of a case ask their host besides tools, with its place. */
function asksOf(one: Case): (readonly [Path, CaseAsks])[] {
  const made = one.steps.flatMap(({ op, args }, at) =>
    op === "create" ? [[["steps", at, "args"], (args ?? {}) as unknown as CaseAsks] as const] : [],
  );
  return [[["given"], one.given ?? {}], ...made];
}

/** A case whose approvals a step gives: every host can do that. */
function approvesByHand(one: Case): boolean {
  const isByHand = (handler: Json) => typeof handler === "object" && handler !== null && "by_hand" in handler;
  return asksOf(one).some(([, asks]) =>
    settleAsks(asks).some(({ key, handler }) => key === "approval" && handler.every(isByHand)),
  );
}

/** The member of a case that says what is answered to what is asked under a key. */
function memberOf(key: string): string {
  const members: Readonly<Record<string, string>> = { hook: "hooks", guardrail: "guardrails", http: "transport" };
  const kind = key.split(" ")[0] ?? key;
  return members[kind] ?? kind;
}

function askFaults(one: Case, path: Path, asks: CaseAsks): Fault[] {
  return settleAsks(asks).flatMap(({ key, handler }) =>
    handler.flatMap((act) => {
      const isByHand = typeof act === "object" && act !== null && "by_hand" in act;
      if (!isByHand) return [];
      if (key === "approval" && handler.length === 1) return [];
      if (key !== "approval" && one.requires?.includes("replies_by_hand")) return [];
      const message =
        key === "approval"
          ? "`by_hand` is the only handler of approvals that are given by hand"
          : "`by_hand` is not for every host; add `requires: [replies_by_hand]`";
      return [{ path: [...path, memberOf(key)], message }];
    }),
  );
}

/** What a host can do with an exchange that it is to carry. */
const carrying = ["answers", "fails", "raises"];

function transportFaults(path: Path, { transport, ...others }: CaseAsks): Fault[] {
  const acts = (transport === undefined ? [] : Array.isArray(transport) ? transport : [transport]) as JsonObject[];
  const here = [...path, "transport"];
  return [
    ...settleAsks(others).flatMap(({ key, handler }) =>
      answerFaults([...path, memberOf(key)], handler as JsonObject[]),
    ),
    ...acts.flatMap((act) => {
      const odd = Object.keys(act).filter((key) => !carrying.includes(key));
      const message = `a transport has the handlers ${carrying.join(", ")}`;
      return odd.length > 0 ? [{ path: here, message }] : respondFaults(here, act);
    }),
  ];
}

/** The answer that a host carries is text, so that every adapter can cut it. */
function respondFaults(path: Path, act: JsonObject): Fault[] {
  const answers = act["answers"] as JsonObject | undefined;
  if (answers === undefined) return [];
  const respond = answers["respond"] as JsonObject;
  const here = [...path, "answers", "respond"];
  for (const member of ["actions", "cassette"]) {
    if (member in respond) return [{ path: [...here, member], message: "goes with a scenario; leave it out" }];
  }
  return findFaults(expand({ exchanges: [{ respond }] })).map((fault) => ({ ...fault, path: here }));
}

function answerFaults(path: Path, handlers: readonly JsonObject[]): Fault[] {
  const message = "`answers` is for `transport`: an exchange that the host carries";
  return handlers.some((handler) => "answers" in handler) ? [{ path, message }] : [];
}

function handlersOf({ handler = [] }: CaseTool): JsonObject[] {
  return (Array.isArray(handler) ? handler : [handler]) as JsonObject[];
}

/** Every handler of a case, with its place. */
function everyHandler(one: Case): (readonly [Path, JsonObject])[] {
  return [
    ...toolsOf(one).flatMap(([path, tool]) =>
      handlersOf(tool).map((handler) => [[...path, "handler"], handler] as const),
    ),
    ...asksOf(one).flatMap(([path, asks]) =>
      settleAsks(asks).flatMap(({ key, handler }) =>
        (handler as JsonObject[]).map((act) => [[...path, memberOf(key)], act] as const),
      ),
    ),
  ];
}

function featureFaults(one: Case, path: Path, tool: CaseTool): Fault[] {
  const needed = { by_hand: "replies_by_hand", unencodable: "dynamic_values" } as const;
  return handlersOf(tool).flatMap((handler) =>
    Object.entries(needed)
      .filter(([key, feature]) => key in handler && !one.requires?.includes(feature))
      .map(([key, feature]) => ({
        path: [...path, "handler"],
        message: `\`${key}\` is not for every host; add \`requires: [${feature}]\``,
      })),
  );
}

/** Follows the names through the steps. */
class StepCheck {
  readonly #known = new Map<string, Kind | "outcome">([["agent", "agent"]]);
  readonly #faults: Fault[] = [];

  constructor(readonly one: Case) {}

  faults(): Fault[] {
    if (this.one.given?.carried !== undefined) this.#known.set("carried", "checkpoint");
    const handlers = everyHandler(this.one);
    for (const [, handler] of handlers) {
      const keeps = handler["keeps"] as JsonObject | undefined;
      if (typeof keeps?.["as"] === "string") this.#known.set(keeps["as"], "checkpoint");
    }
    for (const [at, step] of this.one.steps.entries()) this.#step(step, ["steps", at]);
    for (const [path, handler] of handlers) {
      const keeps = handler["keeps"] as JsonObject | undefined;
      const chats = handler["chats"] as JsonObject | undefined;
      const after = (handler["answers"] as JsonObject | undefined)?.["after"] as JsonObject | undefined;
      this.#reference(after?.["cancels"], "stream", [...path, "answers", "after", "cancels"]);
      this.#reference(handler["cancels"], "stream", [...path, "cancels"]);
      this.#reference(keeps?.["stream"], "stream", [...path, "keeps", "stream"]);
      this.#reference(chats?.["agent"], "agent", [...path, "chats", "agent"]);
    }
    return this.#faults;
  }

  #step({ op, args = {}, as }: Step, path: Path): void {
    for (const [name, kind] of [
      ["agent", "agent"],
      ["other", "agent"],
      ["stream", "stream"],
      ["checkpoint", "checkpoint"],
      ["state", "state"],
    ] as const) {
      this.#reference(args[name], kind, [...path, "args", name]);
    }
    const one = (first: string, second: string) => {
      if (first in args === second in args)
        this.#faults.push({ path: [...path, "args"], message: `give either \`${first}\` or \`${second}\`` });
    };
    if (op === "restore") one("checkpoint", "bytes");
    if (op === "reply") one("ok", "error");
    if (op === "reply" && !this.one.requires?.includes("replies_by_hand") && !approvesByHand(this.one)) {
      this.#faults.push({ path: [...path, "op"], message: "not for every host; add `requires: [replies_by_hand]`" });
    }
    if (as === undefined) return;
    if (this.#known.has(as)) {
      this.#faults.push({ path: [...path, "as"], message: `\`${as}\` is the name of something else already` });
    }
    this.#known.set(as, makes[op] ?? "outcome");
  }

  #reference(name: Json | undefined, wanted: Kind, path: Path): void {
    if (typeof name !== "string") return;
    const kind = this.#known.get(name);
    if (kind === wanted) return;
    const names = [...this.#known].filter(([, other]) => other === wanted).map(([other]) => other);
    const message =
      kind === undefined
        ? `no step before gives the name \`${name}\`; ${wanted}s so far: ${names.join(", ") || "none"}`
        : `\`${name}\` is no ${wanted}; ${wanted}s so far: ${names.join(", ") || "none"}`;
    this.#faults.push({ path, message });
  }
}

function expectFaults(one: Case, expect: Expect, path: Path): Fault[] {
  const named = one.steps.filter((step) => step.as !== undefined);
  const streams = named.filter((step) => makes[step.op] === "stream").map((step) => String(step.as));
  const outcomes = named.map((step) => String(step.as));
  const unknown = (member: "steps" | "events", known: readonly string[]) =>
    Object.keys(expect[member] ?? {})
      .filter((name) => !known.includes(name))
      .map((name) => ({
        path: [...path, member, name],
        message: `no step gives ${member === "events" ? "a stream" : "an outcome"} of that name; known are: ${known.join(", ")}`,
      }));
  const seen =
    expect.seen !== undefined && one.given?.scenario === undefined
      ? [{ path: [...path, "seen"], message: "without a scenario no server sees anything; add `given.scenario`" }]
      : [];
  return [
    ...unknown("steps", outcomes),
    ...unknown("events", streams),
    ...seen,
    ...matcherFaults(expect as unknown as Json, path),
  ];
}

function matcherFaults(value: Json, path: Path): Fault[] {
  if (Array.isArray(value)) return value.flatMap((element, at) => matcherFaults(element, [...path, at]));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (!key.startsWith("$")) return matcherFaults(inner, [...path, key]);
    if (!matchers.has(key)) {
      return [{ path: [...path, key], message: `no matcher; known are: ${[...matchers].join(", ")}` }];
    }
    if (Object.keys(value).length > 1) {
      return [{ path: [...path, key], message: "a matcher stands alone in its object; $all takes several" }];
    }
    return matcherFaults(inner, [...path, key]);
  });
}
