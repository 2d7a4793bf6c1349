-- Many tasks: all answers right, every task gets its turn, nothing turns in vain.
local llmspell = require("llmspell")
local mock = require("spec.lua.support.mock")
local system = require("spec.lua.support.system")

-- under valgrind a tenth will do
local MANY = system.under_valgrind and 100 or 1000

-- The loop of llmspell.set_loop that is plain waiting, and counts how often it calls us.
local function counting(calls)
  local function nothing() end
  return {
    watch = function() return nothing end,
    after = function() return nothing end,
    turn = function()
      calls.turns = calls.turns + 1
      return false
    end,
  }
end

local function open_files()
  return tonumber(system.must("ls /proc/$PPID/fd | wc -l"):match("%d+"))
end

describe("a thousand runs in flight", function()
  after_each(function()
    llmspell.set_loop(nil)
    mock.stop_all()
  end)

  it("of the demo model get their own answers, in about as many turns as there is news", function()
    local calls = { turns = 0 }
    llmspell.set_loop(counting(calls))
    local agent = llmspell.agent { provider = "demo" }
    local right, now, most = 0, 0, 0
    llmspell.loop(function()
      for index = 1, MANY do
        llmspell.go(function()
          now = now + 1
          most = math.max(most, now)
          -- it lasts until all have begun
          local message = ("slowly %d%s"):format(index, (" word"):rep(60))
          if agent:chat(message, { session = tostring(index) }) == "You said: " .. message then right = right + 1 end
          now = now - 1
        end)
      end
    end)
    assert.are.equal(MANY, right)
    assert.are.equal(MANY, most)
    -- one wait at most for each run's end and each slice of time
    assert.is_true(calls.turns < 4 * MANY, calls.turns)
  end)

  it("of a server get their own answers, over one descriptor each", function()
    local count = MANY / 5
    local server = mock.start { { respond = { chat = { text = "fine" }, actions = { { hold = "all" } } }, ["repeat"] = "forever" } }
    local calls = { turns = 0 }
    llmspell.set_loop(counting(calls))
    local right, before = 0, open_files()
    local tasks = {}
    for index = 1, count do
      local agent = server:agent()
      tasks[index] = llmspell.go(function()
        if agent:chat("go") == "fine" then right = right + 1 end
      end)
    end
    repeat llmspell.sleep(50) until #server:seen().requests == count
    -- its connection, and what the library has open once
    assert.is_true(open_files() - before <= count + 20, open_files() - before)
    calls.turns = 0
    llmspell.sleep(500)
    -- slices of 50 ms
    assert.is_true(calls.turns < 40, calls.turns)
    server:release("all")
    llmspell.loop()
    assert.are.equal(count, right)
  end)
end)

describe("fifty tasks that share an agent", function()
  it("keep the turns of their sessions apart", function()
    local agent = llmspell.agent { provider = "demo" }
    local wrong = 0
    llmspell.loop(function()
      for index = 1, 50 do
        llmspell.go(function()
          local session = { session = "user " .. index }
          for round = 1, 3 do
            local message = ("number %d of %d"):format(round, index)
            if agent:chat(message, session) ~= "You said: " .. message then wrong = wrong + 1 end
            if not agent:chat("What did I say?", session):find(message, 1, true) then wrong = wrong + 1 end
          end
          if #agent:get_state(session).messages ~= 12 then wrong = wrong + 1 end
        end)
      end
    end)
    assert.are.equal(0, wrong)
  end)

  it("queue up on its one conversation, in the order of their calls", function()
    local agent = llmspell.agent { provider = "demo" }
    llmspell.loop(function()
      for index = 1, 50 do
        llmspell.go(function() assert.are.equal("You said: Hello " .. index, (agent:chat("Hello " .. index))) end)
      end
    end)
    local messages = agent:get_state().messages
    assert.are.equal(100, #messages)
    for index = 1, 50 do
      assert.are.equal("You said: Hello " .. index, messages[2 * index].content[1].text)
    end
  end)
end)

describe("a task with much to read", function()
  it("lets others go on in between", function()
    local text = ("word "):rep(system.under_valgrind and 3000 or 20000)
    local agent = llmspell.agent { provider = "demo" }
    local turns_of_others, over = 0, false
    llmspell.loop(function()
      llmspell.go(function()
        while not over do
          turns_of_others = turns_of_others + 1
          coroutine.yield()
        end
      end)
      local stream = agent:stream("say " .. text)
      llmspell.sleep(100)
      local before, deltas = turns_of_others, 0
      repeat
        local event = stream:next()
        if event and event.type == "text_delta" then deltas = deltas + 1 end
      until not event
      over = true
      assert.is_true(turns_of_others - before > deltas / 4000, turns_of_others - before)
    end)
  end)

  it("that never waits lets the event loop have its turn after a batch", function()
    local resumed, deferred = 0, nil
    local function nothing() end
    llmspell.set_loop {
      watch = function() return nothing end,
      after = function() return nothing end,
      defer = function(call) deferred = call end,
    }
    finally(function() llmspell.set_loop(nil) end)
    local tasks = {}
    for index = 1, 200 do
      tasks[index] = llmspell.go(function()
        while true do
          resumed = resumed + 1
          coroutine.yield()
        end
      end)
    end
    for _ = 1, 10 do
      local call, before = deferred, resumed
      deferred = nil
      call()
      assert.is_true(resumed > before and resumed <= before + 64, resumed - before)
      assert.is_truthy(deferred)
    end
    for _, task in ipairs(tasks) do task:cancel() end
  end)
end)

describe("ended tasks", function()
  it("leave no memory behind", function()
    local agent = llmspell.agent { provider = "demo" }
    local function round()
      llmspell.loop(function()
        for index = 1, 100 do
          local task = llmspell.go(function()
            llmspell.sleep(0)
            return agent:chat("Hello", { session = tostring(index) })
          end)
          if index % 4 == 0 then task:cancel() end
        end
      end)
      for _ = 1, 3 do collectgarbage() end
      return collectgarbage("count")
    end
    -- what is kept once, LuaJIT's compiled code among it
    for _ = 1, 8 do round() end
    local before = round()
    for _ = 1, 8 do round() end
    assert.is_true(round() - before < 64, round() - before)
  end)
end)
