/** Tools and other functions of an agent whose behaviour is data (spec/README.md, "Handlers"). */
import { TOOL_OPTIONS } from "../../ts/types/option-tables.gen.js";
import { inCamelCase } from "./options.js";
import type { Act, Ask, CaseTool, Json, JsonObject } from "./types.js";
import type { World } from "./world.js";

/** How long a handler waits at most that waits to be cancelled. */
const LONGEST_MS = 120_000;

/** What a handler is told besides what it shall do. */
interface Context {
  readonly signal: AbortSignal;
}

/** Waits so long, or until nobody wants the answer any more. */
function wait({ signal }: Context, ms: number): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end);
  });
}

/** What a handler throws that fails in an ordinary way. */
function failure({ message, kind }: { message: string; kind?: string }): Error {
  return Object.assign(new Error(message), kind === undefined ? {} : { kind });
}

type Handler = (world: World, value: never, payload: unknown, context: Context) => unknown;

const acts: { readonly [act: string]: Handler } = {
  returns: (_, value: Json) => value,
  echoes: (_, _value: Json, payload) => payload,
  fails: async (_, value: { message: string; kind?: string }) => {
    throw failure(value);
  },
  // Not in a promise: what is thrown at once ends the same.
  raises: (_, text: string) => {
    throw new Error(text);
  },
  waits_ms: async (_, ms: number, _payload, context) => {
    await wait(context, ms);
    return "late";
  },
  waits_until_cancelled: async (_, _value: Json, _payload, context) => {
    await wait(context, LONGEST_MS);
    if (!context.signal.aborted) throw new Error("nobody cancelled the call");
    return "late";
  },
  cancels: (world, stream: string) => {
    world.stream(stream).cancel();
    return "late";
  },
  keeps: (world, { stream, as }: { stream: string; as: string }) => {
    world.checkpoints.set(as, world.stream(stream).stream.checkpoint());
    return null;
  },
  chats: async (world, { agent, message }: { agent?: string; message: string }) => {
    try {
      return await world.agent(agent).chat(message);
    } catch (error) {
      return { error: (error as { kind: string }).kind };
    }
  },
  answers: (world, answer: Answer, _payload, context) => {
    const { status, headers, pieces_of: size, after } = answer;
    return { status, headers, body: size === undefined && !after ? cut(answer) : pieces(world, answer, context) };
  },
  unencodable: () => () => undefined,
};

interface Answer {
  readonly status: number;
  readonly headers: { readonly [name: string]: string };
  readonly body: string;
  readonly pieces_of?: number;
  readonly bytes?: number;
  readonly after?: JsonObject;
}

function cut({ body, bytes }: Answer): string | Uint8Array {
  return bytes === undefined ? body : Buffer.from(body).subarray(0, bytes);
}

/** The bytes of an answer, piece by piece, and then what comes after them. */
async function* pieces(world: World, answer: Answer, context: Context): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(cut(answer));
  const size = answer.pieces_of ?? bytes.length;
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  const { fails, cancels, waits_until_cancelled: waits } = answer.after ?? {};
  if (fails) throw failure(fails as { message: string; kind?: string });
  if (typeof cancels === "string") world.stream(cancels).cancel();
  if (!cancels && !waits) return;
  await wait(context, LONGEST_MS);
  world.record.calls.push({ asked: "http", told: context.signal.aborted });
}

/** A function that acts as a list of handlers says. `note` tells what goes into the record for a call. */
function acting(world: World, list: readonly Act[], note: (payload: JsonObject) => Json) {
  let count = 0;
  return (payload: unknown, context: Context): unknown => {
    world.record.calls.push(note(payload as JsonObject));
    const [act, value] = Object.entries(list[Math.min(count++, list.length - 1)] ?? {})[0] ?? [""];
    const handler = acts[act];
    if (!handler) throw new Error(`this host has no handler ${act}`);
    return handler(world, value as never, payload, context);
  };
}

/** The tool as `addTool` takes it. */
export function tool(world: World, { handler, ...declaration }: CaseTool): object {
  const made = inCamelCase(declaration as unknown as JsonObject, TOOL_OPTIONS);
  // The caller answers it.
  if (handler.length === 0) return made;
  if (isByHand(handler)) return { ...made, execute: null };
  const execute = acting(world, handler, (args) => ({ tool: declaration.name, arguments: args }));
  return { ...made, execute };
}

const isByHand = (handler: readonly Act[]): boolean => "by_hand" in (handler[0] ?? {});

/** Members of what is asked that go into the record. */
const noted = ["name", "arguments", "text", "content", "is_error", "method", "url", "headers"];

function asking(world: World, { key, handler }: Ask) {
  return acting(world, handler, (payload) => {
    const members = noted.filter((name) => payload[name] !== undefined).map((name) => [name, payload[name] ?? null]);
    const body = key === "http" ? { body: JSON.parse(String(payload["body"])) as Json } : {};
    return { asked: key, ...(Object.fromEntries(members) as JsonObject), ...body };
  });
}

/** The options of an agent with functions for what it asks, in place of the contract's names. */
export function serving(
  world: World,
  options: { [name: string]: unknown },
  asks: readonly Ask[] = [],
): { [name: string]: unknown } {
  const byKey = new Map(asks.filter(({ handler }) => !isByHand(handler)).map((ask) => [ask.key, asking(world, ask)]));
  const carry = byKey.get("http");
  const { hooks, guardrails, transport, ...rest } = options;
  const made: { [name: string]: unknown } = { ...rest };
  if (byKey.has("approval")) made["onApproval"] = byKey.get("approval");
  if (transport !== undefined) made["transport"] = carry ? carrying(carry) : transport;
  if (Array.isArray(hooks)) {
    const named = hooks.map((point: string) => [camel(point), byKey.get(`hook ${point}`)] as const);
    made["hooks"] = Object.fromEntries(named);
  }
  for (const on of ["input", "output"]) {
    const here = ((guardrails ?? []) as { name: string; on: string }[]).filter((one) => one.on === on);
    const checks = here.map(({ name }) => ({ name, check: byKey.get(`guardrail ${name}`) }));
    if (checks.length > 0) made[`${on}Guardrails`] = checks;
  }
  return made;
}

/** A transport is called like `fetch`. */
function carrying(carry: ReturnType<typeof acting>) {
  return (url: string, { signal, ...request }: RequestInit & { signal: AbortSignal }) =>
    carry({ url, ...request }, { signal });
}

const camel = (name: string): string => name.replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase());
