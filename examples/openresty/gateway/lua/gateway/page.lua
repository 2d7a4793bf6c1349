-- What the chat page asks for. A visitor is a cookie; the conversation lies in shared memory, so that every worker can go on
-- with it, also after a reload.
local agents = require("gateway.agents")
local keys = require("gateway.keys")
local llmspell = require("llmspell")
local metrics = require("gateway.metrics")
local store = require("gateway.store")

local json = llmspell.json
local page = {}
local KEPT_S = 7 * 24 * 3600
local MAX_STATE = 1024 * 1024

-- What visitors read about failures that are not theirs; the log has the rest.
local WORDS = {
  rate_limit = "The model has too much to do. Try again in a moment.",
  overloaded = "The model has too much to do. Try again in a moment.",
  timeout = "The model took too long to answer.",
  content_filter = "The model's provider refused to answer that.",
}

local function session()
  local id = ngx.var.cookie_gateway_session
  return id and id:match("^%x+$") and #id == 32 and id or nil
end

local function reply(status, value)
  ngx.status = status
  ngx.header["Content-Type"] = "application/json"
  ngx.header["Cache-Control"] = "no-store"
  ngx.print(json.encode(value))
end

local function refuse(status, message) return reply(status, { error = message }) end

-- The body of a POST of the page itself: a form of another site can neither send JSON nor the cookie.
local function posted()
  if ngx.req.get_method() ~= "POST" then return nil, 405, "Use POST." end
  if not (ngx.var.content_type or ""):find("^application/json") then return nil, 415, "Send JSON." end
  if not session() then return nil, 400, "Open the page first: it sets a cookie." end
  ngx.req.read_body()
  local value = json.decode(ngx.req.get_body_data() or "")
  if type(value) ~= "table" then return nil, 400, "The body is no JSON object." end
  return value
end

-- Every visitor of the page gets a cookie.
function page.visit()
  if session() then return end
  ngx.header["Set-Cookie"] = ("gateway_session=%s; Path=/; Max-Age=%d; HttpOnly; SameSite=Strict%s")
    :format(keys.random(), KEPT_S, ngx.var.scheme == "https" and "; Secure" or "")
end

-- The conversation as the page shows it: {messages: [{role, text, calls, results}], model}.
function page.history()
  local saved = session() and ngx.shared.sessions:get(session())
  local shown = llmspell.array{}
  for _, message in ipairs(saved and json.decode(saved).messages or {}) do
    local one = { role = message.role, text = "", calls = message.tool_calls, results = llmspell.array{} }
    for _, part in ipairs(message.content) do
      if part.type == "text" then one.text = one.text .. part.text end
      if part.type == "tool_result" then table.insert(one.results, part) end
    end
    shown[#shown + 1] = one
  end
  reply(200, { messages = shown, model = agents.models[1] })
end

function page.reset()
  local body, status, message = posted()
  if not body then return refuse(status, message) end
  ngx.shared.sessions:delete(session())
  reply(200, { messages = llmspell.array{} })
end

-- Whether the visitor is still there: nginx ends the handler of one that left, but not when it was a write that found out.
local function send(event)
  return ngx.print("data: ", json.encode(event), "\n\n") and ngx.flush(true)
end

-- What of an event goes to the page.
local SHOWN = {
  text_delta = function(event) return { type = "text", text = event.text } end,
  tool_call = function(event) return { type = "call", id = event.tool_call_id, name = event.name, arguments = event.arguments } end,
  tool_result = function(event)
    return { type = "result", id = event.tool_call_id, name = event.name, content = event.content, is_error = event.is_error }
  end,
  retry = function(event) return event.discard and { type = "discard" } or nil end,
  error = function(event)
    ngx.log(ngx.WARN, "the page's run failed: ", event.error.kind, ": ", event.error.message)
    return { type = "error", message = WORDS[event.error.kind] or "The model could not be asked. Try again later." }
  end,
  cancelled = function() return { type = "error", message = "The answer was cut off. Try again." } end,
  done = function(event) return { type = "done", tokens = event.result.usage.total_tokens } end,
}

-- POST {message}: answers with events (SSE). A visitor that leaves, or stops, ends the run; its message is not remembered then.
function page.chat()
  local body, status, message = posted()
  if not body then return refuse(status, message) end
  if type(body.message) ~= "string" or not body.message:find("%S") or #body.message > 32768 then
    return refuse(400, "A message has 1 to 32,768 bytes.")
  end
  local left, wait = keys.take("page:" .. ngx.var.remote_addr, agents.page_limit)
  if not left then
    ngx.header["Retry-After"] = math.ceil(wait)
    return refuse(429, ("That was a lot. Try again in %d seconds."):format(math.ceil(wait)))
  end
  local sessions, id = ngx.shared.sessions, session()
  if not store.lock(id) then return refuse(409, "An answer is still on its way, perhaps in another tab.") end
  local saved = sessions:get(id)
  if saved and #saved > MAX_STATE then return refuse(413, "This conversation is too long. Begin a new one.") end
  local agent = assert(agents.page(saved and json.decode(saved) or nil))

  metrics.begin("page")
  ngx.header["Content-Type"] = "text/event-stream"
  ngx.header["Cache-Control"] = "no-store"
  ngx.header["X-Accel-Buffering"] = "no"
  for event in agent:stream(body.message) do
    metrics.event(event)
    local show = SHOWN[event.type]
    -- kept before the page hears of the end, so that a reload right after it finds everything
    if event.type == "done" or event.type == "error" or event.type == "cancelled" then
      local kept, problem = store.set(sessions, ngx.var.remote_addr, id, assert(json.encode(agent:get_state())), KEPT_S)
      if not kept then ngx.log(ngx.ERR, "a conversation could not be kept: ", problem) end
    end
    local told = show and show(event)
    if told and not send(told) then return end
  end
  ngx.ctx.run.ended = true
end

return page
