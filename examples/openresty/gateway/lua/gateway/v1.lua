-- /v1: the gateway as OpenAI's clients see it.
local agents = require("gateway.agents")
local keys = require("gateway.keys")
local llmspell = require("llmspell")
local metrics = require("gateway.metrics")
local openai = require("gateway.openai")
local store = require("gateway.store")

local json, null, array = llmspell.json, llmspell.null, llmspell.array
local v1 = {}
-- How long the results of a client's tools may take.
local PAUSE_S = 1800

local function reply(status, value)
  ngx.status = status
  ngx.header["Content-Type"] = "application/json"
  ngx.print(json.encode(value))
  return ngx.exit(ngx.HTTP_OK)
end

local function problem(kind, message, param, code)
  return { error = { message = message, type = kind, param = param or null, code = code or null } }
end

local function refuse(status, message, param, code)
  return reply(status, problem("invalid_request_error", message, param, code))
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
  reply(429, problem("requests", ("Rate limit reached: %d requests per minute. Please try again in %.1fs.")
    :format(client.limit, wait), nil, "rate_limit_exceeded"))
end

local function model(name) return { id = name, object = "model", created = 0, owned_by = name:match("^[^/]+") } end

-- The stream of the run that a request asks for, and where what its turn came to will be: {usage, finish_reason, calls, checkpoint, tools}.
-- A client's tools are called by the client: when the model wants some, the run is kept as a checkpoint and ends here.
local function start(request)
  local turn, results, answered = {}, {}, nil
  local stream
  local function result(_, context)
    local text = results[context.tool_call_id]
    if text then return text end
    return nil, "the client gave no result for this call"
  end
  local options = request.options
  -- with tools as in the request, or as in the one that the run began with
  local function agent(tools)
    turn.tools = tools
    options.tools = array{}
    for index, tool in ipairs(tools) do
      options.tools[index] = { name = tool.name, description = tool.description, schema = tool.schema, execute = result }
    end
    return agents.client(options)
  end
  options.hooks = { after_model = function(hook)
    if answered then -- the turn whose calls the client has made meanwhile
      answered = nil
      return nil
    end
    turn.usage, turn.finish_reason = hook.usage, hook.finish_reason
    metrics.used(hook.usage)
    if #(hook.message.tool_calls or {}) == 0 then return nil end
    turn.calls = hook.message.tool_calls
    turn.checkpoint = assert(stream:checkpoint())
    return { stop = "the client makes the calls" }
  end }

  if not next(request.results) then
    local messages = request.messages
    local last = table.remove(messages)
    options.state = { version = 1, messages = messages, usage = {} }
    stream = agent(options.tools or array{}):stream(last)
    return stream, turn
  end
  -- Results: the run goes on from its checkpoint, in whatever worker this is.
  local token = next(request.results):match("^call_(%x+)_%d+$")
  local kept = token and ngx.shared.paused:get(ngx.ctx.client.name .. ":" .. token)
  if not kept then
    return nil, { status = 400, param = "messages", code = "unknown_tool_call", message = "These results answer no tool calls that this gateway still knows." }
  end
  local begun, checkpoint = kept:match("^(.-)\n(.*)$")
  begun = json.decode(begun)
  for index, id in ipairs(begun.ids) do results[id] = request.results[("call_%s_%d"):format(token, index)] end
  answered = true
  stream = agent(begun.tools):restore(checkpoint)
  return stream, turn
end

-- Keeps a run that waits for the client's tools; returns the ids by which the client will name the calls; or nil and the failure.
local function pause(turn)
  local token, ids, own = keys.random(), array{}, {}
  for index, call in ipairs(turn.calls) do
    ids[index], own[index] = call.id, ("call_%s_%d"):format(token, index)
  end
  local begun = json.encode{ ids = ids, tools = turn.tools }
  local name = ngx.ctx.client.name
  local kept, why = store.set(ngx.shared.paused, name, name .. ":" .. token, begun .. "\n" .. turn.checkpoint, PAUSE_S)
  if kept then return own end
  ngx.log(ngx.WARN, "a run of ", name, " could not be kept: ", why)
  return nil, { kind = "argument", message = "messages: too large for a run that waits for the results of tools" }
end

