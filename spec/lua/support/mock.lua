-- Starts the mock provider server for a spec and stops it by its pid. docs/mock.md tells what a scenario may say.
local llmspell = require("llmspell")
local system = require("spec.lua.support.system")

local mock = {}

local running = {}

local server_methods = {}

-- What the server was sent: {requests, mismatches, unused}.
function server_methods.seen(self)
  return assert(llmspell.json.decode(system.must(("curl -s --noproxy '*' '%s/__seen'"):format(self.url))))
end

-- Lets an answer go on that waits in `hold`.
function server_methods.release(self, name)
  system.must(("curl -s --noproxy '*' -X POST '%s/__release?name=%s'"):format(self.url, name))
end

-- Waits until the client has left the request with that number before its answer was complete; false after a while.
function server_methods.aborted(self, index)
  local give_up = os.time() + 30
  repeat
    local request = self:seen().requests[index]
    if request and request.aborted then return true end
  until os.time() > give_up
  return false
end

-- Options for an agent of this server.
function server_methods.options(self, more)
  local options = { provider = "openai", model = "gpt-4o", api_key = "sk-test-0123456789" }
  options.base_url = self.url .. "/v1"
  for key, value in pairs(more or {}) do options[key] = value end
  return options
end

-- An agent of this server.
function server_methods.agent(self, more)
  return llmspell.agent(self:options(more))
end

function server_methods.stop(self)
  if not running[self] then return end
  running[self] = nil
  if not self.pid then return system.must(("curl -s --noproxy '*' -X DELETE '%s'"):format(self.url)) end
  os.execute("kill " .. self.pid)
  self.pipe:close()
end

-- Starts a server that expects these exchanges. It goes with this process even when the spec crashes.
function mock.start(exchanges, match)
  local path = system.file(assert(llmspell.json.encode { exchanges = llmspell.array(exchanges), match = match }))
  local pipe = assert(io.popen("exec node ts-tools/bin/ts-tools.js mock " .. path .. " --exit-with-parent"))
  local line = pipe:read("*l")
  os.remove(path)
  local server = setmetatable(assert(llmspell.json.decode(assert(line, "the mock server did not start"))), {
    __index = server_methods,
  })
  server.pipe = pipe
  running[server] = true
  return server
end

-- the server that mock.add uses
local shared

-- The same as mock.start, in one server for all, which is quicker when there are many; mock.close ends that.
function mock.add(exchanges, match)
  if not shared then
    local pipe = assert(io.popen("exec node ts-tools/bin/ts-tools.js mock --exit-with-parent"))
    shared = assert(llmspell.json.decode(assert(pipe:read("*l"), "the mock server did not start")))
    shared.pipe = pipe
  end
  local path = system.file(assert(llmspell.json.encode { exchanges = llmspell.array(exchanges), match = match }))
  local answer = system.must(("curl -s --noproxy '*' --data-binary @%s '%s/__scenario'"):format(path, shared.url))
  os.remove(path)
  local server = setmetatable(assert(llmspell.json.decode(answer)), { __index = server_methods })
  assert(server.url, answer)
  running[server] = true
  return server
end

-- Stops the server of mock.add; for teardown.
function mock.close()
  if not shared then return end
  os.execute("kill " .. shared.pid)
  shared.pipe:close()
  shared = nil
end

-- A server that gives one Chat answer (a text) to every request.
function mock.saying(text)
  return mock.start { { respond = { chat = { text = text } }, ["repeat"] = "forever" } }
end

-- A server of mock.add whose first answer, "one two three", stops in the middle until `rest` is released; every further one is
-- "afterwards".
function mock.held()
  local held = { chat = { text = "one two three" }, actions = { { hold = "rest", at = { event = 2 } } } }
  return mock.add { { respond = held }, { respond = { chat = { text = "afterwards" } }, ["repeat"] = "forever" } }
end

-- An answer that calls one tool.
function mock.calling(name, arguments)
  return { chat = { tool_calls = { { id = "call_1", name = name, arguments = arguments } } } }
end

-- Stops every server that a test started; for after_each.
function mock.stop_all()
  for server in pairs(running) do server:stop() end
end

return mock
