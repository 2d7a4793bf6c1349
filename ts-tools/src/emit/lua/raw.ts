import { withoutPrefix } from "../../ir/names.js";
import type { Api } from "../../ir/types.js";
import { CFile, llmspell, lua, stddef, support } from "../c-file.js";
import { code } from "../print.js";
import { buffersOf, printFunction, viewFunction, wantedList } from "./function.js";
import { type LuaPlan, planLua } from "./plan.js";

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
