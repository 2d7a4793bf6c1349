-- The collector's pause and pace, by the name that the running Lua has for them.
local collector = {}

-- Sets them, in percent; gives what they were.
function collector.tune(pause, step)
  if _VERSION == "Lua 5.5" then
    collectgarbage("incremental")
    return collectgarbage("param", "pause", pause), collectgarbage("param", "stepmul", step)
  end
  return collectgarbage("setpause", pause), collectgarbage("setstepmul", step)
end

return collector
