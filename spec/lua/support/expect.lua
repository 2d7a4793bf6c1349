-- Small helpers for assertions that many specs share.
local expect = {}

-- The message of the error that `call` raises; fails when it raises none.
function expect.raised(call, ...)
  local ok, problem = pcall(call, ...)
  assert(not ok, "expected an error")
  return problem
end

-- Asserts that `text` holds `part`, literally.
function expect.holds(part, text)
  assert(type(text) == "string" and text:find(part, 1, true), ("expected %q in %q"):format(part, tostring(text)))
end

-- Asserts that results of a call are a failure of that kind, and returns its message and details.
function expect.failure(kind, result, message, details)
  assert(result == nil, "expected a failure, got " .. tostring(result))
  assert(type(message) == "string" and message ~= "", "a failure has a message")
  assert(type(details) == "table", "a failure has details")
  assert(details.kind == kind, ("expected kind %s, got %s: %s"):format(kind, tostring(details.kind), message))
  assert(type(details.code) == "number", "details have a code")
  assert(details.message == message, "details repeat the message")
  return message, details
end

-- Asserts that a stream could not begin for a reason of that kind, which is its only event; returns message and details.
function expect.failed_stream(kind, stream)
  local event = stream:next()
  assert(event and event.type == "error", "expected an error event, got " .. tostring(event and event.type))
  assert(event.seq == 1 and event.step == 0, "it is the first event, before any step")
  assert(stream:next() == nil, "it is the last event")
  return expect.failure(kind, nil, event.error.message, event.error)
end

-- A tool for the demo provider: called when a message has the word.
function expect.tool(name, execute, more)
  local tool = {
    name = name,
    description = "",
    schema = { type = "object", properties = { text = { type = "string" } } },
    execute = execute,
  }
  for key, value in pairs(more or {}) do tool[key] = value end
  return tool
end

return expect
