-- llmspell.go, llmspell.loop, llmspell.sleep, and what is done with a task.
local llmspell = require("llmspell")
local demo = require("spec.lua.support.demo")
local expect = require("spec.lua.support.expect")
local mock = require("spec.lua.support.mock")

describe("a task", function()
  it("may be one of more than are told of at a time", function()
    local agent, tasks = demo(), {}
    for index = 1, 150 do
      tasks[index] = llmspell.go(function() return agent:fork():chat("number " .. index) end)
    end
    for index = 1, 150 do assert.are.equal("You said: number " .. index, (tasks[index]:wait())) end
  end)

  after_each(mock.stop_all)

  it("gets the arguments and gives the results, nil among them", function()
    local task = llmspell.go(function(...) return select("#", ...), ... end, 1, nil, 3, nil)
    assert.are.equal("running", task:status())
    local results = { n = 5, task:wait() }
    assert.are.same({ n = 5, 4, 1, nil, 3, nil }, results)
    assert.are.equal("done", task:status())
    assert.are.equal("llmspell.task (done)", tostring(task))
  end)

  it("runs functions that are written in C, also under llmspell.pcall", function()
    assert.are.equal("5", llmspell.go(tostring, 5):wait())
    assert.are.same({ false, "p" }, llmspell.loop(function() return { llmspell.pcall(error, "p", 0) } end))
  end)

  it("waits beside others, for agents, for a time and for tasks", function()
    local log = {}
    local function work(name, ms)
      llmspell.sleep(ms)
      log[#log + 1] = name
      return (demo():chat("say " .. name))
    end
    local answers = llmspell.loop(function()
      local slow, quick = llmspell.go(work, "slow", 120), llmspell.go(work, "quick", 10)
      return { slow:wait(), quick:wait() }
    end)
    assert.are.same({ "slow", "quick" }, answers)
    assert.are.same({ "quick", "slow" }, log)
  end)

  it("lets others go on by a bare yield, also in handlers, and gets nothing back", function()
    local log, got = {}, nil
    local agent = demo { tools = { expect.tool("work", function()
      for round = 1, 3 do
        log[#log + 1] = "tool" .. round
        got = select("#", coroutine.yield("a value"))
      end
      return "done"
    end) } }
    llmspell.loop(function()
      local task = llmspell.go(function() return agent:chat("work") end)
      while task:status() == "running" do
        log[#log + 1] = "other"
        coroutine.yield()
      end
      expect.holds("work gave done", task:wait())
    end)
    assert.are.equal(0, got)
    local between = table.concat(log, " ")
    assert.is_truthy(between:find("tool1 other.* tool2 other.* tool3"), between)
  end)

  it("raises in whoever waits what it raised, and otherwise out of the loop, with its traceback", function()
    local reason = { "a table" }
    local task = llmspell.go(function() error(reason) end)
    local ok, problem = pcall(task.wait, task)
    assert.is_false(ok)
    assert.are.equal(reason, problem)
    assert.are.equal("failed", task:status())
    assert.is_false(pcall(task.wait, task))

    local done = false
    local lonely = llmspell.go(function() error("nobody waits") end)
    llmspell.go(function()
      llmspell.sleep(20)
      done = true
    end)
    problem = expect.raised(llmspell.loop)
    expect.holds("task_spec.lua", problem)
    expect.holds("nobody waits", problem)
    expect.holds("stack traceback", problem)
    assert.are.equal("failed", lonely:status())
    llmspell.loop()
    assert.is_true(done)
    expect.holds("here I am", expect.raised(llmspell.loop, function() error("here I am") end))
  end)

  it("has its error told when a wait for it was left before", function()
    -- by an error of another task
    local is_left = false
    local task = llmspell.go(function()
      repeat llmspell.sleep(1) until is_left
      error("its own")
    end)
    llmspell.go(function()
      llmspell.sleep(10)
      error("other")
    end)
    expect.holds("other", expect.raised(task.wait, task))
    is_left = true
    expect.holds("its own", expect.raised(llmspell.loop))
    assert.are.equal("failed", task:status())

    -- because who waited was cancelled, directly or in a handler
    local waits
    local function wait_for_it()
      waits = true
      task:wait()
    end
    local agent = demo { hooks = { before_model = wait_for_it } }
    for _, wait in ipairs { wait_for_it, function() agent:fork():chat("Hello") end } do
      local goes_on = true
      waits = false
      task = llmspell.go(function()
        repeat llmspell.sleep(10) until not goes_on
        error("lost")
      end)
      local waiting = llmspell.go(wait)
      repeat llmspell.sleep(1) until waits
      waiting:cancel()
      goes_on = false
      expect.holds("lost", expect.raised(llmspell.loop))
    end

    -- by an error of another task inside llmspell.loop
    expect.holds("other", expect.raised(llmspell.loop, function()
      llmspell.go(function() error("other") end)
      llmspell.sleep(10)
      error("main's own")
    end))
    expect.holds("main's own", expect.raised(llmspell.loop))
    llmspell.loop()
  end)

  it("has its error told once when the wait for it was left in the very turn in which it ended", function()
    -- by an error of another task
    local task = llmspell.go(function() error("its own") end)
    llmspell.go(function() error("other") end)
    expect.holds("other", expect.raised(task.wait, task))
    assert.are.equal("failed", task:status())
    local problem = expect.raised(llmspell.loop)
    expect.holds("its own", problem)
    expect.holds("stack traceback", problem)
    llmspell.loop()

    -- inside llmspell.loop
    expect.holds("other", expect.raised(llmspell.loop, function()
      llmspell.go(function() error("other") end)
      coroutine.yield()
      error("main's own")
    end))
    expect.holds("main's own", expect.raised(llmspell.loop))
    llmspell.loop()

    -- because who waited was cancelled before he went on, by a task or when the turn was over
    for _, by_task in ipairs { true, false } do
      task = llmspell.go(function()
        coroutine.yield()
        error("lost")
      end)
      local waiting = llmspell.go(function() task:wait() end)
      local over = llmspell.go(function()
        coroutine.yield()
        if by_task then waiting:cancel() end
      end)
      if not by_task then
        over:wait()
        waiting:cancel()
      end
      expect.holds("lost", expect.raised(llmspell.loop))
      assert.are.equal("failed", task:status())
      assert.are.equal("cancelled", waiting:status())
      llmspell.loop()
    end

    -- another who waits hears it all the same
    task = llmspell.go(function()
      coroutine.yield()
      error("heard")
    end)
    local leaves = llmspell.go(function() task:wait() end)
    local stays = llmspell.go(function() return pcall(task.wait, task) end)
    llmspell.go(function()
      coroutine.yield()
      leaves:cancel()
    end)
    local ok, told = stays:wait()
    assert.is_false(ok)
    expect.holds("heard", told)
    llmspell.loop()
  end)

  it("that would wait for itself says so", function()
    local one, two
    one = llmspell.go(function() return two:wait() end)
    two = llmspell.go(function() return one:wait() end)
    expect.holds("it would never end", expect.raised(one.wait, one))
    local me
    me = llmspell.go(function() return me:wait() end)
    expect.holds("it would never end", expect.raised(me.wait, me))
  end)

  it("tells misuse", function()
    expect.holds("llmspell.go: expected a function, got a string", expect.raised(llmspell.go, "x"))
    expect.holds("with a dot", expect.raised(function() return llmspell:go() end))
    expect.holds("llmspell.sleep: expected milliseconds", expect.raised(llmspell.sleep, -1))
    expect.holds("llmspell.sleep: expected milliseconds", expect.raised(llmspell.sleep, 0 / 0))
    expect.holds("llmspell.loop: expected a function", expect.raised(llmspell.loop, 1))
    local task = llmspell.go(function() end)
    for _, method in ipairs { "wait", "cancel", "status" } do
      expect.holds("task:" .. method .. ": call it with a colon", expect.raised(task[method], {}))
    end
    expect.holds("an event loop is running already", expect.raised(llmspell.loop, function() llmspell.loop() end))
    llmspell.loop()
  end)
end)

describe("a task that is cancelled", function()
  after_each(mock.stop_all)

  it("ends at once, and its run with it", function()
    local server = mock.start { { respond = { chat = { text = "one two" }, actions = { { hold = "rest" } } }, ["repeat"] = "forever" } }
    local agent = server:agent()
    for index, call in ipairs {
      function() return agent:chat("go") end,
      function()
        local stream = agent:stream("go")
        repeat until not stream:next()
      end,
      function()
        local stream = agent:stream("go")
        repeat local event = stream:next() until event.type == "step_start"
        llmspell.sleep(60000)
      end,
    } do
      local went_on = false
      local task = llmspell.go(function()
        call()
        went_on = true
      end)
      repeat llmspell.sleep(10) until #server:seen().requests == index
      assert.is_true(task:cancel())
      assert.are.equal("cancelled", task:status())
      assert.is_true(server:aborted(index))
      expect.failure("cancelled", task:wait())
      assert.is_true(task:cancel())
      llmspell.loop()
      assert.is_false(went_on)
    end
  end)

  it("takes the tools of its run along, and their late answers are dropped", function()
    local began, late = false, false
    local agent = demo { tools = { expect.tool("work", function()
      began = true
      llmspell.sleep(300)
      late = true
    end) } }
    local task = llmspell.go(function() return agent:chat("work") end)
    while not began do llmspell.sleep(1) end
    task:cancel()
    llmspell.sleep(400)
    assert.is_false(late)
    assert.are.equal("You said: Hello", (agent:chat("Hello")))
  end)

  it("may be one that has not begun, or the one that runs, which goes on to its next wait", function()
    local began, went_on, after = false, false, false
    local task = llmspell.go(function() began = true end)
    task:cancel()
    llmspell.loop()
    assert.is_false(began)
    task = llmspell.go(function()
      task:cancel()
      went_on = true
      llmspell.sleep(1)
      after = true
    end)
    expect.failure("cancelled", task:wait())
    assert.is_true(went_on)
    assert.is_false(after)
  end)

  it("wakes who waits for it", function()
    local task = llmspell.go(function() llmspell.sleep(60000) end)
    local waiting = llmspell.go(function() return task:wait() end)
    llmspell.sleep(10)
    task:cancel()
    expect.failure("cancelled", waiting:wait())
  end)

  if rawget(coroutine, "close") then
    it("closes its variables in Lua 5.4", function()
      local closed = {}
      local run = assert(load [[
        local llmspell, closed = ...
        local stream <close> = llmspell.agent{ provider = "demo" }:stream("slowly say one two three")
        local guard <close> = setmetatable({}, { __close = function() closed[1] = true end })
        llmspell.sleep(60000)
      ]])
      local task = llmspell.go(run, llmspell, closed)
      llmspell.sleep(10)
      task:cancel()
      assert.is_true(closed[1])
    end)

    it("closes the variables of its tools in Lua 5.4, and of those whose stream is closed", function()
      local begun, closed = 0, 0
      local wait = assert(load [[
        local llmspell, guard = ...
        local guarded <close> = guard
        llmspell.sleep(60000)
      ]])
      local guard = setmetatable({}, { __close = function() closed = closed + 1 end })
      local agent = demo { tools = { expect.tool("work", function()
        begun = begun + 1
        wait(llmspell, guard)
      end) } }
      local task = llmspell.go(function() return agent:chat("work") end)
      repeat llmspell.sleep(1) until begun == 1
      task:cancel()
      assert.are.equal(1, closed)

      llmspell.loop(function()
        local stream = agent:stream("work")
        local reader = llmspell.go(function() repeat until not stream:next() end)
        repeat llmspell.sleep(1) until begun == 2
        stream:close()
        assert.are.equal(2, closed)
        reader:wait()
      end)
    end)
  end
end)

describe("an ended task", function()
  it("leaves no time behind that it would have waited for, though an earlier one is waited for", function()
    local earlier = llmspell.go(llmspell.sleep, 1800000)
    local function round()
      local waiting, began = {}, 0
      for index = 1, 2000 do
        waiting[index] = llmspell.go(function()
          began = began + 1
          llmspell.sleep(3600000)
        end)
      end
      repeat llmspell.sleep(1) until began == 2000
      for _, task in ipairs(waiting) do task:cancel() end
      waiting = nil
      for _ = 1, 4 do collectgarbage() end
      return collectgarbage("count")
    end
    round()
    local before = round()
    for _ = 1, 5 do round() end
    local grown = round() - before
    earlier:cancel()
    assert(grown < 300, ("grew by %.0f KiB"):format(grown))
  end)

  it("is collected, with all that it had", function()
    local weak = setmetatable({}, { __mode = "k" })
    local agent = demo()
    for index = 1, 20 do
      local big = {}
      local task = llmspell.go(function() return big, agent:chat("Hello") end)
      weak[big], weak[task] = true, true
      if index % 2 == 0 then task:wait() else task:cancel() end
    end
    llmspell.loop()
    for _ = 1, 5 do collectgarbage() end
    assert.is_nil(next(weak))
  end)
end)
