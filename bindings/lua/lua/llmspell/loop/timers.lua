-- Times at which something is to happen: a heap, the earliest first.
local _, native = ...

local timers = {}

-- Milliseconds of a clock that only goes forward.
timers.now = native.now

local now = native.now

-- entries {at, what}; one that was cancelled has no `what` and stays until its time has come
local heap, count = {}, 0

-- Has `what:ring()` called about `ms` from now. Returns what timers.cancel takes.
function timers.add(ms, what)
  local entry = { at = now() + ms, what = what }
  count = count + 1
  local index = count
  while index > 1 do
    local above = (index - index % 2) / 2
    if heap[above].at <= entry.at then break end
    heap[index] = heap[above]
    index = above
  end
  heap[index] = entry
  return entry
end

function timers.cancel(entry)
  entry.what = nil
end

local function remove_first()
  local last = heap[count]
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
    local what = heap[1].what
    remove_first()
    what:ring()
  end
end

return timers
