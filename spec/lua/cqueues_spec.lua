-- No distribution has cqueues for Lua 5.5.
local found, cqueues = pcall(require, "cqueues")
if not found and _VERSION == "Lua 5.5" then return end
assert(found, cqueues)

local llmspell = require("llmspell")
local expect = require("spec.lua.support.expect")
local in_a_loop = require("spec.lua.support.in_a_loop")
local mock = require("spec.lua.support.mock")

-- Steps a controller until it is empty; raises the first error of a task. Returns the number of steps.
local function finish(controller)
  local steps, first = 0, nil
  repeat
    local ok, problem = controller:step(20)
    if not ok then first = first or problem end
    steps = steps + 1
  until controller:empty()
  if first then error(first, 0) end
  return steps
end

local host = {}

function host.run(...)
  local controller = cqueues.new()
  for _, task in ipairs { ... } do controller:wrap(task) end
  return finish(controller)
end

function host.turn()
  cqueues.sleep(0.002)
end

describe("in a controller of cqueues", function()
  after_each(mock.stop_all)
  teardown(mock.close)

  in_a_loop(host, it)

  it("a task is not waited for where its controller stands meanwhile", function()
    local controller, task = cqueues.new(), nil
    controller:wrap(function()
      task = llmspell.go(function()
        cqueues.sleep(0.05)
        return "done"
      end)
    end)
    controller:step(0)
    expect.holds("it would never end: the task runs in the event loop of cqueues", expect.raised(task.wait, task))
    finish(controller)
    assert.are.equal("done", task:wait())
  end)

  it("waits in several controllers at a time, and in one inside another", function()
    local server = mock.add { {
      respond = { chat = { text = "hello" }, actions = { { delay_ms = 50 } } },
      ["repeat"] = "forever",
    } }
    local agent = server:agent()
    local outer, inner, third = cqueues.new(), cqueues.new(), cqueues.new()
    local count = 0
    local function task()
      for _ = 1, 3 do
        assert(agent:fork():chat("hi"))
        count = count + 1
      end
    end
    for _ = 1, 5 do
      outer:wrap(task)
      inner:wrap(task)
      third:wrap(task)
    end
    outer:wrap(function() assert(inner:loop()) end)
    repeat
      assert(outer:step(0.01))
      assert(third:step(0.01))
    until outer:empty() and third:empty()
    assert.are.equal(45, count)
  end)

  it("goes on with a stream in another controller", function()
    local server = mock.held()
    local stream, text
    local one, two = cqueues.new(), cqueues.new()
    one:wrap(function()
      stream = server:agent():stream("hi")
      repeat local event = stream:next() until event.type == "text_delta"
    end)
    finish(one)
    two:wrap(function()
      local event
      repeat
        event = stream:next()
      until event.type == "done"
      text = event.result.text
    end)
    two:wrap(function()
      host.turn()
      server:release("rest")
    end)
    finish(two)
    assert.are.equal("one two three", text)
  end)

  it("cancels the runs of a controller that is closed, when they are collected", function()
    local server = mock.held()
    local controller = cqueues.new()
    local came = false
    controller:wrap(function()
      local stream = server:agent():stream("hi")
      repeat local event = stream:next() until event.type == "text_delta"
      came = true
      stream:next()
    end)
    repeat assert(controller:step(20)) until came
    controller:close()
    controller = nil
    for _ = 1, 4 do collectgarbage() end
    assert.is_true(server:aborted(1))
  end)

  it("goes on at once when another task's tool is given up while it leads", function()
    local server = mock.held()
    local text
    local started = cqueues.monotime()
    host.run(function()
      local agent = llmspell.agent { provider = "demo", tools = { expect.tool("echo", function()
        cqueues.sleep(0.3)
        return "late"
      end, { timeout_ms = 50 }) } }
      agent:chat("echo")
      server:release("rest")
    end, function() text = server:agent():chat("hi") end)
    assert.are.equal("one two three", text)
    assert(cqueues.monotime() - started < 20)
  end)

  it("hears of news although the task that watched for all was stopped from outside", function()
    local server = mock.held()
    local watcher, text
    local controller = cqueues.new()
    controller:wrap(function()
      watcher = coroutine.running()
      mock.add({ { respond = { chat = { text = "late" }, actions = { { hold = "never" } } } } }):agent():chat("hi")
    end)
    controller:wrap(function()
      cqueues.sleep(0.1)
      text = server:agent():chat("hi")
    end)
    repeat assert(controller:step(0.2)) until #server:seen().requests == 1
    -- LuaJIT has one hook for all coroutines
    debug.sethook(watcher, function()
      if coroutine.running() == watcher then error("stopped", 0) end
    end, "", 1)
    server:release("rest")
    local stopped
    repeat
      local ok, problem = controller:step(20)
      stopped = stopped or (not ok and problem)
      if stopped then debug.sethook(watcher) end
    until controller:empty()
    assert.are.equal("stopped", stopped)
    assert.are.equal("one two three", text)
  end)

  it("lets the loop end when its last task ends, with streams left over", function()
    local server = mock.held()
    local stream
    local controller = cqueues.new()
    controller:wrap(function()
      stream = server:agent():stream("hi")
      repeat local event = stream:next() until event.type == "text_delta"
    end)
    assert(controller:loop())
    assert.is_true(controller:empty())
    stream:close()
  end)
end)

local has_http, http_server = pcall(require, "http.server")
-- Debian's lua-http is for Lua 5.1 (and LuaJIT) and 5.2
if has_http or _VERSION == "Lua 5.1" or _VERSION == "Lua 5.2" then
  describe("in lua-http", function()
    after_each(mock.stop_all)
    teardown(mock.close)

    local headers = require("http.headers")
    local request = require("http.request")

    local function answer(stream, agent)
      local asked = assert(stream:get_headers())
      local reply = headers.new()
      reply:append(":status", "200")
      assert(stream:write_headers(reply, false))
      if asked:get(":path") == "/chat" then
        assert(stream:write_chunk(assert(agent:fork():chat("hi")), true))
        return
      end
      local events = agent:fork():stream("hi")
      local event = events:next()
      while event do
        if event.type == "text_delta" then assert(stream:write_chunk(event.text .. "|", false)) end
        event = events:next()
      end
      assert(stream:write_chunk("", true))
    end

    it("chats and streams in a server's handler while others are served", function()
      local mocked = mock.add { {
        respond = { chat = { text = "one two" }, actions = { { delay_ms = 50, at = { event = 2 } } } },
        ["repeat"] = "forever",
      } }
      local agent = mocked:agent()
      local controller = cqueues.new()
      local problem
      local server = assert(http_server.listen {
        host = "127.0.0.1",
        port = 0,
        cq = controller,
        onstream = function(_, stream) answer(stream, agent) end,
        onerror = function(_, _, _, message) problem = problem or message end,
      })
      assert(server:listen())
      local _, _, port = server:localname()
      local bodies, left = {}, 10
      for index = 1, 10 do
        controller:wrap(function()
          local path = index % 2 == 0 and "/chat" or "/stream"
          local _, stream = assert(request.new_from_uri(("http://127.0.0.1:%d%s"):format(port, path)):go(30))
          bodies[index] = assert(stream:get_body_as_string(30))
          left = left - 1
          if left == 0 then server:close() end
        end)
      end
      finish(controller)
      assert.is_nil(problem)
      for index = 1, 10 do assert.are.equal(index % 2 == 0 and "one two" or "one| two|", bodies[index]) end
    end)
  end)
end
