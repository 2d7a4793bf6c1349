-- llmspell.openai: what an OpenAI client asks, and the answer to it.
local expect = require("spec.lua.support.expect")
local llmspell = require("llmspell")
local openai, json = llmspell.openai, llmspell.json

local WEATHER = {
  type = "function",
  ["function"] = { name = "weather", description = "Weather", parameters = { type = "object", properties = { city = { type = "string" } } } },
}

local function body(more)
  local given = { model = "m", messages = { { role = "user", content = "Hello" } } }
  for key, value in pairs(more or {}) do given[key] = value end
  return assert(json.encode(given))
end

-- The answer to a request by the demo provider: its text, its head, and the types of the events.
local function answered(request, options)
  options = options or { provider = "demo" }
  for key, value in pairs(request.agent) do options[key] = value end
  local stream = llmspell.agent(options):stream(request.input, request.options)
  local texts, head, types = {}, nil, {}
  for event, text, first in openai.answer(request, stream) do
    types[#types + 1] = event.type
    texts[#texts + 1] = text
    if first then
      assert.is_nil(head)
      assert.is_true(text ~= nil)
      head = first
    end
  end
  return table.concat(texts), head, types
end

describe("llmspell.openai", function()
  it("reads a request and writes the whole answer", function()
    local text, head, types = answered(assert(openai.read(body { temperature = 0 })))
    assert.are.same({ status = 200, headers = { ["Content-Type"] = "application/json" } }, head)
    local answer = assert(json.decode(text))
    assert.are.equal("You said: Hello", answer.choices[1].message.content)
    assert.are.equal("done", types[#types])
  end)

  it("writes a stream", function()
    local text, head = answered(assert(openai.read(body { stream = true, stream_options = { include_usage = true } })))
    assert.are.equal("text/event-stream", head.headers["Content-Type"])
    expect.holds('"delta":{"content":"You"}', text)
    expect.holds('"usage":{"prompt_tokens"', text)
    expect.holds("data: [DONE]\n\n", text)
  end)

  it("leaves calls of the client's tools to the client, with all that they hold, and goes on with its results", function()
    local messages = { { role = "user", content = 'Get the weather of "Oslo"' } }
    local request = assert(openai.read(body { messages = messages, tools = { WEATHER } }))
    local answer = assert(json.decode((answered(request))))
    local message = answer.choices[1].message
    assert.are.equal("tool_calls", answer.choices[1].finish_reason)
    assert.are.equal('{"city":"Oslo"}', message.tool_calls[1]["function"].arguments)
    messages[2], messages[3] = message, { role = "tool", tool_call_id = message.tool_calls[1].id, content = "snow" }
    request = assert(openai.read(body { messages = messages, tools = { WEATHER } }))
    assert.are.equal(2, #request.agent.state.messages)
    answer = assert(json.decode((answered(request))))
    assert.are.equal("I asked the tools: weather gave snow.", answer.choices[1].message.content)
  end)

  it("keeps nulls and empty lists in arguments", function()
    local script = { { tool_calls = { { name = "weather", arguments = { city = llmspell.null, days = json.decode("[]") } } } } }
    local request = assert(openai.read(body { tools = { { type = "function", ["function"] = { name = "weather" } } } }))
    local text = answered(request, { provider = "scripted", script = script })
    expect.holds([["arguments":"{\"city\":null,\"days\":[]}"]], text)
  end)

  it("tells of failures with their status, and in a stream that has begun as an event", function()
    local function failed(words, stream)
      return answered(assert(openai.read(body { stream = stream, messages = { { role = "user", content = words } } })),
        { provider = "demo", max_retries = 0 })
    end
    local text, head = failed("fail with 429")
    assert.are.equal(429, head.status)
    assert.is_true(tonumber(head.headers["Retry-After"]) >= 1)
    expect.holds('"code":"rate_limit_exceeded"', text)
    text, head = failed("one two three four, and break off", true)
    assert.are.equal(200, head.status)
    expect.holds('data: {"error":', text)
    -- a run that cannot begin
    local stream = llmspell.agent { provider = "openai", api_key = "k", base_url = "http://127.0.0.1:1", max_retries = 0 }:stream("x")
    local status
    for _, _, first in openai.answer(assert(openai.read(body())), stream) do status = first and first.status or status end
    assert.are.equal(502, status)
  end)

  it("gives the run up when what was sent cannot be taken back", function()
    local request = assert(openai.read(body { stream = true }))
    local agent = llmspell.agent { provider = "demo" }
    local stream = agent:stream("say one two three four five")
    local answer = openai.answer(request, stream)
    local event
    repeat event = answer() until event.type == "text_delta"
    -- a fallback that takes over in the middle of an answer is rare: its event is told here
    local next_event, text = getmetatable(stream).__index.next, nil
    getmetatable(stream).__index.next = function(self)
      return self == stream and { type = "retry", discard = true } or next_event(self)
    end
    event, text = answer:next()
    getmetatable(stream).__index.next = next_event
    assert.are.equal("retry", event.type)
    expect.holds("began anew", text)
    assert.is_nil(answer:next())
    assert.are.equal("You said: Hello", (agent:chat("Hello")))
  end)

  it("refuses what is wrong, by its parameter", function()
    local request, refusal = openai.read(body { stream = "yes" })
    assert.is_nil(request)
    assert.are.equal(400, refusal.status)
    assert.are.equal("stream", refusal.param)
    assert.is_nil(refusal.code)
    expect.holds('"param":"stream"', refusal.body)
    for _, odd in ipairs { "{}", "[]" } do
      refusal = select(2, openai.read(odd))
      assert.are.equal("model", refusal.param)
      expect.holds("'model'", refusal.message)
    end
    for _, odd in ipairs { "", "{", "\255" } do
      refusal = select(2, openai.read(odd))
      assert.are.equal(400, refusal.status)
      assert.is_nil(refusal.param)
    end
    expect.holds("expected the body of the request", expect.raised(openai.read, {}))
    expect.holds("expected what llmspell.openai.read returned", expect.raised(openai.answer, {}, {}))
    expect.holds("expected what agent:stream returned", expect.raised(openai.answer, assert(openai.read(body())), {}))
  end)

  it("tells which models there are", function()
    local names = { "demo/demo-1", "helper" }
    local answer = openai.models(names)
    assert.are.equal(200, answer.status)
    local list = assert(json.decode(answer.body))
    assert.are.equal("list", list.object)
    assert.are.same({ id = "demo/demo-1", object = "model", created = 0, owned_by = "demo" }, list.data[1])
    assert.are.equal("llmspell", list.data[2].owned_by)
    assert.are.equal(2, #list.data)
    assert.are.same(list.data[2], assert(json.decode(openai.models(names, "helper").body)))
    assert.are.equal('{"data":[],"object":"list"}', openai.models({}).body)
    for _, unknown in ipairs { "gpt-9", "", "\255", ("x"):rep(5000) } do
      answer = openai.models(names, unknown)
      assert.are.equal(404, answer.status)
      assert.are.equal("model_not_found", answer.code)
      assert.is_true(#answer.body < 500)
    end
    expect.holds("expected a list of names", expect.raised(openai.models, "demo/demo-1"))
    expect.holds("names[2]: expected a string", expect.raised(openai.models, { "a", 5 }))
    expect.holds("write llmspell.openai.models with a dot", expect.raised(openai.models, openai, names))
  end)

  it("makes refusals of the server's own", function()
    local refusal = openai.refusal(404, "There is no such model.", "model", "model_not_found")
    assert.are.equal('{"error":{"code":"model_not_found","message":"There is no such model.","param":"model","type":"invalid_request_error"}}',
      refusal.body)
    assert.are.equal("server_error", openai.refusal(500, "x").type)
  end)

  it("sends nothing before output guardrails have judged it, and no words of agents behind tools", function()
    local request = assert(openai.read(body { stream = true, messages = { { role = "user", content = "say the secret" } } }))
    local hide = function() return { text = "***" } end
    local text = answered(request, { provider = "demo", output_guardrails = { hide } })
    expect.holds('"content":"***"', text)
    assert.is_nil(text:find("secret", 1, true))
    local clerk = llmspell.agent { provider = "demo", name = "clerk" }
    local tools = { clerk:as_tool { forward_events = true } }
    request = assert(openai.read(body { stream = true, messages = { { role = "user", content = 'clerk "inner words"' } } }))
    local types
    text, _, types = answered(request, { provider = "demo", tools = tools })
    local runs = 0
    for _, kind in ipairs(types) do runs = runs + (kind == "run_start" and 1 or 0) end
    assert.are.equal(2, runs)
    local said = {}
    for piece in text:gmatch('"content":"(.-)"') do said[#said + 1] = piece end
    assert.is_truthy(table.concat(said):find("^I asked the tools"), table.concat(said))
  end)

  it("is read event by event, too", function()
    local request = assert(openai.read(body()))
    local answer = openai.answer(request, llmspell.agent { provider = "demo" }:stream(request.input))
    local last
    repeat
      local event, text = answer:next()
      last = text or last
    until not event
    expect.holds("chat.completion", last)
    expect.holds("call it with a colon", expect.raised(answer.next, {}))
  end)
end)
