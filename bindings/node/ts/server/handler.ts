import type { Agent } from "../agent.js";
import { LlmspellError } from "../error.js";
import { isRecord } from "../options.js";
import { SSE_HEADERS, sseText } from "../stream.js";
import type { Content, StreamOptions } from "../types/config.js";
import type { AgentEvent } from "../types/event.gen.js";
import { errorCodes } from "../types/kinds.gen.js";
import type { ErrorData } from "../types/result.gen.js";
import { adapted, type Handler } from "./adapters.js";
import { type AgentSource, agentFor, checkSource } from "./agents.js";
import { Refusal, readJson, requireMethod } from "./body.js";
import { errorData, forClients, retryAfter, statusOf } from "./failure.js";
import { hasOutputGuardrails, Judged, judgedResult } from "./judged.js";
import { sseBody } from "./sse.js";

/** Options of every handler. */
export interface ServerOptions {
  /**
   * Bytes of a request's body at most.
   * @defaultValue 1 MiB
   */
  readonly maxBodyBytes?: number | undefined;
  /**
   * Milliseconds of silence after which a stream gets a comment, so that proxies keep it open; 0 for never.
   * @defaultValue 15000
   */
  readonly keepAliveMs?: number | undefined;
  /** Options of every run, such as `timeoutMs`, `budget` or `onApproval`; `events` are those that a stream tells. */
  readonly run?: StreamOptions | undefined;
  /** Learns of every failure of a run with all its words, of which clients get only what is theirs. */
  readonly onError?: ((error: unknown, request: Request) => unknown) | undefined;
}

/** Options of {@link createHandler}. */
export interface HandlerOptions extends ServerOptions {
  /**
   * The session whose conversation goes on, from something that the server knows to be true, such as a signed cookie. Without
   * it every request is a conversation of its own.
   */
  readonly session?:
    | ((request: Request, native: unknown) => string | null | undefined | Promise<string | null | undefined>)
    | undefined;
  /**
   * Makes the agent's input of the request's JSON, in place of `input` or `message` in it.
   * @throws anything that shall be told to the client with status 400
   */
  readonly input?: ((body: unknown, request: Request) => Content | Promise<Content>) | undefined;
}

const MAX_BODY_BYTES = 1024 * 1024;
const KEEP_ALIVE_MS = 15_000;

/** Members of a request. */
const MEMBERS = ["input", "message", "stream"];

/**
 * A handler that lets clients talk to an agent: `POST` of `{"message": "…"}` is answered with the run's events as server-sent
 * events, or with the result as JSON for `"stream": false`.
 *
 * Each event is one message: its `data` is the event's JSON, its `id` the event's number. A run is not resumed by
 * `Last-Event-ID`. The last one is `done`, `error` or `cancelled`. When the client leaves, the run is cancelled.
 *
 * @param agent an agent, which is forked for each request, or a function that gives each request its agent
 * @throws TypeError for an agent or options that are none
 *
 * @example
 * ```ts
 * const chat = createHandler(new Agent({ model: "openai/gpt-4o" }));
 * createServer(chat.node).listen(3000);         // Node's http
 * express().post("/chat", chat.express);
 * fastify().post("/chat", chat.fastify);
 * new Hono().post("/chat", chat.hono);
 * Bun.serve({ fetch: chat });                   // anything that takes (request) => Promise<Response>
 * ```
 */
export function createHandler(agent: AgentSource, options: HandlerOptions = {}): Handler {
  checkSource(agent, "createHandler: its first argument");
  const settled = serverOptions(options, ["session", "input"], "createHandler");
  return adapted(async (request, native) => {
    try {
      requireMethod(request, "POST");
      const body = await readJson(request, settled.maxBodyBytes);
      return await run(agent, body, request, native, options, settled);
    } catch (error) {
      return refused(error, request, settled);
    }
  });
}

/** Options with their defaults. */
export type Settled = ServerOptions & { readonly maxBodyBytes: number; readonly keepAliveMs: number };

/** @throws TypeError for an option that is not known or of the wrong type */
export function serverOptions(options: ServerOptions, more: readonly string[], where: string): Settled {
  if (!isRecord(options as unknown)) throw new TypeError(`${where}: options must be an object`);
  const functions = ["onError", ...more];
  const known = ["maxBodyBytes", "keepAliveMs", "run", ...functions];
  for (const [key, value] of Object.entries(options)) {
    if (!known.includes(key)) throw new TypeError(`${where}: unknown option '${key}'; there are ${known.join(", ")}`);
    if (functions.includes(key) && value !== undefined && typeof value !== "function")
      throw new TypeError(`${where}: ${key} must be a function`);
  }
  const { maxBodyBytes = MAX_BODY_BYTES, keepAliveMs = KEEP_ALIVE_MS, run } = options;
  for (const [key, value] of [
    ["maxBodyBytes", maxBodyBytes],
    ["keepAliveMs", keepAliveMs],
  ] as const)
    if (!Number.isFinite(value) || value < 0)
      throw new TypeError(`${where}: ${key} must be a number from 0, got ${String(value)}`);
  if (run !== undefined && !isRecord(run)) throw new TypeError(`${where}: run must be an object of run options`);
  return { ...options, maxBodyBytes, keepAliveMs };
}

