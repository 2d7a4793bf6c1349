local llmspell = require("llmspell")
local expect = require("spec.lua.support.expect")
local mock = require("spec.lua.support.mock")

local function read_to(stream, wanted)
  repeat
    local event = assert(stream:next(), "the stream ended before " .. wanted)
    if event.type == wanted then return event end
  until false
end

local function read_all(stream)
  local types, last = {}, nil
  for event in stream do
    if event.type ~= types[#types] then types[#types + 1] = event.type end
    last = event
  end
  return table.concat(types, " "), last
end

local function held_server()
  return mock.start {
    { respond = { chat = { text = "one two three" }, actions = { { hold = "rest", at = { event = 3 } } } } },
    { respond = { chat = { text = "one two three" } } },
  }
end

-- a stream that waits for its tool, and the bytes of its run
local function stopped_at_tool(execute)
  local agent = llmspell.agent { provider = "demo", tools = { expect.tool("ring", execute) } }
  local stream = agent:stream("ring the bell")
  read_to(stream, "tool_call")
  return stream, assert(stream:checkpoint())
end

describe("stream:checkpoint and agent:restore", function()
  after_each(mock.stop_all)

  it("go on with a run in the middle of an answer, at the start of that step", function()
    local server = held_server()
    local stream = server:agent():stream("Count")
    read_to(stream, "text_delta")
    local bytes = assert(stream:checkpoint())
    assert.is_nil(bytes:find("sk-test", 1, true), "a checkpoint holds no key")
    stream:close()

    local types, last = read_all(server:agent():restore(bytes))
    assert.are.equal("retry text_delta step_end done", types)
    assert.are.equal("one two three", last.result.text)
  end)

  it("leave the stream as it is, and bind the handlers again by name", function()
    local calls = {}
    local function ringing(name)
      return function()
        calls[#calls + 1] = name
        return "rang"
      end
    end
    local stream, bytes = stopped_at_tool(ringing("first"))
    local other = llmspell.agent { provider = "demo", tools = { expect.tool("ring", ringing("other")) } }
    local _, restored = read_all(other:restore(bytes))
    local _, last = read_all(stream)
    assert.are.same({ "other", "first" }, calls)
    expect.holds("rang", last.result.text)
    assert.are.equal(last.result.text, restored.result.text)
    assert.are.same(restored.result.messages, last.result.messages)
  end)

  it("tell with kind closed that a stream has ended", function()
    local stream = llmspell.agent { provider = "demo" }:stream("say one")
    read_all(stream)
    expect.holds("the run has ended", (expect.failure("closed", stream:checkpoint())))
    local closed = llmspell.agent { provider = "demo" }:stream("say one")
    closed:close()
    expect.failure("closed", closed:checkpoint())
    local agent = llmspell.agent { provider = "demo" }
    agent:close()
    expect.failure("closed", agent:stream("say one"):checkpoint())
  end)

  it("show what is refused as the stream's only event", function()
    local agent = llmspell.agent { provider = "demo" }
    expect.failed_stream("argument", agent:restore("no checkpoint"))
    expect.failed_stream("argument", agent:restore(""))
    local stream, bytes = stopped_at_tool(function() end)
    stream:close()
    expect.failed_stream("argument", agent:restore(bytes:sub(1, 5)))
    local same = llmspell.agent { provider = "demo", tools = { expect.tool("ring", function() end) } }
    expect.failed_stream("argument", same:restore(bytes:sub(1, -2)))
    expect.failed_stream("config", agent:restore(bytes))
    agent:close()
    expect.failed_stream("closed", agent:restore(bytes))
  end)

  it("raise what is wrong in the program", function()
    local agent = llmspell.agent { provider = "demo" }
    for _, wrong in ipairs { 7, {}, true } do
      expect.holds("agent:restore: expected the bytes of stream:checkpoint as a string", expect.raised(agent.restore, agent, wrong))
    end
    expect.holds("agent:restore: expected the bytes of stream:checkpoint as a string, got nil", expect.raised(agent.restore, agent))
    local stream = agent:stream("say one")
    expect.holds("stream:checkpoint: call it with a colon", expect.raised(stream.checkpoint))
    expect.holds("stream:cancel: call it with a colon", expect.raised(stream.cancel, {}))
    stream:close()
  end)
end)

describe("stream:cancel", function()
  after_each(mock.stop_all)

  it("lets the stream go on to its last event, which has what there was so far", function()
    local server = held_server()
    local agent = server:agent()
    local stream = agent:stream("Count")
    local text
    for event in stream do
      if event.type == "text_delta" then assert.is_true(stream:cancel()) end
      if event.type == "cancelled" then text = event.partial.text end
    end
    expect.holds("one", text)
    assert.is_true(stream:cancel(), "a stream that has ended is left as it is")
    assert.are.equal("one two three", agent:chat("Again"))
  end)

  it("keeps handlers from being asked that were not yet", function()
    local asked = false
    local agent = llmspell.agent { provider = "demo", tools = { expect.tool("ring", function() asked = true end) } }
    local stream = agent:stream("ring the bell")
    read_to(stream, "tool_call")
    stream:cancel()
    local _, last = read_all(stream)
    assert.are.equal("cancelled", last.type)
    assert.is_false(asked)
  end)

  it("ends a stream that waits behind another one", function()
    local server = held_server()
    local agent = server:agent()
    local first, second = agent:stream("One"), agent:stream("Two")
    read_to(first, "text_delta")
    second:cancel()
    assert.are.equal("cancelled", (read_all(second)))
    server:release("rest")
    assert.are.equal("text_delta step_end done", (read_all(first)))
  end)

  it("may be called by a handler of the run", function()
    local stream
    local agent = llmspell.agent { provider = "demo", tools = { expect.tool("ring", function(_, context)
      stream:cancel()
      return context.cancelled
    end) } }
    stream = agent:stream("ring the bell")
    local types, last = read_all(stream)
    assert.are.equal("cancelled", last.type)
    assert.is_nil(types:find("tool_result", 1, true))
  end)
end)
