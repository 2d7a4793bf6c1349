-- What the module's C files say of each Lua, held against its headers.
local expect = require("spec.lua.support.expect")
local system = require("spec.lua.support.system")

local CHECK = "%s -std=c11 -Wall -Wextra -Werror -DLS_ABI=%d -isystem %s -fsyntax-only bindings/lua/test/abi_check.c"

describe("our declarations of Lua's C API", function()
  for _, check in ipairs {
    { abi = 55, kind = "5.5" }, { abi = 54, kind = "5.4" }, { abi = 53, kind = "5.3" }, { abi = 52, kind = "5.2" },
    { abi = 51, kind = "5.1" }, { abi = 51, kind = "luajit" },
  } do
    it("are those of " .. check.kind, function()
      for _, compiler in ipairs { "gcc", "clang" } do
        system.must(CHECK:format(compiler, check.abi, system.headers_of(check.kind)))
      end
    end)
  end

  it("are noticed when they differ", function()
    for abi, kind in pairs { [51] = "5.2", [52] = "5.3", [53] = "5.4", [54] = "5.3", [55] = "5.4" } do
      local output, ok = system.run(CHECK:format("gcc", abi, system.headers_of(kind)))
      assert.is_false(ok)
      expect.holds("_Static_assert", output)
    end
  end)
end)

describe("the module's C sources", function()
  it("compile without a warning under gcc and clang", function()
    for _, compiler in ipairs { "gcc", "clang" } do
      for _, unit in ipairs { "open", "shim_51", "shim_52", "shim_53", "shim_54", "shim_55", "driver.gen" } do
        system.must(("%s -std=c99 -O2 -Wall -Wextra -Werror -fvisibility=hidden -Illmspell-c-api/include "
          .. "-c -o /dev/null bindings/lua/src/%s.c"):format(compiler, unit))
      end
    end
  end)
end)
