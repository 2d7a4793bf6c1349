export type { FastifyReply, FastifyRequest, Handler, HonoContext } from "./adapters.js";
export type { AgentSource } from "./agents.js";
export { createHandler, type HandlerOptions, type ServerOptions } from "./handler.js";
export { createOpenAIHandler } from "./openai.js";
