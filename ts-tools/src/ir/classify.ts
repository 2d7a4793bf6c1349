import { type CParam, type CType, printDeclarator } from "../header/model.js";
import type { Report } from "../header/report.js";
import { BUFFER_TYPE, ERROR_TYPE, STATUS_TYPE, STRING_TYPE } from "./names.js";
import type { Symbols } from "./symbols.js";
import { type ItemTags, RETURN } from "./tags.js";
import type { Ownership, Param, ParamRole, Return, ReturnRole } from "./types.js";

/** How a role is to be owned: needs a tag, may have one, or cannot have one. */
type OwnershipNeed = "given" | "kept" | "either" | "optional" | "none";

interface Classified<Role> {
  readonly role: Role;
  readonly need: OwnershipNeed;
}

/** Gives meaning to the parameters and the returned value of one function, from their types and tags. */
export class Classifier {
  constructor(
    private readonly symbols: Symbols,
    private readonly report: Report,
    private readonly item: string,
    private readonly line: number,
    private readonly tags: ItemTags,
  ) {}

  /** The parameters with their meaning; those that have none are reported and left out. */
  params(params: readonly CParam[]): Param[] {
    const found = params.flatMap((param) => {
      const classified = this.param(param);
      if (classified === undefined) return [];
      const ownership = this.ownership(param.name, classified.need, param.line);
      const pointer = isPointer(param.type) || classified.role.kind === "callback";
      const read: Param = {
        name: param.name,
        c_declaration: printDeclarator(param.type, param.name),
        nullable: this.nullable(param.name, pointer, param.line),
        ...(ownership === undefined ? {} : { ownership }),
        role: classified.role,
      };
      this.strayTags(read, param.line);
      return [read];
    });
    this.lengths(params);
    return found;
  }

  /** The returned value with its meaning; `fallible` when the function has an error parameter. */
  returns(type: CType, fallible: boolean): Return | undefined {
    const classified = this.returned(type, fallible);
    if (classified === undefined) {
      const known = "write void, a scalar, llmspell_str, a struct of this header or a pointer to one of its types";
      this.problem(this.line, `returns \`${printDeclarator(type, "")}\`, which has no meaning here; ${known}`);
      return undefined;
    }
    for (const [tag, subjects] of [
      ["out", this.tags.out],
      ["callback", this.tags.callbacks],
    ] as const) {
      if (subjects.has(RETURN)) this.problem(this.line, `@${tag} is for parameters; remove \`@${tag} return\``);
    }
    const ownership = this.ownership(RETURN, classified.need, this.line);
    return {
      c_type: printDeclarator(type, ""),
      nullable: this.nullable(RETURN, isPointer(type), this.line),
      ...(ownership === undefined ? {} : { ownership }),
      role: classified.role,
    };
  }

  private param({ name, type, line }: CParam): Classified<ParamRole> | undefined {
    if (type.kind === "named") return this.byValue(name, type.name, line);
    if (type.kind === "function") return this.wrong(line, name, "a function; write a pointer to it, `(*name)(…)`");
    if (type.to.kind === "function") return this.callback(name, line);
    if (type.to.kind === "named") return this.pointer(name, type.to.name, type.to.isConst, line);
    const target = type.to.to;
    if (target.kind === "named" && !target.isConst && this.symbols.opaque(target.name) !== undefined) {
      return this.outHandle(name, target.name, line);
    }
    return this.wrong(line, name, `\`${printDeclarator(type, name)}\`; write a pointer to a type of this header`);
  }

  private byValue(name: string, type: string, line: number): Classified<ParamRole> | undefined {
    if (this.symbols.get(type)?.kind === "callback") return this.callback(name, line, type);
    const scalar = this.symbols.scalar(type);
    if (scalar === undefined) return this.wrong(line, name, `\`${type}\` by value; write \`const ${type} *${name}\``);
    const pointer = [...this.tags.lengths].find(([, length]) => length === name)?.[0];
    if (pointer === undefined) return { role: { kind: "scalar", type: scalar }, need: "none" };
    return { role: { kind: "length", of: pointer }, need: "none" };
  }

  private callback(name: string, line: number, type?: string): Classified<ParamRole> {
    if (!this.tags.callbacks.has(name)) {
      this.problem(line, `parameter \`${name}\` is a function; write \`@callback ${name}\``);
    }
    return { role: type === undefined ? { kind: "callback" } : { kind: "callback", type }, need: "optional" };
  }

  private pointer(name: string, to: string, isConst: boolean, line: number): Classified<ParamRole> | undefined {
    const isOut = this.tags.out.has(name);
    const length = this.tags.lengths.get(name);
    if (to === "char" || to === "uint8_t" || to === "void") {
      if (length !== undefined && isConst) return { role: { kind: "string_in", length }, need: "kept" };
      if (to === "void" && !isConst) return { role: { kind: "user_data" }, need: "kept" };
      if (to === "char") return { role: { kind: "c_string" }, need: "kept" };
    }
    const scalar = this.symbols.scalar(to);
    if (scalar !== undefined) {
      if (isOut && !isConst) return { role: { kind: "out_scalar", type: scalar }, need: "optional" };
      return this.wrong(
        line,
        name,
        `a pointer to \`${to}\` without a meaning; write \`@out ${name}\` or \`@len ${name} …\``,
      );
    }
    if (this.symbols.opaque(to) !== undefined) {
      return { role: { kind: "handle", type: to, mutable: !isConst }, need: "kept" };
    }
    if (this.symbols.struct(to) === undefined)
      return this.wrong(line, name, `a pointer to \`${to}\`; write a handle type`);
    if (isOut && !isConst) return { role: { kind: "out_struct", type: to }, need: "optional" };
    return { role: { kind: "struct_in", type: to, mutable: !isConst }, need: "kept" };
  }

