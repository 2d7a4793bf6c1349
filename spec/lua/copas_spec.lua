-- Debian has copas (version 1) for Lua 5.1 (and LuaJIT) and 5.2; a newer one on the path is tested as well.
local found, copas = pcall(require, "copas")
if not found and (_VERSION == "Lua 5.3" or _VERSION == "Lua 5.4" or _VERSION == "Lua 5.5") then return end
assert(found, copas)

local socket = require("socket")
local in_a_loop = require("spec.lua.support.in_a_loop")
local mock = require("spec.lua.support.mock")

local host = {}

-- Copas 1 has no timers and its loop never ends: there a datagram that a task sends itself is its turn.
local pause = copas.pause or copas.sleep

local function datagram()
  local one = assert(socket.udp())
  assert(one:setsockname("127.0.0.1", 0))
  assert(one:setpeername("127.0.0.1", (select(2, one:getsockname()))))
  one:settimeout(0)
  local wrapped = copas.wrap(one)
  wrapped:send("turn")
  wrapped:receive()
  one:close()
end

function host.turn()
  if pause then return pause(0.002) end
  datagram()
end

-- Starts a task that counts down when it ends, whether well or not.
local function start(task, ended)
  local thread
  thread = copas.addthread(function()
    copas.setErrorHandler(function(problem) ended(problem) end)
    if pause then pause(0) end
    task()
    ended()
  end)
  return thread
end

function host.run(...)
  local left, first = select("#", ...), nil
  for _, task in ipairs { ... } do
    start(task, function(problem)
      left = left - 1
      first = first or problem
    end)
  end
  local steps = 0
  while left > 0 do
    copas.step(20)
    steps = steps + 1
  end
  if copas.finished and not first then
    -- nothing of ours keeps the loop going
    copas.loop()
  end
  if first then error(first, 0) end
  return steps
end

describe("in a task of " .. copas._VERSION, function()
  after_each(mock.stop_all)
  teardown(mock.close)

  in_a_loop(host, it)

  it("serves connections meanwhile, and closes a connection whose handler chats last", function()
    local server = mock.held()
    local listener = assert(socket.bind("127.0.0.1", 0))
    local _, port = listener:getsockname()
    local text
    copas.addserver(listener, function(client)
      client = copas.wrap(client)
      local line = client:receive("*l")
      if line == "echo" then client:send("echo\n") end
      if line == "chat" then text = server:agent():chat("hi") end
    end)
    local function ask(line)
      local client = copas.wrap(assert(socket.tcp()))
      assert(copas.connect(client.socket, "127.0.0.1", port))
      assert(client:send(line .. "\n"))
      return client:receive("*l")
    end
    local echoed
    host.run(function()
      -- the handler's end closes its connection, which is what ends this
      ask("chat")
      assert.are.equal("one two three", text)
      if copas.removeserver then copas.removeserver(listener) end
    end, function()
      repeat host.turn() until #server:seen().requests == 1
      echoed = ask("echo")
      server:release("rest")
    end)
    assert.are.equal("echo", echoed)
    if not copas.removeserver then listener:close() end
  end)

  if copas.removethread then
    it("cancels the run of a task that is removed, and the loop ends", function()
      local server = mock.held()
      local came, went_on = false, false
      local thread = copas.addthread(function()
        local stream = server:agent():stream("hi")
        repeat local event = stream:next() until event.type == "text_delta"
        came = true
        stream:next()
        went_on = true
      end)
      repeat copas.step(1) until came
      copas.step(0)
      copas.removethread(thread)
      copas.loop()
      assert.is_false(went_on)
      assert.is_true(server:aborted(1))
    end)
  end

  it("waits inside a protected call of coxpcall", function()
    local server = mock.held()
    local protected = package.loaded.coxpcall and package.loaded.coxpcall.pcall or pcall
    local ok, text
    host.run(function()
      ok, text = protected(function()
        local answer = server:agent():chat("hi")
        return answer
      end)
    end, function()
      repeat host.turn() until #server:seen().requests == 1
      server:release("rest")
    end)
    assert.is_true(ok)
    assert.are.equal("one two three", text)
  end)
end)
