-- /v1: the gateway as OpenAI's clients see it. llmspell reads their requests and writes the answers; what is here is who may ask.
local agents = require("gateway.agents")
local keys = require("gateway.keys")
local llmspell = require("llmspell")
local metrics = require("gateway.metrics")

local openai, v1 = llmspell.openai, {}

-- Ends the request.
local function reply(answer)
  ngx.status = answer.status
  ngx.print(answer.body)
  ngx.exit(ngx.HTTP_OK)
end

local function refuse(...) reply(openai.refusal(...)) end

-- Who asks, and whether it may now.
function v1.admit()
  local key = (ngx.var.http_authorization or ""):match("^[Bb]earer%s+(%S+)%s*$")
  if not key then refuse(401, "You didn't provide an API key. Send it as Authorization: Bearer YOUR_KEY.") end
  local client = keys.client(key)
  if not client then refuse(401, "Incorrect API key provided.", nil, "invalid_api_key") end
  ngx.var.client = client.name
  if ngx.req.get_method() ~= "POST" then return end
  local wait = keys.take("key:" .. client.name, client.limit)
  if wait then
    local words = "Rate limit reached: %d requests per minute. Please try again in %d s."
    refuse(429, words:format(client.limit, wait), nil, "rate_limit_exceeded", "requests")
  end
  -- read here: once a body was waited for in content, nginx notices no client that leaves
  ngx.req.read_body()
end

-- A client sends the whole conversation each time, and makes the calls of its tools itself: nothing of it is kept here.
function v1.complete()
  if ngx.req.get_method() ~= "POST" then refuse(405, "Use POST for /v1/chat/completions.", nil, "method_not_allowed") end
  local request, refusal = openai.read(ngx.req.get_body_data() or "")
  if not request then reply(refusal) end
  if not agents.models[request.model] then reply(openai.models(agents.models, request.model)) end
  metrics.begin(ngx.var.request_id)
  local agent = agents.client(request.model, request.agent)
  for event, text, head in openai.answer(request, agent:stream(request.input, request.options)) do
    metrics.event(event)
    if head then
      ngx.status = head.status
      for name, value in pairs(head.headers) do ngx.header[name] = value end
    end
    -- nginx ends the handler of a client that left, but not when it was a write that found out
    if text and not (ngx.print(text) and ngx.flush(true)) then return end
  end
  ngx.ctx.run.ended = true
end

function v1.models()
  reply(openai.models(agents.models, ngx.var.uri:match("^/v1/models/(.+)$")))
end

function v1.unknown()
  refuse(404, "There is nothing at this address.", nil, "unknown_url")
end

return v1
