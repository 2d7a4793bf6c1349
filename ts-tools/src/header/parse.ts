import { type Declarator, TypeReader } from "./ctype.js";
import { isDocComment, parseDoc } from "./doc.js";
import { stripCppGuards } from "./guards.js";
import type { Declaration, Doc, FieldDecl } from "./model.js";
import { Report } from "./report.js";
import { excerpt, lineOf, meaningful, type SyntaxNode, withSyntax } from "./syntax.js";

/** What a header declares, in its order, and what is wrong with it. */
export interface Header {
  readonly declarations: readonly Declaration[];
  readonly report: Report;
}

/**
 * Reads a C header strictly: what is not understood is a problem, never skipped.
 *
 * @param text the header
 * @param file its name as messages show it
 */
export async function parseHeader(text: string, file: string): Promise<Header> {
  return withSyntax(stripCppGuards(text), (root) => {
    const reader = new HeaderReader(new Report(file), declaredTypes(root));
    reader.syntaxErrors(root);
    reader.scope(root);
    const { declarations, report } = reader;
    if (declarations.length === 0) report.add(1, "header", "declares nothing; write at least one documented function");
    return { declarations, report };
  });
}

function declaredTypes(root: SyntaxNode): Set<string> {
  const names = new Set<string>();
  for (const node of root.descendantsOfType("type_definition")) {
    for (const name of node?.descendantsOfType("type_identifier") ?? []) {
      if (name !== null) names.add(name.text);
    }
  }
  return names;
}

class HeaderReader {
  readonly declarations: Declaration[] = [];

  constructor(
    readonly report: Report,
    private readonly knownTypes: ReadonlySet<string>,
  ) {}

  /** Reports every place where the grammar gave up. */
  syntaxErrors(node: SyntaxNode): void {
    if (node.isMissing) {
      this.report.add(lineOf(node), "syntax", `\`${node.type}\` is missing here; write it`);
    } else if (node.isError) {
      const advice = "write plain C99 (a comment that holds `*/` ends there)";
      this.report.add(lineOf(node), "syntax", `cannot parse \`${excerpt(node)}\`; ${advice}`);
    } else if (node.hasError) {
      for (const child of node.children) this.syntaxErrors(child);
    }
  }

  /** Reads the items of a file or of its include guard. */
  scope(parent: SyntaxNode): void {
    let comment: SyntaxNode | undefined;
    for (const node of parent.children) {
      if (node.type === "comment") {
        this.dangling(comment);
        comment = isDocComment(node.text) ? node : undefined;
        continue;
      }
      if (!node.isNamed && node.type !== ";") continue;
      if (this.isGuardPart(parent, node)) continue;
      if (node.type === "preproc_include" || (node.type === "preproc_ifdef" && parent.type === "translation_unit")) {
        this.dangling(comment);
        if (node.type === "preproc_ifdef") this.guard(node);
      } else {
        this.item(node, comment);
      }
      comment = undefined;
    }
    this.dangling(comment);
  }

  private dangling(comment: SyntaxNode | undefined): void {
    if (comment === undefined) return;
    this.report.add(lineOf(comment), "comment", "documents nothing; write `/*`, or put it right before an item");
  }

  private isGuardPart(parent: SyntaxNode, node: SyntaxNode): boolean {
    if (parent.type !== "preproc_ifdef") return false;
    const name = parent.childForFieldName("name");
    if (name !== null && node.id === name.id) return true;
    return (
      node.type === "preproc_def" &&
      node.childForFieldName("value") === null &&
      node.childForFieldName("name")?.text === name?.text
    );
  }

  private guard(node: SyntaxNode): void {
    if (node.child(0)?.type !== "#ifndef") {
      this.report.add(lineOf(node), excerpt(node), "condition around declarations; write them unconditionally");
      return;
    }
    this.scope(node);
  }

  private item(node: SyntaxNode, comment: SyntaxNode | undefined): void {
    if (node.hasError) return; // reported as syntax
    switch (node.type) {
      case "preproc_def":
        this.constant(node, comment);
        break;
      case "type_definition":
        this.typeDefinition(node, comment);
        break;
      case "declaration":
        this.prototype(node, comment);
        break;
      default: {
        const what = `cannot read \`${excerpt(node)}\` (${node.type})`;
        this.report.add(lineOf(node), "header", `${what}; write a constant, a typedef or a prototype`);
      }
    }
  }

