-- Processes and signals for the specs: compiles bindings/lua/test/testkit.c for the running Lua and loads it.
local system = require("spec.lua.support.system")

local path = system.compiled(system.kind .. "-testkit.so",
  "cc -shared -fPIC -Wall -Wextra -Werror -I" .. system.headers() .. " -o %s bindings/lua/test/testkit.c")

return assert(package.loadlib(path, "luaopen_testkit"))()
