local llmspell = require("llmspell")
local demo = require("spec.lua.support.demo")
local expect = require("spec.lua.support.expect")

-- the message of the error that a constructor call raises
local function refused(options)
  return expect.raised(function()
    local made = llmspell.agent(options)
    return made
  end)
end

describe("llmspell", function()
  it("tells its version", function()
    assert.is_truthy(llmspell.version():match("^%d+%.%d+%.%d+"))
    assert.are.equal("llmspell " .. llmspell.version(), llmspell._VERSION)
  end)

  it("sets no globals and keeps its driver to itself", function()
    assert.is_nil(rawget(_G, "llmspell"))
    assert.is_nil(package.loaded["llmspell.agent"])
    assert.is_table(package.loaded["llmspell.raw"])
  end)

  it("is one module per Lua state", function()
    package.loaded["llmspell"] = nil
    assert.are.equal(llmspell, require("llmspell"))
  end)
end)

describe("llmspell.agent", function()
  it("makes a userdata that tells what it is", function()
    local agent = demo { name = "helper" }
    assert.are.equal("userdata", type(agent))
    expect.holds("llmspell.agent helper (demo/", tostring(agent))
    agent:close()
    assert.are.equal("llmspell.agent (closed)", tostring(agent))
  end)

  it("is llmspell.Agent as well", function()
    local agent = llmspell.Agent { provider = "demo" }
    assert.are.equal("You said: Hello", (agent:chat("Hello")))
    expect.holds("llmspell.Agent: ", expect.raised(llmspell.Agent, { modle = "x" }))
  end)

  it("refuses what is not a table", function()
    for _, value in ipairs { "gpt-4o", 5, true, print } do
      expect.holds("llmspell.agent: expected a table of options", refused(value))
    end
    expect.holds("got nil", refused(nil))
  end)

  it("blames the caller's line", function()
    expect.holds("agent_spec.lua:", refused { modle = "x" })
    expect.holds("agent_spec.lua:", refused("x"))
  end)

  it("names the nearest option for one that it does not know", function()
    local message = refused { modle = "gpt-4o" }
    expect.holds("modle", message)
    expect.holds("did you mean model?", message)
    expect.holds("temprature", refused { temprature = 1 })
    expect.holds("temperature", refused { temprature = 1 })
    expect.holds("zzzzzz", refused { zzzzzz = 1 })
  end)

  it("does so for options with functions in them", function()
    local print = print
    expect.holds("unknown option 'on_aproval'; did you mean 'on_approval'?", refused { on_aproval = print })
    expect.holds("unknown option 'hoks'; did you mean 'hooks'?", refused { hoks = { before_tool = print } })
    expect.holds("unknown option 'input_guardrail'; did you mean 'input_guardrails'?", refused { input_guardrail = { print } })
    expect.holds("temperature is a function", refused { temperature = print })
  end)

  it("names option and expectation for a wrong type", function()
    for option, value in pairs {
      system_prompt = 5, model = true, provider = {}, temperature = "hot", max_tokens = "many", stop = 5, headers = "x",
      tools = "calculator", max_steps = 1.5, on_busy = "wait", state = "x", timeout_ms = "1s", seed = "x",
      tool_choice = 5, provider_options = "x", api_key = 5, base_url = 5,
    } do
      expect.holds(option, refused { provider = option ~= "provider" and "demo" or value, [option] = value })
    end
  end)

  it("refuses numbers out of their range", function()
    expect.holds("temperature", refused { temperature = 3 })
    expect.holds("top_p", refused { top_p = -1 })
    expect.holds("max_steps", refused { max_steps = 0 })
    expect.holds("max_tokens", refused { max_tokens = -5 })
  end)

  it("takes a number without fraction for an integer", function()
    assert.is_truthy(demo { max_tokens = 4096 / 2, seed = 2.0 })
  end)

  it("says where an option cannot be JSON", function()
    expect.holds("provider_options.x[2] is a function", refused { provider_options = { x = { 1, print } } })
    expect.holds("temperature is NaN", refused { temperature = 0 / 0 })
    expect.holds("system_prompt is not valid UTF-8", refused { system_prompt = "\255" })
    local cycle = {}
    cycle.cycle = cycle
    expect.holds("headers.cycle is a table that contains itself", refused { headers = cycle })
    local deep = {}
    for _ = 1, 10000 do deep = { deep } end
    expect.holds("is nested deeper than 128 tables", refused { provider_options = { deep = deep } })
    expect.holds("options: every key must be a name like 'temperature', got 1", refused { "gpt-4o" })
    expect.holds("got a string that is not valid UTF-8", refused { ["\255"] = 1 })
    expect.holds("got true", refused { [true] = print })
    expect.holds("got a table", refused { [{}] = 1 })
  end)

  it("refuses an integer that the core cannot hold", function()
    expect.holds("llmspell.agent: ", refused { seed = 2 ^ 63 * 4 })
    if not math.type then expect.holds("seed is an integer beyond 2^53", refused { seed = 2 ^ 60 }) end
  end)

  it("refuses an unknown provider and names those that there are", function()
    local message = refused { provider = "opnai" }
    expect.holds("opnai", message)
    expect.holds("openai", message)
  end)

  it("leaves the given options as they were", function()
    local tool = expect.tool("echo", function() return 1 end)
    local tools = { tool }
    local options = { provider = "demo", tools = tools, stop = { "x" }, state = nil }
    llmspell.agent(options)
    assert.are.same({ provider = "demo", tools = { tool }, stop = { "x" } }, options)
    assert.are.equal(tools, options.tools)
    assert.is_nil(getmetatable(tools))
    assert.is_nil(getmetatable(tool))
    assert.is_nil(getmetatable(options.stop))
  end)

  it("keeps secrets out of its messages", function()
    local key = "sk-very-secret-9876543210"
    local message = refused { api_key = key, temperature = 99 }
    assert.is_nil(message:find(key, 1, true))
    assert.is_nil(tostring(llmspell.agent { api_key = key }):find(key, 1, true))
  end)
end)

