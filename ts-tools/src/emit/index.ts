import type { Api } from "../ir/types.js";
import { abiTest } from "./abi-test.js";
import { luaLibrary } from "./lua/library.js";
import { luaMeta } from "./lua/meta.js";
import { luaRaw } from "./lua/raw.js";
import { reference } from "./reference.js";

/** A file that is written from the IR: `output` names its place among the default paths. */
export interface BackEnd {
  readonly output: "abiTest" | "luaRaw" | "luaLibrary" | "luaMeta" | "reference";
  readonly print: (api: Api) => string;
}

/** Every back end; a further binding is one more entry. */
export const backEnds: readonly BackEnd[] = [
  { output: "abiTest", print: abiTest },
  { output: "luaRaw", print: luaRaw },
  { output: "luaLibrary", print: luaLibrary },
  { output: "luaMeta", print: luaMeta },
  { output: "reference", print: reference },
];
