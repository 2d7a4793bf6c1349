-- Coroutines that we resume ourselves. A wait in one yields a token to us; its bell, or a timer, makes it ready; ready ones
-- are resumed in turn, a batch at a time, whenever the backend (backend.lua) says that there is news.
local import, _, raw = ...

local backend = import("llmspell.loop.backend")
local hub = import("llmspell.hub")
local interrupt = import("llmspell.interrupt")
local leaving = import("llmspell.leaving")
local timers = import("llmspell.loop.timers")
local yielding = import("llmspell.yielding")

local tasks = { name = "llmspell" }

-- most tasks that are resumed before the event loop has its turn
local BATCH = 64
-- how long they may take together before no other one is resumed
local TURN_MS = 10
-- longest wait in place, so that Ctrl-C is heard between two
local SLICE_MS = 50

-- what a wait yields to us; whatever else comes out of a task was yielded by the program, to let others go on
local WAIT = {}

local close_coroutine = coroutine.close
local unpack = table.unpack or unpack

-- The task that is being resumed. A task: {thread, arguments, on_end, state, bell, timer, sessions, awaits, doomed}.
-- `state` is "ready", "waiting", "running", or nil once it has ended; `bell` is the one that it waits for, till `timer` at
-- most, `awaits` the task that it does; one that is `doomed` ends at its next wait.
local current
local live = {}
local ready, first, last = {}, 1, 0
-- errors that ended tasks and that nobody waits for: {problem}
local unheard = {}
-- those that somebody waits for, until he has heard them: {problem, fate}
local untold = {}
-- calls of step() that are under way, one inside the other, and when the last one began
local depth, began = 0, 0

local function push(task)
  task.state = "ready"
  last = last + 1
  ready[last] = task
end

