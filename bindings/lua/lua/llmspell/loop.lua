-- Which event loop the running code belongs to, and how it waits there. Code that belongs to none waits in place.
--
-- A loop (an owner) is a table:
--   here(thread)    true when the running code belongs to it and may yield, false when not; nil, message, details where
--                   nothing may wait. `thread` is the coroutine that a yield from here reaches, which is not the running
--                   one inside of a handler; nil when it reaches none (the main thread, a C function between)
--   bell()          a table with ring() and wait(ms), which returns when it was rung or the time is over, or for no reason
--   begin(session)  a run has started; nil, message, details when it cannot be waited for
--   leave(session)  the run has ended or is given up
--   sleep(ms), breathe()  lets other tasks go on
--   batch           how many events are taken in a row before breathe() is called
--   hold(fn, …)     optional: calls fn, a handler
--   in_place        true when a wait holds up the code below it on the stack
--   spawn(fn, on_end), kill(task)  optional: runs fn beside the running code and gives a handle of it; ends it from outside.
--                   With them, the tools that a model calls in one turn run side by side. Where a task can be ended at once,
--                   on_end("cancelled") is called then
--   kills_flat      true when nothing may wait in a coroutine that a task has resumed; then there is also
--   apart(fn, …)    calls fn where it may wait, whichever coroutine that is
--   turn(ms)        optional: lets the tasks of the loop go on from where nothing may yield, for about `ms` at most
local import = ...

local hosts = import("llmspell.loop.hosts")
local yielding = import("llmspell.yielding")

local loop = {}

-- what our own tasks are is known for sure, so they come first
local tasks = import("llmspell.loop.tasks")
local known = { tasks }
-- modules that bring a loop with tasks, and what waits in it; the program may require them before or after llmspell
local MODULES = { cqueues = "llmspell.loop.cqueues", copas = "llmspell.loop.copas" }
if hosts.openresty then known[#known + 1] = import("llmspell.loop.openresty") end
if hosts.neovim then known[#known + 1] = import("llmspell.loop.neovim") end

local function look_for_more()
  for module, file in pairs(MODULES) do
    -- while it loads there is something else in its place
    if type(package.loaded[module]) == "table" then
      MODULES[module] = nil
      table.insert(known, 2, import(file))
    end
  end
end

-- The loop that the running code belongs to, or false when it is none that we know; nil, message, details and that loop where
-- it may not wait at all. `in_for`: a for loop called us.
function loop.here(in_for)
  local loaded = package.loaded
  if loaded.cqueues and MODULES.cqueues or loaded.copas and MODULES.copas then look_for_more() end
  local thread
  -- OpenResty does not ask for it
  if not (hosts.openresty and #known == 2) or tasks.is_running() then thread = yielding.reaches(in_for) end
  for index = 1, #known do
    local mine, message, details = known[index].here(thread)
    if mine then return known[index] end
    if mine == nil then return nil, message, details, known[index] end
  end
  return false
end

return loop
