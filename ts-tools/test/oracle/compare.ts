import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { constantText, declared, functionDeclaration, typeDeclaration } from "../../src/ir/declare.js";
import type { Api, ApiFunction, Param, ParamRole, ReturnRole } from "../../src/ir/types.js";
import { tempFolder } from "../support/temp.js";
import { clang, type Facts, factsOf } from "./clang.js";

/** What the IR says about a header, as clang reads it: the IR's own words in C, and nothing else. */
export function factsOfApi(api: Api): Facts {
  const file = join(tempFolder(), "ir.h");
  writeFileSync(file, `#ifndef IR_H\n#define IR_H\n${INCLUDES}${declarations(api)}#endif\n`);
  return factsOf(file);
}

/** Where two sets of facts differ, one line for each place. */
export function disagreements(header: Facts, ir: Facts): string[] {
  const places = [...new Set([...header.keys(), ...ir.keys()])];
  return places.flatMap((place) => {
    const [there, here] = [header.get(place), ir.get(place)];
    if (there === here) return [];
    // an item that only one side has says so once, not once for each of its parts
    const item = place.replace(/: .*/, "");
    if (item !== place && header.has(item) !== ir.has(item)) return [];
    return [`${place}: the header has ${there ?? "nothing"}, the IR ${here ?? "nothing"}`];
  });
}

/**
 * Holds the roles of the IR, which the back ends print from, to the header: each function is declared once more with the
 * types that its roles stand for, and clang must find that to be the same function.
 *
 * @returns names of the functions whose roles say something else
 */
export function contradictedRoles(header: string, api: Api): string[] {
  const file = join(tempFolder(), "roles.c");
  const again = api.functions.map((fn) => {
    const params = fn.params.map((param) => declared(roleType(param.role, param), "")).join(", ");
    return `${declared(returnedType(fn.returns.role, fn), fn.name)}(${params || "void"});`;
  });
  writeFileSync(file, `#include "${header}"\n${again.join("\n")}\n`);
  try {
    clang(["-std=c99", "-ferror-limit=0", "-fno-caret-diagnostics", "-fsyntax-only", file]);
    return [];
  } catch (error) {
    const lines = (error as Error).message.split("\n").filter((line) => line.includes(" error: "));
    return lines.map((line) => /conflicting types for '(\w+)'/.exec(line)?.[1] ?? line);
  }
}

const INCLUDES = "#include <stdbool.h>\n#include <stddef.h>\n#include <stdint.h>\n";

function declarations(api: Api): string {
  const lines = [
    ...api.constants.map((constant) => `#define ${constant.name} ${constantText(constant)}`),
    ...api.types.map(typeDeclaration),
    ...api.functions.map(functionDeclaration),
  ];
  return `${lines.join("\n")}\n`;
}

function pointer(type: string, mutable: boolean): string {
  return `${mutable ? "" : "const "}${type} *`;
}

function roleType(role: ParamRole, param: Param): string {
  switch (role.kind) {
    case "scalar":
      return role.type;
    case "length":
      return "size_t";
    case "handle":
    case "struct_in":
      return pointer(role.type, role.mutable);
    case "out_handle":
    case "out_buffer":
    case "error_out":
      return `${role.type} **`;
    case "out_scalar":
    case "out_struct":
      return `${role.type} *`;
    case "user_data":
      return "void *";
    case "callback":
      return role.type ?? param.c_declaration;
    // the role does not tell bytes from characters
    case "string_in":
    case "c_string":
      return param.c_declaration;
  }
}

function returnedType(role: ReturnRole, fn: ApiFunction): string {
  switch (role.kind) {
    case "void":
      return "void";
    case "status":
      return "llmspell_status";
    case "scalar":
    case "struct":
      return role.type;
    case "string":
      return "llmspell_str";
    case "handle":
      return pointer(role.type, role.mutable);
    case "c_string":
      return fn.returns.c_type;
  }
}
