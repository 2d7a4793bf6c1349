import type { AgentCore } from "./agent-core.js";
import { AgentToolOf } from "./agent-tool.js";
import { encodeInput, encodeMessages } from "./content.js";
import { attempt, LlmspellError, LlmspellTypeError } from "./error.js";
import { CREDIT, Events } from "./events.js";
import { Fold } from "./fold.js";
import { jsonText, unlikeJson } from "./json.js";
import { Mode, type NativeAgent, native, scratchAgent } from "./native.js";
import { functionOf, optionsOf, translate } from "./options.js";
import { refusal } from "./refused.js";
import { ActiveRun, type LastEvent, type RunExtras, resultOf } from "./run.js";
import { isStandardSchema, toJsonSchema, type Validated, validate } from "./schema.js";
import { Serves } from "./serves.js";
import { AgentStream } from "./stream.js";
import { Blocking } from "./sync.js";
import { modelOf } from "./testing/model.js";
import { AI_TOOL, isAiTool, readTool } from "./tool.js";
import type {
  AgentConfig,
  AgentTool,
  AgentToolOptions,
  Content,
  RunInput,
  RunOptions,
  StreamOptions,
} from "./types/config.js";
import type { OptionTable } from "./types/option-tables.gen.js";
import { AGENT_OPTIONS, RUN_OPTIONS } from "./types/option-tables.gen.js";
import type { Result, State } from "./types/result.gen.js";
import type { InferOutput, OutputSchema, Schema } from "./types/schema.js";
import type { ToolConfig } from "./types/tool.js";
import { brand, foreignKind, isRecord, kindOf, unknown } from "./words.js";

/** Options of an agent that are read here, besides those of the core. */
const OWN_OPTIONS: OptionTable = Object.fromEntries(
  ["handoffs", "onApproval", "inputGuardrails", "outputGuardrails"].map((name) => [name, { name }]),
);
const { guardrails: _guardrails, ...CORE_OPTIONS } = AGENT_OPTIONS;
const CONFIG_OPTIONS: OptionTable = { ...CORE_OPTIONS, ...OWN_OPTIONS };
const EXTRAS = ["signal", "onApproval", "onEvent"] as const;
const EXTRA_OPTIONS: OptionTable = Object.fromEntries(EXTRAS.map((name) => [name, { name }]));
const { input: _input, ...CORE_RUN_OPTIONS } = RUN_OPTIONS;
const STREAM_OPTIONS: OptionTable = { ...CORE_RUN_OPTIONS, ...EXTRA_OPTIONS };
const { events: _events, ...CALL_OPTIONS } = STREAM_OPTIONS;

/** What a call came down to: the JSON of its input, and what the core does not see. */
interface Asked {
  readonly text: string;
  readonly extras: RunExtras;
  readonly outputSchema: unknown;
}

/** What a fork is made from, in place of options. */
class Forked {
  readonly native: NativeAgent;
  readonly serves: Serves;
  readonly config: AgentConfig;

  constructor(native: NativeAgent, serves: Serves, config: AgentConfig) {
    this.native = native;
    this.serves = serves;
    this.config = config;
  }
}

/** In place of what a closed agent was. */
function closedCore(): AgentCore {
  return { native: undefined as never, serves: new Serves(), runs: new Set(), self: new WeakRef({} as Agent) };
}

/** What the core tells of an agent. */
interface Info {
  readonly name: string | null;
  readonly provider: string;
  readonly model: string;
  readonly tools: string[];
}

/** Options that say who answers. */
const SOURCES = ["model", "provider", "cassette"] as const;

let coreOf: (agent: Agent<any>) => AgentCore;
let configOf: (agent: Agent<any>) => AgentConfig;

/**
 * What an agent is inside.
 *
 * @internal
 */
export function agentCore(agent: Agent<any>): AgentCore {
  return coreOf(agent);
}

/**
 * What an agent was made from, with the tools that were added since.
 *
 * @internal
 */
export function agentConfig(agent: Agent<any>): AgentConfig {
  return configOf(agent);
}

