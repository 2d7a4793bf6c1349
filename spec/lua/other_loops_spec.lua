-- The loops of others that tasks go on in: luv's, and those over a list of descriptors (LuaSocket, cqueues).
local system = require("spec.lua.support.system")

-- What needs luv or LuaSocket: there is neither for Lua 5.5 yet.
local it_with_modules = system.version == "5.5" and pending or it

-- Runs a program and asserts that it prints just this.
local function assert_prints(expected, program)
  local output, ok = system.lua('io.stdout:setvbuf("no") local llmspell = require("llmspell")\n' .. program)
  assert.are.equal(expected, output)
  assert.is_true(ok)
end

describe("luv", function()
  it_with_modules("runs tasks while its timers go on, and its loop ends with the last task", function()
    assert_prints("You said: one, You said: two\n10 ticks\nnothing left\n", [[
      local uv = require("luv")
      local answers, ticks, timer = {}, 0, uv.new_timer()
      for _, word in ipairs { "one", "two" } do
        llmspell.go(function()
          local answer = llmspell.agent{ provider = "demo" }:chat(word)
          repeat llmspell.sleep(1) until ticks == 10
          llmspell.sleep(30)
          answers[#answers + 1] = answer
        end)
        llmspell.go(function() llmspell.sleep(1) end)
      end
      timer:start(0, 5, function() ticks = ticks + 1 if ticks == 10 then timer:stop() end end)
      uv.run()
      table.sort(answers)
      print(table.concat(answers, ", "))
      print(ticks .. " ticks")
      uv.run()
      print("nothing left")
    ]])
  end)

  it_with_modules("ends no earlier than a run that is in flight, and does not turn in vain", function()
    assert_prints("One, slowly.\ntrue\n", [[
      local uv = require("luv")
      local model = llmspell.testing.scripted{ { text = "One, slowly.", delay_ms = 500 } }
      llmspell.agent{ model = model }:chat("Hello", function(text) print(text) end)
      local turns, check = 0, uv.new_check()
      check:start(function() turns = turns + 1 end)
      check:unref()
      uv.run()
      print(turns < 60)
    ]])
  end)

  it_with_modules("goes on in llmspell.loop, task:wait and llmspell.sleep; inside its callbacks a call waits in place", function()
    assert_prints("tick\nloop\ntick\nwait\ncallback\nin a task\n", [[
      local uv = require("luv")
      local function ask(text) return (llmspell.agent{ provider = "demo" }:chat("say " .. text)) end
      local function tick() uv.new_timer():start(1, 0, function() print("tick") end) end
      tick()
      print(llmspell.loop(function() llmspell.sleep(30) return ask("loop") end))
      tick()
      print(llmspell.go(function() llmspell.sleep(30) return ask("wait") end):wait())
      uv.new_timer():start(1, 0, function()
        print(ask("callback"))
        print(llmspell.go(ask, "in a task"):wait())
      end)
      uv.run()
    ]])
  end)

  it_with_modules("can be left for llmspell.loop by a loop of the program's own", function()
    assert_prints("true\nYou said: Hello\n", [[
      require("luv")
      print(llmspell.set_loop("luv"))
      local none = function() return function() end end
      llmspell.set_loop{ watch = none, after = none }
      print(llmspell.loop(function() return (llmspell.agent{ provider = "demo" }:chat("Hello")) end))
    ]])
  end)
end)

describe("a loop of the program's that raises", function()
  it("gives llmspell.go its error and keeps no task", function()
    assert_prints("no watch\nno defer\nno after\ndone\tnil\nended\n", [[
      local function stop() end
      local function good() return stop end
      local function told(call, ...) return ((select(2, pcall(call, ...)):gsub("^.*: ", ""))) end
      local began = false
      local function note() began = true end
      llmspell.set_loop{ watch = function() error("no watch") end, after = good, defer = stop }
      print(told(llmspell.go, note))
      llmspell.set_loop{ watch = good, after = good, defer = function() error("no defer") end }
      print(told(llmspell.go, note))
      llmspell.set_loop{ watch = good, after = function() error("no after") end }
      print(told(llmspell.go, note))
      llmspell.set_loop{ watch = good, after = good }
      local task = llmspell.go(function() return "done" end)
      print(task:wait(), began and "began" or nil)
      llmspell.loop()
      print("ended")
    ]])
  end)
end)

describe("llmspell.source", function()
  it_with_modules("goes on in a select loop that serves a socket at the same time", function()
    assert_prints("served 20\nslow answer\nquiet\n", [[
      local socket = require("socket")
      local source = llmspell.source()
      local model = llmspell.testing.scripted{ { tool_calls = { { name = "pause" } } }, { text = "slow answer", delay_ms = 50 } }
      local served, steps, client = 0, 0
      local pause = { name = "pause", description = "", schema = { type = "object" }, execute = function()
        repeat llmspell.sleep(20) until served == 20
        return "over"
      end }
      local task = llmspell.go(function() return (llmspell.agent{ model = model, tools = { pause } }:chat("Hello")) end)
      assert(source:events() == "r" and source:pollfd() == source:getfd())
      assert(source:dirty() == true and source:timeout() == 0)
      local server = assert(socket.bind("127.0.0.1", 0))
      local _, port = server:getsockname()
      while task:status() == "running" do
        if not client and served < 20 then client = assert(socket.connect("127.0.0.1", port)) end
        for _, one in ipairs((socket.select({ server, source }, nil, source:timeout()))) do
          if one == server then
            server:accept():close()
            client:close()
            client, served = nil, served + 1
          else
            steps = steps + 1
            source:step()
          end
        end
        if source:dirty() then source:step() end
      end
      print("served " .. served)
      print((task:wait()))
      assert(steps < 100, steps)
      print(source:dirty() == false and source:timeout() == nil and "quiet")
    ]])
  end)

  it_with_modules("goes on in cqueues.poll, beside another coroutine", function()
    assert_prints("You said: Hello, slowly\tfew\nothers\n", [[
      local cqueues = require("cqueues")
      local source = llmspell.source()
      local task = llmspell.go(function()
        llmspell.sleep(50)
        return (llmspell.agent{ provider = "demo" }:chat("Hello, slowly"))
      end)
      local controller, polls, others = cqueues.new(), 0, 0
      controller:wrap(function()
        while task:status() == "running" do
          polls = polls + 1
          cqueues.poll(source)
          source:step()
        end
        print((task:wait()), polls < 60 and "few" or polls)
      end)
      controller:wrap(function()
        while task:status() == "running" do
          others = others + 1
          cqueues.sleep(0.01)
        end
      end)
      assert(controller:loop())
      print(others > 1 and "others")
    ]])
  end)
end)
