import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { startMock } from "../../src/mock/index.js";
import { Embedded } from "./support/embedded.js";
import { BUILD, PROGRAMS, ROOT } from "./support/programs.js";

const PLUGIN = join(ROOT, "examples/neovim/assistant.nvim");
const FILE = "local greeting = 'Hello'\nlocal name = 'World'\nprint(greeting, name)\n";

describe.each(PROGRAMS)("%s: assistant.nvim", (_, program) => {
  let embedded: Embedded;
  afterEach(() => embedded.stop());

  const start = async (setup = ""): Promise<void> => {
    embedded = await Embedded.start(program, {
      args: [
        ...["-u", join(PLUGIN, "try.lua")],
        ...(setup === "" ? [] : ["-c", `lua require("assistant").setup { ${setup} }`]),
        "greet.lua",
      ],
      env: { BUILD },
      files: { "greet.lua": FILE },
    });
    await embedded.shows(/local greeting/);
  };
  const file = async (): Promise<string> =>
    String(await embedded.lua(`return table.concat(vim.fn.getbufline("greet.lua", 1, "$"), "\\n") .. "\\n"`));
  const chat = async (): Promise<string> =>
    String(
      await embedded.lua(`return table.concat(vim.fn.getbufline(vim.fn.bufnr("assistant://chat"), 1, "$"), "\\n")`),
    );
  const idle = (): Promise<void> =>
    embedded.until("the end", () => embedded.lua(`return require("assistant").statusline() == ""`));
  /** What Neovim would have shown as an error. */
  const errors = async (): Promise<unknown> => embedded.lua("return vim.v.errmsg");

  it("asks what is typed and shows the answer, again and again", async () => {
    await start();
    await embedded.keys(":Assistant<CR>");
    await embedded.keys("say hello there<CR>");
    await embedded.shows(/## You[\s\S]*say hello there[\s\S]*## Assistant[\s\S]*hello there/);
    await idle();
    await embedded.keys("what did I say?<CR>");
    await embedded.until("the second answer", async () => (await chat()).split("## Assistant").length === 3);
    await idle();
    expect((await chat()).split("## Assistant")[2]).toContain("say hello there");
    await embedded.keys("<Esc>:AssistantReset<CR>");
    await embedded.until("an empty chat", async () => (await chat()) === "");
    expect(await embedded.lua(`return vim.fn.bufwinid("assistant://chat")`)).not.toBe(-1);
    expect(await errors()).toBe("");
  });

  it("takes the visual selection along", async () => {
    await start();
    await embedded.keys("jV:Assistant Hi<CR>");
    await embedded.shows(/\(with greet\.lua, line 2\)/);
    await idle();
    expect(await chat()).toContain("From greet.lua, line 2:");
    expect(await chat()).toContain("local name = 'World'");
    await embedded.keys("gg0wve:Assistant Hello<CR>");
    await embedded.until("the second answer", async () => (await chat()).split("## Assistant").length === 3);
    await idle();
    expect((await chat()).split("## Assistant")[2]).toMatch(/```lua\ngreeting\n```/);
    expect(await errors()).toBe("");
  });

  it("takes what was selected before the chat was opened along with the next question alone", async () => {
    await start();
    await embedded.keys("jV:Assistant<CR>");
    await embedded.shows(/next question goes with greet\.lua, line 2/);
    await embedded.keys("Hi<CR>");
    await embedded.until("the answer", async () => (await chat()).includes("local name = 'World'"));
    await idle();
    await embedded.keys("Hello<CR>");
    await embedded.until("the second answer", async () => (await chat()).includes("You said: Hello"));
    await idle();
    expect((await chat()).split("## Assistant")[2]).not.toContain("local name");
    expect(await errors()).toBe("");
  });

  it("streams while somebody types into the file and timers tick", async () => {
    await start();
    await embedded.lua(`
      ticks = 0
      timer = vim.loop.new_timer()
      timer:start(5, 5, function() ticks = ticks + 1 end)`);
    await embedded.keys(`:Assistant say slowly ${Array.from({ length: 1000 }, (_one, at) => `w${at}`).join(" ")}<CR>`);
    await embedded.until("the answer", async () => /## Assistant[\s\S]*w5 /.test(await chat()));
    const ticks = Number(await embedded.lua("return ticks"));
    await embedded.shows(/\[assistant: writes\]/);
    await embedded.keys("onew line<Esc>");
    await embedded.until("the typed line", async () => (await file()).includes("new line"));
    await embedded.until("ticks", async () => Number(await embedded.lua("return ticks")) > ticks + 50);
    expect(await embedded.lua(`return require("assistant").statusline()`)).toBe("[assistant: writes]");
    await embedded.lua(`require("assistant").cancel()`);
    await idle();
    expect((await chat()).split("## Assistant")[1]).toMatch(/w0 w1 w2 w3 w4 w5 [\s\S]*\(cancelled\)/);
    await embedded.lua("timer:close()");
    expect(await errors()).toBe("");
  });

  it("keeps a question that is typed while it answers", async () => {
    await start();
    await embedded.keys(":Assistant<CR>");
    await embedded.keys("edit buffer: \"'World'\" becomes \"'Neovim'\"<CR>");
    await embedded.shows(/a: accept/);
    await embedded.keys("<Esc>:tabfirst<CR>:Assistant<CR>");
    await embedded.keys("say hello there<CR>");
    await embedded.until("the warning", async () =>
      String(await embedded.lua(`return vim.fn.execute("messages")`)).includes("still answering"),
    );
    const question = (): Promise<unknown> =>
      embedded.lua(
        `return vim.trim(table.concat(vim.fn.getbufline(vim.fn.bufnr("assistant://question"), 1, "$"), " "))`,
      );
    expect(await question()).toBe("say hello there");
    await embedded.lua(`require("assistant").cancel()`);
    await idle();
    await embedded.keys("<CR>");
    await embedded.shows(/## You[\s\S]*say hello there/);
    expect(await question()).toBe("");
    await idle();
  });

  it.each([
    ["accepts", "a", true],
    ["rejects", "r", false],
    ["closing the tab rejects", ":tabclose<CR>", false],
  ])("shows a change as a diff: the user %s", async (_what, keys, changed) => {
    await start();
    await embedded.keys(`:Assistant edit buffer: "'World'" becomes "'Neovim'"<CR>`);
    await embedded.shows(/'World'[\s\S]*'Neovim'|'Neovim'[\s\S]*'World'/);
    await embedded.shows(/a: accept {3}r: reject/);
    await embedded.until(
      "two windows with the diff",
      async () =>
        (await embedded.lua(
          `return #vim.tbl_filter(function(w) return vim.wo[w].diff end, vim.api.nvim_tabpage_list_wins(0))`,
        )) === 2,
    );
    expect(await file()).toBe(FILE);
    expect(await embedded.lua(`return require("assistant").statusline()`)).toBe("[assistant: waits for your decision]");
    await embedded.keys(keys);
    await idle();
    expect(await file()).toBe(changed ? FILE.replace("World", "Neovim") : FILE);
    expect(await chat()).toContain(changed ? "the user accepted the change" : "the user rejected this change");
    expect(await embedded.lua("return #vim.api.nvim_list_tabpages()")).toBe(1);
    expect(await errors()).toBe("");
  });

  it("takes a change that the user amended, and none of a file that was changed meanwhile", async () => {
    await start();
    await embedded.keys(`:Assistant edit buffer: "'World'" becomes "'Neovim'"<CR>`);
    await embedded.shows(/a: accept/);
    await embedded.keys(":%s/Neovim/Vim/<CR>a");
    await idle();
    expect(await file()).toBe(FILE.replace("World", "Vim"));
    expect(await chat()).toContain("amended the change");
    await embedded.keys(`:Assistant edit buffer: "'Vim'" becomes "'Emacs'"<CR>`);
    await embedded.shows(/a: accept/);
    await embedded.lua(`vim.fn.setbufline("greet.lua", 1, "changed")`);
    await embedded.keys("a");
    await idle();
    expect(await file()).not.toContain("Emacs");
    expect(await chat()).toContain("changed meanwhile");
    expect(await errors()).toBe("");
  });

  it("reads the file, and tells the model why a change is not possible", async () => {
    await start();
    await embedded.keys(":Assistant read the buffer from 2 to 3<CR>");
    await idle();
    expect(await chat()).toContain("→ read_buffer");
    expect(await chat()).toMatch(/2: local name = 'World'/);
    await embedded.keys(`:Assistant edit buffer: "nowhere" becomes "x"<CR>`);
    await embedded.until("the second answer", async () => (await chat()).split("## Assistant").length === 3);
    await idle();
    expect(await chat()).toContain("is not in the file");
    expect(await errors()).toBe("");
  });

  it("stops with CTRL-C and takes the diff away with it, and goes on with the next question", async () => {
    await start();
    await embedded.keys(":Assistant<CR>");
    await embedded.keys(`say slowly ${"word ".repeat(1000)}<CR>`);
    // the question has the words as well
    await embedded.until("the answer", async () => /## Assistant\s+slowly word word/.test(await chat()));
    await embedded.keys("<C-c>");
    await idle();
    expect(await chat()).toContain("(cancelled)");
    await embedded.keys(`<Esc>:Assistant edit buffer: "'World'" becomes "'Neovim'"<CR>`);
    await embedded.shows(/a: accept/);
    await embedded.keys(":AssistantCancel<CR>");
    await idle();
    expect(await embedded.lua("return #vim.api.nvim_list_tabpages()")).toBe(1);
    await embedded.keys("<Esc>:Assistant say fine<CR>");
    await embedded.until("the answer", async () => (await chat()).includes("\nfine"));
    expect(await file()).toBe(FILE);
    expect(await errors()).toBe("");
  });

  it("stops with CTRL-C in a chat that was opened by a question", async () => {
    await start();
    await embedded.keys(`:Assistant slowly ${"word ".repeat(500)}<CR>`);
    await embedded.shows(/\[assistant: writes\]/);
    await embedded.keys("<C-w>l");
    // before that CTRL-C would interrupt the keys that wait
    await embedded.until(
      "the chat",
      async () => (await embedded.lua("return vim.fn.bufname()")) === "assistant://chat",
    );
    await embedded.keys("<C-c>");
    await idle();
    expect(await chat()).toContain("(cancelled)");
    expect(await errors()).toBe("");
  });

  it("stops what has only just begun", async () => {
    await start();
    await embedded.lua(`
      local assistant = require("assistant")
      assistant.ask("slowly ${"word ".repeat(5000)}")
      assistant.cancel()`);
    await embedded.until("the end", async () => (await chat()).includes("(cancelled)"));
    await idle();
    expect(await chat()).not.toContain("## Assistant\n\nYou said");
    expect(await errors()).toBe("");
  });

  it("shows what fails as a line of the chat", async () => {
    await start();
    await embedded.keys(":Assistant fail with 401<CR>");
    await idle();
    expect(await chat()).toMatch(/\*\*auth:\*\* /);
    expect(await errors()).toBe("");
  });

  it("says in the chat that a key is missing, or that an option is wrong", async () => {
    await start(`model = "openai/gpt-4o"`);
    await embedded.keys(":Assistant Hello<CR>");
    await embedded.until("the error", async () => (await chat()).includes("OPENAI_API_KEY"));
    await idle();
    await embedded.lua(`require("assistant").setup { temperatur = 1 }`);
    await embedded.keys(":Assistant Hello<CR>");
    await embedded.until("the error", async () => (await chat()).includes("temperature"));
    await idle();
    expect(await errors()).toBe("");
  });

  it("asks a model over HTTP, and ends at once in the middle of an answer", async () => {
    const mock = await startMock({
      exchanges: [{ respond: { chat: { text: "From afar" }, actions: [{ stall: { event: 3 } }] } }],
    });
    try {
      await start(`model = "openai/gpt-4o", api_key = "sk-test", base_url = "${mock.url}/v1"`);
      await embedded.keys(":Assistant Hello<CR>");
      await embedded.shows(/From/);
      await embedded.keys(":qa!<CR>");
      expect(await embedded.ended()).toEqual({ code: 0, stderr: "" });
    } finally {
      await mock.close();
    }
  });
});
