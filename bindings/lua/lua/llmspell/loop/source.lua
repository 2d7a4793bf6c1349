-- Our tasks as one object for a loop of the program's own over a list of descriptors: LuaSocket's select, cqueues' poll, poll(2).
local import, _, raw = ...

local errors = import("llmspell.errors")
local hub = import("llmspell.hub")
local tasks = import("llmspell.loop.tasks")

local source = {}

local methods = {}
local source_meta = { __index = methods, __name = "llmspell.source", __tostring = function() return "llmspell.source" end }

-- The descriptor to watch for reading. It stays the same until the process forks.
function methods.getfd()
  local waker, message = hub.waker()
  local fd
  if waker then fd, message = errors.pass(raw.waker_fd(waker)) end
  if not fd then error("llmspell.source: " .. message, 2) end
  return fd
end

methods.pollfd = methods.getfd

-- What to watch it for.
function methods.events()
  return "r"
end

-- Whether step() has something to do at once.
function methods.dirty()
  return tasks.due() == 0
end

-- Seconds until step() has something to do although the descriptor is not readable; nil when there is no such time.
function methods.timeout()
  local ms = tasks.due()
  return ms and ms / 1000
end

-- Runs what is ready, without waiting. Raises the error of a task that nobody waits for.
function methods.step()
  tasks.step()
end

-- Public: llmspell.source.
function source.new(given)
  errors.check_dot(given, "llmspell.source")
  return setmetatable({}, source_meta)
end

return source
