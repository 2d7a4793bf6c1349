import { constantText, functionDeclaration, typeDeclaration } from "../ir/declare.js";
import { functionPrefix } from "../ir/names.js";
import type { Api, ApiFunction, ApiType, Layer, Ownership, Param, Return } from "../ir/types.js";
import { summary } from "./comment.js";
import { MarkdownFile } from "./markdown-file.js";
import type { Printable } from "./print.js";

const BANNER = "Written by `ts-tools emit` from llmspell-c-api/abi/api.json; change the C API and run `make gen`.";

const LAYERS: readonly { readonly layer: Layer; readonly title: string; readonly about: string }[] = [
  {
    layer: "full",
    title: "Full layer",
    about: "Handles, a queue of events, and replies: what every language binding is made of.",
  },
  {
    layer: "plain",
    title: "Plain layer",
    about:
      "One blocking call for each message, tools as callbacks on the calling thread: for C programs that want no more.",
  },
  {
    layer: "shim",
    title: "Shim layer",
    about: "For hand-written shims that build the values of their language; no generated binding has it.",
  },
];

/** Prints the reference of the C API as Markdown, by layer and object. */
export function reference(api: Api): string {
  return new ReferencePrinter(api).print();
}

class ReferencePrinter {
  private readonly file = new MarkdownFile(BANNER);
  private readonly names: ReadonlySet<string>;

  constructor(private readonly api: Api) {
    this.names = new Set([...api.types, ...api.functions, ...api.constants].map((item) => item.name));
  }

  print(): string {
    const { file } = this;
    file.heading(1, "C API reference");
    file.print`\`#include "llmspell.h"\`. Every item with its types, who owns what, and since when it is there.`;
    file.print``;
    this.contents();
    for (const { layer, title, about } of LAYERS) {
      if (!this.has(layer)) continue;
      file.heading(2, title);
      file.print`${about}`;
      file.print``;
      this.constants(layer);
      for (const object of this.objects(layer)) this.object(layer, object);
    }
    return file.toString();
  }

  private has(layer: Layer): boolean {
    return [...this.api.types, ...this.api.functions, ...this.api.constants].some((item) => item.layer === layer);
  }

  private contents(): void {
    for (const { layer, title } of LAYERS) {
      if (!this.has(layer)) continue;
      this.file.print`- ${this.file.link(title)}`;
      for (const object of this.objects(layer)) {
        const functions = this.functions(layer, object).map((fn) => fn.name);
        const types = this.types(layer, object).map((type) => type.name);
        const links = [...types, ...functions].flatMap((name, index) => [
          index === 0 ? "" : ", ",
          this.file.link(name),
        ]);
        this.file.print`  - ${object ?? "library"}: ${links}`;
      }
    }
    this.file.print``;
  }

  /** Objects of a layer in the order of their first function; what belongs to none comes first. */
  private objects(layer: Layer): (string | undefined)[] {
    const found = this.api.functions
      .filter((fn) => fn.layer === layer && fn.object !== undefined)
      .map((fn) => fn.object);
    const handles = this.api.types
      .filter((type) => type.layer === layer && type.kind === "opaque")
      .map((type) => type.name);
    const named = [...new Set([...found, ...handles])];
    const loose = this.functions(layer, undefined).length + this.types(layer, undefined).length;
    return loose === 0 ? named : [undefined, ...named];
  }

  private functions(layer: Layer, object: string | undefined): ApiFunction[] {
    return this.api.functions.filter((fn) => fn.layer === layer && fn.object === object);
  }

  private types(layer: Layer, object: string | undefined): ApiType[] {
    return this.api.types.filter((type) => type.layer === layer && this.home(type) === object);
  }

  /** The object that a type is shown under: itself for a handle, the handle whose name begins its own for a struct. */
  private home(type: ApiType): string | undefined {
    if (type.kind === "opaque") return type.name;
    return this.api.types
      .filter((other) => other.kind === "opaque" && other.layer === type.layer)
      .find((other) => functionPrefix(type.name).startsWith(`${functionPrefix(other.name)}_`))?.name;
  }

