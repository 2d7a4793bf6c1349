import type { Agent } from "./agent.js";
import type { NativeAgent } from "./native.js";
import type { ActiveRun } from "./run.js";
import type { Serves } from "./serves.js";

/** What an agent is inside: its handle, what it serves, and its runs on this thread. */
export interface AgentCore {
  readonly native: NativeAgent;
  readonly serves: Serves;
  readonly runs: Set<ActiveRun>;
  /** The public object, for handlers. */
  readonly self: WeakRef<Agent>;
}
