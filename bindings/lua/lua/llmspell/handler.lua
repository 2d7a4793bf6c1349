-- Serves a request of a run: calls the handler that the program gave and replies with what came of it. A handler runs
-- in a coroutine of its own, so that it may yield, raise anything, or be abandoned. Tools run beside each other, in tasks,
-- where the event loop has such.
local import, native, raw = ...

local errors = import("llmspell.errors")
local json = import("llmspell.json")
local kinds = import("llmspell.kinds")
local leaving = import("llmspell.leaving")
local loop = import("llmspell.loop")
local transport = import("llmspell.transport")
local yielding = import("llmspell.yielding")

local handler = {}

local close_coroutine = coroutine.close or function() end
local unpack = table.unpack or unpack

-- the kinds of errors that the core knows
local KINDS = {}
for name in pairs(raw) do
  local kind = name:match("^E_(.+)$")
  if kind then KINDS[kind:lower()] = true end
end

-- what a handler's coroutine serves; both weak, since either leads to the other
local serving = setmetatable({}, { __mode = "kv" })

-- Notes of a new session which handler has begun it, if one has.
function handler.adopt(session)
  local thread = coroutine.running()
  local call = thread and serving[thread]
  if not call then return end
  session.within = call.session
  call.inner = call.inner or setmetatable({}, { __mode = "k" })
  call.inner[session] = true
end

-- Whether the running handler serves the session, or one that began it.
function handler.is_of(session)
  local thread = coroutine.running()
  local call = thread and serving[thread]
  local outer = call and call.session
  while outer and outer ~= session do outer = outer.within end
  return outer ~= nil
end

-- Gives up a handler's coroutine that nobody waits for any more, and the runs that it began.
local function drop(call, thread)
  for session in pairs(call.inner or {}) do leaving.release(session) end
  yielding.drop(thread)
  close_coroutine(thread)
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
local function as_error(value, who, verb)
  local thread = coroutine.create(describe)
  local ok, message, kind = coroutine.resume(thread, value)
  if not ok or coroutine.status(thread) ~= "dead" or type(message) ~= "string" then
    local what = type(value) == "boolean" and tostring(value) or errors.kind_of(value)
    return { message = ("%s %s %s"):format(who, verb, what) }
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
  send(run, { id = id, error = { message = "it failed, and its error could not be passed on: " .. problem } })
end

local function reply_value(run, id, label, value)
  local text, problem = json.text(value, "its result")
  if text then
    local ok
    ok, problem = send(run, { id = id, ok = json.verbatim(text) })
    if ok then return end
    problem = "its result could not be passed on: " .. problem
  end
  reply_error(run, id, { message = ("%s failed: %s"):format(label, problem) })
end

-- What the handler learns beside its arguments, or as its only one. `cancelled` is asked anew each time it is read.
local function context_of(session, request, agent)
  local context = { run_id = raw.run_id(session.handle), agent = agent }
  for key, value in pairs(request.payload) do
    if request.kind ~= "tool" or key ~= "arguments" then context[key] = value end
  end
  return setmetatable(context, {
    __index = function(_, key)
      if key == "cancelled" then return raw.run_awaits(session.handle, request.id) ~= true end
      return nil
    end,
  })
end

local NOBODY = "nobody decided it; give the agent on_approval = function(call) return true end, or answer the event `request` of "
  .. "the stream with stream:approve(event) or stream:deny(event) before its next event is taken"

-- Replies with what a handler returned or raised (`ok, ...` as pcall gives them). Whether the caller has to answer the request.
local function conclude(session, call, ok, ...)
  local run, id, label = session.handle, call.id, call.label
  if not ok then
    return reply_error(run, id, as_error((...), call.who, "raised"))
  end
  local value, more = ...
  if value == kinds.NOBODY then return handler.ask_caller(session, id) end
  if value == transport.FED then return end
  if value == nil and more ~= nil then
    return reply_error(run, id, as_error(more, call.who, "failed with"))
  end
  if value == nil and call.kind == "approval" then
    return reply_error(run, id, { message = label .. " returned nothing; return true or false", kind = "approval" })
  end
  return reply_value(run, id, label, kinds.mean(call.kind, value, more))
end