-- Passes on to the event loop the errors that nobody will hear any more, because whoever waited has left meanwhile.
local function sift()
  local kept = 0
  for index = 1, #untold do
    local entry = untold[index]
    local fate = entry.fate()
    untold[index] = nil
    if fate == "waited for" then
      kept = kept + 1
      untold[kept] = entry
    elseif fate == "left" then
      unheard[#unheard + 1] = entry
    end
  end
end

-- Tells the backend what to wake us for.
local function tell_backend()
  if untold[1] then sift() end
  if depth == 0 or backend.nests() then backend.arrange(next(live) ~= nil, first <= last or #unheard > 0) end
end

-- Ends a task for good. `outcome` is "done", "failed" or "cancelled", what follows its results or its error and traceback.
local function finish(task, outcome, ...)
  local on_end, sessions = task.on_end, task.sessions
  live[task] = nil
  if task.timer then timers.cancel(task.timer) end
  task.state, task.thread, task.bell, task.timer, task.awaits = nil, nil, nil, nil, nil
  task.arguments, task.sessions, task.on_end = nil, nil, nil
  if outcome ~= "done" then
    for session in pairs(sessions) do
      if session.task == task then leaving.release(session) end
    end
  end
  if on_end then on_end(outcome, ...) end
  tell_backend()
end

-- Ends a task that is not running. In Lua 5.4 its <close> variables are closed; elsewhere nothing of it runs any more.
local function stop(task)
  local thread = task.thread
  yielding.drop(thread)
  finish(task, "cancelled")
  if close_coroutine then
    local ok, problem = close_coroutine(thread)
    if not ok then tasks.raise_later(problem) end
  end
end

local function traceback(thread, problem)
  if type(problem) == "string" and debug and debug.traceback then return debug.traceback(thread, problem) end
  return problem
end

-- Goes on after a task's coroutine returned, raised or yielded: `before` was being resumed outside of it, then the results
-- of resume.
local function settle(before, task, thread, ok, ...)
  current = before
  if not ok then return finish(task, "failed", (...), traceback(thread, (...))) end
  if coroutine.status(thread) == "dead" then return finish(task, task.doomed and "cancelled" or "done", ...) end
  if task.doomed then return stop(task) end
  if (...) ~= WAIT then return push(task) end
  task.state = "waiting"
end

local function arguments_of(task)
  local arguments = task.arguments
  if not arguments then return end
  task.arguments = nil
  return unpack(arguments, 1, arguments.n)
end

local function resume(task)
  local before, thread = current, task.thread
  current, task.state = task, "running"
  return settle(before, task, thread, coroutine.resume(thread, arguments_of(task)))
end

-- Resumes what is ready, once each, up to a batch.
local function run_batch()
  hub.pump()
  timers.ring()
  local most = math.min(last, first + BATCH - 1)
  began = timers.now()
  local till = began + TURN_MS
  while first <= most and first <= last and timers.now() < till do
    local task = ready[first]
    ready[first] = nil
    first = first + 1
    if task.state == "ready" then resume(task) end
  end
  if first > last then first, last = 1, 0 end
end

-- An interrupt (Ctrl-C) came between any two steps of ours: queues anew what may go on.
local function mend(problem)
  ready, first, last = {}, 1, 0
  local dead = {}
  for task in pairs(live) do
    local status = coroutine.status(task.thread)
    if status == "dead" then
      dead[#dead + 1] = task
    elseif status == "suspended" and task.state ~= "waiting" then
      push(task)
    end
  end
  local known = #unheard
  for _, task in ipairs(dead) do finish(task, "failed", problem, problem) end
  -- who called us hears of it
  while #unheard > known do unheard[#unheard] = nil end
  for index = #untold, 1, -1 do
    if untold[index].problem == problem then table.remove(untold, index) end
  end
end

-- Runs what is ready. Outside of tasks it raises the errors that nobody waits for, one at a time.
function tasks.step()
  local before = current
  depth = depth + 1
  local ok, problem = pcall(run_batch)
  depth = depth - 1
  current = before
  if not ok and depth == 0 then mend(problem) end
  tell_backend()
  if not ok then error(problem, 0) end
  if depth == 0 and unheard[1] then
    local entry = table.remove(unheard, 1)
    tell_backend()
    error(entry.problem, 0)
  end
end

-- Has an error raised out of the event loop.
function tasks.raise_later(problem)
  unheard[#unheard + 1] = { problem = problem }
  tell_backend()
end

-- Has an error raised out of the event loop if whoever waits for it leaves before he has heard it. `fate()` says how it
-- stands: "waited for", "told" or "left".
function tasks.raise_if_left(problem, fate)
  untold[#untold + 1] = { problem = problem, fate = fate }
end

-- Somebody has left a wait for a task by an error.
function tasks.wait_left()
  if untold[1] then tell_backend() end
end

-- Cancels the runs of all tasks, which go on to hear of it.
function tasks.cancel_runs()
  for task in pairs(live) do
    for session in pairs(task.sessions) do
      if session.task == task and not session.ended then raw.run_cancel(session.handle) end
    end
  end
end

-- Whether a task is left.
function tasks.is_any_left()
  if untold[1] then sift() end
  return next(live) ~= nil or unheard[1] ~= nil
end

-- Milliseconds until step() has something to do by itself, 0 when it has already; nil when there is no such time.
function tasks.due()
  if untold[1] then sift() end
  if first <= last or unheard[1] then return 0 end
  return timers.due()
end

-- Lets tasks go on from where nothing may yield, and waits `ms` at most when none is ready, unless `is_done()` by then.
function tasks.turn(ms, is_done)
  interrupt.heed()
  tasks.step()
  if first <= last or (is_done and is_done()) then return end
  local due = timers.due()
  if due and due < ms then ms = math.ceil(due) end
  if depth == 0 and backend.turn(ms) then return end
  local waker, message = hub.waker()
  if not waker then error(message, 0) end
  hub.pump(ms)
end

-- Runs tasks from where nothing may yield until `is_done()`.
function tasks.run(is_done)
  while not is_done() do tasks.turn(SLICE_MS, is_done) end
end

-- The same for about `ms`.
function tasks.pass(ms)
  local over = false
  timers.add(ms, { ring = function() over = true end })
  tasks.run(function() return over end)
end

-- Notes which task the running one is about to wait for (nil: none any more), `in_place` or not. False when that wait could
-- never end.
function tasks.await(task, in_place)
  local other = task
  while other do
    -- what lies below us on the stack goes on when we return
    if other == current or (in_place and other.state == "running") then return false end
    other = other.awaits
  end
  if current then current.awaits = task end
  return true
end

-- The owner of the code that runs in a task; loop.lua tells what an owner has.

-- Whether the code that runs now was begun by one.
function tasks.is_running()
  return current ~= nil
end

function tasks.here(thread)
  return current ~= nil and thread ~= nil and thread == current.thread
end

local bell_meta = {}
bell_meta.__index = bell_meta

function bell_meta.ring(self)
  local waiting = self.waiting
  local woken = false
  for index = #waiting, 1, -1 do
    local task = waiting[index]
    waiting[index] = nil
    if task.bell == self and task.state == "waiting" then
      push(task)
      woken = true
    end
  end
  if woken then
    tell_backend()
  else
    self.rung = true
  end
end

function bell_meta.wait(self, ms)
  if self.rung then
    self.rung = false
    return
  end
  local task, session = current, self.session
  if session then
    session.task = task
    task.sessions[session] = true
  end
  self.waiting[#self.waiting + 1] = task
  local timer = ms and timers.add(ms, self)
  task.bell, task.timer = self, timer
  coroutine.yield(WAIT)
  task.bell, task.timer = nil, nil
  if timer then timers.cancel(timer) end
end

function tasks.bell()
  return setmetatable({ waiting = {}, rung = false }, bell_meta)
end

-- A run belongs to the task that began it or waited for it last, and ends with that when it is cancelled.
function tasks.begin(session)
  session.task, session.bell.session = current, session
  current.sessions[session] = true
  return true
end

function tasks.leave(session)
  session.task = nil
end

function tasks.sleep(ms)
  local bell = tasks.bell()
  local till = timers.now() + ms
  repeat
    bell:wait(till - timers.now())
  until timers.now() >= till
end

function tasks.breathe()
  -- a loop that wants to be asked often is left only when it is time
  if not tasks.batch or timers.now() - began >= TURN_MS then coroutine.yield() end
end

-- Runs `call` in a task of its own, from the next turn on. Raises what the program's loop raises. `on_end(outcome, …)`, if given, hears how it ended, see finish().
function tasks.spawn(call, on_end, ...)
  local task = {
    thread = yielding.coroutine(call),
    arguments = select("#", ...) > 0 and { n = select("#", ...), ... } or nil,
    on_end = on_end,
    sessions = setmetatable({}, { __mode = "k" }),
  }
  live[task] = true
  push(task)
  local ok, problem = pcall(tell_backend)
  if not ok then
    -- the program's loop will not run it
    live[task], task.state, ready[last] = nil, nil, nil
    last = last - 1
    error(problem, 0)
  end
  return task
end

-- Ends a task and cancels its runs; one that is running at its next wait.
function tasks.kill(task)
  if not task.state then return end
  task.doomed = true
  if coroutine.status(task.thread) == "suspended" then stop(task) end
end

backend.begin(tasks.step, tell_backend)

return tasks
