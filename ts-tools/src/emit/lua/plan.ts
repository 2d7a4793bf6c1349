import { BUFFER_TYPE, ERROR_TYPE, withoutPrefix } from "../../ir/names.js";
import { isView } from "../../ir/rules.js";
import type { Api, ApiFunction, Constant, OpaqueType, Param, ScalarType } from "../../ir/types.js";

/** What a Lua caller passes for one argument. */
export type LuaArgument = { readonly name: string; readonly nullable: boolean } & (
  | { readonly kind: "scalar"; readonly type: ScalarType }
  | { readonly kind: "string"; readonly lengthName: string }
  /** One of `types`; a view function turns it into `wanted` unless it is that already. */
  | { readonly kind: "object"; readonly wanted: string; readonly types: readonly LuaType[]; readonly consumed: boolean }
);

/** What a Lua caller gets for one output. */
export type LuaResult = { readonly name: string } & (
  | { readonly kind: "scalar"; readonly type: ScalarType }
  | { readonly kind: "buffer" }
  | { readonly kind: "object"; readonly type: LuaType }
);

/** A handle type as userdata. */
export interface LuaType {
  /** C name, `llmspell_agent`. */
  readonly cName: string;
  /** Short name, `agent`. */
  readonly name: string;
  /** Name of its metatable in the registry, `llmspell.agent`. */
  readonly metatable: string;
  readonly free: string;
  readonly doc: string;
}

/** A C function as a function of the raw module. */
export interface LuaFunction {
  readonly api: ApiFunction;
  /** Name in the module, `agent_new`. */
  readonly name: string;
  readonly fallible: boolean;
  /** True for the free function of a type, which the object's `close` does too. */
  readonly closes: boolean;
  readonly args: readonly LuaArgument[];
  readonly results: readonly LuaResult[];
}

/** A function that is not in the raw module, and why. */
export interface Skipped {
  readonly name: string;
  readonly reason: string;
}

/** How an object of one type is seen as another: `llmspell_agent_as_target`. */
export interface View {
  readonly from: LuaType;
  readonly to: string;
  readonly fn: string;
}

/** The raw Lua module, before it is printed as C or as types. */
export interface LuaPlan {
  readonly types: readonly LuaType[];
  readonly views: readonly View[];
  readonly constants: readonly Constant[];
  readonly functions: readonly LuaFunction[];
  readonly skipped: readonly Skipped[];
}

/** Objects that become Lua values at once and so never reach Lua as objects. */
const VALUES: ReadonlySet<string> = new Set([BUFFER_TYPE, ERROR_TYPE]);

/** Decides what of the API the raw Lua module has, and in which shape. */
export function planLua(api: Api): LuaPlan {
  const types = luaTypes(api);
  const views = luaViews(api, types);
  const functions: LuaFunction[] = [];
  const skipped: Skipped[] = [];
  for (const fn of api.functions) {
    const reason = reasonToSkip(fn);
    if (reason === undefined) functions.push(luaFunction(fn, types, views));
    else skipped.push({ name: fn.name, reason });
  }
  return { types, views, constants: api.constants.filter((constant) => constant.layer === "full"), functions, skipped };
}

function luaTypes(api: Api): LuaType[] {
  return api.types
    .filter((type): type is OpaqueType & { free: string } => type.kind === "opaque" && type.free !== undefined)
    .filter((type) => type.layer === "full" && !VALUES.has(type.name))
    .map((type) => {
      const name = withoutPrefix(type.name);
      return { cName: type.name, name, metatable: `llmspell.${name}`, free: type.free, doc: type.doc };
    });
}

function luaViews(api: Api, types: readonly LuaType[]): View[] {
  return api.functions.flatMap((fn) => {
    const self = fn.params[0]?.role;
    const from = types.find((type) => self?.kind === "handle" && type.cName === self.type);
    const { role, ownership } = fn.returns;
    if (from === undefined || role.kind !== "handle" || !isView(fn, ownership)) return [];
    return [{ from, to: role.type, fn: fn.name }];
  });
}

function reasonToSkip(fn: ApiFunction): string | undefined {
  if (fn.layer !== "full") return `${fn.layer} layer`;
  if (isView(fn, fn.returns.ownership)) return "applied by the functions that take what it gives";
  const value = fn.params.find(({ role }) => role.kind === "handle" && VALUES.has(role.type));
  if (value !== undefined) return "reads or frees what becomes a Lua value";
  return undefined;
}

function luaFunction(fn: ApiFunction, types: readonly LuaType[], views: readonly View[]): LuaFunction {
  return {
    api: fn,
    name: withoutPrefix(fn.name),
    fallible: fn.returns.role.kind === "status",
    closes: types.some((type) => type.free === fn.name),
    args: fn.params.flatMap((param) => luaArgument(param, types, views)),
    results: fn.params.flatMap((param) => luaResult(param, types)),
  };
}

function luaArgument(
  { name, nullable, role, ownership }: Param,
  types: readonly LuaType[],
  views: readonly View[],
): LuaArgument[] {
  switch (role.kind) {
    case "scalar":
      return [{ name, nullable, kind: "scalar", type: role.type }];
    case "string_in":
      return [{ name, nullable, kind: "string", lengthName: role.length }];
    case "handle": {
      const accepted = types.filter((type) => {
        return type.cName === role.type || views.some((view) => view.from === type && view.to === role.type);
      });
      const consumed = ownership?.kind === "consumed";
      return [{ name, nullable, kind: "object", wanted: role.type, types: accepted, consumed }];
    }
    default:
      return [];
  }
}

function luaResult({ name, role }: Param, types: readonly LuaType[]): LuaResult[] {
  switch (role.kind) {
    case "out_scalar":
      return [{ name, kind: "scalar", type: role.type }];
    case "out_buffer":
      return [{ name, kind: "buffer" }];
    case "out_handle": {
      const type = types.find((candidate) => candidate.cName === role.type);
      return type === undefined ? [] : [{ name, kind: "object", type }];
    }
    default:
      return [];
  }
}
