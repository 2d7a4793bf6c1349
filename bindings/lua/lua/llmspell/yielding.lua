-- Whether a handler that yields can be heard: its values pass to the coroutine that called us, which must be one that
-- somebody resumes.
local _, native = ...

local yielding = {}

local is_yieldable = coroutine.isyieldable or native.is_yieldable

-- Lua 5.1 cannot yield through pcall. LuaJIT is not asked: in OpenResty a probe would yield through the `require` that
-- loads this.
local pcall_yields = jit ~= nil or coroutine.wrap(function()
  return (pcall(coroutine.yield, "probe"))
end)() == "probe"

-- Coroutines of the driver, which pass what they yield on to the one that resumes them. Where that cannot: the reason.
local blocked = setmetatable({}, { __mode = "k" })
-- the one that resumes them; weak on both sides, since its stack refers to them
local behind = setmetatable({}, { __mode = "kv" })
-- those that nobody will resume again
local dropped = setmetatable({}, { __mode = "k" })
local before_adopting

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

-- Lua 5.1: whether the function at that level of the stack is calling the iterator of a for loop. The loop's own variables are
-- the last that it has then; in the loop's body others follow.
local function is_asking_iterator(level)
  local index, last = 1, nil
  while true do
    local name = debug.getlocal(level, index)
    if not name or name == "(*temporary)" then return last == "(for control)" end
    index, last = index + 1, name
  end
end

-- In Lua 5.1 and 5.2 nobody tells whether a yield would work: looks for C functions on the stack, and in 5.1 for iterators.
local function c_function_below()
  local getinfo = debug and debug.getinfo
  if not getinfo then return false end
  local level = 2
  while true do
    local info = getinfo(level, "Sf")
    if not info then return false end
    if info.what == "C" and not crossed[info.func] then return true end
    if not pcall_yields and info.what ~= "tail" and is_asking_iterator(level + 1) then return true end
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

-- The coroutine that a yield from here reaches: the running one, or the one behind coroutines of the driver; nil when there
-- is none. `in_for` as in yielding.obstacle.
function yielding.reaches(in_for)
  if yielding.obstacle(in_for) then return nil end
  local thread = running()
  while behind[thread] do thread = behind[thread] end
  return thread
end

-- Notes that a coroutine of the driver is resumed from here, and whether its yields are passed on. `in_for` as in
-- yielding.obstacle.
function yielding.adopt(thread, in_for)
  if before_adopting then before_adopting() end
  blocked[thread] = yielding.obstacle(in_for)
  behind[thread] = running()
end

-- Has `look` called in each coroutine before one of the driver is resumed from it.
function yielding.before_adopting(look)
  before_adopting = look
end

-- Notes that nobody will resume a coroutine of the driver again.
function yielding.drop(thread)
  dropped[thread] = true
end

-- Whether a coroutine will never go on because it, or one of the driver's that it is in, ended or was dropped.
function yielding.is_dropped(thread)
  while thread do
    if dropped[thread] or coroutine.status(thread) == "dead" then return true end
    thread = behind[thread]
  end
  return false
end

-- A coroutine of any function: Lua 5.1 makes none of one that is written in C.
function yielding.coroutine(call)
  if pcall_yields then return coroutine.create(call) end
  return coroutine.create(function(...) return call(...) end)
end

local function pass_on(thread, ok, ...)
  if coroutine.status(thread) == "dead" then return ok, ... end
  return pass_on(thread, coroutine.resume(thread, coroutine.yield(...)))
end

-- pcall for a function that may have to yield. Where that cannot yield, a coroutine of its own protects the function, and
-- what it yields is passed on from here. `in_for` as in yielding.obstacle.
function yielding.protected(in_for, call, ...)
  if pcall_yields or not running() then return pcall(call, ...) end
  local thread = yielding.coroutine(call)
  yielding.adopt(thread, in_for)
  return pass_on(thread, coroutine.resume(thread, ...))
end

return yielding
