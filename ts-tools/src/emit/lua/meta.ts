import { withoutPrefix } from "../../ir/names.js";
import type { Api, ScalarType } from "../../ir/types.js";
import { LuaMetaFile } from "../lua-file.js";
import { code, type Printable } from "../print.js";
import { type LuaArgument, type LuaFunction, type LuaResult, type LuaType, planLua } from "./plan.js";

const BANNER = `Types of the module llmspell.raw for editors and checkers.

Written by \`ts-tools emit\` from llmspell-c-api/abi/api.json; change the C API and run \`make gen\`.
A fallible function returns nil, a message and its details as JSON text when it fails.`;

/** Prints the LuaCATS types of the raw Lua module. */
export function luaMeta(api: Api): string {
  const plan = planLua(api);
  const file = new LuaMetaFile("llmspell.raw", BANNER);
  file.print`---@class llmspell.raw`;
  file.print`local raw = {}`;
  for (const constant of plan.constants) {
    const value = typeof constant.value === "number" ? constant.value : `"${constant.value}"`;
    file.print``;
    file.doc(constant.name, constant.doc);
    file.print`raw.${withoutPrefix(constant.name)} = ${value}`;
  }
  for (const fn of plan.functions) {
    file.print``;
    printFunction(file, fn);
  }
  file.print``;
  file.print`return raw`;
  return file.toString();
}

function printFunction(file: LuaMetaFile, fn: LuaFunction): void {
  file.doc(fn.api.name, fn.api.doc);
  if (fn.api.blocking) file.print`---Blocks while it waits.`;
  for (const arg of fn.args) {
    file.print`---@param ${arg.name}${arg.nullable ? "?" : ""} ${argumentType(file, arg)}`;
  }
  printReturns(file, fn);
  file.print`function raw.${fn.name}(${fn.args.map((arg) => arg.name).join(", ")}) end`;
}

function printReturns(file: LuaMetaFile, fn: LuaFunction): void {
  const { role } = fn.api.returns;
  if (!fn.fallible) {
    if (role.kind === "scalar") file.print`---@return ${scalar(role.type)}`;
    if (role.kind === "string") file.print`---@return string`;
    return;
  }
  // on failure the message and the details stand in the places of the second and third result
  const [first, second, third, ...more] = fn.results;
  file.print`---@return ${first === undefined ? "true" : resultType(file, first)}? ${first?.name ?? "done"} nil on failure`;
  file.print`---@return ${second === undefined ? "" : code`${resultType(file, second)}|`}string? ${second?.name ?? "message"}`;
  file.print`---@return ${third === undefined ? "" : code`${resultType(file, third)}|`}string? ${third?.name ?? "details_json"}`;
  for (const result of more) file.print`---@return ${resultType(file, result)}? ${result.name}`;
}

function argumentType(file: LuaMetaFile, arg: LuaArgument): Printable {
  switch (arg.kind) {
    case "scalar":
      return scalar(arg.type);
    case "string":
      return "string";
    case "object":
      return arg.types.flatMap((type, index) => [index === 0 ? "" : "|", objectClass(file, type)]);
  }
}

function resultType(file: LuaMetaFile, result: LuaResult): Printable {
  switch (result.kind) {
    case "scalar":
      return scalar(result.type);
    case "buffer":
      return "string";
    case "object":
      return objectClass(file, result.type);
  }
}

function objectClass(file: LuaMetaFile, type: LuaType): Printable {
  return file.class({ name: `llmspell.raw.${type.name}`, doc: type.doc });
}

function scalar(type: ScalarType): string {
  if (type === "bool") return "boolean";
  return type === "float" || type === "double" ? "number" : "integer";
}
