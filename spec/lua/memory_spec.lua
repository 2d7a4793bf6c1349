local llmspell = require("llmspell")
local collector = require("spec.lua.support.collector")
local expect = require("spec.lua.support.expect")
local system = require("spec.lua.support.system")

-- Collects until every entry of a weak table is gone, or gives up.
local function all_collected(weak)
  for _ = 1, 10 do
    collectgarbage()
    if next(weak) == nil then return true end
  end
  return false
end

describe("the collector", function()
  it("takes agents whose handlers refer to them", function()
    local weak = setmetatable({}, { __mode = "k" })
    for _ = 1, 20 do
      local agent
      local tool = expect.tool("echo", function() return tostring(agent) end)
      agent = llmspell.agent { provider = "demo", tools = { tool } }
      agent:add_tool(expect.tool("other", function() return agent end))
      agent:chat('echo "hi"')
      weak[agent] = true
      weak[agent:fork()] = true
    end
    assert.is_true(all_collected(weak))
  end)

  it("takes streams in every state, and their agents", function()
    local weak = setmetatable({}, { __mode = "k" })
    for reads = 0, 12 do
      local agent = llmspell.agent { provider = "demo", tools = { expect.tool("echo", function(p) return p.text end) } }
      local stream = agent:stream('echo "one"')
      weak[agent], weak[stream] = true, true
      for _ = 1, reads do stream:next() end
      if reads % 3 == 0 then stream:close() end
    end
    assert.is_true(all_collected(weak))
  end)

  it("takes streams to which a handler of their agent refers", function()
    local weak = setmetatable({}, { __mode = "k" })
    for reads = 0, 12 do
      local stream
      local tool = expect.tool("echo", function() return tostring(stream) end)
      local agent = llmspell.agent { provider = "demo", tools = { tool } }
      stream = agent:stream('echo "one"')
      weak[agent], weak[stream] = true, true
      for _ = 1, reads do stream:next() end
    end
    assert.is_true(all_collected(weak))
  end)

  it("takes coroutines that stopped inside a handler", function()
    local weak = setmetatable({}, { __mode = "k" })
    for _ = 1, 10 do
      local agent = llmspell.agent { provider = "demo", tools = { expect.tool("wait", function() coroutine.yield() end) } }
      local thread = coroutine.create(function() return agent:chat("wait") end)
      assert(coroutine.resume(thread))
      weak[agent], weak[thread] = true, true
    end
    assert.is_true(all_collected(weak))
  end)

  -- What a coroutine does before nobody resumes it any more; `stop` is to be called where it stops.
  local STOPPED = {
    ["in a handler of a chat"] = function(agent) agent:chat("wait") end,
    ["in a handler of a stream"] = function(agent)
      local stream = agent:stream("wait")
      repeat until not stream:next()
    end,
    ["in the midst of a stream"] = function(agent, stop)
      for event in agent:stream("say one two three slowly") do
        if event.type == "text_delta" then stop() end
      end
    end,
    ["with a stream that it has not read"] = function(agent, stop)
      local stream = agent:stream("say one two three slowly")
      stop(stream)
    end,
    ["with a stream behind another"] = function(agent, stop)
      local first, second = agent:stream("say one two three slowly"), agent:stream("say four")
      first:next()
      stop(first, second)
    end,
    ["by an error in the midst of a stream"] = function(agent)
      for event in agent:stream("say one two three slowly") do
        if event.type == "text_delta" then error("stop") end
      end
    end,
    ["in a handler that waits for another agent"] = function(agent)
      agent:add_tool(expect.tool("delegate", function() return agent:fork():chat("wait") end))
      agent:chat("delegate")
    end,
  }

  for place, action in pairs(STOPPED) do
    it("takes coroutines that stopped " .. place .. ", and their agents are free again", function()
      local weak = setmetatable({}, { __mode = "k" })
      local agents = {}
      for i = 1, 5 do
        agents[i] = llmspell.agent { provider = "demo", tools = { expect.tool("wait", function() coroutine.yield() end) } }
        local thread = coroutine.create(action)
        coroutine.resume(thread, agents[i], coroutine.yield)
        weak[thread] = true
      end
      assert.is_true(all_collected(weak))
      for i = 1, 5 do assert.are.equal("You said: Hello", (agents[i]:chat("Hello"))) end
    end)
  end

  it("may run at any moment", function()
    local agent = llmspell.agent {
      provider = "demo",
      tools = { expect.tool("echo", function(p) collectgarbage() return { p.text, llmspell.array() } end) },
    }
    local pause, step = collector.tune(0, 10000)
    for _ = 1, 20 do
      assert(agent:chat('echo "hi"'))
      for _ in agent:stream("say one two") do collectgarbage("step") end
      assert(llmspell.json.decode(assert(llmspell.json.encode(agent:get_state()))))
      assert(agent:reset())
    end
    collector.tune(pause, step)
  end)

  it("finds no leak in a long series of calls", function()
    local tools = { expect.tool("echo", function(p) return p.text end) }
    local agent = llmspell.agent { provider = "demo", tools = tools, max_retries = 0 }
    local function round()
      for _ = 1, 200 do
        assert(agent:chat('echo "hi"'))
        for event in agent:stream("say one two three") do
          if event.type == "text_delta" then break end
        end
        expect.failure("provider", agent:chat("fail with 500"))
        assert(llmspell.json.decode("[") == nil)
        pcall(llmspell.agent, { modle = 1 })
        repeat until agent:reset()
      end
      collectgarbage()
      collectgarbage()
      return collectgarbage("count")
    end
    round()
    local before = round()
    local after = round()
    assert(after < before + 64, ("%.0f KB grew to %.0f KB"):format(before, after))
  end)
end)

describe("the end of a program", function()
  it("comes at once and without a crash, whatever is open", function()
    for _, ending in ipairs { "", "os.exit(0)", "error('the end')" } do
      local output, _, code = system.lua([[
        local llmspell = require("llmspell")
        agent = llmspell.agent{ provider = "demo" }
        stream = agent:stream("slowly say one two three four five six seven eight")
        stream:next()
        thread = coroutine.create(function()
          local wait = { name = "wait", execute = function() coroutine.yield() end }
          local other = llmspell.agent{ provider = "demo", tools = { wait } }
          other:chat("wait")
        end)
        coroutine.resume(thread)
        print("ready")
      ]] .. ending, system.ends_open)
      expect.holds("ready", output)
      assert.are.equal(ending:find("error") and 1 or 0, code, output)
    end
  end)
end)
