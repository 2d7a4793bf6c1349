-- What a program that talks to a Chat Completions API by hand does beside the transport: requests and answers by
-- lua-cjson. `send(body)` posts a body and returns an iterator over the parts of the answer's body (one part when it
-- is no stream).
local cjson = require("cjson")
local timing = require("timing")

local conversation = {}

local tools = { {
  type = "function",
  ["function"] = { name = timing.tool.name, description = timing.tool.description, parameters = timing.tool.schema },
} }

local function request(messages)
  return cjson.encode {
    model = "gpt-4o",
    messages = messages,
    stream = not timing.plain or nil,
    stream_options = not timing.plain and { include_usage = true } or nil,
    tools = timing.task == "tool" and tools or nil,
  }
end

-- Reads one answer. Returns its text and its tool calls; `each` is called with every piece of the text.
local function answer(send, messages, each)
  local next_part = send(request(messages))
  if timing.plain then
    local message = cjson.decode(next_part()).choices[1].message
    return message.content, message.tool_calls
  end
  local words, count, calls, rest, finished = {}, 0, nil, "", false
  for part in next_part do
    rest = rest == "" and part or rest .. part
    local from = 1
    while true do
      local head, tail, data = rest:find("^data: ([^\n]*)\n\n", from)
      if not head then break end
      from = tail + 1
      if data == "[DONE]" then
        finished = true
      else
        local choice = cjson.decode(data).choices[1]
        local delta = choice and choice.delta
        local text = delta and delta.content
        if type(text) == "string" and text ~= "" then
          count = count + 1
          words[count] = text
          if each then each(text) end
        end
        if delta and delta.tool_calls then
          calls = calls or {}
          for _, piece in ipairs(delta.tool_calls) do
            local call = calls[piece.index + 1]
            if call then
              call["function"].arguments = call["function"].arguments .. piece["function"].arguments
            else
              calls[piece.index + 1] = { id = piece.id, type = "function", ["function"] = piece["function"] }
            end
          end
        end
      end
    end
    rest = rest:sub(from)
  end
  assert(finished, "the stream was cut")
  return table.concat(words), calls
end

-- The tasks of timing.run for a transport.
function conversation.tasks(send)
  local function ask(each)
    local messages = { { role = "user", content = timing.question } }
    while true do
      local text, calls = answer(send, messages, each)
      if not calls then
        assert(text == timing.expected, text)
        return
      end
      messages[#messages + 1] = { role = "assistant", content = cjson.null, tool_calls = calls }
      for _, call in ipairs(calls) do
        local arguments = cjson.decode(call["function"].arguments)
        local result = arguments.a + arguments.b
        messages[#messages + 1] = { role = "tool", tool_call_id = call.id, content = cjson.encode(result) }
      end
    end
  end
  local function stream()
    local count = 0
    ask(function() count = count + 1 end)
    assert(count == timing.deltas)
  end
  local function once() ask() end
  return { chat = once, stream = stream, tool = once }
end

return conversation
