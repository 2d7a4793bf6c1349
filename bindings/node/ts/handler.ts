import type { AgentCore } from "./agent-core.js";
import { encodeMessages, encodeResult } from "./content.js";
import { readThrown } from "./error.js";
import { hub } from "./hub.js";
import { jsonText } from "./json.js";
import { translate } from "./options.js";
import type { ActiveRun, RequestEvent } from "./run.js";
import { Serves } from "./serves.js";
import { scriptedTurn } from "./testing/turn.js";
import { carry } from "./transport.js";
import { errorCodes } from "./types/kinds.gen.js";
import { RUN_OPTIONS } from "./types/option-tables.gen.js";
import type { HandlerContext, ToolContext } from "./types/tool.js";
import { isRecord, kindOf } from "./words.js";

/** What a reply says went wrong. */
interface Failure {
  readonly message: string;
  readonly kind?: string;
}

/** A function of the program that serves a request. */
interface Found {
  /** What it is called in messages. */
  readonly label: string;
  readonly execute: (call: Call) => unknown;
  /** What its value means for the reply. */
  readonly mean?: (value: unknown) => unknown;
}

/** Stands for a reply that somebody else gives. */
export const ANSWERED = Symbol("answered");
/** Stands for an approval that nobody here decides. */
const NOBODY = Symbol("nobody");

const NOBODY_DECIDED =
  "nobody decided it; give the agent onApproval: (call) => true, or answer the event `request` of the stream with " +
  "stream.approve(event) or stream.deny(event) before its next event is taken";

/** Milliseconds between two looks whether somebody still waits, for handlers that asked for their signal. */
const LOOK_MS = 50;

/** A request at work. */
export class Call {
  readonly run: ActiveRun;
  readonly request: RequestEvent;
  readonly agent: AgentCore;
  #controller: AbortController | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(run: ActiveRun, request: RequestEvent, agent: AgentCore) {
    this.run = run;
    this.request = request;
    this.agent = agent;
  }

  /** Whether nobody waits for the answer any more. */
  get isOver(): boolean {
    return this.run.ended || !hub().native.awaits(this.run.number, this.request.id);
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.isOver) this.abort();
      else {
        // The core tells nobody that a call's time is over.
        this.#timer = setInterval(() => {
          if (this.isOver) this.abort();
        }, LOOK_MS);
        this.#timer.unref();
      }
    }
    return this.#controller.signal;
  }

  abort(): void {
    this.settled();
    this.#controller?.abort(this.run.reason);
  }

  /** Its answer is on its way, or nobody wants it. */
  settled(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.run.calls.delete(this.request.id);
  }

  /** Answers it. One that comes too late is dropped. */
  succeed(label: string, value: unknown): void {
    let problem: unknown;
    try {
      hub().native.reply(
        this.run.number,
        `{"id":${JSON.stringify(this.request.id)},"ok":${jsonText(value, "its result")}}`,
      );
      return;
    } catch (error) {
      problem = readThrown(error);
    }
    this.fail({ message: `${label} failed: ${(problem as Error).message}` });
  }

  fail(failure: Failure): void {
    if (this.isOver) return;
    const reply = (error: Failure): void => {
      hub().native.reply(this.run.number, jsonText({ id: this.request.id, error }, "its error"));
    };
    try {
      reply(failure);
    } catch (error) {
      if (this.isOver) return;
      try {
        reply({ message: `it failed, and its error could not be passed on: ${(error as Error).message}` });
      } catch (unanswerable) {
        this.run.sink.fail(unanswerable);
        this.run.cancel(unanswerable);
      }
    }
  }
}

/**
 * Serves a request of a run: calls the function that the program gave, and replies with what comes of it. Never throws what a
 * handler throws.
 *
 * @returns false when the run's reader has to answer it
 */
export function serve(run: ActiveRun, request: RequestEvent): boolean {
  const agent = whoAsks(run, request.agent ?? []);
  const call = new Call(run, request, agent ?? run.core);
  const found = find(call, agent === undefined ? new Serves() : agent.serves);
  if (found === undefined) return askReader(call);
  run.sink.serve(() => begin(call, found));
  return true;
}

