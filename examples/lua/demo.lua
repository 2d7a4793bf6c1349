-- Streams an answer that needs a tool: lua demo.lua [provider]
-- With "demo", the default, no key and no network is needed; "openai" takes OPENAI_API_KEY and OPENAI_BASE_URL.
local llmspell = require("llmspell")

local calculator = llmspell.create_tool{
  name = "calculator",
  description = "Evaluates an arithmetic expression",
  schema = {
    type = "object",
    properties = { expression = { type = "string", description = "e.g. 15 * 23" } },
    required = { "expression" },
  },
  execute = function(params)
    if not params.expression:match("^[%d%s.+*/()-]+$") then
      return nil, "only numbers and + - * / ( ) are allowed"
    end
    return (loadstring or load)("return " .. params.expression)()
  end,
}

local agent = llmspell.agent{
  provider = arg[1] or "demo",
  system_prompt = "You are a helpful assistant",
  tools = { calculator },
}

local question = "What is 15 * 23?"
print("user:      " .. question)
io.write("assistant: ")
for event in agent:stream(question) do
  if event.type == "text_delta" then
    io.write(event.text)
    io.flush()
  elseif event.type == "tool_call" then
    io.write("[calls ", event.name, " with ", llmspell.json.encode(event.arguments), "]\n")
  elseif event.type == "tool_result" then
    io.write("           [gets ", event.content, "]\nassistant: ")
  elseif event.type == "error" then
    error(event.error.message)
  end
end
print()
