-- The tools of one turn, side by side in tasks.
local llmspell = require("llmspell")
local expect = require("spec.lua.support.expect")

-- A scripted agent that calls these tools in one turn, with more options.
local function calling(tools, more)
  local calls = {}
  for index, tool in ipairs(tools) do calls[index] = { name = tool.name, arguments = {} } end
  local options = { model = llmspell.testing.scripted { { tool_calls = calls }, "done" }, tools = tools }
  for key, value in pairs(more or {}) do options[key] = value end
  return llmspell.agent(options)
end

local function results_of(result)
  local results = {}
  for index, call in ipairs(result.tool_calls) do results[index] = tostring(call.result) end
  return table.concat(results, " ")
end

local function in_task(call) return llmspell.loop(call) end

describe("the tools of a turn", function()
  -- tools that note when they begin and end; between, each does what is told of it
  local function noting(log, works)
    local tools = {}
    for name, work in pairs(works) do
      tools[#tools + 1] = expect.tool(name, function()
        log[#log + 1] = "+" .. name
        work()
        log[#log + 1] = "-" .. name
        return name
      end)
    end
    table.sort(tools, function(a, b) return a.name < b.name end)
    return tools
  end

  it("run side by side in a task, and each answer goes to its call", function()
    local log = {}
    -- returns when that many lines are there
    local function till(count)
      return function()
        repeat llmspell.sleep(1) until #log == count
      end
    end
    local agent = calling(noting(log, { a = till(5), b = till(4), c = till(3) }))
    local result = in_task(function() return assert(agent:execute { input = "go" }) end)
    assert.are.equal("+a +b +c -c -b -a", table.concat(log, " "))
    assert.are.equal("a b c", results_of(result))
    assert.are.equal("done", result.text)
  end)

  it("run one after another elsewhere", function()
    local log = {}
    local agent = calling(noting(log, { a = function() llmspell.sleep(20) end, b = function() llmspell.sleep(10) end }))
    assert.are.equal("a b", results_of(assert(agent:execute { input = "go" })))
    assert.are.equal("+a -a +b -b", table.concat(log, " "))
  end)

  it("are no more at once than max_parallel_tools", function()
    local now, most = 0, 0
    local tools = {}
    for index = 1, 9 do
      tools[index] = expect.tool("t" .. index, function()
        now = now + 1
        most = math.max(most, now)
        repeat llmspell.sleep(1) until most >= 3
        llmspell.sleep(20)
        now = now - 1
        return index
      end)
    end
    local agent = calling(tools, { max_parallel_tools = 3 })
    local result = in_task(function() return assert(agent:execute { input = "go" }) end)
    assert.are.equal("1 2 3 4 5 6 7 8 9", results_of(result))
    assert.are.equal(3, most)
  end)

  it("may ask agents, themselves side by side, and raise", function()
    local tools = {}
    for index = 1, 4 do
      tools[index] = expect.tool("t" .. index, function()
        local inner = calling { expect.tool("inner", function()
          coroutine.yield()
          if index == 3 then error("broke") end
          llmspell.sleep(5)
          return index * 10
        end) }
        local result = assert(inner:execute { input = "go" })
        if index == 4 then error({ message = "four", kind = "auth" }) end
        return results_of(result)
      end)
    end
    local result = in_task(function() return assert(calling(tools):execute { input = "go" }) end)
    assert.are.equal("10", result.tool_calls[1].result)
    assert.are.equal("20", result.tool_calls[2].result)
    expect.holds("broke", result.tool_calls[3].result)
    assert.is_true(result.tool_calls[4].is_error)
    expect.holds("four", result.tool_calls[4].result)
  end)

  it("have hooks and approvals in order, one at a time", function()
    local log, at_once = {}, 0
    local function one_by_one(name)
      return function(call)
        at_once = at_once + 1
        assert(at_once == 1, "two at once")
        llmspell.sleep(5)
        log[#log + 1] = name .. call.name
        at_once = at_once - 1
        return true
      end
    end
    local tools = {}
    for _, name in ipairs { "a", "b", "c" } do
      tools[#tools + 1] = expect.tool(name, function() return name end, { needs_approval = true })
    end
    local before = one_by_one("before ")
    local agent = calling(tools, {
      on_approval = one_by_one("ask "),
      hooks = { before_tool = function(call) before(call) end },
    })
    local result = in_task(function() return assert(agent:execute { input = "go" }) end)
    assert.are.equal("a b c", results_of(result))
    local asked = {}
    for _, entry in ipairs(log) do asked[#asked + 1] = entry:match("^ask (.*)") end
    assert.are.equal("a b c", table.concat(asked, " "))
  end)

  it("end when their stream is closed, also by one of them", function()
    local ended, stream = {}, nil
    local function work(name, act)
      return expect.tool(name, function()
        act()
        ended[#ended + 1] = name
      end)
    end
    for _, by_tool in ipairs { true, false } do
      local is_closed, at_work = false, 0
      local function until_closed()
        at_work = at_work + 1
        repeat llmspell.sleep(1) until is_closed
      end
      ended = {}
      in_task(function()
        local agent = calling {
          work("slow", until_closed),
          work("closes", function()
            if not by_tool then return until_closed() end
            repeat llmspell.sleep(1) until at_work == 1
            stream:close()
          end),
        }
        stream = agent:stream("go")
        if by_tool then
          repeat until not stream:next()
        else
          local waiting = llmspell.go(function() repeat until not stream:next() end)
          repeat llmspell.sleep(1) until at_work == 2
          stream:close()
          waiting:wait()
        end
        is_closed = true
        llmspell.sleep(20)
        assert.are.equal("done", (agent:fork():chat("again")) and "done")
      end)
      assert.are.equal(by_tool and "closes" or "", table.concat(ended, " "))
    end
  end)

  it("are given up one by one when their time is over", function()
    local is_over, late = false, false
    local agent = calling {
      expect.tool("slow", function()
        repeat llmspell.sleep(1) until is_over
        coroutine.yield()
        late = true
      end, { timeout_ms = 40 }),
      expect.tool("quick", function() return "quick" end),
    }
    local result = in_task(function()
      local answer = assert(agent:execute { input = "go" })
      is_over = true
      llmspell.sleep(20)
      return answer
    end)
    assert.is_true(result.tool_calls[1].is_error)
    assert.are.equal("quick", result.tool_calls[2].result)
    assert.is_false(late)
  end)

  it("go on when the stream is read from a coroutine of the program's own", function()
    local agent = calling { expect.tool("a", function()
      llmspell.sleep(10)
      return "from a task"
    end) }
    local content = in_task(function()
      local stream = agent:stream("go")
      -- the tool's request is taken in the task, its answer waited for in the generator
      repeat local event = stream:next() until event.type == "tool_call"
      local rest = coroutine.wrap(function()
        while true do
          local event = stream:next()
          if not event then return nil end
          coroutine.yield(event)
        end
      end)
      for event in rest do
        if event.type == "tool_result" then return event.content end
      end
    end)
    assert.are.equal("from a task", content)
  end)

  it("hand a failure of the driver to whoever waits", function()
    local status = coroutine.status
    finally(function() coroutine.status = status end)
    local agent = calling { expect.tool("trip", function()
      coroutine.status = function()
        coroutine.status = status
        error("tripped", 0)
      end
    end) }
    local problem = expect.raised(in_task, function() return agent:chat("go") end)
    assert.are.equal("tripped", problem)
  end)
end)
