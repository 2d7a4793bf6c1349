import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Effort } from "./effort.js";
import { type Server, startServer } from "./server.js";

/** The repository. */
export const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

/** What every row needs. */
export interface Context {
  /** Folder of the build that is measured. */
  readonly build: string;
  /** Folder for programs, data and results of the benchmarks. */
  readonly work: string;
  readonly effort: Effort;
  /** Core of every client. */
  readonly clientCore: number | undefined;
  /** Server on a core of its own, when there are two. */
  readonly apart: Server;
  /** Server on the client's core. */
  readonly together: Server;
  /** The Luas that are installed; the first is the main one. */
  readonly luas: readonly string[];
  /** Says what is being done. */
  readonly say: (line: string) => void;
}

/** The Luas that rows are measured on, the main one first. */
export const LUAS = ["lua5.4", "luajit", "lua5.1"] as const;

/** The path of a compiled peer. */
export function program(work: string, name: string): string {
  return join(work, "bin", name);
}

/** Starts what rows share. */
export async function openContext(
  given: Pick<Context, "build" | "work" | "effort" | "say">,
): Promise<{ readonly context: Context; close(): Promise<void> }> {
  const module = join(given.build, "lua/llmspell.so");
  if (!existsSync(module)) throw new Error(`${module} is missing; build it first (make bench does)`);
  const cores = availableParallelism();
  const clientCore = cores > 1 ? 0 : undefined;
  const server = program(given.work, "server");
  const apart = await startServer(server, cores > 1 ? 1 : undefined);
  const together = await startServer(server, clientCore);
  const context: Context = { ...given, clientCore, apart, together, luas: LUAS };
  return {
    context,
    async close() {
      await apart.stop();
      await together.stop();
    },
  };
}
