-- One run of an agent, from its start to its last event. A session is the driver's side of it: the run's handle, the
-- queue of its own, and the handlers that serve its requests.
local import, native, raw = ...

local errors = import("llmspell.errors")
local handler = import("llmspell.handler")
local hosts = import("llmspell.loop.hosts")
local hub = import("llmspell.hub")
local json = import("llmspell.json")
local leaving = import("llmspell.leaving")
local loop = import("llmspell.loop")
local queues = import("llmspell.queues")
local wait = import("llmspell.wait")
local yielding = import("llmspell.yielding")

local run = {}

local LAST = { [raw.EVENT_DONE] = true, [raw.EVENT_ERROR] = true, [raw.EVENT_CANCELLED] = true }

-- how long a cancelled run may take to say that it ended before we leave its queue behind
local CANCEL_MS = 2000

local event_type, REQUEST = raw.event_type, raw.EVENT_REQUEST

local function is_last(event)
  return LAST[raw.event_type(event)] == true
end

-- counts the runs of this Lua state, so that of two runs of one agent the earlier one is known
local started = 0

-- The status of a run that we remember; RUN_ENDED for a handle that the collector has closed but not yet removed.
local function status_of(handle)
  local ok, status = pcall(raw.run_status, handle)
  if ok then return status end
  -- an interrupt may be what was raised
  if not tostring(status):find("is closed", 1, true) then error(status, 0) end
  return raw.RUN_ENDED
end

-- the sessions of an event loop, by run; both weak, since a session has its run
local in_loops = setmetatable({}, { __mode = "kv" })

-- Whether a task can go on with a run while the running code waits in place. One that is `running` stands below it on the
-- stack, one that has ended has no state.
local function goes_on(handle)
  local session = in_loops[handle]
  local task = session and session.task
  return task ~= nil and task.state ~= nil and task.state ~= "running"
end

-- Whether a run that was started earlier on the same conversation of the agent from this Lua state has not ended. Such a
-- one cannot end while we block the thread that serves it; one of a task can when the event loop goes on meanwhile.
local function has_earlier(session)
  local keys = session.fields.keys
  local runs = session.fields.runs
  for handle, number in pairs(runs or {}) do
    if number < session.number and (keys and keys[handle]) == session.key and not (session.owner and goes_on(handle)) then
      if status_of(handle) ~= raw.RUN_ENDED then return true end
      runs[handle] = nil
    end
  end
  return false
end

-- Whether one of the handlers that this call is made in serves a run on the same conversation.
local function is_within(session)
  local outer = session.within
  while outer do
    if not outer.ended and outer.fields == session.fields and outer.key == session.key then return true end
    outer = outer.within
  end
  return false
end

-- Whether a run waits for one that cannot go on while it waits. Where other tasks go on meanwhile, that is one whose handler
-- made the call.
local function cannot_go_on(session)
  if is_within(session) then return true end
  return (not session.owner or session.owner.in_place) and has_earlier(session)
end

-- `begin` is raw.run_start or raw.run_restore, `input` what it takes.
local function start_in_fresh_queue(begin, agent, input)
  local queue, message, details = queues.take()
  if not queue then return nil, message, details end
  local handle
  handle, message, details = errors.pass(begin(queue, agent, input))
  if handle then return handle, queue end
  if details.kind ~= "forked" then queues.give(queue) end
  return nil, message, details
end

-- How long the end of a run that the collector has cancelled is waited for, and between two looks.
local FREE_MS, LOOK_MS = 1000, 10

-- Runs of an agent that this Lua state holds and that have not ended.
local function count_open(runs)
  local count = 0
  for handle in pairs(runs or {}) do
    if status_of(handle) ~= raw.RUN_ENDED then count = count + 1 end
  end
  return count
end

-- shortest time between two such collections where others are served by the same thread
local COLLECT_MS = 1000
local next_collection = 0

