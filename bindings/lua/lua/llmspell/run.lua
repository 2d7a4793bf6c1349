-- One run of an agent, from its start to its last event. A session is the driver's side of it: the run's handle, the
-- queue of its own, and the handlers that serve its requests.
local import, native, raw = ...

local errors = import("llmspell.errors")
local handler = import("llmspell.handler")
local json = import("llmspell.json")
local queues = import("llmspell.queues")
local wait = import("llmspell.wait")
local yielding = import("llmspell.yielding")

local run = {}

local LAST = { [raw.EVENT_DONE] = true, [raw.EVENT_ERROR] = true, [raw.EVENT_CANCELLED] = true }

-- how long a cancelled run may take to say that it ended before we leave its queue behind
local CANCEL_MS = 2000

local function is_last(event)
  return LAST[raw.event_type(event)] == true
end

-- Whether a run that was started earlier on the same agent from this Lua state has not ended. Such a one cannot end
-- while we block the thread that serves it.
local function has_unfinished(runs, but)
  for handle in pairs(runs) do
    if handle ~= but then
      -- a handle that the collector has closed but not yet removed raises
      local ok, status = pcall(raw.run_status, handle)
      if ok and status ~= raw.RUN_ENDED then return true end
      runs[handle] = nil
    end
  end
  return false
end

local function start_in_fresh_queue(agent, input)
  local queue, message, details = queues.take()
  if not queue then return nil, message, details end
  local handle
  handle, message, details = errors.pass(raw.run_start(queue, agent, input))
  if handle then return handle, queue end
  if details.kind ~= "forked" then queues.give(queue) end
  return nil, message, details
end

-- Starts a run. `input` is JSON text as llmspell_run_start takes it. Returns a session; or nil, message, details.
function run.start(agent, input)
  local fields = native.fields(agent)
  local handle, queue, details = start_in_fresh_queue(agent, input)
  if not handle and details.kind == "forked" then
    -- the idle queues belong to the process before the fork, and so do the runs we remember
    queues.forget()
    fields.runs = setmetatable({}, { __mode = "k" })
    handle, queue, details = start_in_fresh_queue(agent, input)
  end
  if not handle then return nil, queue, details end
  local session = {
    agent = agent,
    runs = fields.runs,
    handlers = fields.handlers,
    handle = handle,
    queue = queue,
    id = raw.run_id(handle),
    ended = false,
    in_for = false,
  }
  if raw.run_status(handle) == raw.RUN_QUEUED and has_unfinished(fields.runs, handle) then
    -- a stream that nobody holds any more (after a break) is cancelled by the collector; it takes two rounds, because
    -- the first only finds that the stream is gone
    collectgarbage()
    collectgarbage()
    if has_unfinished(fields.runs, handle) then
      run.cancel(session)
      return errors.failure("busy", "the agent is in another run, which cannot go on while this call waits for it; "
        .. "finish or close its stream first, or use agent:fork() or another agent")
    end
  end
  fields.runs[handle] = true
  return session
end

-- The run has ended and its queue is empty.
local function finish(session)
  session.ended = true
  session.runs[session.handle] = nil
  session.handle:close()
  queues.give(session.queue)
end

-- The queue is lost (a fork, a defect): leaves the run.
local function lose(session)
  session.ended = true
  session.runs[session.handle] = nil
  session.handle:close()
  session.queue:close()
end

-- Cancels a run that has not ended and waits a moment for its end, so that the agent is free afterwards.
function run.cancel(session)
  if session.ended then return end
  session.ended = true
  session.runs[session.handle] = nil
  raw.run_cancel(session.handle)
  local ok, clean = pcall(wait.drain, session.queue, CANCEL_MS, is_last)
  session.handle:close()
  if ok and clean then
    queues.give(session.queue)
  else
    session.queue:close()
  end
end

local function cancel_and_raise(session, problem)
  run.cancel(session)
  error(problem, 0)
end

-- The next event that is for the caller and whether it is the last; requests are served on the way. Or nil, message,
-- details when the queue is lost; or nil when a handler closed the session.
local function advance(session, next_event)
  while true do
    local event, message, details = next_event(session)
    if not event then
      if not session.ended then lose(session) end
      return nil, message, details
    end
    if raw.event_type(event) ~= raw.EVENT_REQUEST then
      local last = is_last(event)
      if last then finish(session) end
      return event, last
    end
    handler.serve(session, event)
    if session.ended then return nil end
  end
end

local function next_event(session)
  return wait.next_event(session.queue)
end

-- For Lua 5.1 in a coroutine, where handlers could not yield through a pcall around all of it: protects the wait alone.
local function next_event_protected(session)
  local ok, event, message, details = pcall(wait.next_event, session.queue)
  if not ok then cancel_and_raise(session, event) end
  return event, message, details
end

local function rethrow(session, ok, ...)
  if ok then return ... end
  cancel_and_raise(session, (...))
end

-- advance(), where an error raised meanwhile (Ctrl-C by a hook) cancels the run and goes on to the caller.
function run.advance(session)
  if yielding.can_protect() then
    return rethrow(session, pcall(advance, session, next_event))
  end
  return advance(session, next_event_protected)
end

local function run_to_end(session, next_one)
  local event, last, details
  repeat
    event, last, details = advance(session, next_one)
  until last or not event
  return event, last, details
end

-- Takes events to the last one and returns that; or nil, message, details.
function run.complete(session)
  local event, message, details
  if yielding.can_protect() then
    event, message, details = rethrow(session, pcall(run_to_end, session, next_event))
  else
    event, message, details = run_to_end(session, next_event_protected)
  end
  if event then return event end
  if not message then return errors.failure("cancelled", "the run was cancelled") end
  return nil, message, details
end

-- An event as a table.
function run.event_table(event)
  local text = raw.event_json(event)
  local value, problem = json.value(text, native.DROP_NULL + native.ROUND_LARGE, "event")
  if not value then error("llmspell: " .. problem, 0) end
  return value
end

-- What a last event that is not `done` means for the caller: nil, message, details.
function run.failure(event)
  local value = run.event_table(event)
  if value.type == "error" then
    local details = value.error
    if details.partial == nil then details.partial = value.partial end
    return nil, details.message, details
  end
  local _, message, details = errors.failure("cancelled", "the run was cancelled")
  details.partial = value.partial
  return nil, message, details
end

return run
