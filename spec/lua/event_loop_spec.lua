-- The loops that tasks go on in: one of the program's own, and Ctrl-C in ours.
local llmspell = require("llmspell")
local expect = require("spec.lua.support.expect")
local system = require("spec.lua.support.system")

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

describe("Ctrl-C", function()
  it("ends llmspell.loop and task:wait, after which tasks can go on", function()
    local testkit = require("spec.lua.support.testkit")
    for _, wait in ipairs { "llmspell.loop()", "task:wait()", "llmspell.sleep(3600000)" } do
      local path = system.file(([[
        local llmspell = require("llmspell")
        local gate = llmspell.go(llmspell.sleep, 3600000)
        local task = llmspell.go(function() gate:wait() return "went on" end)
        llmspell.go(function() llmspell.sleep(50) print("waiting") end)
        io.stdout:setvbuf("no")
        print(pcall(function() %s end))
        gate:cancel()
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
