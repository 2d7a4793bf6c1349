-- Runs the cases in a task of copas.
local copas = require("copas")
local socket = require("socket")
local llmspell = require("llmspell")
local host = require("spec.conformance.lua.host")
local suite = require("spec.conformance.lua.suite")

-- copas 1 has no sleep of its own, copas 4 another name for it
local pause = copas.pause or copas.sleep

function host.sleep(ms)
  if pause then pause(ms / 1000) else llmspell.sleep(ms) end
end

function host.connect(address, port)
  local sock = socket.tcp()
  sock:settimeout(0)
  assert(copas.connect(sock, address, port))
  return {
    send = function(_, text) return copas.send(sock, text) end,
    receive = function(_, pattern)
      local text, problem, part = copas.receive(sock, pattern)
      -- that is how an answer ends whose last bytes came before the end
      if problem == "closed" then return part end
      return text, problem
    end,
    close = function() return sock:close() end,
  }
end

local code
copas.addthread(function() code = suite.run() end)
while not code do copas.step() end
os.exit(code, true)
