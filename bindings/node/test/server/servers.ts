import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import type { createHandler } from "@rs/llmspell/server";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";

type Handler = ReturnType<typeof createHandler>;

/** A real server on a free port, with a handler at every path. */
export interface Running {
  readonly url: string;
  close(): Promise<void>;
}

function listening(server: Server): Promise<Running> {
  return new Promise((resolve) => {
    const close = (): Promise<void> =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      });
    const told = (): void => resolve({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close });
    if (server.listening) told();
    else server.listen(0, "127.0.0.1", told);
  });
}

/** Every server that a handler is made for; each sends a header of its framework's own, as a CORS middleware does. */
export const servers: Readonly<Record<string, (handler: Handler) => Promise<Running>>> = {
  "Node http": (handler) =>
    listening(
      createServer((request, response) => {
        response.setHeader("x-own", "1");
        void handler.node(request, response);
      }),
    ),
  Express: (handler) => {
    const app = express();
    app.use((_request, response, next) => {
      response.setHeader("x-own", "1");
      next();
    });
    app.use("/v1", handler.express);
    app.all("/chat", handler.express);
    return listening(createServer(app));
  },
  "Express with express.json()": (handler) => {
    const app = express();
    app.use(express.json());
    app.use((_request, response, next) => {
      response.setHeader("x-own", "1");
      next();
    });
    app.use(handler.express);
    return listening(createServer(app));
  },
  Fastify: async (handler) => {
    const app = fastify();
    app.addHook("onRequest", async (_request, reply) => void reply.header("x-own", "1"));
    app.all("/*", handler.fastify);
    const url = await app.listen({ port: 0, host: "127.0.0.1" });
    const close = async (): Promise<void> => {
      app.server.closeAllConnections();
      await app.close();
    };
    return { url, close };
  },
  Hono: (handler) => {
    const app = new Hono();
    app.use(async (context, next) => {
      await next();
      context.res.headers.set("x-own", "1");
    });
    app.all("/*", handler.hono);
    return listening(serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }) as Server);
  },
  "Hono that has read the body": (handler) => {
    const app = new Hono();
    app.use(async (context, next) => {
      if (context.req.method === "POST") await context.req.text();
      context.header("x-own", "1");
      await next();
    });
    app.all("/*", handler.hono);
    return listening(serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }) as Server);
  },
};
