import { withoutPrefix } from "../../ir/names.js";
import type { Api, ScalarType } from "../../ir/types.js";
import { CFile, llmspell, lua, stdbool, stddef, stdint, support } from "../c-file.js";
import { summary } from "../comment.js";
import { code, join, type Printable } from "../print.js";
import { type LuaArgument, type LuaFunction, type LuaPlan, type LuaResult, planLua } from "./plan.js";

const BANNER = `The module llmspell.raw: every function and constant of the C API as Lua sees them.

Written by \`ts-tools emit\` from llmspell-c-api/abi/api.json; change the C API and run \`make gen\`. It is compiled once
per Lua ABI, as part of that ABI's shim.`;

/** Prints the raw Lua module as C. */
export function luaRaw(api: Api): string {
  const plan = planLua(api);
  const file = new CFile(BANNER);
  printLimits(file, plan);
  printTypes(file, plan);
  printViews(file, plan);
  for (const fn of plan.functions) printFunction(file, fn);
  printModule(file, plan);
  printSkipped(file, plan);
  return file.toString();
}

/** raw_support.h keeps a fixed number of buffers for a call; a function that needs more must not compile. */
function printLimits(file: CFile, plan: LuaPlan): void {
  const most = Math.max(0, ...plan.functions.map((fn) => buffersOf(fn).length));
  if (most === 0) return;
  const limit = support("LS_MAX_BUFFERS");
  file.print`#if ${limit} < ${most}`;
  file.print`#error "LS_MAX_BUFFERS in raw_support.h must be at least ${most}"`;
  file.print`#endif`;
  file.print``;
}

function buffersOf(fn: LuaFunction): LuaResult[] {
  return fn.results.filter((result) => result.kind === "buffer");
}

function printTypes(file: CFile, plan: LuaPlan): void {
  for (const type of plan.types) {
    file.print`static void ls_free_${type.name}(void *object)`;
    file.print`{`;
    file.print`    ${llmspell(type.free)}(object);`;
    file.print`}`;
    file.print``;
    file.print`static const ${support("ls_type")} ls_type_${type.name} = {"${type.metatable}", ls_free_${type.name}};`;
    file.print``;
  }
  file.comment("types", "What an argument of each type may be.");
  for (const wanted of wantedTypes(plan)) {
    const types = plan.types.filter((type) => {
      return type.cName === wanted || plan.views.some((view) => view.from === type && view.to === wanted);
    });
    const list = types.map((type) => code`&ls_type_${type.name}, `);
    file.print`static const ${support("ls_type")} *const ${wantedList(wanted)}[] = {${list}${stddef("NULL")}};`;
  }
  file.print``;
}

/** Types of object arguments, each once, in the order of the functions. */
function wantedTypes(plan: LuaPlan): string[] {
  const wanted = plan.functions.flatMap((fn) => fn.args.flatMap((arg) => (arg.kind === "object" ? [arg.wanted] : [])));
  return [...new Set(wanted)];
}

function wantedList(type: string): string {
  return `ls_wanted_${withoutPrefix(type)}`;
}

function printViews(file: CFile, plan: LuaPlan): void {
  for (const to of new Set(plan.views.map((view) => view.to))) {
    file.comment(to, `An object as the \`${withoutPrefix(to)}\` it can be seen as.`);
    const object = code`const ${support("ls_object")} *object`;
    file.print`static const ${llmspell(to)} *${viewFunction(to)}(${object})`;
    file.print`{`;
    for (const view of plan.views.filter((candidate) => candidate.to === to)) {
      file.print`    if (object != ${stddef("NULL")} && object->type == &ls_type_${view.from.name})`;
      file.print`        return ${llmspell(view.fn)}(object->pointer);`;
    }
    file.print`    return ${support("ls_pointer")}(object);`;
    file.print`}`;
    file.print``;
  }
}

function viewFunction(to: string): string {
  return `ls_as_${withoutPrefix(to)}`;
}

function printFunction(file: CFile, fn: LuaFunction): void {
  const printer = new FunctionPrinter(file, fn);
  file.comment(fn.api.name, summary(fn.api.doc));
  file.print`static int ls_raw_${fn.name}(${lua("lua_State")} *L)`;
  file.print`{`;
  printer.arguments();
  if (fn.closes) printer.closing();
  else if (fn.fallible) printer.fallible();
  else printer.infallible();
  file.print`}`;
  file.print``;
}

/** Prints the body of one function. */
class FunctionPrinter {
  constructor(
    private readonly file: CFile,
    private readonly fn: LuaFunction,
  ) {}

  /** Types are checked first, in order; then closed objects. */
  arguments(): void {
    const { file, fn } = this;
    for (const [index, arg] of fn.args.entries()) {
      file.print`    ${declaration(arg)} = ${this.checked(arg, index + 1)};`;
    }
    if (fn.closes) return;
    const closed = support(fn.fallible ? "ls_closed" : "ls_closed_error");
    for (const arg of fn.args) {
      if (arg.kind !== "object") continue;
      file.print`    if (${support("ls_is_closed")}(${local(arg.name)}))`;
      file.print`        return ${closed}(L, "${fn.name}", "${arg.name}");`;
    }
  }

