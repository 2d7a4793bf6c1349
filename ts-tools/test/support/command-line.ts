import { afterEach, beforeEach, vi } from "vitest";
import { createProgram } from "../../src/cli/program.js";

/** `ts-tools`, run in this process, with what it printed. */
export interface CommandLine {
  out: string;
  err: string;
  /** Runs a command and gives its exit code. */
  readonly run: (...args: readonly string[]) => Promise<number>;
}

/** Keeps what is printed from the terminal in each test of a `describe` or file, and the exit code from the test runner. */
export function commandLine(): CommandLine {
  const printed: CommandLine = {
    out: "",
    err: "",
    run: async (...args) => {
      process.exitCode = 0;
      await createProgram().parseAsync(args, { from: "user" });
      return Number(process.exitCode);
    },
  };

  beforeEach(() => {
    Object.assign(printed, { out: "", err: "" });
    vi.spyOn(process.stdout, "write").mockImplementation((text) => {
      printed.out += String(text);
      return true;
    });
    vi.spyOn(process.stderr, "write").mockImplementation((text) => {
      printed.err += String(text);
      return true;
    });
  });

  afterEach(() => {
    vi.restoreAllMocks();
    process.exitCode = undefined;
  });
  return printed;
}
