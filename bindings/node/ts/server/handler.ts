import { Agent, checkRun } from "../agent.js";
import { LlmspellError, LlmspellTypeError } from "../error.js";
import { type AgentStream, SSE_HEADERS, sseText } from "../stream.js";
import type { Content } from "../types/config.js";
import type { AgentEvent } from "../types/event.gen.js";
import { errorCodes } from "../types/kinds.gen.js";
import type { ErrorData } from "../types/result.gen.js";
import { isRecord } from "../words.js";
import { adapted, type Handler } from "./adapters.js";
import { type AgentSource, agentFor, checkSource } from "./agents.js";
import { Refusal, readJson, requireMethod } from "./body.js";
import { errorData, forClients, ofClient, retryAfter, statusOf } from "./failure.js";
import { hasOutputGuardrails, Judged, judgedResult } from "./judged.js";
import { checkServersRun, report, type ServerOptions, type Settled, serverOptions } from "./options.js";
import { sseBody } from "./sse.js";

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
 * @throws LlmspellTypeError for an agent or options that are none
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
  const known = agent instanceof Agent ? [agent] : [];
  const settled = serverOptions(options, known, ["session", "input"], "createHandler");
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

async function run(
  source: AgentSource,
  body: unknown,
  request: Request,
  native: unknown,
  options: HandlerOptions,
  settled: Settled,
): Promise<Response> {
  const { input, stream } = await asked(body, request, options);
  const session = await sessionOf(options, request, native);
  const { agent, isOwn } = await agentFor(source, request, native);
  if (isOwn) checkServersRun(settled.run, [agent], "createHandler: run");
  // Where a conversation goes on, the agent's turns in it are those that it has said.
  if ((isOwn || session !== undefined) && messagesOf(input).some((message) => hasRole(message, ["assistant"])))
    throw new Refusal(400, "Messages of the role assistant are the agent's; send what is new.");
  const speaker = isOwn || session !== undefined ? agent : agent.fork();
  const { events, ...others } = settled.run ?? {};
  const runOptions = { ...others, ...(session !== undefined && { session }), signal: request.signal };
  // All but the input is right by now.
  const isJudged = hasOutputGuardrails(speaker);
  if (!stream) {
    const result = await ofClient(() => speaker.execute({ input, ...runOptions }));
    return Response.json(isJudged ? judgedResult(result) : result);
  }
  const judged = isJudged ? new Judged(speaker, events) : undefined;
  const wanted = judged === undefined ? events : judged.events;
  const answers = await ofClient(() => speaker.stream({ input, ...runOptions, events: wanted }));
  return new Response(eventBody(answers, judged, request, settled), { headers: [...SSE_HEADERS] });
}

/** The name of a request's session. */
async function sessionOf(options: HandlerOptions, request: Request, native: unknown): Promise<string | undefined> {
  // Null, as `headers.get` gives it, is no session: it must never mean the agent's own conversation.
  const session: unknown = (await options.session?.(request, native)) ?? undefined;
  if (session === undefined) return undefined;
  checkRun({ session }, undefined, "createHandler: session");
  return session as string;
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
    let input: Content | undefined;
    try {
      input = await options.input(body, request);
    } catch (error) {
      throw error instanceof Refusal ? error : new Refusal(400, error instanceof Error ? error.message : String(error));
    }
    if (input === undefined) throw new LlmspellTypeError("createHandler: input returned undefined");
    return { input, stream };
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
  events: AgentStream,
  judged: Judged | undefined,
  request: Request,
  settled: Settled,
): ReadableStream<Uint8Array> {
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
