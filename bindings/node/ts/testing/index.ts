import { Agent, agentCore } from "../agent.js";
import { LlmspellTypeError } from "../error.js";
import type { ScriptedModel } from "../types/config.js";
import type { ScriptedAnswer } from "../types/options.gen.js";
import type { Played } from "../types/testing.js";
import { foreignKind } from "../words.js";
import { assertPlayed, playedOf, Scripted } from "./model.js";

/** One turn of a scripted model: what it answers, or a function that says so when it is asked. */
export type ScriptedTurn =
  | string
  | ScriptedAnswer
  | ((request: unknown, turn: number) => string | ScriptedAnswer | Promise<string | ScriptedAnswer>);

/**
 * A model that answers from a script, for the options `model` or `provider` of agents.
 *
 * ```ts
 * const model = scripted([{ toolCalls: [{ name: "add", arguments: { a: 1, b: 2 } }] }, "It is 3."]);
 * ```
 */
export function scripted(turns: readonly ScriptedTurn[]): ScriptedModel {
  return new Scripted(turns);
}

/** What was played of an agent's script or cassette. */
export function played(agent: Agent<any>): Played {
  return playedOf(agentCore(checked(agent, "played")).native, "played");
}

/** @throws Error unless all of an agent's script or cassette was played */
export function assertDone(agent: Agent<any>): void {
  assertPlayed(playedOf(agentCore(checked(agent, "assertDone")).native, "assertDone"), "assertDone");
}

function checked(agent: unknown, where: string): Agent {
  if (agent instanceof Agent) return agent;
  throw new LlmspellTypeError(`${where}: expected an agent, got ${foreignKind(agent)}`);
}

export type { Played, ScriptedAnswer, ScriptedModel };
