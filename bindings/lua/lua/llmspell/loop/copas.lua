-- Waiting in copas, 1 to 4. Who waits reads, as copas sees it, from an object that copas' select takes for a socket: each has
-- one of its own, and all have the waker's descriptor. When there is news, select finds one of them readable; that one
-- rings the bells of all, whose objects then say that they are `dirty` (hold data), which select tells of each in turn.
-- So nobody has a part that another would have to take over, and a task that is removed leaves nothing behind.
local import, native = ...

local hub = import("llmspell.hub")
local waits = import("llmspell.loop.waits")

local core = require("copas")
local now = require("socket").gettime

local copas = { name = "copas" }

local getinfo, getlocal = debug and debug.getinfo, debug and debug.getlocal
local pause = core.pause or core.sleep

-- what copas resumes its tasks in; its first two locals are the task's coroutine and the socket that is its turn's reason
local tick

local function find_tick(call, depth)
  for index = 1, 60 do
    local name, value = debug.getupvalue(call, index)
    if not name then return nil end
    if name == "_doTick" then return value end
    if depth > 0 and type(value) == "function" and name:find("thread") then
      local found = find_tick(value, depth - 1)
      if found then return found end
    end
  end
end

if getinfo and debug.getupvalue then tick = find_tick(core.addnamedthread or core.addthread, 1) end

-- The coroutine that copas resumed last of those that run now, and the socket that was the reason.
local function current()
  local thread, socket = native.main_thread(), nil
  local found
  while thread do
    local inner
    local level = 0
    while true do
      local info = getinfo(thread, level, "f")
      if not info then break end
      if info.func == tick then
        local _
        _, inner = getlocal(thread, level, 1)
        _, socket = getlocal(thread, level, 2)
        break
      end
      level = level + 1
    end
    if inner then found = inner end
    thread = inner
  end
  return found, socket
end

-- In Lua 5.1 coroutines of coxpcall pass the yields of a protected call on.
local function behind_coxpcall(thread)
  local coxpcall = package.loaded.coxpcall
  local running = type(coxpcall) == "table" and coxpcall.running
  -- where pcall can be yielded across, that is Lua's own
  if not running or running == coroutine.running then return thread end
  return running(thread)
end

function copas.here(thread)
  return thread ~= nil and tick ~= nil and current() == behind_coxpcall(thread)
end

-- bells that have a time at which they are due, in copas 1
local due = setmetatable({}, { __mode = "k" })
-- A bell is what select takes for a socket.
local bell_meta = {}
bell_meta.__index = bell_meta

function bell_meta.ring(self)
  self.rung = true
  if self.napping then core.wakeup(self.napping) end
end

function bell_meta.getfd()
  return hub.descriptor()
end

function bell_meta.dirty(self)
  return self.rung or (due[self] ~= nil and now() >= due[self])
end

function bell_meta.receive(self)
  -- copas asks once before it waits
  if self.asked then hub.pump() end
  if self.asked and self:dirty() then return "" end
  self.asked = true
  return nil, "timeout"
end

-- Up to version 3 copas closes the socket that was the reason for a task's last turn: that is the one before ours.
function bell_meta.close(self)
  if self.behind then return self.behind:close() end
end

function bell_meta.__tostring(self)
  return self.behind and tostring(self.behind) or "llmspell"
end

local function wait_for(self, socket)
  if getmetatable(socket) == bell_meta then socket = socket.behind end
  self.behind, self.asked = socket, false
  core.receive(self)
end

-- Copas 1 has no timers: its steps are told when the next bell is due.
local function add_timers()
  local step = core.step
  function core.step(timeout)
    for _, time in pairs(due) do
      local left = math.max(time - now(), 0)
      timeout = timeout and math.min(timeout, left) or left
    end
    return step(timeout)
  end
end

if not pause then add_timers() end

local function nap(self, task, seconds, socket)
  if pause then
    self.napping = task
    pause(seconds)
    self.napping = nil
    hub.pump()
  else
    due[self] = now() + seconds
    wait_for(self, socket)
    due[self] = nil
  end
end

function bell_meta.wait(self, ms)
  hub.pump()
  if not self.rung then
    local task, socket = current()
    waits.enter(task, self)
    if ms then
      nap(self, task, ms / 1000, socket)
    else
      wait_for(self, socket)
    end
    waits.leave(task)
  end
  self.rung = false
end

function copas.bell()
  return setmetatable({ rung = false }, bell_meta)
end

function copas.begin(session)
  waits.begin(session)
  return true
end

function copas.leave() end

function copas.sleep(ms)
  local task, socket = current()
  nap(copas.bell(), task, ms / 1000, socket)
end

-- Lets other tasks go on.
function copas.breathe()
  copas.sleep(0)
end

-- Runs `call` in a task of its own. Returns a handle for copas.kill.
function copas.spawn(call)
  return core.addthread(function()
    -- up to version 3 the first turn comes at once, inside of the task that spawned this one
    nap(copas.bell(), coroutine.running(), 0)
    return call()
  end)
end

-- copas drops a removed task when it would resume it: what it waits for must come.
local remove = core.removethread
if remove then
  function core.removethread(thread)
    local bell = waits.of(thread)
    if bell then
      waits.finish(thread)
      bell.rung = true
    end
    return remove(thread)
  end
end

-- Ends a task of copas.spawn: at once where copas can remove one, else as soon as what it waits for lets it.
function copas.kill(thread)
  if coroutine.status(thread) == "dead" then return end
  waits.finish(thread)
  if remove then core.removethread(thread) end
end

return copas
