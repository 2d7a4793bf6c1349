-- What agent:stream returns: an iterator over the events of a run that is also an object with next and close.
local import, _, raw = ...

local errors = import("llmspell.errors")
local run = import("llmspell.run")

local stream = {}

local methods = {}
local stream_meta = { __index = methods, __name = "llmspell.stream" }

-- the session of each stream; kept out of the stream's own table, which users may look at
local sessions = setmetatable({}, { __mode = "k" })

local function session_of(self, method)
  local session = sessions[self]
  if not session then
    errors.misuse(3, ("stream:%s: call it with a colon on what agent:stream returned"):format(method))
  end
  return session
end

-- A queue that is lost still ends the stream with one of the last events.
local function lost(session, message, details)
  if not message then return nil end
  return { type = "error", run_id = session.id, error = details or { kind = "internal", message = message } }
end

local function next_event(session, in_for)
  if session.ended then return nil end
  if session.waiting then
    errors.misuse(3, "stream:next: another coroutine waits for this stream; one stream has one reader")
  end
  session.waiting, session.in_for = true, in_for
  local event, message, details = run.advance(session)
  session.waiting = false
  if not event then return lost(session, message, details) end
  return run.event_table(event)
end

-- The next event as a table, or nil after the last one.
function methods.next(self)
  local event = next_event(session_of(self, "next"), false)
  return event
end

-- Cancels the run unless it has ended. Returns true.
function methods.close(self)
  run.cancel(session_of(self, "close"))
  return true
end

function stream_meta.__call(self)
  local event = next_event(sessions[self], true)
  return event
end

function stream_meta.__close(self)
  run.cancel(sessions[self])
end

function stream_meta.__tostring(self)
  local session = sessions[self]
  return ("llmspell.stream (%s, %s)"):format(session.id, session.ended and "ended" or "open")
end

-- A stream over a session.
function stream.new(session)
  local self = setmetatable({}, stream_meta)
  sessions[self] = session
  return self
end

return stream
