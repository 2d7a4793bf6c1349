local expect = require("spec.lua.support.expect")
local system = require("spec.lua.support.system")

-- Opening the module makes thousands of allocations, each tried in a state of its own: of the ways in which they can fail
-- all but the first are tried at a part of them, unless there is time for all.
local PART = os.getenv("LLMSPELL_THOROUGH") and 1 or 25

-- What is done while memory is short, by the name that bindings/lua/test/out_of_memory.c has for it. LuaJIT answers for
-- opening alone: short of memory it breaks down by itself.
local SCENARIOS = { "load" }
if not rawget(_G, "jit") then
  SCENARIOS = { "load", "chat", "tool", "execute", "stream", "break", "error", "agent", "json" }
end

local DONE = {
  load = "the module is opened", chat = "an agent answers", tool = "an agent calls a tool", execute = "a whole result is read",
  stream = "a stream is read to its end", ["break"] = "a stream is left", error = "a run fails",
  agent = "agents are made, forked and closed", json = "JSON is written and read",
}

local function compiled()
  return system.compiled("out_of_memory" .. system.kind, ("cc -std=gnu99 -Wall -Wextra -Werror -I%s -o %%s "
    .. "bindings/lua/test/out_of_memory.c %s"):format(system.headers(), system.library()))
end

describe("a state that runs out of memory", function()
  for _, name in ipairs(SCENARIOS) do
    it(("reports it cleanly wherever that is while %s, and serves afterwards"):format(DONE[name]), function()
      local every = name == "load" and PART or 1
      local output, ok = system.run(system.under .. ("%s %s/lua %s %d"):format(compiled(), system.build, name, every))
      assert.is_true(ok, output)
      local modes = 0
      for mode, times in output:gmatch(name .. ", ([^:]+): failed well (%d+) times") do
        assert.is_true(tonumber(times) >= 5, mode .. ": " .. times)
        modes = modes + 1
      end
      assert.are.equal(_VERSION == "Lua 5.1" and 2 or 3, modes)
      expect.holds(", a single one: ", output)
    end)
  end
end)
