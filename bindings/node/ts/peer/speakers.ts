import type { AgentEvent } from "@rs/llmspell";

/**
 * Tells agents at work inside a tool, whose events come as well when the tool forwards them, from those that have taken the
 * conversation over and speak for the agent that was asked: only the former begin runs of their own.
 */
export class Speakers {
  readonly #inside = new Set<string>();

  /** Whether an event is of an agent inside a tool. Needs all events of the run, in order. */
  isInside(event: AgentEvent): boolean {
    const { agent } = event;
    if (agent === undefined) return false;
    if (event.type === "run_start") this.#inside.add(keyOf(agent));
    return agent.some((_, index) => this.#inside.has(keyOf(agent.slice(0, index + 1))));
  }
}

/** A path of agents as a text. */
export function keyOf(path: readonly string[]): string {
  return JSON.stringify(path);
}
