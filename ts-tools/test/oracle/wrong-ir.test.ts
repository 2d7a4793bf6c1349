import { describe, expect, it, vi } from "vitest";
import type { Api, ApiFunction, ApiType, Constant, Param, StructType } from "../../src/ir/types.js";
import { api, header, headerFacts } from "./committed.js";
import { contradictedRoles, disagreements, factsOfApi } from "./compare.js";

vi.setConfig({ testTimeout: 120_000 });

type Change<T> = (item: T) => T | undefined;

function changed(changes: { fn?: Change<ApiFunction>; type?: Change<ApiType>; constant?: Change<Constant> }): Api {
  const each = <T>(items: readonly T[], change: Change<T> | undefined): T[] => {
    return change === undefined ? [...items] : items.flatMap((item) => change(item) ?? []);
  };
  return {
    ...api,
    functions: each(api.functions, changes.fn),
    types: each(api.types, changes.type),
    constants: each(api.constants, changes.constant),
  };
}

/** The items that disagreements name, each once. */
function namesIn(lines: readonly string[]): Set<string> {
  return new Set(lines.flatMap((line) => /^\w+ (\w+)/.exec(line)?.[1] ?? []));
}

function withParams(fn: ApiFunction, change: (params: readonly Param[]) => Param[]): ApiFunction {
  return { ...fn, params: change(fn.params) };
}

/** A function whose first parameter that `from` fits is declared otherwise. */
function redeclared(fn: ApiFunction, from: RegExp, to: string): ApiFunction {
  const at = fn.params.findIndex((param) => from.test(param.c_declaration));
  return withParams(fn, (params) => {
    return params.map((param, index) => {
      return index === at ? { ...param, c_declaration: param.c_declaration.replace(from, to) } : param;
    });
  });
}

const EXTRA: Param = {
  name: "more",
  c_declaration: "int more",
  nullable: false,
  role: { kind: "scalar", type: "int32_t" },
};

describe("an IR that is wrong about every function, in one way", () => {
  it.each<[string, Change<ApiFunction>]>([
    ["it lacks it", () => undefined],
    ["another name", (fn) => ({ ...fn, name: `${fn.name}_x` })],
    ["another returned type", (fn) => ({ ...fn, returns: { ...fn.returns, c_type: "float" } })],
    ["a parameter more", (fn) => withParams(fn, (params) => [...params, EXTRA])],
    ["a parameter less", (fn) => withParams(fn, (params) => params.slice(1))],
    ["parameters in another order", (fn) => withParams(fn, ([first, ...rest]) => (first ? [...rest, first] : rest))],
    ["another parameter name", (fn) => redeclared(fn, /\w+$/, "$&_x")],
    ["const lost", (fn) => redeclared(fn, /^const /, "")],
    ["const gained", (fn) => redeclared(fn, /^(?!const )\w+ \*/, "const $&")],
    ["a pointer more", (fn) => redeclared(fn, /(?<!\*)\*(?!\*)/, "**")],
    ["a pointer less", (fn) => redeclared(fn, /\*\*/, "*")],
    ["another integer", (fn) => redeclared(fn, /^size_t/, "uint64_t")],
    ["another sign", (fn) => redeclared(fn, /^int32_t/, "uint32_t")],
  ])("%s: each is named", (_what, change) => {
    const wrong = api.functions
      .filter((fn) => JSON.stringify(change(fn)) !== JSON.stringify(fn))
      .map(({ name }) => name);
    const lines = disagreements(headerFacts(), factsOfApi(changed({ fn: change })));
    expect(wrong).not.toEqual([]);
    expect([...namesIn(lines)].filter((name) => !name.endsWith("_x")).sort()).toEqual([...wrong].sort());
  });

  it("in a role: each is named", () => {
    const other = (param: Param): Param => {
      const { role } = param;
      if (role.kind === "handle") return { ...param, role: { ...role, mutable: !role.mutable } };
      if (role.kind === "scalar" || role.kind === "out_scalar") return { ...param, role: { ...role, type: "double" } };
      return param;
    };
    const change = (fn: ApiFunction): ApiFunction => withParams(fn, (params) => params.map(other));
    const wrong = api.functions
      .filter((fn) => JSON.stringify(change(fn)) !== JSON.stringify(fn))
      .map(({ name }) => name);
    expect(wrong.length).toBeGreaterThan(20);
    expect(contradictedRoles(header, changed({ fn: change })).sort()).toEqual([...wrong].sort());
  });
});

function withFields(type: ApiType, change: (fields: StructType["fields"]) => StructType["fields"]): ApiType {
  return type.kind === "struct" ? { ...type, fields: change(type.fields) } : type;
}

/** What clang says about an IR: where it disagrees with the header, or why the IR makes no header at all. */
function complaints(wrong: Api): string {
  try {
    return disagreements(headerFacts(), factsOfApi(wrong)).join("\n");
  } catch (error) {
    return (error as Error).message;
  }
}

describe("an IR that is wrong about every type, in one way", () => {
  it.each<[string, Change<ApiType>]>([
    ["a field more", (type) => withFields(type, (fields) => [...fields, { name: "more", c_type: "int", doc: "" }])],
    ["a field less", (type) => withFields(type, (fields) => fields.slice(0, -1))],
    ["fields in another order", (type) => withFields(type, ([first, ...rest]) => (first ? [...rest, first] : rest))],
    [
      "another field type",
      (type) => withFields(type, ([first, ...rest]) => (first ? [{ ...first, c_type: "float" }, ...rest] : rest)),
    ],
    ["another scalar", (type) => (type.kind === "alias" ? { ...type, type: "int64_t" } : type)],
    [
      "another function pointer",
      (type) => (type.kind === "callback" ? { ...type, returns: { ...type.returns, c_type: "char" } } : type),
    ],
    [
      "another parameter of a function pointer",
      (type) => (type.kind === "callback" ? { ...type, params: [...type.params, EXTRA] } : type),
    ],
    [
      "a struct for a handle",
      (type) =>
        type.kind === "opaque"
          ? {
              kind: "struct",
              name: type.name,
              layer: type.layer,
              doc: "",
              fields: [{ name: "a", c_type: "int", doc: "" }],
            }
          : type,
    ],
  ])("%s: each is named", (_what, change) => {
    const wrong = api.types
      .filter((type) => JSON.stringify(change(type)) !== JSON.stringify(type))
      .map(({ name }) => name);
    const lines = disagreements(headerFacts(), factsOfApi(changed({ type: change })));
    expect(wrong).not.toEqual([]);
    expect([...namesIn(lines)].sort()).toEqual([...wrong].sort());
  });

  it.each(api.types.map(({ name }) => name))("%s is missing: it is named", (name) => {
    expect(complaints(changed({ type: (type) => (type.name === name ? undefined : type) }))).toContain(name);
  });
});

describe("an IR that is wrong about every constant, in one way", () => {
  it.each<[string, Change<Constant>]>([
    ["another value", (it) => ({ ...it, value: typeof it.value === "number" ? it.value + 1 : `${it.value}x` })],
    ["another kind of value", (it) => ({ ...it, value: typeof it.value === "number" ? `${it.value}` : 1 })],
    ["it lacks it", () => undefined],
    ["another name", (it) => ({ ...it, name: `${it.name}_x` })],
  ])("%s: each is named", (_what, change) => {
    const lines = disagreements(headerFacts(), factsOfApi(changed({ constant: change })));
    const names = [...namesIn(lines)].filter((name) => !name.endsWith("_x"));
    expect(names.sort()).toEqual(api.constants.map(({ name }) => name).sort());
  });
});