/** Calls a handler. */
function begin(call: Call, found: Found): void {
  const { run, request } = call;
  if (call.isOver) return;
  run.calls.set(request.id, call);
  let value: unknown;
  try {
    value = run.inScope(() => found.execute(call));
    if (isThenable(value)) {
      if (run.isBlocking) refuse(call, found, value);
      else
        Promise.resolve(value).then(
          (settled) => conclude(call, found, settled),
          (error: unknown) => failed(call, found, error),
        );
      return;
    }
  } catch (error) {
    failed(call, found, error);
    return;
  }
  conclude(call, found, value);
}

/** Answers for a reader who went past a request. */
export function passOver(run: ActiveRun, request: RequestEvent): void {
  new Call(run, request, run.core).fail({ message: NOBODY_DECIDED, kind: "approval" });
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    ((typeof value === "object" && value !== null) || typeof value === "function") &&
    typeof (value as { then?: unknown }).then === "function"
  );
}

/** A handler's promise cannot settle while its thread stands still. */
function refuse(call: Call, found: Found, value: PromiseLike<unknown>): void {
  // Nobody else looks at how it ends.
  Promise.resolve(value).catch(() => {});
  call.settled();
  call.fail({
    message: `${found.label} returned a Promise, for which a call that blocks cannot wait; use agent.chat or agent.execute`,
  });
}

function conclude(call: Call, found: Found, value: unknown): void {
  if (value === NOBODY) {
    call.settled();
    if (!askReader(call)) call.run.offer(call.request);
    return;
  }
  call.settled();
  if (value === ANSWERED) return;
  if (call.isOver) return;
  if (value === undefined && call.request.kind === "approval") {
    call.fail({ message: `${found.label} returned nothing; return true or false`, kind: "approval" });
    return;
  }
  try {
    call.succeed(found.label, found.mean === undefined ? value : found.mean(value));
  } catch (error) {
    failed(call, found, error);
  }
}

function failed(call: Call, found: Found, error: unknown): void {
  call.settled();
  call.fail(describe(error, found.label));
}

/** What was thrown, for the model. */
function describe(error: unknown, label: string): Failure {
  try {
    if (typeof error === "string") return { message: error };
    if (isRecord(error)) {
      const { message, kind } = error;
      const text = typeof message === "string" ? message : `${label} threw ${kindOf(error)} without a message`;
      return { message: text, ...(typeof kind === "string" && Object.hasOwn(errorCodes, kind) && { kind }) };
    }
  } catch {
    // An error whose own members throw tells nothing.
  }
  return { message: `${label} threw ${kindOf(error)}` };
}

/** Whether the reader of the run answers it; else it is answered here. False: the reader does. */
function askReader(call: Call): boolean {
  const { run, request } = call;
  if (run.sink.takes(request)) return false;
  if (request.kind === "approval") call.fail({ message: NOBODY_DECIDED, kind: "approval" });
  else
    call.fail({ message: `this program has nothing that serves the ${describeRequest(request)}`, kind: "not_found" });
  return true;
}

function describeRequest(request: RequestEvent): string {
  const payload = payloadOf(request);
  return `${request.kind} '${String(payload["name"] ?? payload["point"] ?? "")}'`;
}

/** The agent that a request comes from: `path` are the names of the tools that lead to it. */
function whoAsks(run: ActiveRun, path: readonly string[]): AgentCore | undefined {
  let core: AgentCore | undefined = run.core;
  for (const name of path) core = core?.serves.agents.get(name);
  return core;
}

