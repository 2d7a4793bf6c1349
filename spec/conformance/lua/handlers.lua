-- Tools whose handlers are data.
local socket = require("socket")
local llmspell = require("llmspell")

local handlers = {}

-- how long a handler waits at most that waits to be cancelled
local LONGEST_MS = 120000

local function wait(context, ms)
  local ends = socket.gettime() + ms / 1000
  while not context.cancelled and socket.gettime() < ends do socket.sleep(0.005) end
end

local acts = {
  returns = function(_, value) return value end,
  echoes = function(_, _, arguments) return arguments end,
  fails = function(_, failure)
    if failure.kind then return nil, { message = failure.message, kind = failure.kind } end
    return nil, failure.message
  end,
  raises = function(_, text) error(text, 0) end,
  waits_ms = function(_, ms, _, context)
    wait(context, ms)
    return "late"
  end,
  waits_until_cancelled = function(_, _, _, context)
    wait(context, LONGEST_MS)
    assert(context.cancelled, "nobody cancelled the call")
    return "late"
  end,
  cancels = function(world, stream)
    world:cancel(stream)
    return "late"
  end,
  chats = function(world, call)
    local text, _, details = world:agent(call.agent):chat(call.message)
    return text or { error = details.kind }
  end,
  unencodable = function() return function() end end,
}

-- The tool as the driver takes it. What it is called with goes into the record of `world`.
function handlers.tool(world, tool)
  local count = 0
  return {
    name = tool.name,
    description = tool.description,
    schema = tool.schema,
    timeout_ms = tool.timeout_ms,
    execute = function(arguments, context)
      count = count + 1
      local calls = world.record.calls
      calls[#calls + 1] = { tool = tool.name, arguments = arguments }
      local act, value = next(tool.handler[math.min(count, #tool.handler)])
      return acts[act](world, value, arguments, context)
    end,
  }
end

-- The same for a list.
function handlers.tools(world, tools)
  local made = llmspell.array {}
  for index, tool in ipairs(tools) do made[index] = handlers.tool(world, tool) end
  return made
end

return handlers
