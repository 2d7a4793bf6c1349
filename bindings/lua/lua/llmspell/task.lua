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

-- Key of what is known of a task in its own table: {status, results, handle, owner, waiting, is_told, on_cancel}. `waiting` has
-- the coroutines that wait for its end, by the bell that wakes them, until they have left the wait; `is_told`: its error was
-- raised in one of them.
local STATE = {}

-- stands for a coroutine that only its loop knows more of, and for the main thread
local SOMEBODY = {}

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
  for bell in pairs(state.waiting) do bell:ring() end
  local on_cancel = state.on_cancel
  state.on_cancel = nil
  if outcome == "cancelled" and on_cancel then on_cancel() end
end

-- All weak: a coroutine may be given up while it waits.
local function new_waiting()
  return setmetatable({}, { __mode = "kv" })
end

-- Whether somebody waits for a task who hears how it ends.
local function is_heard(state)
  for _, thread in pairs(state.waiting) do
    if thread == SOMEBODY or not yielding.is_dropped(thread) then return true end
  end
  return false
end

-- Starts a function in another owner's tasks. What it raises while nobody waits is that owner's to tell.
local function spawn_in(owner, state, call, ...)
  local arguments = { n = select("#", ...), ... }
  local function note(ok, ...)
    if state.status ~= "running" then return end
    local heard = is_heard(state)
    end_as(state, ok and "done" or "failed", ...)
    if not ok and not heard then error((...), 0) end
  end
  return owner.spawn(function() note(yielding.protected(false, call, unpack(arguments, 1, arguments.n))) end)
end

-- Runs `call(...)` beside the running code; `on_cancel()` is called when it is cancelled. Returns the task; or nil, message,
-- details where nothing may wait.
function task.start(on_cancel, call, ...)
  local owner, message, details, refuses = loop.here()
  if owner == nil and not refuses.in_place then return nil, message, details end
  local state = { status = "running", waiting = new_waiting(), on_cancel = on_cancel }
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
      local heard = is_heard(state)
      if outcome == "failed" then
        local problem, trace = ...
        end_as(state, outcome, problem)
        if not heard then return tasks.raise_later(trace) end
        tasks.raise_if_left(trace, function()
          if state.is_told then return "told" end
          return is_heard(state) and "waited for" or "left"
        end)
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

-- Calls `wait(...)`, which waits for the end of a task; whoever waits is rung by `bell`. Returns as pcall does.
local function hear(state, owner, bell, wait, ...)
  state.waiting[bell] = owner == tasks and coroutine.running() or SOMEBODY
  local ok, problem = yielding.protected(false, wait, ...)
  state.waiting[bell] = nil
  if not ok then tasks.wait_left() end
  return ok, problem
end

-- the bell of somebody who looks by himself
local function no_bell()
  return { ring = function() end }
end

local function until_ended(state, bell)
  repeat bell:wait() until state.status ~= "running"
end

-- Whether the running code, in `owner`, can wait for a task without holding up what the task needs. True; or nil and why not.
local function can_end(state, owner)
  local in_place = not owner or owner.in_place
  if state.owner == tasks then
    if tasks.await(state.handle, in_place) then return true end
    return nil, "it would never end: the task waits for the one that calls, or is the same"
  end
  if not in_place then return true end
  return nil, ("it would never end: the task runs in the event loop of %s, which cannot go on while this code waits; wait in a "
    .. "task of %s, or look at task:status() when its loop has run"):format(state.owner.name, state.owner.name)
end

-- Waits for the end of a task from where the running code may wait. Returns true; or nil, message, details; or nil and what is
-- wrong.
local function await(state)
  local owner, message, details = loop.here()
  if owner == nil then return nil, message, details end
  local ok, problem = can_end(state, owner)
  if not ok then return nil, problem end
  local is_ours = state.owner == tasks
  if owner then
    local bell = owner.bell()
    ok, problem = hear(state, owner, bell, until_ended, state, bell)
  else
    ok, problem = hear(state, owner, no_bell(), tasks.run, function() return state.status ~= "running" end)
  end
  if is_ours then tasks.await(nil) end
  if not ok then error(problem, 0) end
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
  if state.status == "failed" then
    state.is_told = true
    error(state.results[1], 0)
  end
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
  local ok, problem = hear(state, owner, no_bell(), tasks.run, function()
    return state.status == "failed" or not tasks.is_any_left()
  end)
  if not ok then error(problem, 0) end
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
