-- Runs the cases in a task of llmspell.go, in a Lua without an event loop of its own.
local llmspell = require("llmspell")
local host = require("spec.conformance.lua.host")
local suite = require("spec.conformance.lua.suite")

host.sleep = llmspell.sleep

os.exit(llmspell.loop(suite.run), true)