function find(call: Call, serves: Serves): Found | undefined {
  const { request, run } = call;
  switch (request.kind as string) {
    case "tool": {
      const { name, arguments: given } = payloadOf(request);
      const tool = serves.tools.get(name as string);
      if (!tool?.execute) return undefined;
      const { execute: own } = tool;
      const execute = (): unknown => own.call(tool, given as never, toolContext(call));
      return { label: `tool '${String(name)}'`, execute, mean: encodeResult };
    }
    case "approval":
      return findApproval(call, serves, run.extras.onApproval ?? serves.onApproval);
    case "hook": {
      const payload = payloadOf(request);
      const hook = serves.hooks.get(payload["point"] as string);
      if (hook === undefined) return undefined;
      return {
        label: `the hook '${String(payload["point"])}'`,
        execute: () => hook(payload, context(call)),
        mean: decision,
      };
    }
    case "guardrail": {
      const payload = payloadOf(request);
      const check = serves[payload["on"] as "input" | "output"].get(payload["name"] as string);
      if (check === undefined) return undefined;
      const label = `the ${String(payload["on"])} guardrail '${String(payload["name"])}'`;
      return { label, execute: () => check(payload as never, context(call)), mean: decision };
    }
    case "http":
      return findCarrier(call, serves);
    default:
      return undefined;
  }
}

function findApproval(call: Call, serves: Serves, approve: Serves["onApproval"]): Found | undefined {
  const payload = payloadOf(call.request);
  const needs = serves.tools.get(payload["name"] as string)?.needsApproval;
  const label = `onApproval for '${String(payload["name"])}'`;
  const ask = (): unknown => (approve === undefined ? NOBODY : approve(payload as never, context(call)));
  if (typeof needs === "function") {
    // Whether anybody must be asked is for the program to say.
    const execute = (): unknown => {
      const needed = needs(payload["arguments"], toolContext(call)) as unknown;
      if (!isThenable(needed)) return needed ? ask() : true;
      return Promise.resolve(needed).then((answer) => (answer ? ask() : true));
    };
    return { label, execute };
  }
  return approve === undefined ? undefined : { label, execute: ask };
}

function findCarrier(call: Call, serves: Serves): Found | undefined {
  const payload = payloadOf(call.request) as { headers?: Record<string, string> };
  const turn = Number(payload.headers?.["x-llmspell-turn"]);
  const asked = serves.turns.get(turn);
  const transport = asked === undefined ? serves.transport : scriptedTurn(asked, turn);
  if (transport === undefined) return undefined;
  const label = asked === undefined ? "the transport" : `turn ${turn} of the script`;
  return { label, execute: () => carry(call, transport) };
}

function payloadOf(request: RequestEvent): Record<string, unknown> {
  return request.payload as unknown as Record<string, unknown>;
}

/** What a hook or guardrail returned; it may say its members in camelCase too. */
function decision(value: unknown): unknown {
  if (!isRecord(value)) return value;
  const { systemPrompt, isError, ...meant } = value;
  if (systemPrompt !== undefined) meant["system_prompt"] = systemPrompt;
  if (isError !== undefined) meant["is_error"] = isError;
  if (isRecord(meant["settings"])) meant["settings"] = camelSettings(meant["settings"]);
  if (meant["messages"] !== undefined) meant["messages"] = encodeMessages(meant["messages"], "messages", false);
  if (meant["input"] !== undefined) meant["input"] = encodeMessages(meant["input"], "input", false);
  if (meant["result"] !== undefined) meant["result"] = encodeResult(meant["result"]);
  return meant;
}

function camelSettings(settings: Record<string, unknown>): Record<string, unknown> {
  const camel = Object.fromEntries(Object.entries(settings).filter(([key]) => Object.hasOwn(RUN_OPTIONS, key)));
  const others = Object.fromEntries(Object.entries(settings).filter(([key]) => !Object.hasOwn(RUN_OPTIONS, key)));
  return { ...others, ...translate(camel, RUN_OPTIONS, "settings") };
}

function context(call: Call): HandlerContext {
  return {
    get signal() {
      return call.signal;
    },
    get cancelled() {
      return call.isOver;
    },
    get runId() {
      return call.run.id;
    },
    step: (payloadOf(call.request)["step"] as number | undefined) ?? call.request.step,
    agent: call.agent.self.deref(),
  };
}

function toolContext(call: Call): ToolContext {
  const payload = payloadOf(call.request);
  const own = {
    toolCallId: { value: payload["tool_call_id"], enumerable: true },
    name: { value: payload["name"], enumerable: true },
  };
  return Object.defineProperties(context(call), own) as ToolContext;
}
