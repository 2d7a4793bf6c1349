import { declared, parameterList } from "../../src/ir/declare.js";
import type { Api } from "../../src/ir/types.js";

/** Definitions that end the program, for every function of the API that a test does not define itself. */
export function undefinedFunctions(api: Api, defined: readonly string[]): string {
  const functions = api.functions.filter((fn) => !defined.includes(fn.name));
  const bodies = functions.map((fn) => {
    return `${declared(fn.returns.c_type, fn.name)}(${parameterList(fn.params)}) { abort(); }\n`;
  });
  return `#include <stdlib.h>\n#include "llmspell.h"\n${bodies.join("")}`;
}
