-- The table of docs/lua.md that says what each Lua can do, held against the Lua that runs this.
local llmspell = require("llmspell")
local expect = require("spec.lua.support.expect")
local mock = require("spec.lua.support.mock")
local raw = require("llmspell.raw")
local system = require("spec.lua.support.system")

local HERE = rawget(_G, "jit") and "LuaJIT" or _VERSION:match("%d%.%d")
local LUAS = { ["5.5"] = true, ["5.4"] = true, ["5.3"] = true, ["5.2"] = true, ["LuaJIT"] = true, ["5.1"] = true }

local function cells_of(line)
  local cells = {}
  for cell in line:gmatch("|([^|]*)") do cells[#cells + 1] = cell:match("^%s*(.-)%s*$") end
  -- what follows the last bar
  cells[#cells] = nil
  return cells
end

-- The table as {capability = {[Lua] = "yes" or "no"}}, and its header.
local function read_table()
  local header, rows = nil, {}
  local section = assert(system.read("docs/lua.md"):match("\n## What a Lua version cannot do\n(.*)$"), "docs/lua.md has no such section")
  for line in section:gmatch("(|[^\n]*)\n") do
    local cells = cells_of(line)
    if not header then
      header = cells
    elseif not cells[1]:find("^%-%-%-") then
      local row = {}
      for i = 2, #header - 1 do row[header[i]] = cells[i] end
      assert(#cells == #header and cells[#cells] ~= "", line)
      rows[cells[1]] = row
    end
  end
  return rows, header
end

local compile = rawget(_G, "loadstring") or load

-- an agent whose tool `ask` yields a question
local function asking_agent()
  return llmspell.agent {
    provider = "demo",
    tools = { expect.tool("ask", function() return (coroutine.yield("question")) end) },
  }
end

-- Runs `call` in a coroutine and answers the question: what `call` returned in the end, and whether it was asked.
local function answered(call)
  local thread = coroutine.create(call)
  local ok, result = coroutine.resume(thread)
  local asked = ok and result == "question"
  if asked then ok, result = coroutine.resume(thread, "because") end
  return ok and result or nil, asked, result
end

local function assert_answered(call)
  local result, asked = answered(call)
  assert.is_true(asked)
  expect.holds("because", result)
end

-- The tool's call failed and said why; the agent goes on.
local function assert_told(agent, call, why)
  local result, asked = answered(call)
  assert.is_false(asked)
  expect.holds("tool 'ask' yielded, and nobody can resume it", result)
  expect.holds(why, result)
  assert.are.equal("You said: Hello", (agent:chat("Hello")))
end

local function chat_in_for(agent)
  local content
  for event in agent:stream("ask") do
    if event.type == "tool_result" then content = event.content end
  end
  return content
end

-- Leaves a loop over a stream in its midst, and then, before anything is collected, asks whether the agent is free.
local function is_free_after_break(agent)
  collectgarbage("stop")
  local ok, free = pcall(function()
    for event in agent:stream("go") do
      if event.type == "text_delta" then break end
    end
    return (raw.agent_reset(agent))
  end)
  collectgarbage("restart")
  assert.is_true(ok, free)
  return free == true
end

-- For each capability: `yes` proves it, `no` proves what docs/lua.md says of a Lua without it, `instead` proves on every
-- Lua what it advises.
local PROBES = {
  ["`<close>` closes an agent or a stream at the end of the scope"] = {
    yes = function()
      local server = mock.held()
      local program = assert(compile([[
        local agent = ...
        do
          local closed <close> = agent
          local stream <close> = agent:stream("go")
          repeat local event = stream:next() until event.type == "text_delta"
        end
      ]]))
      local agent = server:agent()
      program(agent)
      assert.are.equal("llmspell.agent (closed)", tostring(agent))
      assert.is_true(server:aborted(1))
    end,
    no = function() assert.is_nil(compile("local agent <close> = ...")) end,
    instead = function()
      local agent = llmspell.agent { provider = "demo" }
      local stream = agent:stream("say one two")
      assert.is_true(stream:close())
      assert.is_nil(stream:next())
      assert.is_true(agent:close())
      assert.are.equal("llmspell.agent (closed)", tostring(agent))
    end,
  },
  ["`break` out of `for … in agent:stream()` cancels the run at once"] = {
    yes = function()
      local server = mock.held()
      local agent = server:agent()
      assert.is_true(is_free_after_break(agent))
      assert.is_true(server:aborted(1))
      assert.are.equal("afterwards", (agent:chat("go on")))
    end,
    no = function()
      local server = mock.held()
      local agent = server:agent()
      assert.is_false(is_free_after_break(agent))
      assert.are.equal("afterwards", (agent:chat("go on")))
      assert.is_true(server:aborted(1))
    end,
    instead = function()
      local server = mock.held()
      local agent = server:agent()
      local stream = agent:stream("go")
      for event in stream do
        if event.type == "text_delta" then break end
      end
      assert.is_true(stream:close())
      assert.is_true(server:aborted(1))
    end,
  },
  ["a handler may yield while `for … in agent:stream()` waits"] = {
    yes = function()
      local agent = asking_agent()
      assert_answered(function() return chat_in_for(agent) end)
    end,
    no = function()
      local agent = asking_agent()
      assert_told(agent, function() return chat_in_for(agent) end, "use stream:next() there")
    end,
    instead = function()
      local agent = asking_agent()
      assert_answered(function()
        local stream, content = agent:stream("ask"), nil
        repeat
          local event = stream:next()
          content = event and event.type == "tool_result" and event.content or content
        until not event
        return content
      end)
    end,
  },
  ["a handler may yield in a call under `pcall`"] = {
    yes = function()
      local agent = asking_agent()
      assert_answered(function() return select(2, pcall(agent.chat, agent, "ask")) end)
    end,
    no = function()
      local agent = asking_agent()
      assert_told(agent, function() return select(2, pcall(agent.chat, agent, "ask")) end, "pcall")
    end,
    instead = function()
      local agent = asking_agent()
      assert_answered(function() return agent:chat("ask") end)
      expect.failure("provider", agent:chat("fail with 400"))
    end,
  },
  ["a handler may yield in a call from a metamethod"] = {
    yes = function()
      local agent = asking_agent()
      local answers = setmetatable({}, { __index = function(_, question) return agent:chat(question) end })
      assert_answered(function() return answers.ask end)
    end,
    no = function()
      local agent = asking_agent()
      local answers = setmetatable({}, { __index = function(_, question) return agent:chat(question) end })
      local result, asked, problem = answered(function() return answers.ask end)
      assert.is_nil(result)
      assert.is_false(asked)
      expect.holds("attempt to yield across", problem)
      assert.are.equal("You said: Hello", (agent:chat("Hello")))
    end,
    instead = function()
      local agent = asking_agent()
      local function answer(question) return agent:chat(question) end
      assert_answered(function() return (answer("ask")) end)
    end,
  },
  ['`load("return 1")`'] = {
    yes = function() assert.are.equal(1, assert(load("return 1"))()) end,
    no = function()
      local agent = llmspell.agent {
        provider = "demo",
        tools = { expect.tool("calculate", function(p) return load("return " .. p.text)() end) },
      }
      expect.holds("bad argument #1 to 'load'", assert(agent:chat('calculate "1 + 1"')))
    end,
    instead = function() assert.are.equal(2, assert((rawget(_G, "loadstring") or load)("return 1 + 1"))()) end,
  },
  ["whole numbers beyond 2^53 in JSON"] = {
    yes = function()
      for _, text in ipairs { "9007199254740993", "9223372036854775807", "-9223372036854775808" } do
        assert.are.equal(text, llmspell.json.encode((assert(llmspell.json.decode(text)))))
      end
    end,
    no = function()
      expect.holds("beyond 2^53", (expect.failure("argument", llmspell.json.decode("9007199254740993"))))
      expect.holds("beyond 2^53", (expect.failure("argument", llmspell.json.encode(2 ^ 53 * 3))))
    end,
    instead = function()
      local text = '"9007199254740993"'
      assert.are.equal(text, llmspell.json.encode((assert(llmspell.json.decode(text)))))
    end,
  },
}

describe("the table of Lua versions in docs/lua.md", function()
  local rows, header = read_table()

  after_each(mock.stop_all)
  teardown(mock.close)

  it("has a column for each Lua, and no cell but yes and no", function()
    local columns = {}
    for i = 2, #header - 1 do columns[header[i]] = true end
    assert.are.same(LUAS, columns)
    assert.is_true(LUAS[HERE])
    for capability, row in pairs(rows) do
      for lua in pairs(LUAS) do assert.is_true(row[lua] == "yes" or row[lua] == "no", capability .. ", " .. lua) end
    end
  end)

  it("has the rows that are proved here, and no other", function()
    for capability in pairs(rows) do assert.is_truthy(PROBES[capability], capability) end
    for capability in pairs(PROBES) do assert.is_truthy(rows[capability], capability) end
  end)

  local capabilities = {}
  for capability in pairs(rows) do capabilities[#capabilities + 1] = capability end
  table.sort(capabilities)
  for _, capability in ipairs(capabilities) do
    local says = rows[capability][HERE]
    it(("is right on Lua %s: %s: %s"):format(HERE, capability, says), function()
      local probe = PROBES[capability]
      probe[says]()
      probe.instead()
      -- the other cell would be wrong here
      assert.is_false((pcall(probe[says == "yes" and "no" or "yes"])))
    end)
  end
end)
