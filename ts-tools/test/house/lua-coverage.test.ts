import { copyFileSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { parse } from "yaml";
import { defaultPaths, repositoryRoot } from "../../src/generate/paths.js";
import { coverageProblems, type LuaBinding, type Omissions } from "../../src/house/lua-coverage.js";
import { readApi } from "../../src/ir/validate.js";
import { buildRawModule, runLua } from "../support/raw-module.js";
import { tempFolder } from "../support/temp.js";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const read = (path: string): string => readFileSync(join(repositoryRoot, path), "utf8");
const api = readApi(read(defaultPaths.api), defaultPaths.api);
const omissions = parse(read("bindings/lua/coverage.yaml")) as Omissions;

/** Names of the functions that the committed raw module has when it is compiled and loaded. */
function functionsOfRaw(): Set<string> {
  const root = tempFolder();
  for (const path of [defaultPaths.api, defaultPaths.header, defaultPaths.luaRaw]) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    copyFileSync(join(repositoryRoot, path), join(root, path));
  }
  const program = `for name, value in pairs(require("rawtest")) do if type(value) == "function" then print(name) end end`;
  const shown = runLua("lua5.4", buildRawModule(root, 54, "", []), program);
  return new Set(shown.trim().split("\n"));
}

function filesIn(folder: string, ending: RegExp): Map<string, string> {
  const names = readdirSync(join(repositoryRoot, folder), { recursive: true, encoding: "utf8" });
  return new Map(names.filter((name) => ending.test(name)).map((name) => [name, read(`${folder}/${name}`)]));
}

let binding: LuaBinding;

beforeAll(() => {
  binding = {
    raw: functionsOfRaw(),
    shim: filesIn("bindings/lua/src", /\.[ch]$/),
    driver: filesIn(defaultPaths.luaDriver, /\.lua$/),
  };
});

it("every C function is in llmspell.raw and every raw function in the driver, or listed with a reason that holds", () => {
  expect(coverageProblems(api, binding, omissions)).toEqual([]);
  expect(binding.raw.size).toBeGreaterThan(20);
  expect(binding.driver.size).toBeGreaterThan(5);
});

describe("the coverage of the C API", () => {
  const problems = (change: { binding?: Partial<LuaBinding>; omissions?: Partial<Omissions>; api?: typeof api }) =>
    coverageProblems(change.api ?? api, { ...binding, ...change.binding }, { ...omissions, ...change.omissions });

  it("fails for each C function that loses its binding, by name", () => {
    for (const name of binding.raw) {
      const raw = new Set([...binding.raw].filter((other) => other !== name));
      expect(problems({ binding: { raw } })).toContain(
        `llmspell_${name}: not in llmspell.raw; use it there, or list it in bindings/lua/coverage.yaml under not_in_raw with the reason`,
      );
    }
  });

  it("fails for a new C function", () => {
    const [first] = api.functions;
    if (first === undefined) throw new Error("no functions");
    const functions = [...api.functions, { ...first, name: "llmspell_new_thing" }];
    expect(problems({ api: { ...api, functions } })).toEqual([
      expect.stringMatching(/^llmspell_new_thing: not in llmspell\.raw; /),
    ]);
  });

  it("fails for each entry that is taken out, in either list", () => {
    for (const list of ["not_in_raw", "not_in_driver"] as const) {
      for (const name of omissions[list].flatMap(({ functions }) => functions)) {
        const less = omissions[list].map((group) => ({
          ...group,
          functions: group.functions.filter((other) => other !== name),
        }));
        expect(problems({ omissions: { [list]: less } })).toEqual([
          expect.stringContaining(
            `${name}: not in ${list === "not_in_raw" ? "llmspell.raw" : "the driver"}; use it there`,
          ),
        ]);
      }
    }
  });

  it.each<[string, Partial<Omissions>, string]>([
    [
      "of a function that is gone",
      { not_in_raw: [{ because: "x", functions: ["llmspell_gone"] }] },
      "not_in_raw: llmspell_gone: no such function any more; remove the entry",
    ],
    [
      "of a function that is bound by now",
      { not_in_raw: [{ because: "x", functions: ["llmspell_agent_new"] }] },
      "not_in_raw: llmspell_agent_new: is in llmspell.raw now; remove the entry",
    ],
    [
      "of another layer",
      { not_in_raw: [{ because: "x", layer: "plain", functions: ["llmspell_error_kind"] }] },
      "not_in_raw: llmspell_error_kind: is of the full layer, not plain; bind it, or give another reason",
    ],
    [
      "of a function that the shim does not call",
      { not_in_raw: [{ because: "x", used_in: "native.c", functions: ["llmspell_buf_str"] }] },
      "not_in_raw: llmspell_buf_str: not called in bindings/lua/src/native.c (any more); give another reason",
    ],
    [
      "with a file that is gone",
      { not_in_raw: [{ because: "x", used_in: "gone.c", functions: ["llmspell_buf_str"] }] },
      "not_in_raw: llmspell_buf_str: not called in bindings/lua/src/gone.c (any more); give another reason",
    ],
    [
      "of a raw function that the shim does not call",
      { not_in_driver: [{ because: "x", used_in: "native.c", functions: ["queue_fd"] }] },
      "not_in_driver: queue_fd: not called in bindings/lua/src/native.c (any more); give another reason",
    ],
    [
      "of a raw function that the driver calls by now",
      { not_in_driver: [{ because: "x", functions: ["agent_new"] }] },
      "not_in_driver: agent_new: is in the driver now; remove the entry",
    ],
    [
      "without a reason",
      { not_in_driver: [{ because: " ", functions: ["queue_fd"] }] },
      "not_in_driver: queue_fd: no reason; write `because`",
    ],
    [
      "that is there twice",
      { not_in_driver: [{ because: "x", functions: ["queue_fd", "queue_fd"] }] },
      "not_in_driver: queue_fd: listed twice; write it once",
    ],
  ])("fails for an entry %s", (_what, stale, expected) => {
    expect(problems({ omissions: stale })).toContain(`bindings/lua/coverage.yaml: ${expected}`);
  });

  it("fails for a call of something that the raw module has not, and sees no call in a comment", () => {
    const driver = new Map([...binding.driver, ["new.lua", "raw.gone() -- raw.queue_fd()\n--[[ raw.agent_clone() ]]"]]);
    expect(problems({ binding: { driver } })).toEqual([
      "raw.gone: called in new.lua, but llmspell.raw has no such function",
    ]);
  });

  it("fails for a raw function that is none of the C API", () => {
    const raw = new Set([...binding.raw, "extra"]);
    expect(problems({ binding: { raw } })[0]).toBe(
      "raw.extra: no function of the C API; remove it from the raw module",
    );
  });
});
