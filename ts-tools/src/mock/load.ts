import { readFileSync } from "node:fs";
import type { Document, Node } from "yaml";
import { isMap, isScalar, LineCounter, parseDocument } from "yaml";
import type { Problem } from "../problem.js";
import { failOnProblems } from "../problem.js";
import type { Fault } from "./check.js";
import { findFaults, pathText } from "./check.js";
import type { Scenario } from "./types.js";

/**
 * Reads a scenario from YAML (or JSON) text.
 *
 * Throws a ProblemError that names `file:line` of each wrong key.
 */
export function parseScenario(text: string, file: string): Scenario {
  return parseChecked(text, file, "scenario", findFaults) as Scenario;
}

/**
 * Reads YAML (or JSON) text and holds it to a check. `what` is the word for the whole of it.
 *
 * Throws a ProblemError that names `file:line` of each fault.
 */
export function parseChecked(text: string, file: string, what: string, check: (value: unknown) => Fault[]): unknown {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  failOnProblems(
    document.errors.map(
      (error): Problem => ({ file, line: lines.linePos(error.pos[0]).line, item: "YAML", message: error.message }),
    ),
  );
  const value: unknown = document.toJS();
  failOnProblems(
    check(value).map(
      (fault): Problem => ({
        file,
        line: lines.linePos(offsetOf(document, fault.path)).line,
        item: pathText(fault.path) || what,
        message: fault.message,
      }),
    ),
  );
  return value;
}

/** Reads a scenario file; `-` is standard input. */
export function loadScenario(file: string): Scenario {
  return file === "-"
    ? parseScenario(readFileSync(0, "utf8"), "<stdin>")
    : parseScenario(readFileSync(file, "utf8"), file);
}

/** Byte offset of the key that ends `path`, or of the nearest thing around it. */
function offsetOf(document: Document, path: readonly (string | number)[]): number {
  const last = path.at(-1);
  const parent = document.getIn(path.slice(0, -1), true);
  if (isMap(parent) && last !== undefined) {
    const pair = parent.items.find((item) => isScalar(item.key) && String(item.key.value) === String(last));
    if (isScalar(pair?.key) && pair.key.range) return pair.key.range[0];
  }
  for (let depth = path.length; depth >= 0; depth--) {
    const node = document.getIn(path.slice(0, depth), true) as Node | undefined;
    if (node?.range) return node.range[0];
  }
  return 0;
}
