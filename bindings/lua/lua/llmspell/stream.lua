-- What agent:stream returns: an iterator over the events of a run that is also an object with next, cancel, checkpoint and close.
local import, native, raw = ...

local errors = import("llmspell.errors")
local handler = import("llmspell.handler")
local run = import("llmspell.run")

local stream = {}

local methods = {}
local stream_meta = { __index = methods, __name = "llmspell.stream" }

-- Key of the session in a stream's own table. A weak table from streams to sessions would do in Lua 5.4 alone: in the
-- others it keeps every stream alive that something in its session (a handler) refers to.
local SESSION = {}

-- stands for the main thread, which Lua 5.1 has no value for
local MAIN = {}

local function session_of(self, method)
  local session = type(self) == "table" and rawget(self, SESSION)
  if not session then
    errors.misuse(3, ("stream:%s: call it with a colon on what agent:stream returned"):format(method))
  end
  return session
end

local function running()
  local thread, is_main = coroutine.running()
  return not is_main and thread or MAIN
end

-- A queue that is lost still ends the stream with one of the last events.
local function lost(session, message, details)
  if not message then return nil end
  if not details then
    local _
    _, _, details = errors.failure("internal", message)
  end
  return { type = "error", run_id = session.id, seq = session.seq + 1, step = session.step, error = details }
end

-- Makes the running coroutine the reader of the stream. One that ended while it waited (it was closed, or a handler's
-- yield was never answered) is a reader no more.
local function take_turn(session)
  local reader, me = session.reader, running()
  if reader then
    if reader ~= me and (reader == MAIN or coroutine.status(reader) ~= "dead") then
      errors.misuse(4, "stream:next: another coroutine waits for this stream; one stream has one reader")
    end
    handler.abandon(session)
  end
  session.reader = me
end

-- After an event that was waited for, this many are taken without the care that a wait needs, if they are there already and
-- are deltas. Then it is time again to look for an interrupt.
local AT_HAND = 32

local take = native.take

-- The next event if it is there and a delta; else nil, and what was taken instead is left for advance().
local function delta_at_hand(session, left)
  -- stays so when memory runs out in there
  session.at_hand = -1
  local event = take(session.queue, 0)
  if type(event) ~= "table" then
    session.at_hand = 0
    session.found = event
    return nil
  end
  session.at_hand = left - 1
  -- other tasks of the loop wait for their turn meanwhile
  local taken = session.taken
  if taken then session.taken = taken + 1 end
  session.seq, session.step = event.seq, event.step
  return event
end

-- The event, after the agent's hook on_event has seen it.
local function told(session, event)
  local on_event = session.serves.hooks.on_event
  if on_event then on_event(event) end
  return event
end

local function next_event(session, in_for)
  if session.asked then handler.pass_over(session) end
  local left = session.at_hand
  if left > 0 then
    local delta = delta_at_hand(session, left)
    if delta then return told(session, delta) end
  elseif left < 0 then
    -- an event was lost, so the answer would have a hole
    run.cancel(session)
  end
  local failure = session.failure
  if failure then
    session.failure = nil
    return failure
  end
  if session.ended then return nil end
  take_turn(session)
  session.in_for = in_for
  local event, message, details = run.advance(session)
  session.reader, session.in_for = nil, false
  if not event then return lost(session, message, details) end
  if session.ended then session.last = event end
  local value = type(event) == "table" and event or run.event_table(event)
  session.seq, session.step = value.seq, value.step
  if not session.ended then session.at_hand = AT_HAND end
  return told(session, value)
end

local function close(session)
  session.failure = nil
  run.cancel(session)
end

-- The next event as a table, or nil after the last one.
function methods.next(self)
  local event = next_event(session_of(self, "next"), false)
  return event
end

-- Cancels the run unless it has ended, and leaves the stream open: what is on its way still comes, `cancelled` last. Returns
-- true; or nil, message, details.
function methods.cancel(self)
  local session = session_of(self, "cancel")
  if session.ended then return true end
  -- it ends by itself, also behind another run
  session.may_wait = true
  return errors.pass(raw.run_cancel(session.handle))
end

-- The run as bytes from which agent:restore goes on, in this process or another; they hold no key. Or nil, message,
-- details, of the kind `closed` when the run has ended.
function methods.checkpoint(self)
  local session = session_of(self, "checkpoint")
  local bytes, message, details
  if not session.ended then bytes, message, details = errors.pass(raw.run_checkpoint(session.handle)) end
  if bytes then return bytes end
  if details and details.kind ~= "closed" then return nil, message, details end
  return errors.failure("closed", "the run has ended, so there is nothing to go on with; take the checkpoint while it is "
    .. "under way, or keep agent:get_state()")
