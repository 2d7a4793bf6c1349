import type { Api } from "../ir/types.js";
import { validateApi } from "../ir/validate.js";
import { ProblemError } from "../problem.js";

/** What programs rely on: the C API as it was promised last, and the name that the shared library had. */
export interface Baseline {
  /** `libllmspell.so.0`: a program asks the loader for it. */
  readonly soname: string;
  readonly api: Api;
}

/** A baseline as the text of `abi/baseline.json`: without the docs, which promise nothing to a linker. */
export function printBaseline(baseline: Baseline): string {
  return `${JSON.stringify(baseline, (key, value: unknown) => (key === "doc" ? undefined : value), 2)}\n`;
}

/**
 * Reads the text of a baseline.
 *
 * @throws ProblemError when it is none
 */
export function readBaseline(text: string, file: string): Baseline {
  let value: unknown;
  try {
    value = JSON.parse(text, (_key, inner: unknown) => (isDocumented(inner) ? { ...inner, doc: "left out" } : inner));
  } catch (error) {
    throw new ProblemError([{ file, line: 1, item: "json", message: `${(error as Error).message}; take it from git` }]);
  }
  const { soname, api } = (value ?? {}) as Partial<Baseline>;
  if (typeof soname !== "string") {
    throw new ProblemError([{ file, line: 1, item: "soname", message: "is no text; take the file from git" }]);
  }
  return { soname, api: validateApi(api, file) };
}

/** Items and fields have docs in the IR; parameters have none. */
function isDocumented(value: unknown): value is object {
  return typeof value === "object" && value !== null && "name" in value && !("role" in value);
}

/**
 * The name of the shared library in the Makefile.
 *
 * @throws ProblemError when there is none
 */
export function sonameIn(makefile: string, file: string): string {
  const found = /^SONAME\s*:?=\s*(\S+)\s*$/m.exec(makefile)?.[1];
  if (found !== undefined) return found;
  throw new ProblemError([
    { file, line: 1, item: "SONAME", message: "not set here; write `SONAME := libllmspell.so.N`" },
  ]);
}
