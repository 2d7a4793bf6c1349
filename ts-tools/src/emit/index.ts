import type { Api } from "../ir/types.js";
import { luaMeta } from "./lua/meta.js";
import { luaRaw } from "./lua/raw.js";
import { reference } from "./reference.js";

/** A file that is written from the IR: `output` names its place among the default paths. */
export interface BackEnd {
  readonly output: "luaRaw" | "luaMeta" | "reference";
  readonly print: (api: Api) => string;
}

/** Every back end; a further binding is one more entry. */
export const backEnds: readonly BackEnd[] = [
  { output: "luaRaw", print: luaRaw },
  { output: "luaMeta", print: luaMeta },
  { output: "reference", print: reference },
];
