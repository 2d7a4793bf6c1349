-- The models that the gateway offers, and agents for them: one for each request, which is cheap, as each has a conversation and
-- settings of its own.
local llmspell = require("llmspell")
local calculator = require("gateway.calculator")
local keys = require("gateway.keys")

local agents = { models = {}, tools = { calculator } }

-- MODEL names one or several, as provider/model; the page uses the first.
for name in (os.getenv("MODEL") or "demo/demo-1"):gmatch("[^%s,]+") do
  agents.models[#agents.models + 1] = name
  agents.models[name] = true
end
-- Questions that one address may ask on the page.
agents.page_limit = tonumber(os.getenv("PAGE_REQUESTS_PER_MINUTE") or 20)
local system_prompt = os.getenv("SYSTEM_PROMPT") or "You are a helpful assistant. Use the calculator for sums."

-- An agent of the chat page that goes on with a conversation.
function agents.page(state)
  return assert(llmspell.agent{
    model = agents.models[1], system_prompt = system_prompt, tools = agents.tools, state = state,
    history = { max_turns = 30 }, timeout_ms = 300000,
  })
end

-- An agent for one request of a client, with the options that are the client's to say.
function agents.client(model, options)
  options.model, options.timeout_ms = model, 600000
  return assert(llmspell.agent(options))
end

-- Before nginx serves anything: a mistake in the configuration stops it here, also in `nginx -t`.
function agents.check()
  agents.page()
  for _, name in ipairs(agents.models) do agents.client(name, {}) end
  assert(agents.page_limit and agents.page_limit > 0, "PAGE_REQUESTS_PER_MINUTE: expected a number above 0")
  keys.load(os.getenv("GATEWAY_KEYS") or ngx.config.prefix() .. "keys")
end

return agents
