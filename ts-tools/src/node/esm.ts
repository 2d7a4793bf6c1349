import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { initSync, parse } from "cjs-module-lexer";
import { failOnProblems, type Problem } from "../problem.js";

interface Conditions {
  readonly import?: { readonly types: string; readonly default: string };
  readonly require?: { readonly types: string; readonly default: string };
}

/** A file of the ESM side, relative to the package. */
export interface Wrapper {
  readonly path: string;
  readonly text: string;
}

/**
 * The ESM side of a package whose code is compiled once, to CommonJS: for each entry of its `exports` that is imported
 * as `.mjs`, a module that gives the same values by name, and its declarations. So `import` and `require` agree on
 * classes and on state.
 *
 * @param folder the package, with its CommonJS files compiled
 * @throws ProblemError when an entry is not compiled or exports what cannot be named
 */
export function esmWrappers(folder: string): Wrapper[] {
  initSync();
  const manifest = join(folder, "package.json");
  const { exports } = JSON.parse(readFileSync(manifest, "utf8")) as { exports: Record<string, Conditions | string> };
  const problems: Problem[] = [];
  const wrappers: Wrapper[] = [];
  for (const [entry, conditions] of Object.entries(exports)) {
    if (typeof conditions === "string" || conditions.import?.default.endsWith(".mjs") !== true) continue;
    const report = (message: string): void => void problems.push({ file: manifest, line: 1, item: entry, message });
    const common = conditions.require;
    if (common === undefined) {
      report("has no `require`; name the CommonJS file that the ESM side is made from");
      continue;
    }
    if (!existsSync(join(folder, common.default))) {
      report(`${common.default} is not there; compile it before, or remove the entry`);
      continue;
    }
    const { exports: names, reexports } = parse(readFileSync(join(folder, common.default), "utf8"));
    if (reexports.length > 0) report(`${common.default} has \`export *\`; export each name by itself`);
    wrappers.push(
      { path: conditions.import.default, text: values(conditions.import.default, common.default, names) },
      { path: conditions.import.types, text: declarations(conditions.import.types, common.types) },
    );
  }
  failOnProblems(problems);
  return wrappers;
}

/** Writes the ESM side below the package. */
export function writeEsm(folder: string): void {
  for (const { path, text } of esmWrappers(folder)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

function values(path: string, common: string, names: readonly string[]): string {
  const lines = names
    .filter((name) => name !== "__esModule")
    .sort()
    .map((name) => `export const ${name} = common.${name};\n`);
  return `import common from "${specifier(path, common)}";\n\n${lines.join("")}`;
}

function declarations(path: string, common: string): string {
  return `export * from "${specifier(path, common).replace(/\.d\.ts$/, ".js")}";\n`;
}

function specifier(from: string, to: string): string {
  const path = relative(dirname(from), to).replaceAll("\\", "/");
  return path.startsWith(".") ? path : `./${path}`;
}
