import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { attach, type NeovimClient } from "neovim";
import { BARE, environment } from "./programs.js";
import { Screen } from "./screen.js";

const [WIDTH, HEIGHT] = [100, 30];

/** A Neovim with a screen and somebody who types. */
export class Embedded {
  readonly screen = new Screen(WIDTH, HEIGHT);
  private stderr = "";

  private constructor(
    readonly nvim: NeovimClient,
    readonly folder: string,
    private readonly process: ChildProcess,
  ) {
    process.stderr?.on("data", (bytes) => {
      this.stderr += bytes;
    });
    nvim.on("notification", (method: string, args: never[]) => {
      if (method === "redraw") this.screen.redraw(args);
    });
  }

  /** Starts Neovim; `files` are written into its working folder first, `env` are more variables. */
  static async start(
    program: string,
    wanted: { args?: string[]; files?: Record<string, string>; env?: Record<string, string> } = {},
  ): Promise<Embedded> {
    const folder = mkdtempSync(join(tmpdir(), "llmspell-nvim-"));
    for (const [name, text] of Object.entries(wanted.files ?? {})) writeFileSync(join(folder, name), text);
    const child = spawn(program, ["--embed", ...BARE, ...(wanted.args ?? [])], {
      cwd: folder,
      env: environment(folder, wanted.env),
      stdio: ["pipe", "pipe", "pipe"],
    });
    const embedded = new Embedded(attach({ proc: child }), folder, child);
    await embedded.nvim.uiAttach(WIDTH, HEIGHT, { ext_linegrid: true } as never);
    return embedded;
  }

  /** Runs Lua and gives what it returns; an error in it is thrown. */
  async lua(code: string): Promise<unknown> {
    return this.nvim.lua(code, []);
  }

  /** Types keys, in Neovim's notation. */
  async keys(keys: string): Promise<void> {
    await this.nvim.input(keys);
  }

  /** Waits until the screen shows something. */
  async shows(wanted: RegExp, limit = 30_000): Promise<void> {
    await this.until(String(wanted), () => wanted.test(this.screen.text()), limit);
  }

  /** Waits until something holds that nobody tells of. */
  async until(what: string, holds: () => unknown, limit = 30_000): Promise<void> {
    const began = Date.now();
    while (!(await holds())) {
      if (Date.now() - began > limit)
        throw new Error(`not within ${limit} ms: ${what}\n${this.screen.text()}\n${this.stderr}`);
      await new Promise((wake) => setTimeout(wake, 20));
    }
  }

  /** Waits until Neovim has ended; gives its code and what it wrote as errors. */
  async ended(limit = 30_000): Promise<{ code: number | null; stderr: string }> {
    await this.until("Neovim ends", () => this.process.exitCode !== null || this.process.signalCode !== null, limit);
    return { code: this.process.exitCode, stderr: this.stderr };
  }

  /** Ends Neovim if it runs and removes its folder. */
  async stop(): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      this.process.kill("SIGKILL");
      await new Promise((done) => this.process.once("exit", done));
    }
    this.nvim.removeAllListeners();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
