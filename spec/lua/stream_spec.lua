local llmspell = require("llmspell")
local expect = require("spec.lua.support.expect")
local mock = require("spec.lua.support.mock")

local LAST = { done = true, error = true, cancelled = true }

local function types_of(events)
  local names = {}
  for i, event in ipairs(events) do names[i] = event.type end
  return table.concat(names, " ")
end

local function collect(stream)
  local events = {}
  for event in stream do events[#events + 1] = event end
  return events
end

-- Ends a coroutine that is suspended: closes it, or where Lua cannot, lets a hook raise in it until nothing is left.
local function finish(thread)
  if coroutine.close then return coroutine.close(thread) end
  -- LuaJIT has one hook for all coroutines
  debug.sethook(thread, function()
    if coroutine.running() == thread then error("the end") end
  end, "", 1)
  coroutine.resume(thread)
  debug.sethook(thread)
end

describe("agent:stream", function()
  after_each(mock.stop_all)
  teardown(mock.close)

  it("gives the events of a run in order, for a for loop", function()
    local agent = llmspell.agent { provider = "demo" }
    local events = {}
    for event in agent:stream("say one two") do events[#events + 1] = event end
    assert.are.equal("run_start step_start text_delta text_delta step_end done", types_of(events))
    local text = {}
    for i, event in ipairs(events) do
      assert.are.equal(events[1].run_id, event.run_id)
      assert.are.equal(i, event.seq)
      if event.type == "text_delta" then text[#text + 1] = event.text end
    end
    assert.are.equal("one two", table.concat(text))
    assert.are.equal("stop", events[5].finish_reason)
    assert.is_number(events[5].usage.total_tokens)
    assert.are.equal("one two", events[6].result.text)
  end)

  it("shows tool calls and their results, and serves the requests itself", function()
    local agent = llmspell.agent { provider = "demo", tools = { expect.tool("echo", function(p) return p.text end) } }
    local events = collect(agent:stream('echo "hi"'))
    local names = types_of(events)
    assert.is_nil(names:find("request", 1, true))
    local call, result
    for _, event in ipairs(events) do
      if event.type == "tool_call" then call = event end
      if event.type == "tool_result" then result = event end
    end
    assert.are.same({ text = "hi" }, call.arguments)
    assert.are.equal("echo", call.name)
    assert.are.equal(call.tool_call_id, result.tool_call_id)
    assert.are.equal("hi", result.content)
    assert.is_false(result.is_error)
    assert.are.equal("done", events[#events].type)
  end)

  it("is an object with next and close", function()
    local stream = llmspell.agent({ provider = "demo" }):stream("say hi")
    expect.holds("open", tostring(stream))
    assert.are.equal("run_start", stream:next().type)
    local last
    repeat
      local event = stream:next()
      last = event or last
    until not event
    assert.are.equal("done", last.type)
    assert.is_nil(stream:next())
    expect.holds("ended", tostring(stream))
    assert.is_true(stream:close())
    assert.is_true(stream:close())
    expect.holds("with a colon", expect.raised(stream.next))
  end)

  it("gives only the wanted events and the last", function()
    local agent = llmspell.agent { provider = "demo", tools = { expect.tool("echo", function(p) return p.text end) } }
    local function types_with(message, wanted) return types_of(collect(agent:stream(message, { events = wanted }))) end
    assert.are.equal("text_delta text_delta done", types_with("say one two", { "text_delta" }))
    assert.are.equal("done", types_with('echo "x"', llmspell.array()))
    expect.holds("agent:stream: ", expect.raised(agent.stream, agent, "x", { events = { "txt_delta" } }))
  end)

  it("ends with an error event when the run fails", function()
    local events = collect(llmspell.agent({ provider = "demo" }):stream("fail with 500"))
    local last = events[#events]
    assert.are.equal("error", last.type)
    assert.are.equal(500, last.error.http_status)
    assert.is_string(last.error.message)
  end)

  it("tells in its only event why it cannot begin, so that a bare for loop shows it", function()
    local agent = llmspell.agent { provider = "demo" }
    agent:close()
    local seen = {}
    for event in agent:stream("x") do seen[#seen + 1] = event end
    assert.are.equal("error", types_of(seen))
    assert.are.equal("closed", seen[1].error.kind)
    assert.are.same({ 1, 0 }, { seen[1].seq, seen[1].step })

    local stream = assert(agent:stream("x"))
    expect.holds("ended", tostring(stream))
    expect.failed_stream("closed", stream)
    assert.is_true(stream:close())
    stream = agent:stream("x")
    stream:close()
    assert.is_nil(stream:next())
  end)

  it("raises for misuse", function()
    local agent = llmspell.agent { provider = "demo" }
    expect.holds("the message must be a string", expect.raised(agent.stream, agent, 5))
    expect.holds("message.x is a function", expect.raised(agent.stream, agent, { x = print }))
  end)

  it("gives events as they come, not all at the end", function()
    local server = mock.held()
    local seen = {}
    for event in server:agent():stream("go") do
      seen[#seen + 1] = event
      if event.type == "text_delta" then server:release("rest") end
    end
    assert.are.equal("one two three", seen[#seen].result.text)
  end)

  it("cancels when it is closed, and the agent goes on", function()
    local server = mock.held()
    local agent = server:agent()
    local stream = assert(agent:stream("go"))
    repeat local event = stream:next() until event.type == "text_delta"
    assert.is_true(stream:close())
    assert.is_nil(stream:next())
    assert.is_true(server:aborted(1))
    assert.is_true(agent:reset())
    assert.are.equal("afterwards", (agent:chat("more")))
  end)

  it("cancels when it is collected", function()
    local server = mock.held()
    local agent = server:agent()
    do
      local stream = assert(agent:stream("go"))
      repeat local event = stream:next() until event.type == "text_delta"
      stream = nil -- luacheck: ignore
    end
    collectgarbage()
    collectgarbage()
    assert.is_true(server:aborted(1))
  end)

  it("is cancelled by break, at the latest when the agent is used again", function()
    local server = mock.start {
      { respond = { chat = { text = "one two three" }, actions = { { hold = "never", at = { event = 2 } } } } },
      { respond = { chat = { text = "afterwards" } } },
    }
    local agent = server:agent()
    local function first_word()
      for event in agent:stream("go") do
        if event.type == "text_delta" then break end
      end
    end
    first_word()
    assert.are.equal("afterwards", (agent:chat("go on")))
    assert.is_true(server:aborted(1))
    -- the history is whole: the cancelled turn left nothing half-done that the provider would refuse
    assert.are.equal(0, #server:seen().mismatches)
  end)

  it("has one reader", function()
    local agent = llmspell.agent {
      provider = "demo",
      tools = { expect.tool("wait", function() return coroutine.yield("waiting") end) },
    }
    local stream = assert(agent:stream("wait"))
    local reader = coroutine.wrap(function()
      local last
      repeat
        local event = stream:next()
        last = event or last
      until not event
      return last.type
    end)
    assert.are.equal("waiting", reader())
    expect.holds("one stream has one reader", expect.raised(stream.next, stream))
    assert.are.equal("done", reader("over"))
  end)

  it("is free for another reader when its reader ended in the middle, and the tool that waited has failed", function()
    local agent = llmspell.agent {
      provider = "demo",
      tools = { expect.tool("wait", function() return coroutine.yield("waiting") end) },
    }
    local stream = assert(agent:stream("wait"))
    local reader = coroutine.create(function() repeat until not stream:next() end)
    local _, value = coroutine.resume(reader)
    assert.are.equal("waiting", value)
    finish(reader)
    assert.are.equal("dead", coroutine.status(reader))
    local outcome, last
    for event in stream do
      if event.type == "tool_result" then outcome = event end
      last = event
    end
    assert.is_true(outcome.is_error)
    expect.holds("tool 'wait' yielded, and the coroutine that called the agent ended", outcome.content)
    assert.are.equal("done", last.type)
  end)

  it("shows nothing of its run in its own table", function()
    local stream = llmspell.agent({ provider = "demo" }):stream("say hi")
    for key in pairs(stream) do assert.is_true(type(key) ~= "string") end
    expect.holds("with a colon", expect.raised(stream.next, {}))
    expect.holds("with a colon", expect.raised(stream.close, "x"))
    stream:close()
  end)

  it("may be closed by a handler that it serves", function()
    local stream
    local agent = llmspell.agent {
      provider = "demo",
      tools = { expect.tool("echo", function() stream:close() return "x" end) },
    }
    stream = assert(agent:stream('echo "hi"'))
    local names = types_of(collect(stream))
    expect.holds("tool_call", names)
    for name in pairs(LAST) do assert.is_nil(names:find(name, 1, true)) end
    expect.holds("You said", assert(agent:chat("still here")))
  end)

  it("goes on after its agent was closed", function()
    local agent = llmspell.agent { provider = "demo" }
    local stream = assert(agent:stream("say one two"))
    agent:close()
    local events = collect(stream)
    assert.are.equal("done", events[#events].type)
  end)

  it("does not lose, mix up or slow down a stream of many deltas whose reader is slow", function()
    local count = 20000
    local server = mock.start {
      { respond = { events = {
        { data = { choices = { { index = 0, delta = { content = "x" } } } }, ["repeat"] = count },
        { data = { choices = { { index = 0, delta = llmspell.json.decode("{}"), finish_reason = "stop" } } } },
      } } },
    }
    local deltas, text, seq = 0, nil, 0
    for event in server:agent():stream("go") do
      assert(event.seq == seq + 1, "an event is missing, or out of order")
      seq = event.seq
      if event.type == "text_delta" then deltas = deltas + 1 end
      if event.type == "done" then text = event.result.text end
      if event.type == "error" then error(event.error.message) end
    end
    assert.are.equal(count, deltas)
    assert.are.equal(count, #text)
  end)
end)
