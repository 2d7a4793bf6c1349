import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
import type { Payload } from "./payload.js";
import type { Step } from "./plan.js";

/** How an answer ended: whole, cut off on purpose, left open on purpose, or because the client went away. */
export type Ending = "whole" | "cut" | "stalled" | "aborted";

/** What sending needs from the server around it. */
export interface Surroundings {
  /** Aborted when the client is gone. */
  readonly gone: AbortSignal;
  /** Resolves then; one promise for the whole answer, because a listener per write would pile up. */
  readonly leaving: Promise<void>;
  /** Resolves when somebody releases that name. */
  held(name: string): Promise<void>;
  /** Told right before this side breaks the connection, so that it isn't taken for the client's doing. */
  cutting(): void;
}

/** Carries out the steps of an answer. */
export async function send(
  response: ServerResponse,
  payload: Payload,
  steps: readonly Step[],
  around: Surroundings,
): Promise<Ending> {
  const socket = response.socket;
  if (!socket) return "aborted";
  socket.setNoDelay(true);
  if (steps.length <= 3 && steps.every((step) => ["head", "write", "end"].includes(step.kind))) {
    writeHead(response, payload);
    response.end(payload.body);
    return "whole";
  }
  for (const step of steps) {
    if (around.gone.aborted) return "aborted";
    const ending = await carryOut(step, { response, socket, payload, around });
    if (ending) return ending;
  }
  return "whole";
}

interface Ongoing {
  readonly response: ServerResponse;
  readonly socket: Socket;
  readonly payload: Payload;
  readonly around: Surroundings;
}

async function carryOut(step: Step, { response, socket, payload, around }: Ongoing): Promise<Ending | undefined> {
  switch (step.kind) {
    case "head":
      writeHead(response, payload);
      response.flushHeaders();
      return undefined;
    case "write":
      await flushed((done) => response.write(payload.body.subarray(step.from, step.to), done), around.leaving);
      return undefined;
    case "delay":
      await unlessGone(sleep(step.ms, undefined, { signal: around.gone }));
      return undefined;
    case "breathe":
      await turn();
      return undefined;
    case "hold":
      await Promise.race([around.held(step.name), around.leaving]);
      return undefined;
    case "stall":
      await around.leaving;
      return "stalled";
    case "garbage":
      await flushed((done) => socket.write(step.bytes, done), around.leaving);
      around.cutting();
      socket.destroySoon();
      return "cut";
    case "reset":
      around.cutting();
      socket.resetAndDestroy();
      return "cut";
    case "close":
      around.cutting();
      socket.destroySoon();
      return "cut";
    case "end":
      response.end();
      return "whole";
  }
}

function writeHead(response: ServerResponse, payload: Payload): void {
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(payload.headers))
    headers[name] = typeof value === "string" ? value : [...value];
  const bodiless = payload.status === 204 || payload.status === 304;
  if (!bodiless && !("content-length" in headers) && !("transfer-encoding" in headers)) {
    headers["content-length"] = String(payload.body.length);
  }
  // The same scenario gives the same bytes, whatever the time is.
  response.sendDate = false;
  response.writeHead(payload.status, headers);
}

/** Waits until the kernel has the bytes: a reset right after would otherwise overtake them. */
function flushed(write: (done: () => void) => void, leaving: Promise<void>): Promise<void> {
  return Promise.race([new Promise<void>((resolve) => write(() => resolve())), leaving]);
}

async function unlessGone(wait: Promise<unknown>): Promise<void> {
  await wait.catch((error: unknown) => {
    if (!(error instanceof Error && error.name === "AbortError")) throw error;
  });
}
