-- The loops that tasks go on in: luv, one of the program's own, a list of descriptors, and Ctrl-C in ours.
local llmspell = require("llmspell")
local expect = require("spec.lua.support.expect")
local mock = require("spec.lua.support.mock")
local system = require("spec.lua.support.system")

-- What needs luv or LuaSocket: there is neither for Lua 5.5 yet.
local it_with_modules = system.version == "5.5" and pending or it

-- Runs a program and asserts that it prints just this.
local function assert_prints(expected, program)
  local output, ok = system.lua('io.stdout:setvbuf("no") local llmspell = require("llmspell")\n' .. program)
  assert.are.equal(expected, output)
  assert.is_true(ok)
end

describe("llmspell.set_loop", function()
  after_each(function() llmspell.set_loop(nil) end)

  it("says which field is wrong", function()
    local function nothing() end
    for message, loop in pairs {
      ['expected a table { watch = , after = , defer = }'] = 42,
      ['or nil for what is there; got "libuv"'] = "libuv",
      ["llmspell.set_loop: watch must be a function, got nil"] = { after = nothing },
      ["llmspell.set_loop: after must be a function, got nil"] = { watch = nothing },
      ["llmspell.set_loop: after must be a function, got a number"] = { watch = nothing, after = 5 },
      ["llmspell.set_loop: turn must be a function, got a boolean"] = { watch = nothing, after = nothing, turn = true },
      ["llmspell.set_loop: name must be a string, got a number"] = { watch = nothing, after = nothing, name = 5 },
      ["unknown field 'wacth'; did you mean 'watch'?"] = { wacth = nothing },
      ["every key must be a name like 'watch', got 1"] = { nothing },
    } do
      expect.holds(message, expect.raised(llmspell.set_loop, loop))
    end
    expect.holds("with a dot", expect.raised(function() llmspell:set_loop(nil) end))
    expect.holds("is not Neovim", expect.raised(llmspell.set_loop, "neovim"))
  end)

  it("says what its functions should have returned", function()
    local function nothing() end
    local function stop() return nothing end
    llmspell.set_loop { watch = nothing, after = stop }
    expect.holds("llmspell.set_loop: watch must return a function that ends it, got nil", expect.raised(llmspell.go, nothing))
    llmspell.set_loop { watch = stop, after = function() return 5 end, defer = nothing }
    local task = llmspell.go(function() llmspell.sleep(1) end)
    expect.holds("llmspell.set_loop: after must return a function that ends it, got a number", expect.raised(task.wait, task))
    llmspell.set_loop(nil)
    llmspell.loop()
  end)

  it("takes a loop, which is called for news and times alone, and let go of when no task is left", function()
    local watches, timers, deferred, woken = {}, {}, {}, 0
    llmspell.set_loop {
      watch = function(fd, on_readable)
        assert(type(fd) == "number")
        watches[on_readable] = true
        return function() watches[on_readable] = nil end
      end,
      after = function(ms, call)
        assert(ms >= 0 and ms == math.floor(ms))
        local timer = { ms = ms, call = call }
        timers[timer] = true
        return function() timers[timer] = nil end
      end,
      defer = function(call) deferred[#deferred + 1] = call end,
    }
    local function turn()
      local list = deferred
      deferred = {}
      for _, call in ipairs(list) do call() end
      for on_readable in pairs(watches) do on_readable() end
    end
    local agent = llmspell.agent { provider = "demo" }
    local task = llmspell.go(function()
      local text = agent:chat("Hello")
      llmspell.sleep(20)
      return text
    end)
    assert.is_truthy(next(watches))
    assert.are.equal(1, #deferred)
    local give_up = os.time() + 60
    repeat
      turn()
      woken = woken + 1
      local due = next(timers)
      if due and woken % 10 == 0 then
        timers[due] = nil
        due.call()
      end
    until task:status() ~= "running" or os.time() > give_up
    assert.are.equal("You said: Hello", (task:wait()))
    assert.is_nil(next(watches))
    assert.is_nil(next(timers))
  end)

  it("is asked for no time that a cancelled task waited for", function()
    local source = llmspell.source()
    local task = llmspell.go(llmspell.sleep, 60000)
    llmspell.sleep(5)
    assert.is_true(source:timeout() > 50)
    task:cancel()
    assert.is_nil(source:timeout())
  end)

  it("takes what is ready to defer while handlers must not run", function()
    local may, deferred, ran = false, {}, false
    local on_news
    llmspell.set_loop {
      watch = function(_, on_readable)
        on_news = on_readable
        return function() end
      end,
      after = function() return function() end end,
      defer = function(call) deferred[#deferred + 1] = call end,
      may_run = function() return may end,
    }
    llmspell.go(function() ran = true end)
    on_news()
    on_news()
    assert.is_false(ran)
    assert.are.equal(1, #deferred)
    may = true
    deferred[1]()
    assert.is_true(ran)
  end)

  it("moves tasks that are under way to the other loop", function()
    local function nothing() return function() end end
    llmspell.set_loop { watch = nothing, after = nothing }
    local task = llmspell.go(function()
      llmspell.sleep(5)
      return (llmspell.agent { provider = "demo" }:chat("Hello"))
    end)
    llmspell.set_loop(nil)
    assert.are.equal("You said: Hello", (task:wait()))
  end)
end)

describe("luv", function()
  it_with_modules("runs tasks while its timers go on, and its loop ends with the last task", function()
    assert_prints("You said: one\nYou said: two\nticks\nended\nnothing left\n", [[
      local uv = require("luv")
      for _, word in ipairs { "one", "two" } do
        llmspell.go(function() print((llmspell.agent{ provider = "demo" }:chat(word))) llmspell.sleep(100) end)
        llmspell.go(function() llmspell.sleep(1) end)
      end
      local ticks, timer = 0, uv.new_timer()
      timer:start(0, 5, function() ticks = ticks + 1 if ticks == 10 then timer:stop() print("ticks") end end)
      uv.run()
      print("ended")
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

describe("llmspell.source", function()
  it_with_modules("goes on in a select loop that serves a socket at the same time", function()
    assert_prints("served 20\nslow answer\nquiet\n", [[
      local socket = require("socket")
      local source = llmspell.source()
      local model = llmspell.testing.scripted{ { text = "slow answer", delay_ms = 300 } }
      local task = llmspell.go(function()
        llmspell.sleep(50)
        return (llmspell.agent{ model = model }:chat("Hello"))
      end)
      assert(source:events() == "r" and source:pollfd() == source:getfd())
      assert(source:dirty() == true and source:timeout() == 0)
      local server = assert(socket.bind("127.0.0.1", 0))
      local _, port = server:getsockname()
      local served, steps, client = 0, 0
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

describe("Ctrl-C", function()
  after_each(mock.stop_all)

  it("ends llmspell.loop and task:wait, after which tasks can go on", function()
    local testkit = require("spec.lua.support.testkit")
    for _, wait in ipairs { "llmspell.loop()", "task:wait()", "llmspell.sleep(30000)" } do
      local path = system.file(([[
        local llmspell = require("llmspell")
        local task = llmspell.go(function() llmspell.sleep(600) return "went on" end)
        llmspell.go(function() llmspell.sleep(200) print("waiting") end)
        io.stdout:setvbuf("no")
        print(pcall(function() %s end))
        print(task:wait())
      ]]):format(wait))
      local pipe = assert(io.popen(("echo $$; exec %s %s 2>&1"):format(system.quote(system.interpreter()), path)))
      local pid = tonumber(pipe:read("*l"))
      assert.are.equal("waiting", pipe:read("*l"))
      testkit.kill(pid, "INT")
      local outcome = pipe:read("*l")
      expect.holds("false", outcome)
      expect.holds("interrupted!", outcome)
      -- it may have come while a task ran, whose traceback is told then
      local line
      repeat line = pipe:read("*l") until line == "went on" or not line
      assert.are.equal("went on", line)
      pipe:close()
      os.remove(path)
    end
  end)
end)
