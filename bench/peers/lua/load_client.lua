-- What the module costs before it does anything: load_client.lua require PORT, or load_client.lua rss PORT.
local resident = require("resident")

local task, port = arg[1], tonumber(arg[2])

local function chat(llmspell)
  local agent = llmspell.agent {
    model = "openai/gpt-4o", api_key = "sk-bench", base_url = ("http://127.0.0.1:%d/d8/v1"):format(port),
  }
  assert(#assert(agent:chat("What is the answer?")) == 48)
end

if task == "require" then
  local gettime = require("socket").gettime
  local wall, cpu = gettime(), os.clock()
  local llmspell = require("llmspell")
  local loaded, loaded_cpu = gettime(), os.clock()
  chat(llmspell)
  local chatted, chatted_cpu = gettime(), os.clock()
  print(("{\"wall_us\":%.1f,\"cpu_us\":%.1f,\"chat_wall_us\":%.1f,\"chat_cpu_us\":%.1f}"):format(
    (loaded - wall) * 1e6, (loaded_cpu - cpu) * 1e6, (chatted - loaded) * 1e6, (chatted_cpu - loaded_cpu) * 1e6))
else
  local before = resident()
  local llmspell = require("llmspell")
  local loaded = resident()
  chat(llmspell)
  print(("{\"require_kib\":%d,\"whole_kib\":%d}"):format(loaded - before, resident() - before))
end
