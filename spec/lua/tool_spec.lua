local llmspell = require("llmspell")
local expect = require("spec.lua.support.expect")
local mock = require("spec.lua.support.mock")

local function refused(given)
  return expect.raised(function()
    local made = llmspell.create_tool(given)
    return made
  end)
end

-- a valid tool with some fields replaced; `false` leaves one out
local function with(fields)
  local tool = expect.tool("echo", function(p) return p.text end, fields)
  for key, value in pairs(tool) do
    if value == false then tool[key] = nil end
  end
  return tool
end

describe("llmspell.create_tool", function()
  after_each(mock.stop_all)

  it("copies what it is given", function()
    local given = with { timeout_ms = 500 }
    local made = llmspell.create_tool(given)
    given.name = "other"
    given.schema.properties = nil
    assert.are.equal("echo", made.name)
    assert.are.equal("string", made.schema.properties.text.type)
    assert.are.equal(500, made.timeout_ms)
    assert.are.equal("llmspell.tool (echo)", tostring(made))
  end)

  it("names the field, the expectation and what it got", function()
    expect.holds("tool must be a tool (made by llmspell.create_tool) or a table", refused("echo"))
    expect.holds("tool.name must be a string", refused(with { name = false }))
    expect.holds("tool.name must be a string", refused(with { name = 5 }))
    expect.holds("tool.description must be a string", refused(with { description = {} }))
    expect.holds("tool.schema must be a table", refused(with { schema = "object" }))
    expect.holds("tool.execute must be a function", refused(with { execute = false }))
    expect.holds("got a string", refused(with { execute = "print" }))
    expect.holds("tool.timeout_ms must be a number", refused(with { timeout_ms = "1s" }))
    expect.holds("tool_spec.lua:", refused("echo"))
  end)

  it("has no handler where the caller answers, and says so otherwise", function()
    expect.holds("leave it out and give external = true", refused { name = "echo" })
    expect.holds("tool has both external = true and execute", refused(with { external = true }))
    expect.holds("tool.external must be true or false", refused { name = "echo", external = "yes" })
    local look = llmspell.create_tool { name = "look", description = "Looks", external = true }
    assert.is_true(look.external)
    local agent = llmspell.agent { provider = "demo", tools = { look } }
    assert.is_true(agent:add_tool { name = "hear", external = true })
    local result = assert(agent:execute { input = "look please" })
    assert.are.equal("tool_calls", result.finish_reason)
    assert.are.equal("look", result.tool_calls[1].name)
    assert.is_true(result.tool_calls[1].open)
    assert.is_nil(result.tool_calls[1].result)
    local id = result.tool_calls[1].id
    local answer = assert(agent:chat { type = "tool_result", tool_call_id = id, content = { "a", { type = "star" } } })
    expect.holds('look gave ["a",{"type":"star"}]', answer)
    local _, message, details = agent:chat { type = "tool_result", tool_call_id = id, content = "again" }
    expect.holds("input: no open tool call has the id", message)
    assert.are.equal("argument", details.kind)
    expect.holds("tool results come before everything else", expect.raised(agent.chat, agent, { "a", { type = "tool_result" } }))
  end)

  it("takes the bytes of pictures in a result that the caller gives", function()
    local agent = llmspell.agent { provider = "demo", tools = { { name = "look", external = true } } }
    local id = assert(agent:execute { input = "look please" }).tool_calls[1].id
    local parts = { { type = "text", text = "there" }, { type = "image", bytes = "\137PNG\r\n\26\n" } }
    assert(agent:chat { { role = "tool", content = { { type = "tool_result", tool_call_id = id, content = parts } } } })
    local kept = agent:get_state().messages[3].content[1]
    assert.are.equal("there", kept.content)
    assert.are.equal("iVBORw0KGgo=", kept.parts[1].data)
  end)

  it("takes fields that a tool inherits", function()
    local base = { schema = { type = "object", properties = { text = { type = "string" } } } }
    base.execute = function(p) return p.text end
    local tool = llmspell.create_tool(setmetatable({ name = "echo" }, { __index = base }))
    assert.are.equal(base.execute, tool.execute)
    local agent = llmspell.agent { provider = "demo", tools = { tool } }
    assert.are.equal("I asked the tools: echo gave hi.", (agent:chat('echo "hi"')))
  end)

  it("suggests the nearest field", function()
    expect.holds("unknown field 'descripton'; did you mean 'description'?", refused(with { descripton = "x" }))
    expect.holds("unknown field 'parameters'; known are description, execute, external, max_calls, max_result_bytes, name", refused(with { parameters = {} }))
  end)

  it("takes only names as keys", function()
    expect.holds("tool: every key must be a name like 'name', got 1", refused { "echo" })
    expect.holds("got a string that is not valid UTF-8", refused(with { ["\255"] = 1 }))
  end)

  it("says where a schema cannot be JSON", function()
    local schema = { type = "object", properties = { x = { default = print } } }
    expect.holds("tool.schema.properties.x.default is a function", refused(with { schema = schema }))
    schema.properties.x = schema
    expect.holds("is a table that contains itself", refused(with { schema = schema }))
    expect.holds("is NaN", refused(with { schema = { minimum = 0 / 0 } }))
    local deep = {}
    for _ = 1, 200000 do deep = { items = deep } end
    expect.holds("is nested deeper than 128 tables", refused(with { schema = deep }))
  end)

  it("takes a table that can be called for execute", function()
    local callable = setmetatable({}, { __call = function(_, p) return p.text .. "!" end })
    local agent = llmspell.agent { provider = "demo", tools = { with { execute = callable } } }
    expect.holds("hello!", (agent:chat('echo "hello"')))
  end)

  it("writes empty lists of a schema as lists and empty schemas as objects", function()
    local server = mock.saying("fine")
    local schema = {
      type = "object",
      properties = { any = {}, required = {}, items = { type = "array", items = {} }, one = { anyOf = { { required = {} } } } },
      required = {},
      dependentRequired = { any = {}, required = { "any" } },
    }
    local agent = server:agent { tools = { with { schema = schema } } }
    assert(agent:chat("Hello"))
    local sent = server:seen().requests[1].body.tools[1]["function"].parameters
    local text = assert(llmspell.json.encode(sent))
    expect.holds('"dependentRequired":{"any":[],"required":["any"]}', text)
    expect.holds('"properties":{"any":{},"items":{"items":{},"type":"array"},"one":{"anyOf":[{"required":[]}]},"required":{}}', text)
    expect.holds('"required":[],"type":"object"', text)
  end)

  it("knows the lists wherever a schema may have one", function()
    local function written(schema)
      return (llmspell.json.encode(llmspell.create_tool(with { schema = schema }).schema))
    end
    for _, keyword in ipairs { "required", "enum", "examples", "type", "allOf", "anyOf", "oneOf", "prefixItems" } do
      assert.are.equal(('{"%s":[]}'):format(keyword), written { [keyword] = {} })
    end
    local inner = { required = {} }
    for _, keyword in ipairs { "allOf", "anyOf", "oneOf", "prefixItems", "items" } do
      assert.are.equal(('{"%s":[{"required":[]}]}'):format(keyword), written { [keyword] = { inner } })
      assert.are.equal(('{"%s":[{"required":[]}]}'):format(keyword), written { [keyword] = llmspell.array { inner } })
    end
    for _, keyword in ipairs {
      "items", "additionalItems", "additionalProperties", "contains", "contentSchema", "propertyNames", "unevaluatedItems",
      "unevaluatedProperties", "not", "if", "then", "else",
    } do
      assert.are.equal(('{"%s":{"required":[]}}'):format(keyword), written { [keyword] = inner })
    end
    for _, keyword in ipairs {
      "properties", "patternProperties", "definitions", "$defs", "dependentSchemas", "dependencies",
    } do
      assert.are.equal(('{"%s":{"required":{"required":[]}}}'):format(keyword), written { [keyword] = { required = inner } })
    end
    assert.are.equal('{"dependentRequired":{"a":[],"b":["a"]}}', written { dependentRequired = { a = {}, b = { "a" } } })
  end)

  it("offers a tool without description and schema", function()
    local server = mock.saying("fine")
    local agent = server:agent { tools = { { name = "ping", execute = function() end } } }
    assert(agent:chat("Hello"))
    assert.are.equal("object", server:seen().requests[1].body.tools[1]["function"].parameters.type)
  end)
end)

