-- Waiting in plain Lua: blocks the thread in short slices, so that a hook (Ctrl-C in lua and luajit, a debugger) gets
-- its turn between them.
local import, native, raw = ...

local errors = import("llmspell.errors")
local interrupt = import("llmspell.interrupt")

local wait = {}

local SLICE_MS = 50

local take = native.take

-- The next event of a queue, a table when it is a delta; or nil, message, details.
function wait.next_event(queue)
  while true do
    interrupt.heed()
    local event, message, json = take(queue, SLICE_MS)
    if event then return event end
    if message then return errors.pass(nil, message, json) end
  end
end

-- The next event of a queue if it comes within `ms`; else nil; or nil, message, details.
function wait.look(queue, ms)
  interrupt.heed()
  local event, message, json = take(queue, ms)
  if message then return errors.pass(nil, message, json) end
  return event
end

-- Takes events until `is_last(event)` or until about `limit_ms` passed without one; returns whether the last one came.
function wait.drain(queue, limit_ms, is_last)
  local waited = 0
  while waited < limit_ms do
    interrupt.heed()
    local event, message = raw.queue_next(queue, SLICE_MS)
    if message then return false end
    if not event then
      waited = waited + SLICE_MS
    elseif is_last(event) then
      return true
    end
  end
  return false
end

return wait