describe("an agent", function()
  it("chats and remembers", function()
    local agent = demo()
    assert.are.equal("You said: Hello", (agent:chat("Hello")))
    expect.holds("Hello", (agent:chat("What did I say?")))
  end)

  it("takes a message as a table and a list of messages", function()
    assert.are.equal("You said: Hello", (demo():chat { role = "user", content = "Hello" }))
    local messages = {
      { role = "user", content = "one" }, { role = "assistant", content = "two" }, { role = "user", content = "three" },
    }
    assert.are.equal("You said: three", (demo():chat(messages)))
  end)

  it("takes options for one call", function()
    local agent = demo()
    assert.are.equal("You said:", (agent:chat("one two three", { max_tokens = 2 })))
    assert.are.equal("You said: one two three", (agent:chat("one two three")))
  end)

  it("refuses a wrong message or wrong options at the caller's line", function()
    local agent = demo()
    for _, message in ipairs { 5, true, print } do
      expect.holds("agent:chat: the message must be a string", expect.raised(agent.chat, agent, message))
    end
    expect.holds("got nil", expect.raised(agent.chat, agent))
    expect.holds("options must be a table", expect.raised(agent.chat, agent, "x", 5))
    expect.holds("agent_spec.lua", expect.raised(function() local _ = agent:chat("x", 5) end))
    local message = expect.raised(function() local _ = agent:chat("x", { temprature = 1 }) end)
    expect.holds("temperature", message)
    expect.holds("agent_spec.lua", message)
    expect.holds("unknown option 'input'", expect.raised(agent.chat, agent, "x", { input = "y" }))
    expect.holds("message is not valid UTF-8", expect.raised(agent.chat, agent, "\255"))
    expect.holds("agent:chat: ", expect.raised(agent.chat, agent, { role = "nobody", content = "x" }))
    assert.are.equal("You said: still here", (agent:chat("still here")))
    assert.are.equal(2, #agent:get_state().messages)
  end)

  it("refuses options of a call whose keys are no names", function()
    local agent = demo()
    for _, key in ipairs { 1, true, print, "\255" } do
      for _, method in ipairs { "chat", "stream" } do
        local message = expect.raised(agent[method], agent, "x", { [key] = print })
        expect.holds("agent:" .. method .. ": options: every key must be a name", message)
      end
      local message = expect.raised(agent.execute, agent, { input = "x", [key] = print })
      expect.holds("agent:execute: options: every key must be a name", message)
    end
  end)

  it("knows the options of a call that the schema of a run's input has", function()
    local file = assert(io.open("spec/schema/run_input.schema.json", "rb"))
    -- Lua 5.1 cannot hold the bounds of the seed
    local schema = assert(llmspell.json.decode((file:read("*a"):gsub("%d%d%d%d%d%d%d%d%d%d%d+", "1"))))
    file:close()
    local names = {}
    for name in pairs(schema.properties) do
      if name ~= "input" and name ~= "events" then names[#names + 1] = name end
    end
    table.sort(names)
    local agent = demo()
    local known = "unknown option 'zzzzzz'; known are "
    expect.holds(known .. table.concat(names, ", "), expect.raised(agent.chat, agent, "x", { zzzzzz = 1 }))
    names[#names + 1] = "events"
    table.sort(names)
    expect.holds(known .. table.concat(names, ", "), expect.raised(agent.stream, agent, "x", { zzzzzz = 1 }))
  end)

  it("takes events only where it gives them", function()
    local agent = demo()
    local message = expect.raised(agent.execute, agent, { input = "x", events = {} })
    expect.holds("agent:execute: the option 'events' goes with agent:stream", message)
    expect.holds("agent:chat: the option 'events' goes with agent:stream", expect.raised(agent.chat, agent, "x", { events = {} }))
    assert.is_nil(expect.raised(agent.execute, agent, { input = "x", evnts = {} }):find("did you mean", 1, true))
    expect.holds("did you mean 'events'?", expect.raised(agent.stream, agent, "x", { evnts = {} }))
  end)

  it("may be one that the raw module made", function()
    local agent = package.loaded["llmspell.raw"].agent_new('{"provider":"demo"}')
    assert.are.equal("You said: hello", (agent:chat("hello")))
    assert.is_true(agent:add_tool(expect.tool("echo", function(p) return p.text end)))
    expect.holds("echo gave hi", (agent:chat('echo "hi"')))
    local other = package.loaded["llmspell.raw"].agent_new('{"provider":"demo"}')
    expect.holds("You said", (other:fork():chat("hello")))
    local last
    for event in other:stream("hello") do last = event end
    assert.are.equal("done", last.type)
  end)

  it("refuses calls with a dot", function()
    local agent = demo()
    expect.holds("call methods with a colon", expect.raised(agent.chat, "Hello"))
    expect.holds("call methods with a colon", expect.raised(agent.execute, { input = "x" }))
    expect.holds("call methods with a colon", expect.raised(agent.close))
    expect.holds("call methods with a colon", expect.raised(agent.fork, io.stdout))
  end)

  it("executes and tells the whole result", function()
    local result = demo():execute { input = "say five" }
    assert.are.equal("five", result.text)
    assert.are.equal("five", result.content)
    assert.are.equal("stop", result.finish_reason)
    assert.are.equal(1, result.steps)
    assert.are.equal(2, #result.messages)
    assert.are.equal(0, #result.tool_calls)
    assert.are.equal(result.usage.total_tokens, result.metadata.tokens_used)
    assert.are.equal("demo", result.metadata.provider)
    assert.is_number(result.metadata.execution_time_ms)
    assert.are.equal(0, #result.metadata.tools_used)
    assert.is_nil(result.object)
  end)

  it("executes only with an input", function()
    local agent = demo()
    expect.holds('like agent:execute{ input = "Hello" }', expect.raised(agent.execute, agent))
    expect.holds('like agent:execute{ input = "Hello" }', expect.raised(agent.execute, agent, "Hello"))
    expect.holds('like agent:execute{ input = "Hello" }', expect.raised(agent.execute, agent, { max_steps = 1 }))
  end)

  it("gives its state, and begins with one", function()
    local first = demo()
    first:chat("remember the number 42")
    local state = first:get_state()
    assert.are.equal(1, state.version)
    assert.are.equal(2, #state.messages)
    assert.are.same(state, first:state())
    local second = demo { state = state }
    assert.are.same(state.messages, second:get_state().messages)
    expect.holds("42", (second:chat("What did I say?")))
    local third = demo { state = assert(llmspell.json.decode(assert(llmspell.json.encode(state)))) }
    assert.are.same(state, third:get_state())
  end)

  it("forks its conversation and its tools", function()
    local calls = 0
    local agent = demo { tools = { expect.tool("count", function() calls = calls + 1 return calls end) } }
    agent:chat("say one")
    local other = assert(agent:fork())
    other:chat("count")
    assert.are.equal(1, calls)
    assert.are.equal(2, #agent:get_state().messages)
    assert.are.equal(6, #other:get_state().messages)
    other:add_tool(expect.tool("sing", function() return "la" end))
    expect.holds("You said", (agent:chat("please sing")))
    expect.holds("la", (other:chat("please sing")))
  end)

  it("shares with its forks only what it had when they were made", function()
    local function sing() return expect.tool("sing", function() return "la" end) end
    local agent = demo()
    local first = assert(agent:fork())
    agent:add_tool(sing())
    local second = assert(agent:fork())
    expect.holds("You said", (first:chat("please sing")))
    expect.holds("la", (agent:chat("please sing")))
    expect.holds("la", (second:chat("please sing")))
    local helper = demo { name = "helper" }
    local asking = demo { tools = { helper:as_tool { description = "sings" } } }
    assert(helper:fork())
    helper:add_tool(sing())
    expect.holds("la", (asking:chat("helper, please sing")))
  end)

  it("forgets when it is reset", function()
    local agent = demo()
    agent:chat("Hello")
    assert.is_true(agent:reset())
    assert.are.equal(0, #agent:get_state().messages)
    assert.are.equal("You said nothing before that.", (agent:chat("What did I say?")))
  end)

  it("says that options from a metatable would not be seen", function()
    local options = setmetatable({ provider = "demo" }, { __index = { temperature = 0 } })
    local seen = "options that come from a metatable (its __index) would not be seen"
    expect.holds("llmspell.agent: " .. seen, expect.raised(llmspell.agent, options))
    local agent = demo()
    expect.holds("agent:chat: " .. seen, expect.raised(agent.chat, agent, "Hello", options))
    expect.holds("agent:stream: " .. seen, expect.raised(agent.stream, agent, "Hello", options))
    expect.holds("agent:execute: " .. seen, expect.raised(agent.execute, agent, setmetatable({ input = "Hello" }, {
      __index = { temperature = 0 },
    })))
    -- a metatable that hides nothing is no obstacle
    assert.are.equal("You said: Hello", (llmspell.agent(setmetatable({ provider = "demo" }, {})):chat("Hello")))
  end)

  it("answers every use after close with the kind closed", function()
    local agent = demo()
    assert.is_true(agent:close())
    assert.is_true(agent:close())
    expect.failure("closed", agent:chat("Hello"))
    expect.failure("closed", agent:execute { input = "Hello" })
    expect.failed_stream("closed", agent:stream("Hello"))
    expect.failure("closed", agent:add_tool(expect.tool("x", print)))
    expect.failure("closed", agent:get_state())
    expect.failure("closed", agent:fork())
    local message = expect.failure("closed", agent:reset())
    expect.holds("make a new one with llmspell.agent", message)
  end)
end)

describe("a call that is nearly right says how it is meant", function()
  it("when a function of the module is called with a colon", function()
    local calls = {
      ["llmspell.agent"] = function() llmspell:agent { provider = "demo" } end,
      ["llmspell.Agent"] = function() llmspell:Agent { provider = "demo" } end,
      ["llmspell.create_tool"] = function() llmspell:create_tool { name = "x", execute = print } end,
      ["llmspell.array"] = function() llmspell:array {} end,
      ["llmspell.forbid_requests"] = function() llmspell:forbid_requests(true) end,
      ["llmspell.json.encode"] = function() llmspell.json:encode {} end,
      ["llmspell.json.decode"] = function() llmspell.json:decode "{}" end,
      ["llmspell.testing.scripted"] = function() llmspell.testing:scripted { "a" } end,
      ["llmspell.testing.played"] = function() llmspell.testing:played() end,
      ["llmspell.testing.assert_done"] = function() llmspell.testing:assert_done() end,
    }
    for name, call in pairs(calls) do
      local message = expect.raised(call)
      expect.holds(("%s: it was called with a colon; write %s with a dot"):format(name, name), message)
      expect.holds("agent_spec.lua:", message)
    end
  end)

  it("when agent:execute gets its options beside the table", function()
    local agent = llmspell.agent { provider = "demo" }
    local message = expect.raised(agent.execute, agent, { input = "Hello" }, { temperature = 0 })
    expect.holds("agent:execute: takes one table; put the options into it", message)
    expect.holds("got a table as second argument", message)
    assert.are.equal(0, #agent:get_state().messages)
  end)

  it("when llmspell.null or an agent stands where something else belongs", function()
    local agent = llmspell.agent { provider = "demo" }
    expect.holds("got llmspell.null", expect.raised(agent.chat, agent, llmspell.null))
    expect.holds("got llmspell.null", expect.raised(llmspell.agent, llmspell.null))
    expect.holds("tools must be a list of tools, got llmspell.null", expect.raised(llmspell.agent, { provider = "demo", tools = llmspell.null }))
    expect.holds("got llmspell.null", expect.raised(llmspell.create_tool, { name = "x", execute = llmspell.null }))
    expect.holds("got an agent; ", expect.raised(llmspell.create_tool, agent) .. "; ")
    expect.holds("got a userdata", expect.raised(agent.chat, agent, io.stdout))
  end)
end)
