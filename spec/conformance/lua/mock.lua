-- Talks to the mock server that the runner started (docs/mock.md): scenarios of one case after the other.
local llmspell = require("llmspell")
local host = require("spec.conformance.lua.host")

local json = llmspell.json

local mock = {}

-- HTTP/1.0, whose answers end with the connection.
local REQUEST = "%s %s HTTP/1.0\r\nHost: %s:%d\r\nContent-Length: %d\r\n\r\n%s"

local function call(method, url, body)
  local address, port, path = url:match("^http://([%d.]+):(%d+)(.*)$")
  local sock = host.connect(address, tonumber(port))
  assert(sock:send(REQUEST:format(method, path, address, port, #(body or ""), body or "")))
  local answer = assert(sock:receive("*a"))
  sock:close()
  local status, text = answer:match("^HTTP/1%.[01] (%d%d%d).-\r\n\r\n(.*)$")
  if not status or tonumber(status) >= 300 then
    error(("the mock server answers %s %s with %s"):format(method, url, answer), 0)
  end
  return assert(json.decode(text))
end

local methods = {}

-- What the server was sent.
function methods.seen(self)
  return call("GET", self.url .. "/__seen")
end

-- Waits until it has seen so much; raises after 30 seconds.
function methods.await(self, requests, aborted)
  local query = ("/__seen?requests=%d&aborted=%d&timeout_ms=30000"):format(requests or 0, aborted or 0)
  local seen = call("GET", self.url .. query)
  local cut = 0
  for _, request in ipairs(seen.requests) do
    if request.aborted then cut = cut + 1 end
  end
  if #seen.requests < (requests or 0) or cut < (aborted or 0) then
    error(("the server saw %d requests, %d of them aborted"):format(#seen.requests, cut), 0)
  end
end

function methods.release(self, hold)
  call("POST", self.url .. "/__release?name=" .. hold)
end

function methods.remove(self)
  call("DELETE", self.url)
end

-- Has a scenario played.
function mock.play(scenario)
  local server = assert(os.getenv("LLMSPELL_MOCK"), "LLMSPELL_MOCK must name a mock server; run `make conformance`")
  local made = call("POST", server .. "/__scenario", assert(json.encode(scenario)))
  return setmetatable({ url = made.url }, { __index = methods })
end

return mock
