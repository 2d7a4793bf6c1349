import { Agent, agentConfig, agentCore, toolNames } from "../agent.js";
import { attempt, LlmspellError, LlmspellTypeError } from "../error.js";
import { type NativeOpenaiAnswer, native } from "../native.js";
import { type AgentStream, SSE_HEADERS } from "../stream.js";
import type { AgentConfig, Content, StreamOptions } from "../types/config.js";
import type { AgentEventType } from "../types/event.gen.js";
import { AGENT_OPTIONS, type OptionTable, RUN_OPTIONS } from "../types/option-tables.gen.js";
import { isRecord, kindOf } from "../words.js";
import { adapted, type Handler } from "./adapters.js";
import { type AgentSource, agentFor, checkSource } from "./agents.js";
import { Refusal, readText, requireMethod } from "./body.js";
import { errorData, forClients, ofClient, retryAfter, statusOf } from "./failure.js";
import { hasOutputGuardrails } from "./judged.js";
import { checkServersRun, report, type ServerOptions, type Settled, serverOptions } from "./options.js";
import { KEEP_ALIVE, sseBody, within } from "./sse.js";

/** What reading a request gave: names are the contract's. */
interface ChatRequest {
  readonly model: string;
  readonly stream: boolean;
  readonly agent: Record<string, unknown>;
  readonly input: Record<string, unknown>;
  readonly refusal?: { readonly status: number; readonly body: unknown };
}

/** Events that an answer is written from. */
const EVENTS: readonly AgentEventType[] = ["step_start", "text_delta", "reasoning_delta", "retry"];

/** Seconds since 1970 at which the models were there, as far as clients are told. */
const CREATED = Math.floor(Date.now() / 1000);

/**
 * A handler that speaks OpenAI's Chat Completions format, for its client libraries and all programs that know it:
 * `POST …/chat/completions`, `GET …/models`, `GET …/models/<name>`, below any path.
 *
 * Every request brings its conversation along and gets a fork of the agent: nobody reads what others have said. The agent runs its
 * own tools by itself; those that the client brings are the client's to call. What clients say to the system comes after the agent's own
 * `systemPrompt`.
 *
 * @param models the agents by the names that clients call `model`; a function gives each request its agent
 * @throws LlmspellTypeError for agents or options that are none
 *
 * @example
 * ```ts
 * const openai = createOpenAIHandler({ helper: new Agent({ model: "anthropic/claude-sonnet-4-5", systemPrompt: "Be brief." }) });
 * express().use("/v1", openai.express);
 * // client: new OpenAI({ baseURL: "http://localhost:3000/v1", apiKey: "…" })
 * ```
 */
export function createOpenAIHandler(
  models: Readonly<Record<string, AgentSource>>,
  options: ServerOptions = {},
): Handler {
  const where = "createOpenAIHandler";
  if (!isRecord(models as unknown) || Object.keys(models).length === 0)
    throw new LlmspellTypeError(
      `${where}: its first argument must be an object like { helper: new Agent() }, got ${kindOf(models)}`,
    );
  const sources = Object.entries(models);
  for (const [name, source] of sources) checkSource(source, `${where}: '${name}'`);
  const known = sources.flatMap(([, source]) => (source instanceof Agent ? [source] : []));
  const settled = serverOptions(options, known, [], where);
  return adapted(async (request, from) => {
    try {
      const path = new URL(request.url).pathname.replace(/\/+$/, "");
      if (path.endsWith("/chat/completions")) return await complete(models, request, from, settled);
      const named = /\/models(?:\/(.+))?$/.exec(path);
      if (named === null) throw new Refusal(404, `There is nothing at ${path.slice(0, 200)}.`);
      requireMethod(request, "GET");
      return listed(models, named[1]);
    } catch (error) {
      return refused(error, request, settled);
    }
  });
}

function listed(models: Readonly<Record<string, AgentSource>>, name: string | undefined): Response {
  const model = (id: string): object => ({ id, object: "model", created: CREATED, owned_by: "llmspell" });
  if (name === undefined) return Response.json({ object: "list", data: Object.keys(models).map(model) });
  const id = decoded(name);
  return Object.hasOwn(models, id) ? Response.json(model(id)) : unknownModel(id);
}

