-- The kinds of requests: what serves each, and what its return values mean for the reply.
local import = ...

local media = import("llmspell.media")
local testing = import("llmspell.testing")
local transport = import("llmspell.transport")

local kinds = {}

-- Each function takes what the agent serves and the request's payload. It returns the function to call (nil when
-- nothing serves the request) and what it is called in messages. A second table says what returned values stand for.

local function decide(serves, call)
  local needs = serves.needs[call.name]
  local approve = serves.approve
  if not needs then return approve end
  -- the question whether anybody must be asked is the program's own
  return function(...)
    if not needs(call.arguments, ...) then return true end
    if approve then return approve(...) end
    return kinds.NOBODY
  end
end

-- what `decide` returns when somebody must be asked and there is nobody
kinds.NOBODY = {}

local find = {}

function find.tool(serves, call)
  return serves.tools[call.name], ("tool '%s'"):format(tostring(call.name))
end

function find.approval(serves, call)
  return decide(serves, call), ("on_approval for '%s'"):format(tostring(call.name))
end

function find.hook(serves, hook)
  return serves.hooks[hook.point], ("hook '%s'"):format(tostring(hook.point))
end

function find.guardrail(serves, guardrail)
  local list = serves[guardrail.on] or {}
  return list[guardrail.name], ("%s guardrail '%s'"):format(tostring(guardrail.on), tostring(guardrail.name))
end

function find.http(serves, request, session, id)
  local number = tonumber(request.headers["x-llmspell-turn"])
  if number then return testing.turn(serves.script, number), ("turn %d of the script"):format(number) end
  local carry = serves.transport
  if not carry then return nil, "transport" end
  return function(request) return transport.carry(carry, session.handle, id, request) end, "transport"
end

-- Value of the reply for what was returned: `value, more`.
local mean = {}

function mean.approval(value, more)
  if value == false and type(more) == "string" then return { decision = "deny", reason = more } end
  return value
end

function mean.guardrail(value, more)
  if value == false and type(more) == "string" then return { stop = more } end
  return media.decision(value)
end

mean.hook = media.decision
mean.tool = media.result

-- What serves a request of a session, nil when nothing does; and what it is called.
function kinds.find(session, request, serves)
  local finder = find[request.kind]
  if not finder then return nil, ("request of kind '%s'"):format(tostring(request.kind)) end
  return finder(serves, request.payload, session, request.id)
end

-- The value of the reply.
function kinds.mean(kind, value, more)
  local reader = mean[kind]
  if reader then return reader(value, more) end
  return value
end

return kinds
