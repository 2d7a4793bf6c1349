import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { tempFolder } from "../support/temp.js";

/**
 * What clang says about a header: facts about every item, by place: `function llmspell_x: parameter 2` → `size_t len`.
 * It shares no code with the parser of `src/header`.
 */
export type Facts = ReadonlyMap<string, string>;

/** A node of `-ast-dump=json`, as far as it is read here. */
interface Node {
  readonly id: string;
  readonly kind: string;
  readonly name?: string;
  readonly type?: { readonly qualType: string };
  readonly decl?: { readonly id: string };
  readonly inner?: readonly Node[];
  readonly completeDefinition?: boolean;
  readonly tagUsed?: string;
  readonly storageClass?: string;
  readonly inline?: boolean;
  readonly variadic?: boolean;
  readonly isBitfield?: boolean;
}

/** Reads a header with clang: its syntax tree for types and functions, its preprocessor and a program for constants. */
export function factsOf(header: string): Facts {
  // clang writes `bool` where it can and `_Bool` elsewhere
  const dump = clang(["-std=c99", "-x", "c", "-Xclang", "-ast-dump=json", "-fsyntax-only", header]).replaceAll(
    "_Bool",
    "bool",
  );
  const ast = JSON.parse(dump) as Node;
  const facts = new Map<string, string>();
  const reader = new TreeReader(facts, itemsIn(ast, header));
  reader.read();
  for (const [name, value] of constants(header)) facts.set(`constant ${name}`, value);
  return facts;
}

/** Runs clang and gives what it printed; what it complains about is the error's message. */
export function clang(args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync("clang", args, { encoding: "utf8", maxBuffer: 1 << 28 });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

/** The top-level items that stand in one file. A location names its file only where that differs from the one before. */
function itemsIn(root: Node, file: string): Node[] {
  let current = "";
  const follow = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      if (key === "includedFrom") continue;
      if (key === "file" && typeof inner === "string" && "offset" in value) current = inner;
      follow(inner);
    }
  };
  return (root.inner ?? []).filter((node) => {
    follow({ loc: (node as { loc?: unknown }).loc });
    const isHere = current === file;
    follow({ ...node, loc: undefined });
    return isHere && !("isImplicit" in node);
  });
}

class TreeReader {
  private readonly byId: ReadonlyMap<string, Node>;
  private readonly named = new Set<string>();

  constructor(
    private readonly facts: Map<string, string>,
    private readonly items: readonly Node[],
  ) {
    this.byId = new Map(items.map((node) => [node.id, node]));
  }

  read(): void {
    for (const node of this.items) {
      if (node.kind === "FunctionDecl") this.fn(node);
      else if (node.kind === "TypedefDecl") this.typedef(node);
      else if (node.kind !== "RecordDecl") this.add(`declaration ${node.name ?? node.id}`, node.kind);
    }
    for (const node of this.items) {
      const isLoose = node.kind === "RecordDecl" && !this.named.has(node.id) && !this.isForward(node);
      if (isLoose) this.add(`declaration ${node.name ?? node.id}`, node.kind);
    }
  }

  private fn(node: Node): void {
    const item = `function ${node.name}`;
    const type = node.type?.qualType ?? "";
    const params = (node.inner ?? []).filter((inner) => inner.kind === "ParmVarDecl");
    this.add(item, "declared");
    this.add(`${item}: returned type`, type.slice(0, parameters(type)).trim());
    this.add(`${item}: number of parameters`, String(params.length));
    for (const [index, param] of params.entries()) {
      this.add(`${item}: parameter ${index + 1}`, `${param.type?.qualType} named ${param.name ?? "nothing"}`);
    }
    if (node.variadic) this.add(`${item}: number of parameters`, `${params.length} and any more`);
    if (node.storageClass !== undefined) this.add(`${item}: storage`, node.storageClass);
    if (node.inline) this.add(`${item}: storage`, "inline");
    this.attributes(item, node);
  }

  private typedef(node: Node): void {
    const item = `type ${node.name}`;
    const record = this.record(node.inner?.[0]);
    this.attributes(item, node);
    if (record === undefined) {
      this.add(item, `typedef of ${this.aliased(node)}`);
      return;
    }
    this.named.add(record.id);
    this.attributes(item, record);
    if (!record.completeDefinition) {
      this.add(item, `opaque ${record.tagUsed}`);
      return;
    }
    const fields = (record.inner ?? []).filter((inner) => inner.kind === "FieldDecl");
    this.add(item, `${record.tagUsed} with fields`);
    this.add(`${item}: number of fields`, String(fields.length));
    for (const [index, field] of fields.entries()) {
      const bits = field.isBitfield ? " (some bits)" : "";
      this.add(`${item}: field ${index + 1}`, `${field.type?.qualType}${bits} named ${field.name ?? "nothing"}`);
      this.attributes(`${item}: field ${index + 1}`, field);
    }
  }

