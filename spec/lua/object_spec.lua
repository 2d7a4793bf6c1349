-- A structured answer as a Lua value: nulls, lists, empty ones.
local llmspell = require("llmspell")

local null = llmspell.null

local SCHEMA = {
  type = "object",
  properties = {
    city = { type = { "string", "null" } },
    tags = { type = "array", items = { type = { "string", "null" } } },
    sizes = { type = "array", items = { type = "array", items = { type = "integer" } } },
    more = { type = "object" },
  },
  required = { "tags" },
}

-- The structured answer of a model that writes this text.
local function object_of(text, schema)
  local model = llmspell.testing.scripted { text }
  local result = assert(llmspell.agent { model = model, output_schema = schema or SCHEMA }:execute { input = "Where?" })
  return result.object, result
end

-- All keys of a table.
local function keys(value)
  local names = {}
  for name in pairs(value) do names[#names + 1] = tostring(name) end
  table.sort(names)
  return table.concat(names, " ")
end

describe("result.object", function()
  it("leaves null members out and keeps the nulls of a list in their places", function()
    local object = object_of('{"city": null, "tags": ["a", null, "b", null], "more": {"x": null, "y": [null]}}')
    assert.is_nil(object.city)
    assert.equal("more tags", keys(object))
    assert.equal(4, #object.tags)
    assert.same({ "a", null, "b", null }, object.tags)
    assert.equal("y", keys(object.more))
    assert.same({ null }, object.more.y)
  end)

  it("tells empty lists and empty objects apart when it is written again", function()
    local object = object_of('{"tags": [], "sizes": [[], [1, 2]], "more": {}}')
    assert.equal(0, #object.tags)
    assert.equal("[]", llmspell.json.encode(object.tags))
    assert.equal("[[],[1,2]]", llmspell.json.encode(object.sizes))
    assert.equal("{}", llmspell.json.encode(object.more))
  end)

  it("is a list, a number or a boolean where the schema says so", function()
    local list, result = object_of('{"value": [[1, null], []]}', {
      type = "array",
      items = { type = "array", items = { type = { "integer", "null" } } },
    })
    assert.same({ { 1, null }, {} }, list)
    assert.equal("[[1,null],[]]", result.text)
    assert.equal(12, (object_of('{"value": 12}', { type = "integer" })))
    assert.is_false((object_of('{"value": false}', { type = "boolean" })))
  end)

  it("grows in a stream, with nulls and lists as in the result", function()
    local model = llmspell.testing.scripted { '{"tags": ["a", null], "city": null}' }
    local seen, last = 0, nil
    local agent = llmspell.agent { model = model, output_schema = SCHEMA }
    for event in agent:stream("Where?") do
      if event.type == "object_delta" then
        seen, last = seen + 1, event.object
      elseif event.type == "done" then
        assert.same({ tags = { "a", null } }, event.result.object)
      end
    end
    assert.is_true(seen > 0)
    assert.same({ tags = { "a", null } }, last)
  end)
end)