local function completions()
  local request, refused = openai.read(json.decode(ngx.req.get_body_data() or ""), agents.models)
  if not request then return refuse(refused.status, refused.message, refused.param, refused.code) end
  -- what is wrong with a client's tools or schema is found where the agent is made, and raised
  local ok, stream, turn = pcall(start, request)
  if not ok then
    local words = tostring(stream):gsub("^.-:%d+: ", "")
    local message = words:match("^llmspell%.agent: (.*)") or words:match("^agent:stream: (.*)") or error(stream, 0)
    local told = openai.failure{ kind = "argument", message = message }
    return refuse(told.status, told.message, told.param)
  end
  if not stream then return refuse(turn.status, turn.message, turn.param, turn.code) end

  metrics.begin("v1", ngx.ctx.client.name)
  local id, created, texts, begun, left = "chatcmpl-" .. keys.random(), ngx.time(), {}, false, false
  local function chunk(delta, reason, used)
    if not begun then
      begun = true
      ngx.header["Content-Type"] = "text/event-stream"
      ngx.header["Cache-Control"] = "no-cache"
      ngx.header["X-Accel-Buffering"] = "no"
      chunk({ role = "assistant", content = "" })
    end
    local one = openai.head("chat.completion.chunk", request.model, id, created)
    one.choices = delta and array{ { index = 0, delta = delta, finish_reason = reason or null, logprobs = null } } or array{}
    if request.include_usage then one.usage = used or null end
    -- nginx ends the handler of a client that left, but not when it was a write that found out
    left = left or not (ngx.print("data: ", json.encode(one), "\n\n") and ngx.flush(true))
  end

  local failed
  for event in stream do
    if event.type == "text_delta" then
      metrics.event(event)
      texts[#texts + 1] = event.text
      if request.stream then chunk({ content = event.text }) end
      if left then return end
    elseif event.type == "retry" and event.discard then
      -- what was sent cannot be taken back
      if begun then failed = { kind = "provider" } break end
      texts = {}
    elseif (event.type == "error" or event.type == "cancelled") and not turn.calls then
      failed = event.error or { kind = "cancelled", message = "the run was cancelled" }
      ngx.log(ngx.WARN, "a run of ", ngx.ctx.client.name, " failed: ", failed.kind, ": ", failed.message)
    end
  end
  ngx.ctx.run.ended = true

  local own
  if turn.calls and not failed then own, failed = pause(turn) end
  if failed then
    metrics.failed(failed.kind)
    local told = openai.failure(failed)
    local body = problem(told.type, told.message, told.param, told.code)
    if begun then return ngx.print("data: ", json.encode(body), "\n\n") end
    if told.retry_after then ngx.header["Retry-After"] = told.retry_after end
    return reply(told.status, body)
  end

  local reason = own and "tool_calls" or openai.finish_reason(turn.finish_reason)
  local used = openai.usage(turn.usage)
  if request.stream then
    if own then chunk({ tool_calls = openai.calls(turn.calls, own, true) }) end
    chunk({}, reason)
    if request.include_usage then chunk(nil, nil, used) end
    return ngx.print("data: [DONE]\n\n")
  end
  local answer = openai.head("chat.completion", request.model, id, created)
  local text = table.concat(texts)
  local message = { role = "assistant", content = (own and text == "") and null or text, refusal = null }
  if own then message.tool_calls = openai.calls(turn.calls, own) end
  answer.choices = array{ { index = 0, message = message, finish_reason = reason, logprobs = null } }
  answer.usage = used
  reply(200, answer)
end

local function answer()
  local path, method = ngx.var.uri, ngx.req.get_method()
  if path == "/v1/chat/completions" then
    if method == "POST" then return completions() end
    return refuse(405, "Use POST for /v1/chat/completions.", nil, "method_not_allowed")
  end
  local name = path:match("^/v1/models/(.+)$")
  if name and agents.models[name] then return reply(200, model(name)) end
  if name then return refuse(404, ("The model `%s` does not exist."):format(name), "model", "model_not_found") end
  if path ~= "/v1/models" then return refuse(404, ("Unknown request URL: %s %s."):format(method, path), nil, "unknown_url") end
  local list = array{}
  for index, one in ipairs(agents.models) do list[index] = model(one) end
  reply(200, { object = "list", data = list })
end

-- A defect of the gateway is an answer, too; the log has what it was.
function v1.serve()
  local ok, defect = xpcall(answer, debug.traceback)
  if ok then return end
  ngx.log(ngx.ERR, defect)
  if ngx.ctx.run then metrics.failed("internal") end
  if ngx.headers_sent then return ngx.exit(ngx.ERROR) end
  reply(500, problem("server_error", "The gateway failed.", nil, "internal_error"))
end

return v1
