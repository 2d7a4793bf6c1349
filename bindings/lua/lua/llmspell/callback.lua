-- Calls that tell a function what came of them instead of waiting.
local import = ...

local errors = import("llmspell.errors")
local task = import("llmspell.task")
local yielding = import("llmspell.yielding")

local callback = {}

-- Raises at the caller of agent:`method` unless `call` may be a callback.
function callback.check(call, method)
  if call ~= nil and type(call) ~= "function" then
    errors.misuse(3, ("agent:%s: the callback must be a function, got %s"):format(method, errors.kind_of(call)))
  end
end

-- Calls `work(…)` in a task and `call` with what it returns: a value; or nil, message, details. `call` is called once, whatever
-- happens, also when the task is cancelled. Returns the task; where nothing may wait, `call` has been told when this
-- returns nil, message, details.
function callback.start(call, work, ...)
  local is_told = false
  local function tell(value, message, details)
    if is_told then return end
    is_told = true
    call(value, message, details)
  end
  local function tell_of_cancel()
    if not is_told then task.start(nil, tell, errors.failure("cancelled", "the run was cancelled")) end
  end
  local made, problem, more = task.start(tell_of_cancel, function(...)
    local ok, value, message, details = yielding.protected(false, work, ...)
    if not ok then
      -- an interrupt, mostly, which goes on to whoever runs the event loop
      tell(errors.failure("internal", tostring(value)))
      error(value, 0)
    end
    tell(value, message, details)
    if value == nil then return nil, message, details end
    return value
  end, ...)
  if not made then tell(nil, problem, more) end
  return made, problem, more
end

return callback
