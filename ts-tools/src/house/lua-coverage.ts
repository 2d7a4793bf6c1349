import { PREFIX, withoutPrefix } from "../ir/names.js";
import type { Api } from "../ir/types.js";

/** A group of functions in `bindings/lua/coverage.yaml` that is left out for one reason. */
export interface Omission {
  readonly because: string;
  /** The functions are of this layer. */
  readonly layer?: string;
  /** A C file of the shim calls each of them. */
  readonly used_in?: string;
  readonly functions: readonly string[];
}

/** What `bindings/lua/coverage.yaml` says. */
export interface Omissions {
  /** Functions of the C API, by their C names, that the raw module lacks. */
  readonly not_in_raw: readonly Omission[];
  /** Functions of the raw module, by their names there, that the driver does not call. */
  readonly not_in_driver: readonly Omission[];
}

/** The Lua binding as it is. */
export interface LuaBinding {
  /** Names of the functions in the table of the raw module. */
  readonly raw: ReadonlySet<string>;
  /** C files of the shim, by name. */
  readonly shim: ReadonlyMap<string, string>;
  /** Lua files of the driver, by name. */
  readonly driver: ReadonlyMap<string, string>;
}

/** Every function of the C API that Lua lacks for no stated reason, and every reason that does not hold; one line each. */
export function coverageProblems(api: Api, binding: LuaBinding, omissions: Omissions): string[] {
  const layers = new Map<string, string>(api.functions.map(({ name, layer }) => [name, layer]));
  const called = driverCalls(binding.driver);
  return [
    ...[...binding.raw].flatMap((name) => {
      if (layers.has(PREFIX + name)) return [];
      return [`raw.${name}: no function of the C API; remove it from the raw module`];
    }),
    ...held("not_in_raw", omissions.not_in_raw, {
      all: [...layers.keys()],
      isThere: (name) => binding.raw.has(withoutPrefix(name)),
      place: "llmspell.raw",
    }),
    ...conditions("not_in_raw", omissions.not_in_raw, layers, binding.shim),
    ...held("not_in_driver", omissions.not_in_driver, {
      all: [...binding.raw],
      isThere: (name) => called.has(name),
      place: "the driver",
    }),
    ...conditions("not_in_driver", omissions.not_in_driver, layers, binding.shim),
    ...[...called].flatMap(([name, file]) => {
      return binding.raw.has(name) ? [] : [`raw.${name}: called in ${file}, but llmspell.raw has no such function`];
    }),
  ];
}

interface Covered {
  readonly all: readonly string[];
  readonly isThere: (name: string) => boolean;
  readonly place: string;
}

function held(list: string, omissions: readonly Omission[], { all, isThere, place }: Covered): string[] {
  const listed = omissions.flatMap(({ functions }) => functions);
  const file = "bindings/lua/coverage.yaml";
  return [
    ...all.flatMap((name) => {
      if (isThere(name) || listed.includes(name)) return [];
      return [`${name}: not in ${place}; use it there, or list it in ${file} under ${list} with the reason`];
    }),
    ...listed.flatMap((name, index) => {
      const where = `${file}: ${list}: ${name}:`;
      if (!all.includes(name)) return [`${where} no such function any more; remove the entry`];
      if (isThere(name)) return [`${where} is in ${place} now; remove the entry`];
      return listed.indexOf(name) < index ? [`${where} listed twice; write it once`] : [];
    }),
    ...omissions.flatMap(({ because, functions }) => {
      if (typeof because === "string" && because.trim() !== "") return [];
      return [`${file}: ${list}: ${functions.join(", ")}: no reason; write \`because\``];
    }),
  ];
}

/** What a group says about its functions must be so. */
function conditions(
  list: string,
  omissions: readonly Omission[],
  layers: ReadonlyMap<string, string>,
  shim: ReadonlyMap<string, string>,
): string[] {
  return omissions.flatMap(({ layer, used_in, functions }) =>
    functions.flatMap((name) => {
      const where = `bindings/lua/coverage.yaml: ${list}: ${name}:`;
      const cName = name.startsWith(PREFIX) ? name : PREFIX + name;
      const lines: string[] = [];
      const actual = layers.get(cName);
      if (layer !== undefined && actual !== undefined && actual !== layer) {
        lines.push(`${where} is of the ${actual} layer, not ${layer}; bind it, or give another reason`);
      }
      if (used_in !== undefined && !withoutCComments(shim.get(used_in) ?? "").includes(`${cName}(`)) {
        lines.push(`${where} not called in bindings/lua/src/${used_in} (any more); give another reason`);
      }
      return lines;
    }),
  );
}

function withoutCComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/\/\/.*/g, "");
}

/** The functions of the raw module that Lua files call, each with a file that does; constants are upper case. */
function driverCalls(files: ReadonlyMap<string, string>): Map<string, string> {
  const called = new Map<string, string>();
  for (const [file, text] of files) {
    const code = text.replace(/--\[(=*)\[[\s\S]*?\]\1\]/g, "").replace(/--.*/g, "");
    for (const [, name = ""] of code.matchAll(/\braw\.([a-z]\w*)/g)) called.set(name, file);
  }
  return called;
}
