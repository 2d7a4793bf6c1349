import { ProblemError } from "../problem.js";
import { CFile, embed } from "./c-file.js";
import type { Printable } from "./print.js";

/** A Lua source file of the driver. */
export interface DriverFile {
  /** Path below the driver's folder with `/`, e.g. `llmspell/agent.lua`. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

const BANNER = `The driver's Lua files as bytes, so that a build needs no tool and an installation no second file.

Written by \`ts-tools embed\` from bindings/lua/lua; change those files and run \`make gen\`.`;

const BYTES_PER_LINE = 24;

/** `llmspell/agent.lua` → `llmspell.agent`, `llmspell/init.lua` → `llmspell`. */
export function moduleName(path: string): string {
  return path
    .replace(/\.lua$/, "")
    .replace(/\/init$/, "")
    .replaceAll("/", ".");
}

function fail(path: string, module: string, message: string): never {
  throw new ProblemError([{ file: path, line: 1, item: module, message }]);
}

/** Prints the driver's files as C arrays, by module name, with a table that ends with a NULL name. */
export function embedDriver(files: readonly DriverFile[]): string {
  const modules = files.map((file) => ({ ...file, name: moduleName(file.path) }));
  modules.sort((a, b) => (a.name < b.name ? -1 : 1));
  const out = new CFile(BANNER);
  const entries: Printable[] = [];
  for (const [index, { name, path, bytes }] of modules.entries()) {
    if (bytes.length === 0) fail(path, name, "is empty; write what it returns, or remove it");
    if (modules[index - 1]?.name === name) fail(path, name, "has a second file; write it once");
    out.comment(path, path);
    out.print`static const unsigned char ls_driver_${index}[] = {`;
    for (let at = 0; at < bytes.length; at += BYTES_PER_LINE) {
      out.print`    ${bytes.subarray(at, at + BYTES_PER_LINE).join(", ")},`;
    }
    out.print`};`;
    out.print``;
    entries.push(["    {", `"${name}", ls_driver_${index}, sizeof ls_driver_${index}`, "},"]);
  }
  out.print`const ${embed("ls_chunk")} ${embed("ls_embedded")}[] = {`;
  for (const entry of entries) out.line(entry);
  out.print`    {0, 0, 0},`;
  out.print`};`;
  return out.toString();
}
