local llmspell = require("llmspell")
local expect = require("spec.lua.support.expect")
local mock = require("spec.lua.support.mock")

local PNG = "\137PNG\r\n\26\n\0\0\0\rIHDR\255\254"
local PNG_BASE64 = "iVBORw0KGgoAAAANSUhEUv/+"
local PDF = "%PDF-1.7\n\200\n"
local PDF_BASE64 = "JVBERi0xLjcKyAo="

-- what the server was sent in its request with that number, as the content of a message
local function content(server, request, message)
  return server:seen().requests[request].body.messages[message].content
end

local function address(base64, kind)
  return ("data:%s;base64,%s"):format(kind, base64)
end

describe("bytes of a picture or a file", function()
  after_each(mock.stop_all)

  local server, agent

  before_each(function()
    server = mock.saying("Seen")
    agent = server:agent()
  end)

  it("go in a part, in a list of parts and in a message, and the tables stay as they are", function()
    local image = { type = "image", bytes = PNG, detail = "low" }
    local file = { type = "file", bytes = PDF, filename = "a.pdf" }
    assert(agent:chat(image))
    assert(agent:chat { "Look", image, file })
    assert(agent:execute { input = { role = "user", content = { image } } })
    for _ in agent:stream { { role = "user", content = image }, { role = "user", content = { "Read", file } } } do end
    local url = address(PNG_BASE64, "image/png")
    assert.are.equal(url, content(server, 1, 1)[1].image_url.url)
    assert.are.equal("low", content(server, 1, 1)[1].image_url.detail)
    local list = content(server, 2, 3)
    assert.are.same({ "Look", url }, { list[1].text, list[2].image_url.url })
    assert.are.same({ filename = "a.pdf", file_data = address(PDF_BASE64, "application/pdf") }, list[3].file)
    assert.are.equal(url, content(server, 3, 5)[1].image_url.url)
    assert.are.equal(url, content(server, 4, 7)[1].image_url.url)
    assert.are.equal("file", content(server, 4, 8)[2].type)
    assert.are.same({ type = "image", bytes = PNG, detail = "low" }, image)
    assert.is_nil(file.data)
  end)

  it("go in a state, and come back as base64", function()
    local messages = { { role = "user", content = { { type = "image", bytes = PNG } } }, { role = "assistant", content = "A dot" } }
    local second = server:agent { state = { version = 1, messages = messages } }
    assert.are.same({ { type = "image", data = PNG_BASE64, media_type = "image/png" } }, second:get_state().messages[1].content)
    assert(second:chat("Sure?"))
    assert.are.equal(address(PNG_BASE64, "image/png"), content(server, 1, 1)[1].image_url.url)
    assert.are.equal(PNG, messages[1].content[1].bytes)
  end)

  it("may be any bytes, in any number", function()
    local every = {}
    for byte = 0, 255 do every[#every + 1] = string.char(byte) end
    every = table.concat(every)
    for length = 1, 7 do
      local state = llmspell.agent {
        provider = "demo",
        state = { version = 1, messages = { { role = "user", content = { { type = "file", bytes = every:sub(1, length), media_type = "a/b" } } } } },
      }:get_state()
      local data = state.messages[1].content[1].data
      assert.are.equal(("AAECAwQFBg=="):sub(1, math.floor((length * 4 + 2) / 3)), (data:gsub("=", "")))
      assert.are.equal(0, #data % 4)
    end
    local big = every:rep(4 * 4096)
    local made = llmspell.agent { provider = "demo", state = { version = 1, messages = {
      { role = "user", content = { { type = "file", bytes = big, media_type = "a/b" } } } } } }
    local data = made:get_state().messages[1].content[1].data
    assert.are.equal(math.ceil(#big / 3) * 4, #data)
    assert.are.equal("AAECAwQFBgcI", data:sub(1, 12))
  end)

  it("are refused by their place where they are none or not alone", function()
    local function refused(message)
      return expect.raised(function() agent:chat(message) end)
    end
    expect.holds("agent:chat: message[2].bytes must be a string with the bytes, got a number", refused { "Look", { type = "image", bytes = 5 } })
    expect.holds("message.content[1] has both bytes and data; give one of them",
      refused { role = "user", content = { { type = "file", bytes = "x", data = "eA==" } } })
    expect.holds("message has both bytes and url", refused { type = "image", bytes = PNG, url = "https://a.example" })
    expect.holds("state.messages[1].content[1].bytes must be", expect.raised(function()
      return llmspell.agent {
        provider = "demo",
        state = { version = 1, messages = { { role = "user", content = { { type = "image", bytes = {} } } } } },
      }
    end))
    expect.holds("the image's `data` is empty", refused { type = "image", bytes = "" })
    expect.holds("say its `media_type`", refused { type = "image", bytes = "\1\2\3" })
    assert.are.equal(0, #server:seen().requests)
  end)

  it("end in a message that says the caller's line and not the bytes", function()
    local problem = expect.raised(function() agent:chat { type = "image", bytes = "secret\1" } end)
    expect.holds("media_spec.lua:", problem)
    assert.is_nil(problem:find("secret", 1, true))
  end)

  it("are left alone where they are no part of a message", function()
    assert.are.equal('{"bytes":"x","type":"image"}', (llmspell.json.encode { type = "image", bytes = "x" }))
  end)
end)

describe("bytes from a handler", function()
  after_each(mock.stop_all)

  -- the messages of the request after the tool was called
  local function after(options, result)
    local server = mock.start {
      { respond = mock.calling("shot", {}) },
      { respond = { chat = { text = "Nice" } }, ["repeat"] = "forever" },
    }
    options.tools = { llmspell.create_tool {
      name = "shot", description = "", schema = { type = "object" }, execute = function() return result end,
    } }
    assert(server:agent(options):chat("Look"))
    return server:seen().requests[2].body.messages
  end

  it("are a picture in a tool's result of parts", function()
    local messages = after({}, { content = { { type = "text", text = "Here" }, { type = "image", bytes = PNG } } })
    assert.are.equal("Here", messages[3].content)
    assert.are.equal(address(PNG_BASE64, "image/png"), messages[4].content[#messages[4].content].image_url.url)
  end)

  it("are ordinary JSON in any other result", function()
    assert.are.equal('{"bytes":5,"type":"file"}', after({}, { type = "file", bytes = 5 })[3].content)
    assert.are.equal('{"bytes":"5","type":"file"}', after({}, { type = "file", bytes = "5" })[3].content)
    assert.are.equal('{"content":[{"bytes":5,"type":"file"}]}', after({}, { content = { { type = "file", bytes = 5 } } })[3].content)
  end)

  it("go in what hooks and guardrails give", function()
    local file = { role = "user", content = { { type = "file", bytes = PDF } } }
    local first = true
    local messages = after({
      hooks = {
        before_model = function()
          if not first then return nil end
          first = false
          return { messages = { file } }
        end,
        after_tool = function() return { result = { content = { { type = "image", bytes = PNG } } } } end,
      },
      input_guardrails = { function() return { input = { { type = "image", bytes = PNG } } } end },
    }, "plain")
    local url = address(PNG_BASE64, "image/png")
    assert.are.equal(url, messages[1].content[1].image_url.url)
    assert.are.equal(address(PDF_BASE64, "application/pdf"), messages[2].content[1].file.file_data)
    assert.are.equal(url, messages[5].content[#messages[5].content].image_url.url)
  end)
end)
