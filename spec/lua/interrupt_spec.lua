local llmspell = require("llmspell")
local expect = require("spec.lua.support.expect")
local mock = require("spec.lua.support.mock")
local system = require("spec.lua.support.system")
local testkit = require("spec.lua.support.testkit")

-- Runs a program that prints "waiting" and then waits for the held answer of a server (`agent`), interrupts it, and
-- returns the line that it prints then; its next line must be "afterwards".
local function outcome_of(program)
  local server = mock.start {
    { respond = { chat = { text = "one two three" }, actions = { { hold = "never" } } } },
    { respond = { chat = { text = "afterwards" } } },
  }
  local path = system.file(([[
    local llmspell = require("llmspell")
    local agent = llmspell.agent{ model = "gpt-4o", api_key = "k", base_url = %q, timeout_ms = 30000 }
    io.stdout:setvbuf("no")
    print("waiting")
    %s
    print(agent:chat("again"))
  ]]):format(server.url .. "/v1", program))
  local pipe = assert(io.popen(("echo $$; exec %s %s 2>&1"):format(system.quote(system.interpreter()), path)))
  local pid = tonumber(pipe:read("*l"))
  assert.are.equal("waiting", pipe:read("*l"))
  local give_up = os.time() + 30
  repeat until #server:seen().requests == 1 or os.time() > give_up
  testkit.kill(pid, "INT")
  local outcome = pipe:read("*l")
  assert.are.equal("afterwards", pipe:read("*l"))
  pipe:close()
  os.remove(path)
  assert.is_true(server:aborted(1))
  server:stop()
  return outcome
end

describe("Ctrl-C", function()
  after_each(mock.stop_all)

  it("ends a wait with an error, cancels the run, and leaves the agent usable", function()
    for _, wait in ipairs {
      [[agent:chat("go")]],
      [[agent:execute{ input = "go" }]],
      [[(function() for _ in agent:stream("go") do end end)()]],
    } do
      local outcome = outcome_of("print(pcall(function() " .. wait .. " end))")
      expect.holds("false", outcome)
      expect.holds("interrupted!", outcome)
    end
  end)

  it("is raised in the coroutine that waits, and only there", function()
    for _, wait in ipairs { [[agent:chat("go")]], [[for _ in agent:stream("go") do end]] } do
      local outcome = outcome_of("print(pcall(coroutine.wrap(function() " .. wait .. " end)))")
      expect.holds("false", outcome)
      expect.holds("interrupted!", outcome)
    end
    expect.holds("interrupted!", outcome_of [[
      coroutine.wrap(function() print(pcall(agent.chat, agent, "go")) end)()
    ]])
  end)

  it("is raised in a handler that waits for another agent", function()
    local outcome = outcome_of [[
      local tool = { name = "delegate", execute = function() return agent:chat("go") end }
      print((llmspell.agent{ provider = "demo", tools = { tool } }:chat("delegate")))
    ]]
    expect.holds("delegate gave Error", outcome)
    expect.holds("interrupted!", outcome)
  end)
end)

-- Calls `act` again and again, each time with an interrupt some instructions later than the last time (a hook that raises
-- once, like that of Ctrl-C), until one call ends before it comes. `between` is called after each with what came of it.
local function interrupt_everywhere(act, between)
  local came
  local at = 1
  repeat
    came = false
    local function interrupt()
      came = true
      debug.sethook()
      error("interrupted!", 0)
    end
    local ok, problem = pcall(function()
      debug.sethook(interrupt, "", at)
      act()
      debug.sethook()
    end)
    debug.sethook()
    between(came, ok, problem)
    at = at + 3
  until not came
  return at
end

describe("an interrupt inside stream:close()", function()
  it("reaches the caller wherever it comes, and the agent is usable afterwards", function()
    local agent = llmspell.agent { provider = "demo" }
    local stream
    local function open()
      stream = assert(agent:stream("slowly say " .. ("one "):rep(500)))
      assert.are.equal("run_start", stream:next().type)
    end
    open()
    local places = interrupt_everywhere(function() stream:close() end, function(came, ok, problem)
      assert.are.equal(came, not ok, "an interrupt was lost")
      if came then assert.are.equal("interrupted!", problem) end
      stream:close()
      assert.are.equal("You said: Hello", agent:chat("Hello"))
      open()
    end)
    assert.is_true(places > 30)
    stream:close()
  end)
end)

describe("an error in the driver", function()
  it("ends the run of the coroutine that it comes in, and leaves the agent usable", function()
    local agent
    local status = coroutine.status
    finally(function() coroutine.status = status end)
    agent = llmspell.agent {
      provider = "demo",
      -- what runs next after the handler, outside of its coroutine, is the driver
      tools = { expect.tool("trip", function()
        coroutine.status = function()
          coroutine.status = status
          error("tripped", 0)
        end
      end) },
    }
    local stream
    for _, call in ipairs {
      function() return agent:chat("trip") end,
      function()
        stream = assert(agent:stream("trip"))
        repeat until not stream:next()
      end,
    } do
      local thread = coroutine.create(call)
      local ok, problem = coroutine.resume(thread)
      assert.is_false(ok)
      assert.are.equal("tripped", problem)
      assert.are.equal("You said: Hello", agent:chat("Hello"))
    end
    assert.is_nil(stream:next())
  end)
end)