  /** The struct or union that a typedef names, with its fields where they are written. */
  private record(type: Node | undefined): Node | undefined {
    if (type?.kind === "ElaboratedType") return this.record(type.inner?.[0]);
    if (type?.kind !== "RecordType" || type.decl === undefined) return undefined;
    const found = this.byId.get(type.decl.id);
    const whole = this.items.find((node) => {
      return (
        node.kind === "RecordDecl" && node.completeDefinition && node.name === found?.name && found?.name !== undefined
      );
    });
    return whole ?? found;
  }

  /** A struct's tag that is declared again, before or after its fields. */
  private isForward(node: Node): boolean {
    return this.items.some((other) => this.named.has(other.id) && other.name !== undefined && other.name === node.name);
  }

  /** What a typedef stands for, through the typedefs of the same header. */
  private aliased(node: Node): string {
    const target = node.inner?.[0];
    const next = target?.kind === "TypedefType" ? this.byId.get(target.decl?.id ?? "") : undefined;
    return next === undefined ? (node.type?.qualType ?? "") : this.aliased(next);
  }

  private attributes(item: string, node: Node): void {
    for (const { kind } of node.inner ?? []) {
      if (kind.endsWith("Attr")) this.add(`${item}: attribute ${kind}`, "there");
    }
  }

  private add(place: string, fact: string): void {
    this.facts.set(place, fact);
  }
}

/** Where a function type's own parameter list begins: at the bracket that the last one closes. */
function parameters(type: string): number {
  let depth = 0;
  for (let at = type.length - 1; at >= 0; at--) {
    if (type[at] === ")") depth++;
    if (type[at] === "(" && --depth === 0) return at;
  }
  return type.length;
}

/** Names that a header defines, but for its include guard; those that take arguments or have no value as such. */
function macros(header: string): { readonly name: string; readonly oddity?: string }[] {
  const found = new Map<string, { name: string; oddity?: string }>();
  let inHeader = false;
  let isGuard = true;
  for (const line of clang(["-std=c99", "-x", "c", "-E", "-dD", header]).split("\n")) {
    const marker = /^# \d+ "(.*)"/.exec(line);
    if (marker !== null) inHeader = marker[1] === header;
    const macro = /^#define (\w+)(\([^)]*\))?\s*(.*)$/.exec(line);
    if (!inHeader || macro?.[1] === undefined) continue;
    const [, name, args, value] = macro;
    const guard = isGuard && value === "" && args === undefined;
    isGuard = false;
    if (guard) continue;
    if (args !== undefined) found.set(name, { name, oddity: "a macro with arguments" });
    else found.set(name, value === "" ? { name, oddity: "a macro without a value" } : { name });
  }
  return [...found.values()];
}

/** The constants of a header with type and value, as a program that clang compiles tells them. */
function constants(header: string): [string, string][] {
  const all = macros(header);
  const plain = all.filter(({ oddity }) => oddity === undefined);
  const odd = all.flatMap(({ name, oddity }): [string, string][] => (oddity === undefined ? [] : [[name, oddity]]));
  const numbers = ["int", "unsigned int", "long", "unsigned long", "long long", "unsigned long long"];
  const source = `#include "${header}"
#include <stdio.h>
#define TYPE(x) _Generic((x), ${numbers.map((type) => `${type}: "${type}"`).join(", ")}, \\
  double: "double", float: "float", char *: "text", default: "other")
static void show_number(const char *name, const char *type, long long value) { printf("%s\\t%s %lld\\n", name, type, value); }
static void show_double(const char *name, const char *type, double value) { printf("%s\\t%s %a\\n", name, type, value); }
static void show_text(const char *name, const char *type, const char *value) { printf("%s\\t%s %s\\n", name, type, value); }
#define SHOW(x) _Generic((x), char *: show_text, double: show_double, float: show_double, default: show_number)(#x, TYPE(x), x);
int main(void)
{
${plain.map(({ name }) => `    SHOW(${name})`).join("\n")}
    return 0;
}
`;
  const folder = tempFolder();
  const program = join(folder, basename(header, ".h"));
  writeFileSync(`${program}.c`, source);
  clang(["-std=c11", "-w", "-o", program, `${program}.c`]);
  const { stdout } = spawnSync(program, { encoding: "utf8" });
  const shown = stdout.split("\n").filter((line) => line !== "");
  return [...odd, ...shown.map((line) => line.split("\t") as [string, string])];
}
