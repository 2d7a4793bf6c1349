import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../generate/paths.js";

/** A program that looks at the memory of nginx and its workers while they run. */
export interface Checker {
  /** What the command line of nginx begins with. */
  readonly command: readonly string[];
  /** What every process that has ended was reported for; empty when there is nothing. */
  readonly reports: () => string;
}

/** Files that say what memcheck reports and is no fault of ours. */
const SUPPRESSIONS = ["llmspell-c-api/tests/valgrind.supp", "ts-tools/src/nginx/valgrind.supp"];

/** valgrind's memcheck. What is lost perhaps is not asked: LuaJIT's blocks are held by pointers into their middles. */
function memcheck(folder: string): Checker {
  const command = [
    ...["valgrind", "--quiet", "--num-callers=60", "--leak-check=full"],
    ...["--show-leak-kinds=definite,indirect", "--errors-for-leak-kinds=definite,indirect"],
    ...SUPPRESSIONS.map((path) => `--suppressions=${join(repositoryRoot, path)}`),
    `--log-file=${join(folder, "memcheck.%p.log")}`,
  ];
  const reports = (): string =>
    readdirSync(folder)
      .filter((name) => name.startsWith("memcheck."))
      .map((name) => readFileSync(join(folder, name), "utf8"))
      .join("");
  return { command, reports };
}

/**
 * The checker that LLMSPELL_NGINX_CHECKER names, if any.
 *
 * @param folder is where it writes
 */
export function chosenChecker(folder: string): Checker | undefined {
  const name = process.env["LLMSPELL_NGINX_CHECKER"] ?? "";
  if (name === "") return undefined;
  if (name === "memcheck") return memcheck(folder);
  throw new Error(`LLMSPELL_NGINX_CHECKER is ${name}; there is memcheck`);
}
