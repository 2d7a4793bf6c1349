import { parse } from "yaml";
import type { Api } from "../ir/types.js";
import { failOnProblems, type Problem } from "../problem.js";

/** What bindings/node/coverage.yaml says. */
export interface NodeCoverage {
  /** Functions of the C API with what reaches them from Node. */
  readonly reached: Readonly<Record<string, readonly string[]>>;
  readonly not_reached: readonly { readonly because: string; readonly functions: readonly string[] }[];
}

/** The layer that every language binding is made of. */
const LAYER = "full";

/**
 * Reads what of the C API's full layer is reached from Node.
 *
 * @throws ProblemError for each function that is missing, there twice or gone, and for a reason or a way that is empty
 */
export function readNodeCoverage(text: string, file: string, api: Api): NodeCoverage {
  const problems: Problem[] = [];
  const report = (item: string, message: string): void => void problems.push({ file, line: 1, item, message });
  const coverage = parse(text) as NodeCoverage;
  const listed = [...Object.keys(coverage.reached), ...coverage.not_reached.flatMap(({ functions }) => functions)];
  const known = new Set(api.functions.filter(({ layer }) => layer === LAYER).map(({ name }) => name));
  for (const name of new Set(listed)) {
    if (!known.has(name)) report(name, "no function of the full layer (any more); remove it");
    if (listed.filter((other) => other === name).length > 1) report(name, "is there twice; write it once");
  }
  for (const name of known)
    if (!listed.includes(name))
      report(name, "is missing; write how Node reaches it, or below not_reached why it does not");
  for (const [name, ways] of Object.entries(coverage.reached))
    if (!Array.isArray(ways) || ways.length === 0 || !ways.every((way) => WAY.test(way)))
      report(name, "write a list of ways like `Agent.fork()`");
  for (const { because, functions } of coverage.not_reached)
    if (typeof because !== "string" || because.trim() === "")
      report(functions.join(", "), "no reason; write `because`");
  failOnProblems(problems);
  return coverage;
}

/** `Agent()`, `Agent.fork()`, `AgentStream.id`, `testing:played()`. */
const WAY = /^((testing|server):)?\w+(\.\w+)?(\(\))?$/;
