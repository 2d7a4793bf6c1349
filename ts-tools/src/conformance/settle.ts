import type { Json, Response, Scenario } from "../mock/index.js";
import { buildPayload } from "../mock/payload.js";
import type { Case, CaseAsks, CaseTool, Expect, JsonObject, NamedCase, Step } from "./types.js";

/** A case with all that follows by itself, so that adapters have no rules to know: what they read. */
export function settle({ id, case: one }: NamedCase): JsonObject {
  const steps = one.steps.map(
    ({ op, args = {}, as }, at): Step => ({ op, args: settleArgs(args), as: as ?? `step_${at + 1}` }),
  );
  const names = steps.map((step) => String(step.as));
  const { agent = {}, scenario, tools = [], carried } = one.given ?? {};
  const settleHere = (expect: Expect) => settleExpect(expect, names, scenario !== undefined);
  return plain({
    id,
    name: one.name,
    given: {
      agent: { ...agent, ...declaredAsks(one.given ?? {}) },
      tools: tools.map(settleTool),
      asks: orNothing(writtenAsks(one.given ?? {})),
      scenario: scenario && settleScenario(scenario),
      carried,
    },
    steps,
    expect: settleHere(one.expect),
    also_allowed: (one.also_allowed ?? []).map(({ expect, reason }) => ({ expect: settleHere(expect), reason })),
  });
}

/** What the runner compares logs with: the expectations of a case, `expect` first. */
export function expectations(named: NamedCase): Expect[] {
  const settled = settle(named) as unknown as Case;
  return [settled.expect, ...(settled.also_allowed ?? []).map(({ expect }) => expect)];
}

function settleArgs(args: JsonObject): JsonObject {
  const settled: JsonObject = { ...args };
  if (Array.isArray(args["tools"]))
    settled["tools"] = (args["tools"] as unknown as CaseTool[]).map((tool) => plain(settleTool(tool)));
  const { approval, hooks, guardrails, transport, ...rest } = settled;
  const asks = args as unknown as CaseAsks;
  if (settleAsks(asks).length > 0) {
    const options = { ...(args["options"] as JsonObject | undefined), ...declaredAsks(asks) };
    return settleArgs({ ...rest, options, asks: writtenAsks(asks) as unknown as Json });
  }
  if (args["tool"] !== undefined) settled["tool"] = plain(settleTool(args["tool"] as unknown as CaseTool));
  return settled;
}

function settleTool(tool: CaseTool) {
  const { description = "", schema = { type: "object" }, handler = [] } = tool;
  return { ...tool, description, schema, handler: listOf(handler) };
}

function listOf(handler: Json): Json[] {
  return Array.isArray(handler) ? handler : [handler];
}

/** A list that has something in it. */
function orNothing<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list;
}

/** The agent options that make it ask. */
function declaredAsks({ hooks, guardrails, transport }: CaseAsks): JsonObject {
  const options: JsonObject = {};
  if (hooks !== undefined) options["hooks"] = Object.keys(hooks);
  if (guardrails !== undefined) options["guardrails"] = guardrails.map(({ name, on }) => ({ name, on }));
  if (transport !== undefined) options["transport"] = "host";
  return options;
}

/** What the host answers, by what is asked: one list for all kinds. */
export function settleAsks({
  approval,
  hooks = {},
  guardrails = [],
  transport,
}: CaseAsks): { key: string; handler: Json[] }[] {
  return [
    ...(approval === undefined ? [] : [{ key: "approval", handler: listOf(approval) }]),
    ...Object.entries(hooks).map(([point, handler]) => ({ key: `hook ${point}`, handler: listOf(handler) })),
    ...guardrails.map(({ name, handler }) => ({ key: `guardrail ${name}`, handler: listOf(handler) })),
    ...(transport === undefined ? [] : [{ key: "http", handler: listOf(transport) }]),
  ];
}

/** The same with the bytes of what the host carries written out. */
function writtenAsks(asks: CaseAsks): { key: string; handler: Json[] }[] {
  return settleAsks(asks).map(({ key, handler }) => ({ key, handler: handler.map(settleCarried) }));
}

/** `{$repeat: [text, n]}` as the text that it stands for, anywhere in a value. */
export function expand(value: Json): Json {
  if (Array.isArray(value)) return value.map(expand);
  if (typeof value !== "object" || value === null) return value;
  const repeat = value["$repeat"];
  if (Array.isArray(repeat)) return String(repeat[0]).repeat(Number(repeat[1]));
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, expand(inner)]));
}

/** The parts of an answer that a host carries, as a case has it. */
interface CarriedAnswer {
  readonly respond: Response;
  readonly pieces_of?: number;
  readonly bytes?: number;
  readonly after?: Json;
}

/** An answer that the host carries with its bytes as text, so that an adapter knows no provider's format. */
function settleCarried(handler: Json): Json {
  const { answers } = handler as { readonly answers?: CarriedAnswer };
  if (answers === undefined) return handler;
  const { respond, ...rest } = answers;
  const asked = { model: "carried", stream: true, stream_options: { include_usage: true } };
  const { status, headers, body } = buildPayload(
    expand(respond as unknown as Json) as unknown as Response,
    { ordinal: 1, body: asked, path: "/" },
    "",
  );
  const { "transfer-encoding": _, ...sent } = headers;
  return { answers: plain({ status, headers: sent, body: body.toString("utf8"), ...rest }) };
}

/** Arguments that a scenario's model writes are text, so that a host that posts them cannot change the order of their keys. */
function settleScenario(scenario: Scenario): Scenario {
  const asText = (value: Json) =>
    typeof value === "string" || JSON.stringify(value).includes('"$repeat"') ? value : JSON.stringify(value);
  const exchanges = scenario.exchanges.map((exchange) => {
    const { chat } = exchange.respond;
    if (chat?.tool_calls === undefined) return exchange;
    const calls = chat.tool_calls.map((call) => ({ ...call, arguments: asText(call.arguments) }));
    return { ...exchange, respond: { ...exchange.respond, chat: { ...chat, tool_calls: calls } } };
  });
  return { ...scenario, exchanges };
}

function settleExpect(expect: Expect, names: readonly string[], hasScenario: boolean): Expect {
  const quiet = Object.fromEntries(names.map((name): [string, Json] => [name, { error: { $absent: true } }]));
  const settled: Expect = { ...expect, steps: { ...quiet, ...expect.steps } };
  if (!hasScenario) return settled;
  const seen = expect.seen;
  const partial = typeof seen === "object" && seen !== null && !Array.isArray(seen) ? seen : {};
  return { ...settled, seen: { mismatches: [], unused: 0, ...partial } };
}

/** The same as JSON: what is undefined is left out. */
function plain(value: object): JsonObject {
  return JSON.parse(JSON.stringify(value)) as JsonObject;
}
