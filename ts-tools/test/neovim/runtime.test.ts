import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { headless, PROGRAMS, ROOT, said } from "./support/programs.js";

const RUNTIME = join(ROOT, "bindings/neovim");

describe("the help file", () => {
  const lines = readFileSync(join(RUNTIME, "doc/llmspell.txt"), "utf8").split("\n");

  it("has no line longer than 78 columns", () => {
    expect(lines.filter((line) => [...line].length > 78)).toEqual([]);
  });

  it("names every method and function of the module's types", () => {
    const types = readFileSync(join(ROOT, "bindings/lua/meta/llmspell.lua"), "utf8");
    const functions = [...types.matchAll(/^function (llmspell[.\w]+)\(/gm)].map(([, name]) => `*${name}()*`);
    const methods = [...types.matchAll(/^function (Agent|Stream):(\w+)\(/gm)].map(
      ([, owner, method]) => `*llmspell-${owner?.toLowerCase()}:${method}*`,
    );
    const text = lines.join("\n");
    expect(functions.length + methods.length).toBeGreaterThan(20);
    expect([...functions, ...methods].filter((tag) => !text.includes(tag))).toEqual([]);
  });
});

describe.each(PROGRAMS)("%s: the runtime files", (_, program) => {
  const copied = (code: string): string => `
    local folder = vim.fn.tempname()
    vim.fn.mkdir(folder .. "/doc", "p")
    vim.fn.writefile(vim.fn.readfile([[${RUNTIME}/doc/llmspell.txt]]), folder .. "/doc/llmspell.txt")
    vim.opt.rtp:append(folder)
    ${code}`;

  it.each([
    ["llmspell", "*llmspell*"],
    ["llmspell-agent:chat", "agent:chat("],
    ["agent:execute()", "agent:execute("],
    ["llmspell-stream:next", "stream:next("],
    ["llmspell.agent()", "llmspell.agent("],
    ["llmspell.AgentOptions", "llmspell.AgentOptions"],
    ["llmspell-waiting", "WAITING"],
  ])(":help %s finds its place", async (tag, shown) => {
    const [file, line] = await said(
      program,
      copied(`vim.cmd("helptags " .. folder .. "/doc")
        vim.cmd("help ${tag}")
        say(vim.fn.expand("%:t"))
        local at = vim.fn.line(".")
        say(table.concat(vim.api.nvim_buf_get_lines(0, at - 1, at + 3, false), " "))`),
    );
    expect(file).toBe("llmspell.txt");
    expect(line).toContain(shown);
  });

  /** The report of :checkhealth llmspell. */
  const report = async (env: string): Promise<string> => {
    const ended = await headless(
      program,
      `${env}
       vim.opt.rtp:append([[${RUNTIME}]])
       vim.cmd("checkhealth llmspell")
       say(table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), "\\n"))`,
    );
    expect(ended.code).toBe(0);
    return ended.lines.join("\n");
  };

  it("tells in :checkhealth that all is well, and of keys only their names", async () => {
    const text = await report(`vim.env.OPENAI_API_KEY = "sk-secret" vim.env.GEMINI_API_KEY = "other-secret"`);
    expect(text).toMatch(/Neovim \d+\.\d+\.\d+/);
    expect(text).toMatch(/llmspell \d+\.\d+\.\d+, from \S+llmspell\.so/);
    expect(text).toContain("works on the main thread");
    expect(text).toContain("events arrive over the socket");
    expect(text).toContain("openai: OPENAI_API_KEY is set");
    expect(text).toContain("gemini: GEMINI_API_KEY is set");
    expect(text).not.toContain("anthropic");
    expect(text).not.toContain("secret");
    expect(text).not.toMatch(/ERROR/);
  });

  it("tells in :checkhealth that the module is missing and where to put it, and that there is no key", async () => {
    const text = await report(`package.loaded.llmspell = nil package.cpath = ""`);
    expect(text).toMatch(/ERROR.*llmspell is not found/);
    expect(text).toContain(".config/nvim/lua/llmspell.so");
    expect(text).toMatch(/WARN.*no provider has a key/);
  });

  it("knows the variables of every provider that needs a key", async () => {
    const table = readFileSync(join(ROOT, "crates/llmspell/src/provider/table.rs"), "utf8");
    const known = await said(
      program,
      `vim.opt.rtp:append([[${RUNTIME}]])
       for _, variables in pairs(require("llmspell.health").KEYS) do for _, name in ipairs(variables) do say(name) end end`,
    );
    const keys = [...table.matchAll(/Variables::new\(\s*&\[([^\]]*)\][\s\S]*?\n {4}\}/g)]
      .filter(([entry]) => !entry.includes("without_key()"))
      .flatMap(([, names]) => [...(names ?? "").matchAll(/"(\w+)"/g)].map(([, name]) => name));
    expect(keys.length).toBeGreaterThan(10);
    expect(keys.filter((name) => !known.includes(name ?? ""))).toEqual([]);
  });

  it("is found as lua/llmspell.so on 'runtimepath'", async () => {
    expect(
      await said(
        program,
        `local from = package.searchpath and package.searchpath("llmspell", package.cpath) or package.cpath:match("[^;]+"):gsub("?", "llmspell")
         local folder = vim.fn.tempname()
         vim.fn.mkdir(folder .. "/lua", "p")
         assert(vim.loop.fs_symlink(from, folder .. "/lua/llmspell.so"))
         package.loaded.llmspell, package.cpath = nil, package.cpath:gsub("^[^;]+;", "")
         vim.opt.rtp:append(folder)
         say((require("llmspell").agent{ provider = "demo" }:chat("say found")))`,
      ),
    ).toEqual(["found"]);
  });
});