  private constants(layer: Layer): void {
    const constants = this.api.constants.filter((constant) => constant.layer === layer);
    if (constants.length === 0) return;
    const { file } = this;
    file.heading(3, layer === "full" ? "Constants" : `Constants of the ${layer} layer`);
    file.print`| name | value | meaning |`;
    file.print`|---|---|---|`;
    for (const constant of constants)
      file.print`| \`${constant.name}\` | \`${constantText(constant)}\` | ${cell(constant.doc)} |`;
    file.print``;
  }

  private object(layer: Layer, object: string | undefined): void {
    for (const type of this.types(layer, object)) this.type(type);
    for (const fn of this.functions(layer, object)) this.fn(fn);
  }

  private type(type: ApiType): void {
    const { file } = this;
    file.heading(3, type.name);
    this.declaration(typeDeclaration(type));
    file.line(this.linked(type.doc, type.name));
    file.print``;
    if (type.kind === "struct") {
      for (const field of type.fields) file.print`- \`${field.name}\`: ${this.linked(flat(field.doc), type.name)}`;
      file.print``;
    }
    if (type.kind === "opaque" && type.free !== undefined) {
      file.print`Freed by ${this.linked(type.free, type.name)}.`;
      file.print``;
    }
    if (type.kind === "callback") this.values(type.params, type.returns, type.name);
    this.since(type.since);
  }

  private fn(fn: ApiFunction): void {
    const { file } = this;
    file.heading(3, fn.name);
    this.declaration(functionDeclaration(fn));
    file.line(this.linked(fn.doc, fn.name));
    file.print``;
    this.values(fn.params, fn.returns, fn.name);
    if (fn.blocking) {
      file.print`Blocks while it waits.`;
      file.print``;
    }
    this.since(fn.since);
  }

  private values(params: readonly Param[], returns: Return, item: string): void {
    const lines = params.flatMap((param) => this.value(`\`${param.name}\``, param, item));
    const result = this.value("returns", returns, item);
    for (const line of [...lines, ...result]) this.file.print`- ${line}`;
    if (lines.length + result.length > 0) this.file.print``;
  }

  /** What is to know about a parameter or the returned value beside its type, if anything. */
  private value(name: string, value: Param | Return, item: string): Printable[] {
    const facts: Printable[] = [];
    if (value.role.kind === "string_in") facts.push(`text of \`${value.role.length}\` bytes`);
    if (value.role.kind.startsWith("out_") || value.role.kind === "error_out") facts.push("output");
    if (value.ownership !== undefined) facts.push(this.owner(value.ownership, item));
    if (value.nullable) facts.push("may be NULL");
    if (facts.length === 0) return [];
    return [[`${name}: `, facts.flatMap((fact, index) => (index === 0 ? [fact] : ["; ", fact]))]];
  }

  private owner(ownership: Ownership, item: string): Printable {
    switch (ownership.kind) {
      case "borrowed":
        return `borrowed ${ownership.until}`;
      case "owned":
        return ["yours, freed by ", this.linked(ownership.free, item)];
      case "consumed":
        return "taken by the call";
    }
  }

  private since(version: string | undefined): void {
    if (version === undefined) return;
    this.file.print`Since ${version}.`;
    this.file.print``;
  }

  private declaration(text: string): void {
    this.file.line(`\`\`\`c\n${text}\n\`\`\`\n`);
  }

  /** A text with the names of other types and functions in it as links. */
  private linked(text: string, self: string): Printable {
    const constants = new Set(this.api.constants.map((constant) => constant.name));
    return text.split(/(`[^`]*`|\b[A-Za-z_][A-Za-z0-9_]*\b)/).map((part): Printable => {
      const isLink = this.names.has(part) && part !== self && !constants.has(part);
      return isLink ? this.file.link(part) : part;
    });
  }
}

function flat(text: string): string {
  return text.replace(/\s*\n\s*/g, " ").trim();
}

function cell(doc: string): string {
  return flat(summary(doc)).replaceAll("|", "\\|");
}
