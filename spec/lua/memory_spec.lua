local llmspell = require("llmspell")
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

  it("may run at any moment", function()
    local agent = llmspell.agent {
      provider = "demo",
      tools = { expect.tool("echo", function(p) collectgarbage() return { p.text, llmspell.array() } end) },
    }
    local pause, step = collectgarbage("setpause", 0), collectgarbage("setstepmul", 10000)
    for _ = 1, 20 do
      assert(agent:chat('echo "hi"'))
      for _ in agent:stream("say one two") do collectgarbage("step") end
      assert(llmspell.json.decode(assert(llmspell.json.encode(agent:get_state()))))
      assert(agent:reset())
    end
    collectgarbage("setpause", pause)
    collectgarbage("setstepmul", step)
  end)

  it("finds no leak in a long series of calls", function()
    local agent = llmspell.agent { provider = "demo", tools = { expect.tool("echo", function(p) return p.text end) } }
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
