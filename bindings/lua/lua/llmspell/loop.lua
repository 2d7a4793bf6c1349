-- Which event loop the running code belongs to, and how it waits there. Code that belongs to none waits in place.
--
-- A loop is a table:
--   here()          true when the running code belongs to it and may yield, false when not; nil, message, details where
--                   nothing may wait
--   bell()          a table with ring() and wait(ms), which returns when it was rung or the time is over
--   begin(session)  a run has started; nil, message, details when it cannot be waited for
--   leave(session)  the run has ended or is given up
--   sleep(ms), breathe()  lets other tasks go on
local import = ...

local loop = {}

local known = {}
if type(ngx) == "table" and ngx.get_phase then known[#known + 1] = import("llmspell.loop.openresty") end

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
