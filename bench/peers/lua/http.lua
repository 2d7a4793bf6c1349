-- A keep-alive HTTP client on LuaSocket, as one writes it by hand for a single API.
local socket = require("socket")

local http = {}
http.__index = http

function http.connect(port)
  local connection = assert(socket.connect("127.0.0.1", port))
  connection:setoption("tcp-nodelay", true)
  return setmetatable({ connection = connection }, http)
end

-- Sends a POST. Returns the body's length, or nil when it comes in chunks.
function http:post(path, body)
  local connection = self.connection
  assert(connection:send(table.concat({
    "POST ", path, " HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer sk-bench\r\ncontent-type: application/json\r\n",
    "accept: */*\r\ncontent-length: ", #body, "\r\n\r\n", body,
  })))
  local status = assert(connection:receive("*l"))
  assert(status:find("^HTTP/1.1 200"), status)
  local length
  while true do
    local line = assert(connection:receive("*l"))
    if line == "" then return length end
    local name, value = line:match("^([^:]+):%s*(.*)$")
    if name:lower() == "content-length" then length = tonumber(value) end
  end
end

function http:body(length)
  local bytes = assert(self.connection:receive(length))
  return bytes
end

-- The next chunk of a body in chunks, or nil at its end.
function http:chunk()
  local size = tonumber(assert(self.connection:receive("*l")), 16)
  local bytes = assert(self.connection:receive(size + 2))
  if size == 0 then return nil end
  return bytes:sub(1, size)
end

return http