  closing(): void {
    const [self] = this.fn.args;
    this.file.print`    ${support("ls_close_object")}(${local(self?.name ?? "")});`;
    this.file.print`    return 0;`;
  }

  fallible(): void {
    const { file, fn } = this;
    const buffers = buffersOf(fn);
    for (const result of fn.results) this.outVariable(result);
    file.print`    ${support("ls_pending")} pending;`;
    file.print`    ${llmspell("llmspell_status")} status;`;
    file.print`    ${support("ls_protect")}(L, &pending, ${buffers.length});`;
    file.print`    status = ${this.call()};`;
    for (const result of fn.results) {
      if (result.kind === "object") file.print`    ${local(result.name)}->pointer = ${local(result.name)}_out;`;
    }
    file.print`    if (status != ${llmspell("LLMSPELL_OK")})`;
    file.print`        return ${support("ls_fail")}(L, &pending, "${fn.name}", status);`;
    this.pushResults(buffers);
  }

  infallible(): void {
    const { file, fn } = this;
    const { role } = fn.api.returns;
    switch (role.kind) {
      case "scalar":
        file.print`    ${pushScalar(role.type, this.call())};`;
        file.print`    return 1;`;
        break;
      case "string":
        file.print`    ${support("ls_push_str")}(L, ${this.call()});`;
        file.print`    return 1;`;
        break;
      default:
        if (fn.args.length === 0) file.print`    (void)L;`;
        file.print`    ${this.call()};`;
        file.print`    return 0;`;
    }
  }

  private outVariable(result: LuaResult): void {
    const { file } = this;
    const name = local(result.name);
    if (result.kind === "scalar") {
      file.print`    ${cScalar(result.type)} ${name} = 0;`;
    } else if (result.kind === "object") {
      file.print`    ${support("ls_object")} *${name} = ${support("ls_new_object")}(L, &ls_type_${result.type.name});`;
      file.print`    ${llmspell(result.type.cName)} *${name}_out = ${stddef("NULL")};`;
      file.print`    int ${name}_at = ${lua("lua_gettop")}(L);`;
    }
  }

  private pushResults(buffers: readonly LuaResult[]): void {
    const { file, fn } = this;
    if (fn.results.length === 0) {
      file.print`    ${lua("lua_pushboolean")}(L, 1);`;
      file.print`    return 1;`;
      return;
    }
    const alone = buffers.length === fn.results.length;
    if (buffers.length > 0) {
      file.print`    ${alone ? "" : "int buffers = "}${support("ls_push_buffers")}(L, &pending);`;
    }
    if (!alone) {
      for (const result of fn.results) file.print`    ${this.pushResult(result, buffers.indexOf(result))};`;
    }
    file.print`    return ${fn.results.length};`;
  }

  private pushResult(result: LuaResult, bufferIndex: number): Printable {
    const name = local(result.name);
    switch (result.kind) {
      case "scalar":
        return pushScalar(result.type, name);
      case "object":
        return code`${support("ls_push_object")}(L, ${name}_at, ${name})`;
      case "buffer":
        return code`${lua("lua_pushvalue")}(L, buffers + ${bufferIndex})`;
    }
  }

  /** The call of the C function with every argument in the header's order. */
  private call(): Printable {
    const { fn } = this;
    let buffers = 0;
    const args = fn.api.params.map((param): Printable => {
      const name = local(param.name);
      const arg = fn.args.find((candidate) => candidate.name === param.name);
      if (arg !== undefined) return this.passed(arg);
      switch (param.role.kind) {
        case "length":
          return `${local(param.role.of)}.len`;
        case "out_scalar":
          return `&${name}`;
        case "out_handle":
          return `&${name}_out`;
        case "out_buffer":
          return `&pending.buffers[${buffers++}]`;
        case "error_out":
          return "&pending.error";
        default:
          throw new Error(`${fn.api.name}: no way to pass \`${param.name}\` (${param.role.kind}) from Lua`);
      }
    });
    return code`${llmspell(fn.api.name)}(${join(args, ", ")})`;
  }

  private passed(arg: LuaArgument): Printable {
    const name = local(arg.name);
    if (arg.kind === "scalar") return name;
    if (arg.kind === "string") return `${name}.data`;
    if (arg.consumed) return code`${support("ls_give_away")}(${name})`;
    const isView = arg.types.some((type) => type.cName !== arg.wanted);
    return isView ? `${viewFunction(arg.wanted)}(${name})` : code`${support("ls_pointer")}(${name})`;
  }

