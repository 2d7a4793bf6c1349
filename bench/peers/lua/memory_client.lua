-- Memory of runs in flight: memory_client.lua PORT STREAMS. Each agent has one stream open, on a connection of its own;
-- the server sends one delta and leaves it open. Prints KiB for one of them.
local llmspell = require("llmspell")
local resident = require("resident")

local port, streams = tonumber(arg[1]), tonumber(arg[2])

-- Memory with Lua's garbage gone.
local function collected()
  collectgarbage()
  collectgarbage()
  return resident()
end

local function agent()
  return assert(llmspell.agent {
    model = "openai/gpt-4o", api_key = "sk-bench", base_url = ("http://127.0.0.1:%d/d1h1/v1"):format(port),
  })
end

local function first_delta(stream)
  for event in stream do
    if event.type == "text_delta" then
      assert(event.text == " w0000")
      return
    end
    assert(event.type ~= "error", event.error and event.error.message)
  end
  error("the stream ended without a delta")
end

-- what is paid once is paid here
local warm = agent()
local stream = warm:stream("What is the answer?")
first_delta(stream)
stream:close()

local bare = collected()
local agents, open = {}, {}
for i = 1, streams do agents[i] = agent() end
local before, lua_before = collected(), collectgarbage("count")
for i = 1, streams do open[i] = agents[i]:stream("What is the answer?") end
for i = 1, streams do first_delta(open[i]) end
local after, lua_after = collected(), collectgarbage("count")
print(("{\"streams\":%d,\"run_kib\":%.3f,\"lua_kib\":%.3f,\"agent_kib\":%.3f}"):format(
  streams, (after - before) / streams, (lua_after - lua_before) / streams, (before - bare) / streams))
for i = 1, streams do open[i]:close() end
