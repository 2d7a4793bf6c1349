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

-- Every visitor of the page gets a cookie: $request_id is 16 random bytes.
function page.visit()
  if session() then return end
  ngx.header["Set-Cookie"] = ("gateway_session=%s; Path=/; Max-Age=%d; HttpOnly; SameSite=Strict%s")
    :format(ngx.var.request_id, KEPT_S, ngx.var.scheme == "https" and "; Secure" or "")
end

-- The conversation as the page shows it: {messages: [{role, content, tool_calls}], model}.
function page.history()
  local saved = session() and ngx.shared.sessions:get(session())
  local shown = llmspell.array{}
  for index, message in ipairs(saved and json.decode(saved).messages or {}) do
    shown[index] = { role = message.role, content = message.content, tool_calls = message.tool_calls }
  end
  reply(200, { messages = shown, model = agents.models[1] })
end

function page.reset()
  local body, status, message = posted()
  if not body then return refuse(status, message) end
  ngx.shared.sessions:delete(session())
  reply(200, { messages = llmspell.array{} })
end

-- The event as the page gets it, or nil: of failures no more than is the visitor's business.
local function shown(event)
  local kind = event.type
  if kind == "text_delta" or kind == "tool_call" or kind == "tool_result" then return event end
  if kind == "retry" then return { type = kind, discard = event.discard } end
  if kind == "done" then return { type = kind, tokens = event.result.usage.total_tokens } end
  if kind == "cancelled" then return { type = "error", message = "The answer was cut off. Try again." } end
  if kind == "error" then
    return { type = kind, message = WORDS[event.error.kind] or "The model could not be asked. Try again later." }
  end
end

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
    -- kept, and free for the next question, before the page hears of the end
    if event.type == "done" or event.type == "error" or event.type == "cancelled" then
      local kept, problem = store.set(sessions, ngx.var.remote_addr, id, assert(json.encode(agent:get_state())), KEPT_S)
      if not kept then ngx.log(ngx.ERR, "a conversation could not be kept: ", problem) end
      store.unlock()
    end
    local told = shown(event)
    -- nginx ends the handler of a visitor that left, but not when it was a write that found out
    if told and not (ngx.print("data: ", json.encode(told), "\n\n") and ngx.flush(true)) then return end
  end
  ngx.ctx.run.ended = true
end

return page
