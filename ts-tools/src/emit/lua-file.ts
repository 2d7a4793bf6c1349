import { commentLines } from "./comment.js";
import { PrintedFile, Sym } from "./print.js";

/** How a class is declared in a LuaCATS file. */
export interface LuaClass {
  readonly name: string;
  readonly doc: string;
}

/** A LuaCATS definition file: printing a class's symbol brings its declaration. */
export class LuaMetaFile extends PrintedFile {
  private readonly classes = new Map<string, LuaClass>();

  constructor(
    private readonly module: string,
    private readonly banner: string,
  ) {
    super();
  }

  /** The symbol of a class with a `close` method. */
  class(declared: LuaClass): Sym {
    this.classes.set(declared.name, declared);
    return new Sym(declared.name, declared.name);
  }

  /** Prints `---` lines. */
  doc(item: string, text: string): void {
    for (const line of docLines(item, text)) this.line(line);
  }

  override toString(): string {
    const declared = [...this.classes.values()].filter((known) => this.sources.has(known.name));
    const classes = declared.map(({ name, doc }) => {
      const lines = [...docLines(name, doc), `---@class ${name} : userdata`, `local ${localName(name)} = {}`];
      const close = [
        "---Gives the object up; calling it again does nothing.",
        `function ${localName(name)}:close() end`,
      ];
      return `${[...lines, "", ...close].join("\n")}\n\n`;
    });
    const banner = commentLines("lua", "banner", this.banner).map((line) => `-- ${line}`.trimEnd());
    return `---@meta ${this.module}\n${banner.join("\n")}\n\n${classes.join("")}${this.body()}`;
  }
}

function docLines(item: string, text: string): string[] {
  // a line that begins with @ would be read as an annotation
  return commentLines("lua", item, text).map((line) => `---${line.replace(/^(\s*)@/, "$1\\@")}`);
}

function localName(className: string): string {
  return className.replace(/^.*\./, "");
}
