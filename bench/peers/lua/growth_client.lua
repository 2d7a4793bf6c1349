-- What one of many costs: growth_client.lua TASK PORT SIZE. Prints CPU in microseconds for one of them, and what each
-- adds to the memory of the process.
local llmspell = require("llmspell")
local resident = require("resident")

local task, port, size = arg[1], tonumber(arg[2]), tonumber(arg[3])

local function options(shape)
  return { model = "openai/gpt-4o", api_key = "sk-bench", base_url = ("http://127.0.0.1:%d/%s/v1"):format(port, shape) }
end

local function chat(agent)
  assert(#assert(agent:chat("What is the answer?")) == 48)
end

-- Memory with Lua's garbage gone.
local function collected()
  collectgarbage()
  collectgarbage()
  return resident()
end

local tasks = {}

-- Runs one after another: the last tenth of them.
function tasks.runs()
  local agent = llmspell.agent(options("d8"))
  local measured = math.ceil(size / 10)
  local function some(count)
    for _ = 1, count do
      chat(agent)
      agent:reset()
    end
  end
  some(measured)
  local before = collected()
  some(size - 2 * measured)
  local began = os.clock()
  some(measured)
  return (os.clock() - began) / measured, (collected() - before) / size
end

-- Agents that exist at the same time.
function tasks.agents()
  chat(llmspell.agent(options("d8")))
  local before, began = collected(), os.clock()
  local agents = {}
  for i = 1, size do agents[i] = llmspell.agent(options("d8")) end
  local each = (os.clock() - began) / size
  local memory = (collected() - before) / size
  chat(agents[1])
  chat(agents[size])
  return each, memory
end

-- Messages of a conversation that one more message is sent in.
function tasks.messages()
  local messages = {}
  for i = 1, size do
    local role = i % 2 == 1 and "user" or "assistant"
    messages[i] = { role = role, content = ("This is message number %d of a long conversation."):format(i) }
  end
  local given = options("d8")
  given.state = { version = 1, messages = messages }
  local agent = llmspell.agent(given)
  chat(agent)
  local before, began, count = collected(), os.clock(), 3
  for _ = 1, count do chat(agent) end
  return (os.clock() - began) / count / size, (collected() - before) / size
end

-- Steps of one run; each sends what was before it again, so the messages sent are counted.
function tasks.steps()
  local given = options(("d8s%d"):format(size))
  given.max_steps = size + 1
  given.tools = { llmspell.create_tool {
    name = "add",
    description = "Adds two numbers",
    schema = { type = "object", properties = { a = { type = "number" }, b = { type = "number" } } },
    execute = function(arguments) return arguments.a + arguments.b end,
  } }
  local agent = llmspell.agent(given)
  local before, began = collected(), os.clock()
  chat(agent)
  return (os.clock() - began) / (size + 1) ^ 2, (collected() - before) / size
end

local each, memory = tasks[task]()
print(("{\"each_us\":%.4f,\"each_kib\":%.4f}"):format(each * 1e6, memory))
