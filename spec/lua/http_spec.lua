local llmspell = require("llmspell")
local expect = require("spec.lua.support.expect")
local mock = require("spec.lua.support.mock")
local system = require("spec.lua.support.system")

local KEY = "sk-test-0123456789"

-- one exchange with these parts, then one that answers "fine"
local function failing(respond)
  return mock.start { { respond = respond }, { respond = { chat = { text = "fine" } }, ["repeat"] = "forever" } }
end

-- Asserts that a chat fails with that kind, and that agent, history and the next call are as if it had not been.
local function fails_once(kind, respond, options)
  local server = failing(respond)
  options = options or {}
  options.max_retries = 0
  local agent = server:agent(options)
  local message, details = expect.failure(kind, agent:chat("first"))
  assert.is_nil(message:find(KEY, 1, true))
  assert.is_nil(llmspell.json.encode(details):find(KEY, 1, true))
  assert.are.equal("fine", (agent:chat("second")))
  return message, details
end

-- a port of this machine that nobody listens on: that of a server that has gone
local function dead_url()
  local server = mock.saying("x")
  local url = server.url
  server:stop()
  return url .. "/v1"
end

describe("a chat over HTTP", function()
  after_each(mock.stop_all)

  it("sends what the provider expects and returns the text", function()
    local server = mock.saying("Hello!")
    local agent = server:agent { system_prompt = "Be brief.", temperature = 0.5, max_tokens = 7 }
    assert.are.equal("Hello!", (agent:chat("Hi")))
    local request = server:seen().requests[1]
    assert.are.equal("POST", request.method)
    assert.are.equal("/v1/chat/completions", request.path)
    assert.are.equal("system", request.body.messages[1].role)
    assert.are.equal("Hi", request.body.messages[2].content)
    assert.are.equal(0.5, request.body.temperature)
  end)

  it("holds a conversation of three turns with two tools, each call once", function()
    local output = system.must(
      "node ts-tools/bin/ts-tools.js mock examples/mock/conversation.yaml -- "
        .. system.quote(system.interpreter()) .. " examples/lua/conversation.lua"
    )
    expect.holds("2 plus 3 is 5.", output)
    expect.holds("Times 10 that is 50.", output)
    expect.holds("The two results are 51 and 100.", output)
  end)

  it("takes an answer in pieces of one byte", function()
    local server = mock.start {
      { respond = { chat = { text = "grüße 😀" }, actions = { { split_at = "every" } } }, ["repeat"] = "forever" },
    }
    local agent = server:agent()
    assert.are.equal("grüße 😀", (agent:chat("Hi")))
    local text = {}
    for event in agent:stream("Hi") do
      if event.type == "text_delta" then text[#text + 1] = event.text end
    end
    assert.are.equal("grüße 😀", table.concat(text))
  end)

  it("refuses an empty message and sends one of 10 MB", function()
    local server = mock.saying("fine")
    local agent = server:agent { compaction = false }
    assert.are.equal("fine", (agent:chat("Hi")))
    expect.holds("got an empty message", expect.raised(agent.chat, agent, ""))
    expect.holds("agent:execute: ", expect.raised(agent.execute, agent, { input = "" }))
    expect.holds("agent:stream: ", expect.raised(agent.stream, agent, llmspell.array()))
    local long = ("0123456789abcdef"):rep(640 * 1024)
    assert.are.equal("fine", (agent:chat(long)))
    assert.are.equal(#long, #agent:get_state().messages[3].content[1].text)
    assert.are.equal("fine", (agent:chat("and again")))
  end)
end)

describe("a failure over HTTP", function()
  after_each(mock.stop_all)

  it("of the server's status has its kind and number", function()
    local function status(code) return { status = code, body = { error = { message = "because of reasons" } } } end
    local message, details = fails_once("provider", status(500))
    expect.holds("because of reasons", message)
    assert.are.equal(500, details.http_status)
    assert.are.equal("openai", details.provider)
    assert.is_boolean(details.retryable)
    fails_once("auth", status(401))
    fails_once("overloaded", status(503))
  end)

  it("of the rate limit tells how long to wait", function()
    local _, details = fails_once("rate_limit", {
      status = 429, headers = { ["retry-after"] = "7" }, body = { error = { message = "slow down" } },
    })
    assert.is_true(details.retryable)
    assert.are.equal(7000, details.retry_after_ms)
  end)

  it("of a server that is gone is a network error", function()
    local agent = llmspell.agent { model = "gpt-4o", api_key = KEY, base_url = dead_url(), max_retries = 0 }
    local _, details = expect.failure("network", agent:chat("Hi"))
    assert.is_true(details.retryable)
    expect.failure("network", agent:chat("Hi"))
    assert.are.equal("userdata", type(agent))
  end)

  it("of TLS is a network error that says so", function()
    local pem = os.tmpname()
    system.must(("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost "
      .. "-addext subjectAltName=DNS:localhost -keyout %s -out %s.crt && cat %s.crt >> %s"):format(pem, pem, pem, pem))
    local pipe = assert(io.popen("echo $$; exec openssl s_server -accept 127.0.0.1:0 -www -cert " .. pem .. " 2>&1"))
    local pid = pipe:read("*l")
    local port
    repeat
      local line = assert(pipe:read("*l"), "openssl s_server did not start")
      port = line:match("^ACCEPT .*:(%d+)$")
    until port
    local url = ("https://127.0.0.1:%s/v1"):format(port)
    local agent = llmspell.agent { model = "gpt-4o", api_key = KEY, base_url = url, max_retries = 0 }
    local result, message, details = agent:chat("Hi")
    os.execute("kill " .. pid)
    pipe:close()
    os.remove(pem)
    os.remove(pem .. ".crt")
    expect.failure("network", result, message, details)
    expect.holds("certificate", message:lower())
  end)

  it("of garbage instead of HTTP is a network or protocol error", function()
    local server = failing { chat = { text = "x" }, actions = { { garbage = "\1\2\3 this is no HTTP\r\n\r\n" } } }
    local agent = server:agent { max_retries = 0 }
    local result, message, details = agent:chat("first")
    expect.failure(details.kind == "network" and "network" or "protocol", result, message, details)
    assert.are.equal("fine", (agent:chat("second")))
  end)

  it("of garbage instead of JSON is a protocol error", function()
    fails_once("protocol", { body = "<html>no JSON</html>", headers = { ["content-type"] = "application/json" } })
    fails_once("protocol", { events = { "this is no JSON" } })
  end)

  it("of a stream that ends early is an error with what came before", function()
    local server = failing { chat = { text = "one two three", stream = true }, actions = { { close = { event = 3 } } } }
    local agent = server:agent()
    local _, details = expect.failure("network", agent:chat("first"))
    assert.is_table(details.partial)
    assert.are.equal("fine", (agent:chat("second")))
  end)

  it("of a connection that is reset is a network error", function()
    fails_once("network", { chat = { text = "one two three" }, actions = { { reset = 20 } } })
  end)

  it("of a server that says nothing is a timeout", function()
    -- long enough for the call that follows, on a slow machine too
    local function stalling(at) return { chat = { text = "x" }, actions = { { stall = at } } } end
    fails_once("timeout", stalling("head"), { first_event_timeout_ms = 1000 })
    fails_once("timeout", stalling(10), { idle_timeout_ms = 1000 })
    fails_once("timeout", stalling("head"), { timeout_ms = 1000 })
  end)

  it("shows in execute and stream in the same way", function()
    local body = { error = { message = "because" } }
    local server = mock.start { { respond = { status = 500, body = body }, ["repeat"] = "forever" } }
    local agent = server:agent { max_retries = 0 }
    local _, _, by_chat = agent:chat("x")
    local _, by_execute = expect.failure("provider", agent:execute { input = "x" })
    local last
    for event in agent:stream("x") do last = event end
    assert.are.equal("error", last.type)
    for _, field in ipairs { "kind", "code", "message", "retryable", "http_status", "provider" } do
      assert.are.equal(by_chat[field], by_execute[field])
      assert.are.equal(by_chat[field], last.error[field])
    end
  end)

  it("of a missing key names the variable", function()
    local output, ok = system.lua([[
      local agent = require("llmspell").agent{ model = "gpt-4o" }
      local result, message, details = agent:chat("Hi")
      assert(result == nil and details.kind == "auth", message)
      print(message)
      for event in agent:stream("Hi") do print(event.type, event.error.kind, event.error.message == message) end
    ]], "env -u OPENAI_API_KEY -u OPENAI_BASE_URL")
    assert.is_true(ok, output)
    expect.holds("OPENAI_API_KEY", output)
    expect.holds("error\tauth\ttrue", output)
  end)

  it("of too many steps is max_steps", function()
    local server = mock.start {
      { respond = mock.calling("echo", { text = "x" }), ["repeat"] = "forever" },
    }
    local calls = 0
    local agent = server:agent {
      max_steps = 3,
      tools = { expect.tool("echo", function() calls = calls + 1 return "again" end) },
    }
    expect.failure("max_steps", agent:chat("go"))
    assert.is_true(calls >= 2 and calls <= 3)
  end)
end)

describe("what the model does wrong with tools", function()
  after_each(mock.stop_all)

  local function tool_result_for(name, arguments)
    local server = mock.start {
      { respond = mock.calling(name, arguments) },
      { respond = { chat = { text = "I see" } } },
    }
    local called = false
    local agent = server:agent { tools = { {
      name = "echo", description = "", execute = function() called = true end,
      schema = { type = "object", properties = { text = { type = "string" } }, required = { "text" } },
    } } }
    local result = assert(agent:execute { input = "go" })
    assert.is_false(called)
    assert.are.equal("I see", result.text)
    assert.is_true(result.tool_calls[1].is_error)
    return result.tool_calls[1].result
  end

  it("is a result that it sees, and no handler is called", function()
    expect.holds("nonsuch", tool_result_for("nonsuch", { text = "x" }))
    assert.is_string(tool_result_for("echo", "{broken"))
    expect.holds("text", tool_result_for("echo", { text = 5 }))
  end)

  if not math.type then
    it("includes integers that this Lua cannot hold", function()
      local content
      local server = mock.start {
        { respond = mock.calling("look", '{"id": 9007199254740993}') },
        { respond = { chat = { text = "I see" } } },
      }
      local agent = server:agent { tools = { {
        name = "look", description = "", schema = { type = "object" }, execute = function() return "called" end,
      } } }
      local result = assert(agent:execute { input = "go" })
      content = result.tool_calls[1].result
      expect.holds("arguments.id is an integer beyond 2^53", content)
      assert.are.equal("I see", result.text)
    end)
  end
end)
