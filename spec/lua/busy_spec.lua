local llmspell = require("llmspell")
local expect = require("spec.lua.support.expect")
local mock = require("spec.lua.support.mock")

-- a stream that has begun and cannot end before the server is released
local function open_stream(agent)
  local stream = assert(agent:stream("go"))
  repeat local event = stream:next() until event.type == "text_delta"
  return stream
end

describe("a busy agent", function()
  after_each(mock.stop_all)
  teardown(mock.close)

  it("refuses a call from its own handler at once", function()
    local message, details
    local agent
    agent = llmspell.agent {
      provider = "demo",
      tools = { expect.tool("echo", function()
        message, details = expect.failure("busy", agent:chat("again"))
        expect.failed_stream("busy", agent:stream("again"))
        expect.failure("busy", agent:execute { input = "again" })
        return "refused"
      end) },
    }
    expect.holds("refused", assert(agent:chat('echo "hi"')))
    expect.holds("agent:fork()", message)
    assert.is_false(details.retryable)
    assert.are.equal("You said: Hello", (agent:chat("Hello")))
  end)

  it("refuses a call that would block behind a stream of this program", function()
    local server = mock.held()
    local agent = server:agent()
    local stream = open_stream(agent)
    expect.failure("busy", agent:chat("me too"))
    assert.are.equal(1, #server:seen().requests)
    server:release("rest")
    local last
    for event in stream do last = event end
    assert.are.equal("done", last.type)
    assert.are.equal("afterwards", (agent:chat("now")))
  end)

  it("serves the next call after the stream was closed", function()
    local server = mock.held()
    local agent = server:agent()
    open_stream(agent):close()
    assert.are.equal("afterwards", (agent:chat("now")))
  end)

  it("refuses reset while a run is in flight", function()
    local server = mock.held()
    local agent = server:agent()
    local stream = open_stream(agent)
    expect.failure("busy", agent:reset())
    stream:close()
    assert.is_true(agent:reset())
  end)

  it("answers with on_busy = error as the core does", function()
    local server = mock.held()
    local agent = server:agent { on_busy = "error" }
    local stream = open_stream(agent)
    expect.failure("busy", agent:chat("me too"))
    stream:close()
  end)

  it("is not in the way of its fork or of other agents", function()
    local server = mock.held()
    local agent = server:agent()
    local stream = open_stream(agent)
    assert.are.equal("afterwards", (agent:fork():chat("me too")))
    assert.are.equal("afterwards", (server:agent():chat("me too")))
    stream:close()
  end)

  describe("with a run that was restored", function()
    -- the bytes of a run that another agent began
    local function kept(options)
      local stream = assert(mock.held():agent():stream("go", options))
      repeat local event = stream:next() until event.type == "step_start"
      local bytes = assert(stream:checkpoint())
      stream:close()
      return bytes
    end

    -- a stream that goes on from them and cannot end before the server is released
    local function restored(agent, options)
      local stream = agent:restore(kept(options))
      repeat local event = stream:next() until event.type == "text_delta"
      return stream
    end

    it("refuses what would block behind it in its session", function()
      local server = mock.held()
      local agent = server:agent()
      local stream = restored(agent, { session = "ann" })
      expect.failure("busy", agent:chat("me too", { session = "ann" }))
      expect.failure("busy", agent:execute { input = "me too", session = "ann" })
      expect.failure("busy", agent:reset { session = "ann" })
      assert.are.equal(1, #server:seen().requests)
      server:release("rest")
      local last
      for event in stream do last = event end
      assert.are.equal("done", last.type)
      assert.are.equal("afterwards", (agent:chat("now", { session = "ann" })))
      assert.are.equal(4, #agent:get_state({ session = "ann" }).messages)
    end)

    it("serves its own conversation and other sessions beside one of a session", function()
      local agent = mock.held():agent()
      local stream = restored(agent, { session = "ann" })
      assert.are.equal("afterwards", (agent:chat("me too")))
      assert.are.equal("afterwards", (agent:chat("me too", { session = "bob" })))
      stream:close()
    end)

    it("serves sessions beside one of its own conversation, and nothing else", function()
      local agent = mock.held():agent()
      local stream = restored(agent)
      assert.are.equal("afterwards", (agent:chat("me too", { session = "ann" })))
      expect.failure("busy", agent:chat("me too"))
      stream:close()
    end)
  end)

  it("is refused in a task without a collection each time, and still free soon after a stream was left", function()
    local agent = llmspell.agent { provider = "demo", on_busy = "error" }
    local collections, refused, from = 0, 0, os.time()
    local weak = setmetatable({}, { __mode = "v" })
    local function is_refused()
      -- a full collection starts it anew in Lua 5.1
      collectgarbage("stop")
      weak[1] = weak[1] or {}
      local text, _, details = agent:chat("Hello")
      collectgarbage("stop")
      if not weak[1] then collections = collections + 1 end
      assert(text or details.kind == "busy")
      return not text
    end
    llmspell.loop(function()
      local stream = agent:stream("slowly say " .. ("one "):rep(500))
      stream:next()
      repeat
        assert.is_true(is_refused())
        refused = refused + 1
      until refused == 50
      local most = os.time() - from + 2
      assert(collections <= most, ("%d collections"):format(collections))
      stream = nil
      repeat llmspell.sleep(50) until not is_refused()
    end)
    collectgarbage("restart")
  end)

  it("is free again when its run has ended, though the stream was not read to its end", function()
    local agent = llmspell.agent { provider = "demo" }
    local first = assert(agent:stream("say one two"))
    local give_up = os.time() + 30
    local text, message
    repeat text, message = agent:chat("Hello") until text or os.time() > give_up
    assert.are.equal("You said: Hello", text, message)
    local last
    for event in first do last = event end
    assert.are.equal("done", last.type)
  end)
end)
