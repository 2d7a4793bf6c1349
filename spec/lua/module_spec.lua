local expect = require("spec.lua.support.expect")
local system = require("spec.lua.support.system")

local MODULE = system.build .. "/lua/llmspell.so"

-- Compiles one of the C programs in bindings/lua/test and returns its path.
local function program(name, flags)
  return system.compiled(name .. flags:gsub("[^%w]", ""),
    ("cc -std=gnu99 -Wall -Wextra -Werror -rdynamic %s -o %%s bindings/lua/test/%s.c -ldl"):format(flags, name))
end

local function library(name)
  local path = system.must("ldconfig -p"):match(name .. "%S* [^\n]*=> (%S+)")
  return assert(path, name .. " is not installed")
end

-- Runs several_luas with these libraries: its output and whether it ended well. The last one opens `copy` if that is given.
local function several_luas(names, copy)
  local paths = {}
  for i, name in ipairs(names) do paths[i] = library("lib" .. name:gsub("%p", "%%%0") .. "%.so") end
  if copy then paths[#paths] = paths[#paths] .. "," .. copy end
  return system.run(("%s %s %s"):format(program("several_luas", ""), MODULE, table.concat(paths, " ")))
end

describe("llmspell.so", function()
  it("exports luaopen_llmspell and nothing else", function()
    local symbols = system.must("nm -D --defined-only " .. MODULE)
    assert.are.equal("luaopen_llmspell", symbols:match("^%x+ T (%S+)\n$"))
  end)

  it("is linked to no Lua and needs no Lua symbol", function()
    assert.is_nil(system.must("nm -D --undefined-only " .. MODULE):find(" luaL?_"))
    assert.is_nil(system.must("readelf -d " .. MODULE):find("NEEDED[^\n]*lua"))
  end)

  it("serves several Luas of one process, none of which is global", function()
    for _, oldest in ipairs { "luajit-5.1", "lua5.1" } do
      local output, ok = several_luas { "lua5.4", oldest, "lua5.2", "lua5.3" }
      assert.is_true(ok, output)
      expect.holds("4 Luas were served", output)
    end
  end)

  it("refuses a second Lua of one binary interface in a process, and takes it in a copy of the file", function()
    for _, pair in ipairs { { "lua5.1", "luajit-5.1" }, { "luajit-5.1", "lua5.1" } } do
      local output, ok = several_luas(pair)
      assert.is_false(ok)
      expect.holds("cannot open llmspell: another Lua 5.1 or LuaJIT in this process has opened it already", output)
      expect.holds("a second one needs a copy of llmspell.so", output)
      output = system.must("mkdir -p " .. system.scratch .. " && mktemp -d " .. system.scratch .. "/copy.XXXXXX")
      local folder = output:gsub("%s", "")
      system.must(("cp %s %s/llmspell.so"):format(MODULE, folder))
      output, ok = several_luas(pair, folder .. "/llmspell.so")
      system.must("rm -r " .. folder)
      assert.is_true(ok, output)
      expect.holds("2 Luas were served", output)
    end
  end)

  it("refuses a Lua that it does not serve, and says which it serves", function()
    for host, name in pairs { [55] = "Lua 5.5", [1] = "an unknown Lua" } do
      local output = system.must(program("strange_host", "-DHOST=" .. host) .. " " .. MODULE)
      expect.holds("cannot open llmspell: it was opened by " .. name, output)
      expect.holds("this build of llmspell serves Lua 5.1 to 5.4 and LuaJIT", output)
    end
  end)

  it("names a function that the Lua lacks", function()
    for _, host in ipairs { 51, 52, 53, 54 } do
      local output = system.must(program("strange_host", "-DHOST=" .. host) .. " " .. MODULE)
      expect.holds("lacks the function lua_", output)
    end
  end)

  it("does nothing in a program that is no Lua at all", function()
    assert.are.equal("returned 0\n", system.must(program("strange_host", "-DHOST=0") .. " " .. MODULE))
  end)
end)

describe("our declarations of Lua's C API", function()
  for _, check in ipairs {
    { abi = 54, headers = "lua5.4" }, { abi = 53, headers = "lua5.3" }, { abi = 52, headers = "lua5.2" },
    { abi = 51, headers = "lua5.1" }, { abi = 51, headers = "luajit-2.1" },
  } do
    it("are those of " .. check.headers, function()
      for _, compiler in ipairs { "gcc", "clang" } do
        system.must(("%s -std=c11 -Wall -Wextra -Werror -DLS_ABI=%d -isystem /usr/include/%s -fsyntax-only "
          .. "bindings/lua/test/abi_check.c"):format(compiler, check.abi, check.headers))
      end
    end)
  end

  it("are noticed when they differ", function()
    for abi, headers in pairs { [51] = "lua5.2", [52] = "lua5.3", [53] = "lua5.4", [54] = "lua5.3" } do
      local check = "gcc -std=c11 -DLS_ABI=%d -isystem /usr/include/%s -fsyntax-only bindings/lua/test/abi_check.c"
      local output, ok = system.run(check:format(abi, headers))
      assert.is_false(ok)
      expect.holds("_Static_assert", output)
    end
  end)
end)

describe("the module's C sources", function()
  it("compile without a warning under gcc and clang", function()
    for _, compiler in ipairs { "gcc", "clang" } do
      for _, unit in ipairs { "open", "shim_51", "shim_52", "shim_53", "shim_54", "driver.gen" } do
        system.must(("%s -std=c99 -O2 -Wall -Wextra -Werror -fvisibility=hidden -Illmspell-c-api/include "
          .. "-c -o /dev/null bindings/lua/src/%s.c"):format(compiler, unit))
      end
    end
  end)
end)
