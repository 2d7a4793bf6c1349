-- Waiting for the events of a run: in the event loop that the running code belongs to, or else in place, in short slices, so
-- that a hook (Ctrl-C in lua and luajit, a debugger) gets its turn between them.
local import, native, raw = ...

local errors = import("llmspell.errors")
local hub = import("llmspell.hub")
local interrupt = import("llmspell.interrupt")
local leaving = import("llmspell.leaving")
local loop = import("llmspell.loop")

local wait = {}

local SLICE_MS = 50
-- events taken in a row before other tasks of the loop get their turn, unless the loop says another number
local BREATHE = 32

local take = native.take

-- Has the news of a session's queue ring a bell of the loop. Returns true; or nil, message, details.
function wait.enter(session, owner)
  -- first of all, because the queue has the same token in every loop
  leaving.detach(session)
  local bell = owner.bell()
  local token, message, details = hub.enter(session.queue, bell)
  if not token then return nil, message, details end
  session.owner, session.bell, session.token = owner, bell, token
  session.taken, session.batch = 0, owner.batch or BREATHE
  local ok
  ok, message, details = owner.begin(session)
  if not ok then
    leaving.detach(session)
    return nil, message, details
  end
  return true
end

-- Waits once for news of the session's queue, `ms` at most (nil: as long as the loop thinks good). Returns true; or nil,
-- message, details where nothing may wait.
local function pause(session, owner, ms)
  if session.owner ~= owner then
    local ok, message, details = wait.enter(session, owner)
    if not ok then return nil, message, details end
  end
  session.taken = 0
  session.bell:wait(ms)
  return true
end

-- Raises what the driver raised in a task that serves the session.
local function heed_children(session)
  local raised = session.raised
  if not raised then return end
  session.raised = nil
  error(raised[1], 0)
end

-- The next event of a session's queue: a table when it is a delta, else the event and its type; or nil, message, details.
function wait.next_event(session)
  local queue, slice = session.queue, 0
  while true do
    interrupt.heed()
    local event, message, details = take(queue, slice)
    if event then
      local taken = session.taken
      if taken then
        session.taken = taken + 1
        if taken >= session.batch then
          session.taken = 0
          if loop.here(session.in_for) == session.owner then session.owner.breathe() end
          if session.queue ~= queue then return nil end
        end
      end
      return event, message
    end
    if message then return errors.pass(nil, message, details) end
    local owner
    owner, message, details = loop.here(session.in_for)
    if owner == nil then return nil, message, details end
    if owner then
      local ok
      ok, message, details = pause(session, owner)
      if not ok then return nil, message, details end
    elseif session.children and next(session.children) and session.owner.turn then
      -- the tools that we wait for are in tasks, which go on only if we let them
      session.owner.turn(SLICE_MS)
    else
      slice = SLICE_MS
    end
    -- whoever went on meanwhile may have closed the session, or waits for its last event
    if session.ended or session.queue ~= queue then return nil end
    if session.raised then heed_children(session) end
  end
end

-- The next event of a session's queue if it comes within `ms`, as wait.next_event gives it; else nil; or nil, message, details.
function wait.look(session, ms)
  interrupt.heed()
  local queue = session.queue
  local owner, message, details = loop.here(session.in_for)
  if owner == nil then return nil, message, details end
  local event
  event, message, details = take(queue, owner and 0 or ms)
  if owner and not event and not message then
    local ok
    ok, message, details = pause(session, owner, ms)
    if not ok then return nil, message, details end
    -- whoever closed the session meanwhile waits for its last event
    if session.ended or session.queue ~= queue then return nil end
    event, message, details = take(queue, 0)
  end
  if message and not event then return errors.pass(nil, message, details) end
  return event, message
end

-- Takes events until `is_last(event)` or until about `limit_ms` passed without one; returns whether the last one came.
function wait.drain(session, limit_ms, is_last)
  local queue, slice, waited = session.queue, 0, 0
  while waited < limit_ms do
    interrupt.heed()
    local event, message = raw.queue_next(queue, slice)
    if message then return false end
    if event then
      if is_last(event) then return true end
    else
      local owner = loop.here(session.in_for)
      if owner == nil then return false end
      if owner then
        if not pause(session, owner, SLICE_MS) then return false end
        if session.queue ~= queue then return false end
      end
      if owner or slice > 0 then waited = waited + SLICE_MS end
      slice = owner and 0 or SLICE_MS
    end
  end
  return false
end

-- Lets about `ms` pass where the running code may wait in `owner`, as loop.here() gave it.
function wait.sleep(owner, queue, ms)
  if owner then
    owner.sleep(ms)
  else
    raw.queue_next(queue, ms)
  end
end

return wait
