local expect = require("spec.lua.support.expect")
local system = require("spec.lua.support.system")

describe("a state that was out of memory", function()
  it("opens the module when there is memory again, wherever the first try failed", function()
    local program = system.compiled("out_of_memory" .. system.library(), ("cc -std=gnu99 -Wall -Wextra -Werror -I%s -o %%s "
      .. "bindings/lua/test/out_of_memory.c %s"):format(system.headers(), system.library()))
    local output, ok = system.run(program .. " " .. system.build .. "/lua")
    assert.is_true(ok, output)
    expect.holds("failed well", output)
  end)
end)
