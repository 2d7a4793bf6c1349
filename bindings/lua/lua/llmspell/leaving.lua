-- How a session is left: its run, its queue, its place in an event loop, the tools that are at work for it.
local import, _, raw = ...

local hub = import("llmspell.hub")
local queues = import("llmspell.queues")

local leaving = {}

-- The session waits no more in the event loop that it is in.
function leaving.detach(session)
  local owner, bell = session.owner, session.bell
  if not owner then return end
  hub.leave(session.token)
  session.owner, session.bell, session.token = nil, nil, nil
  -- whoever waits still finds that it is over
  bell:ring()
  owner.leave(session, bell)
end

local function end_children(session)
  local children = session.children
  session.children = nil
  for task, owner in pairs(children) do owner.kill(task) end
end

-- Leaves a run: its handle, and its queue too unless that is `clean` (has no event left and none to come). The queue is
-- taken out of the session first: an interrupt between two steps must not leave one that is used twice.
function leaving.leave(session, clean)
  local queue = session.queue
  session.ended = true
  session.queue = nil
  session.at_hand = 0
  leaving.detach(session)
  local runs = session.fields.runs
  if runs then runs[session.handle] = nil end
  session.handle:close()
  if queue and clean then
    queues.give(queue)
  elseif queue then
    queue:close()
  end
  if session.children then end_children(session) end
end

-- Cancels a run, unless it has ended, and leaves it without waiting for its end.
function leaving.release(session)
  if session.ended then return end
  session.ended = true
  raw.run_cancel(session.handle)
  leaving.leave(session, false)
end

return leaving
