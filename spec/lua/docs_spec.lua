local expect = require("spec.lua.support.expect")
local system = require("spec.lua.support.system")

describe("docs/lua.md", function()
  local page = system.read("docs/lua.md")
  local outputs = {}

  it("has examples that run", function()
    local count = 0
    for program in page:gmatch("\n```lua\n(.-)\n```") do
      count = count + 1
      local output, ok = system.lua(program)
      assert.is_true(ok, program .. "\n" .. output)
      outputs[count] = output
    end
    assert.is_true(count >= 6)
    expect.holds("You said: Hello", outputs[1])
    expect.holds("try again in", outputs[2])
    expect.holds("Remember 42", outputs[3])
    expect.holds('"price":2', outputs[4])
    expect.holds("we have no plum", outputs[4])
    expect.holds("why?", outputs[5])
    expect.holds("because", outputs[5])
    expect.holds("Tell me a story", outputs[6])
  end)

  it("and the types for editors name every method of an agent and a stream", function()
    local types = system.read("bindings/lua/meta/llmspell.lua")
    for _, name in ipairs {
      "chat", "execute", "stream", "add_tool", "get_state", "state", "fork", "reset", "close",
    } do
      expect.holds("agent:" .. name, page)
      expect.holds("function Agent:" .. name .. "(", types)
    end
    for _, name in ipairs { "next", "cancel", "checkpoint", "approve", "deny", "close" } do
      expect.holds("stream:" .. name, page)
      expect.holds("function Stream:" .. name .. "(", types)
    end
    for _, name in ipairs { "wait", "cancel", "status" } do
      expect.holds("task:" .. name, page)
      expect.holds("function Task:" .. name .. "(", types)
    end
    for name in pairs(require("llmspell")) do
      expect.holds("llmspell." .. name, page)
      expect.holds("llmspell." .. name, types)
    end
  end)

  it("links only to sections that it has", function()
    local sections = {}
    for title in page:gmatch("\n#+ ([^\n]+)") do
      sections[title:lower():gsub("[^%w%s_-]", ""):gsub("%s", "-")] = true
    end
    for target in page:gmatch("%]%(#([^)]+)%)") do
      assert.is_true(sections[target], target)
    end
  end)
end)

describe("docs/event-loops.md", function()
  local has_copas = _VERSION == "Lua 5.1" or _VERSION == "Lua 5.2"

  it("has examples that run", function()
    local outputs = {}
    for program in system.read("docs/event-loops.md"):gmatch("\n```lua\n(.-)\n```") do
      -- there is no LuaSocket and no cqueues for it yet
      local lacks = system.version == "5.5" and (program:find('require("socket")', 1, true) or program:find("cqueues", 1, true))
      -- Debian has copas for Lua 5.1 and 5.2
      lacks = lacks or not has_copas and program:find('require("copas")', 1, true)
      if lacks then
        assert(load(program))
        outputs[#outputs + 1] = false
      else
        local output, ok = system.lua(program)
        assert.is_true(ok, program .. "\n" .. output)
        outputs[#outputs + 1] = output
      end
    end
    local function check(index, ...)
      for _, said in ipairs { ... } do
        if outputs[index] then expect.holds("You said: " .. said .. "\n", outputs[index]) end
      end
    end
    assert.are.equal(6, #outputs)
    check(1, "Tell me about Oslo", "Tell me about Lima", "Tell me about Kyoto")
    check(2, "Hello")
    check(3, "Hello")
    check(4, "Hello")
    check(5, "Tell me about Oslo", "Tell me about Lima")
    check(6, "Tell me about Oslo", "Tell me about Lima")
  end)
end)

describe("docs/tools.md", function()
  it("has examples that run", function()
    local outputs = {}
    for program in system.read("docs/tools.md"):gmatch("\n```lua\n(.-)\n```") do
      if system.version == "5.5" and program:find('require("socket")', 1, true) then
        -- there is no LuaSocket for it yet
        assert(load(program))
        outputs[#outputs + 1] = "You said: Hello\n"
      else
        local output, ok = system.lua(program)
        assert.is_true(ok, program .. "\n" .. output)
        outputs[#outputs + 1] = output
      end
    end
    expect.holds("calculator gave 25", outputs[1])
    expect.holds("approval\tcalculator\t15 + 10", outputs[2])
    expect.holds("calculator gave 25", outputs[2])
    expect.holds("the client is asked for\tlocation", outputs[3])
    expect.holds('location gave {"city":"Oslo"}', outputs[3])
    expect.holds("no passwords, please", outputs[4])
  end)
end)

describe("docs/openai-server.md", function()
  it("has an example that runs", function()
    local program = system.read("docs/openai-server.md"):match("\n```lua\n(.-)\n```")
    local output, ok = system.lua(program)
    assert.is_true(ok, output)
    expect.holds("200\ttext/event-stream\ndata: {", output)
    expect.holds('"content":" Hello"', output)
    expect.holds("data: [DONE]", output)
  end)
end)

describe("docs/providers.md", function()
  it("has examples that run", function()
    local outputs = {}
    for program in system.read("docs/providers.md"):gmatch("\n```lua\n(.-)\n```") do
      local output, ok = system.lua('local llmspell = require("llmspell")\n' .. program)
      assert.is_true(ok, program .. "\n" .. output)
      outputs[#outputs + 1] = output
    end
    expect.holds("You said: Compare them", table.concat(outputs))
  end)
end)
