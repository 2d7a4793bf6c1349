local llmspell = require("llmspell")
local expect = require("spec.lua.support.expect")

local json = llmspell.json
local exact_integers = math.type ~= nil

local function problem_of(value)
  local message = expect.failure("argument", json.encode(value))
  return message
end

describe("llmspell.json.encode", function()
  it("writes scalars", function()
    assert.are.equal("null", json.encode(llmspell.null))
    assert.are.equal("null", json.encode(nil))
    assert.are.equal("true", json.encode(true))
    assert.are.equal("false", json.encode(false))
    assert.are.equal("0", json.encode(0))
    assert.are.equal("-12", json.encode(-12))
    assert.are.equal("1.5", json.encode(1.5))
    assert.are.equal("0.1", json.encode(0.1))
    assert.are.equal("1e+300", json.encode(1e300))
    assert.are.equal([["text"]], json.encode("text"))
  end)

  it("writes a float without fraction as an integer, so that every Lua writes the same", function()
    assert.are.equal("3", json.encode(6 / 2))
    assert.are.equal("-7", json.encode(-7.0))
  end)

  it("writes doubles so that they read back the same", function()
    for _, value in ipairs { 1 / 3, 123456789.123, 5e-324, 1.7976931348623157e308, 0.1 + 0.2 } do
      assert.are.equal(value, json.decode(json.encode(value)))
    end
  end)

  it("escapes what JSON demands and leaves the rest", function()
    assert.are.equal([["\"\\/\b"]], (json.encode('"\\/\b'):gsub("\\u0008", "\\b")))
    assert.are.equal([["\n\r\t\u0000\u001f"]], json.encode("\n\r\t\0\31"))
    assert.are.equal([["grüße 😀 ]] .. "\127" .. [["]], json.encode("grüße 😀 \127"))
  end)

  it("tells arrays, objects and empty ones apart", function()
    assert.are.equal("[1,2,3]", json.encode { 1, 2, 3 })
    assert.are.equal('{"a":1}', json.encode { a = 1 })
    assert.are.equal("{}", json.encode {})
    assert.are.equal("[]", json.encode(llmspell.array {}))
    assert.are.equal("[]", json.encode(llmspell.array()))
    assert.are.equal("[1,null,3]", json.encode { 1, llmspell.null, 3 })
  end)

  it("sorts the keys of objects, so that the text is the same in every process", function()
    assert.are.equal('{"":4,"a":1,"aa":2,"b":3}', json.encode { b = 3, a = 1, aa = 2, [""] = 4 })
  end)

  it("says where a value cannot be JSON", function()
    expect.holds("value.a[2].b is a function", problem_of { a = { 1, { b = print } } })
    expect.holds("value.x is a coroutine", problem_of { x = coroutine.create(function() end) })
    expect.holds("value.x is a userdata", problem_of { x = io.stdout })
    expect.holds('value["two words"] is NaN', problem_of { ["two words"] = 0 / 0 })
    expect.holds("value.x is infinite", problem_of { x = -1 / 0 })
    expect.holds("value is a function", problem_of(print))
  end)

  it("refuses text that is not UTF-8", function()
    for _, bytes in ipairs {
      "\255", "\192\128", "\224\128\128", "\237\160\128", "\244\144\128\128", "\240\128\128\128", "abc\226\130", "\128",
    } do
      expect.holds("value.text is not valid UTF-8", problem_of { text = bytes })
    end
    expect.holds("has a key that is not valid UTF-8", problem_of { ["\255"] = 1 })
  end)

  it("refuses tables that are neither a list nor an object", function()
    expect.holds("value mixes list indices and string keys", problem_of { 1, 2, x = 3 })
    expect.holds("value.list[5] has no neighbour", problem_of { list = { [5] = "five" } })
    expect.holds("[1000]", problem_of { 1, 2, 3, [1000] = 4 })
    expect.holds("has a key that is neither", problem_of { [true] = 1 })
    expect.holds("has a key that is neither", problem_of { [1.5] = 1 })
  end)

  it("decodes no deeper than it encodes", function()
    for _, kind in ipairs { { "[", "]" }, { '{"a":', "}" } } do
      local function nested(levels) return kind[1]:rep(levels - 1) .. "[]" .. kind[2]:rep(levels - 1) end
      assert.are.equal(nested(128), json.encode((assert(json.decode(nested(128))))))
      for _, levels in ipairs { 129, 140, 160, 161 } do
        local message = expect.failure("argument", json.decode(nested(levels)))
        assert.is_true(#message < 1000)
      end
    end
    expect.holds("is nested deeper than 128 tables", (expect.failure("argument", json.decode(("["):rep(129) .. ("]"):rep(129)))))
  end)

  it("refuses cycles and deep nesting", function()
    local cycle = { a = {} }
    cycle.a.b = cycle
    expect.holds("value.a.b is a table that contains itself", problem_of(cycle))
    local deep = {}
    for _ = 1, 10000 do deep = { deep } end
    expect.holds("is nested deeper than 128 tables", problem_of(deep))
    assert.is_true(#problem_of(deep) < 400)
    local most = llmspell.array {}
    for _ = 1, 127 do most = { most } end
    assert.are.equal(("["):rep(128) .. ("]"):rep(128), json.encode(most))
  end)

  it("accepts the same table twice when it is no cycle", function()
    local shared = { 1 }
    assert.are.equal('{"a":[1],"b":[1]}', json.encode { a = shared, b = shared })
  end)

  it("writes large values", function()
    local list = {}
    for i = 1, 100000 do list[i] = i end
    local text = json.encode(list)
    assert.are.equal(100000, #json.decode(text))
    local long = ("x"):rep(10 * 1024 * 1024)
    assert.are.equal(#long + 2, #json.encode(long))
  end)

  if exact_integers then
    it("writes 64-bit integers exactly", function()
      assert.are.equal("9223372036854775807", json.encode(math.maxinteger))
      assert.are.equal("-9223372036854775808", json.encode(math.mininteger))
      assert.are.equal("9007199254740993", json.encode(9007199254740993))
    end)
  else
    it("refuses integers that a double cannot hold", function()
      assert.are.equal("9007199254740992", json.encode(2 ^ 53))
      assert.are.equal("-9007199254740992", json.encode(-2 ^ 53))
      expect.holds("value.id is an integer beyond 2^53", problem_of { id = 2 ^ 53 + 2 })
      expect.holds("is an integer beyond 2^53", problem_of(-2 ^ 63))
    end)
  end

  it("leaves the given table as it was", function()
    local inner = { 1, 2 }
    local given = { list = inner }
    json.encode(given)
    assert.is_nil(getmetatable(given))
    assert.is_nil(getmetatable(inner))
    assert.are.same({ list = { 1, 2 } }, given)
  end)
end)

describe("llmspell.json.decode", function()
  it("reads every kind of value", function()
    local value = json.decode [[ {"a":[1,2.5,-3,"x",true,false,null],"b":{},"c":{"d":"\u00fc\ud83d\ude00\u0000"}} ]]
    assert.are.equal(1, value.a[1])
    assert.are.equal(2.5, value.a[2])
    assert.are.equal(-3, value.a[3])
    assert.are.equal("x", value.a[4])
    assert.is_true(value.a[5])
    assert.is_false(value.a[6])
    assert.are.equal(llmspell.null, value.a[7])
    assert.are.equal("ü😀\0", value.c.d)
    assert.are.equal(llmspell.null, json.decode("null"))
    assert.are.equal("", json.decode('""'))
    assert.are.equal(false, json.decode("false"))
  end)

  it("reads the double that is nearest to the text", function()
    for _, text in ipairs { "0.22530191112309694", "-0.93464063946157694", "123456789012345.678", "1e23", "2.2250738585072014e-308" } do
      assert.are.equal(tonumber(text), json.decode(text))
    end
  end)

  it("gives back what encodes to the same text", function()
    for _, text in ipairs { "[]", "{}", '{"a":[],"b":{},"c":null}', "[[],{},[[]]]", '[1,"x",null,true]', '{"":""}' } do
      assert.are.equal(text, json.encode(json.decode(text)))
    end
  end)

  it("answers bad text with a failure that says where", function()
    for _, text in ipairs { "", "{", "[1,]", '{"a":}', "nul", '"\255"', "1 2", "NaN", '"\\ud800"' } do
      local message = expect.failure("argument", json.decode(text))
      expect.holds("llmspell.json.decode", message)
      assert.is_nil(message:find("llmspell_", 1, true), message)
    end
    expect.failure("argument", json.decode(("["):rep(10000) .. ("]"):rep(10000)))
  end)

  it("raises when it is not given a string", function()
    expect.holds("expected a string, got nil", expect.raised(function() return json.decode() end))
    expect.holds("json_spec.lua", expect.raised(function() local _ = json.decode({}) end))
  end)

  if exact_integers then
    it("reads 64-bit integers exactly and tells integers from floats", function()
      assert.are.equal(math.maxinteger, json.decode("9223372036854775807"))
      assert.are.equal("integer", math.type(json.decode("3")))
      assert.are.equal("float", math.type(json.decode("3.0")))
    end)
  else
    it("refuses integers that a double cannot hold and says where", function()
      assert.are.equal(2 ^ 53, json.decode("9007199254740992"))
      local message = expect.failure("argument", json.decode('{"list":[1,{"id":9007199254740993}]}'))
      expect.holds("value.list[2].id is an integer beyond 2^53", message)
    end)
  end
end)

describe("llmspell.array", function()
  it("marks the list itself and returns it", function()
    local list = { 1 }
    assert.are.equal(list, llmspell.array(list))
    assert.are.equal("[1]", json.encode(list))
  end)

  it("refuses what it cannot mark", function()
    expect.holds("expected a list", expect.raised(llmspell.array, "x"))
    expect.holds("metatable of its own", expect.raised(llmspell.array, setmetatable({}, {})))
  end)
end)
