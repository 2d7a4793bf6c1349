/** What a C header declares, before any meaning is given to it: the output of `header/`, the input of `ir/`. */

/** Types of C that hold one number or truth value and may cross the API by value. */
export const SCALAR_TYPES = [
  "bool",
  "int8_t",
  "int16_t",
  "int32_t",
  "int64_t",
  "uint8_t",
  "uint16_t",
  "uint32_t",
  "uint64_t",
  "size_t",
  "float",
  "double",
] as const;

/** One of {@link SCALAR_TYPES}. */
export type ScalarType = (typeof SCALAR_TYPES)[number];

/** A C type as written. */
export type CType =
  | { readonly kind: "named"; readonly name: string; readonly isConst: boolean }
  | { readonly kind: "pointer"; readonly to: CType; readonly isConst: boolean }
  | { readonly kind: "function"; readonly params: readonly CParam[]; readonly returns: CType };

/** One parameter of a prototype. */
export interface CParam {
  readonly name: string;
  readonly type: CType;
  readonly line: number;
}

/** One `@name rest` line of a doc comment. */
export interface DocTag {
  readonly name: string;
  /** The words after the name. */
  readonly words: readonly string[];
  readonly line: number;
}

/** A doc comment: prose, then tags. */
export interface Doc {
  readonly text: string;
  readonly tags: readonly DocTag[];
}

interface Item {
  readonly name: string;
  readonly line: number;
  /** Absent when the item has no doc comment, which is always reported. */
  readonly doc: Doc | undefined;
}

/** `#define NAME 1` or `#define NAME "text"`. */
export interface ConstantDecl extends Item {
  readonly kind: "constant";
  readonly value: number | string;
}

/** `typedef struct x x;` */
export interface OpaqueDecl extends Item {
  readonly kind: "opaque";
}

/** `typedef int32_t x;` */
export interface AliasDecl extends Item {
  readonly kind: "alias";
  readonly type: CType;
}

/** A field of a struct. */
export interface FieldDecl extends Item {
  readonly type: CType;
}

/** `typedef struct x { … } x;` */
export interface StructDecl extends Item {
  readonly kind: "struct";
  readonly fields: readonly FieldDecl[];
}

/** `typedef r (*x)(…);` */
export interface CallbackDecl extends Item {
  readonly kind: "callback";
  readonly type: CType & { readonly kind: "function" };
}

/** A function prototype. */
export interface FunctionDecl extends Item {
  readonly kind: "function";
  readonly type: CType & { readonly kind: "function" };
}

export type Declaration = ConstantDecl | OpaqueDecl | AliasDecl | StructDecl | CallbackDecl | FunctionDecl;

/** `const char *` from its parts, with `name` (may be empty) where C wants it. */
export function printDeclarator(type: CType, name: string): string {
  switch (type.kind) {
    case "named":
      return `${type.isConst ? "const " : ""}${type.name}${name === "" ? "" : ` ${name}`}`;
    case "pointer": {
      const inner = `*${type.isConst ? "const " : ""}${name}`;
      if (type.to.kind === "function") return printDeclarator(type.to, `(${inner})`);
      // `char **x`: no space between the stars
      return printDeclarator(type.to, inner).replace(/\* \*/g, "**");
    }
    case "function": {
      const params = type.params.map((param) => printDeclarator(param.type, param.name)).join(", ");
      return printDeclarator(type.returns, `${name}(${params === "" ? "void" : params})`);
    }
  }
}