end

-- Cancels the run unless it has ended. Returns true.
function methods.close(self)
  close(session_of(self, "close"))
  return true
end

-- Answers a request of kind approval that this stream gave: `request` is the event or its id, `decision` true, false, or a
-- table {decision = "allow" or "deny", reason, arguments, remember}. Returns true; or nil, message, details.
local function decide(self, method, request, decision)
  local session = session_of(self, method)
  local id = type(request) == "table" and request.id or request
  if type(id) ~= "string" then
    errors.misuse(3, ("stream:%s: expected the event `request` or its id, got %s"):format(method, errors.kind_of(request)))
  end
  if session.ended then return errors.failure("closed", "the run has ended; nothing waits for a decision") end
  -- the run takes a decision a moment after it was sent
  if session.decided == id or raw.run_awaits(session.handle, id) ~= true then
    return errors.failure("not_found", ("no request '%s' is open in this run"):format(id))
  end
  local ok, problem = handler.decide(session, id, decision)
  if not ok then errors.misuse(3, ("stream:%s: %s"):format(method, problem)) end
  session.decided = id
  return true
end

local APPROVE_OPTIONS = { arguments = true, remember = true }
local DENY_OPTIONS = { remember = true }

-- Holds the options of a decision to what they may be.
local function check_options(method, options, known)
  if options == nil then return end
  local problem
  if type(options) ~= "table" then
    problem = ("options must be a table like { remember = \"tool\" }, got %s"):format(errors.kind_of(options))
  else
    problem = errors.bad_name(options, "options", "remember") or errors.unknown_key(options, known, "unknown option")
    local remember = options.remember
    if not problem and remember ~= nil and remember ~= "tool" and remember ~= "arguments" then
      local got = type(remember) == "string" and ("%q"):format(remember) or errors.kind_of(remember)
      problem = ("remember must be \"tool\" or \"arguments\", got %s"):format(got)
    end
  end
  if problem then errors.misuse(3, ("stream:%s: %s"):format(method, problem)) end
end

-- Allows the tool call that a request asks for. `options`: `arguments` in place of the model's, `remember` = "tool" or
-- "arguments". Returns true once the decision is on its way; or nil, message, details. Arguments that do not fit the tool's
-- schema deny the call: an event `warning` (code `bad_reply`) says why.
function methods.approve(self, request, options)
  local decision = { decision = "allow" }
  check_options("approve", options, APPROVE_OPTIONS)
  if options then
    decision.arguments, decision.remember = options.arguments, options.remember
  end
  local ok, message, details = decide(self, "approve", request, decision)
  return ok, message, details
end

-- Denies the tool call that a request asks for; the model reads the reason. `options`: `remember` = "tool" or "arguments".
-- Returns true; or nil, message, details.
function methods.deny(self, request, reason, options)
  if reason ~= nil and type(reason) ~= "string" then
    errors.misuse(2, ("stream:deny: the reason must be a string, got %s"):format(errors.kind_of(reason)))
  end
  check_options("deny", options, DENY_OPTIONS)
  local remember = options and options.remember
  local ok, message, details = decide(self, "deny", request, { decision = "deny", reason = reason, remember = remember })
  return ok, message, details
end

function stream_meta.__call(self)
  local event = next_event(rawget(self, SESSION), true)
  return event
end

function stream_meta.__close(self)
  close(rawget(self, SESSION))
end

function stream_meta.__tostring(self)
  local session = rawget(self, SESSION)
  return ("llmspell.stream (%s, %s)"):format(session.id or "no run", session.ended and "ended" or "open")
end

-- A stream over a session.
function stream.new(session)
  session.seq, session.step = 0, 0
  session.id = raw.run_id(session.handle)
  session.by_hand = true
  return setmetatable({ [SESSION] = session }, stream_meta)
end

-- Whether a value is a stream.
function stream.is(value)
  return type(value) == "table" and getmetatable(value) == stream_meta
end

-- The JSON text of a stream's last event, with all that a table of Lua's cannot hold.
function stream.last_json(self)
  local session = rawget(self, SESSION)
  local last = session.last or session.failure
  return type(last) == "table" and native.encode(last) or raw.event_json(last)
end

-- Whether output guardrails of its agent judge the answer.
function stream.is_judged(self)
  local judges = rawget(self, SESSION).serves.output
  return judges ~= nil and next(judges) ~= nil
end

-- The stream of a run that could not begin: its one event tells why.
function stream.failed(details)
  local failure = { type = "error", seq = 1, step = 0, error = details }
  return setmetatable({ [SESSION] = { ended = true, failure = failure, at_hand = 0, serves = { hooks = {} } } }, stream_meta)
end

return stream
