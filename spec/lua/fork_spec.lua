local llmspell = require("llmspell")
local expect = require("spec.lua.support.expect")
local mock = require("spec.lua.support.mock")
local testkit = require("spec.lua.support.testkit")

-- Runs `child` in a forked process and returns what it returned, a string; its errors fail the test here.
local function in_child(child)
  local path = os.tmpname()
  local pid = testkit.fork()
  if pid == 0 then
    local ok, text = pcall(child)
    local file = io.open(path, "wb")
    file:write(ok and "ok " or "failed ", tostring(text))
    file:close()
    testkit.leave(0)
  end
  local how, code = testkit.wait(pid)
  local file = assert(io.open(path, "rb"))
  local outcome = file:read("*a")
  file:close()
  os.remove(path)
  assert(how == "exit" and code == 0, ("the child ended by %s %d"):format(how, code))
  assert(outcome:sub(1, 3) == "ok ", outcome)
  return outcome:sub(4)
end

describe("after a fork", function()
  after_each(mock.stop_all)
  teardown(mock.close)

  it("an agent goes on in the child with its conversation, and in the parent as if nothing had been", function()
    local agent = llmspell.agent { provider = "demo", tools = { expect.tool("echo", function(p) return p.text end) } }
    agent:chat("say one")
    local text = in_child(function()
      assert(#agent:get_state().messages == 2)
      assert(agent:chat("What did I say?"):find("one", 1, true))
      assert(agent:chat('echo "child"'):find("child", 1, true))
      local types = {}
      for event in agent:stream("say streamed") do types[#types + 1] = event.type end
      assert(types[#types] == "done", table.concat(types, " "))
      return #agent:get_state().messages
    end)
    assert.are.equal("10", text)
    assert.are.equal(2, #agent:get_state().messages)
    expect.holds("parent", (agent:chat('echo "parent"')))
  end)

  it("agents can be made in the child", function()
    llmspell.agent({ provider = "demo" }):chat("Hello")
    local text = in_child(function() return llmspell.agent({ provider = "demo" }):chat("say hi") end)
    assert.are.equal("hi", text)
  end)

  it("talks HTTP in both", function()
    local server = mock.saying("fine")
    local agent = server:agent()
    assert.are.equal("fine", (agent:chat("before")))
    assert.are.equal("fine", in_child(function() return assert(agent:chat("child")) end))
    assert.are.equal("fine", (agent:chat("parent")))
    assert.are.equal(3, #server:seen().requests)
  end)

  it("a task goes on in the parent, and ends with the kind forked in the child, whose own tasks run", function()
    local server = mock.held()
    local agent = server:agent()
    local task = llmspell.go(function()
      local text, message, details = agent:chat("go")
      return text or details.kind, message
    end)
    repeat llmspell.sleep(10) until #server:seen().requests == 1
    assert.are.equal("running", task:status())
    local said = in_child(function()
      local kind = task:wait()
      return kind .. " " .. llmspell.loop(function() return assert(llmspell.agent { provider = "demo" }:chat("say Hello")) end)
    end)
    assert.are.equal("forked Hello", said)
    server:release("rest")
    assert.are.equal("one two three", (task:wait()))
  end)

  it("a call in a task works in the child, though a run of the parent is in flight", function()
    local server = mock.start { { respond = { chat = { text = "one two three" }, actions = { { hold = "rest", at = { event = 2 } } } } } }
    local agent, demo = server:agent(), llmspell.agent { provider = "demo" }
    local stream, said
    llmspell.loop(function()
      stream = assert(agent:stream("go"))
      repeat local event = stream:next() until event.type == "text_delta"
      said = in_child(function()
        local first = assert(demo:chat("say one"))
        return first .. assert(llmspell.agent { provider = "demo" }:chat("say two"))
      end)
      server:release("rest")
      local last
      repeat
        local event = stream:next()
        last = event or last
      until not event
      assert.are.equal("done", last.type)
    end)
    assert.are.equal("onetwo", said)
  end)

  it("a stream from before ends with the kind forked in the child and goes on in the parent", function()
    local server = mock.start {
      { respond = { chat = { text = "one two three" }, actions = { { hold = "rest", at = { event = 2 } } } } },
      { respond = { chat = { text = "afterwards" } }, ["repeat"] = "forever" },
    }
    local agent = server:agent()
    local stream = assert(agent:stream("go"))
    repeat local event = stream:next() until event.type == "text_delta"
    local text = in_child(function()
      local event = stream:next()
      assert(event.type == "error" and event.error.kind == "forked", event.type)
      assert(stream:next() == nil)
      stream:close()
      return assert(agent:chat("in the child"))
    end)
    assert.are.equal("afterwards", text)
    server:release("rest")
    local last
    for event in stream do last = event end
    assert.are.equal("done", last.type)
    assert.are.equal("one two three", last.result.text)
  end)

  it("a child that closes and collects everything leaves the parent's runs alone", function()
    local server = mock.start {
      { respond = { chat = { text = "one two three" }, actions = { { hold = "rest", at = { event = 2 } } } } },
    }
    local agent = server:agent()
    local stream = assert(agent:stream("go"))
    repeat local event = stream:next() until event.type == "text_delta"
    in_child(function()
      stream:close()
      agent:close()
      stream, agent = nil, nil
      collectgarbage()
      collectgarbage()
    end)
    server:release("rest")
    local last
    for event in stream do last = event end
    assert.are.equal("done", last.type)
  end)

  it("a handler may fork, and only the parent goes on with the run", function()
    local agent = llmspell.agent {
      provider = "demo",
      tools = { expect.tool("echo", function()
        return in_child(function() return llmspell.agent({ provider = "demo" }):chat("say from a child") end)
      end) },
    }
    expect.holds("from a child", (agent:chat('echo "x"')))
  end)
end)
