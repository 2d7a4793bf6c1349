local expect = require("spec.lua.support.expect")
local mock = require("spec.lua.support.mock")
local system = require("spec.lua.support.system")

-- How often a thing is done that must go well each time: valgrind sees at the first time what goes wrong.
local ROUNDS = system.under_valgrind and 1 or 6

-- More states in the process of the program below, see bindings/lua/test/stateskit.c.
local function kit()
  return system.compiled(system.kind .. "-stateskit.so", "cc -shared -fPIC -pthread -Wall -Wextra -Werror -I" .. system.headers()
    .. " -o %s bindings/lua/test/stateskit.c")
end

-- put before each program that a state runs
local IN_STATE = [[
  local llmspell = require("llmspell")
  local function demo(tools) return llmspell.agent{ provider = "demo", tools = tools } end
  local function tool(name, execute)
    return { name = name, schema = { type = "object", properties = { text = { type = "string" } } }, execute = execute }
  end
]]

-- Runs a program that has the kit as `states` in an interpreter of its own: what goes wrong here goes wrong in memory.
local function assert_ends_well(program, environment)
  local output, ok = system.lua(([[
    local kit = assert(package.loadlib(%q, "luaopen_stateskit"))()
    local IN_STATE = %q
    local states = {
      open = kit.open,
      close = kit.close,
      run = function(state, text) return kit.run(state, IN_STATE .. text) end,
      threads = function(count, text) kit.threads(count, IN_STATE .. text) end,
    }
  ]]):format(kit(), IN_STATE) .. program .. "\nprint('ended well')", environment)
  assert.is_true(ok, output)
  expect.holds("ended well", output)
end

describe("several states of one process", function()
  it("have agents, streams and handlers of their own, and go on when others are closed", function()
    assert_ends_well [[
      local open = {}
      for i = 1, 6 do
        open[i] = states.open()
        states.run(open[i], "name = 'state " .. i .. "' " .. [=[
          agent = demo{ tool("who", function() return name end) }
          assert(agent:chat("who"):find(name, 1, true))
          stream = agent:stream("say one two three four")
          assert(stream:next().type == "run_start")
        ]=])
      end
      for _, closed in ipairs{ 3, 1, 6 } do
        states.close(open[closed])
        open[closed] = nil
        for i = 1, 6 do
          if open[i] then
            assert(states.run(open[i], [=[
              stream:next()
              return select(2, pcall(demo{ tool("who", function() return name end) }.chat, demo{ tool("who", function()
                return name
              end) }, "who"))
            ]=]):find("state " .. i, 1, true))
          end
        end
      end
      for i = 1, 6 do
        if open[i] then
          states.run(open[i], [=[
            local last
            for event in stream do last = event end
            assert(last.type == "done" and last.result.text == "one two three four")
          ]=])
          states.close(open[i])
        end
      end
    ]]
  end)

  it("may live on threads of their own, which come and go", function()
    assert_ends_well(([[
      for _ = 1, %d do
        states.threads(6, [=[
          local agent = demo{ tool("echo", function(p) return p.text end) }
          for _ = 1, %d do
            assert(agent:chat('echo "hi"') == "I asked the tools: echo gave hi.")
            local text = ""
            for event in agent:stream("say one two") do
              if event.type == "text_delta" then text = text .. event.text end
            end
            assert(text == "one two")
            assert(llmspell.json.encode(llmspell.json.decode('{"a":[1,2,{"b":null}]}')))
            assert(agent:reset())
          end
          left_open = agent:stream("say one two three slowly")
          left_open:next()
        ]=])
      end
    ]]):format(ROUNDS, ROUNDS * 3))
  end)
end)