/**
 * An agent: a configuration and one conversation.
 *
 * ```ts
 * const agent = new Agent({ model: "openai/gpt-4o", systemPrompt: "You are a helpful assistant" });
 * console.log(await agent.chat("What is 15 * 23?"));
 * ```
 *
 * Nothing is sent before the first call; a key that is missing shows then. Runs queue up, in the order of the calls. One agent is one
 * conversation: a server gives each of its users a `session`, or a fork.
 */
export class Agent<const S extends OutputSchema = undefined> implements Disposable, AsyncDisposable {
  #core: AgentCore | undefined;
  /** What it was made from, with the tools that were added since. */
  #config: AgentConfig;

  static {
    coreOf = (agent) => agent.#open("agent");
    configOf = (agent) => agent.#config;
  }

  /**
   * @param config everything has a default: docs/node.md
   * @throws LlmspellTypeError that names the option, and LlmspellError (`config`) for options that contradict each other
   */
  constructor(config: AgentConfig<S> = {}) {
    const where = "new Agent";
    if (config instanceof Forked) {
      this.#config = config.config;
      this.#core = { native: config.native, serves: config.serves, runs: new Set(), self: new WeakRef(this) };
      return;
    }
    if (!isRecord(config) || unlikeJson(config) !== undefined)
      throw new LlmspellTypeError(`${where}: expected options like { model: "openai/gpt-4o" }, got ${kindOf(config)}`);
    const serves = new Serves();
    for (const key of Object.keys(config))
      if (!Object.hasOwn(CONFIG_OPTIONS, key))
        throw new LlmspellTypeError(`${where}: ${unknown(key, Object.keys(CONFIG_OPTIONS), CONFIG_OPTIONS)}`);
    const options: Record<string, unknown> = { ...config };
    const model = modelOf(options, serves, where);
    const agents = [...this.#readTools(options, serves, where), ...readHandoffs(options["handoffs"], where)];
    delete options["handoffs"];
    serves.read(options, where);
    this.#config = { ...config };
    const handle = attempt(() => new native.Agent(optionsText(options, where)), where);
    if (model !== undefined) attempt(() => handle.playWith(model), where);
    this.#core = { native: handle, serves, runs: new Set(), self: new WeakRef(this) };
    for (const [place, agent] of agents) this.#addAgent(agent, place);
  }

  /** Takes the tools out of the options; returns those behind which agents stand. */
  #readTools(options: Record<string, unknown>, serves: Serves, where: string): Placed[] {
    const { tools } = options;
    if (tools === undefined) return [];
    if (!Array.isArray(tools)) {
      const advice = isRecord(tools) && Object.values(tools).some(isAiTool) ? `; ${AI_TOOL}` : "";
      throw new LlmspellTypeError(`${where}: tools must be a list of tools, got ${kindOf(tools)}${advice}`);
    }
    const agents: Placed[] = [];
    options["tools"] = tools.flatMap((given: unknown, index) => {
      const place = `${where}: tools[${index}]`;
      if (given instanceof AgentToolOf) {
        agents.push([place, given]);
        return [];
      }
      const { config, declaration } = readTool(given, place);
      serves.tools.set(config.name, config);
      return [declaration];
    });
    return agents;
  }

  #open(where: string): AgentCore {
    if (this.#core === undefined)
      throw new LlmspellError({
        kind: "closed",
        message: `${where}: the agent is closed; make a new one with new Agent`,
      });
    return this.#core;
  }

