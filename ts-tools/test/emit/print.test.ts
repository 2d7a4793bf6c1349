import { describe, expect, it } from "vitest";
import { CFile, llmspell, lua, stdint } from "../../src/emit/c-file.js";
import { commentLines, summary } from "../../src/emit/comment.js";
import { LuaMetaFile } from "../../src/emit/lua-file.js";
import { MarkdownFile } from "../../src/emit/markdown-file.js";
import { code, join } from "../../src/emit/print.js";

describe("printing carries its own includes", () => {
  it("one for each source, system headers first", () => {
    const file = new CFile("Banner.");
    const call = code`${lua("lua_pushnil")}(L)`;
    file.print`${call};`;
    file.print`${stdint("int32_t")} x = ${llmspell("llmspell_f")}(${join([1, "a", lua("L")], ", ")});`;
    expect(file.toString()).toBe(
      '/* Banner. */\n#include <stdint.h>\n#include "llmspell.h"\n#include "lua_api.h"\n\nlua_pushnil(L);\nint32_t x = llmspell_f(1, a, L);\n',
    );
  });

  it("a symbol that is made but not printed brings nothing", () => {
    const file = new CFile("Banner.");
    llmspell("llmspell_f");
    file.print`int x;`;
    expect(file.toString()).toBe("/* Banner. */\n\nint x;\n");
  });

  it("a class of LuaCATS brings its declaration", () => {
    const file = new LuaMetaFile("m", "Banner.");
    const used = file.class({ name: "m.used", doc: "Used." });
    file.class({ name: "m.unused", doc: "Unused." });
    file.print`---@param x ${used}`;
    expect(file.toString()).toMatch(
      /^---@meta m\n-- Banner\.\n\n---Used\.\n---@class m\.used : userdata\nlocal used = \{\}\n/,
    );
    expect(file.toString()).not.toContain("unused");
  });

  it("a link of Markdown needs its heading", () => {
    const file = new MarkdownFile("Banner.");
    file.print`${file.link("llmspell_x")}`;
    expect(() => file.toString()).toThrow("api.json:1: llmspell_x: linked to, but it has no heading");
    file.heading(2, "llmspell_x");
    expect(file.toString()).toContain("[llmspell_x](#llmspell_x)");
  });
});

describe("texts in comments", () => {
  it.each([
    ["c", "a */ b", "*/"],
    ["c", "a /* b", "/*"],
    ["lua", "a ]] b", "]]"],
    ["html", "a --> b", "-->"],
  ] as const)("%s refuses what would break it", (language, text, mark) => {
    expect(() => commentLines(language, "llmspell_f", text)).toThrow(
      `api.json:1: llmspell_f: its text contains \`${mark}\`, which would break a ${language} comment; write it without`,
    );
  });

  it("every kind of line end begins a line of the comment", () => {
    const file = new LuaMetaFile("m", "Banner.");
    file.doc("f", "a\r\nb\nos.exit()\rc\u2028d\n@param e");
    expect(file.toString().split("\n").slice(3)).toEqual([
      "---a",
      "---b",
      "---os.exit()",
      "---c",
      "---d",
      "---\\@param e",
      "",
    ]);
  });

  it("C comments are wrapped", () => {
    const file = new CFile("Banner.");
    file.comment("f", "word ".repeat(40).trim());
    expect(
      file
        .toString()
        .split("\n")
        .every((line) => line.length <= 120),
    ).toBe(true);
  });

  it("a summary is the first sentence", () => {
    expect(summary("Does x, e.g.y\nand z. More.\n\nEven more.")).toBe("Does x, e.g.y and z.");
    expect(summary("Takes options:\n\n- a")).toBe("Takes options.");
  });
});
