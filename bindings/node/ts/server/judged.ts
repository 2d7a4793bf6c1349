import { type Agent, agentCore } from "../agent.js";
import type { Serves } from "../serves.js";
import type { AgentEvent, AgentEventType, TextDeltaEvent } from "../types/event.gen.js";
import type { Result } from "../types/result.gen.js";

/** Events that tell when a step begins. */
const NEEDED: readonly AgentEventType[] = ["step_start"];

/** Whether an agent, or one that it leads to, has output guardrails. */
export function hasOutputGuardrails(agent: Agent): boolean {
  const all = new Set([agentCore(agent).serves]);
  for (const { output, agents } of all) {
    if (output.size > 0) return true;
    for (const { serves } of agents.values()) all.add(serves);
  }
  return false;
}

/** A result as clients get it of such an agent: among its messages are answers that were sent back, and thoughts. */
export function judgedResult(result: Result): Result {
  return { ...result, messages: [] };
}

/**
 * Keeps from clients what a model says until the output guardrails of its agent have judged it: there are no deltas, and the
 * judged text comes as one before the event `done`.
 */
export class Judged {
  readonly #serves: Serves;
  readonly #wanted: readonly AgentEventType[] | undefined;
  #held: TextDeltaEvent | undefined;

  /** @param wanted types of events that clients get; all when absent */
  constructor(agent: Agent, wanted: readonly AgentEventType[] | undefined) {
    this.#serves = agentCore(agent).serves;
    this.#wanted = wanted;
  }

  /** Types of events that the run must give. */
  get events(): readonly AgentEventType[] | undefined {
    return this.#wanted && [...new Set([...this.#wanted, ...NEEDED])];
  }

  /** What a client gets for the run's next event. */
  of(event: AgentEvent): AgentEvent[] {
    const isInside = event.nested === true;
    if (event.type === "step_start" && !isInside) this.#held = undefined;
    if (event.type.endsWith("_delta") && this.#isJudged(event.agent)) {
      if (event.type === "text_delta" && !isInside) this.#held = event;
      return [];
    }
    if (event.type === "done") {
      const done = { ...event, result: judgedResult(event.result) };
      return this.#held === undefined || done.result.text === ""
        ? [done]
        : [{ ...this.#held, text: done.result.text }, done];
    }
    // What there was when it ended is not judged.
    if (event.type === "error" || event.type === "cancelled")
      return [{ ...event, partial: { ...judgedResult(event.partial), content: "", text: "", object: null } }];
    const isNeededAlone = NEEDED.includes(event.type) && this.#wanted?.includes(event.type) === false;
    return isNeededAlone ? [] : [event];
  }

  /** Whether the agent that a path of tools leads to has output guardrails. */
  #isJudged(path: readonly string[] = []): boolean {
    let serves = this.#serves;
    for (const name of path) {
      const next = serves.agents.get(name)?.serves;
      if (next === undefined) return true;
      serves = next;
    }
    return serves.output.size > 0;
  }
}