-- Lets the collector cancel the streams that nobody holds any more (after a break). It takes two rounds, because the
-- first only finds that a stream is gone. Everything that the thread serves stands meanwhile: in an event loop that is seldom,
-- and in OpenResty never, where a run ends with its request.
local function collect_abandoned(owner)
  if owner and not owner.in_place then
    local now = native.now()
    if hosts.openresty or now < next_collection then return end
    next_collection = now + COLLECT_MS
  end
  collectgarbage()
  collectgarbage()
end

-- Tries again what was `busy`, once abandoned streams are cancelled; only when there was one is its end waited for, and only
-- where the running code may wait.
function run.when_free(agent, try)
  local owner = loop.here()
  if owner == nil then return try() end
  local runs = native.fields(agent).runs
  local before = count_open(runs)
  collect_abandoned(owner)
  local looks = count_open(runs) < before and FREE_MS / LOOK_MS or 0
  local result, message, details = try()
  local idle = looks > 0 and queues.take()
  while idle and not result and details.kind == "busy" and looks > 0 do
    looks = looks - 1
    wait.sleep(owner, idle, LOOK_MS)
    result, message, details = try()
  end
  if idle then queues.give(idle) end
  return result, message, details
end

local BY_RUN = { __mode = "k" }

-- Notes a run in the table of its agent: its number, and the key of the session that it goes on with, if it does. Nobody asks
-- in OpenResty, where no call waits in place.
local function note(fields, handle, number, key)
  if hosts.openresty then return end
  if not fields.runs then fields.runs = setmetatable({}, BY_RUN) end
  fields.runs[handle] = number
  if not key then return end
  if not fields.keys then fields.keys = setmetatable({}, BY_RUN) end
  fields.keys[handle] = key
end

-- Id of the session whose conversation a run goes on with; nil for the agent's own.
local function key_of(handle)
  local key = raw.run_session(handle)
  if key == "" then return nil end
  return key
end

local function start_with(begin, agent, input)
  local owner, problem, more = loop.here()
  if owner == nil then return nil, problem, more end
  local fields = native.fields(agent)
  local handle, queue, details = start_in_fresh_queue(begin, agent, input)
  if not handle and details.kind == "forked" then
    -- the idle queues belong to the process before the fork, and so do the runs we remember
    queues.forget()
    hub.forget()
    fields.runs, fields.keys = nil, nil
    handle, queue, details = start_in_fresh_queue(begin, agent, input)
  end
  if not handle and details.kind == "busy" then
    handle, queue, details = run.when_free(agent, function() return start_in_fresh_queue(begin, agent, input) end)
  end
  if not handle then return nil, queue, details end
  started = started + 1
  local key = key_of(handle)
  note(fields, handle, started, key)
  -- with room for what is noted later
  local session = {
    agent = agent,
    fields = fields,
    key = key,
    number = started,
    serves = fields.serves,
    handle = handle,
    queue = queue,
    may_wait = false,
    ended = false,
    in_for = false,
    at_hand = 0,
    owner = false,
    bell = false,
    token = false,
    taken = false,
    batch = false,
    line = false,
    tied = false,
  }
  handler.adopt(session)
  if owner then
    local ok
    ok, problem, more = wait.enter(session, owner)
    if not ok then
      leaving.release(session)
      return nil, problem, more
    end
    in_loops[handle] = session
  end
  return session
end

