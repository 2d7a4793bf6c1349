-- Queues of events. Each wait in flight has one for itself, so that its events meet nobody else's; idle ones are kept
-- for the next.
local import, _, raw = ...

local errors = import("llmspell.errors")

local queues = {}

local MOST_IDLE = 1024
local idle = {}

-- An empty queue; or nil, message, details.
function queues.take()
  local queue = table.remove(idle)
  if queue then return queue end
  return errors.pass(raw.queue_new())
end

-- Takes back a queue that has no event left and none to come.
function queues.give(queue)
  if #idle < MOST_IDLE then
    idle[#idle + 1] = queue
  else
    queue:close()
  end
end

-- Forgets the idle queues: after a fork they belong to the parent process.
function queues.forget()
  idle = {}
end

return queues
