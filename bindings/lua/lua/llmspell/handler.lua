-- Serves a request of a run: calls the handler that the program gave and replies with what came of it. A handler runs
-- in a coroutine of its own, so that it may yield, raise anything, or be abandoned.
local import, native, raw = ...

local errors = import("llmspell.errors")
local json = import("llmspell.json")
local yielding = import("llmspell.yielding")

local handler = {}

local close_coroutine = coroutine.close or function() end

-- Message of what was raised, and its kind when it has one.
local function fields_of(value)
  return value.message, value.kind
end

-- What a handler raised or returned as its error, as {message, kind?}.
local function as_error(value, verb)
  local kind
  local message = value
  if type(value) == "table" then
    local ok, text, name = pcall(fields_of, value)
    message = ok and text or nil
    kind = ok and type(name) == "string" and name or nil
  end
  if type(message) == "number" then message = tostring(message) end
  if type(message) ~= "string" then
    local meta = getmetatable(value)
    if type(meta) == "table" and meta.__tostring then
      local ok, text = pcall(tostring, value)
      message = ok and type(text) == "string" and text or nil
    elseif type(value) == "table" then
      message = native.encode(value)
    else
      message = nil
    end
  end
  if not message then
    local what = type(value) == "boolean" and tostring(value) or errors.kind_of(value)
    message = ("the tool %s %s"):format(verb, what)
  end
  return { message = message, kind = kind }
end

-- Sends a reply; a text that is not UTF-8 is made readable, a kind that the core does not know is left out.
local function reply_error(run, id, failure)
  if not native.encode(failure.message) then failure.message = failure.message:gsub("[\128-\255]", "?") end
  if failure.kind and not raw["E_" .. failure.kind:upper()] then failure.kind = nil end
  raw.run_reply(run, native.encode({ id = id, error = failure }))
end

local function reply_value(run, id, name, value)
  local text, problem = json.text(value, "its result")
  if not text then
    return reply_error(run, id, { message = ("tool '%s' failed: %s"):format(name, problem), kind = "tool" })
  end
  raw.run_reply(run, native.encode({ id = id, ok = json.verbatim(text) }))
end

-- What the handler learns beside its arguments. `cancelled` is asked anew each time it is read.
local function context_of(session, id, call)
  local context = {
    tool_call_id = call.tool_call_id,
    name = call.name,
    step = call.step,
    run_id = session.id,
    agent = session.agent,
  }
  return setmetatable(context, {
    __index = function(_, key)
      if key == "cancelled" then return raw.run_awaits(session.handle, id) ~= true end
      return nil
    end,
  })
end

-- Goes on after the handler's coroutine returned, raised or yielded (`ok, ...` are the results of resume).
local function settle(session, id, call, thread, ok, ...)
  local run = session.handle
  if not ok then
    return reply_error(run, id, as_error((...), "raised"))
  end
  if coroutine.status(thread) == "dead" then
    local value, failure = ...
    if value == nil and failure ~= nil then
      return reply_error(run, id, as_error(failure, "failed with"))
    end
    return reply_value(run, id, call.name, value)
  end
  local obstacle = yielding.obstacle(session.in_for)
  if obstacle then
    close_coroutine(thread)
    local message = ("tool '%s' yielded, and nobody can resume it: %s"):format(call.name, obstacle)
    return reply_error(run, id, { message = message })
  end
  return handler.resume(session, id, call, thread, coroutine.yield(...))
end

-- Resumes a handler that had yielded, unless nobody waits for it any more.
function handler.resume(session, id, call, thread, ...)
  if raw.run_awaits(session.handle, id) ~= true then
    close_coroutine(thread)
    return
  end
  return settle(session, id, call, thread, coroutine.resume(thread, ...))
end

-- Serves one request event of a session. Nothing comes back: the reply goes to the run.
function handler.serve(session, event)
  local id = raw.event_request_id(event)
  -- calls of one turn are served one after another: this one's time may be over before it began
  if raw.run_awaits(session.handle, id) ~= true then return end
  local request, problem = json.value(raw.event_json(event), native.DROP_NULL, "request")
  if not request then
    return reply_error(session.handle, id, { message = problem, kind = "argument" })
  end
  local call = request.payload
  local execute = request.kind == "tool" and session.handlers[call.name]
  if not execute then
    local message = ("this program has nothing that serves %s '%s'"):format(tostring(request.kind), tostring(call.name))
    return reply_error(session.handle, id, { message = message, kind = "not_found" })
  end
  local thread = coroutine.create(function(...) return execute(...) end)
  yielding.remember(thread, yielding.obstacle(session.in_for))
  return settle(session, id, call, thread, coroutine.resume(thread, call.arguments, context_of(session, id, call)))
end

return handler