-- Starts a run. `input` is JSON text as llmspell_run_start takes it. Returns a session (the driver's side of the run); or
-- nil, message, details.
function run.start(agent, input)
  return start_with(raw.run_start, agent, input)
end

-- Goes on with a run from the bytes of a checkpoint. Returns a session; or nil, message, details.
function run.restore(agent, checkpoint)
  return start_with(raw.run_restore, agent, checkpoint)
end

local leave = leaving.leave

local function cancel_and_drain(session)
  -- a handler that waits does not outlive its run
  if session.owner and handler.is_of(session) then return leaving.release(session) end
  session.ended = true
  raw.run_cancel(session.handle)
  local found = session.found
  leave(session, found and is_last(found) or wait.drain(session, CANCEL_MS, is_last))
end

-- Cancels a run that has not ended and waits a moment for its end, so that the agent is free afterwards. Returns true;
-- or false and what interrupted that (Ctrl-C), after which the run is cancelled all the same.
local function abandon(session)
  if session.ended then return true end
  local ok, problem = pcall(cancel_and_drain, session)
  if ok then return true end
  -- it may have come before the first step
  if session.queue then
    raw.run_cancel(session.handle)
    leave(session, false)
  end
  return false, problem
end

-- Cancels a run unless it has ended. Raises what interrupts it.
function run.cancel(session)
  local ok, problem = abandon(session)
  if not ok then error(problem, 0) end
end

-- Before the first wait: whether it could end. Returns true; or nil, message, details when the run stands behind another
-- of this Lua state, which cannot go on meanwhile. Such a run is cancelled.
local function check_wait(session)
  if session.may_wait then return true end
  if raw.run_status(session.handle) == raw.RUN_QUEUED and cannot_go_on(session) then
    collect_abandoned(session.owner)
    if cannot_go_on(session) then
      run.cancel(session)
      return errors.failure("busy", "the agent is in another run, which cannot go on while this call waits for it; "
        .. "finish or close its stream first, or use agent:fork() or another agent")
    end
  end
  session.may_wait = true
  return true
end

-- how long an event is waited for while an answer that the program carries waits for room
local HELD_MS = 10

-- The next event of a session's queue and, when that is no delta, its type; or nil, message, details; or nil when a handler
-- closed the session. An answer that the program carries and that had to wait goes on in between.
local function take_event(session)
  while session.held do
    local event, message, details = wait.look(session, HELD_MS)
    handler.feed_on(session)
    if event or message or session.ended then return event, message, details end
  end
  return wait.next_event(session)
end

-- Serves a request; an owner may want to know how many handlers stand on each other.
local function serve(session, event)
  local owner = session.owner
  if owner and owner.hold then return owner.hold(handler.serve, session, event) end
  return handler.serve(session, event)
end

-- The next event that is for the caller (a delta as a table, others as the raw event), whether it is the last, and the type of
-- one that is; requests are served on the way. Or nil, message, details when the wait could never end or the queue is lost; or nil when a handler
-- closed the session.
local function advance(session)
  local ok, problem, details = check_wait(session)
  if not ok then return nil, problem, details end
  while true do
    local event, message, more = session.found, nil, nil
    if event then
      session.found = nil
    else
      event, message, more = take_event(session)
      if session.ended then return nil end
    end
    if not event then
      -- the queue is lost (a fork, a defect)
      if not session.ended then leave(session, false) end
      return nil, message, more
    end
    if type(event) == "table" then return event, false end
    -- beside the event, where it was just taken
    local kind = message or event_type(event)
    if kind ~= REQUEST then
      local last = LAST[kind] == true
      if last then leave(session, true) end
      return event, last, kind
    end
    local for_caller = serve(session, event)
    if session.ended then return nil end
    if for_caller then return event, false end
  end
end

-- An event as a table.
function run.event_table(event)
  local text = raw.event_json(event)
  local value, problem = json.value(text, native.DROP_NULL + native.ROUND_LARGE, "event")
  if not value then error("llmspell: " .. problem, 0) end
  return value
end

local function run_to_end(session)
  local event, last, details
  local on_event = session.serves.hooks.on_event
  repeat
    event, last, details = advance(session)
    if on_event and event then on_event(type(event) == "table" and event or run.event_table(event)) end
  until last or not event
  return event, last, details
end

-- The results of a protected call; one that raised (Ctrl-C by a hook, mostly) ends the run.
local function checked(session, ok, ...)
  if ok then return ... end
  abandon(session)
  error((...), 0)
end

-- advance(), where an error raised meanwhile cancels the run and goes on to the caller.
function run.advance(session)
  return checked(session, yielding.protected(session.in_for, advance, session))
end

-- Takes events to the last one and returns that and its type; or nil, message, details.
function run.complete(session)
  local event, message, details = checked(session, yielding.protected(false, run_to_end, session))
  if event then return event, details end
  if not message then return errors.failure("cancelled", "the run was cancelled") end
  return nil, message, details
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
