import type { Declaration } from "../header/model.js";
import type { Report } from "../header/report.js";
import { keepersOf, type Language } from "./keywords.js";
import { PREFIX, STRING_TYPE, withoutPrefix } from "./names.js";
import type { Api, ApiFunction, OpaqueType, Ownership, Param } from "./types.js";

/** Holds the API to its own rules: names, free functions, and what the full layer may pass. */
export function checkRules(api: Api, declarations: readonly Declaration[], report: Report): void {
  const lines = new Map(declarations.map(({ name, line }) => [name, line]));
  // an item that could not be read is missing here: what refers to it is not to blame
  const complete = report.problems.length === 0;
  const problem = (item: string, message: string): void => report.add(lines.get(item) ?? 1, item, message);
  for (const constant of api.constants) {
    if (!/^LLMSPELL_[A-Z][A-Z0-9_]*$/.test(constant.name)) {
      problem(constant.name, "the name of a constant; write `LLMSPELL_` and capitals");
    }
  }
  keywords(api, problem);
  for (const fn of api.functions) {
    if (!/^llmspell_[a-z][a-z0-9_]*$/.test(fn.name)) {
      problem(fn.name, `the name of a function; write \`${PREFIX}\` and small letters`);
    }
    if (fn.layer === "full") fullLayer(fn, api, problem);
    if (!complete) continue;
    freeFunctions(fn, api, problem);
    if (fn.layer === "full") reachable(fn, api, problem);
  }
}

type Reporter = (item: string, message: string) => void;

/** Names that the header's readers and the bindings could not write: words that their languages keep for themselves. */
function keywords(api: Api, problem: Reporter): void {
  const refuse = (item: string, what: string, name: string, better: string, languages: readonly Language[]): void => {
    const keepers = keepersOf(name, languages);
    if (keepers === undefined) return;
    problem(item, `${what} \`${name}\` is a keyword of ${keepers}; write another name, such as \`${better}\``);
  };
  const refuseParams = (item: string, params: readonly Param[]): void => {
    for (const { name } of params) refuse(item, "parameter", name, `${name}_value`, ["Lua", "C++", "TypeScript"]);
  };
  for (const type of api.types) {
    if (type.kind === "callback") refuseParams(type.name, type.params);
    if (type.kind !== "struct") continue;
    for (const { name } of type.fields) refuse(type.name, "field", name, `${name}_value`, ["C++"]);
  }
  for (const fn of api.functions) {
    refuseParams(fn.name, fn.params);
    // only the name without prefix has to be a name in Lua: elsewhere the name is whole, or belongs to an object
    const name = withoutPrefix(fn.name);
    refuse(fn.name, "in the module llmspell.raw the name", name, `${fn.name}_all`, fn.layer === "full" ? ["Lua"] : []);
  }
}

function freeFunctions(fn: ApiFunction, api: Api, problem: Reporter): void {
  for (const value of [...fn.params, fn.returns]) {
    const name = "name" in value ? value.name : "return";
    const type = "type" in value.role ? value.role.type : undefined;
    if (value.ownership?.kind !== "owned") continue;
    const { free } = value.ownership;
    const target = api.functions.find((other) => other.name === free);
    if (target === undefined) {
      problem(fn.name, `@owned ${name} names \`${free}\`, which is no function here; write its free function`);
      continue;
    }
    const [only, ...more] = target.params;
    // a struct's pointers are freed in place: the struct itself stays the caller's
    const empties = only?.role.kind === "struct_in" && only.role.mutable && only.role.type === type;
    const takes = (only?.ownership?.kind === "consumed" || empties) && more.length === 0;
    if (only === undefined || !takes || target.returns.role.kind !== "void") {
      problem(fn.name, `@owned ${name} names \`${free}\`, which frees nothing; write one that takes it by @consumes`);
      continue;
    }
    const opaque = api.types.find((other): other is OpaqueType => other.kind === "opaque" && other.name === type);
    if (opaque === undefined) continue;
    if (only.role.kind === "handle" && only.role.type !== type) {
      problem(
        fn.name,
        `@owned ${name} names \`${free}\`, which frees a \`${only.role.type}\`; write the one for \`${type}\``,
      );
    } else if (opaque.free !== free) {
      problem(fn.name, `@owned ${name} names \`${free}\`, elsewhere it is \`${opaque.free}\`; write one for each type`);
    }
  }
}