async function run(
  source: AgentSource,
  body: unknown,
  request: Request,
  native: unknown,
  options: HandlerOptions,
  settled: Settled,
): Promise<Response> {
  const { input, stream } = await asked(body, request, options);
  // Null, as `headers.get` gives it, is no session: it must never mean the agent's own conversation.
  const session = (await options.session?.(request, native)) ?? undefined;
  const { agent, isOwn } = await agentFor(source, request, native);
  // Where a conversation goes on, the agent's turns in it are those that it has said.
  if ((isOwn || session !== undefined) && messagesOf(input).some((message) => hasRole(message, ["assistant"])))
    throw new Refusal(400, "Messages of the role assistant are the agent's; send what is new.");
  const speaker = isOwn || session !== undefined ? agent : agent.fork();
  const { events, ...others } = settled.run ?? {};
  const runOptions = { ...others, ...(session !== undefined && { session }), signal: request.signal };
  if (!stream) {
    const result = await speaker.execute(input, runOptions);
    return Response.json(hasOutputGuardrails(speaker) ? judgedResult(result) : result);
  }
  return new Response(eventBody(speaker, input, { ...runOptions, events }, request, settled), {
    headers: [...SSE_HEADERS],
  });
}

/** What a request asks for. */
async function asked(
  body: unknown,
  request: Request,
  options: HandlerOptions,
): Promise<{ input: Content; stream: boolean }> {
  if (!isRecord(body)) throw new Refusal(400, 'The body must be an object like {"message": "…"}.');
  const { stream = true } = body;
  if (typeof stream !== "boolean") throw new Refusal(400, "stream must be true or false.");
  if (options.input !== undefined) {
    try {
      return { input: await options.input(body, request), stream };
    } catch (error) {
      throw error instanceof Refusal ? error : new Refusal(400, error instanceof Error ? error.message : String(error));
    }
  }
  for (const key of Object.keys(body))
    if (!MEMBERS.includes(key))
      throw new Refusal(
        400,
        `The member ${JSON.stringify(key.slice(0, 64))} is not known; there are ${MEMBERS.join(", ")}.`,
      );
  const { input, message } = body;
  if ((input === undefined) === (message === undefined))
    throw new Refusal(
      400,
      input === undefined
        ? "Give message, a text, or input, as an agent takes it."
        : "Give message or input, not both.",
    );
  const given = input ?? message;
  if (messagesOf(given).some(isSystem)) throw new Refusal(400, "Messages of the role system are the server's.");
  return { input: given as Content, stream };
}

function messagesOf(input: unknown): readonly unknown[] {
  return Array.isArray(input) ? input : [input];
}

function isSystem(message: unknown): boolean {
  return isRecord(message) && message["role"] !== undefined && !hasRole(message, ["user", "assistant", "tool"]);
}

function hasRole(message: unknown, roles: readonly string[]): boolean {
  return isRecord(message) && roles.includes(String(message["role"]));
}

function eventBody(
  agent: Agent,
  input: Content,
  run: StreamOptions,
  request: Request,
  settled: Settled,
): ReadableStream<Uint8Array> {
  const judged = hasOutputGuardrails(agent) ? new Judged(agent, run.events) : undefined;
  const events = agent.stream(input, judged === undefined ? run : { ...run, events: judged.events });
  const tell = (error: unknown): ErrorData => {
    void report(error, request, settled);
    return forClients(errorData(error));
  };
  return sseBody<AgentEvent>({
    values: events[Symbol.asyncIterator](),
    write: (event) => {
      // What the program is asked is not for clients.
      if (event.type === "request") return undefined;
      const told = judged?.of(event) ?? [event];
      return told.length === 0 ? undefined : told.map((one) => sseText(forClient(one, tell))).join("");
    },
    fail: (error) => `event: error\ndata: ${JSON.stringify({ type: "error", error: tell(error) })}\n\n`,
    keepAliveMs: settled.keepAliveMs,
    cancel: () => void events.return(),
  });
}

function forClient(event: AgentEvent, tell: (error: unknown) => ErrorData): AgentEvent {
  if (event.type === "error")
    return { ...event, error: tell(new LlmspellError({ ...event.error, partial: event.partial })) };
  if (event.type === "retry" && event.error !== undefined) return { ...event, error: forClients(event.error) };
  return event;
}

/** Tells the program of a failure; what its function throws, or its Promise is rejected with, is not the client's. */
export async function report(error: unknown, request: Request, settled: Settled): Promise<void> {
  try {
    await settled.onError?.(error, request);
  } catch {
    // Nobody is left to be told.
  }
}

/** The answer to a request that no run answers. */
function refused(error: unknown, request: Request, settled: Settled): Response {
  if (error instanceof Refusal) {
    const data: ErrorData = { kind: "argument", code: errorCodes.argument, message: error.message, retryable: false };
    return Response.json({ error: data }, { status: error.status, headers: error.headers });
  }
  void report(error, request, settled);
  const data = forClients(errorData(error));
  const status = statusOf(data.kind);
  return Response.json({ error: data }, { status, headers: retryAfter(data.retry_after_ms) });
}
