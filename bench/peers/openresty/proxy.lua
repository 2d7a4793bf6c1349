-- What llmspell is measured beside: a proxy as one writes it by hand, with cosockets, keep-alive and lua-cjson.
local cjson = require("cjson.safe")

local proxy = {}

-- Sends a request for a chat; gives the connection, and the answer's headers as the text that was read.
local function ask(port, path, streamed)
  local sock = ngx.socket.tcp()
  assert(sock:connect("127.0.0.1", port, { pool_size = 2048 }))
  local body = cjson.encode { model = "gpt-4o", stream = streamed, messages = { { role = "user", content = "Hi" } } }
  assert(sock:send {
    "POST ", path, "/v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer key\r\ncontent-type: application/json\r\n",
    "content-length: ", #body, "\r\n\r\n", body,
  })
  local length
  local status = assert(sock:receive("*l"))
  assert(status:find(" 200 ", 1, true), status)
  while true do
    local line = assert(sock:receive("*l"))
    if line == "" then break end
    length = line:lower():match("^content%-length:%s*(%d+)") or length
  end
  return sock, tonumber(length)
end

function proxy.chat(port, path)
  local sock, length = ask(port, path, false)
  local answer = assert(cjson.decode(assert(sock:receive(length))))
  sock:setkeepalive(60000, 2048)
  local text = answer.choices[1].message.content
  ngx.header.content_length = #text
  ngx.print(text)
end

-- Hands on the text of each delta as soon as it came.
function proxy.stream(port, path)
  local sock = ask(port, path, true)
  while true do
    local size = tonumber(assert(sock:receive("*l")), 16)
    if size == 0 then
      assert(sock:receive("*l"))
      break
    end
    local chunk = assert(sock:receive(size))
    assert(sock:receive(2))
    for data in chunk:gmatch("data: ([^\n]+)\n") do
      local event = data ~= "[DONE]" and assert(cjson.decode(data))
      local delta = event and event.choices[1] and event.choices[1].delta.content
      if type(delta) == "string" and delta ~= "" then
        ngx.print(delta)
        ngx.flush()
      end
    end
  end
  sock:setkeepalive(60000, 2048)
end

return proxy
