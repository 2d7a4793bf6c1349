-- Waiting in OpenResty inside of a coroutine that the program made. When a request is aborted nginx cleans up after what its
-- light threads wait for, but not after its coroutines: a timer or a socket of theirs would find memory that is freed, and bring
-- the worker down. So a light thread waits instead, and the coroutine for that thread, which leaves nothing to clean up.
local threads = {}

local running = coroutine.running

-- nginx's own table of its threads, an array, once it is found
local anchors
-- whether a coroutine is one of nginx's threads
local known = setmetatable({}, { __mode = "k" })

local function holds(list, thread)
  for index = #list, 1, -1 do
    if rawequal(rawget(list, index), thread) then return true end
  end
  return false
end

-- Finds nginx's table of threads, in Lua's registry; to be called in a thread.
local function find_anchors()
  local getregistry = debug and debug.getregistry
  local thread = running()
  for _, list in pairs(getregistry and getregistry() or {}) do
    if type(list) == "table" and holds(list, thread) then anchors = list end
  end
end

-- Whether the running coroutine is one of nginx's threads; false when nobody can tell.
local function is_thread()
  local thread = running()
  local is = known[thread]
  if is ~= nil then return is end
  if not anchors then return false end
  is = holds(anchors, thread)
  known[thread] = is
  return is
end

local function passed(ok, ...)
  if not ok then error((...), 0) end
  return ...
end

local function results(_, ...)
  return passed(...)
end

local function protected(call, ...)
  if not anchors then find_anchors() end
  return pcall(call, ...)
end

-- Calls a function that may wait, in a light thread unless the running coroutine is one. Returns what it returns, raises what
-- it raises.
function threads.apart(call, ...)
  if is_thread() then return call(...) end
  return results(ngx.thread.wait(ngx.thread.spawn(protected, call, ...)))
end

return threads
