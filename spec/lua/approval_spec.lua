local llmspell = require("llmspell")
local expect = require("spec.lua.support.expect")

local function calculator(fields)
  local tool = {
    name = "calculator", description = "Perform mathematical calculations",
    schema = { type = "object", properties = { expression = { type = "string" } } },
    execute = function(arguments) return arguments.expression .. "!" end,
  }
  for key, value in pairs(fields) do tool[key] = value end
  return tool
end

local function agent_with(options, fields)
  options.provider = "demo"
  options.tools = { calculator(fields or { needs_approval = true }) }
  return llmspell.agent(options)
end

-- The result of the one tool call that the message leads to.
local function result_of(agent)
  local result = assert(agent:execute { input = "calculate 3 + 4" })
  assert(#result.tool_calls == 1)
  return result.tool_calls[1].result, result.tool_calls[1].error_kind
end

describe("needs_approval", function()
  it("may be a function of the arguments", function()
    local asked, needed = {}, false
    local agent = agent_with(
      { on_approval = function(call) asked[#asked + 1] = call.name return false end },
      { needs_approval = function(arguments, call)
        assert.are.equal("3 + 4", arguments.expression)
        assert.are.equal("calculator", call.name)
        return needed
      end }
    )
    assert.are.equal("3 + 4!", (result_of(agent)))
    assert.are.same({}, asked)
    needed = true
    local _, kind = result_of(agent)
    assert.are.equal("approval", kind)
    assert.are.same({ "calculator" }, asked)
  end)

  it("denies when its function raises", function()
    local agent = agent_with({ on_approval = function() return true end }, { needs_approval = function() error("dark", 0) end })
    local text, kind = result_of(agent)
    assert.are.equal("approval", kind)
    expect.holds("dark", text)
  end)

  it("is held to its types", function()
    local raised = expect.raised(llmspell.agent, { provider = "demo", tools = { calculator { needs_approval = "yes" } } })
    expect.holds("tools[1].needs_approval must be true, false, or a function", raised)
    expect.holds("on_approval must be a function", expect.raised(llmspell.agent, { provider = "demo", on_approval = true }))
  end)

  it("of a tool that is added later counts too, and in forks", function()
    local agent = llmspell.agent { provider = "demo", on_approval = function() return false, "no" end }
    agent:add_tool(calculator { needs_approval = function() return true end })
    for _, one in ipairs { agent, (agent:fork()) } do
      expect.holds("not approved: no", (result_of(one)))
    end
  end)
end)

describe("on_approval", function()
  it("that returns nothing has allowed nothing, and says what is missing", function()
    local text, kind = result_of(agent_with { on_approval = function() end })
    assert.are.equal("approval", kind)
    expect.holds("return true or false", text)
  end)

  it("may yield", function()
    local agent = agent_with { on_approval = function(call) return (coroutine.yield(call.arguments.expression)) end }
    local thread = coroutine.create(function() return result_of(agent) end)
    local _, asked = coroutine.resume(thread)
    assert.are.equal("3 + 4", asked)
    local _, text = coroutine.resume(thread, true)
    assert.are.equal("3 + 4!", text)
  end)
end)

describe("a stream", function()
  it("gives the request to its reader, who decides once", function()
    local stream = agent_with({}):stream("calculate 3 + 4")
    local content
    for event in stream do
      if event.type == "request" then
        assert.are.equal("approval", event.kind)
        assert.are.equal("3 + 4", event.payload.arguments.expression)
        expect.holds("the reason must be a string", expect.raised(stream.deny, stream, event, 5))
        expect.holds("did you mean 'remember'", expect.raised(stream.approve, stream, event, { remembr = 1 }))
        expect.holds("expected the event", expect.raised(stream.approve, stream))
        local kinds = 'remember must be "tool" or "arguments", got '
        expect.holds("stream:approve: " .. kinds .. '"ever"', expect.raised(stream.approve, stream, event, { remember = "ever" }))
        expect.holds("stream:deny: " .. kinds .. "a boolean", expect.raised(stream.deny, stream, event, nil, { remember = true }))
        expect.holds("options must be a table", expect.raised(stream.deny, stream, event, nil, "tool"))
        expect.holds("unknown option", expect.raised(stream.deny, stream, event, nil, { arguments = {} }))
        assert.is_true(stream:approve(event, { arguments = { expression = "1" }, remember = "tool" }))
        local ok, _, details = stream:approve(event)
        assert.is_nil(ok)
        assert.are.equal("not_found", details.kind)
      elseif event.type == "tool_result" then
        content = event.content
      end
    end
    assert.are.equal("1!", content)
    local _, _, details = stream:deny("req_1")
    assert.are.equal("closed", details.kind)
  end)

  it("denies what its reader passes over, and says how to answer", function()
    local content
    for event in agent_with({}):stream("calculate 3 + 4") do
      if event.type == "tool_result" then content = event.content end
    end
    expect.holds("stream:approve(event)", content)
    expect.holds("on_approval", content)
  end)
end)

describe("hooks", function()
  it("name what is wrong with them", function()
    local function raised(options)
      options.provider = "demo"
      return expect.raised(llmspell.agent, options)
    end
    expect.holds("did you mean 'before_tool'", raised { hooks = { befor_tool = print } })
    expect.holds("hooks.before_tool must be a function", raised { hooks = { before_tool = 1 } })
    expect.holds("hooks must be a table of functions", raised { hooks = 5 })
    expect.holds("input_guardrails[1] must be a function", raised { input_guardrails = { 5 } })
    expect.holds("output_guardrails[1].check must be a function", raised { output_guardrails = { { name = "x" } } })
    expect.holds("is there twice", raised { input_guardrails = { { name = "a", check = print }, { name = "a", check = print } } })
    expect.holds("in Lua they are input_guardrails", raised { guardrails = {} })
  end)

  it("get the agent and the run", function()
    local seen
    local agent
    agent = llmspell.agent { provider = "demo", hooks = { before_model = function(hook)
      seen = { point = hook.point, agent = hook.agent, run = hook.run_id, cancelled = hook.cancelled, text = hook.messages[1].content[1].text }
    end } }
    assert(agent:chat("Hello"))
    assert.are.same({ "before_model", agent, false, "Hello" }, { seen.point, seen.agent, seen.cancelled, seen.text })
    assert.is_string(seen.run)
  end)

  it("on_event sees every event of chat, execute and stream", function()
    local types = {}
    local agent = llmspell.agent { provider = "demo", hooks = { on_event = function(event) types[#types + 1] = event.type end } }
    local calls = {
      function() assert(agent:chat("Hello")) end,
      function() assert(agent:execute { input = "Hello" }) end,
      function() for _ in agent:stream("Hello") do end end,
    }
    local first
    for _, call in ipairs(calls) do
      types = {}
      call()
      assert.are.equal("run_start", types[1])
      assert.are.equal("done", types[#types])
      first = first or #types
      assert.are.equal(first, #types)
    end
  end)

  it("on_event that raises ends the call with that", function()
    local agent = llmspell.agent { provider = "demo", hooks = { on_event = function() error("enough", 0) end } }
    local ok, problem = pcall(agent.chat, agent, "Hello")
    assert.is_false(ok)
    assert.are.equal("enough", problem)
  end)
end)

describe("a guardrail", function()
  it("may give its reason as a second value", function()
    local agent = llmspell.agent { provider = "demo", input_guardrails = { function() return false, "too loud" end } }
    local text, message, details = agent:chat("HELLO")
    assert.is_nil(text)
    expect.holds("too loud", message)
    assert.are.equal("policy", details.kind)
  end)
end)
