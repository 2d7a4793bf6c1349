import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Mock, startMock } from "../../src/mock/index.js";
import { Embedded } from "./support/embedded.js";
import { headless, PROGRAMS, said } from "./support/programs.js";

/** Agents that Lua uses below: \`demo\`, and \`busy()\` whose tool lets Neovim go on for a while. */
const AGENTS = `
local demo = llmspell.agent{ provider = "demo" }
local function busy()
  return llmspell.agent{ provider = "demo", tools = { { name = "weather", description = "weather of a city",
    schema = { type = "object", properties = { city = { type = "string" } } },
    execute = function() vim.wait(50) return "rain" end } } }
end
`;

const STALLED = {
  exchanges: [{ repeat: "forever", respond: { chat: { text: "Hi there" }, actions: [{ stall: { event: 2 } }] } }],
} as const;

describe.each(PROGRAMS)("%s: waiting on the main thread", (_, program) => {
  const lua = (code: string): Promise<string[]> => said(program, AGENTS + code);

  it("chats, streams and executes", async () => {
    expect(
      await lua(`
        say((demo:chat("say hello")))
        say(demo:execute{ input = "say world" }.text)
        local types = {}
        for event in demo:stream("say one two") do types[#types + 1] = event.type end
        say(table.concat(types, " "))
        say((busy():chat("weather in Paris")))`),
    ).toEqual([
      "hello",
      "world",
      expect.stringMatching(/^run_start step_start (text_delta )+step_end done$/),
      expect.stringContaining("rain"),
    ]);
  });

  it("goes on wherever the collector takes what is left of the runs before", async () => {
    expect(
      await lua(`
        collectgarbage("setpause", 0)
        collectgarbage("setstepmul", 1000)
        for _ = 1, 300 do assert(demo:fork():chat("say hello") == "hello") end
        say("went on")`),
    ).toEqual(["went on"]);
  });

  it("uses vim.api in a tool's handler, and in a handler that waits as well", async () => {
    expect(
      await lua(`
        vim.api.nvim_buf_set_lines(0, 0, -1, false, { "first", "second" })
        local agent = llmspell.agent{ provider = "demo", tools = { { name = "weather", description = "weather of a city",
          execute = function()
            return vim.api.nvim_buf_get_lines(0, 1, 2, false)[1] .. (demo:chat("say inside"))
          end } } }
        say((agent:chat("weather in Paris")))`),
    ).toEqual([expect.stringContaining("secondinside")]);
  });

  it("waits in place in a coroutine of somebody else, behind a C function and under nvim_buf_call", async () => {
    expect(
      await lua(`
        local answers = coroutine.wrap(function() for i = 1, 2 do coroutine.yield((demo:chat("say " .. i))) end end)
        say(answers(), answers())
        table.sort({ 2, 1 }, function(a, b) say((demo:chat("say sorted"))) return a < b end)
        vim.api.nvim_buf_call(0, function() say((demo:chat("say called"))) end)`),
    ).toEqual(["1 2", "sorted", "called"]);
  });

  it("lets timers and other plugins go on, also while events come without a pause", async () => {
    const lines = await lua(`
        local ticks, events = 0, 0
        local timer = vim.loop.new_timer()
        timer:start(1, 1, function() ticks = ticks + 1 end)
        local scheduled
        vim.schedule(function() scheduled = true end)
        for event in demo:stream("say " .. ("hello "):rep(2000)) do
          events = events + 1
          local until_then = vim.loop.hrtime() + 1e5
          while vim.loop.hrtime() < until_then do end
        end
        timer:close()
        assert(scheduled)
        say(ticks, events)`);
    const [ticks, events] = String(lines).split(" ").map(Number);
    expect(events).toBeGreaterThan(2000);
    // the stream's work alone takes 200 ms
    expect(ticks).toBeGreaterThan(5);
  });

  it("serves another plugin's chat inside, with another agent and with the same", async () => {
    expect(
      await lua(`
        local outer = busy()
        vim.schedule(function() say((demo:chat("say inside"))) end)
        say((outer:chat("weather in Paris")))
        vim.schedule(function()
          local _, message, details = outer:chat("say no")
          say(details.kind, message)
        end)
        say((outer:chat("weather in Rome")))`),
    ).toEqual([
      "inside",
      expect.stringContaining("rain"),
      expect.stringMatching(/^busy the agent is in another run/),
      expect.stringContaining("rain"),
    ]);
  });

  it("refuses the chats of callbacks that would nest without end, and works afterwards", async () => {
    expect(
      await lua(`
        local refused, answered, left = 0, 0, 30
        local function one()
          left = left - 1
          if left < 0 then return end
          vim.schedule(one)
          local text, message, details = busy():chat("weather in Paris")
          if text then
            answered = answered + 1
          else
            refused = refused + 1
            assert(details.kind == "busy" and message:find("agent:chat(message, function(text, err)", 1, true), message)
          end
        end
        one()
        vim.wait(20000, function() return refused + answered == 30 end)
        say(refused > 0, answered >= 10, refused + answered)
        say((demo:chat("say fine")))`),
    ).toEqual(["true true 30", "fine"]);
  });

  it("says in a fast event what to do instead", async () => {
    expect(
      await lua(`
        local result
        local timer = vim.loop.new_timer()
        timer:start(1, 0, function() timer:close() result = { demo:chat("say no") } end)
        vim.wait(10000, function() return result end)
        say(result[3].kind, result[2])`),
    ).toEqual([expect.stringMatching(/^unsupported_context a fast event .*vim\.schedule\(function/)]);
  });

  it("loads in a fast event", async () => {
    expect(
      await lua(`
        package.loaded.llmspell = nil
        local loaded
        local timer = vim.loop.new_timer()
        timer:start(1, 0, function() timer:close() loaded = require("llmspell") end)
        vim.wait(10000, function() return loaded end)
        say((loaded.agent{ provider = "demo" }:chat("say loaded")))`),
    ).toEqual(["loaded"]);
  });

  it("leaves no handle behind: after a run, a stream that nobody holds, a reload of the module", async () => {
    expect(
      await lua(`
        local made = {}
        for name, make in pairs(vim.loop) do
          if name:find("^new_") then
            vim.loop[name] = function(...)
              local handle, more, evenmore = make(...)
              made[#made + 1] = handle
              return handle, more, evenmore
            end
          end
        end
        local function handles()
          collectgarbage() collectgarbage()
          local count = 0
          for _, handle in ipairs(made) do if not handle:is_closing() then count = count + 1 end end
          return count
        end
        local before = handles()
        demo:chat("say hello")
        say(handles() - before)
        for _ = 1, 5 do
          local stream = demo:fork():stream("say one two three")
          stream:next()
        end
        say(handles() - before)
        for _ = 1, 5 do
          package.loaded.llmspell = nil
          local again = require("llmspell")
          again.agent{ provider = "demo" }:chat("say hello")
          again.agent{ provider = "demo" }:stream("say hello"):next()
        end
        say(handles() - before)
        say(#made > 2)
        say(#vim.api.nvim_get_autocmds{ group = "llmspell.leave" })`),
    ).toEqual(["0", "0", "0", "true", "1"]);
  });

  it("leaves a group of autocommands alone that the user named after it", async () => {
    const group = `lua vim.api.nvim_create_autocmd("User", { group = vim.api.nvim_create_augroup("llmspell", {}), command = "" })`;
    expect(
      await said(program, `say(#vim.api.nvim_get_autocmds{ group = "llmspell", event = "User" })`, ["-c", group]),
    ).toEqual(["1"]);
  });

  it("says that an agent is busy at once where nothing may wait", async () => {
    expect(
      await lua(`
        local stream = demo:stream("slowly say " .. ("word "):rep(500))
        stream:next()
        local result
        local timer = vim.loop.new_timer()
        timer:start(1, 0, function() timer:close() result = { demo:reset() } end)
        vim.wait(10000, function() return result end)
        say(result[1], result[3] and result[3].kind)
        stream:close()
        say(demo:reset())`),
    ).toEqual(["nil busy", "true"]);
  });

  it("works in a thread of libuv, which has no event loop", async () => {
    expect(
      await lua(`
        local said
        local work = vim.loop.new_work(function(cpath)
          package.cpath = cpath
          return (require("llmspell").agent{ provider = "demo" }:chat("say threaded"))
        end, function(text) said = text end)
        work:queue(package.cpath)
        vim.wait(20000, function() return said end)
        say(said)`),
    ).toEqual(["threaded"]);
  });

  describe("with a provider that does not go on", () => {
    let mock: Mock;
    beforeEach(async () => {
      mock = await startMock(STALLED);
    });
    afterEach(() => mock.close());
    const stalled = (): string =>
      `llmspell.agent{ model = "openai/gpt-4o", api_key = "sk-test", base_url = "${mock.url}/v1" }`;
    const aborted = async (): Promise<boolean> => (await mock.seen()).requests[0]?.aborted === true;

    it.each([
      ["in a chat", `vim.schedule(function() vim.cmd("qa!") end) stalled:chat("Hello")`],
      ["in the middle of a stream", `local stream = stalled:stream("Hello") stream:next() vim.cmd("qa!")`],
      ["with a stream that goes on", `STREAM = stalled:stream("Hello") STREAM:next()`],
      [
        "in a chat inside a chat",
        `vim.schedule(function() vim.schedule(function() vim.cmd("qa!") end) stalled:fork():chat("Hello") end) stalled:chat("Hello")`,
      ],
    ])("ends at once %s", async (_what, code) => {
      const ended = await headless(program, `local stalled = ${stalled()} ${code}`, 20_000);
      expect(ended).toEqual({ code: 0, signal: null, lines: [], stderr: "" });
    });

    it("cancels the run on Ctrl-C and raises it", async () => {
      const embedded = await Embedded.start(program);
      try {
        await embedded.lua(`llmspell = require("llmspell") stalled = ${stalled()}
          function _G.ask() local ok, problem = pcall(stalled.chat, stalled, "Hello") result = tostring(problem) end`);
        await embedded.keys(":lua ask()<CR>");
        await embedded.until("a request", async () => (await mock.seen()).requests.length === 1);
        await embedded.keys("<C-c>");
        await embedded.until("the interrupt", async () => (await embedded.lua("return result")) ?? false);
        expect(await embedded.lua("return result")).toBe("interrupted!");
        await embedded.until("the request is given up", aborted);
        expect(await embedded.lua(`return (llmspell.agent{ provider = "demo" }:chat("say fine"))`)).toBe("fine");
      } finally {
        await embedded.stop();
      }
    });
  });

  it("answers under textlock, where a handler's change of the text is an error that the model reads", async () => {
    const embedded = await Embedded.start(program);
    try {
      await embedded.lua(`
        llmspell = require("llmspell")
        local agent = llmspell.agent{ provider = "demo", tools = { { name = "weather", description = "weather of a city",
          execute = function() vim.api.nvim_buf_set_lines(0, 0, -1, false, { "changed" }) return "rain" end } } }
        function _G.answer() return (llmspell.agent{ provider = "demo" }:chat("say typed")) end
        function _G.change() told = agent:chat("weather in Paris") return "" end
        vim.cmd [[inoremap <expr> <F2> v:lua.answer()]]
        vim.cmd [[inoremap <expr> <F3> v:lua.change()]]`);
      await embedded.keys("i<F2>");
      await embedded.shows(/^typed$/m);
      await embedded.keys("<F3>");
      await embedded.until("the answer", () => embedded.lua("return told"));
      expect(await embedded.lua("return told")).toMatch(/E565|E523/);
      expect(await embedded.lua("return vim.api.nvim_buf_get_lines(0, 0, -1, false)")).toEqual(["typed"]);
    } finally {
      await embedded.stop();
    }
  });
});
