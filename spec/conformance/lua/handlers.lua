-- Tools whose handlers are data.
local llmspell = require("llmspell")
local host = require("spec.conformance.lua.host")

local handlers = {}

-- how long a handler waits at most that waits to be cancelled, and how often it looks
local LONGEST_MS, LOOK_MS = 120000, 5

local function wait(context, ms)
  while not context.cancelled and ms > 0 do
    host.sleep(math.min(ms, LOOK_MS))
    ms = ms - LOOK_MS
  end
end

-- The bytes of an answer, piece by piece, and then what comes after them. A host that is told that nobody waits notes it.
local function body_of(world, answer, request)
  local body, at, size = answer.body:sub(1, answer.bytes or -1), 1, answer.pieces_of or #answer.body + 1
  local after = answer.after or {}
  return function()
    if at <= #body then
      at = at + size
      return body:sub(at - size, at - 1)
    end
    if after.fails then error({ message = after.fails.message, kind = after.fails.kind }, 0) end
    if after.cancels then world:cancel(after.cancels) end
    if after.cancels or after.waits_until_cancelled then
      wait(request, LONGEST_MS)
      table.insert(world.record.calls, { asked = "http", told = request.cancelled })
    end
    return nil
  end
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
  keeps = function(world, keep)
    world.checkpoints[keep.as] = assert(world.streams[keep.stream].stream:checkpoint())
    return llmspell.null
  end,
  chats = function(world, call)
    local text, _, details = world:agent(call.agent):chat(call.message)
    return text or { error = details.kind }
  end,
  answers = function(world, answer, _, request)
    local body = body_of(world, answer, request)
    if not answer.pieces_of and not answer.after then body = body() or "" end
    return { status = answer.status, headers = answer.headers, body = body }
  end,
  unencodable = function() return function() end end,
}

-- A function that acts as a list of handlers says. `note` tells what goes into the record of `world` for a call.
local function acting(world, list, note)
  local count = 0
  return function(...)
    count = count + 1
    local calls = world.record.calls
    calls[#calls + 1] = note(...)
    local act, value = next(list[math.min(count, #list)])
    return acts[act](world, value, ...)
  end
end

-- The tool as the driver takes it. What it is called with goes into the record.
function handlers.tool(world, tool)
  local made = {}
  for key, value in pairs(tool) do
    if key ~= "handler" then made[key] = value end
  end
  if not tool.external then
    made.execute = acting(world, tool.handler, function(arguments) return { tool = tool.name, arguments = arguments } end)
  end
  return made
end

-- members of what is asked that go into the record
local NOTED = { "name", "arguments", "text", "content", "is_error", "method", "url", "headers" }

local function asking(world, ask)
  local act = acting(world, ask.handler, function(payload)
    local call = { asked = ask.key }
    for _, member in ipairs(NOTED) do call[member] = payload[member] end
    if ask.key == "http" then call.body = assert(llmspell.json.decode(payload.body)) end
    return call
  end)
  return function(payload) return act(payload, payload) end
end

-- Puts functions into the options of an agent for what it asks, in place of the core's names. Approvals by hand need none.
function handlers.serve(world, options, asks)
  local by_key = {}
  for _, ask in ipairs(asks or {}) do
    if not ask.handler[1].by_hand then by_key[ask.key] = asking(world, ask) end
  end
  options.on_approval = by_key.approval
  options.transport = by_key.http
  local points, guardrails = options.hooks, options.guardrails
  options.hooks, options.guardrails = nil, nil
  for _, point in ipairs(points or {}) do
    options.hooks = options.hooks or {}
    options.hooks[point] = by_key["hook " .. point]
  end
  for _, one in ipairs(guardrails or {}) do
    local option = one.on .. "_guardrails"
    options[option] = options[option] or {}
    table.insert(options[option], { name = one.name, check = by_key["guardrail " .. one.name] })
  end
end

-- The same for a list.
function handlers.tools(world, tools)
  local made = llmspell.array {}
  for index, tool in ipairs(tools) do made[index] = handlers.tool(world, tool) end
  return made
end

return handlers
