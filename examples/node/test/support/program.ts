import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The folder of the examples. */
export const examples = fileURLToPath(new URL("../..", import.meta.url));
/** The repository. */
export const repository = fileURLToPath(new URL("../../../..", import.meta.url));

const PATIENCE_MS = 60_000;

/** A program that runs: what it prints, and its end. */
export class Program implements AsyncDisposable {
  /** All that it printed, standard error as well. */
  output = "";
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcessWithoutNullStreams;

  /**
   * @param argv program and arguments
   * @param env besides this process's environment
   */
  constructor(argv: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const [program = "", ...rest] = argv;
    this.#child = spawn(program, rest, { cwd: examples, env: { ...process.env, NO_COLOR: "", ...env } });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.output += text;
      });
    this.ended = new Promise((resolve, reject) => {
      this.#child.on("error", reject);
      this.#child.on("close", (code) => resolve(code));
    });
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  /** Types into it. */
  write(text: string): void {
    this.#child.stdin.write(text);
  }

  /** Ends its input. */
  close(): void {
    this.#child.stdin.end();
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Waits until what it printed, from a place on, matches; the match. */
  async shows(pattern: RegExp, from = 0): Promise<RegExpExecArray> {
    const until = Date.now() + PATIENCE_MS;
    for (;;) {
      const found = pattern.exec(this.output.slice(from));
      if (found) return found;
      if (Date.now() > until) throw new Error(`${pattern} did not come; there is:\n${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.ended;
  }
}
