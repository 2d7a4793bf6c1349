local llmspell = require("llmspell")
local expect = require("spec.lua.support.expect")

-- Runs one turn in which the tool `echo` is called with "hi": what the model got back as {content, is_error}.
local function outcome_of(execute, fields)
  local agent = llmspell.agent {
    provider = "demo", max_tool_result_bytes = 16 * 1024 * 1024, tools = { expect.tool("echo", execute, fields) },
  }
  local result = assert(agent:execute { input = 'echo "hi"' })
  assert(#result.tool_calls == 1, "the tool was not called")
  return { content = result.tool_calls[1].result, is_error = result.tool_calls[1].is_error }
end

local function value_of(execute)
  local outcome = outcome_of(execute)
  assert(not outcome.is_error, outcome.content)
  return outcome.content
end

local function error_of(execute, fields)
  local outcome = outcome_of(execute, fields)
  assert(outcome.is_error, "expected a tool error, got " .. tostring(outcome.content))
  return outcome.content
end

describe("a handler", function()
  it("gets its arguments and a context", function()
    local got, context
    local agent
    agent = llmspell.agent {
      provider = "demo",
      tools = { expect.tool("echo", function(arguments, ctx)
        got, context = arguments, ctx
        assert(ctx.cancelled == false)
        return arguments.text
      end) },
    }
    local run_id
    for event in agent:stream('echo "hi"') do run_id = event.run_id end
    assert.are.same({ text = "hi" }, got)
    assert.are.equal("echo", context.name)
    assert.are.equal(1, context.step)
    assert.are.equal(run_id, context.run_id)
    assert.are.equal(agent, context.agent)
    assert.is_string(context.tool_call_id)
    assert.is_true(context.cancelled)
    assert.is_nil(context.anything_else)
  end)

  it("runs in a coroutine", function()
    value_of(function()
      local thread, is_main = coroutine.running()
      assert(thread and not is_main)
      return true
    end)
  end)

  it("returns any value that JSON can hold", function()
    assert.are.equal("text", value_of(function() return "text" end))
    assert.are.equal("345", value_of(function() return 15 * 23 end))
    assert.are.equal("true", value_of(function() return true end))
    assert.are.equal("false", value_of(function() return false end))
    assert.are.equal('{"a":[1,2],"b":null}', value_of(function() return { a = { 1, 2 }, b = llmspell.null } end))
    assert.are.equal("[]", value_of(function() return llmspell.array() end))
    assert.are.equal("null", value_of(function() return nil end))
    assert.are.equal("null", value_of(function() end))
    assert.are.equal("", value_of(function() return "" end))
  end)

  it("fails with nil and an error", function()
    assert.are.equal("no such file", error_of(function() return nil, "no such file" end))
    assert.are.equal("no such file", error_of(function() return nil, { message = "no such file", kind = "not_found" } end))
    assert.are.equal("404", error_of(function() return nil, 404 end))
  end)

  it("may raise anything", function()
    expect.holds("boom", error_of(function() error("boom") end))
    expect.holds("handler_spec.lua", error_of(function() error("boom") end))
    assert.are.equal("boom", error_of(function() error({ message = "boom" }) end))
    assert.are.equal("boom", error_of(function() error({ message = "boom", kind = "no such kind" }) end))
    assert.are.equal("boom", error_of(function() error({ message = "boom", kind = 5 }) end))
    assert.are.equal('{"code":7}', error_of(function() error({ code = 7 }) end))
    -- Lua 5.5 makes a text of an error that is nil
    expect.holds(_VERSION == "Lua 5.5" and "<no error object>" or "raised nil", error_of(function() error(nil) end))
    expect.holds("true", error_of(function() error(true) end))
    expect.holds("raised a function", error_of(function() error(print) end))
    local object = setmetatable({}, { __tostring = function() return "an object" end })
    assert.are.equal("an object", error_of(function() error(object) end))
    local hostile = setmetatable({}, { __index = error, __tostring = error })
    expect.holds("raised a table", error_of(function() error(hostile) end))
    expect.holds("bad ???", error_of(function() error("bad \255\254\253") end))
  end)

  it("may raise values whose metatables raise or yield", function()
    local raising = setmetatable({}, { __index = function() error("index") end })
    local hostile = {
      setmetatable({}, { __metatable = raising }),
      setmetatable({}, { __metatable = { __tostring = true } }),
      setmetatable({}, { __index = function() coroutine.yield() end, __metatable = raising }),
      setmetatable({}, { __tostring = function() coroutine.yield() end }),
    }
    -- in a coroutine, so that a yield of ours would show as what it gives
    local content = coroutine.wrap(function()
      local contents = {}
      for i, value in ipairs(hostile) do contents[i] = error_of(function() error(value) end) end
      return contents
    end)()
    for i = 1, #hostile do
      assert.is_string(content[i])
      if i ~= 2 then assert.are.equal("the tool raised a table", content[i]) end
    end
  end)

  it("may name any kind for its error; one that the core does not know, exactly, is left out", function()
    for _, kind in ipairs { "tool", "Tool", "TIMEOUT", "timeout", "E_TOOL", "", "not found" } do
      local content = error_of(function() error({ message = "boom", kind = kind }) end, { timeout_ms = 10000 })
      assert.are.equal("boom", content)
    end
  end)

  it("that answers what the core refuses has failed at once, not when its time is over", function()
    local raw = package.loaded["llmspell.raw"]
    local reply = raw.run_reply
    finally(function() raw.run_reply = reply end)
    local refuse_next
    function raw.run_reply(run, text)
      if not refuse_next then return reply(run, text) end
      refuse_next = false
      return reply(run, (text:gsub('"id":', '"di":')))
    end
    local function refused(execute)
      return error_of(function()
        refuse_next = true
        return execute()
      end, { timeout_ms = 10000 })
    end
    local content = refused(function() return "value" end)
    expect.holds("tool 'echo' failed: its result could not be passed on: reply.", content)
    content = refused(function() error("boom") end)
    expect.holds("its error could not be passed on: reply.", content)
  end)

  it("says where its result cannot be JSON", function()
    expect.holds("its result.list[2].f is a function", error_of(function() return { list = { 1, { f = print } } } end))
    expect.holds("tool 'echo' failed", error_of(function() return print end))
    expect.holds("is NaN", error_of(function() return 0 / 0 end))
    expect.holds("is not valid UTF-8", error_of(function() return "\255" end))
    expect.holds("contains itself", error_of(function()
      local cycle = {}
      cycle.cycle = cycle
      return cycle
    end))
    expect.holds("128", error_of(function()
      local deep = {}
      for _ = 1, 10000 do deep = { deep } end
      return deep
    end))
  end)

  it("may return a value as deep as JSON allows and one of 10 MB", function()
    local deep = 1
    for _ = 1, 128 do deep = { deep } end
    assert.are.equal(257, #value_of(function() return deep end))
    assert.are.equal(10 * 1024 * 1024, #value_of(function() return ("x"):rep(10 * 1024 * 1024) end))
  end)

  it("gets null members as nil", function()
    local got
    local agent = llmspell.agent {
      provider = "demo",
      tools = { {
        name = "probe", description = "", execute = function(p) got = p return 1 end,
        schema = {
          type = "object",
          properties = { none = { const = llmspell.null }, list = { const = { 1, llmspell.null } } },
          required = { "none", "list" },
        },
      } },
    }
    assert(agent:chat("probe"))
    assert.is_nil(got.none)
    assert.are.equal(llmspell.null, got.list[2])
  end)

  it("is told when its time is over, and its late answer is dropped", function()
    local told
    local content = error_of(function(_, ctx)
      local give_up = os.time() + 60
      while not ctx.cancelled and os.time() < give_up do end
      told = ctx.cancelled
      return "too late"
    end, { timeout_ms = 1000 })
    assert.is_true(told)
    assert.is_nil(content:find("too late", 1, true))
  end)

  it("is not called when its time was over before its turn came", function()
    local called = {}
    local function slow(name, ms)
      return expect.tool(name, function(_, ctx)
        called[#called + 1] = name
        local give_up = os.time() + 60
        while not ctx.cancelled and os.time() < give_up do end
        return name
      end, { timeout_ms = ms })
    end
    local agent = llmspell.agent { provider = "demo", tools = { slow("alpha", 2000), slow("beta", 500) } }
    local result = assert(agent:execute { input = "alpha and beta" })
    assert.are.equal(2, #result.tool_calls)
    assert.are.same({ "alpha" }, called)
  end)

  it("is called once for each call of a turn, one after another", function()
    local depth, most, order = 0, 0, {}
    local function counting(name)
      return expect.tool(name, function()
        depth = depth + 1
        most = math.max(most, depth)
        order[#order + 1] = name
        depth = depth - 1
        return name
      end)
    end
    local agent = llmspell.agent { provider = "demo", tools = { counting("alpha"), counting("beta"), counting("gamma") } }
    local text = assert(agent:chat("alpha, beta and gamma"))
    assert.are.same({ "alpha", "beta", "gamma" }, order)
    assert.are.equal(1, most)
    expect.holds("alpha gave alpha; beta gave beta; gamma gave gamma", text)
  end)

  it("may call other agents, which may have handlers that call others", function()
    local inner = llmspell.agent { provider = "demo", tools = { expect.tool("deep", function() return "deepest" end) } }
    local middle = llmspell.agent {
      provider = "demo",
      tools = { expect.tool("middle", function() return assert(inner:chat("deep")) end) },
    }
    local outer = llmspell.agent {
      provider = "demo",
      tools = { expect.tool("outer", function()
        local texts = {}
        for event in middle:stream("middle") do
          if event.type == "text_delta" then texts[#texts + 1] = event.text end
        end
        return table.concat(texts)
      end) },
    }
    expect.holds("deepest", (outer:chat("outer")))
  end)

  it("may make and close agents and change the one that it serves", function()
    local text = value_of(function(_, ctx)
      local other = llmspell.agent { provider = "demo" }
      local answer = other:chat("say made here")
      other:close()
      ctx.agent:add_tool(expect.tool("another", print))
      collectgarbage()
      return answer
    end)
    assert.are.equal("made here", text)
  end)
end)
