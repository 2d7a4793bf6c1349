-- A content handler of nginx that runs one case: /?case=7 answers its TAP; / answers how many there are.
local host = require("spec.conformance.lua.host")
local suite = require("spec.conformance.lua.suite")

local PATIENCE_MS = 120000

function host.sleep(ms)
  ngx.sleep(ms / 1000)
end

function host.connect(address, port)
  local sock = ngx.socket.tcp()
  sock:settimeouts(PATIENCE_MS, PATIENCE_MS, PATIENCE_MS)
  assert(sock:connect(address, port))
  return sock
end

local index = tonumber(ngx.var.arg_case)
if index then
  local _, text = suite.test(index)
  ngx.print(text)
else
  ngx.say(suite.count)
end