  #addAgent(given: AgentToolOf, where: string): void {
    const core = this.#open(where);
    const before = toolNames(core.native);
    attempt(() => core.native.addAgent(given.core.native, jsonText(given.declaration, where)), where);
    const added = toolNames(core.native).find((name) => !before.includes(name));
    if (added !== undefined) core.serves.agents.set(added, given.core);
  }

  /**
   * Sends a message and returns the answer's text. Tool calls are served on the way.
   *
   * @throws LlmspellError when the run fails or is cancelled
   */
  async chat(message: Content, options?: RunOptions): Promise<string> {
    const asked = this.#ask("agent.chat", message, options, CALL_OPTIONS);
    const told = asked.extras.onEvent !== undefined || this.#open("agent.chat").serves.onEvent !== undefined;
    const last = await this.#run("agent.chat", asked, told ? Mode.Result : Mode.Text);
    return typeof last.last === "string" ? last.last : resultOf(last.last, last.reason).text;
  }

  /**
   * The same with the whole result. Options may stand beside `input`.
   *
   * @returns with an `outputSchema` the answer as a value in `object`
   */
  async execute<const O extends OutputSchema = S>(
    input: Content | RunInput<O>,
    options?: RunOptions<O>,
  ): Promise<Result<InferOutput<O>>> {
    const [content, own] = splitInput(input, options, "agent.execute");
    const asked = this.#ask("agent.execute", content, own, CALL_OPTIONS);
    const { last, reason } = await this.#run("agent.execute", asked, Mode.Result);
    return this.#typed(resultOf(last as LastEvent, reason), asked.outputSchema);
  }

  /** `chat` that blocks the thread: for scripts. Handlers must answer at once, not with a Promise. */
  chatSync(message: Content, options?: RunOptions): string {
    const { last, reason } = this.#block("agent.chatSync", message, options);
    return resultOf(last as LastEvent, reason).text;
  }

  /** `execute` that blocks the thread: for scripts. Handlers must answer at once, not with a Promise. */
  executeSync<const O extends OutputSchema = S>(
    input: Content | RunInput<O>,
    options?: RunOptions<O>,
  ): Result<InferOutput<O>> {
    const [content, own] = splitInput(input, options, "agent.executeSync");
    const { last, reason, asked } = this.#block("agent.executeSync", content, own);
    const result = this.#typed<InferOutput<O>>(resultOf(last as LastEvent, reason), asked.outputSchema);
    if (result instanceof Promise) {
      result.catch(() => {});
      throw new LlmspellTypeError("agent.executeSync: the outputSchema validates by a Promise; use agent.execute");
    }
    return result;
  }

  /**
   * Sends a message and returns the run's events. A run that cannot begin is a stream whose only event is the `error` that says
   * why, or `cancelled` where the signal is aborted already.
   *
   * ```ts
   * for await (const event of agent.stream("Tell me a story"))
   *   if (event.type === "text_delta") process.stdout.write(event.text);
   * ```
   *
   * @throws LlmspellTypeError for misuse
   */
  stream<const O extends OutputSchema = S>(
    input: Content | (RunInput<O> & Pick<StreamOptions, "events">),
    options?: StreamOptions<O>,
  ): AgentStream<InferOutput<O>> {
    return this.#stream("agent.stream", input, options, false);
  }

  /**
   * The same for a program that answers requests itself: those of kinds that nothing serves come as events, and wait for
   * `reply`, `approve` or `deny` while the stream goes on.
   */
  run<const O extends OutputSchema = S>(
    input: Content | (RunInput<O> & Pick<StreamOptions, "events">),
    options?: StreamOptions<O>,
  ): AgentStream<InferOutput<O>> {
    return this.#stream("agent.run", input, options, true);
  }

  #stream<Output>(
    where: string,
    input: Content | RunInput,
    options: StreamOptions | undefined,
    byHand: boolean,
  ): AgentStream<Output> {
    const [content, own] = splitInput(input, options, where);
    if (this.#core === undefined) return this.#events({}, byHand, undefined, () => this.#open(where));
    const asked = this.#ask(where, content, own, STREAM_OPTIONS);
    return this.#events(asked.extras, byHand, asked.outputSchema, (run) =>
      run.start(asked.text, Mode.Events, CREDIT, where),
    );
  }

  /**
   * Goes on with a run from the bytes of `stream.checkpoint()`, whatever language wrote them. Tools and hooks must be those of
   * then. Bytes that are refused are the stream's only event, an `error`.
   */
  restore(
    checkpoint: Uint8Array,
    options?: Pick<RunOptions, "signal" | "onApproval" | "onEvent">,
  ): AgentStream<InferOutput<S>> {
    const where = "agent.restore";
    if (!(checkpoint instanceof Uint8Array))
      throw new LlmspellTypeError(
        `${where}: expected the bytes of stream.checkpoint() as a Uint8Array, got ${kindOf(checkpoint)}`,
      );
    const { extras, rest } = splitExtras(optionsOf(options, where, "{ signal }"), where);
    translate(rest, EXTRA_OPTIONS, where);
    return this.#events(extras, false, undefined, (run) => run.restore(checkpoint, Mode.Events, CREDIT), true);
  }

  #events<Output>(
    extras: RunExtras,
    byHand: boolean,
    outputSchema: unknown,
    begin: (run: ActiveRun) => void,
    isForeign = false,
  ): AgentStream<Output> {
    const events = new Events(byHand);
    const stream = (): AgentStream<Output> =>
      new AgentStream<Output>(events, (result) => this.#typed<Output>(result, outputSchema));
    events.run = new ActiveRun(this.#core ?? closedCore(), events, extras);
    let failure: unknown;
    try {
      begin(events.run);
      return stream();
    } catch (error) {
      failure = error;
    }
    // A checkpoint comes from outside the program: what is wrong with it is no misuse.
    if (failure instanceof LlmspellTypeError && isForeign)
      failure = new LlmspellError({ kind: "argument", message: failure.message });
    if (!(failure instanceof LlmspellError)) throw failure;
    events.run.reason = extras.signal?.reason;
    events.run.ended = true;
    events.end(refusal(failure, this.#core === undefined ? { provider: "", model: "" } : infoOf(this.#core.native)));
    return stream();
  }

  /** Offers one more tool in runs that begin later. */
  addTool(tool: ToolConfig | AgentTool): void {
    const where = "agent.addTool";
    const core = this.#open(where);
    if (tool instanceof AgentToolOf) this.#addAgent(tool, where);
    else {
      const { config, declaration } = readTool(tool, `${where}: the tool`);
      attempt(() => core.native.addTool(jsonText(declaration, `${where}: the tool`)), where);
      core.serves.tools.set(config.name, config);
    }
    this.#config = { ...this.#config, tools: [...(this.#config.tools ?? []), tool] };
  }

  /** The agent's name, where it has one. */
  get name(): string | undefined {
    return this.#info("agent.name").name ?? undefined;
  }

  /** Where its model is, such as `openai`. */
  get provider(): string {
    return this.#info("agent.provider").provider;
  }

  /** Its model, by the provider's name for it. */
  get model(): string {
    return this.#info("agent.model").model;
  }

  #info(where: string): Info {
    return infoOf(this.#open(where).native);
  }

  /** The conversation as plain data, for the option `state` of another agent, here or later. Runs in flight show when they have ended. */
  getState(options?: { session?: string }): State {
    const where = "agent.getState";
    const core = this.#open(where);
    const session = sessionOf(options, where);
    return JSON.parse(attempt(() => core.native.state(session), where)) as State;
  }

  /** Forgets the conversation. @throws LlmspellError of the kind `busy` while a run is in flight */
  reset(options?: { session?: string }): void {
    const where = "agent.reset";
    const core = this.#open(where);
    const session = sessionOf(options, where);
    attempt(() => core.native.reset(session), where);
  }

  /**
   * A new agent with the same configuration and tools and a copy of the conversation.
   *
   * @param changes options in place of this agent's: its `tools` or `state` as a whole
   */
  fork<const O extends OutputSchema = S>(changes?: AgentConfig<O>): Agent<O> {
    const where = "agent.fork";
    const core = this.#open(where);
    if (changes !== undefined) return this.#changed<O>(optionsOf(changes, where, '{ systemPrompt: "…" }'), core, where);
    const native = attempt(() => core.native.fork(), where);
    return new Agent(new Forked(native, core.serves.copy(), this.#config) as AgentConfig<O>);
  }

  #changed<O extends OutputSchema>(changes: AgentConfig<O>, core: AgentCore, where: string): Agent<O> {
    const changed = new Agent<O>({ ...this.#config, state: this.getState(), ...changes });
    // Scripts are shared by all who have them.
    const goesOn = this.#config.cassette !== undefined && SOURCES.every((name) => changes[name] === undefined);
    if (goesOn) attempt(() => agentCore(changed).native.playWith(core.native), where);
    return changed;
  }

  /** This agent as a tool of others, for their `tools` and `addTool`. Its name is the agent's unless another is given. */
  asTool(options?: AgentToolOptions): AgentTool {
    const where = "agent.asTool";
    return new AgentToolOf(this.#open(where), optionsOf(options, where, '{ description: "…" }'), false, where);
  }

  /** This agent as one that takes conversations over, for `handoffs`, `tools` and `addTool` of others. */
  asHandoff(options?: Omit<AgentToolOptions, "timeoutMs" | "forwardEvents">): AgentTool {
    const where = "agent.asHandoff";
    return new AgentToolOf(this.#open(where), optionsOf(options, where, '{ description: "…" }'), true, where);
  }

  /** Gives the agent up; streams that are open go on. Every later call fails with the kind `closed`. */
  close(): void {
    this.#core = undefined;
  }

  /** What `console.log` shows. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    if (this.#core === undefined) return "Agent { closed }";
    const shown = [this.name, `${this.provider}/${this.model}`].filter((word) => word !== undefined);
    return `Agent { ${shown.join(", ")} }`;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  /** Reads what a call was given. */
  #ask(where: string, message: unknown, options: unknown, table: OptionTable): Asked {
    const core = this.#open(where);
    const input = encodeInput(message, `${where}: the message`);
    const { extras, rest } = splitExtras(optionsOf(options, where, "{ temperature: 0 }"), where);
    const wantsAll = extras.onEvent !== undefined || core.serves.onEvent !== undefined;
    const outputSchema = rest["outputSchema"];
    const members = translated(rest, table, where);
    members["input"] = input;
    if (table["events"] === undefined && !wantsAll) members["events"] = [];
    return { text: membersText(members, where), extras, outputSchema };
  }

  async #run(where: string, asked: Asked, mode: Mode): Promise<{ last: LastEvent | string; reason: unknown }> {
    const fold = new Fold();
    const run = new ActiveRun(this.#open(where), fold, asked.extras);
    run.start(asked.text, mode, 0, where);
    return { last: await fold.last, reason: run.reason };
  }

  #block(where: string, message: unknown, options: unknown) {
    const asked = this.#ask(where, message, options, CALL_OPTIONS);
    const blocking = new Blocking();
    const run = new ActiveRun(this.#open(where), blocking, asked.extras, true);
    run.start(asked.text, Mode.Blocking, 0, where);
    return { last: blocking.wait(run), reason: run.reason, asked };
  }

  /** A result whose object the schema's own library has read. */
  #typed<T>(result: Result, own: unknown): Result<T> | Promise<Result<T>> {
    const schema = own ?? this.#config.outputSchema;
    if (!isStandardSchema(schema) || result.object === null) return result as Result<T>;
    const read = (outcome: Validated): Result<T> => {
      if ("value" in outcome) return { ...result, object: outcome.value as T };
      const message = `the answer does not fit outputSchema: ${outcome.problem}`;
      throw new LlmspellError({ kind: "validation", message, partial: result });
    };
    const outcome = validate(schema, result.object);
    return outcome instanceof Promise ? outcome.then(read) : read(outcome);
  }
}

brand(Agent, "an agent");

/**
 * Holds options of calls to what they must be, before there is a call.
 *
 * @param agent whose tools `toolChoice` may name; without it that is not looked at
 * @throws LlmspellTypeError
 * @internal
 */
export function checkRun(given: unknown, agent: Agent | undefined, where: string): void {
  const { rest } = splitExtras(optionsOf(given, where, "{ timeoutMs: 60_000 }"), where);
  const members = translated(rest, STREAM_OPTIONS, where);
  if (agent === undefined) delete members["tool_choice"];
  const native = agent === undefined ? scratchAgent() : agentCore(agent).native;
  attempt(() => native.checkRun(membersText(members, where)), where);
}

/** The text of an agent's options. */
function optionsText(options: Record<string, unknown>, where: string): string {
  const members = translated(options, AGENT_OPTIONS, where);
  if (isRecord(members["state"]))
    members["state"] = {
      ...members["state"],
      messages: encodeMessages(members["state"]["messages"], `${where}: state.messages`, true),
    };
  return membersText(members, where);
}

function translated(options: Record<string, unknown>, table: OptionTable, where: string): Record<string, unknown> {
  const members = translate(options, table, where);
  if (members["output_schema"] !== undefined)
    members["output_schema"] = toJsonSchema(members["output_schema"] as Schema, `${where}: outputSchema`);
  return members;
}

/** Each member by itself, so that a message names it. Names are those of the contract: they need no escapes. */
function membersText(members: Record<string, unknown>, where: string): string {
  let text = "";
  for (const name of Object.keys(members)) {
    try {
      text += `${text === "" ? "{" : ","}"${name}":${jsonText(members[name], name === "input" ? "the message" : camel(name))}`;
    } catch (error) {
      throw new LlmspellTypeError(`${where}: ${(error as Error).message}`);
    }
  }
  return text === "" ? "{}" : `${text}}`;
}

function camel(name: string): string {
  return name.includes("_") ? name.replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase()) : name;
}

/** An agent behind a tool, with its place in the options. */
type Placed = [place: string, agent: AgentToolOf];

function readHandoffs(given: unknown, where: string): Placed[] {
  if (given === undefined) return [];
  if (!Array.isArray(given))
    throw new LlmspellTypeError(`${where}: handoffs must be a list of agents, got ${kindOf(given)}`);
  return given.map((one: unknown, index) => {
    const place = `${where}: handoffs[${index}]`;
    if (one instanceof Agent) return [place, one.asHandoff() as AgentToolOf];
    if (one instanceof AgentToolOf) return [place, one];
    throw new LlmspellTypeError(
      `${place} must be an agent, or what agent.asHandoff() returned, got ${foreignKind(one)}`,
    );
  });
}

function infoOf(handle: NativeAgent): Info {
  return JSON.parse(handle.info()) as Info;
}

/**
 * Names of the tools that an agent offers, those behind which agents stand included.
 *
 * @internal
 */
export function toolNames(handle: NativeAgent): string[] {
  return infoOf(handle).tools;
}

/** `{ input, …options }` taken apart. */
function splitInput(input: unknown, options: unknown, where: string): [unknown, unknown] {
  if (!isRecord(input) || input["input"] === undefined) {
    // Neither a message nor a part: options whose input has another name.
    const names = ["input", ...Object.keys(STREAM_OPTIONS)];
    const wrong = isRecord(input) && !("role" in input || "type" in input) ? Object.keys(input) : [];
    const key = wrong.find((name) => !names.includes(name));
    if (key !== undefined) throw new LlmspellTypeError(`${where}: ${unknown(key, names, STREAM_OPTIONS)}`);
    return [input, options];
  }
  if (options !== undefined)
    throw new LlmspellTypeError(`${where}: put the options beside \`input\`, or into the second argument, not both`);
  const { input: content, ...own } = input;
  return [content, own];
}

/** What the core does not see of a call's options. */
function splitExtras(
  options: Record<string, unknown>,
  where: string,
): { extras: RunExtras; rest: Record<string, unknown> } {
  const { signal, onApproval, onEvent, ...rest } = options;
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw new LlmspellTypeError(`${where}: signal must be an AbortSignal, got ${kindOf(signal)}`);
  // Anywhere else null is as good as absent; here it would let a request without a name into the agent's own conversation.
  if (rest["session"] === null)
    throw new LlmspellTypeError(
      `${where}: session must be a string, got null; leave it out for the agent's own conversation`,
    );
  functionOf(onApproval, `${where}: onApproval`, "a function (call) => true or false");
  functionOf(onEvent, `${where}: onEvent`, "a function that gets each event");
  return { extras: { signal, onApproval, onEvent } as RunExtras, rest };
}

function sessionOf(options: unknown, where: string): string | undefined {
  const { session, ...others } = optionsOf(options, where, '{ session: "…" }');
  translate(others, { session: { name: "session" } }, where);
  if (session !== undefined && typeof session !== "string")
    throw new LlmspellTypeError(`${where}: session must be a string, got ${kindOf(session)}`);
  return session;
}
