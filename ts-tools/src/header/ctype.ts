import { type CParam, type CType, SCALAR_TYPES } from "./model.js";
import type { Report } from "./report.js";
import { excerpt, lineOf, meaningful, type SyntaxNode } from "./syntax.js";

/** A declared name with its type, or nothing when it could not be read (which was reported). */
export interface Declarator {
  readonly name: string;
  readonly type: CType;
}

/** Types of C that a header may use without declaring them. */
export const BASE_TYPES: ReadonlySet<string> = new Set(["void", "char", ...SCALAR_TYPES]);

/** Reads the types and names in one declaration; `item` is what messages name. */
export class TypeReader {
  constructor(
    private readonly report: Report,
    private readonly knownTypes: ReadonlySet<string>,
    private readonly item: string,
  ) {}

  /** Reads specifiers and the one declarator of a declaration, field or parameter. */
  declaration(node: SyntaxNode): Declarator | undefined {
    let isConst = false;
    let base: string | undefined;
    const declarators: SyntaxNode[] = [];
    for (const child of meaningful(node)) {
      switch (child.type) {
        case "type_qualifier":
          if (child.text === "const") isConst = true;
          else return this.unexpected(child);
          break;
        case "primitive_type":
        case "type_identifier":
          if (base === undefined) base = child.text;
          else declarators.push(child);
          break;
        case "sized_type_specifier":
          return this.unknownType(child);
        case "struct_specifier":
          this.report.add(lineOf(child), this.item, `\`${excerpt(child)}\` as a type; write the typedef's name`);
          return undefined;
        default:
          // enums, unions, storage classes, attributes, bit fields: nothing an API across languages can carry
          if (!/(^|_)(declarator|identifier)$/.test(child.type)) return this.unexpected(child);
          declarators.push(child);
      }
    }
    if (base === undefined) return this.unexpected(node);
    if (!BASE_TYPES.has(base) && !this.knownTypes.has(base)) return this.unknownType(node, base);
    if (declarators.length > 1) {
      this.report.add(
        lineOf(node),
        this.item,
        "several declarators in one declaration; write one declaration for each",
      );
      return undefined;
    }
    const type: CType = { kind: "named", name: base, isConst };
    const [declarator] = declarators;
    return declarator === undefined ? { name: "", type } : this.declarator(declarator, type);
  }

  private declarator(node: SyntaxNode, type: CType): Declarator | undefined {
    switch (node.type) {
      case "identifier":
      case "field_identifier":
      case "type_identifier":
        return { name: node.text, type };
      case "parenthesized_declarator":
        return this.inner(node, type);
      case "pointer_declarator":
      case "abstract_pointer_declarator": {
        const isConst = meaningful(node).some((child) => child.type === "type_qualifier" && child.text === "const");
        return this.inner(node, { kind: "pointer", to: type, isConst });
      }
      case "function_declarator": {
        const list = node.childForFieldName("parameters");
        const declared = node.childForFieldName("declarator");
        if (list === null || declared === null) return this.unexpected(node);
        const params = this.parameters(list);
        if (params === undefined) return undefined;
        return this.declarator(declared, { kind: "function", params, returns: type });
      }
      default:
        return this.unexpected(node);
    }
  }

  private inner(node: SyntaxNode, type: CType): Declarator | undefined {
    const rest = meaningful(node).filter((child) => !(child.type === "type_qualifier" && child.text === "const"));
    const [only, ...more] = rest;
    if (only === undefined) return { name: "", type };
    if (more.length > 0) return this.unexpected(node);
    return this.declarator(only, type);
  }

  private parameters(list: SyntaxNode): CParam[] | undefined {
    const nodes = meaningful(list);
    if (nodes.length === 0) {
      this.report.add(lineOf(list), this.item, "`()` takes any arguments in C; write `(void)`");
      return undefined;
    }
    if (nodes.length === 1 && nodes[0]?.text === "void") return [];
    const params: CParam[] = [];
    let complete = true;
    for (const node of nodes) {
      const read = node.type === "parameter_declaration" ? this.declaration(node) : this.unexpected(node);
      if (read === undefined) {
        complete = false;
        continue;
      }
      if (read.name === "") {
        this.report.add(lineOf(node), this.item, `parameter \`${excerpt(node)}\` has no name; write one`);
        complete = false;
        continue;
      }
      params.push({ name: read.name, type: read.type, line: lineOf(node) });
    }
    return complete ? params : undefined;
  }

  private unexpected(node: SyntaxNode): undefined {
    const what = `cannot read \`${excerpt(node)}\` (${node.type})`;
    this.report.add(lineOf(node), this.item, `${what}; write plain C99: names, pointers, prototypes`);
    return undefined;
  }

  private unknownType(node: SyntaxNode, name = node.text): undefined {
    const known = [...BASE_TYPES].join(", ");
    this.report.add(
      lineOf(node),
      this.item,
      `unknown type \`${name}\`; write a typedef of this header or one of ${known}`,
    );
    return undefined;
  }
}
