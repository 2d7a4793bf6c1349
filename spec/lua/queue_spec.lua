local llmspell = require("llmspell")
local expect = require("spec.lua.support.expect")

-- Reads a stream to its end: the text of its deltas and its last event.
local function read(stream)
  local text, last = "", nil
  for event in stream do
    if event.type == "text_delta" then text = text .. event.text end
    last = event
  end
  return text, last
end

describe("streams of one agent", function()
  it("queue up and are read in the order in which they began", function()
    local agent = llmspell.agent { provider = "demo" }
    local streams = {}
    for i = 1, 4 do streams[i] = assert(agent:stream("say number " .. i)) end
    for i = 1, 4 do
      local text, last = read(streams[i])
      assert.are.equal("number " .. i, text)
      assert.are.equal("done", last.type)
    end
    assert.are.equal(8, #agent:get_state().messages)
  end)

  it("are busy when read before one that has to end first, and leave that alone", function()
    local agent = llmspell.agent { provider = "demo", tools = { expect.tool("echo", function(p) return p.text end) } }
    local first, second = assert(agent:stream('echo "one"')), assert(agent:stream("say two"))
    local event = second:next()
    assert.are.equal("error", event.type)
    assert.are.equal("busy", event.error.kind)
    expect.holds("finish or close its stream first", event.error.message)
    assert.is_nil(second:next())
    local _, last = read(first)
    assert.are.equal("done", last.type)
    expect.holds("one", last.result.text)
    assert.are.equal("You said: Hello", (agent:chat("Hello")))
  end)

  it("go on when the one before them is closed or nobody holds it any more", function()
    local agent = llmspell.agent { provider = "demo", tools = { expect.tool("wait", function() end) } }
    local first, second = assert(agent:stream("wait")), assert(agent:stream("say two"))
    first:close()
    assert.are.equal("two", (read(second)))
    local function drop() agent:stream("wait"):next() end
    drop()
    assert.are.equal("three", (read(assert(agent:stream("say three")))))
  end)

  it("may be closed before they began, in any order", function()
    local agent = llmspell.agent { provider = "demo" }
    local streams = {}
    for i = 1, 3 do streams[i] = assert(agent:stream("slowly say one two three")) end
    streams[2]:close()
    streams[3]:close()
    streams[1]:close()
    assert.is_true(agent:reset())
    assert.are.equal("You said: Hello", (agent:chat("Hello")))
  end)

  it("may begin in the agent's own handler, to be read when its run has ended", function()
    local agent, later
    agent = llmspell.agent {
      provider = "demo",
      tools = { expect.tool("plan", function()
        later = assert(agent:stream("say later"))
        return "planned"
      end) },
    }
    expect.holds("planned", assert(agent:chat("plan")))
    assert.are.equal("later", (read(later)))
  end)

  it("make chat and execute busy at once", function()
    local agent = llmspell.agent { provider = "demo", tools = { expect.tool("wait", function() end) } }
    local first, second = assert(agent:stream("wait")), assert(agent:stream("say two"))
    expect.failure("busy", agent:chat("me too"))
    expect.failure("busy", agent:execute { input = "me too" })
    read(first)
    assert.are.equal("two", (read(second)))
  end)
end)
