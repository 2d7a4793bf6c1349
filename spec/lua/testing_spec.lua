-- What programs need for their own tests: scripted models, a transport of their own, cassettes, forbidden requests.
local llmspell = require("llmspell")

local KEY = "sk-spec-0123456789"
local LAST = 'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'

local function chunk(text)
  return ('data: {"choices":[{"index":0,"delta":{"content":"%s"},"finish_reason":null}]}\n\n'):format(text)
end

local function carried(transport, more)
  local options = { model = "openai/gpt-test", api_key = KEY, base_url = "http://nowhere.invalid/v1", max_retries = 0 }
  for key, value in pairs(more or {}) do options[key] = value end
  options.transport = transport
  return llmspell.agent(options)
end

describe("a scripted model", function()
  it("answers turn by turn and keeps what it was asked", function()
    local model = llmspell.testing.scripted {
      { tool_calls = { { name = "add", arguments = { a = 1, b = 2 } } } },
      "It is three.",
    }
    local agent = llmspell.agent {
      model = model,
      tools = { { name = "add", execute = function(p) return p.a + p.b end } },
    }
    assert.equal("It is three.", agent:chat("Add"))
    local requests = model:requests()
    assert.equal(2, #requests)
    assert.equal("3", requests[2].messages[3].content)
    assert.is_true(model:assert_done())
    assert.equal("llmspell.scripted (2 of 2 turns used)", tostring(model))
  end)

  it("is shared by the agents that have it, as model or as provider", function()
    local model = llmspell.testing.scripted { "a", "b", "c" }
    assert.equal("a", llmspell.agent { model = model }:chat("x"))
    local second = llmspell.agent { provider = model }
    assert.equal("b", second:chat("x"))
    assert.has_error(function() model:assert_done() end)
    assert.equal("c", second:fork():chat("x"))
    assert.is_true(llmspell.testing.assert_done(second))
  end)

  it("says what is left, and how long it was", function()
    local model = llmspell.testing.scripted { "a" }
    local agent = llmspell.agent { model = model }
    local ok, message = pcall(model.assert_done, model)
    assert.is_false(ok)
    assert.truthy(message:find("1 of 1 turns were not used", 1, true), message)
    agent:chat("x")
    local answer, problem = agent:chat("y")
    assert.is_nil(answer)
    assert.truthy(problem:find("the script has 1 turn", 1, true), problem)
    ok, message = pcall(model.assert_done, model)
    assert.is_false(ok)
    assert.truthy(message:find("was asked 2 times", 1, true), message)
  end)

  it("refuses what is no script", function()
    for _, given in ipairs { "text", { text = "x" }, { { txt = "x" } } } do
      local ok, message = pcall(llmspell.testing.scripted, given)
      assert.is_false(ok)
      assert.truthy(tostring(message):find("llmspell.testing.scripted", 1, true), tostring(message))
    end
    local ok, message = pcall(llmspell.testing.played, llmspell.agent { provider = "demo" })
    assert.is_false(ok)
    assert.truthy(tostring(message):find("scripted", 1, true), tostring(message))
  end)
end)

describe("a turn that is a function", function()
  local function add() return { name = "add", execute = function(p) return p.a + p.b end } end

  it("gets the request and its number, and returns a turn", function()
    local asked
    local model = llmspell.testing.scripted {
      { tool_calls = { { name = "add", arguments = { a = 1, b = 2 } } } },
      function(request, number)
        asked = { request = request, number = number }
        return "The sum is " .. request.messages[#request.messages].content
      end,
      function(request) return { text = #request.messages .. " messages", usage = { input_tokens = 7, output_tokens = 2 } } end,
      function() return { tool_calls = { { name = "add", arguments = { a = 3, b = 4 } } } } end,
      "Done.",
    }
    local agent = llmspell.agent { model = model, tools = { add() } }
    assert.equal("The sum is 3", agent:chat("Add"))
    assert.equal(2, asked.number)
    assert.equal("add", asked.request.tools[1]["function"].name)
    local result = agent:execute { input = "Count" }
    assert.equal("5 messages", result.text)
    assert.equal(9, result.usage.total_tokens)
    assert.equal("Done.", agent:chat("More"))
    assert.is_true(model:assert_done())
    assert.equal(5, #model:requests())
  end)

  it("streams what it returns, and answers forks and agents that are tools", function()
    local model = llmspell.testing.scripted {
      function(request) return "You said " .. request.messages[1].content end,
      function() return { tool_calls = { { name = "clerk", arguments = { input = "Look" } } } } end,
      function(request) return "Seen: " .. request.messages[1].content end,
      function(request) return "The clerk says: " .. request.messages[#request.messages].content end,
    }
    local text = {}
    for event in llmspell.agent { model = model }:fork():stream("one two") do
      if event.type == "text_delta" then text[#text + 1] = event.text end
    end
    assert.equal("You said one two", table.concat(text))
    assert.is_true(#text > 1)
    local clerk = llmspell.agent { name = "clerk", model = model }
    local boss = llmspell.agent { model = model, tools = { clerk:as_tool {} } }
    assert.equal("The clerk says: Seen: Look", boss:chat("Ask"))
    assert.is_true(model:assert_done())
  end)

  it("tells what goes wrong in it, with its number, and is not asked again", function()
    local turns = {
      [function() error("it broke", 0) end] = "turn 1 of the script failed: it broke",
      [function() error("with a place") end] = "testing_spec.lua:",
      [function() return nil, "no answer today" end] = "turn 1 of the script failed: no answer today",
      [function() end] = "its function returned nil; return a text, or a table like { text = … }",
      [function() return 5 end] = "its function returned a number",
      [function() return { txt = "x" } end] = "turn 1 of the script: unknown field `txt`",
      [function() return { text = print } end] = "turns[1].text is a function",
      [function() return { error = { status = 503, message = "Too much" } } end] = "Too much",
    }
    for turn, expected in pairs(turns) do
      local model = llmspell.testing.scripted { turn, "afterwards" }
      local agent = llmspell.agent { model = model, max_retries = 0 }
      local answer, message = agent:chat("x")
      assert.is_nil(answer)
      assert.truthy(message:find(expected, 1, true), message)
      assert.equal("afterwards", agent:chat("y"))
    end
    local model = llmspell.testing.scripted { function() error("once", 0) end, "never" }
    local _, message, details = llmspell.agent { model = model }:chat("x")
    assert.truthy(message:find("once", 1, true), message)
    assert.is_false(details.retryable)
    assert.equal(1, llmspell.testing.played(llmspell.agent { model = model }).played)
  end)
end)

describe("a transport of the program's own", function()
  it("gets the request and gives the answer as a whole", function()
    local seen
    local agent = carried(function(request)
      seen = request
      return { status = 200, headers = { ["content-type"] = "text/event-stream" }, body = chunk("Yes") .. LAST }
    end)
    assert.equal("Yes", agent:chat("Hi"))
    assert.equal("http://nowhere.invalid/v1/chat/completions", seen.url)
    assert.equal("POST", seen.method)
    assert.truthy(llmspell.json.encode(seen.headers):find(KEY, 1, true))
    assert.equal("Hi", llmspell.json.decode(seen.body).messages[1].content)
  end)

  it("gives the answer piece by piece", function()
    local text, at = chunk("Grü") .. chunk("ße") .. LAST, 0
    local agent = carried(function()
      return { status = 200, body = function()
        at = at + 1
        if at > #text then return nil end
        return text:sub(at, at)
      end }
    end)
    assert.equal("Grüße", agent:chat("Hi"))
  end)

  it("is held back while the reader leaves more unread than may wait", function()
    -- each piece has 2 MiB of comments and one delta: the run takes as many as its queue has room for events
    local pieces, given = 400, 0
    local filler = (":" .. ("x"):rep(1022) .. "\n"):rep(2 * 1024)
    local agent = carried(function()
      return { status = 200, body = function()
        given = given + 1
        if given > pieces then return nil end
        if given == pieces then return LAST end
        return filler .. chunk("y")
      end }
    end)
    local stream, deltas, least = agent:stream("Hi"), 0, 0
    for event in stream do
      if event.type == "text_delta" then
        deltas = deltas + 1
        least = math.max(least, given - deltas)
      end
    end
    assert.equal(pieces - 1, deltas)
    assert.is_true(least < pieces - 1, "the body was not asked for as a whole at once")
  end)

  it("may yield to the scheduler that runs it", function()
    local agent = carried(function()
      assert.equal("go on", coroutine.yield("wait"))
      return { status = 200, body = chunk("Yes") .. LAST }
    end)
    local thread = coroutine.create(function() return agent:chat("Hi") end)
    local _, yielded = coroutine.resume(thread)
    assert.equal("wait", yielded)
    local _, answer = coroutine.resume(thread, "go on")
    assert.equal("Yes", answer)
  end)

  it("waits in the line of its account", function()
    local asked = 0
    local agent = carried(function()
      asked = asked + 1
      return { status = 200, body = chunk("Yes") .. LAST }
    end, { rate_limit = { requests_per_minute = 1 } })
    assert.equal("Yes", agent:chat("Hi"))
    local _, _, details = agent:chat("Hi", { timeout_ms = 300 })
    assert.equal("timeout", details.kind)
    assert.equal(1, asked)
  end)

  it("tells its failures, and those of the provider", function()
    local function failing(transport)
      local answer, _, details = carried(transport):chat("Hi")
      assert.is_nil(answer)
      return details
    end
    local details = failing(function() return nil, "no route" end)
    assert.equal("network", details.kind)
    assert.truthy(details.message:find("no route", 1, true))
    details = failing(function() error("oops", 0) end)
    assert.truthy(details.message:find("oops", 1, true))
    details = failing(function() return { status = 429, headers = { ["retry-after"] = 3 }, body = "{}" } end)
    assert.same({ "rate_limit", 3000 }, { details.kind, details.retry_after_ms })
    details = failing(function() return { body = "x" } end)
    assert.truthy(details.message:find("status must be a number", 1, true), details.message)
    details = failing(function() return { status = 200, body = 5 } end)
    assert.truthy(details.message:find("body must be a string", 1, true), details.message)
    assert.has_error(function() carried(5) end)
  end)
end)

describe("a cassette", function()
  it("is recorded and played", function()
    local path = os.tmpname()
    local function answer() return { status = 200, body = chunk("Yes") .. LAST } end
    assert.equal("Yes", carried(answer, { record = path }):chat("Hi"))
    local file = assert(io.open(path))
    local text = file:read("*a")
    file:close()
    assert.is_nil(text:find(KEY, 1, true))
    local agent = llmspell.agent { provider = "replay", cassette = path }
    assert.same({ "cassette", 1, 0 }, { llmspell.testing.played(agent).kind, llmspell.testing.played(agent).total,
      llmspell.testing.played(agent).played })
    assert.has_error(function() llmspell.testing.assert_done(agent) end)
    assert.equal("Yes", agent:chat("Hi"))
    assert.is_true(llmspell.testing.assert_done(agent))
    os.remove(path)
  end)
end)

describe("forbid_requests", function()
  it("lets no request leave the process until it is lifted", function()
    local agent = llmspell.agent { model = "openai/x", api_key = KEY, base_url = "http://127.0.0.1:9/v1", max_retries = 0, proxy = "" }
    llmspell.forbid_requests(true)
    local _, _, details = agent:chat("Hi")
    llmspell.forbid_requests(false)
    assert.equal("policy", details.kind)
    _, _, details = agent:chat("Hi")
    assert.equal("network", details.kind)
    assert.has_error(function() llmspell.forbid_requests("yes") end)
  end)
end)
