-- llmspell.so and the programs that load it, whichever way they have their Lua. The Lua that runs this does not matter.
local expect = require("spec.lua.support.expect")
local system = require("spec.lua.support.system")

local MODULE = system.build .. "/lua/llmspell.so"
local KINDS = { "5.1", "5.2", "5.3", "5.4", "5.5", "luajit" }
local SERVES = "this build of llmspell serves Lua 5.1 or LuaJIT, Lua 5.2, Lua 5.3, Lua 5.4, Lua 5.5"

-- Compiles one of the C programs in bindings/lua/test and returns its path.
local function program(name, flags)
  return system.compiled(name .. flags:gsub("[^%w]", ""),
    ("cc -std=gnu99 -Wall -Wextra -Werror %s -o %%s bindings/lua/test/%s.c -ldl"):format(flags, name))
end

-- The shared library of a Lua, by its kind.
local function library(kind)
  if kind == "5.5" then return system.lua55 .. "/lib/liblua5.5.so" end
  local name = kind == "luajit" and "libluajit-5.1.so" or "liblua" .. kind .. ".so"
  local path = system.must("ldconfig -p"):match(name:gsub("%p", "%%%0") .. "%S* [^\n]*=> (%S+)")
  return assert(path, name .. " is not installed")
end

-- A program with that Lua inside, whose functions other objects find or not.
local function own_lua(kind, exports)
  local name = "luajit-5.1"
  if kind ~= "luajit" then name = "lua" .. kind end
  local folder = kind == "5.5" and "-L" .. system.lua55 .. "/lib" or ""
  return system.compiled("own_lua" .. kind .. (exports and "-exports" or ""),
    ("cc -std=gnu99 -Wall -Wextra -Werror %s -I%s -o %%s bindings/lua/test/own_lua.c %s -Wl,-Bstatic -l%s -Wl,-Bdynamic -lm -ldl")
      :format(exports and "-rdynamic" or "", system.headers_of(kind), folder, name))
end

-- Runs several_luas with these Luas: its output and whether it ended well. The last one opens `copy` if that is given.
local function several_luas(kinds, copy)
  local paths = {}
  for i, kind in ipairs(kinds) do paths[i] = library(kind) end
  if copy then paths[#paths] = paths[#paths] .. "," .. copy end
  return system.run(("%s %s %s"):format(program("several_luas", "-rdynamic"), MODULE, table.concat(paths, " ")))
end

-- Calls `act` with a copy of the module in a folder that is removed then.
local function with_copy(act)
  system.must("mkdir -p " .. system.scratch)
  local folder = system.must("mktemp -d " .. system.scratch .. "/copy.XXXXXX"):gsub("%s", "")
  local done, problem = pcall(function()
    system.must(("cp %s %s/llmspell.so"):format(MODULE, folder))
    act(folder .. "/llmspell.so")
  end)
  system.must("rm -r " .. folder)
  if not done then error(problem, 0) end
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

  for _, kind in ipairs(KINDS) do
    it("serves a program that loads Lua " .. kind .. " for itself alone", function()
      local output, ok = several_luas { kind }
      assert.is_true(ok, output)
      expect.holds("1 Luas were served", output)
    end)

    it("serves a program that has Lua " .. kind .. " inside, if others can find it there", function()
      assert.are.equal("You said: Hello\n", system.must(own_lua(kind, true) .. " " .. system.build .. "/lua"))
    end)

    it("says what to do in a program that keeps its Lua " .. kind .. " to itself", function()
      local host = own_lua(kind, false) .. " " .. system.build .. "/lua"
      -- the functions of another Lua would be wrong, though they can be found
      for _, other in ipairs { "", library(kind == "5.4" and "5.3" or "5.4") } do
        local output = system.must(host .. " " .. other)
        expect.holds("cannot open llmspell: the program that opened it keeps Lua's functions to itself", output)
        expect.holds("-rdynamic", output)
        expect.holds("no module", output)
      end
    end)
  end

  it("serves several Luas of one process, none of which is global", function()
    for _, oldest in ipairs { "luajit", "5.1" } do
      local output, ok = several_luas { "5.4", oldest, "5.2", "5.5", "5.3" }
      assert.is_true(ok, output)
      expect.holds("5 Luas were served", output)
    end
  end)

  it("refuses a second Lua of one binary interface in a process, and takes it in a copy of the file", function()
    for _, pair in ipairs { { "5.1", "luajit" }, { "luajit", "5.1" } } do
      local output, ok = several_luas(pair)
      assert.is_false(ok)
      expect.holds("cannot open llmspell: another Lua 5.1 or LuaJIT in this process has opened it already", output)
      expect.holds("a second one needs a copy of llmspell.so", output)
      with_copy(function(copy)
        output, ok = several_luas(pair, copy)
        assert.is_true(ok, output)
        expect.holds("2 Luas were served", output)
      end)
    end
  end)

  it("refuses a Lua that it does not serve, and says which it serves", function()
    for host, name in pairs { [56] = "Lua 5.6", [1] = "an unknown Lua" } do
      local output = system.must(program("strange_host", "-rdynamic -DHOST=" .. host) .. " " .. MODULE)
      expect.holds("cannot open llmspell: it was opened by " .. name .. "; " .. SERVES, output)
    end
  end)

  it("names a function that the Lua lacks", function()
    for _, host in ipairs { 51, 52, 53, 54, 55 } do
      local output = system.must(program("strange_host", "-rdynamic -DHOST=" .. host) .. " " .. MODULE)
      expect.holds("lacks the function lua_", output)
    end
  end)

  it("does nothing in a program that is no Lua at all", function()
    assert.are.equal("returned 0\n", system.must(program("strange_host", "-rdynamic -DHOST=0") .. " " .. MODULE))
  end)
end)

describe("llmspell.so for some Luas alone", function()
  local function made(abis)
    local folder = system.build .. "/some"
    -- the library is there, and cargo need not look at it
    system.must(("make --no-print-directory -o staticlib lua PROFILE=ci TARGET_DIR=%s BUILD=%s LUA_ABI='%s'")
      :format(os.getenv("CARGO_TARGET_DIR") or "target", folder, abis))
    return folder .. "/lua"
  end

  it("serves those and tells any other what it serves", function()
    local folder = made("5.4")
    assert.are.equal("You said: Hello\n", system.must(own_lua("5.4", true) .. " " .. folder))
    expect.holds("error: cannot open llmspell: it was opened by Lua 5.1 or LuaJIT; this build of llmspell serves Lua 5.4\n",
      system.must(own_lua("luajit", true) .. " " .. folder))
    -- another choice in the same folder is built anew
    folder = made("51 55")
    for _, kind in ipairs { "5.1", "luajit", "5.5" } do
      assert.are.equal("You said: Hello\n", system.must(own_lua(kind, true) .. " " .. folder))
    end
    expect.holds("error: cannot open llmspell: it was opened by Lua 5.4; this build of llmspell serves Lua 5.1 or LuaJIT, Lua 5.5\n",
      system.must(own_lua("5.4", true) .. " " .. folder))
  end)

  it("is not built for a Lua that nobody knows", function()
    local output, ok = system.run("make lua LUA_ABI=5.6")
    assert.is_false(ok)
    expect.holds("LUA_ABI is `5.6`; write some of 51 52 53 54 55", output)
  end)
end)
