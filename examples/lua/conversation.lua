local llmspell = require("llmspell")
local pair = { type = "object", properties = { a = { type = "number" }, b = { type = "number" } }, required = { "a", "b" } }
local agent = llmspell.agent{ model = "openai/gpt-4o", tools = {
  llmspell.create_tool{ name = "add", description = "Adds a and b", schema = pair, execute = function(p) return p.a + p.b end },
  llmspell.create_tool{ name = "multiply", description = "Multiplies a by b", schema = pair, execute = function(p) return p.a * p.b end },
} }
for _, question in ipairs{ "What is 2 plus 3?", "Now times 10.", "Add 1 to it, and double it: what are the two results?" } do
  print(question)
  print("  " .. assert(agent:chat(question)))
end
