-- What every event loop with tasks must show, whichever it is. `host`:
--   run(...)   runs functions as tasks until all have ended; raises the first error of one; returns how often the loop went round
--   turn()     lets other tasks go on, from inside a task
local assert = require("luassert")
local llmspell = require("llmspell")
local demo = require("spec.lua.support.demo")
local expect = require("spec.lua.support.expect")
local mock = require("spec.lua.support.mock")

local unpack = table.unpack or unpack

local crosses_pcall = rawget(_G, "jit") ~= nil or _VERSION ~= "Lua 5.1"

-- Waits, in a task, until the server got that many requests.
local function until_asked(host, server, count)
  repeat
    for _ = 1, 20 do host.turn() end
  until #server:seen().requests >= (count or 1)
end

-- `it` is busted's, which a file that is required does not see.
return function(host, it)

  it("lets other tasks go on during a chat", function()
    local server = mock.held()
    local text
    host.run(function()
      text = server:agent():chat("hi")
    end, function()
      until_asked(host, server)
      assert.is_nil(text)
      server:release("rest")
    end)
    assert.are.equal("one two three", text)
  end)

  it("gives a stream's events as they come", function()
    local server = mock.held()
    local seen = {}
    host.run(function()
      local stream = server:agent():stream("hi")
      local event = stream:next()
      while event do
        seen[#seen + 1] = event.type == "text_delta" and event.text or event.type
        event = stream:next()
      end
    end, function()
      repeat host.turn() until seen[#seen] == "one"
      server:release("rest")
    end)
    assert.are.equal("run_start step_start one  two  three step_end done", table.concat(seen, " "))
  end)

  it("streams in a for loop", function()
    local text = {}
    host.run(function()
      for event in demo():stream("say one two three") do
        if event.type == "text_delta" then text[#text + 1] = event.text end
      end
    end)
    assert.are.equal("one two three", table.concat(text))
  end)

  it("runs tools that let others go on, and chats of their own", function()
    local server = mock.held()
    local turns, said = 0, nil
    host.run(function()
      local inner = server:agent()
      local agent = demo { tools = { expect.tool("echo", function()
        for _ = 1, 5 do host.turn() end
        return inner:chat("hi")
      end) } }
      said = agent:chat("echo")
    end, function()
      until_asked(host, server)
      turns = turns + 1
      server:release("rest")
    end)
    assert.are.equal(1, turns)
    expect.holds("one two three", said)
  end)

  it("serves 200 chats at a time", function()
    local server = mock.add { {
      respond = { chat = { text = "hello" }, actions = { { delay_ms = 20 } } },
      ["repeat"] = "forever",
    } }
    local tasks, count = {}, 0
    local agent = server:agent()
    for index = 1, 200 do
      tasks[index] = function()
        assert.are.equal("hello", (agent:fork():chat("hi " .. index)))
        count = count + 1
      end
    end
    host.run(unpack(tasks))
    assert.are.equal(200, count)
  end)

  it("keeps 50 sessions of one agent apart", function()
    local agent = demo()
    local tasks, texts = {}, {}
    for index = 1, 50 do
      tasks[index] = function()
        local options = { session = "session " .. index }
        assert(agent:chat("say first" .. index, options))
        host.turn()
        texts[index] = assert(agent:chat("say second" .. index, options))
      end
    end
    host.run(unpack(tasks))
    for index = 1, 50 do assert.are.equal("second" .. index, texts[index]) end
  end)

  it("does not go round while it waits", function()
    local server = mock.add { { respond = { chat = { text = "late" }, actions = { { delay_ms = 500 } } } } }
    local text
    local rounds = host.run(function() text = server:agent():chat("hi") end)
    assert.are.equal("late", text)
    assert(rounds < 60, "went round " .. rounds .. " times")
  end)

  it("waits in place in a generator of the program's and in a C function's callback", function()
    local texts, sorted = {}, nil
    host.run(function()
      local agent = demo()
      for text in coroutine.wrap(function()
        for index = 1, 3 do coroutine.yield((agent:chat("say " .. index))) end
      end) do texts[#texts + 1] = text end
      local numbers = { 2, 1 }
      table.sort(numbers, function(a, b)
        sorted = agent:chat("say sorted")
        return a < b
      end)
    end)
    assert.are.same({ "1", "2", "3" }, texts)
    assert.are.equal("sorted", sorted)
  end)

  it("works inside pcall", function()
    local ok, text
    local server = mock.held()
    -- Lua 5.1 waits in place there, and nobody could release it then
    if not crosses_pcall then server:release("rest") end
    host.run(function() ok, text = pcall(function() return (server:agent():chat("hi")) end) end, function()
      if not crosses_pcall then return end
      until_asked(host, server)
      server:release("rest")
    end)
    assert.is_true(ok)
    assert.are.equal("one two three", text)
  end)

  it("goes on with others when a task raises an error, and cancels its run", function()
    local server = mock.held()
    local other
    local problem = expect.raised(host.run, function()
      local stream = server:agent():stream("hi")
      repeat local event = stream:next() until event.type == "text_delta"
      error("broken")
    end, function() other = demo():chat("say fine") end)
    expect.holds("broken", tostring(problem))
    assert.are.equal("fine", other)
    collectgarbage()
    collectgarbage()
    collectgarbage()
    assert.is_true(server:aborted(1))
  end)

  it("cancels a stream that is left, and its agent is free", function()
    local server = mock.held()
    local text
    host.run(function()
      local agent = server:agent()
      local stream = agent:stream("hi")
      repeat local event = stream:next() until event.type == "text_delta"
      stream:close()
      text = agent:chat("again")
    end)
    assert.are.equal("afterwards", text)
    assert.is_true(server:aborted(1))
  end)

  it("goes on without a tool whose time is over while it waits itself, and hears of news for others", function()
    local server, slow = mock.held(), mock.held()
    local said, text
    host.run(function()
      local inner = slow:agent()
      local tool = expect.tool("echo", function() return (inner:chat("hi")) end, { timeout_ms = 1500 })
      said = demo { tools = { tool } }:chat("echo")
    end, function() text = server:agent():chat("hi") end, function()
      repeat host.turn() until said
      server:release("rest")
    end)
    expect.holds("given up", said)
    assert.are.equal("one two three", text)
    assert.is_true(slow:aborted(1))
  end)

  it("runs the tools of one turn side by side", function()
    local arrived, said = 0, nil
    host.run(function()
      -- each waits for the other
      local function meet()
        arrived = arrived + 1
        repeat host.turn() until arrived == 2
        return "met"
      end
      said = demo { tools = { expect.tool("echo", meet), expect.tool("ping", meet) } }:chat("echo and ping")
    end)
    assert.are.equal(2, arrived)
    expect.holds("echo gave met", said)
    expect.holds("ping gave met", said)
  end)

  it("runs llmspell.go in a task of the loop, to be waited for and cancelled", function()
    local server = mock.held()
    local text, status, kind, before
    host.run(function()
      local task = llmspell.go(function() return (demo():chat("say done")) end)
      text = task:wait()
      local held = llmspell.go(function()
        local _, _, details = server:agent():chat("hi")
        kind = details.kind
      end)
      until_asked(host, server)
      held:cancel()
      status = held:status()
      local now = os.time()
      llmspell.sleep(20)
      before = os.time() - now
    end)
    assert.are.equal("done", text)
    assert.are.equal("cancelled", status)
    assert(kind == nil or kind == "cancelled")
    assert(before < 20)
    assert.is_true(server:aborted(1))
  end)

  it("lets others go on during llmspell.sleep", function()
    local turns, slept, give_up = 0, false, os.time() + 60
    host.run(function()
      repeat llmspell.sleep(50) until turns > 1 or os.time() > give_up
      slept = true
    end, function()
      repeat
        host.turn()
        turns = turns + 1
      until slept
    end)
    assert(turns > 1, "there were " .. turns)
  end)

  it("leaves nothing behind of what it waited for", function()
    local agent = llmspell.agent { provider = "demo" }
    local function round()
      host.run(function()
        for _ = 1, 50 do
          agent:fork():chat("say hi")
          agent:fork():stream("say hi"):next()
        end
      end)
      for _ = 1, 4 do collectgarbage() end
      return collectgarbage("count")
    end
    round()
    local before = round()
    for _ = 1, 5 do round() end
    local grown = round() - before
    assert(grown < 300, ("grew by %.0f KiB"):format(grown))
  end)
end
