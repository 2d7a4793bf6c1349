-- Which event loop the running code belongs to, and how it waits there. Code that belongs to none waits in place.
--
-- A loop is a table:
--   here()          true when the running code belongs to it and may yield, false when not; nil, message, details where
--                   nothing may wait
--   bell()          a table with ring() and wait(ms), which returns when it was rung or the time is over
--   begin(session)  a run has started; nil, message, details when it cannot be waited for
--   leave(session)  the run has ended or is given up
--   sleep(ms), breathe()  lets other tasks go on
--   batch           how many events are taken in a row before breathe() is called
--   in_place        true when a wait holds up the code below it on the stack
local import = ...

local loop = {}

local known = {}
if type(ngx) == "table" and ngx.get_phase then known[#known + 1] = import("llmspell.loop.openresty") end
-- Vim has a table of that name too, and so do the threads of Neovim's luv, which have no event loop
if type(vim) == "table" and vim.wait and vim.api and vim.schedule and not (vim.is_thread and vim.is_thread()) then
  known[#known + 1] = import("llmspell.loop.neovim")
end

-- The loop that the running code belongs to, or false when it is none that we know; nil, message, details where it may not
-- wait at all.
function loop.here()
  for index = 1, #known do
    local mine, message, details = known[index].here()
    if mine then return known[index] end
    if mine == nil then return nil, message, details end
  end
  return false
end

return loop
