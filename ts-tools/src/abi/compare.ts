import { typeOf } from "../ir/declare.js";
import type { Api, ApiFunction, ApiType, Constant, Ownership, Param, Return, StructType } from "../ir/types.js";

/** What changed between two states of the C API; each line begins with the item's name. */
export interface Changes {
  /** A program that was compiled or written for the old state may fail with the new one. */
  readonly breaks: readonly string[];
  /** New items. */
  readonly additions: readonly string[];
}

/** Constants that tell the version: they change without breaking anything. */
export const VERSION_CONSTANTS = ["LLMSPELL_VERSION", "LLMSPELL_ABI_VERSION", "LLMSPELL_ABI_MIN"] as const;

/** Compares two states of the C API as a program sees them that was made for the old one. */
export function compareAbi(old: Api, now: Api): Changes {
  const comparison = new Comparison(old, now);
  return {
    breaks: comparison.breaks(),
    additions: [
      ...added("function", old.functions, now.functions),
      ...added("type", old.types, now.types),
      ...added("constant", old.constants, now.constants),
    ],
  };
}

interface Named {
  readonly name: string;
}

function added(what: string, old: readonly Named[], now: readonly Named[]): string[] {
  const known = new Set(old.map(({ name }) => name));
  return now.filter(({ name }) => !known.has(name)).map(({ name }) => `${name}: new ${what}`);
}

class Comparison {
  private readonly lines: string[] = [];

  constructor(
    private readonly old: Api,
    private readonly now: Api,
  ) {}

  breaks(): string[] {
    this.each("function", this.old.functions, this.now.functions, (was, is) => this.fn(was, is));
    this.each("type", this.old.types, this.now.types, (was, is) => this.type(was, is));
    this.each("constant", this.old.constants, this.now.constants, (was, is) => this.constant(was, is));
    return this.lines;
  }

  private each<T extends Named>(
    what: string,
    old: readonly T[],
    now: readonly T[],
    compare: (was: T, is: T) => void,
  ): void {
    for (const was of old) {
      const is = now.find(({ name }) => name === was.name);
      if (is === undefined) this.add(was.name, `the ${what} is gone`);
      else compare(was, is);
    }
  }

  private constant(was: Constant, is: Constant): void {
    if ((VERSION_CONSTANTS as readonly string[]).includes(was.name)) return;
    if (was.value !== is.value)
      this.changed(was.name, "the value", JSON.stringify(was.value), JSON.stringify(is.value));
  }

  private type(was: ApiType, is: ApiType): void {
    if (was.kind !== is.kind) {
      this.changed(was.name, "the kind of type", was.kind, is.kind);
    } else if (was.kind === "alias" && is.kind === "alias") {
      if (was.type !== is.type) this.changed(was.name, "the type", was.type, is.type);
    } else if (was.kind === "callback" && is.kind === "callback") {
      this.call(was.name, was, is);
    } else if (was.kind === "struct" && is.kind === "struct") {
      this.struct(was, is);
    }
  }

  private struct(was: StructType, is: StructType): void {
    for (const [index, field] of was.fields.entries()) {
      const what = `field ${index + 1}`;
      const other = is.fields[index];
      if (other === undefined) {
        this.add(was.name, `${what} (\`${field.name}\`) is gone`);
        continue;
      }
      if (field.name !== other.name) this.changed(was.name, what, field.name, other.name);
      const [before, after] = [this.plain(field.c_type, this.old), this.plain(other.c_type, this.now)];
      if (before !== after)
        this.changed(was.name, `the type of ${what} (\`${field.name}\`)`, field.c_type, other.c_type);
    }
    // a struct that tells its own size may grow at its end: the library sees which fields the caller has
    if (was.fields[0]?.name === "struct_size") return;
    for (const field of is.fields.slice(was.fields.length)) {
      this.add(was.name, `has a new field \`${field.name}\`: callers made room for the old struct`);
    }
  }

  private fn(was: ApiFunction, is: ApiFunction): void {
    this.call(was.name, was, is);
  }

  private call(name: string, was: Callable, is: Callable): void {
    const [before, after] = [this.plain(was.returns.c_type, this.old), this.plain(is.returns.c_type, this.now)];
    if (before !== after) this.changed(name, "the returned type", was.returns.c_type, is.returns.c_type);
    else this.promises(name, "the returned value", was.returns, is.returns);
    if (!was.returns.nullable && is.returns.nullable) this.add(name, "the returned value may be NULL now");
    if (was.params.length !== is.params.length) {
      this.changed(name, "the number of parameters", String(was.params.length), String(is.params.length));
      return;
    }
    for (const [index, param] of was.params.entries()) {
      const other = is.params[index];
      if (other !== undefined) this.param(name, index + 1, param, other);
    }
  }

  private param(name: string, index: number, was: Param, is: Param): void {
    const what = `parameter ${index} (\`${was.name}\`)`;
    const [before, after] = [typeOf(was), typeOf(is)];
    if (this.plain(before, this.old) !== this.plain(after, this.now)) {
      this.changed(name, `the type of ${what}`, before, after);
      return;
    }
    this.promises(name, what, was, is);
    if (was.role.kind !== is.role.kind) this.changed(name, `the meaning of ${what}`, was.role.kind, is.role.kind);
    if (was.nullable && !is.nullable) this.add(name, `${what} may not be NULL any more`);
  }

  private promises(name: string, what: string, was: Param | Return, is: Param | Return): void {
    const [before, after] = [owner(was.ownership), owner(is.ownership)];
    if (before !== after) this.changed(name, `the ownership of ${what}`, before, after);
  }

  /** A C type with what its aliases stand for: `llmspell_status` and `int32_t` are the same to a program. */
  private plain(cType: string, api: Api): string {
    return cType.replace(/\w+/g, (word) => {
      const alias = api.types.find(({ name, kind }) => name === word && kind === "alias");
      return alias?.kind === "alias" ? alias.type : word;
    });
  }

  private changed(name: string, what: string, was: string, is: string): void {
    this.add(name, `${what} was \`${was}\`, is \`${is}\``);
  }

  private add(name: string, what: string): void {
    this.lines.push(`${name}: ${what}`);
  }
}

interface Callable {
  readonly params: readonly Param[];
  readonly returns: Return;
}

/** Who owns it; until when something is lent is prose, and free to be said better. */
function owner(ownership: Ownership | undefined): string {
  if (ownership === undefined) return "nobody's";
  return ownership.kind === "owned" ? `the caller's, freed by ${ownership.free}` : ownership.kind;
}