/** DESIGN's rules for the layer that bindings read: what has no general translation is refused here, with its line. */
function fullLayer(fn: ApiFunction, api: Api, problem: Reporter): void {
  const outputs = fn.params.filter((param) => param.role.kind.startsWith("out_"));
  const errorAt = fn.params.findIndex((param) => param.role.kind === "error_out");
  if (errorAt >= 0 && errorAt !== fn.params.length - 1)
    problem(fn.name, "the error parameter is not the last; write it last");
  if (errorAt >= 0 && fn.returns.role.kind !== "status") {
    problem(fn.name, "has an error parameter but no status; write `llmspell_status` as what it returns");
  }
  if (errorAt < 0 && outputs.length > 0) {
    problem(fn.name, "has outputs but cannot fail; write `llmspell_status` and `llmspell_error **err`");
  }
  const firstOutput = fn.params.findIndex((param) => outputs.includes(param));
  const lastInput = fn.params.findLastIndex((param) => !outputs.includes(param) && param.role.kind !== "error_out");
  if (firstOutput >= 0 && lastInput > firstOutput) {
    problem(fn.name, "an input comes after an output; write inputs, then outputs, then the error");
  }
  for (const param of fn.params) fullParam(fn, param, problem);

  const { role, ownership } = fn.returns;
  if (role.kind === "c_string" || role.kind === "struct") {
    problem(fn.name, `returns \`${fn.returns.c_type}\`; write \`${STRING_TYPE}\`, or @layer plain or shim`);
  }
  if (role.kind === "string" && ownership?.kind === "owned") {
    problem(fn.name, `gives away a \`${STRING_TYPE}\`; write an output \`llmspell_buf **\``);
  }
  if (role.kind === "handle" && !isView(fn, ownership)) {
    const view = `${fn.object ?? "llmspell_x"}_as_${role.type.slice(PREFIX.length)}`;
    problem(fn.name, `returns a \`${role.type}\`; write an output \`${role.type} **\`, or a view named \`${view}\``);
  }
  for (const used of [...fn.params, fn.returns]) {
    const type = api.types.find((candidate) => "type" in used.role && candidate.name === used.role.type);
    if (type !== undefined && type.layer !== "full") {
      problem(fn.name, `uses \`${type.name}\` of the ${type.layer} layer; write @layer ${type.layer}`);
    }
  }
}

/** A handle that no function gives could never be passed. */
function reachable(fn: ApiFunction, api: Api, problem: Reporter): void {
  for (const { role, ownership } of fn.params) {
    if (role.kind === "handle" && ownership?.kind !== "consumed" && !canBeHad(role.type, api)) {
      problem(
        fn.name,
        `takes a \`${role.type}\`, which nothing gives; write a function with an output of it, or a view`,
      );
    }
  }
}

function canBeHad(type: string, api: Api): boolean {
  return api.functions.some((fn) => {
    if (fn.params.some(({ role }) => role.kind !== "handle" && "type" in role && role.type === type)) return true;
    return fn.returns.role.kind === "handle" && fn.returns.role.type === type;
  });
}

function fullParam(fn: ApiFunction, param: Param, problem: Reporter): void {
  const { name, role } = param;
  switch (role.kind) {
    case "c_string":
      problem(fn.name, `\`${name}\` is text without a length; write \`size_t\` after it and \`@len ${name} …\``);
      break;
    case "out_struct":
    case "struct_in":
      problem(fn.name, `\`${name}\` is a struct; write JSON text, or @layer plain or shim`);
      break;
    case "callback":
    case "user_data":
      problem(fn.name, `\`${name}\` is a callback's; write an event or request, or @layer plain or shim`);
      break;
    default:
  }
}

/** `llmspell_agent_as_target(agent)`: the same object seen as another type, which stays its owner's. */
export function isView(fn: ApiFunction, ownership: Ownership | undefined): boolean {
  const { role } = fn.returns;
  const [self, ...more] = fn.params;
  if (role.kind !== "handle" || self?.role.kind !== "handle" || more.length > 0) return false;
  return ownership?.kind === "borrowed" && fn.name === `${self.role.type}_as_${role.type.slice(PREFIX.length)}`;
}