  private outHandle(name: string, type: string, line: number): Classified<ParamRole> {
    if (!this.tags.out.has(name))
      this.problem(line, `parameter \`${name}\` gives a \`${type} *\`; write \`@out ${name}\``);
    if (type === ERROR_TYPE) return { role: { kind: "error_out", type }, need: "given" };
    return { role: { kind: type === BUFFER_TYPE ? "out_buffer" : "out_handle", type }, need: "given" };
  }

  private returned(type: CType, fallible: boolean): Classified<ReturnRole> | undefined {
    if (type.kind === "named") {
      if (type.name === "void") return { role: { kind: "void" }, need: "none" };
      if (type.name === STATUS_TYPE && fallible) return { role: { kind: "status" }, need: "none" };
      if (type.name === STRING_TYPE) return { role: { kind: "string" }, need: "either" };
      const scalar = this.symbols.scalar(type.name);
      if (scalar !== undefined) return { role: { kind: "scalar", type: scalar }, need: "none" };
      const struct = this.symbols.struct(type.name);
      if (struct === undefined) return undefined;
      const holdsPointers = struct.fields.some((field) => isPointer(field.type));
      return { role: { kind: "struct", type: type.name }, need: holdsPointers ? "either" : "none" };
    }
    if (type.kind !== "pointer" || type.to.kind !== "named") return undefined;
    const { name, isConst } = type.to;
    if (name === "char") return { role: { kind: "c_string" }, need: "either" };
    if (this.symbols.opaque(name) === undefined) return undefined;
    return { role: { kind: "handle", type: name, mutable: !isConst }, need: "either" };
  }

  private ownership(subject: string, need: OwnershipNeed, line: number): Ownership | undefined {
    const found = this.tags.ownership.get(subject);
    const what = subject === RETURN ? "the returned value" : `pointer parameter \`${subject}\``;
    const borrowed = `\`@borrowed ${subject} <until when or by whom>\``;
    const owned = `\`@owned ${subject} <free function>\``;
    const consumes = `\`@consumes ${subject}\``;
    const choices: Record<OwnershipNeed, string> = {
      given: owned,
      kept: `${borrowed} or ${consumes}`,
      either: `${borrowed} or ${owned}`,
      optional: "no tag",
      none: "no tag",
    };
    if (found === undefined) {
      if (need === "optional" || need === "none") return undefined;
      this.problem(line, `${what} has no ownership tag; write ${choices[need]}`);
      return undefined;
    }
    const allowed: Record<OwnershipNeed, readonly Ownership["kind"][]> = {
      given: ["owned"],
      kept: ["borrowed", "consumed"],
      either: ["borrowed", "owned"],
      optional: ["borrowed"],
      none: [],
    };
    if (allowed[need].includes(found.kind)) return found;
    if (need === "none") this.problem(line, `\`${subject}\` has an ownership tag but is no pointer; remove the tag`);
    else this.problem(line, `${what} cannot be ${found.kind}; write ${choices[need]}`);
    return undefined;
  }

  private nullable(subject: string, pointer: boolean, line: number): boolean {
    const tagged = this.tags.nullable.has(subject);
    if (tagged && !pointer) this.problem(line, `@nullable names \`${subject}\`, which is no pointer; remove the tag`);
    return tagged;
  }

  private strayTags(param: Param, line: number): void {
    const { name, role } = param;
    if (this.tags.callbacks.has(name) && role.kind !== "callback") {
      this.problem(line, `@callback names \`${name}\`, which is no function pointer; remove the tag`);
    }
    if (this.tags.out.has(name) && !role.kind.startsWith("out_") && role.kind !== "error_out") {
      this.problem(
        line,
        `@out names \`${name}\`, which gives nothing back; write \`T **\` for an object, or remove the tag`,
      );
    }
  }

  private lengths(params: readonly CParam[]): void {
    const used = new Map<string, string>();
    for (const [pointer, length] of this.tags.lengths) {
      const at = params.find((param) => param.name === pointer);
      const size = params.find((param) => param.name === length);
      if (at === undefined || size === undefined) continue; // reported with the tag
      const to = at.type.kind === "pointer" && at.type.to.kind === "named" && at.type.to.isConst && at.type.to.name;
      if (to !== "char" && to !== "uint8_t" && to !== "void") {
        this.problem(at.line, `@len names \`${pointer}\`, which is no text; write \`const char *${pointer}\``);
      }
      if (size.type.kind !== "named" || size.type.name !== "size_t") {
        this.problem(size.line, `@len names \`${length}\` as a length; write \`size_t ${length}\``);
      }
      const other = used.get(length);
      if (other !== undefined) {
        this.problem(
          size.line,
          `\`${length}\` is the length of both \`${other}\` and \`${pointer}\`; write one length each`,
        );
      }
      used.set(length, pointer);
    }
  }

  private wrong(line: number, name: string, message: string): undefined {
    this.problem(line, `parameter \`${name}\` is ${message}`);
    return undefined;
  }

  private problem(line: number, message: string): void {
    this.report.add(line, this.item, message);
  }
}

function isPointer(type: CType): boolean {
  return type.kind === "pointer";
}
