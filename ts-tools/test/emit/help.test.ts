import { describe, expect, it } from "vitest";
import { helpFile } from "../../src/emit/help/help.js";
import { readLuaCats } from "../../src/emit/help/luacats.js";

const TYPES = `---@meta cooking

---Where it is cooked.
---@class llmspell.Pot
---@field lid? boolean|fun(size: integer): boolean, string? whether it fits
local Pot = {}

---Cooks, and returns
---what came of it.
---@param what table<string, { amount: number }>|string what to cook
---@return string? meal what there is to eat
---@return string? message
function Pot:cook(what) end

---@class llmspell
local llmspell = {}

---Makes a pot.
---@return llmspell.Pot
function llmspell.pot() end

---@type string
llmspell._VERSION = ""
`;

describe("Neovim's help from LuaCATS", () => {
  const items = readLuaCats("types.lua", TYPES);

  it("reads names, types with blanks in them, and texts", () => {
    expect(items.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      "class llmspell.Pot",
      "function llmspell.Pot:cook",
      "class llmspell",
      "function llmspell.pot",
      "value llmspell._VERSION",
    ]);
    expect(items[0]?.fields[0]).toEqual({
      name: "lid",
      optional: true,
      type: "boolean|fun(size: integer): boolean, string?",
      text: "whether it fits",
    });
    expect(items[1]?.params[0]).toMatchObject({
      type: "table<string, { amount: number }>|string",
      text: "what to cook",
    });
    expect(items[1]?.returns).toMatchObject([
      { name: "meal", type: "string?", text: "what there is to eat" },
      { name: "message", type: "string?", text: "" },
    ]);
  });

  it("has no bars in types, which Neovim would take for links", () => {
    const help = helpFile("*intro*", items);
    expect(help).toContain("{lid}? (boolean or fun(size: integer): boolean, string?) whether it fits");
    expect(help).not.toContain("|string");
  });

  it("has a tag for each at the right edge", () => {
    const lines = helpFile("*intro*", items).split("\n");
    expect(lines).toContain(
      `${"pot:cook({what})".padEnd(78 - 32)}*llmspell-pot:cook* *pot:cook()*`.replace(/ {2}\*/, "  *"),
    );
    expect(lines.find((line) => line.startsWith("llmspell.pot()"))).toMatch(/ \*llmspell\.pot\(\)\*$/);
    expect(lines.filter((line) => line.length > 78)).toEqual([]);
    expect(lines).toContain("    Cooks, and returns what came of it.");
  });

  it("names the line of a tag that it does not know", () => {
    expect(() => readLuaCats("types.lua", "---text\n---@feild x string\n")).toThrow(
      /^types\.lua:2: feild: no such tag/,
    );
  });
});
