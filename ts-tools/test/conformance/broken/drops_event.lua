-- Makes an adapter that loses the second text delta of each stream.
local streams = require("spec.conformance.lua.streams")

local new = streams.new

function streams.new(stream)
  local count = 0
  local lossy = {
    next = function()
      local event = stream:next()
      if event and event.type == "text_delta" then count = count + 1 end
      if event and event.type == "text_delta" and count == 2 then return stream:next() end
      return event
    end,
  }
  return new(setmetatable(lossy, {
    __index = function(_, name)
      return function(_, ...) return stream[name](stream, ...) end
    end,
  }))
end
