-- What mistakes leave behind: messages that count as Lua does, and agents that are free again.
local llmspell = require("llmspell")

describe("after a mistake", function()
  it("a message names the item of a list by Lua's number", function()
    local first = { name = "one", execute = print }
    local second = { name = "two", execute = print, schema = { type = "objekt" } }
    local ok, message = pcall(llmspell.agent, { provider = "demo", tools = { first, second } })
    assert.is_false(ok)
    assert.is_truthy(message:find("tools[2].schema", 1, true), message)
  end)

  it("a file that cannot be read is a failure of the run, also of a stream", function()
    local agent = llmspell.agent { base_url = "http://127.0.0.1:9/v1", api_key = "k", ca_file = "/nonexistent" }
    local text, message, details = agent:chat("hello")
    assert.is_nil(text)
    assert.is_truthy(message:find("ca_file", 1, true), message)
    assert.equal("config", details.kind)
    local event = agent:stream("hello"):next()
    assert.equal("error", event.type)
    assert.equal("config", event.error.kind)
  end)

  it("an agent whose stream was left by break can be reset and called again", function()
    for _, on_busy in ipairs { "queue", "error" } do
      local agent = llmspell.agent { provider = "demo", on_busy = on_busy }
      local function leave()
        for event in agent:stream("slowly a b c d e f g h") do
          if event.type == "text_delta" then break end
        end
      end
      leave()
      assert.is_true(agent:reset())
      leave()
      assert.equal("You said: hello", (assert(agent:chat("hello"))))
    end
  end)
end)
