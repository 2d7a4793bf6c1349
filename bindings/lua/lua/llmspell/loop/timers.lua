-- Times at which something is to happen: a heap, the earliest first.
local _, native = ...

local timers = {}

-- Milliseconds of a clock that only goes forward.
timers.now = native.now

local now = native.now

-- entries {at, what}; one that was cancelled has no `what` and stays until its time has come, or until such ones are more than
-- half of all
local heap, count = {}, 0
local cancelled = 0
-- fewer than these are left where they are
local FEW = 64

-- Puts an entry at its place, at `index` or above.
local function rise(entry, index)
  while index > 1 do
    local above = (index - index % 2) / 2
    if heap[above].at <= entry.at then break end
    heap[index] = heap[above]
    index = above
  end
  heap[index] = entry
end

-- Has `what:ring()` called about `ms` from now. Returns what timers.cancel takes.
function timers.add(ms, what)
  local entry = { at = now() + ms, what = what }
  count = count + 1
  rise(entry, count)
  return entry
end

local function forget_cancelled()
  local all = heap
  heap, count, cancelled = {}, 0, 0
  for _, entry in ipairs(all) do
    if entry.what then
      count = count + 1
      rise(entry, count)
    end
  end
end

-- One whose time has come may be cancelled as well.
function timers.cancel(entry)
  if not entry.what then return end
  entry.what = nil
  cancelled = cancelled + 1
  if cancelled > FEW and cancelled > count / 2 then forget_cancelled() end
end

local function remove_first()
  local last = heap[count]
  if not heap[1].what then cancelled = cancelled - 1 end
  heap[count] = nil
  count = count - 1
  if count == 0 then return end
  local index = 1
  while true do
    local below = 2 * index
    if below > count then break end
    if below < count and heap[below + 1].at < heap[below].at then below = below + 1 end
    if heap[below].at >= last.at then break end
    heap[index] = heap[below]
    index = below
  end
  heap[index] = last
end

-- The next time, by that clock; nil when there is none.
function timers.next()
  while count > 0 and not heap[1].what do remove_first() end
  return count > 0 and heap[1].at or nil
end

-- Milliseconds to the next time, 0 when one has come; nil when there is none.
function timers.due()
  local at = timers.next()
  return at and math.max(at - now(), 0)
end

-- Rings everything whose time has come.
function timers.ring()
  while timers.due() == 0 do
    local entry = heap[1]
    local what = entry.what
    remove_first()
    entry.what = nil
    what:ring()
  end
end

return timers
