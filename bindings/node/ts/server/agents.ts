import { Agent } from "../agent.js";
import { LlmspellTypeError } from "../error.js";
import { foreignKind } from "../words.js";

/**
 * Who answers: one agent for everybody, which is forked for each request, so that nobody reads what others have said; or a
 * function that gives the agent of this request, which then answers as it is.
 *
 * `native` is the request as the framework has it (Express's `req`, Fastify's `request`, Hono's context), for what a
 * middleware has found out about the user.
 */
export type AgentSource = Agent | ((request: Request, native: unknown) => Agent | Promise<Agent>);

/** Checks it once, so that a mistake shows when the server starts. */
export function checkSource(source: unknown, where: string): asserts source is AgentSource {
  if (!(source instanceof Agent) && typeof source !== "function")
    throw new LlmspellTypeError(
      `${where} must be an Agent, or a function (request) => Agent, got ${foreignKind(source)}`,
    );
}

/** The agent of a request, and whether it is the request's own. */
export async function agentFor(
  source: AgentSource,
  request: Request,
  native: unknown,
): Promise<{ agent: Agent; isOwn: boolean }> {
  if (source instanceof Agent) return { agent: source, isOwn: false };
  const agent: unknown = await source(request, native);
  if (!(agent instanceof Agent))
    throw new LlmspellTypeError(`the function that gives a request its agent returned ${foreignKind(agent)}`);
  return { agent, isOwn: true };
}
