-- Whether a handler that yields can be heard: its values pass to the coroutine that called us, which must be one that
-- somebody resumes.
local yielding = {}

local is_yieldable = coroutine.isyieldable

-- Lua 5.1 cannot yield through pcall. LuaJIT is not asked: in OpenResty a probe would yield through the `require` that
-- loads this.
local pcall_yields = jit ~= nil or coroutine.wrap(function()
  return (pcall(coroutine.yield, "probe"))
end)() == "probe"

-- coroutines of handlers whose own caller cannot pass a yield on: the reason, by coroutine
local blocked = setmetatable({}, { __mode = "k" })

local ON_MAIN = "the call came from the main thread, which nobody resumes; make it in a coroutine"
local IN_C = "there is a C function (like table.sort or, in Lua 5.1, pcall) between the call and its coroutine"
local IN_FOR = "Lua 5.1 cannot yield in a for loop's iterator; use stream:next() there"

-- The running coroutine, or nil on the main thread.
local function running()
  local thread, is_main = coroutine.running()
  if is_main then return nil end
  return thread
end

-- C functions that a yield can cross all the same: Lua 5.2 has some
local crossed = {}
if pcall_yields then
  for _, passes in ipairs { pcall, xpcall, dofile } do crossed[passes] = true end
end

-- In Lua 5.1 and 5.2 nobody tells whether a yield would work: looks for C functions on the stack.
local function c_function_below()
  local getinfo = debug and debug.getinfo
  if not getinfo then return false end
  local level = 2
  while true do
    local info = getinfo(level, "Sf")
    if not info then return false end
    if info.what == "C" and not crossed[info.func] then return true end
    level = level + 1
  end
end

-- Whether a C function that no yield can cross stands between here and the running coroutine's start.
function yielding.is_in_c()
  if is_yieldable then return not is_yieldable() end
  return c_function_below()
end

-- Why a yield of a handler would not be heard, or nil when it would. `in_for`: a for loop called us.
function yielding.obstacle(in_for)
  local thread = running()
  if not thread then return ON_MAIN end
  if blocked[thread] then return blocked[thread] end
  if is_yieldable then
    if not is_yieldable() then return IN_C end
    return nil
  end
  if in_for and not pcall_yields then return IN_FOR end
  if c_function_below() then return IN_C end
  return nil
end

-- Remembers for a handler's coroutine what stands in the way of its yields (nil: nothing), so that calls which the
-- handler makes know it too.
function yielding.remember(thread, obstacle)
  blocked[thread] = obstacle
end

local function pass_on(thread, ok, ...)
  if coroutine.status(thread) == "dead" then return ok, ... end
  return pass_on(thread, coroutine.resume(thread, coroutine.yield(...)))
end

-- pcall for a function that may have to yield. Where that cannot yield, a coroutine of its own protects the function, and
-- what it yields is passed on from here. `in_for` as in yielding.obstacle.
function yielding.protected(in_for, call, ...)
  if pcall_yields or not running() then return pcall(call, ...) end
  local thread = coroutine.create(call)
  -- the stack that a yield has to cross is the one from here
  blocked[thread] = yielding.obstacle(in_for)
  return pass_on(thread, coroutine.resume(thread, ...))
end

return yielding
