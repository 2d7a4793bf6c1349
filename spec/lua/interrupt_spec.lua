local expect = require("spec.lua.support.expect")
local mock = require("spec.lua.support.mock")
local system = require("spec.lua.support.system")
local testkit = require("spec.lua.support.testkit")

local function await_abort(server)
  local give_up = os.time() + 30
  repeat
    local request = server:seen().requests[1]
    if request and request.aborted then return true end
  until os.time() > give_up
  return false
end

describe("Ctrl-C", function()
  after_each(mock.stop_all)

  it("ends a wait with an error, cancels the run, and leaves the agent usable", function()
    for _, wait in ipairs {
      [[agent:chat("go")]],
      [[agent:execute{ input = "go" }]],
      [[(function() for _ in agent:stream("go") do end end)()]],
    } do
      local server = mock.start {
        { respond = { chat = { text = "one two three" }, actions = { { hold = "never" } } } },
        { respond = { chat = { text = "afterwards" } } },
      }
      local path = system.file(([[
        local agent = require("llmspell").agent{ model = "gpt-4o", api_key = "k", base_url = %q }
        io.stdout:setvbuf("no")
        print("waiting")
        local ok, problem = pcall(function() %s end)
        print(ok, problem)
        print(agent:chat("again"))
      ]]):format(server.url .. "/v1", wait))
      local pipe = assert(io.popen(("echo $$; exec %s %s 2>&1"):format(system.quote(system.interpreter()), path)))
      local pid = tonumber(pipe:read("*l"))
      assert.are.equal("waiting", pipe:read("*l"))
      local give_up = os.time() + 30
      repeat until #server:seen().requests == 1 or os.time() > give_up
      testkit.kill(pid, "INT")
      local outcome = pipe:read("*l")
      expect.holds("false", outcome)
      expect.holds("interrupted!", outcome)
      assert.are.equal("afterwards", pipe:read("*l"))
      pipe:close()
      os.remove(path)
      assert.is_true(await_abort(server))
      server:stop()
    end
  end)
end)