describe("tools of an agent", function()
  local function agent_with(tools)
    return expect.raised(function()
      local made = llmspell.agent { provider = "demo", tools = tools }
      return made
    end)
  end

  it("are a list", function()
    expect.holds("tools must be a list of tools, got a string", agent_with("echo"))
    expect.holds("tools must be a list of tools, got a table with names as keys; write tools = { tool }", agent_with(with {}))
    expect.holds("tools[2] must be a tool", agent_with { with {}, "echo" })
    expect.holds("tools[9] stands behind a hole", agent_with { with {}, [9] = with { name = "other" } })
    expect.holds("tools[1].execute must be a function", agent_with { with { execute = false } })
    assert.is_truthy(llmspell.agent { provider = "demo", tools = {} })
  end)

  it("have different names", function()
    expect.holds("echo", agent_with { with {}, with {} })
    local agent = llmspell.agent { provider = "demo", tools = { with {} } }
    local message = expect.raised(function() local _ = agent:add_tool(with {}) end)
    expect.holds("agent:add_tool: ", message)
    expect.holds("echo", message)
    expect.holds("tool_spec.lua:", message)
  end)

  it("have a schema that is one", function()
    expect.holds("schema", agent_with { with { schema = { type = "nonsense" } } })
    expect.holds("schema", agent_with { with { schema = { type = "object", properties = 5 } } })
  end)

  it("can be added later", function()
    local agent = llmspell.agent { provider = "demo" }
    expect.holds("You said", (agent:chat('echo "hi"')))
    assert.is_true(agent:add_tool(llmspell.create_tool(with {})))
    expect.holds("echo gave hi", (agent:chat('echo "hi"')))
    expect.holds("tool.execute must be", expect.raised(agent.add_tool, agent, with { name = "x", execute = false }))
    expect.holds("tool must be a tool", expect.raised(agent.add_tool, agent, nil))
  end)
end)
