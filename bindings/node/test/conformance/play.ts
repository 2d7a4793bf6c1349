/** Carries out the steps of a case on the public API and writes down what they came to. */
import { writeFileSync } from "node:fs";
import type { AgentStream, Agent as AgentType, RunOptions, State } from "@rs/llmspell";
import { AGENT_OPTIONS, AGENT_TOOL_OPTIONS, RUN_OPTIONS } from "../../ts/types/option-tables.gen.js";
import { serving, tool } from "./handlers.js";
import { Agent, played, scripted } from "./library.js";
import { Scenario } from "./mock.js";
import { inCamelCase } from "./options.js";
import { Stream } from "./stream.js";
import type { Ask, Case, CaseRecord, CaseTool, Json, JsonObject, Until } from "./types.js";
import { known, type Places, World } from "./world.js";

const KEY = "sk-conformance-0123456789";

/** Plays a case. Gives the record, and what went wrong in playing, if anything did. */
export async function play(one: Case, places: Places): Promise<{ record: CaseRecord; trouble?: string }> {
  const world = new World(places);
  let trouble = await troubleIn(() => steps(world, one));
  trouble ??= await troubleIn(() => world.close());
  const { record } = world;
  return trouble === undefined ? { record } : { record, trouble: `playing the case: ${trouble}` };
}

async function troubleIn(act: () => Promise<void>): Promise<string | undefined> {
  try {
    await act();
    return undefined;
  } catch (error) {
    return String((error instanceof Error && error.stack) || error);
  }
}

async function steps(world: World, one: Case): Promise<void> {
  const { given, steps: written } = expand(world, one as unknown as Json) as unknown as Case;
  if (given.scenario !== undefined) world.scenario = await Scenario.play(given.scenario);
  world.agents.set("agent", create(world, given.agent, given.tools, given.asks));
  for (const { op, args, as } of written) {
    const act = ops[op];
    if (!act) throw new Error(`this host does not know the operation ${op}`);
    world.record.steps[as] = await outcome(() => act(world, args, as));
  }
  if (world.scenario) world.record.seen = await world.scenario.seen();
}

/** `{$repeat: [text, n]}` and `{$scratch: name}` as what they stand for, anywhere in a value. */
function expand(world: World, value: Json): Json {
  if (Array.isArray(value)) return value.map((element) => expand(world, element));
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value["$repeat"])) return String(value["$repeat"][0]).repeat(Number(value["$repeat"][1]));
  if (typeof value["$scratch"] === "string") return world.scratch(value["$scratch"]);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, expand(world, inner)]));
}

/** Outcome of a call of the API. */
async function outcome(call: () => unknown): Promise<Json> {
  try {
    const value = await call();
    return JSON.parse(JSON.stringify({ ok: value ?? true })) as Json;
  } catch (error) {
    return { error: errorOf(error) };
  }
}

/** An error of the library as JSON; any other is one of this program. */
function errorOf(error: unknown): Json {
  const told = error as { toJSON?: () => Json };
  if (typeof told.toJSON === "function") return told.toJSON();
  if (error instanceof TypeError) return { kind: "argument", message: error.message };
  throw error;
}

function create(
  world: World,
  given: JsonObject = {},
  tools: readonly CaseTool[] = [],
  asks?: readonly Ask[],
  state?: Json,
): AgentType {
  const { scenario } = world;
  const usual: JsonObject = scenario
    ? { provider: "openai", base_url: `${scenario.url}/v1`, api_key: KEY }
    : { provider: "demo" };
  const options = Object.entries({ ...usual, ...given }).filter(([, value]) => value !== null);
  const made = inCamelCase(Object.fromEntries(options), AGENT_OPTIONS);
  const whole = { ...made, tools: tools.map((one) => tool(world, one)), ...(state === undefined ? {} : { state }) };
  return new Agent(withScript(serving(world, whole, asks)));
}

/** A script is a model of its own. */
function withScript({ script, ...options }: { script?: never; [option: string]: unknown }): object {
  return script === undefined ? options : { ...options, provider: scripted(script) };
}

