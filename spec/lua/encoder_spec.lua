local llmspell = require("llmspell")
local expect = require("spec.lua.support.expect")
local system = require("spec.lua.support.system")

-- What the encoder does when the collector changes a table under it. In interpreters of their own: what goes wrong here
-- goes wrong in memory.
local PRELUDE = [[
  local llmspell = require("llmspell")
  local collector = require("spec.lua.support.collector")
  collector.tune(100, 1000)

  -- Calls `act` when the garbage that this makes is collected.
  local function on_collection(act)
    if newproxy then
      getmetatable(newproxy(true)).__gc = act
    else
      setmetatable({}, { __gc = act })
    end
  end

  -- Makes each step of the collector a whole round, and the next one begin at once: it comes in nearly every encode. (With
  -- less of a pause it comes so often that only Lua 5.4 gets on.)
  local function hurry()
    collector.tune(100, 10000)
  end

  local function count(text)
    local n = 0
    for _ in pairs(assert(llmspell.json.decode(text))) do n = n + 1 end
    return n
  end
]]

local function assert_ends_well(program)
  local output, ok = system.lua(PRELUDE .. program)
  assert.is_true(ok, output)
  return output
end

describe("the encoder, while the collector runs,", function()
  it("leaves out what is gone from a weak table", function()
    local output = assert_ends_well [[
      local incomplete = 0
      for round = 1, 2000 do
        local size = 60 + round % 500
        local weak = setmetatable({}, { __mode = "v" })
        for i = 1, size do weak["key" .. round .. "_" .. i] = { ("x"):rep(10) } end
        local found = count(assert(llmspell.json.encode(weak)))
        assert(found <= size)
        if found < size then incomplete = incomplete + 1 end
      end
      print(incomplete > 0 and "some were gone" or "the collector never came")
    ]]
    expect.holds("some were gone", output)
  end)

  it("writes the members that were there when a finalizer adds more", function()
    assert_ends_well [[
      hurry()
      local target, added = {}, 0
      local function grow()
        added = added + 1
        for i = 1, 200 do target["x" .. added .. "_" .. i] = 1 end
      end
      for _ = 1, 2000 do
        if added % 20 == 0 then
          target, added = {}, added + 1
          for i = 1, 50 do target["k" .. i] = 1 end
        end
        on_collection(grow)
        local value = assert(llmspell.json.decode(assert(llmspell.json.encode(target))))
        for i = 1, 50 do assert(value["k" .. i] == 1) end
      end
    ]]
  end)

  it("survives a finalizer that takes members and strings away", function()
    assert_ends_well [[
      hurry()
      local target
      local function empty()
        for key in pairs(target) do target[key] = nil end
      end
      for round = 1, 2000 do
        target = {}
        for i = 1, 200 do target["member " .. round .. " " .. i] = i end
        on_collection(empty)
        assert(count(assert(llmspell.json.encode(target))) <= 200)
      end
    ]]
  end)

  it("keeps its text apart from that of a finalizer that encodes as well", function()
    assert_ends_well [[
      hurry()
      local target, within = {}, 0
      for i = 1, 100 do target["member " .. i] = ("value " .. i):rep(3) end
      local expected = assert(llmspell.json.encode(target))
      local function encode()
        within = within + 1
        assert(llmspell.json.encode{ within = ("z"):rep(within % 3000) } == '{"within":"' .. ("z"):rep(within % 3000) .. '"}')
      end
      for _ = 1, 2000 do
        on_collection(encode)
        assert(llmspell.json.encode(target) == expected)
      end
      assert(within > 0)
    ]]
  end)

  it("answers a list that lost elements with a failure or what is left", function()
    assert_ends_well [[
      for round = 1, 2000 do
        local weak = setmetatable({}, { __mode = "v" })
        for i = 1, 100 do weak[i] = { i } end
        local text, message, details = llmspell.json.encode(weak)
        assert(text or details.kind == "argument", message)
      end
    ]]
  end)
end)

describe("the encoder", function()
  it("makes room for texts that grow sixfold, whatever was written before", function()
    for _, length in ipairs { 1, 15, 16, 17, 100, 5000, 200000, 3 } do
      assert.are.equal('"' .. ("\\u0001"):rep(length) .. '"', llmspell.json.encode(("\1"):rep(length)))
      assert.are.equal('"' .. ("ä\\n"):rep(length) .. 'x"', llmspell.json.encode(("ä\n"):rep(length) .. "x"))
    end
  end)

  it("writes keys in byte order, also those that begin alike or hold zeros", function()
    local text = llmspell.json.encode { ab = 1, a = 2, ["a\0"] = 3, [""] = 4, b = 5, ["ä"] = 6, aa = 7 }
    assert.are.equal('{"":4,"a":2,"a\\u0000":3,"aa":7,"ab":1,"b":5,"ä":6}', text)
  end)

  it("names the key that is not UTF-8", function()
    local message = expect.failure("argument", llmspell.json.encode { fine = { ["\255"] = 1 } })
    expect.holds('value.fine["?"] has a key that is not valid UTF-8', message)
  end)
end)
