-- Runs the cases in a coroutine of cqueues.
local cqueues = require("cqueues")
local socket = require("cqueues.socket")
local host = require("spec.conformance.lua.host")
local suite = require("spec.conformance.lua.suite")

function host.sleep(ms)
  cqueues.sleep(ms / 1000)
end

function host.connect(address, port)
  local sock = assert(socket.connect(address, port))
  sock:setmode("b", "bn")
  return {
    send = function(_, text) return sock:write(text) end,
    receive = function() return sock:read("*a") end,
    close = function() return sock:close() end,
  }
end

local code
local loop = cqueues.new()
loop:wrap(function() code = suite.run() end)
assert(loop:loop())
os.exit(code or 1, true)
