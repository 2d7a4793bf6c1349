-- A stream with the events that were read of it.
local llmspell = require("llmspell")

local streams = {}

local FINAL = { done = true, error = true, cancelled = true }

local Stream = {}
Stream.__index = Stream

-- The next event, or nil at the end.
function Stream.next(self)
  local event = self.stream:next()
  if event and FINAL[event.type] then self.ending = event.type end
  if event and event.type == "request" then
    self.asked[event.payload.tool_call_id] = event.id
    return event
  end
  -- what else was on its way when a run was cancelled depends on time
  if event and (not self.cancelled or self.ending) then self.events[#self.events + 1] = event end
  return event
end

-- Reads on to `limit`, and tells the ending.
function Stream.read(self, limit)
  if limit == "start" then return "open" end
  local count = 0
  while not self.ending do
    local event = assert(self:next(), "the stream ended without a last event")
    if limit and event.type == limit.type then
      count = count + 1
      if count == (limit.count or 1) then break end
    end
  end
  return self.ending or "open"
end

-- The id of the open request for a call; reads on to it if it has not come.
function Stream.request_of(self, tool_call_id)
  while not self.asked[tool_call_id] do
    assert(self:next(), "the approval was never asked for")
  end
  return self.asked[tool_call_id]
end

function Stream.cancel(self)
  self.cancelled = true
  assert(self.stream:cancel())
end

function Stream.close(self)
  self.stream:close()
end

function streams.new(stream)
  return setmetatable({ stream = stream, events = llmspell.array {}, asked = {}, cancelled = false }, Stream)
end

return streams
