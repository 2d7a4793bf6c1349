import type { IncomingMessage, ServerResponse } from "node:http";
import { isRecord } from "../words.js";
import { type NodeRequest, sendResponse, signalOf, toRequest } from "./node.js";

/** Answers a request of fetch. `native` is the request as the server's own framework has it. */
export type Answer = (request: Request, native: unknown) => Promise<Response>;

/**
 * A handler of requests, by itself for servers in fetch's style (Hono, Next, Deno, Bun: `(request) => Promise<Response>`), and
 * as what other frameworks take.
 */
export interface Handler {
  (request: Request): Promise<Response>;
  /** For Node's `http`: `createServer(handler.node)`. Sends every answer, also for requests that are refused. */
  readonly node: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  /** For Express: `app.post("/chat", handler.express)`. A body that `express.json()` has read is taken as it is. */
  readonly express: (
    request: IncomingMessage,
    response: ServerResponse,
    next?: (error?: unknown) => void,
  ) => Promise<void>;
  /** For Fastify: `app.post("/chat", handler.fastify)`. */
  readonly fastify: (request: FastifyRequest, reply: FastifyReply) => Promise<Response>;
  /** For Hono: `app.post("/chat", handler.hono)`. */
  readonly hono: (context: HonoContext) => Promise<Response>;
}

/** What is needed of Fastify's request. */
export interface FastifyRequest {
  readonly raw: IncomingMessage;
  readonly body?: unknown;
}

/** What is needed of Fastify's reply. */
export interface FastifyReply {
  readonly raw: ServerResponse;
}

/** What is needed of Hono's context. */
export interface HonoContext {
  readonly req: { readonly raw: Request; arrayBuffer(): Promise<ArrayBuffer> };
  body(data: ReadableStream | null, init: Response): Response;
}

/** A handler for all frameworks from the one that answers. */
export function adapted(answer: Answer): Handler {
  const viaNode = async (
    request: NodeRequest,
    parsed: unknown,
    response: ServerResponse,
    native: unknown,
  ): Promise<Response> => {
    const asked = toRequest(request, parsed, signalOf(response));
    return asked === undefined ? new Response(null, { status: 405 }) : answer(asked, native);
  };
  const served = async (request: NodeRequest, response: ServerResponse): Promise<void> =>
    sendResponse(await viaNode(request, request.body, response, request), response);
  const others = {
    // What fails here has no answer any more, and an unhandled rejection would end the process.
    node: (request: NodeRequest, response: ServerResponse): Promise<void> =>
      served(request, response).catch(() => void response.destroy()),
    express: (request: NodeRequest, response: ServerResponse, next?: (error?: unknown) => void): Promise<void> =>
      served(request, response).catch((error: unknown) => (next === undefined ? void response.destroy() : next(error))),
    fastify: (request: FastifyRequest, reply: FastifyReply): Promise<Response> =>
      viaNode(request.raw, request.body ?? undefined, reply.raw, request),
    hono: async (context: HonoContext): Promise<Response> => {
      let asked = context.req.raw;
      if (asked.bodyUsed) {
        // A middleware has read the body; Hono keeps it.
        const { method, headers, signal, url } = asked;
        asked = new Request(url, { method, headers, signal, body: await context.req.arrayBuffer() });
      }
      const answered = await answer(asked, context);
      // With the headers that middlewares have set.
      return context.body(answered.body, answered);
    },
  };
  // One who passes the handler itself where a framework wants its own member is served all the same.
  const handler = (request: Request, ...more: unknown[]): Promise<Response> => {
    const [second, next] = more;
    if (hasFunction(second, "writeHead"))
      return others.express(request as never, second as never, next as never) as Promise<never>;
    if (isRecord(request) && isRecord(second) && "raw" in request && "raw" in second)
      return others.fastify(request as never, second as never);
    if (isRecord(request) && isRecord(request["req"]) && hasFunction(request, "body"))
      return others.hono(request as never);
    return answer(request, request);
  };
  return Object.assign(handler, others);
}

function hasFunction(value: unknown, name: string): boolean {
  return isRecord(value) && typeof value[name] === "function";
}
