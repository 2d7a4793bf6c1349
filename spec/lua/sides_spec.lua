-- A call that waits where a yield would reach the wrong side: its answer is right, or Lua says why not, and no value of ours
-- comes out at the program's own side.
local llmspell = require("llmspell")
local demo = require("spec.lua.support.demo")
local expect = require("spec.lua.support.expect")
local mock = require("spec.lua.support.mock")

local is_puc = not rawget(_G, "jit")
local puc_51 = _VERSION == "Lua 5.1" and is_puc

local function ask(text) return assert(demo():chat("say " .. text)) end

-- What `call` returns on the main thread, in a coroutine, in a task, and in a handler of a run in a task, while another task
-- goes on.
local function everywhere(call)
  local results = {}
  results.main = call()
  results.coroutine = coroutine.wrap(call)()
  local ticks, over = 0, false
  llmspell.loop(function()
    llmspell.go(function()
      while not over do
        ticks = ticks + 1
        llmspell.sleep(1)
      end
    end)
    results.task = call()
    local agent = demo { tools = { expect.tool("work", function()
      results.handler = call()
      return "worked"
    end) } }
    expect.holds("worked", assert(agent:chat("work")))
    over = true
  end)
  assert.is_true(ticks > 0)
  return results
end

local function assert_everywhere(expected, call)
  for place, result in pairs(everywhere(call)) do assert.are.equal(expected, result, place) end
end

describe("a chat", function()
  after_each(mock.stop_all)
  teardown(mock.close)

  it("inside a generator leaves its values to the generator's caller", function()
    assert_everywhere("one two three", function()
      local words = coroutine.wrap(function()
        for _, word in ipairs { "one", "two", "three" } do coroutine.yield(ask(word)) end
      end)
      local got = {}
      for word in words do got[#got + 1] = word end
      return table.concat(got, " ")
    end)
  end)

  it("inside a generator that reads a stream leaves its values too", function()
    assert_everywhere("one two ", function()
      local words = coroutine.wrap(function()
        local stream = demo():stream("say one two ")
        for event in function() return stream:next() end do
          if event.type == "text_delta" then coroutine.yield(event.text) end
        end
      end)
      local got = {}
      for word in words do got[#got + 1] = word end
      return table.concat(got) .. " "
    end)
  end)

  it("in a comparator of table.sort sorts", function()
    assert_everywhere("a b c d", function()
      local list = { "d", "b", "c", "a" }
      table.sort(list, function(a, b) return ask(a) < ask(b) end)
      return table.concat(list, " ")
    end)
  end)

  it("in a callback of string.gsub replaces", function()
    assert_everywhere("<a><b>", function()
      return (("ab"):gsub("%w", function(letter) return "<" .. ask(letter) .. ">" end))
    end)
  end)

  it("under pcall and in an iterator gives its answer", function()
    assert_everywhere("in pcall, 1, 2", function()
      local _, text = pcall(ask, "in pcall")
      local got, n = { text }, 0
      for number in function()
        n = n + 1
        return n < 3 and ask(tostring(n)) or nil
      end do
        got[#got + 1] = number
      end
      return table.concat(got, ", ")
    end)
  end)

  it("under llmspell.pcall gives its answer while others go on, and its errors", function()
    local log = {}
    local function work(name)
      llmspell.sleep(5)
      log[#log + 1] = name
      if name == "raises" then error({ "raised" }) end
      return nil, ask(name)
    end
    assert_everywhere("false raised true answer", function()
      local ok, problem = llmspell.pcall(work, "raises")
      local fine, _, text = llmspell.pcall(work, "answer")
      return ("%s %s %s %s"):format(tostring(ok), problem[1], tostring(fine), text)
    end)
    log = {}
    llmspell.loop(function()
      for _ = 1, 2 do
        llmspell.go(function()
          log[#log + 1] = "begin"
          assert(llmspell.pcall(work, "end"))
        end)
      end
    end)
    assert.are.equal("begin begin end end", table.concat(log, " "))
  end)

  it("in a metamethod gives its answer, or in a task of Lua 5.1 Lua's own error, after which all goes on", function()
    local lazy = setmetatable({}, { __index = function(_, key) return ask(key) end })
    assert.are.equal("main", lazy.main)
    if not puc_51 then
      return assert_everywhere("key", function() return lazy.key end)
    end
    local slow = setmetatable({}, { __index = function(_, key) return (demo():chat(key .. ", slowly")) end })
    local problem = expect.raised(llmspell.loop, function() return slow.key end)
    expect.holds("attempt to yield across metamethod/C-call boundary", problem)
    assert.are.equal("still here", llmspell.loop(function() return ask("still here") end))
  end)

  -- in Lua 5.1 and 5.2 nobody tells a finalizer apart from its surroundings
  if not (is_puc and (_VERSION == "Lua 5.1" or _VERSION == "Lua 5.2")) then
    it("in a finalizer gives its answer", function()
      local answer
      local function finalizer() answer = ask("finalized") end
      llmspell.loop(function()
        if is_puc then
          setmetatable({}, { __gc = finalizer })
        else
          getmetatable(newproxy(true)).__gc = finalizer
        end
        for _ = 1, 3 do collectgarbage() end
      end)
      assert.are.equal("finalized", answer)
    end)
  end

  it("in a coroutine of a handler gives its answer, and the handler's yields go their own way", function()
    local log = {}
    local agent = demo { tools = { expect.tool("work", function()
      local inner = coroutine.wrap(function()
        coroutine.yield(ask("one"))
        coroutine.yield(ask("two"))
      end)
      log[#log + 1] = inner()
      coroutine.yield("to the event loop")
      log[#log + 1] = inner()
      return ask("three")
    end) } }
    expect.holds("three", llmspell.loop(function() return assert(agent:chat("work")) end))
    assert.are.same({ "one", "two" }, log)
  end)

  it("in a scheduler of the program's own, inside a task, meets only its own yields", function()
    local order = {}
    llmspell.loop(function()
      local threads = {}
      for name = 1, 3 do
        threads[name] = coroutine.create(function()
          for round = 1, 2 do
            local answer = coroutine.yield(name .. "." .. round .. ask("!"))
            order[#order + 1] = answer
          end
        end)
      end
      for round = 1, 2 do
        for name = 1, 3 do
          local _, what = coroutine.resume(threads[name], "answer")
          assert.are.equal(name .. "." .. round .. "!", what)
        end
      end
    end)
    assert.are.same({ "answer", "answer", "answer" }, order)
  end)

  it("that would wait for a run of a task, which stands still meanwhile, is busy", function()
    local server = mock.held()
    local agent = server:agent()
    llmspell.loop(function()
      local task = llmspell.go(function() return agent:chat("go") end)
      repeat llmspell.sleep(10) until #server:seen().requests == 1
      coroutine.wrap(function() expect.failure("busy", agent:chat("Hello")) end)()
      server:release("rest")
      assert.are.equal("one two three", (task:wait()))
      assert.are.equal("afterwards", (agent:chat("Hello")))
    end)
  end)
end)

describe("a task", function()
  it("is waited for where nothing can yield, while it and others go on", function()
    local others = 0
    local result = llmspell.loop(function()
      llmspell.go(function()
        for _ = 1, 5 do
          llmspell.sleep(1)
          others = others + 1
        end
      end)
      local task = llmspell.go(function()
        repeat llmspell.sleep(1) until others == 5
        return ask("waited for")
      end)
      local text
      table.sort({ 2, 1 }, function(a, b)
        text = text or task:wait()
        return a < b
      end)
      assert.are.equal(5, others)
      return text
    end)
    assert.are.equal("waited for", result)
  end)
end)
