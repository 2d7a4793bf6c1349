-- Which task waits for which session, for loops that cannot end a task from outside: it is ended through its runs. They are
-- cancelled, so that its calls return and it comes to its own end.
local _, _, raw = ...

local waits = {}

-- all weak: a task may be given up while it waits
local bells = setmetatable({}, { __mode = "kv" })
local sessions = setmetatable({}, { __mode = "kv" })
local ended = setmetatable({}, { __mode = "k" })

local function cancel(bell)
  local session = sessions[bell]
  if session and session.queue then raw.run_cancel(session.handle) end
end

-- A run has started whose session has this bell.
function waits.begin(session)
  sessions[session.bell] = session
end

-- A task begins to wait for a bell.
function waits.enter(task, bell)
  bells[task] = bell
  if ended[task] then cancel(bell) end
end

-- The wait is over.
function waits.leave(task)
  bells[task] = nil
end

-- The bell that a task waits for, if it does.
function waits.of(task)
  return bells[task]
end

-- A task begins anew.
function waits.forget(task)
  bells[task], ended[task] = nil, nil
end

-- Has the runs of a task end, the one that it waits for now and those of later.
function waits.finish(task)
  ended[task] = true
  if bells[task] then cancel(bells[task]) end
end

return waits
