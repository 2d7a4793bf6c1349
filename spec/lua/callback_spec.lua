-- agent:chat and agent:execute with a function that is told what came of it.
local llmspell = require("llmspell")
local demo = require("spec.lua.support.demo")
local expect = require("spec.lua.support.expect")

-- A callback that notes what it is called with.
local function noting()
  local calls = {}
  return calls, function(...) calls[#calls + 1] = { n = select("#", ...), ... } end
end

describe("a callback", function()
  it("is called once with the answer, after the call has returned a task", function()
    local calls, note = noting()
    local task = demo():chat("Hello", note)
    assert.are.equal(0, #calls)
    assert.are.equal("running", task:status())
    assert.are.equal("You said: Hello", (task:wait()))
    assert.are.equal(1, #calls)
    assert.are.equal("You said: Hello", calls[1][1])
    assert.is_nil(calls[1][2])
    demo():chat("Hello", { temperature = 0 }, note)
    demo():chat("Hello", nil, note)
    demo():execute({ input = "Hello" }, note)
    llmspell.loop()
    assert.are.equal(4, #calls)
    local texts = {}
    for index = 2, 4 do texts[#texts + 1] = type(calls[index][1]) == "table" and calls[index][1].text or calls[index][1] end
    assert.are.same({ "You said: Hello", "You said: Hello", "You said: Hello" }, texts)
  end)

  it("is told of every failure that is not the caller's mistake", function()
    local agent = demo { max_retries = 0 }
    local calls, note = noting()
    agent:chat("fail with 401", note)
    agent:execute({ input = "fail with 500" }, note)
    local closed = demo()
    closed:close()
    closed:chat("Hello", note)
    -- what the core finds unusable when the run begins
    llmspell.agent({ provider = "openai", model = "gpt-4o", api_key = "k", base_url = "http://127.0.0.1:1", max_retries = 0 })
      :chat({ { role = "assistant", content = "" } }, note)
    llmspell.loop()
    assert.are.equal(4, #calls)
    for _, call in ipairs(calls) do
      assert.is_nil(call[1])
      assert.are.equal("string", type(call[2]))
      assert.are.equal("table", type(call[3]))
    end
  end)

  it("is told when its task is cancelled, begun or not, and may wait then", function()
    for _, ms in ipairs { 0, 30 } do
      local calls, note = noting()
      local other
      local task = demo():chat("slowly say " .. ("word "):rep(500), function(...)
        note(...)
        other = demo():chat("Hello")
      end)
      if ms > 0 then llmspell.sleep(ms) end
      task:cancel()
      llmspell.loop()
      assert.are.equal(1, #calls)
      expect.failure("cancelled", calls[1][1], calls[1][2], calls[1][3])
      assert.are.equal("You said: Hello", other)
    end
  end)

  it("that raises, raises out of the loop, and is not called again", function()
    local count = 0
    demo():chat("Hello", function()
      count = count + 1
      error("from the callback")
    end)
    expect.holds("from the callback", expect.raised(llmspell.loop))
    llmspell.loop()
    assert.are.equal(1, count)
  end)

  it("does not take misuse: that is raised at once", function()
    local calls, note = noting()
    local agent = demo()
    expect.holds("agent:chat: the message must be", expect.raised(agent.chat, agent, 42, note))
    expect.holds("unknown option 'temprature'", expect.raised(agent.chat, agent, "x", { temprature = 0 }, note))
    expect.holds("agent:chat: the callback must be a function, got a string", expect.raised(agent.chat, agent, "x", {}, "y"))
    expect.holds("expected a table with the message", expect.raised(agent.execute, agent, {}, note))
    expect.holds("takes one table", expect.raised(agent.execute, agent, { input = "x" }, {}))
    llmspell.loop()
    assert.are.equal(0, #calls)
  end)

  it("may be given in a task, in a handler, and where nothing can yield", function()
    local calls, note = noting()
    local agent = demo { tools = { expect.tool("delegate", function()
      demo():chat("from the tool", note)
      return "delegated"
    end) } }
    llmspell.loop(function()
      demo():chat("from the task", note)
      agent:chat("delegate")
      table.sort({ 2, 1 }, function(a, b)
        demo():chat("from sort", note)
        return a < b
      end)
    end)
    local seen = {}
    for _, call in ipairs(calls) do seen[call[1]] = true end
    assert.are.same({ ["You said: from the task"] = true, ["You said: from the tool"] = true, ["You said: from sort"] = true }, seen)
  end)
end)
