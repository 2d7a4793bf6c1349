-- Waiting in cqueues, and so in lua-http. Each session has a condition. Of the tasks of a controller that wait, one, the
-- leader, polls the waker's descriptor beside its own condition, and signals those of the others; when it goes on it hands
-- that to the next. So nothing keeps a controller's loop going but the tasks that wait, and news wakes those it is for.
local import = ...

local hub = import("llmspell.hub")
local waits = import("llmspell.loop.waits")
local yielding = import("llmspell.yielding")

local core = require("cqueues")
local new_condition = require("cqueues.condition").new

local cqueues = { name = "cqueues" }

local running, poll, now, sleep = core.running, core.poll, core.monotime, core.sleep

-- how long one who is not the leader waits before it looks itself: a leader may be lost (an interrupt, a lack of memory)
local LOOK_S = 2

-- coroutines that were seen to be resumed by a controller
local tasks = setmetatable({}, { __mode = "k" })
-- by controller: the bells that are waited for, and the leader's. Bells are weak, for a coroutine may be given up while it
-- waits.
local waiting = setmetatable({}, { __mode = "k" })
local leaders = setmetatable({}, { __mode = "kv" })

yielding.before_adopting(function()
  local controller, direct = running()
  if controller and direct then tasks[coroutine.running()] = true end
end)

local source = { events = "r" }

function cqueues.here(thread)
  local controller, direct = running()
  if not controller or not thread then return false end
  if thread ~= coroutine.running() then return tasks[thread] == true end
  tasks[thread] = direct or nil
  return direct
end

local bell_meta = {}
bell_meta.__index = bell_meta

function bell_meta.ring(self)
  self.rung = true
  self.condition:signal()
end

-- Makes another one that waits the leader.
local function hand_over(controller)
  local heir
  for bell in pairs(waiting[controller]) do
    if not bell.rung and not yielding.is_dropped(bell.thread) then
      heir = bell
      break
    end
  end
  leaders[controller] = heir
  if heir then heir.condition:signal() end
end

-- Waits for the bell as the leader, or until another one that is it rings.
local function wait_with(self, controller, deadline)
  repeat
    local leader = leaders[controller]
    if not leader or yielding.is_dropped(leader.thread) then leaders[controller] = self end
    local limit = deadline and math.max(deadline - now(), 0)
    if leaders[controller] == self then
      source.pollfd = hub.descriptor()
      poll(self.condition, source, limit)
      hub.pump()
    else
      poll(self.condition, limit and limit < LOOK_S and limit or LOOK_S)
      -- the leader hears all news first, unless there is none any more
      if not self.rung and leaders[controller] ~= self and hub.pump() then leaders[controller] = self end
    end
  until self.rung or (deadline and now() >= deadline)
end

function bell_meta.wait(self, ms)
  hub.pump()
  if not self.rung then
    local controller = running()
    local task = yielding.reaches()
    waiting[controller] = waiting[controller] or setmetatable({}, { __mode = "k" })
    self.thread = coroutine.running()
    waiting[controller][self] = true
    waits.enter(task, self)
    wait_with(self, controller, ms and now() + ms / 1000)
    waits.leave(task)
    waiting[controller][self] = nil
    if leaders[controller] == self then hand_over(controller) end
  end
  self.rung = false
end

function cqueues.bell()
  return setmetatable({ condition = new_condition(), rung = false }, bell_meta)
end

function cqueues.begin(session)
  waits.begin(session)
  return true
end

function cqueues.leave() end

function cqueues.sleep(ms)
  sleep(ms / 1000)
end

-- Lets other tasks of the controller go on.
function cqueues.breathe()
  sleep(0)
end

-- by controller: the handles of tasks that have not begun
local unbegun = setmetatable({}, { __mode = "k" })

-- Runs `call` in a task of the same controller. Returns a handle for cqueues.kill. A controller begins first what was given to
-- it last; tasks that are spawned begin in the order of the calls.
function cqueues.spawn(call)
  local controller, handle = running(), { call = call }
  local queue = unbegun[controller] or {}
  unbegun[controller] = queue
  queue[#queue + 1] = handle
  controller:wrap(function()
    local first = table.remove(queue, 1)
    first.task = coroutine.running()
    if not first.killed then first.call() end
    first.task = nil
  end)
  return handle
end

-- Ends a task of cqueues.spawn: before it has begun at once, later as soon as what it waits for lets it.
function cqueues.kill(handle)
  handle.killed = true
  if handle.task then waits.finish(handle.task) end
end

return cqueues
