-- llmspell as a peer of the others.
local timing = require("timing")
local llmspell = require("llmspell")

local options = {
  model = "openai/gpt-4o",
  api_key = "sk-bench",
  base_url = ("http://127.0.0.1:%d/%s/v1"):format(timing.port, timing.shape),
  provider_options = timing.plain and { stream = false } or nil,
}
local tool = timing.tool
local function add(arguments) return arguments.a + arguments.b end
if timing.task == "tool" then
  options.tools = {
    llmspell.create_tool { name = tool.name, description = tool.description, schema = tool.schema, execute = add },
  }
end
local agent = llmspell.agent(options)

local function chat()
  local text = assert(agent:chat(timing.question))
  assert(text == timing.expected, text)
  agent:reset()
end

local function stream()
  local words, count = {}, 0
  for event in agent:stream(timing.question) do
    local kind = event.type
    if kind == "text_delta" then
      count = count + 1
      words[count] = event.text
    elseif kind == "error" then
      error(event.error.message)
    end
  end
  assert(count == timing.deltas and table.concat(words) == timing.expected)
  agent:reset()
end

timing.run { chat = chat, stream = stream, tool = chat }
