import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLMap } from "yaml";
import { failOnProblems, type Problem } from "../problem.js";

/** One row of `spec/errors.yaml`. */
export interface ErrorKind {
  /** snake_case name, e.g. `rate_limit`. */
  readonly kind: string;
  /** Stable number, 1001 to 9999; thousands by area. */
  readonly code: number;
  /** Whether trying again can help, unless an error says otherwise. */
  readonly retryable: boolean;
  /** What it means, one sentence. */
  readonly doc: string;
}

const FIELDS = ["kind", "code", "retryable", "doc"] as const;

/**
 * Reads the table of error kinds.
 *
 * @param text the YAML
 * @param file its name, for messages
 * @throws ProblemError with every malformed or duplicate row
 */
export function parseErrorTable(text: string, file: string): ErrorKind[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const problems: Problem[] = [];
  const lineOf = (node: Node | null | undefined): number =>
    node?.range === undefined || node.range === null ? 1 : lines.linePos(node.range[0]).line;
  const report = (node: Node | null | undefined, item: string, message: string): void => {
    problems.push({ file, line: lineOf(node), item, message });
  };

  for (const error of document.errors) {
    const message = `not YAML: ${error.message}`;
    problems.push({ file, line: lines.linePos(error.pos[0]).line, item: "errors", message });
  }
  failOnProblems(problems);

  const top = document.contents;
  const rows = isMap(top) ? top.get("kinds") : undefined;
  if (!isMap(top) || !isSeq(rows)) {
    report(top, "errors", "write `kinds:` with a list of `{ kind, code, retryable, doc }`");
    failOnProblems(problems);
    return [];
  }
  for (const pair of top.items) {
    if (isScalar(pair.key) && pair.key.value !== "kinds") {
      report(pair.key, String(pair.key.value), "unknown key; write `kinds` only");
    }
  }

  const kinds: ErrorKind[] = [];
  const firstLine = new Map<string, number>();
  for (const row of rows.items as Node[]) {
    const before = problems.length;
    if (!isMap(row)) {
      report(row, "kinds", "not a row; write `{ kind, code, retryable, doc }`");
      continue;
    }
    const kind = readRow(row, report);
    if (problems.length > before) continue;
    for (const key of [`kind ${kind.kind}`, `code ${kind.code}`]) {
      const earlier = firstLine.get(key);
      if (earlier !== undefined) report(row, kind.kind, `${key} is already taken in line ${earlier}; write another`);
      else firstLine.set(key, lineOf(row));
    }
    kinds.push(kind);
  }
  if (rows.items.length === 0) report(rows, "kinds", "the list is empty; write at least one kind");
  failOnProblems(problems);
  return kinds;
}

type Report = (node: Node | null | undefined, item: string, message: string) => void;

function readRow(row: YAMLMap, report: Report): ErrorKind {
  const at = (field: string): Node => (row.get(field, true) as Node | undefined) ?? row;
  const values = row.toJSON() as Record<string, unknown>;
  const { kind, code, retryable, doc } = values;
  const item = typeof kind === "string" ? kind : "kinds";

  for (const field of Object.keys(values)) {
    if (!(FIELDS as readonly string[]).includes(field)) {
      report(at(field), item, `unknown field \`${field}\`; write ${FIELDS.join(", ")}`);
    }
  }
  if (typeof kind !== "string" || !/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(kind)) {
    report(at("kind"), item, "`kind` must be a snake_case name; write e.g. `rate_limit`");
  }
  if (typeof code !== "number" || !Number.isInteger(code) || code < 1001 || code > 9999) {
    report(at("code"), item, "`code` must be a whole number from 1001 to 9999; write e.g. `3001`");
  }
  if (typeof retryable !== "boolean") {
    report(at("retryable"), item, "`retryable` must be true or false; write `retryable: false`");
  }
  if (typeof doc !== "string" || doc.trim() === "" || /[\r\n]/.test(doc)) {
    report(at("doc"), item, "`doc` must be one line of text; write what the error means");
  } else if (doc.includes("*/")) {
    report(at("doc"), item, "`doc` contains `*/`, which would end the C comment it becomes; write it without");
  } else if (doc.includes("@")) {
    report(at("doc"), item, "`doc` contains `@`, which would read as a tag in the header; write it without");
  }
  return values as unknown as ErrorKind;
}
