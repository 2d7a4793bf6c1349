export type { FastifyReply, FastifyRequest, Handler, HonoContext } from "./adapters.js";
export type { AgentSource } from "./agents.js";
export { createHandler, type HandlerOptions } from "./handler.js";
export { createOpenAIHandler } from "./openai.js";
export type { ServerOptions } from "./options.js";