  private constant(node: SyntaxNode, comment: SyntaxNode | undefined): void {
    const name = node.childForFieldName("name")?.text ?? "";
    const doc = this.doc(node, comment, name, "constant");
    const written = node.childForFieldName("value")?.text.trim() ?? "";
    const value = constantValue(written);
    if (value === undefined) {
      this.report.add(lineOf(node), name, `value \`${written}\` is not a constant; write a whole number or a "text"`);
      return;
    }
    this.declarations.push({ kind: "constant", name, line: lineOf(node), doc, value });
  }

  private typeDefinition(node: SyntaxNode, comment: SyntaxNode | undefined): void {
    const line = lineOf(node);
    const struct = meaningful(node).find((child) => child.type === "struct_specifier");
    if (struct !== undefined) {
      this.struct(node, struct, comment);
      return;
    }
    const reader = this.reader(excerpt(node));
    const read = reader.declaration(node);
    const doc = this.doc(node, comment, read?.name ?? excerpt(node), "type");
    if (read === undefined) return;
    const { name, type } = read;
    if (type.kind === "pointer" && type.to.kind === "function") {
      this.declarations.push({ kind: "callback", name, line, doc, type: type.to });
    } else if (type.kind === "named") {
      this.declarations.push({ kind: "alias", name, line, doc, type });
    } else {
      this.report.add(line, name, "a typedef of a pointer hides it; write the `*` where the type is used");
    }
  }

  private struct(node: SyntaxNode, struct: SyntaxNode, comment: SyntaxNode | undefined): void {
    const line = lineOf(node);
    const tag = struct.childForFieldName("name")?.text;
    const body = struct.childForFieldName("body");
    const [declarator, ...more] = meaningful(node).filter((child) => child.id !== struct.id);
    const name = declarator?.text ?? tag ?? "";
    const doc = this.doc(node, comment, name, "type");
    if (declarator?.type !== "type_identifier" || more.length > 0) {
      this.report.add(line, name, `cannot read \`${excerpt(node)}\`; write \`typedef struct name name;\``);
    } else if (tag !== undefined && tag !== name) {
      this.report.add(line, name, `struct tag \`${tag}\` differs from the type's name; write \`struct ${name}\``);
    } else if (body === null) {
      this.declarations.push({ kind: "opaque", name, line, doc });
    } else {
      this.declarations.push({ kind: "struct", name, line, doc, fields: this.fields(body, name) });
    }
  }

  private fields(body: SyntaxNode, owner: string): FieldDecl[] {
    const fields: FieldDecl[] = [];
    let comment: SyntaxNode | undefined;
    for (const node of body.children) {
      if (node.type === "comment") {
        this.dangling(comment);
        comment = isDocComment(node.text) ? node : undefined;
        continue;
      }
      if (!node.isNamed) continue;
      const read = this.reader(owner).declaration(node);
      const item = `${owner}.${read?.name ?? excerpt(node)}`;
      const doc = this.doc(node, comment, item, "field");
      comment = undefined;
      if (read !== undefined) fields.push({ name: read.name, line: lineOf(node), doc, type: read.type });
    }
    this.dangling(comment);
    return fields;
  }

  private prototype(node: SyntaxNode, comment: SyntaxNode | undefined): void {
    const name = declaredName(node) ?? excerpt(node);
    const doc = this.doc(node, comment, name, "function");
    const read: Declarator | undefined = this.reader(name).declaration(node);
    if (read === undefined) return;
    if (read.type.kind !== "function") {
      this.report.add(lineOf(node), name, "a variable in a header; write a function or a constant");
      return;
    }
    this.declarations.push({ kind: "function", name: read.name, line: lineOf(node), doc, type: read.type });
  }

  private reader(item: string): TypeReader {
    return new TypeReader(this.report, this.knownTypes, item);
  }

  private doc(node: SyntaxNode, comment: SyntaxNode | undefined, item: string, what: string): Doc | undefined {
    const doc = comment && parseDoc(comment.text, lineOf(comment), item, this.report);
    if (doc === undefined || doc.text === "") {
      this.report.add(lineOf(node), item, `undocumented ${what}; write a \`/** … */\` comment right before it`);
    }
    return doc;
  }
}

function declaredName(node: SyntaxNode): string | undefined {
  let declarator = node.childForFieldName("declarator");
  while (declarator !== null && declarator.type !== "identifier") {
    declarator = declarator.childForFieldName("declarator");
  }
  return declarator?.text;
}

function constantValue(written: string): number | string | undefined {
  if (/^-?(0|[1-9][0-9]*)$/.test(written)) {
    const value = Number(written);
    return Number.isSafeInteger(value) ? value : undefined;
  }
  // escapes would need C's rules; the header has no use for them
  return /^"([^"\\]*)"$/.exec(written)?.[1];
}