function runOptions(args: JsonObject): RunOptions {
  return inCamelCase((args["options"] ?? {}) as JsonObject, RUN_OPTIONS);
}

/** Opens the stream that a call gives and reads it. */
function open(world: World, name: string, args: JsonObject, stream: AgentStream): Promise<string> {
  return world.addStream(name, new Stream(stream, world.record.calls)).read(args["until"] as Until);
}

type Op = (world: World, args: JsonObject, name: string) => unknown;

const ops: { readonly [op: string]: Op } = {
  chat: (world, args) => world.agent(args["agent"]).chat(args["message"] as string, runOptions(args)),
  execute: (world, args) => world.agent(args["agent"]).execute(args["message"] as string, runOptions(args)),
  stream: (world, args, name) =>
    open(world, name, args, world.agent(args["agent"]).stream(args["message"] as string, runOptions(args))),
  read: (world, args) => world.stream(args["stream"]).read(args["until"] as Until),
  cancel: (world, args) => world.stream(args["stream"]).cancel(),
  reply: async (world, args) => {
    const stream = world.stream(args["stream"]);
    const id = await stream.requestOf(String(args["tool_call_id"]));
    stream.stream.reply(id, "error" in args ? { error: args["error"] as { message: string } } : { ok: args["ok"] });
  },
  checkpoint: (world, args, name) => {
    const bytes = world.stream(args["stream"]).stream.checkpoint();
    world.checkpoints.set(name, bytes);
    if (args["carry"] !== true) return;
    if (world.places.carryTo === undefined) throw new Error("no folder for bytes is set; run `make conformance`");
    writeFileSync(world.places.carryTo, bytes);
  },
  restore: (world, args, name) => {
    const { bytes: text, cut } = args;
    const bytes =
      typeof text === "string" ? Buffer.from(text) : known(world.checkpoints, "checkpoint", args["checkpoint"]);
    const part = typeof cut === "number" ? bytes.subarray(0, cut) : bytes;
    return open(world, name, args, world.agent(args["agent"]).restore(part));
  },
  create: (world, args, name) => {
    const { options, tools, asks, state } = args as unknown as {
      options?: JsonObject;
      tools?: CaseTool[];
      asks?: Ask[];
      state?: Json;
    };
    const begun = typeof state === "string" ? (known(world.states, "state", state) as unknown as Json) : state;
    world.agents.set(name, create(world, options, tools, asks, begun));
  },
  fork: (world, args, name) => {
    world.agents.set(name, world.agent(args["agent"]).fork());
  },
  add_tool: (world, args) => {
    world.agent(args["agent"]).addTool(tool(world, args["tool"] as unknown as CaseTool) as never);
  },
  add_agent: (world, args) => {
    const other = world.agent(args["other"]);
    const { handoff, ...given } = args["as_tool"] as JsonObject;
    const options = inCamelCase(given, AGENT_TOOL_OPTIONS);
    world.agent(args["agent"]).addTool(handoff === true ? other.asHandoff(options) : other.asTool(options));
  },
  get_state: (world, args, name) => {
    const state: State = world.agent(args["agent"]).getState(sessionOf(args));
    world.states.set(name, state);
    return state;
  },
  played: (world, args) => played(world.agent(args["agent"])),
  reset: (world, args) => world.agent(args["agent"]).reset(sessionOf(args)),
  close: (world, args) => {
    if (args["stream"] === undefined) return world.agent(args["agent"]).close();
    return world.stream(args["stream"]).close();
  },
  release: (world, args) => scenario(world).release(String(args["hold"])),
  await: (world, args) => scenario(world).await(Number(args["requests"] ?? 0), Number(args["aborted"] ?? 0)),
};

const sessionOf = ({ session }: JsonObject) => (typeof session === "string" ? { session } : undefined);

function scenario({ scenario }: World): Scenario {
  if (!scenario) throw new Error("the case has no scenario");
  return scenario;
}
