-- What the workers share: values of which nobody can push another's out, and locks that outlive no worker.
local ffi = require("ffi")
ffi.cdef "int kill(int pid, int signal);"

local store = {}

-- Keeps a value. When an owner has written more than an eighth of the memory, what it wrote first goes. Returns true; or nil and why not.
function store.set(memory, owner, name, value, seconds)
  local share, size = memory:capacity() / 8, #value + 256
  if size > share then return nil, "too large" end
  local serial = memory:incr("serial", 1, 0) % 2 ^ 31
  local kept, why, forced = memory:set(name, value, seconds, serial)
  if forced then ngx.log(ngx.WARN, "the shared memory is full: the oldest values have gone") end
  if not kept then return nil, why end
  local list, used = "list of " .. owner, "bytes of " .. owner
  memory:lpush(list, ("%d %d %s"):format(serial, size, name))
  local sum = memory:incr(used, size, 0)
  while sum and sum > share do
    local version, bytes, oldest = (memory:rpop(list) or ""):match("^(%d+) (%d+) (.*)$")
    if not version then break end
    -- a value that was written again has a later place in the list
    local _, current = memory:get(oldest)
    if current == tonumber(version) then memory:delete(oldest) end
    sum = memory:incr(used, -bytes)
  end
  memory:expire(list, seconds)
  memory:expire(used, seconds)
  return true
end

-- Whether a process runs (ESRCH is 3).
function store.alive(pid) return ffi.C.kill(pid, 0) == 0 or ffi.errno() ~= 3 end

-- Locks a name for this request; false when another that goes on has it. The lock of a worker that was killed is taken over.
function store.lock(name)
  local locks, mine = ngx.shared.locks, ngx.worker.pid() .. " " .. ngx.var.request_id
  if not locks:add(name, mine, 3600) then
    local other = locks:get(name)
    -- whoever adds this is the one that takes it over
    if not other or store.alive(tonumber(other:match("^%d+"))) or not locks:add("left by " .. other, true, 60) then return false end
    locks:set(name, mine, 3600)
  end
  ngx.ctx.lock = { name, mine }
  return true
end

-- Ends this request's lock, if it has one still: at the end of its answer, or in the log phase.
function store.unlock()
  local name, mine = unpack(ngx.ctx.lock or {})
  if name and ngx.shared.locks:get(name) == mine then ngx.shared.locks:delete(name) end
end

return store
