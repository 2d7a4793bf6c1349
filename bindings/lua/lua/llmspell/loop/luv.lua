-- luv's event loop (libuv) as what wakes our tasks. Handles are kept and used again: luv 1.44 crashes when a program ends
-- before the loop has seen that one was closed.
local luv = {}

-- The loop over a luv module, which Neovim has too.
function luv.over(uv, name)
  local loop = { name = name }
  local polls, idle_timers = {}, {}

  function loop.watch(fd, on_readable)
    local poll = polls[fd] or assert(uv.new_poll(fd))
    polls[fd] = poll
    poll:start("r", function() on_readable() end)
    return function() poll:stop() end
  end

  -- Starts a timer whose callback is `call`; returns what gives it back.
  local function start(ms, call)
    local timer = table.remove(idle_timers) or uv.new_timer()
    -- the loop's own time is that of its last turn
    uv.update_time()
    timer:start(ms, 0, call)
    return function()
      if not timer then return end
      timer:stop()
      idle_timers[#idle_timers + 1] = timer
      timer = nil
    end
  end

  function loop.after(ms, call)
    local stop
    stop = start(ms, function()
      stop()
      call()
    end)
    return stop
  end

  function loop.defer(call)
    return loop.after(0, call)
  end

  -- Inside a callback the loop cannot go on.
  function loop.turn(ms)
    if not uv.loop_mode or uv.loop_mode() then return false end
    -- no Lua function: Ctrl-C would be raised in that, where luv ends the program
    local stop = start(ms, os.clock)
    uv.run("once")
    stop()
    return true
  end

  return loop
end

-- The loop of the program; or nil and what is missing.
function luv.find()
  local ok, uv = pcall(require, "luv")
  if not ok then return nil, "luv is not installed, or not for this Lua: " .. tostring(uv) end
  return luv.over(uv, "luv")
end

return luv
