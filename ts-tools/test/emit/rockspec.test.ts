import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { luaAssignments, luaValue } from "../../src/emit/lua-data.js";
import { type Project, rockspecs } from "../../src/emit/rockspec.js";

const PROJECT: Project = {
  version: "1.2.3",
  licence: "MIT",
  repository: "https://host.test/someone/spells.git",
  rust: "1.90",
  sources: ["src/open.c", "src/shim_51.c"],
  lua: { from: "5.1", before: "5.2" },
};

/** What a Lua of this name makes of an expression. */
function evaluated(lua: string, expression: string): string {
  return execFileSync(lua, ["-e", `io.write(${expression})`], { encoding: "utf8" });
}

describe("the rockspecs", () => {
  it("are these", () => {
    const printed = rockspecs(PROJECT).map(({ path, text }) => `==> ${path}\n${text}`);
    expect(printed.join("\n")).toMatchSnapshot();
  });
});

describe("Lua data", () => {
  it.each(["lua5.1", "lua5.4"])("is read by %s as it was meant", (lua) => {
    for (const text of ['a "quoted" \\ word', "two\nlines", "ends with ]\n]", "a\n]]b]=]", ""]) {
      expect(evaluated(lua, luaValue(text))).toBe(text);
    }
    expect(evaluated(lua, `(${luaValue({ "a-b": ["x", "y"] })})["a-b"][2]`)).toBe("y");
    expect(evaluated(lua, `tostring((${luaValue({ a: { b: true } })}).a.b)`)).toBe("true");
  });

  it("leaves out what is undefined", () => {
    expect(luaAssignments({ a: 1, b: undefined, c: {} })).toBe("a = 1\nc = {}\n");
  });

  it("breaks a list that is too long for a line", () => {
    const words = Array.from({ length: 20 }, () => "quite a word");
    expect(luaValue(words).split("\n")).toHaveLength(22);
    expect(luaValue(words.slice(0, 2))).toBe('{ "quite a word", "quite a word" }');
  });
});