/** A part of a path; as it is where it is wrongly encoded. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function unknownModel(name: string): Response {
  const message = `The model '${name.slice(0, 200)}' does not exist or you do not have access to it.`;
  return failure(404, message, "model", "model_not_found");
}

async function complete(
  models: Readonly<Record<string, AgentSource>>,
  request: Request,
  from: unknown,
  settled: Settled,
): Promise<Response> {
  requireMethod(request, "POST");
  const text = native.openaiRead(await readText(request, settled.maxBodyBytes));
  const asked = JSON.parse(text) as ChatRequest;
  if (asked.refusal !== undefined) return Response.json(asked.refusal.body, { status: asked.refusal.status });
  const source = Object.hasOwn(models, asked.model) ? models[asked.model] : undefined;
  if (source === undefined) return unknownModel(asked.model);
  const { agent, isOwn } = await agentFor(source, request, from);
  if (isOwn) checkServersRun(settled.run, [agent], "createOpenAIHandler: run");
  const { input, ...settings } = asked.input;
  const run: StreamOptions = {
    ...camelCase(settings, RUN_OPTIONS),
    ...settled.run,
    events: asked.stream ? EVENTS : [],
    signal: request.signal,
  };
  const stream = await ofClient(() => forkFor(agent, asked).stream(input as Content, run));
  // What guardrails judge is told when they have.
  const told = hasOutputGuardrails(agent) ? JSON.stringify({ ...asked, judged: true }) : text;
  return answer(new native.OpenaiAnswer(told), stream, asked.stream, request, settled);
}

/** A copy of the agent that has the client's conversation, instructions and tools besides its own. */
function forkFor(agent: Agent, asked: ChatRequest): Agent {
  const own = agentConfig(agent);
  const { systemPrompt, tools = [], state } = camelCase(asked.agent, AGENT_OPTIONS) as AgentConfig;
  const taken = toolNames(agentCore(agent).native);
  const twice = tools.find(({ name }) => name !== undefined && taken.includes(name));
  if (twice !== undefined)
    throw new LlmspellTypeError(`tools: the name '${twice.name}' is taken by a tool of the server`);
  const prompts = [own.systemPrompt, systemPrompt].filter((prompt) => prompt !== undefined);
  const before = agent.getState();
  return agent.fork({
    ...(prompts.length > 0 && { systemPrompt: prompts.join("\n\n") }),
    tools: [...(own.tools ?? []), ...tools],
    state: { ...before, messages: [...before.messages, ...(state?.messages ?? [])] },
  });
}

/** Options by our names, from the contract's. */
function camelCase(given: Readonly<Record<string, unknown>>, table: OptionTable): Record<string, unknown> {
  const known = Object.entries(table).filter(([, { name }]) => given[name] !== undefined);
  return Object.fromEntries(known.map(([camel, { name }]) => [camel, given[name]]));
}

/**
 * Waits for the first that is to be sent: a failure before it has a status of its own. A stream that is silent for as long as a
 * comment is due begins all the same, so that proxies keep the connection.
 */
async function answer(
  answer: NativeOpenaiAnswer,
  stream: AgentStream,
  isStreamed: boolean,
  request: Request,
  settled: Settled,
): Promise<Response> {
  const texts = written(answer, stream, request, settled);
  const asked = texts.next();
  const first = await within(asked, isStreamed ? settled.keepAliveMs : 0);
  const { status, contentType, retryAfterMs } = answer;
  if (first !== undefined && contentType === "application/json") {
    await texts.return(undefined);
    return new Response(first.value, { status, headers: { "content-type": contentType, ...retryAfter(retryAfterMs) } });
  }
  const begun: (IteratorResult<string> | Promise<IteratorResult<string>>)[] =
    first === undefined ? [{ value: KEEP_ALIVE, done: false }, asked] : [first];
  const body = sseBody<string>({
    values: { next: async () => begun.shift() ?? texts.next() },
    // A failure before the first word, in a stream that has begun.
    write: (text) => (text !== KEEP_ALIVE && answer.contentType === "application/json" ? `data: ${text}\n\n` : text),
    fail: (error) => `data: ${JSON.stringify(bodyOf(forClients(tell(error, request, settled)).message))}\n\n`,
    keepAliveMs: settled.keepAliveMs,
    cancel: () => void stream.return(),
  });
  return new Response(body, { status: 200, headers: [...SSE_HEADERS] });
}

/** What is to be sent of a run, piece by piece. */
async function* written(
  answer: NativeOpenaiAnswer,
  stream: AgentStream,
  request: Request,
  settled: Settled,
): AsyncGenerator<string, undefined> {
  for await (const event of stream) {
    if (event.type === "error") tell(new LlmspellError({ ...event.error, partial: event.partial }), request, settled);
    const text = attempt(() => answer.next(JSON.stringify(event)));
    if (text !== "") yield text;
    // It ends before its run when what was sent cannot be taken back.
    if (answer.ended) return;
  }
}

function tell(error: unknown, request: Request, settled: Settled): ReturnType<typeof errorData> {
  void report(error, request, settled);
  return errorData(error);
}

function refused(error: unknown, request: Request, settled: Settled): Response {
  if (error instanceof Refusal) {
    // Our messages begin with the name of the option, which the client knows by another one.
    const [, option = "", rest] = /^([A-Za-z]+): (.*)$/s.exec(error.message) ?? [];
    const param = option === "input" ? "messages" : (RUN_OPTIONS[option]?.name ?? option);
    const message = rest === undefined ? error.message : `${param}: ${rest}`;
    return failure(error.status, message, rest === undefined ? undefined : param, undefined, error.headers);
  }
  const data = forClients(tell(error, request, settled));
  return failure(statusOf(data.kind), data.message, undefined, undefined, retryAfter(data.retry_after_ms));
}

function failure(
  status: number,
  message: string,
  param?: string,
  code?: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return Response.json(bodyOf(message, status < 500, param, code), { status, headers });
}

function bodyOf(message: string, isClients = false, param?: string, code?: string): object {
  const type = isClients ? "invalid_request_error" : "server_error";
  return { error: { message, type, param: param ?? null, code: code ?? null } };
}
