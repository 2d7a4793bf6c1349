import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Mock, startMock } from "../../src/mock/index.js";
import { Embedded } from "./support/embedded.js";
import { headless, PROGRAMS, said } from "./support/programs.js";

const STALLED = {
  exchanges: [{ repeat: "forever", respond: { chat: { text: "Hi there" }, actions: [{ stall: { event: 2 } }] } }],
} as const;

const DEMO = `local demo = llmspell.agent{ provider = "demo" }
  local function until_(what) assert(vim.wait(30000, what), "it did not come") end
`;

describe.each(PROGRAMS)("%s: tasks and callbacks", (_, program) => {
  const lua = (code: string): Promise<string[]> => said(program, DEMO + code);

  it("lets a task wait beside everything else, and its handlers and streams use vim.api", async () => {
    expect(
      await lua(`
        local agent = llmspell.agent{ provider = "demo", tools = { { name = "weather", description = "weather of a city",
          execute = function()
            vim.api.nvim_buf_set_lines(0, 0, -1, false, { "from the tool" })
            llmspell.sleep(5)
            return "rain"
          end } } }
        local task = llmspell.go(function()
          local text = agent:chat("weather in Paris")
          for event in demo:stream("say one two") do
            if event.type == "text_delta" then vim.api.nvim_buf_set_lines(0, -1, -1, false, { event.text }) end
          end
          return text
        end)
        say(task:status())
        say(task:wait())
        say((table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), " "):gsub("  ", " ")))`),
    ).toEqual(["running", expect.stringContaining("rain"), "from the tool one two"]);
  });

  it("reads in a task a stream that began on the main thread", async () => {
    const embedded = await Embedded.start(program);
    try {
      await embedded.lua(`
        local llmspell = require("llmspell")
        local stream = llmspell.agent{ provider = "demo" }:stream("say one two")
        llmspell.go(function()
          local types = {}
          for event in stream do types[#types + 1] = event.type end
          last = types[#types]
        end)`);
      await embedded.until("the end of the stream", async () => (await embedded.lua("return last")) === "done");
    } finally {
      await embedded.stop();
    }
  });

  it("calls back where vim.api works, from the main thread and from a fast event", async () => {
    expect(
      await lua(`
        local told = 0
        local function tell(text, err)
          told = told + 1
          say(text, err, vim.in_fast_event(), #vim.api.nvim_list_bufs())
        end
        demo:chat("say main", tell)
        until_(function() return told == 1 end)
        local timer = vim.loop.new_timer()
        timer:start(1, 0, function() timer:close() demo:chat("say fast", tell) end)
        until_(function() return told == 2 end)
        demo:execute({ input = "fail with 401" }, function(result, message, details)
          told = told + 1
          say(result, details.kind)
        end)
        until_(function() return told == 3 end)`),
    ).toEqual(["main nil false 1", "fast nil false 1", "nil auth"]);
  });

  it("says busy on the main thread behind a stream that an ended task left open", async () => {
    expect(
      await lua(`
        local function ask()
          local text, _, details = demo:chat("second", { timeout_ms = 20000 })
          say(text, details and details.kind)
        end
        local stream
        llmspell.go(function()
          stream = demo:stream("say " .. ("hello "):rep(3000))
          stream:next()
        end):wait()
        ask()
        stream:close()
        -- and it is the task that reads it now which counts
        stream = nil
        local opened
        llmspell.go(function()
          stream = demo:stream("say one two")
          opened = true
        end):wait()
        llmspell.go(function() repeat llmspell.sleep(20) until not stream:next() end)
        llmspell.sleep(50)
        ask()`),
    ).toEqual(["nil busy", "You said: second nil"]);
  });

  it("goes on while the main thread waits, with the same agent too", async () => {
    expect(
      await lua(`
        local order = {}
        local function note(text) order[#order + 1] = text end
        local task = llmspell.go(function() note((demo:chat("say task"))) end)
        llmspell.go(function() for event in demo:stream("say stream") do if event.type == "done" then note("stream") end end end)
        vim.wait(1)
        note((demo:chat("say main")))
        task:wait()
        until_(function() return #order == 3 end)
        table.sort(order)
        say(unpack(order))`),
    ).toEqual(["main stream task"]);
  });

  it("waits in place behind a C function of a task, while other tasks go on", async () => {
    expect(
      await lua(`
        local shared = llmspell.agent{ provider = "demo" }
        local first = llmspell.go(function() return (shared:chat("say first")) end)
        local second = llmspell.go(function()
          local said
          table.sort({ 2, 1 }, function(a, b) said = said or (shared:chat("say second")) return a < b end)
          return said
        end)
        say(first:wait(), second:wait())`),
    ).toEqual(["first second"]);
  });

  it("refuses to wait in place for a stream of a task that stands below", async () => {
    expect(
      await lua(`
        say(llmspell.go(function()
          local stream = demo:stream("say " .. ("hi "):rep(5000))
          stream:next()
          local kind
          table.sort({ 2, 1 }, function(a, b)
            local _, _, details = demo:chat("say no")
            kind = details.kind
            return a < b
          end)
          return kind
        end):wait())`),
    ).toEqual(["busy"]);
  });

  it("leaves time to timers and typed keys while twenty streams come in", async () => {
    const [events, most] = String(
      await lua(`
        local events, done, most, before = 0, 0, 0, 0
        local timer = vim.loop.new_timer()
        timer:start(5, 5, function()
          most, before = math.max(most, events - before), events
        end)
        for _ = 1, 20 do
          llmspell.go(function()
            for _ in llmspell.agent{ provider = "demo" }:stream("say " .. ("hi "):rep(1500)) do
              events = events + 1
              local over = vim.loop.hrtime() + 5e4
              while vim.loop.hrtime() < over do end
            end
            done = done + 1
          end)
        end
        until_(function() return done == 20 end)
        timer:close()
        say(events, math.max(most, events - before))`),
    )
      .split(" ")
      .map(Number);
    expect(events).toBeGreaterThan(30_000);
    // the work of 1000 takes 50 ms at least
    expect(most).toBeLessThan(3000);
  });

  it("has one callback scheduled for each wake, not for each token", async () => {
    const [tokens, scheduled] = String(
      await lua(`
        local schedule, scheduled, tokens = vim.schedule, 0, 0
        vim.schedule = function(...) scheduled = scheduled + 1 return schedule(...) end
        llmspell.go(function()
          for event in demo:stream("say " .. ("hi "):rep(3000)) do tokens = tokens + 1 end
        end):wait()
        say(tokens, scheduled)`),
    )
      .split(" ")
      .map(Number);
    expect(tokens).toBeGreaterThan(3000);
    expect(scheduled).toBeLessThan(300);
  });

  it("cancels a task, and shows the error of one that nobody waits for", async () => {
    const ended = await headless(
      program,
      `${DEMO}
        local task = llmspell.go(function() llmspell.sleep(1e6) end)
        task:cancel()
        say((select(2, task:wait())))
        llmspell.go(function() error("that is wrong") end)
        vim.wait(20000, function() return vim.v.errmsg ~= "" end)`,
    );
    expect(ended.lines).toEqual(["the task was cancelled"]);
    expect(ended.stderr).toContain("that is wrong");
  });

  it("has Neovim's loop by name, and goes back to it from a loop of the program", async () => {
    expect(
      await lua(`
        local watched
        llmspell.set_loop{ watch = function() watched = true return function() end end, after = function() return function() end end }
        local task = llmspell.go(function() return (demo:chat("say named")) end)
        llmspell.set_loop("neovim")
        say(task:wait(), watched)
        llmspell.set_loop(nil)
        say(llmspell.go(function() return (demo:chat("say found")) end):wait())`),
    ).toEqual(["named true", "found"]);
  });

  it("says in a fast event that task:wait cannot wait", async () => {
    expect(
      await lua(`
        local task, kind = llmspell.go(llmspell.sleep, 1e6), nil
        local timer = vim.loop.new_timer()
        timer:start(1, 0, function()
          timer:close()
          local _, _, details = task:wait()
          kind = details.kind
        end)
        until_(function() return kind end)
        task:cancel()
        say(kind)`),
    ).toEqual(["unsupported_context"]);
  });

  it("leaves no handle that watches behind, and no more timers after a second round than after the first", async () => {
    expect(
      await lua(`
        local polls, timers = {}, {}
        for _, name in ipairs{ "new_poll", "new_socket_poll", "new_timer" } do
          local make = vim.loop[name]
          vim.loop[name] = function(...)
            local handle = make(...)
            table.insert(name == "new_timer" and timers or polls, handle)
            return handle
          end
        end
        local function count(handles)
          local open = 0
          for _, handle in ipairs(handles) do if not handle:is_closing() then open = open + 1 end end
          return open
        end
        local function round()
          local done = 0
          for _ = 1, 5 do demo:fork():chat("say hello", function() done = done + 1 end) end
          until_(function() return done == 5 end)
          vim.wait(20)
        end
        round()
        local first = count(timers)
        for _ = 1, 5 do round() end
        say(#polls > 0, count(polls), count(timers) - first)`),
    ).toEqual(["true 0 0"]);
  });

  describe("with a provider that does not go on", () => {
    let mock: Mock;
    beforeEach(async () => {
      mock = await startMock(STALLED);
    });
    afterEach(() => mock.close());

    it("ends at once with tasks, callbacks and a wait in place in flight", async () => {
      const ended = await headless(
        program,
        `local stalled = llmspell.agent{ model = "openai/gpt-4o", api_key = "sk-test", base_url = "${mock.url}/v1" }
         llmspell.go(function() stalled:fork():chat("Hello") error("it went on") end)
         llmspell.go(function() for _ in stalled:fork():stream("Hello") do end error("it went on") end)
         stalled:fork():chat("Hello", function() error("it was called") end)
         local timer = vim.loop.new_timer()
         timer:start(200, 0, vim.schedule_wrap(function() vim.cmd("qa!") end))
         stalled:chat("Hello")`,
        30_000,
      );
      expect(ended).toEqual({ code: 0, signal: null, lines: [], stderr: "" });
    });
  });
});
