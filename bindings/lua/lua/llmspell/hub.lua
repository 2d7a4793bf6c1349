-- The news of all queues of this Lua state in one place: a waker, and for each queue that an event loop waits for a bell
-- of that loop.
local import, native, raw = ...

local errors = import("llmspell.errors")

local hub = {}

local waker
-- by token; of a run that nobody holds any more the bell goes with it
local bells = setmetatable({}, { __mode = "v" })
-- the token that a queue has with the waker, for as long as it lives
local tokens = setmetatable({}, { __mode = "k" })
local last = 0
-- where native.news puts tokens
local news = {}
for place = 1, native.NEWS do news[place] = 0 end

-- The waker, made when there is none yet; or nil, message, details.
function hub.waker()
  if waker then return waker end
  local made, message, details = errors.pass(raw.waker_new())
  if not made then return nil, message, details end
  waker = made
  return made
end

local function wake_by(queue)
  local of, message, details = hub.waker()
  if not of then return nil, message, details end
  last = last + 1
  return errors.pass(raw.queue_wake_by(queue, of, last))
end

-- Has the news of a queue ring a bell. Returns the token that hub.leave takes; or nil, message, details.
function hub.enter(queue, bell)
  local token = tokens[queue]
  if token then
    bells[token] = bell
    return token
  end
  local before = waker
  local ok, message, details = wake_by(queue)
  if not ok and details.kind == "forked" then
    -- the waker may be the one from before the fork, which a look at it tells
    hub.pump()
    if waker ~= before then ok, message, details = wake_by(queue) end
  end
  if not ok then return nil, message, details end
  bells[last], tokens[queue] = bell, last
  return last
end

-- Forgets what hub.enter gave. The queue may be in use elsewhere by now.
function hub.leave(token)
  bells[token] = nil
end

-- Rings the bells of the queues that have news; waits for the first `ms` at most (nil: not at all). Returns whether there was
-- any. After a fork all are rung: whoever waits finds then that its run is in the other process.
function hub.pump(ms)
  local any = false
  while waker do
    local count = native.news(waker, news, ms or 0)
    ms = 0
    if not count then
      local rung = bells
      hub.forget()
      for _, bell in pairs(rung) do bell:ring() end
      return true
    end
    for place = 1, count do
      any = true
      local bell = bells[news[place]]
      if bell then bell:ring() end
    end
    if count < native.NEWS then break end
  end
  return any
end

-- The descriptor that is readable while there is news; nil after a fork.
function hub.descriptor()
  return waker and raw.waker_fd(waker)
end

-- Whether any queue is waited for.
function hub.is_idle()
  return next(bells) == nil
end

-- Makes whoever waits for the waker look.
function hub.ring()
  if waker then raw.waker_ring(waker) end
end

-- Forgets everything: after a fork it belongs to the parent process.
function hub.forget()
  waker, bells, tokens = nil, setmetatable({}, { __mode = "v" }), setmetatable({}, { __mode = "k" })
end

return hub
