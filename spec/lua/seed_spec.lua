local expect = require("spec.lua.support.expect")
local mock = require("spec.lua.support.mock")
local system = require("spec.lua.support.system")

-- Runs the first document's Lua example as it stands, against a server that asks for the calculator.
local function run_seed(server)
  local key = "sk-seed-0123456789"
  local output, ok = system.run(("OPENAI_API_KEY=%s OPENAI_BASE_URL=%s/v1 %s examples/lua/seed_agent.lua")
    :format(key, server.url, system.quote(system.interpreter())))
  assert.is_true(ok, output)
  assert.is_nil(output:find(key, 1, true))
  return output
end

describe("the example of the first document", function()
  after_each(mock.stop_all)

  it("runs as written", function()
    local server = mock.start {
      { respond = mock.calling("calculator", { expression = "15 * 23" }) },
      { respond = { chat = { text = "15 * 23 is 345." } } },
    }
    expect.holds("Agent response:\t15 * 23 is 345.", run_seed(server))
    local seen = server:seen()
    assert.are.equal(0, #seen.mismatches)
    local first = seen.requests[1].body
    assert.are.equal("gpt-4", first.model)
    assert.are.equal("calculator", first.tools[1]["function"].name)
    local answer = seen.requests[2].body.messages[4]
    assert.are.equal("tool", answer.role)
    if _VERSION == "Lua 5.1" and not rawget(_G, "jit") then
      -- Lua 5.1 has no load(string): the error reaches the model
      expect.holds("load", answer.content)
    else
      assert.are.equal("345", answer.content)
    end
  end)
end)
