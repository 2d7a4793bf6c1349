-- Runs the cases in a task of llmspell.go in luv's event loop.
local uv = require("luv")
local llmspell = require("llmspell")
local host = require("spec.conformance.lua.host")
local suite = require("spec.conformance.lua.suite")

host.sleep = llmspell.sleep
host.connect = require("spec.conformance.lua.hosts.uv")(uv, function(holds)
  while not holds() do llmspell.sleep(1) end
end)

local code
llmspell.go(function() code = suite.run() end)
uv.run()
os.exit(code or 1, true)
