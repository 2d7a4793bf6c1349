-- What the chat page asks for. A visitor is a cookie.
local agents = require("gateway.agents")
local keys = require("gateway.keys")
local llmspell = require("llmspell")
local metrics = require("gateway.metrics")

local json, sessions = llmspell.json, ngx.shared.sessions
local page = {}
local WEEK = 7 * 24 * 3600
-- Bytes of a conversation, and conversations of an address.
local LONGEST, MOST = 256 * 1024, 200
local EVENTS = { "text_delta", "tool_call", "tool_result", "retry", "step_end" }
local LAST = { done = true, error = true, cancelled = true }

-- What visitors read about failures; the log has the providers' words, which are not for them.
local WORDS = {
  rate_limit = "The model has too much to do. Try again in a moment.",
  overloaded = "The model has too much to do. Try again in a moment.",
  timeout = "The model took too long to answer.",
  content_filter = "The model's provider refused to answer that.",
}

-- Ends the request.
local function refuse(status, message)
  ngx.status = status
  ngx.print(json.encode{ error = message })
  ngx.exit(ngx.HTTP_OK)
end

local function visitor()
  local id = ngx.var.cookie_gateway_session
  return id and #id == 32 and id:match("^%x+$")
end

-- Every visitor of the page gets a cookie: $request_id is 16 random bytes.
function page.visit()
  if visitor() then return end
  ngx.header["Set-Cookie"] = ("gateway_session=%s; Path=/; Max-Age=%d; HttpOnly; SameSite=Strict%s")
    :format(ngx.var.request_id, WEEK, ngx.var.scheme == "https" and "; Secure" or "")
end

-- Keeps a conversation in the memory that the workers share. When an address has more than MOST there, its first goes, not another's.
local function keep(id, state)
  local new, list = not sessions:get(id), "conversations of " .. ngx.var.remote_addr
  local kept, problem, forced = sessions:set(id, json.encode(state), WEEK)
  if not kept then ngx.log(ngx.ERR, "a conversation could not be kept: ", problem) end
  if forced then ngx.log(ngx.WARN, "the shared memory is full: the oldest conversations have gone") end
  if new and (sessions:lpush(list, id) or 0) > MOST then sessions:delete(sessions:rpop(list)) end
  sessions:expire(list, WEEK)
end

-- The conversation as the page shows it: {messages: [{role, content, tool_calls}], model}. DELETE forgets it first.
function page.history()
  local id, shown = visitor(), llmspell.array{}
  if id and ngx.req.get_method() == "DELETE" then sessions:delete(id) end
  local saved = id and sessions:get(id)
  for index, message in ipairs(saved and json.decode(saved).messages or {}) do
    shown[index] = { role = message.role, content = message.content, tool_calls = message.tool_calls }
  end
  ngx.print(json.encode{ messages = shown, model = agents.models[1] })
end

-- An event as the page gets it.
local function shown(event)
  return json.encode{
    type = event.type, text = event.text, discard = event.discard,
    tool_call_id = event.tool_call_id, name = event.name, arguments = event.arguments,
    content = event.content, is_error = event.is_error,
    message = event.error and (WORDS[event.error.kind] or "The model could not be asked. Try again later."),
  }
end

-- POST {message}: answers with events (SSE). A visitor that leaves, or stops, ends the run; its message is not remembered then.
function page.chat()
  local id = visitor()
  -- a form of another site can neither send JSON nor the cookie
  if ngx.req.get_method() ~= "POST" then refuse(405, "Use POST.") end
  if not (ngx.var.content_type or ""):find("^application/json") then refuse(415, "Send JSON.") end
  if not id then refuse(400, "Open the page first: it sets a cookie.") end
  local body = json.decode(ngx.req.get_body_data() or "")
  local message = type(body) == "table" and body.message
  if type(message) ~= "string" or not message:find("%S") or #message > 32768 then
    refuse(400, "A message has 1 to 32,768 bytes.")
  end
  local wait = keys.take("page:" .. ngx.var.remote_addr, agents.page_limit)
  if wait then refuse(429, ("That was a lot. Try again in %d seconds."):format(wait)) end
  if #(sessions:get(id) or "") > LONGEST then refuse(413, "This conversation is too long. Begin a new one.") end
  if not metrics.begin(id) then refuse(409, "An answer is still on its way, perhaps in another tab.") end

  ngx.var.client = "page"
  ngx.header["Content-Type"] = "text/event-stream"
  local saved = sessions:get(id)
  local agent = agents.page(saved and json.decode(saved))
  for event in agent:stream(message, { events = EVENTS }) do
    metrics.event(event)
    -- kept, and free for the next question, before the page hears of the end
    if LAST[event.type] then
      keep(id, agent:get_state())
      metrics.free()
    end
    -- nginx ends the handler of a visitor that left, but not when it was a write that found out
    if not (ngx.print("data: ", shown(event), "\n\n") and ngx.flush(true)) then return end
  end
  ngx.ctx.run.ended = true
end

return page
