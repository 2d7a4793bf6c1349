local llmspell = require("llmspell")
local expect = require("spec.lua.support.expect")

local puc_51 = _VERSION == "Lua 5.1" and not rawget(_G, "jit")

-- an agent whose tool `ask` yields "question" and answers with what it is resumed with
local function asking_agent()
  return llmspell.agent {
    provider = "demo",
    tools = { expect.tool("ask", function(p) return coroutine.yield("question", p.text) end) },
  }
end

describe("a handler that yields", function()
  it("passes its values to the coroutine that called us, and gets back what that is resumed with", function()
    local agent = asking_agent()
    local thread = coroutine.create(function() return agent:chat('ask "why?"') end)
    local ok, what, text = coroutine.resume(thread)
    assert.is_true(ok)
    assert.are.equal("question", what)
    assert.are.equal("why?", text)
    local answer
    ok, answer = coroutine.resume(thread, "because")
    assert.is_true(ok)
    expect.holds("because", answer)
    assert.are.equal("dead", coroutine.status(thread))
  end)

  it("may yield many times, nothing, and nil among values", function()
    local agent = llmspell.agent {
      provider = "demo",
      tools = { expect.tool("ask", function()
        local sum = 0
        for i = 1, 5 do
          local a, b, c = coroutine.yield(nil, i, nil)
          assert(a == nil and c == nil)
          sum = sum + b
        end
        coroutine.yield()
        return sum
      end) },
    }
    local thread = coroutine.create(function() return agent:chat("ask") end)
    local ok, a, i, c = coroutine.resume(thread)
    for expected = 1, 5 do
      assert.is_true(ok, a)
      assert.are.same({ nil, expected, nil }, { a, i, c })
      ok, a, i, c = coroutine.resume(thread, nil, expected * 10, nil)
    end
    assert.is_true(ok)
    assert.is_nil(a)
    local _, text = coroutine.resume(thread)
    expect.holds("150", text)
  end)

  it("lets a scheduler run several agents side by side", function()
    local log, threads = {}, {}
    for name = 1, 3 do
      local agent = llmspell.agent {
        provider = "demo",
        tools = { expect.tool("work", function()
          for round = 1, 2 do
            log[#log + 1] = name .. "." .. round
            coroutine.yield()
          end
          return "result " .. name
        end) },
      }
      threads[name] = coroutine.create(function() return agent:chat("work") end)
    end
    local answers = {}
    while next(threads) do
      for name = 1, 3 do
        local thread = threads[name]
        if thread then
          local ok, text = coroutine.resume(thread)
          assert.is_true(ok, text)
          if coroutine.status(thread) == "dead" then
            threads[name], answers[name] = nil, text
          end
        end
      end
    end
    assert.are.equal("1.1 2.1 3.1 1.2 2.2 3.2", table.concat(log, " "))
    for name = 1, 3 do expect.holds("result " .. name, answers[name]) end
  end)

  it("keeps its agent busy for others meanwhile", function()
    local agent = asking_agent()
    local thread = coroutine.create(function() return agent:chat('ask "why?"') end)
    coroutine.resume(thread)
    expect.failure("busy", agent:chat("Hello"))
    local _, text = coroutine.resume(thread, "because")
    expect.holds("because", text)
    assert.are.equal("You said: Hello", (agent:chat("Hello")))
  end)

  it("works with execute and stream:next", function()
    local agent = asking_agent()
    local thread = coroutine.wrap(function()
      local result = agent:execute { input = 'ask "why?"' }
      return result.tool_calls[1].result
    end)
    assert.are.equal("question", thread())
    assert.are.equal("because", thread("because"))

    local reader = coroutine.wrap(function()
      local stream = agent:stream('ask "why?"')
      local last
      repeat
        local event = stream:next()
        last = event or last
      until not event
      return last.type
    end)
    assert.are.equal("question", reader())
    assert.are.equal("done", reader("because"))
  end)

  it("passes through agents that call agents", function()
    local inner = asking_agent()
    local outer = llmspell.agent {
      provider = "demo",
      tools = { expect.tool("delegate", function() return inner:chat('ask "why?"') end) },
    }
    local thread = coroutine.wrap(function() return outer:chat("delegate") end)
    assert.are.equal("question", thread())
    expect.holds("because", thread("because"))
  end)

  it("is a tool error on the main thread, and says so", function()
    local outcome
    -- busted runs tests on the main thread; a second Lua thread shows it where it does not
    for event in asking_agent():stream('ask "why?"') do
      if event.type == "tool_result" then outcome = event end
    end
    assert.is_true(outcome.is_error)
    expect.holds("tool 'ask' yielded, and nobody can resume it", outcome.content)
    expect.holds("main thread", outcome.content)
  end)

  it("is a tool error too in an agent that was called by a handler on the main thread", function()
    local inner = asking_agent()
    local outer = llmspell.agent {
      provider = "demo",
      tools = { expect.tool("delegate", function() return inner:chat('ask "why?"') end) },
    }
    expect.holds("main thread", assert(outer:chat("delegate")))
  end)

  it("is a tool error where a C function is between the call and its coroutine", function()
    local agent = asking_agent()
    local thread = coroutine.wrap(function()
      local text
      table.sort({ 2, 1 }, function(a, b)
        text = text or agent:chat('ask "why?"')
        return a < b
      end)
      return text
    end)
    expect.holds("C function", thread())
  end)

  it("is abandoned when its time is over", function()
    local agent = llmspell.agent {
      provider = "demo",
      tools = { expect.tool("ask", function() while true do coroutine.yield("waiting") end end, { timeout_ms = 30 }) },
    }
    local thread = coroutine.wrap(function() return "answer", agent:execute { input = "ask" } end)
    local what, result
    local give_up = os.time() + 60
    repeat what, result = thread() until what == "answer" or os.time() > give_up
    assert.is_true(result.tool_calls[1].is_error)
    assert.are.equal("You said: Hello", (agent:chat("Hello")))
  end)

  if puc_51 then
    it("is a tool error in a for loop of Lua 5.1, which names stream:next", function()
      local agent = asking_agent()
      local thread = coroutine.wrap(function()
        local content
        for event in agent:stream('ask "why?"') do
          if event.type == "tool_result" then content = event.content end
        end
        return content
      end)
      expect.holds("use stream:next() there", thread())
    end)
  else
    it("works in a for loop and under pcall", function()
      local agent = asking_agent()
      local thread = coroutine.wrap(function()
        local content
        for event in agent:stream('ask "why?"') do
          if event.type == "tool_result" then content = event.content end
        end
        return content
      end)
      assert.are.equal("question", thread())
      assert.are.equal("because", thread("because"))
      local protected = coroutine.wrap(function() return select(2, pcall(agent.chat, agent, 'ask "why?"')) end)
      assert.are.equal("question", protected())
      expect.holds("because", protected("because"))
    end)
  end
end)
