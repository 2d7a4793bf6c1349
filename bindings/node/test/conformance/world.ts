/** All that a case has made so far, and its record. */
import { rmSync } from "node:fs";
import type { Agent, State } from "@rs/llmspell";
import type { Scenario } from "./mock.js";
import type { Stream } from "./stream.js";
import type { CaseRecord } from "./types.js";

/** Where bytes come from and go to, and where files of the host's own are. */
export interface Places {
  /** Bytes of another host that the case goes on from. */
  readonly carried: Uint8Array | undefined;
  /** File for bytes that other hosts go on from. */
  readonly carryTo: string | undefined;
  /** Folder for files of this host's own. */
  readonly scratch: string;
}

export class World {
  readonly record: CaseRecord = { steps: {}, events: {}, calls: [] };
  readonly agents = new Map<string, Agent>();
  readonly streams = new Map<string, Stream>();
  readonly checkpoints = new Map<string, Uint8Array>();
  readonly states = new Map<string, State>();
  scenario: Scenario | undefined;

  constructor(readonly places: Places) {
    if (places.carried) this.checkpoints.set("carried", places.carried);
  }

  agent(name: unknown = "agent"): Agent {
    return known(this.agents, "agent", name);
  }

  stream(name: unknown): Stream {
    return known(this.streams, "stream", name);
  }

  addStream(name: string, stream: Stream): Stream {
    this.streams.set(name, stream);
    this.record.events[name] = stream.events;
    return stream;
  }

  /** Path of a file that is not there yet. */
  scratch(name: string): string {
    const path = `${this.places.scratch}/scratch-${name}`;
    rmSync(path, { force: true });
    return path;
  }

  /** Closes whatever is open. */
  async close(): Promise<void> {
    for (const stream of this.streams.values()) await stream.close();
    for (const agent of this.agents.values()) agent.close();
    await this.scenario?.remove();
  }
}

/** What a case has made under a name. */
export function known<T>(made: ReadonlyMap<string, T>, what: string, name: unknown): T {
  const found = made.get(String(name));
  if (found === undefined) throw new Error(`there is no ${what} ${name}`);
  return found;
}
