-- What llmspell.go returns: a function that runs beside the others, in the event loop of whoever called, or else in ours.
local import = ...

local errors = import("llmspell.errors")
local loop = import("llmspell.loop")
local tasks = import("llmspell.loop.tasks")
local yielding = import("llmspell.yielding")

local task = {}

local unpack = table.unpack or unpack

local methods = {}
local task_meta = { __index = methods, __name = "llmspell.task" }

-- Key of what is known of a task in its own table: {status, results, handle, owner, waiting, is_heard, on_cancel}.
local STATE = {}

local function state_of(self, method)
  local state = type(self) == "table" and rawget(self, STATE)
  if not state then
    errors.misuse(3, ("task:%s: call it with a colon on what llmspell.go returned"):format(method))
  end
  return state
end

local function end_as(state, outcome, ...)
  state.status, state.results = outcome, { n = select("#", ...), ... }
  state.handle, state.owner = nil, nil
  local waiting = state.waiting
  state.waiting = nil
  for bell in pairs(waiting) do bell:ring() end
  local on_cancel = state.on_cancel
  state.on_cancel = nil
  if outcome == "cancelled" and on_cancel then on_cancel() end
end

-- Starts a function in another owner's tasks. What it raises while nobody waits is that owner's to tell.
local function spawn_in(owner, state, call, ...)
  local arguments = { n = select("#", ...), ... }
  local function note(ok, ...)
    if state.status ~= "running" then return end
    local is_heard = next(state.waiting) ~= nil
    end_as(state, ok and "done" or "failed", ...)
    if not ok and not is_heard then error((...), 0) end
  end
  return owner.spawn(function() note(yielding.protected(false, call, unpack(arguments, 1, arguments.n))) end)
end

-- Runs `call(...)` beside the running code; `on_cancel()` is called when it is cancelled. Returns the task; or nil, message,
-- details where nothing may wait.
function task.start(on_cancel, call, ...)
  local owner, message, details, refuses = loop.here()
  if owner == nil and not refuses.in_place then return nil, message, details end
  local state = { status = "running", waiting = {}, on_cancel = on_cancel }
  local is_ours = not owner or owner == tasks or owner.in_place
  if not is_ours and not owner.spawn then
    return errors.failure("unsupported_context", ("tasks cannot be started in %s; use its own"):format(owner.name))
  end
  if not is_ours then
    state.owner = owner
    state.handle = spawn_in(owner, state, call, ...)
    -- it may have ended at once
    if state.status ~= "running" then state.handle, state.owner = nil, nil end
  else
    state.owner = tasks
    state.handle = tasks.spawn(call, function(outcome, ...)
      local is_heard = next(state.waiting) ~= nil
      if outcome == "failed" then
        local problem, trace = ...
        end_as(state, outcome, problem)
        if not is_heard then tasks.raise_later(trace) end
      else
        end_as(state, outcome, ...)
      end
    end, ...)
  end
  return setmetatable({ [STATE] = state }, task_meta)
end

-- Public: llmspell.go.
function task.go(call, ...)
  errors.check_dot(call, "llmspell.go")
  if type(call) ~= "function" then
    errors.misuse(2, ("llmspell.go: expected a function, got %s"):format(errors.kind_of(call)))
  end
  local made, message, details = task.start(nil, call, ...)
  return made, message, details
end

-- stands for the bell of somebody who looks by himself
local NO_BELL = { ring = function() end }

-- Waits for the end of a task from where the running code may wait. Returns true; or nil, message, details; or nil and what is
-- wrong.
local function await(state)
  local owner, message, details = loop.here()
  if owner == nil then return nil, message, details end
  local is_ours = state.owner == tasks
  if is_ours and not tasks.await(state.handle, not owner or owner.in_place) then
    return nil, "it would never end: the task waits for the one that calls, or is the same"
  end
  local bell = owner and owner.bell() or NO_BELL
  state.waiting[bell] = true
  if owner then
    repeat bell:wait() until state.status ~= "running"
  else
    tasks.run(function() return state.status ~= "running" end)
  end
  if is_ours then tasks.await(nil) end
  return true
end

-- What the function returned; raises what it raised. Of a task that was cancelled: nil, message, details.
function methods.wait(self)
  local state = state_of(self, "wait")
  if state.status == "running" then
    local ok, message, details = await(state)
    if not ok and not details then errors.misuse(2, "task:wait: " .. message) end
    if not ok then return nil, message, details end
  end
  if state.status == "failed" then error(state.results[1], 0) end
  if state.status == "cancelled" then return errors.failure("cancelled", "the task was cancelled") end
  return unpack(state.results, 1, state.results.n)
end

-- Ends the task, and cancels its runs. One that is running ends at its next wait. Returns true.
function methods.cancel(self)
  local state = state_of(self, "cancel")
  if state.status ~= "running" then return true end
  local owner, handle = state.owner, state.handle
  if owner == tasks then
    tasks.kill(handle)
  else
    owner.kill(handle)
    end_as(state, "cancelled")
  end
  return true
end

-- "running", or how it ended: "done", "failed" or "cancelled".
function methods.status(self)
  return state_of(self, "status").status
end

function task_meta.__tostring(self)
  return ("llmspell.task (%s)"):format(rawget(self, STATE).status)
end

-- Public: llmspell.loop.
function task.loop(call)
  errors.check_dot(call, "llmspell.loop")
  if call ~= nil and type(call) ~= "function" then
    errors.misuse(2, ("llmspell.loop: expected a function or nothing, got %s"):format(errors.kind_of(call)))
  end
  local owner, message, details = loop.here()
  if owner == nil then return nil, message, details end
  if owner then
    errors.misuse(2, "llmspell.loop: an event loop is running already; call the function, or use llmspell.go(fn):wait()")
  end
  if not call then return tasks.run(function() return not tasks.is_any_left() end) end
  local main = task.start(nil, call)
  local state = main[STATE]
  state.waiting[NO_BELL] = true
  tasks.run(function() return state.status == "failed" or not tasks.is_any_left() end)
  return main:wait()
end

-- Public: llmspell.pcall, which a wait can cross in Lua 5.1 too.
function task.pcall(call, ...)
  errors.check_dot(call, "llmspell.pcall")
  return yielding.protected(false, call, ...)
end

-- Public: llmspell.sleep.
function task.sleep(ms)
  errors.check_dot(ms, "llmspell.sleep")
  if type(ms) ~= "number" or not (ms >= 0) or ms == math.huge then
    errors.misuse(2, ("llmspell.sleep: expected milliseconds, a number from 0 on, got %s"):format(
      type(ms) == "number" and tostring(ms) or errors.kind_of(ms)))
  end
  local owner, message, details = loop.here()
  if owner == nil then return nil, message, details end
  if owner then
    owner.sleep(ms)
  else
    tasks.pass(ms)
  end
  return true
end

return task
