-- What every Lua client has in common: its arguments, and the clock around its loop.
-- <client>.lua TASK PORT SHAPE COUNT WARM [plain]; prints {"count", "wall_us", "cpu_us"}, the sums over the loop.
local socket = require("socket")

local timing = {
  task = arg[1],
  port = tonumber(arg[2]),
  shape = arg[3],
  count = tonumber(arg[4]),
  warm = tonumber(arg[5]),
  plain = arg[6] == "plain",
  question = "What is the answer?",
}

-- The text that the server sends in pieces, and how many there are.
timing.deltas = tonumber(timing.shape and timing.shape:match("d(%d+)") or 0)
local words = {}
for i = 1, timing.deltas do words[i] = (" w%04d"):format(i - 1) end
timing.expected = table.concat(words)

-- What the tool `add` is, for every peer alike.
timing.tool = {
  name = "add",
  description = "Adds two numbers",
  schema = {
    type = "object",
    properties = { a = { type = "number" }, b = { type = "number" } },
    required = { "a", "b" },
  },
}

-- CPU of the children that have ended, in microseconds (counted in ticks of 10 ms).
local function children_us()
  local file = assert(io.open("/proc/self/stat"))
  local fields = file:read("*a"):match("%)%s+(.*)")
  file:close()
  local position, sum = 0, 0
  for field in fields:gmatch("%S+") do
    position = position + 1
    if position == 14 or position == 15 then sum = sum + tonumber(field) * 10000 end
  end
  return sum
end

-- Runs `once` WARM times and then COUNT times under the clock. `tasks` maps names of tasks to functions.
function timing.run(tasks)
  local once = assert(tasks[timing.task], "unknown task " .. tostring(timing.task))
  for _ = 1, timing.warm do once() end
  collectgarbage()
  local wall, cpu, children = socket.gettime(), os.clock(), children_us()
  for _ = 1, timing.count do once() end
  cpu, wall, children = os.clock() - cpu, socket.gettime() - wall, children_us() - children
  print(("{\"count\":%d,\"wall_us\":%.3f,\"cpu_us\":%.3f}"):format(timing.count, wall * 1e6, cpu * 1e6 + children))
end

return timing
