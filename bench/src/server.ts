import { type ChildProcess, spawn } from "node:child_process";
import { pinned } from "./command.js";

/** A running benchmark server. */
export interface Server {
  readonly port: number;
  stop(): Promise<void>;
}

/** Starts the server on a core (any, when undefined). It ends by itself when this process does. */
export async function startServer(program: string, core: number | undefined): Promise<Server> {
  const [command = "", ...rest] = pinned({ argv: [program], core });
  const child = spawn(command, rest, { stdio: ["pipe", "pipe", "inherit"] });
  const port = Number(await firstLine(child));
  return {
    port,
    stop: () =>
      new Promise((resolve) => {
        if (child.exitCode !== null) return resolve();
        child.once("close", () => resolve());
        child.stdin?.end();
      }),
  };
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let seen = "";
    child.on("error", reject);
    child.on("close", (code) => reject(new Error(`the server ended with status ${code}`)));
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      seen += text;
      const [line, rest] = seen.split("\n", 2);
      if (line !== undefined && rest !== undefined) resolve(line);
    });
  });
}
