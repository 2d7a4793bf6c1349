-- A curl process for each request, read through io.popen, and lua-cjson.
local timing = require("timing")
local conversation = require("conversation")

local command = ("curl -sSN --fail-with-body -H 'authorization: Bearer sk-bench' -H 'content-type: application/json' "
  .. "--data-binary '%%s' http://127.0.0.1:%d/%s/v1/chat/completions"):format(timing.port, timing.shape)

timing.run(conversation.tasks(function(body)
  local pipe = assert(io.popen(command:format((body:gsub("'", "'\\''")))))
  return function()
    if not pipe then return nil end
    if timing.plain then
      local bytes = pipe:read("*a")
      pipe:close()
      pipe = nil
      return bytes
    end
    local line = pipe:read("*l")
    if line then return line .. "\n" end
    pipe:close()
    pipe = nil
    return nil
  end
end))
