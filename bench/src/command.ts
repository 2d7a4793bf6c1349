import { spawn } from "node:child_process";

/** How a program is started. */
export interface Command {
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Core that it is pinned to. */
  readonly core?: number | undefined;
  readonly cwd?: string;
}

/** The command with what pins it to its core before it. */
export function pinned(command: Command): readonly string[] {
  return command.core === undefined ? command.argv : ["taskset", "-c", String(command.core), ...command.argv];
}

/**
 * Runs a program to its end and returns what it printed.
 *
 * @throws Error with what it wrote to standard error when it fails
 */
export function run(command: Command): Promise<string> {
  const [program = "", ...rest] = pinned(command);
  return new Promise((resolve, reject) => {
    const child = spawn(program, rest, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...command.env },
      cwd: command.cwd,
    });
    let out = "";
    let err = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      out += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      err += text;
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0) resolve(out);
      else reject(new Error(`${command.argv.join(" ")} ended with ${signal ?? `status ${code}`}:\n${err}`));
    });
  });
}

/** The numbers of the JSON object that a program prints as its last line. */
export async function numbersOf(command: Command): Promise<Readonly<Record<string, number>>> {
  const line = (await run(command)).trim().split("\n").at(-1) ?? "";
  const value: unknown = JSON.parse(line);
  if (typeof value !== "object" || value === null) throw new Error(`${command.argv.join(" ")} printed ${line}`);
  for (const [name, number] of Object.entries(value)) {
    if (!Number.isFinite(number)) throw new Error(`${command.argv.join(" ")}: ${name} is ${number}`);
  }
  return value as Record<string, number>;
}
