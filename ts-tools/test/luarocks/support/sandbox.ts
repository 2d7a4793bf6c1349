import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { inject } from "vitest";

/** The Luas that Debian's LuaRocks serves. */
export const LUAS = ["5.1", "5.2", "5.3", "5.4"] as const;

/** How a program ended. */
export interface Outcome {
  readonly code: number;
  /** What it printed, to both channels. */
  readonly output: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A folder with a home and a LuaRocks tree of its own; nothing that runs in it writes elsewhere, or asks a server. */
export class Sandbox {
  readonly root = mkdtempSync(join(tmpdir(), "llmspell-luarocks-"));
  readonly tree = join(this.root, "tree");
  private readonly environment: Record<string, string>;

  constructor() {
    const config = join(this.root, "config.lua");
    writeFileSync(config, "rocks_servers = {}\n");
    for (const folder of ["home", "tmp", "empty"]) mkdirSync(join(this.root, folder));
    this.environment = {
      ...cleanEnvironment(),
      HOME: join(this.root, "home"),
      TMPDIR: join(this.root, "tmp"),
      LUAROCKS_CONFIG: config,
      CARGO_HOME: process.env["CARGO_HOME"] ?? join(homedir(), ".cargo"),
      RUSTUP_HOME: process.env["RUSTUP_HOME"] ?? join(homedir(), ".rustup"),
      CARGO_TARGET_DIR: inject("target"),
      LLMSPELL_PROFILE: "ci",
      LC_ALL: "C",
    };
  }

  /** A path below the sandbox. */
  path(...parts: string[]): string {
    return join(this.root, ...parts);
  }

  /** Runs a program to its end; in an empty folder unless told otherwise. */
  run(program: string, args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    return new Promise((done, fail) => {
      const env = { ...this.environment, ...options.env };
      const child = spawn(program, args, {
        cwd: options.cwd ?? this.path("empty"),
        env,
        stdio: ["ignore", "pipe", "pipe"],
      });
      let output = "";
      for (const channel of [child.stdout, child.stderr]) channel.on("data", (data) => (output += String(data)));
      child.on("error", fail);
      child.on("close", (code) => done({ code: code ?? -1, output }));
    });
  }

  /** The same for a program that has to succeed; gives what it printed. */
  async ok(program: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
    const { code, output } = await this.run(program, args, options);
    if (code === 0) return output;
    throw new Error(`${program} ${args.join(" ")} ended with ${code}:\n${output}`);
  }

  /** LuaRocks of one Lua, on the sandbox's tree. */
  luarocks(lua: string, args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    return this.run(`luarocks-${lua}`, [`--tree=${this.tree}`, ...args], options);
  }

  /** The same when it has to succeed. */
  luarocksOk(lua: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
    return this.ok(`luarocks-${lua}`, [`--tree=${this.tree}`, ...args], options);
  }

  /** Runs a script in an empty folder, on the paths that LuaRocks tells for the tree and nothing else. */
  async lua(lua: string, script: string, options: RunOptions & { program?: string } = {}): Promise<Outcome> {
    const path = await this.luarocksOk(lua, ["path", "--lr-path"]);
    const cpath = await this.luarocksOk(lua, ["path", "--lr-cpath"]);
    const env = { LUA_PATH: path.trim(), LUA_CPATH: cpath.trim(), ...options.env };
    return this.run(options.program ?? `lua${lua}`, ["-e", script], { ...options, env });
  }

  /** Files of the tree, without the manifest that LuaRocks keeps for itself. */
  files(): string[] {
    return filesBelow(this.tree).filter((path) => !/^lib\/luarocks\/rocks-5\.\d\/manifest$/.test(path));
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** Files and links below a folder, sorted. */
export function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

/** The environment without what would steer make, Lua, LuaRocks or the loader. */
function cleanEnvironment(): Record<string, string> {
  const steering =
    /^(BUILD|PROFILE|CC|CFLAGS|LD|LDFLAGS|LIBFLAG|PREFIX|DESTDIR|LD_LIBRARY_PATH|PKG_CONFIG.*|MAKE.*|MFLAGS|LUA.*|LLMSPELL.*)$/;
  const kept = Object.entries(process.env).filter(([name, value]) => value !== undefined && !steering.test(name));
  return Object.fromEntries(kept) as Record<string, string>;
}
