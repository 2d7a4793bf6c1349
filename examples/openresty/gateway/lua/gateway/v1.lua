-- /v1: the gateway as OpenAI's clients see it. llmspell reads their requests and writes the answers; what is here is who may ask.
local agents = require("gateway.agents")
local keys = require("gateway.keys")
local llmspell = require("llmspell")
local metrics = require("gateway.metrics")

local openai, v1 = llmspell.openai, {}

local function reply(status, body)
  ngx.status = status
  ngx.header["Content-Type"] = "application/json"
  ngx.print(body)
  return ngx.exit(ngx.HTTP_OK)
end

local function refuse(...)
  local refusal = openai.refusal(...)
  return reply(refusal.status, refusal.body)
end

-- Who asks, and whether it may now.
function v1.admit()
  local key = (ngx.var.http_authorization or ""):match("^[Bb]earer%s+(%S+)%s*$")
  if not key then return refuse(401, "You didn't provide an API key. Send it as Authorization: Bearer YOUR_KEY.") end
  local client = keys.client(key)
  if not client then return refuse(401, "Incorrect API key provided.", nil, "invalid_api_key") end
  ngx.ctx.client = client
  if ngx.req.get_method() ~= "POST" then return end
  local left, wait = keys.take("key:" .. client.name, client.limit)
  ngx.header["x-ratelimit-limit-requests"] = client.limit
  ngx.header["x-ratelimit-remaining-requests"] = left or 0
  -- read here: once a body was waited for in content, nginx notices no client that leaves
  if left then return ngx.req.read_body() end
  ngx.header["Retry-After"] = math.ceil(wait)
  local words = "Rate limit reached: %d requests per minute. Please try again in %.1fs."
  refuse(429, words:format(client.limit, wait), nil, "rate_limit_exceeded", "requests")
end

local function missing(model)
  return refuse(404, ("The model `%s` does not exist."):format(model), "model", "model_not_found")
end

local function completions()
  local request, refusal = openai.read(ngx.req.get_body_data() or "")
  if not request then return reply(refusal.status, refusal.body) end
  if not agents.models[request.model] then return missing(request.model) end
  -- the client sends the whole conversation each time, and makes the calls of its tools itself: nothing of it is kept here
  local agent = assert(agents.client(request.model, request.agent))
  metrics.begin("v1", ngx.ctx.client.name)
  for event, text, head in openai.answer(request, agent:stream(request.input, request.options)) do
    metrics.event(event)
    if head then
      ngx.status = head.status
      for name, value in pairs(head.headers) do ngx.header[name] = value end
      ngx.header["Cache-Control"], ngx.header["X-Accel-Buffering"] = "no-cache", "no"
    end
    -- nginx ends the handler of a client that left, but not when it was a write that found out
    if text and not (ngx.print(text) and ngx.flush(true)) then return end
  end
  ngx.ctx.run.ended = true
end

local function model(name) return { id = name, object = "model", created = 0, owned_by = name:match("^[^/]+") } end

local function answer()
  local path, method = ngx.var.uri, ngx.req.get_method()
  if path == "/v1/chat/completions" then
    if method == "POST" then return completions() end
    return refuse(405, "Use POST for /v1/chat/completions.", nil, "method_not_allowed")
  end
  local name = path:match("^/v1/models/(.+)$")
  if name and agents.models[name] then return reply(200, llmspell.json.encode(model(name))) end
  if name then return missing(name) end
  if path ~= "/v1/models" then return refuse(404, ("Unknown request URL: %s %s."):format(method, path), nil, "unknown_url") end
  local list = {}
  for index, one in ipairs(agents.models) do list[index] = model(one) end
  reply(200, llmspell.json.encode{ object = "list", data = list })
end

-- A defect of the gateway is an answer, too; the log has what it was.
function v1.serve()
  local ok, defect = xpcall(answer, debug.traceback)
  if ok then return end
  ngx.log(ngx.ERR, defect)
  if ngx.ctx.run then metrics.failed("internal") end
  if ngx.headers_sent then return ngx.exit(ngx.ERROR) end
  refuse(500, "The gateway failed.", nil, "internal_error")
end

return v1