  private checked(arg: LuaArgument, index: number): Printable {
    const where = code`L, "${this.fn.name}", ${index}, "${arg.name}"`;
    switch (arg.kind) {
      case "string":
        return code`${support(arg.nullable ? "ls_opt_text" : "ls_check_text")}(${where})`;
      case "object":
        return code`${support(arg.nullable ? "ls_opt_object" : "ls_check_object")}(${where}, ${wantedList(arg.wanted)})`;
      case "scalar":
        return checkScalar(arg.type, where);
    }
  }
}

/** Names of our own in a generated function, which a parameter may happen to have. */
const TAKEN: ReadonlySet<string> = new Set(["L", "pending", "status", "buffers"]);

function local(name: string): string {
  return TAKEN.has(name) ? `${name}_` : name;
}

function declaration(arg: LuaArgument): Printable {
  switch (arg.kind) {
    case "string":
      return code`${support("ls_text")} ${local(arg.name)}`;
    case "object":
      return code`${support("ls_object")} *${local(arg.name)}`;
    case "scalar":
      return code`${cScalar(arg.type)} ${local(arg.name)}`;
  }
}

function cScalar(type: ScalarType): Printable {
  switch (type) {
    case "bool":
      return stdbool("bool");
    case "size_t":
      return stddef("size_t");
    case "float":
    case "double":
      return type;
    default:
      return stdint(type);
  }
}

const SIGNED_BITS: ReadonlyMap<ScalarType, number> = new Map([
  ["int8_t", 8],
  ["int16_t", 16],
  ["int32_t", 32],
  ["int64_t", 64],
]);

function checkScalar(type: ScalarType, where: Printable): Printable {
  if (type === "bool") return code`${support("ls_check_boolean")}(${where})`;
  if (type === "double") return code`${support("ls_check_number")}(${where})`;
  if (type === "float") return code`(float)${support("ls_check_number")}(${where})`;
  const bits = SIGNED_BITS.get(type);
  if (bits !== undefined) {
    const range = code`${stdint(`INT${bits}_MIN`)}, ${stdint(`INT${bits}_MAX`)}`;
    return code`(${cScalar(type)})${support("ls_check_signed")}(${where}, ${range})`;
  }
  const max = type === "size_t" ? stdint("SIZE_MAX") : stdint(`${type.slice(0, -2).toUpperCase()}_MAX`);
  return code`(${cScalar(type)})${support("ls_check_unsigned")}(${where}, ${max})`;
}

function pushScalar(type: ScalarType, value: Printable): Printable {
  if (type === "bool") return code`${lua("lua_pushboolean")}(L, ${value})`;
  if (type === "float" || type === "double") return code`${lua("lua_pushnumber")}(L, ${value})`;
  const push = SIGNED_BITS.has(type) ? "ls_push_signed" : "ls_push_unsigned";
  return code`${support(push)}(L, ${value})`;
}

function printModule(file: CFile, plan: LuaPlan): void {
  const end = code`{${stddef("NULL")}, 0}`;
  const none = code`{${stddef("NULL")}, ${stddef("NULL")}}`;
  file.print`static const ${lua("luaL_Reg")} ls_raw_functions[] = {`;
  for (const fn of plan.functions) file.print`    {"${fn.name}", ls_raw_${fn.name}},`;
  file.print`    ${none},`;
  file.print`};`;
  file.print``;
  file.print`static const ${support("ls_integer_constant")} ls_raw_integers[] = {`;
  for (const { name, value } of plan.constants) {
    if (typeof value === "number") file.print`    {"${withoutPrefix(name)}", ${llmspell(name)}},`;
  }
  file.print`    ${end},`;
  file.print`};`;
  file.print``;
  file.print`static const ${support("ls_text_constant")} ls_raw_texts[] = {`;
  for (const { name, value } of plan.constants) {
    if (typeof value === "string") file.print`    {"${withoutPrefix(name)}", ${llmspell(name)}},`;
  }
  file.print`    ${none},`;
  file.print`};`;
  file.print``;
  file.comment("ls_open_raw", "Makes the types and pushes the module's table.");
  file.print`${lua("LS_UNUSED")} static void ls_open_raw(${lua("lua_State")} *L)`;
  file.print`{`;
  for (const type of plan.types) file.print`    ${support("ls_new_type")}(L, &ls_type_${type.name});`;
  file.print`    ${support("ls_new_module")}(L, ls_raw_functions, ls_raw_integers, ls_raw_texts);`;
  file.print`}`;
}

function printSkipped(file: CFile, plan: LuaPlan): void {
  if (plan.skipped.length === 0) return;
  const reasons = new Map<string, string[]>();
  for (const { name, reason } of plan.skipped) reasons.set(reason, [...(reasons.get(reason) ?? []), name]);
  const lists = [...reasons].map(([reason, names]) => `${reason}:\n${names.map((name) => `  ${name}`).join("\n")}`);
  file.print``;
  file.comment("skipped", `Not here:\n\n${lists.join("\n\n")}`);
}
