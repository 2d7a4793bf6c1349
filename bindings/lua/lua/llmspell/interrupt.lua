-- Ctrl-C while a coroutine waits: what the interpreter's signal handler set on the main thread (src/hook.c) is raised in
-- the coroutine instead.
local import, native = ...

local hosts = import("llmspell.loop.hosts")

local interrupt = {}

local gethook = debug and debug.gethook

-- Raises an interrupt that came since the last call; to be called often while a wait lasts.
function interrupt.heed()
  local main = native.main_thread()
  -- a hook that is a Lua function was set by the program and is bound to the thread it was set on
  if not main or (gethook and type(gethook(main)) == "function") then return end
  native.take_hook(main)
end

-- nobody can interrupt an nginx worker
if hosts.openresty then interrupt.heed = function() end end

return interrupt
