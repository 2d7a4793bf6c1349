/**
 * The intermediate representation of the C API, `api.json`: what a binding needs to know, with meaning instead of C
 * syntax. `schema/api.schema.json` describes the same shape for other readers; a change of it raises IR_VERSION.
 */
import type { ScalarType } from "../header/model.js";

/** Version of this shape. */
export const IR_VERSION = 1;

export type { ScalarType };

/** Who an item is for: every binding, C programs of the plain layer, or the hand-written shims alone. */
export type Layer = "full" | "plain" | "shim";

/** Who owns what a pointer points to. */
export type Ownership =
  /** It stays its owner's; valid until then. */
  | { readonly kind: "borrowed"; readonly until: string }
  /** The caller gets it and frees it with this function. */
  | { readonly kind: "owned"; readonly free: string }
  /** The callee takes it. */
  | { readonly kind: "consumed" };

interface Documented {
  readonly name: string;
  readonly layer: Layer;
  /** Version that brought it, if told. */
  readonly since?: string;
  /** Markdown, without tags. */
  readonly doc: string;
}

/** A `#define`. */
export interface Constant extends Documented {
  readonly value: number | string;
}

/** A handle: a pointer to something only the library knows. */
export interface OpaqueType extends Documented {
  readonly kind: "opaque";
  /** Function that frees an owned one; absent when it is only ever borrowed. */
  readonly free?: string;
}

/** A name for a scalar. */
export interface AliasType extends Documented {
  readonly kind: "alias";
  readonly type: ScalarType;
}

/** A field of a struct. */
export interface Field {
  readonly name: string;
  /** The type as C writes it. */
  readonly c_type: string;
  readonly doc: string;
}

/** A struct that crosses by value or by pointer. */
export interface StructType extends Documented {
  readonly kind: "struct";
  readonly fields: readonly Field[];
}

/** A function-pointer type. */
export interface CallbackType extends Documented {
  readonly kind: "callback";
  readonly params: readonly Param[];
  readonly returns: Return;
}

export type ApiType = OpaqueType | AliasType | StructType | CallbackType;

/** What a parameter means. */
export type ParamRole =
  /** A number or a boolean, by value. */
  | { readonly kind: "scalar"; readonly type: ScalarType }
  /** UTF-8 text or bytes; `length` names the parameter that holds the size. */
  | { readonly kind: "string_in"; readonly length: string }
  /** The size of the text in parameter `of`. */
  | { readonly kind: "length"; readonly of: string }
  /** Text that ends with a NUL (plain layer). */
  | { readonly kind: "c_string" }
  /** An object of the library; `mutable` when its calls must be serialised. */
  | { readonly kind: "handle"; readonly type: string; readonly mutable: boolean }
  /** Gives a new object. */
  | { readonly kind: "out_handle"; readonly type: string }
  /** Gives bytes in an object that is freed after reading. */
  | { readonly kind: "out_buffer"; readonly type: string }
  /** Gives a number or a boolean. */
  | { readonly kind: "out_scalar"; readonly type: ScalarType }
  /** Gives a struct. */
  | { readonly kind: "out_struct"; readonly type: string }
  /** Gives the error of a call that failed. */
  | { readonly kind: "error_out"; readonly type: string }
  /** A struct by pointer. */
  | { readonly kind: "struct_in"; readonly type: string; readonly mutable: boolean }
  /** A function the library calls; `type` names its typedef if it has one. */
  | { readonly kind: "callback"; readonly type?: string }
  /** An address handed to callbacks as it is. */
  | { readonly kind: "user_data" };

/** A parameter of a function or callback. */
export interface Param {
  readonly name: string;
  /** Declaration as C writes it. */
  readonly c_declaration: string;
  readonly nullable: boolean;
  readonly ownership?: Ownership;
  readonly role: ParamRole;
}

/** What a returned value means. */
export type ReturnRole =
  | { readonly kind: "void" }
  /** The status of a fallible call: 0, or the code of the error in `error_out`. */
  | { readonly kind: "status" }
  | { readonly kind: "scalar"; readonly type: ScalarType }
  /** Text with its length, by value. */
  | { readonly kind: "string" }
  | { readonly kind: "c_string" }
  | { readonly kind: "handle"; readonly type: string; readonly mutable: boolean }
  | { readonly kind: "struct"; readonly type: string };

/** What a function returns. */
export interface Return {
  readonly c_type: string;
  readonly nullable: boolean;
  readonly ownership?: Ownership;
  readonly role: ReturnRole;
}

/** A function of the API. */
export interface ApiFunction extends Documented {
  /** The handle type it belongs to by name, e.g. `llmspell_agent`; absent for functions of the library itself. */
  readonly object?: string;
  /** May wait: for the network, a timer, another run. */
  readonly blocking: boolean;
  readonly params: readonly Param[];
  readonly returns: Return;
}

/** The whole API, in the order of the header. */
export interface Api {
  readonly ir_version: typeof IR_VERSION;
  readonly constants: readonly Constant[];
  readonly types: readonly ApiType[];
  readonly functions: readonly ApiFunction[];
}
