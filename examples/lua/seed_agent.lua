-- Direct Lua usage (external Lua runtime)
local llmspell = require("llmspell")

-- Create agent with configuration
local agent = llmspell.agent({
    system_prompt = "You are a helpful assistant",
    provider = "openai",
    model = "gpt-4",
    tools = {
        llmspell.create_tool({
            name = "calculator",
            description = "Perform mathematical calculations",
            schema = {
                type = "object",
                properties = {
                    expression = {type = "string"}
                }
            },
            execute = function(params)
                -- Lua calculation logic
                return load("return " .. params.expression)()
            end
        })
    }
})

-- Use agent
local response = agent:chat("What is 15 * 23?")
print("Agent response:", response)
