import { withoutPrefix } from "../../ir/names.js";
import { type CFile, llmspell, lua, stddef, support } from "../c-file.js";
import { summary } from "../comment.js";
import { code, join, type Printable } from "../print.js";
import type { LuaArgument, LuaFunction, LuaResult } from "./plan.js";
import { checkScalar, cScalar, pushScalar } from "./scalars.js";

/** The results that C gives as buffers. */
export function buffersOf(fn: LuaFunction): LuaResult[] {
  return fn.results.filter((result) => result.kind === "buffer");
}

/** The list of types that an argument of type `type` may have. */
export function wantedList(type: string): string {
  return `ls_wanted_${withoutPrefix(type)}`;
}

/** The function that gives an object as the type `to` it can be seen as. */
export function viewFunction(to: string): string {
  return `ls_as_${withoutPrefix(to)}`;
}

/** Prints a function of the raw module. */
export function printFunction(file: CFile, fn: LuaFunction): void {
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
