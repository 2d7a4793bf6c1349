-- Serves a request of a run: calls the handler that the program gave and replies with what came of it. A handler runs
-- in a coroutine of its own, so that it may yield, raise anything, or be abandoned.
local import, native, raw = ...

local errors = import("llmspell.errors")
local json = import("llmspell.json")
local yielding = import("llmspell.yielding")

local handler = {}

local close_coroutine = coroutine.close or function() end

-- the kinds of errors that the core knows
local KINDS = {}
for name in pairs(raw) do
  local kind = name:match("^E_(.+)$")
  if kind then KINDS[kind:lower()] = true end
end

local function fields_of(value)
  return value.message, value.kind
end

-- Message of what was raised (nil when nothing tells it), and its kind when it has one.
local function describe(value)
  local message, kind = value, nil
  if type(value) == "table" then
    local ok, text, name = pcall(fields_of, value)
    message = ok and text or nil
    kind = ok and KINDS[name] and name or nil
  end
  if type(message) == "number" then message = tostring(message) end
  if type(message) == "string" then return message, kind end
  local meta = getmetatable(value)
  if type(meta) == "table" and meta.__tostring then
    message = tostring(value)
  else
    message = type(value) == "table" and native.encode(value) or nil
  end
  return message, kind
end

-- What a handler raised or returned as its error, as {message, kind?}. The value's metamethods may raise and yield as
-- well, so it is asked in a coroutine of its own.
local function as_error(value, verb)
  local thread = coroutine.create(describe)
  local ok, message, kind = coroutine.resume(thread, value)
  if not ok or coroutine.status(thread) ~= "dead" or type(message) ~= "string" then
    local what = type(value) == "boolean" and tostring(value) or errors.kind_of(value)
    return { message = ("the tool %s %s"):format(verb, what) }
  end
  -- a text that is not UTF-8 is made readable
  if not native.encode(message) then message = message:gsub("[\128-\255]", "?") end
  return { message = message, kind = kind }
end

-- Sends a reply. Returns true, also when nobody waits for it any more; or nil and why the run did not take it.
local function send(run, reply)
  local ok, message = raw.run_reply(run, native.encode(reply))
  if ok or raw.run_awaits(run, reply.id) ~= true then return true end
  return nil, message
end

-- `failure`: {message, kind?}. A request that is left without any reply would hold the run until the tool's time limit.
local function reply_error(run, id, failure)
  local ok, problem = send(run, { id = id, error = failure })
  if ok then return end
  send(run, { id = id, error = { message = "the tool failed, and its error could not be passed on: " .. problem } })
end

local function reply_value(run, id, name, value)
  local text, problem = json.text(value, "its result")
  if text then
    local ok
    ok, problem = send(run, { id = id, ok = json.verbatim(text) })
    if ok then return end
    problem = "its result could not be passed on: " .. problem
  end
  reply_error(run, id, { message = ("tool '%s' failed: %s"):format(name, problem) })
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
  session.yielded = { id = id, name = call.name, thread = thread }
  return handler.resume(session, id, call, thread, coroutine.yield(...))
end

-- Resumes a handler that had yielded, unless nobody waits for it any more.
function handler.resume(session, id, call, thread, ...)
  session.yielded = nil
  if raw.run_awaits(session.handle, id) ~= true then
    close_coroutine(thread)
    return
  end
  return settle(session, id, call, thread, coroutine.resume(thread, ...))
end

-- Answers for a handler that yielded and that nobody can resume, because the coroutine that called us has ended.
function handler.abandon(session)
  local yielded = session.yielded
  if not yielded then return end
  session.yielded = nil
  close_coroutine(yielded.thread)
  local message = ("tool '%s' yielded, and the coroutine that called the agent ended without resuming it"):format(yielded.name)
  reply_error(session.handle, yielded.id, { message = message })
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
