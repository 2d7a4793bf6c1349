/**
 * Printing that carries its own imports: what a generator prints is text with symbols in it, and a symbol brings what
 * it needs (an include, a declaration, a link target) to the top of the file. No list is kept by hand.
 */

/** A name together with the source that declares it. */
export class Sym {
  constructor(
    /** The name as it is printed. */
    readonly text: string,
    /** What a file that prints it needs; its file decides how that looks. */
    readonly source: string,
  ) {}
}

/** Anything that can stand in a printed line. */
export type Printable = string | number | Sym | readonly Printable[];

/** Makes the symbols of one source: `const lua = source("lua_api.h"); lua("lua_pushnil")`. */
export function source(from: string): (name: string) => Sym {
  return (name) => new Sym(name, from);
}

/** Joins printable parts with a separator. */
export function join(parts: readonly Printable[], separator: string): Printable {
  return parts.flatMap((part, index) => (index === 0 ? [part] : [separator, part]));
}

/** A part made by a template: `code\`${lua("lua_pushnil")}(L);\`` keeps its symbols. */
export function code(strings: TemplateStringsArray, ...values: readonly Printable[]): Printable {
  return strings.flatMap((text, index) => [text, values[index] ?? ""]);
}

/** A file in the making: its lines, and the sources that they need. */
export abstract class PrintedFile {
  protected readonly sources = new Set<string>();
  private readonly lines: string[] = [];

  /** Prints lines: `file.print\`int ${name};\``. A text of several lines keeps them. */
  print(strings: TemplateStringsArray, ...values: readonly Printable[]): void {
    this.line(code(strings, ...values));
  }

  /** Prints one part as a line. */
  line(part: Printable): void {
    this.lines.push(this.flatten(part));
  }

  /** The whole file as text. */
  abstract toString(): string;

  protected body(): string {
    return `${this.lines.join("\n")}\n`;
  }

  private flatten(part: Printable): string {
    if (typeof part === "string") return part;
    if (typeof part === "number") return String(part);
    if (part instanceof Sym) {
      this.sources.add(part.source);
      return part.text;
    }
    return part.map((inner) => this.flatten(inner)).join("");
  }
}
