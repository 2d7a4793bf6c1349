-- LuaSocket with keep-alive and lua-cjson, by hand.
local timing = require("timing")
local conversation = require("conversation")
local http = require("http")

local connection = http.connect(timing.port)
local path = ("/%s/v1/chat/completions"):format(timing.shape)

timing.run(conversation.tasks(function(body)
  local length = connection:post(path, body)
  if length then return function() return connection:body(length) end end
  return function() return connection:chunk() end
end))
