import { loadAddon } from "./loader.js";

/** An agent of the addon. */
export interface NativeAgent {
  addTool(toolJson: string): void;
  addAgent(other: NativeAgent, toolJson: string): void;
  state(session?: string): string;
  reset(session?: string): void;
  fork(): NativeAgent;
  checkRun(optionsJson: string): void;
  info(): string;
  played(): string;
  playWith(other: NativeAgent): void;
}

/** What is wanted of a run; the numbers are the addon's. */
export const Mode = { Text: 0, Result: 1, Events: 2, Blocking: 3 } as const;
export type Mode = (typeof Mode)[keyof typeof Mode];

/** The runs of this thread. */
export interface NativeHub {
  start(run: number, agent: NativeAgent, inputJson: string, mode: Mode, credit: number): string;
  restore(run: number, agent: NativeAgent, checkpoint: Uint8Array, mode: Mode, credit: number): string;
  drain(numbers: Uint32Array): string;
  wait(run: number, timeoutMs: number, numbers: Uint32Array): string;
  want(run: number, more?: number): boolean;
  reply(run: number, replyJson: string): void;
  awaits(run: number, request: string): boolean;
  httpHead(run: number, request: string, headJson: string): void;
  httpBytes(run: number, request: string, bytes: Uint8Array): boolean;
  httpEnd(run: number, request: string): void;
  cancel(run: number): void;
  checkpoint(run: number): Buffer;
  session(run: number): string | null;
  isQueued(run: number): boolean;
  hasEnded(run: number): boolean;
  forget(run: number): void;
  count(): number;
}

/** An answer in OpenAI's format; the fields are set once something was written. */
export interface NativeOpenaiAnswer {
  next(eventJson: string): string;
  readonly status: number;
  readonly contentType: string;
  readonly ended: boolean;
  readonly retryAfterMs: number | null | undefined;
}

/** The addon. A failure is thrown as an error whose message is an error's JSON: `attempt` reads it. */
export interface Native {
  Agent: new (optionsJson: string) => NativeAgent;
  Hub: new (wake: () => void) => NativeHub;
  OpenaiAnswer: new (requestJson: string) => NativeOpenaiAnswer;
  openaiRead(body: string): string;
  version(): string;
  forbidRequests(forbid: boolean): void;
}

export const native = loadAddon() as Native;

let scratch: NativeAgent | undefined;

/** An agent that nobody talks to, for checks. */
export function scratchAgent(): NativeAgent {
  scratch ??= new native.Agent('{"provider":"demo"}');
  return scratch;
}