-- Ways to leave work behind: each ends with the state as it is to be closed.
local IN_FLIGHT = {
  ["streams that were read in part"] = [[
    kept = {}
    for reads = 0, 8 do
      local agent = demo{ tool("echo", function(p) return p.text end) }
      local stream = agent:stream(reads % 4 > 0 and 'echo "one"' or "say one two three four slowly")
      for _ = 1, reads do stream:next() end
      kept[#kept + 1] = stream
      if reads % 3 == 0 then kept[#kept + 1] = agent end
    end
  ]],
  ["runs that wait behind another of their agent"] = [[
    kept = { demo() }
    for i = 1, 6 do kept[#kept + 1] = kept[1]:stream("say one two three slowly") end
    kept[2]:next()
  ]],
  ["handlers that yielded"] = [[
    kept = {}
    for i = 1, 5 do
      local agent = demo{ tool("wait", function() coroutine.yield("waiting") end) }
      local thread = coroutine.create(function() return agent:chat("wait") end)
      assert(select(2, coroutine.resume(thread)) == "waiting")
      kept[#kept + 1] = thread
      local inner = coroutine.create(function()
        local outer = demo{ tool("delegate", function() return agent:fork():chat("wait") end) }
        local stream = outer:stream("delegate")
        repeat local event = stream:next() until not event
      end)
      assert(select(2, coroutine.resume(inner)) == "waiting")
      kept[#kept + 1] = inner
    end
  ]],
  ["tool calls that nobody serves"] = [[
    kept = {}
    for i = 1, 5 do
      local agent = demo{ tool("echo", function(p) return p.text end) }
      local stream = agent:stream('echo "one" and echo "two"', { events = { "tool_call" } })
      stream:next()
      kept[#kept + 1] = { agent, stream }
    end
  ]],
  ["streams and agents that are garbage already"] = [[
    for i = 1, 5 do
      local stream = demo():stream("say one two three four slowly")
      for _ = 1, i do stream:next() end
    end
  ]],
  ["an error inside the loop over a stream"] = [[
    kept = demo()
    assert(not pcall(function()
      for event in kept:stream("say one two three slowly") do
        if event.type == "text_delta" then error("stop") end
      end
    end))
  ]],
}

describe("a state that is closed", function()
  after_each(mock.stop_all)

  local names = {}
  for name in pairs(IN_FLIGHT) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    it("with " .. name .. " frees them, and others go on", function()
      assert_ends_well(([[
        local other = states.open()
        states.run(other, "agent = demo()")
        for _ = 1, %d do
          local state = states.open()
          states.run(state, %q)
          states.close(state)
          assert(states.run(other, "return agent:chat('Hello')") == "You said: Hello")
          states.run(other, "agent:reset()")
        end
        states.close(other)
      ]]):format(ROUNDS, IN_FLIGHT[name]))
    end)
  end

  it("on a thread of its own with work of every kind in flight frees it", function()
    local programs = {}
    for i, name in ipairs(names) do programs[i] = "do " .. IN_FLIGHT[name] .. " end" end
    assert_ends_well(("for _ = 1, %d do states.threads(4, %q) end"):format(math.ceil(ROUNDS / 3), table.concat(programs, "\n")))
  end)

  it("cancels what it has sent to a provider", function()
    local server = mock.start { {
      respond = { chat = { text = "one two three" }, actions = { { hold = "never", at = { event = 2 } } } }, ["repeat"] = "forever",
    } }
    assert_ends_well(([[
      for _ = 1, 3 do
        local state = states.open()
        states.run(state, %q)
        states.close(state)
      end
    ]]):format(([[
      kept = llmspell.agent{ provider = "openai", model = "gpt-4o", api_key = "sk-test", base_url = %q }
      stream = kept:stream("go")
      repeat local event = stream:next() until event.type == "text_delta"
    ]]):format(server.url .. "/v1")))
    assert.is_true(server:aborted(3))
  end)

  it("may be the one that ends the program, by os.exit too", function()
    for _, name in ipairs(names) do
      for _, ending in ipairs { "", "\nos.exit(0, true)", "\nos.exit(0)" } do
        local output, ok = system.lua(IN_STATE .. IN_FLIGHT[name] .. ending, system.ends_open)
        assert.is_true(ok, name .. ending .. "\n" .. output)
        assert.are.equal("", output)
      end
    end
  end)
end)

describe("the module", function()
  it("is the same table when it is required again, whatever was forgotten", function()
    assert_ends_well [[
      local first, raw = require("llmspell"), require("llmspell.raw")
      local agent = first.agent{ provider = "demo" }
      local stream = agent:stream("say one two")
      package.loaded["llmspell"], package.loaded["llmspell.raw"] = nil, nil
      collectgarbage()
      local second = require("llmspell")
      assert(first == second and require("llmspell.raw") == raw)
      for event in stream do last = event end
      assert(last.result.text == "one two")
      assert(agent:chat("Hello") == "You said: Hello")
      assert(second.json.encode(first.array{}) == "[]" and first.null == second.null)
    ]]
  end)

  it("is the same table when it comes from another path, a link or a copy of the file", function()
    assert_ends_well [[
      local path = assert(package.cpath:match("([^;]*)%?%.so")) .. "llmspell.so"
      local folder = os.tmpname()
      os.remove(folder)
      assert(os.execute("mkdir " .. folder .. " && cp " .. path .. " " .. folder .. "/copy.so && ln -s $(realpath " .. path
        .. ") " .. folder .. "/link.so"))
      local llmspell = require("llmspell")
      local agent = llmspell.agent{ provider = "demo" }
      for _, file in ipairs{ path, folder .. "/../" .. folder:match("[^/]+$") .. "/link.so", folder .. "/copy.so" } do
        local open = assert(package.loadlib(file, "luaopen_llmspell"))
        package.loaded["llmspell"] = nil
        assert(open() == llmspell, file)
        assert(agent:chat("Hello") == "You said: Hello")
        assert(llmspell.agent{ provider = "demo" }:chat("Hello") == "You said: Hello")
      end

      -- in a state of its own a copy is a library of its own
      local program = ("open = assert(package.loadlib(%q, 'luaopen_llmspell')) llmspell = open() "):format(folder .. "/copy.so")
        .. "agent = llmspell.agent{ provider = 'demo' } assert(agent:chat('Hello') == 'You said: Hello') stream = agent:stream('Hello')"
      local other = kit.open()
      kit.run(other, program)
      assert(agent:chat("Hello") == "You said: Hello")
      kit.close(other)
      assert(agent:chat("Hello") == "You said: Hello")
      os.execute("rm -r " .. folder)
    ]]
  end)
end)