-- Goes on after the handler's coroutine returned, raised or yielded (`ok, ...` are the results of resume). Whether the caller
-- has to answer the request.
local function settle(session, call, thread, ok, ...)
  if not ok or coroutine.status(thread) == "dead" then return conclude(session, call, ok, ...) end
  if (...) == transport.FULL then
    local held = session.held or {}
    held[#held + 1] = { call = call, thread = thread }
    session.held = held
    return
  end
  local obstacle = yielding.obstacle(not call.is_beside and session.in_for)
  if obstacle then
    drop(call, thread)
    local message = ("%s yielded, and nobody can resume it: %s"):format(call.label, obstacle)
    return reply_error(session.handle, call.id, { message = message })
  end
  if not call.is_beside then session.yielded = { call = call, thread = thread } end
  return handler.resume(session, call, thread, coroutine.yield(...))
end

-- Resumes a handler that had yielded, unless nobody waits for it any more.
function handler.resume(session, call, thread, ...)
  if not call.is_beside then session.yielded = nil end
  if raw.run_awaits(session.handle, call.id) ~= true then return drop(call, thread) end
  return settle(session, call, thread, coroutine.resume(thread, ...))
end

-- Goes on with what had to wait until events were taken.
function handler.feed_on(session)
  local held = session.held
  session.held = nil
  for index = 1, #held do
    if session.ended then return drop(held[index].call, held[index].thread) end
    handler.resume(session, held[index].call, held[index].thread)
  end
end

-- Answers for a handler that yielded and that nobody can resume, because the coroutine that called us has ended.
function handler.abandon(session)
  local yielded = session.yielded
  if not yielded then return end
  session.yielded = nil
  drop(yielded.call, yielded.thread)
  local message = ("%s yielded, and the coroutine that called the agent ended without resuming it"):format(yielded.call.label)
  reply_error(session.handle, yielded.call.id, { message = message })
end

-- An approval that nothing here decides: the reader of a stream gets the request; elsewhere nobody can be asked. Whether the
-- caller has to answer.
function handler.ask_caller(session, id)
  if session.by_hand then
    session.asked = id
    return true
  end
  reply_error(session.handle, id, { message = NOBODY, kind = "approval" })
  return false
end

-- Answers an approval that a stream's reader got and went past.
function handler.pass_over(session)
  local id = session.asked
  session.asked = nil
  if raw.run_awaits(session.handle, id) == true then
    reply_error(session.handle, id, { message = NOBODY, kind = "approval" })
  end
end

-- Sends a decision about an approval. Returns true; or nil and what is wrong.
function handler.decide(session, id, decision)
  if session.asked == id then session.asked = nil end
  local text, problem = json.text(decision, "the decision")
  if not text then return nil, problem end
  return send(session.handle, { id = id, ok = json.verbatim(text) })
end

-- what an agent serves that this program does not know
local NOTHING = { tools = {}, needs = {}, hooks = {}, input = {}, output = {}, agents = {} }

-- The agent that a request comes from and what it serves: `path` are the names of the tools that lead to it.
local function who_asks(session, path)
  local agent, serves = session.agent, session.serves
  for index = 1, path and #path or 0 do
    local behind = serves.agents[path[index]]
    if not behind then return agent, NOTHING end
    agent, serves = behind, native.fields(behind).serves
  end
  return agent, serves
end

-- Calls the function that serves a request.
local function begin(session, call, execute, argument, context)
  local thread = coroutine.create(function(...) return execute(...) end)
  serving[thread] = call
  call.thread = thread
  yielding.adopt(thread, not call.is_beside and session.in_for)
  return settle(session, call, thread, coroutine.resume(thread, argument, context))
end

-- The same where no coroutine of ours may stand between the running one and its loop.
local function begin_flat(session, call, execute, argument, context)
  local thread = coroutine.running()
  local outer = serving[thread]
  serving[thread] = call
  local for_caller = conclude(session, call, pcall(execute, argument, context))
  serving[thread] = outer
  return for_caller
end

-- The same in a task of its own. What the driver itself raises there reaches whoever waits for the session.
local function begin_beside(owner, session, call, ...)
  local children = session.children or {}
  session.children = children
  local arguments, task, is_over = { ... }, nil, false
  call.is_beside = true
  task = owner.spawn(function()
    -- its time may be over before it began
    if raw.run_awaits(session.handle, call.id) == true then
      local ok, problem = yielding.protected(false, owner.kills_flat and begin_flat or begin, session, call, unpack(arguments, 1, 3))
      if not ok and not session.ended then
        session.raised = { problem }
        if session.bell then session.bell:ring() end
      end
    end
    is_over = true
    if task then children[task] = nil end
  end, function(outcome)
    if outcome == "cancelled" and call.thread then drop(call, call.thread) end
  end)
  if not is_over then children[task] = owner end
end

-- Serves one request event of a session; the reply goes to the run. Whether the caller has to answer it instead.
function handler.serve(session, event)
  local id = raw.event_request_id(event)
  -- calls of one turn are served one after another: this one's time may be over before it began
  if raw.run_awaits(session.handle, id) ~= true then return end
  local request, problem = json.value(raw.event_json(event), native.DROP_NULL, "request")
  if not request then
    return reply_error(session.handle, id, { message = problem, kind = "argument" })
  end
  local agent, serves = who_asks(session, request.agent)
  local execute, label = kinds.find(session, request, serves)
  if not execute then
    if request.kind == "approval" then return handler.ask_caller(session, id) end
    return reply_error(session.handle, id, { message = ("this program has nothing that serves the %s"):format(label), kind = "not_found" })
  end
  local call = { session = session, id = id, kind = request.kind, label = label, who = request.kind == "tool" and "the tool" or label }
  local context = context_of(session, request, agent)
  local argument = context
  if request.kind == "tool" then argument = request.payload.arguments end
  local owner = loop.here(session.in_for)
  local is_flat = owner and owner.kills_flat
  -- an answer that the program carries waits until its events are taken, which only another coroutine can do
  local is_beside = request.kind == "tool" or is_flat and request.kind == "http"
  if is_beside and owner and owner.spawn then return begin_beside(owner, session, call, execute, argument, context) end
  if is_flat then return owner.apart(begin_flat, session, call, execute, argument, context) end
  return begin(session, call, execute, argument, context)
end

return handler
