import { commentLines } from "./comment.js";
import { PrintedFile, type Sym, source } from "./print.js";

/** Symbols of our own headers and of the C library, each with the header that declares it. */
export const lua: (name: string) => Sym = source('"lua_api.h"');
export const support: (name: string) => Sym = source('"raw_support.h"');
export const embed: (name: string) => Sym = source('"embed.h"');
export const llmspell: (name: string) => Sym = source('"llmspell.h"');
export const stdint: (name: string) => Sym = source("<stdint.h>");
export const stddef: (name: string) => Sym = source("<stddef.h>");
export const stdbool: (name: string) => Sym = source("<stdbool.h>");

/** A C source file. */
export class CFile extends PrintedFile {
  constructor(private readonly banner: string) {
    super();
  }

  /** Prints a block comment, wrapped; refuses text that would end it. */
  comment(item: string, text: string): void {
    this.line(blockComment(item, text));
  }

  override toString(): string {
    const includes = [...this.sources].sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
    const head = includes.map((include) => `#include ${include}\n`).join("");
    return `${blockComment("banner", this.banner)}\n${head}\n${this.body()}`;
  }
}

function blockComment(item: string, text: string): string {
  const lines = commentLines("c", item, text).flatMap((line) => wrap(line, 112));
  return `/* ${lines.map((line, index) => (index === 0 || line === "" ? line : `   ${line}`)).join("\n")} */`;
}

function wrap(line: string, width: number): string[] {
  if (line.length <= width) return [line];
  const at = line.lastIndexOf(" ", width);
  return at <= 0 ? [line] : [line.slice(0, at), ...wrap(line.slice(at + 1), width)];
}

/** System headers first, then ours. */
function rank(include: string): number {
  return include.startsWith("<") ? 0 : 1;
}
