-- A test double for a model: run it with busted. One turn is written down, the other is a function of the request.
local llmspell = require("llmspell")

-- what is tested: a program's own agent
local function forecaster(model)
  return llmspell.agent {
    model = model,
    system_prompt = "You tell the weather.",
    tools = { {
      name = "weather",
      description = "Tells the weather of a city",
      schema = { type = "object", properties = { city = { type = "string" } }, required = { "city" } },
      execute = function(arguments) return arguments.city == "Rome" and "sunny" or "unknown" end,
    } },
  }
end

describe("the forecaster", function()
  it("asks its tool and tells what that says", function()
    local model = llmspell.testing.scripted {
      { tool_calls = { { name = "weather", arguments = { city = "Rome" } } } },
      function(request)
        local result = request.messages[#request.messages]
        assert.are.equal("tool", result.role)
        return "It is " .. result.content .. " in Rome."
      end,
    }
    assert.are.equal("It is sunny in Rome.", forecaster(model):chat("How is Rome?"))
    model:assert_done()
  end)

  it("passes on what goes wrong", function()
    local model = llmspell.testing.scripted { { error = { status = 401, message = "No such key" } } }
    local answer, message, details = forecaster(model):chat("How is Rome?")
    assert.is_nil(answer)
    assert.are.equal("auth", details.kind)
    assert.truthy(message:find("No such key", 1, true))
  end)
end)
