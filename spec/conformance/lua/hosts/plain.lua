-- Runs the cases in a Lua without an event loop.
local suite = require("spec.conformance.lua.suite")

os.exit(suite.run(), true)
