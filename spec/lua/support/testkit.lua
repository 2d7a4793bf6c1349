-- Processes and signals for the specs: compiles bindings/lua/test/testkit.c for the running Lua and loads it.
local system = require("spec.lua.support.system")

local name = (rawget(_G, "jit") and "luajit" or _VERSION:gsub("[^%d.]", "")) .. "-testkit.so"
local path = system.scratch .. "/" .. name
system.must("mkdir -p " .. system.scratch)
system.must(("cc -shared -fPIC -Wall -Wextra -Werror -I%s -o %s bindings/lua/test/testkit.c"):format(system.headers(), path))

return assert(package.loadlib(path, "luaopen_testkit"))()
