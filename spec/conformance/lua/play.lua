-- Carries out the steps of a case on the public API and writes down what they came to.
local llmspell = require("llmspell")
local handlers = require("spec.conformance.lua.handlers")
local mock = require("spec.conformance.lua.mock")
local streams = require("spec.conformance.lua.streams")

local play = {}

local KEY = "sk-conformance-0123456789"

local World = {}
World.__index = World

function World.agent(self, name)
  return assert(self.agents[name or "agent"], "there is no such agent")
end

function World.cancel(self, name)
  self.streams[name]:cancel()
end

-- A file of this host's own that was not there before.
local function scratch(name)
  local path = ("%s/scratch-%s"):format(os.getenv("LLMSPELL_CONFORMANCE_LOGS") or "/tmp", name)
  os.remove(path)
  return path
end

-- {$repeat: [text, n]} and {$scratch: name} in place, anywhere in a value.
local function expand(value)
  if type(value) ~= "table" then return value end
  local repeated = value["$repeat"]
  if repeated then return repeated[1]:rep(repeated[2]) end
  if value["$scratch"] then return scratch(value["$scratch"]) end
  for key, inner in next, value do value[key] = expand(inner) end
  return value
end

local function options_of(world, given, tools, asks)
  local options = { provider = "demo" }
  if world.scenario then
    options = { provider = "openai", base_url = world.scenario.url .. "/v1", api_key = KEY }
  end
  for key, value in pairs(given or {}) do
    if value == llmspell.null then value = nil end
    options[key] = value
  end
  options.tools = handlers.tools(world, tools or {})
  handlers.serve(world, options, asks)
  return options
end

-- Outcome of a call of the API: misuse is raised, with the function that was misused in front.
local function outcome(call, ...)
  local ok, value, message, details = pcall(call, ...)
  if ok and value == nil and message ~= nil then return { error = details } end
  if ok then return { ok = value }, value end
  local misuse = type(value) == "string" and (value:match("agent:[%w_]+: .*") or value:match("llmspell%.[%w_.]+: .*"))
  if not misuse then error(value, 0) end
  return { error = { kind = "argument", message = misuse } }
end

-- The outcome of a call that makes something under the step's name.
local function make(world, where, name, call, ...)
  local result, made = outcome(call, ...)
  if made == nil then return result end
  world[where][name] = made
  return { ok = true }
end

local function call_options(args)
  local copy = {}
  for key, value in pairs(args.options or {}) do copy[key] = value end
  return copy
end

-- Opens the stream that a call gives and reads it.
local function open(world, name, until_, call, ...)
  local result, made = outcome(call, ...)
  if not made then return result end
  local stream = streams.new(made)
  world.streams[name], world.record.events[name] = stream, stream.events
  return { ok = stream:read(until_) }
end

local ops = {}

function ops.chat(world, args)
  local agent = world:agent(args.agent)
  return (outcome(agent.chat, agent, args.message, args.options))
end

function ops.execute(world, args)
  local agent, call = world:agent(args.agent), call_options(args)
  call.input = args.message
  return (outcome(agent.execute, agent, call))
end

function ops.stream(world, args, name)
  local agent = world:agent(args.agent)
  return open(world, name, args["until"], agent.stream, agent, args.message, args.options)
end

function ops.read(world, args)
  return { ok = world.streams[args.stream]:read(args["until"]) }
end

function ops.cancel(world, args)
  world:cancel(args.stream)
  return { ok = true }
end

-- Only approvals can be answered by hand.
function ops.reply(world, args)
  local stream = world.streams[args.stream]
  local id = stream:request_of(args.tool_call_id)
  local decision = args.ok
  if decision == true or decision == nil then return (outcome(stream.stream.approve, stream.stream, id)) end
  if decision == false then return (outcome(stream.stream.deny, stream.stream, id)) end
  if decision.decision == "deny" then
    return (outcome(stream.stream.deny, stream.stream, id, decision.reason, { remember = decision.remember }))
  end
  local options = { arguments = decision.arguments, remember = decision.remember }
  return (outcome(stream.stream.approve, stream.stream, id, options))
end

function ops.checkpoint(world, args, name)
  local stream = world.streams[args.stream].stream
  local result = make(world, "checkpoints", name, stream.checkpoint, stream)
  if args.carry and result.ok then
    local carry = world.carry
    local file = assert(io.open(assert(carry.folder, "no folder for bytes is set; run `make conformance`") .. "/" .. carry.name, "wb"))
    file:write(world.checkpoints[name])
    file:close()
  end
  return result
end

function ops.restore(world, args, name)
  local agent = world:agent(args.agent)
  local bytes = args.bytes or world.checkpoints[args.checkpoint]
  if args.cut then bytes = bytes:sub(1, args.cut) end
  return open(world, name, args["until"], agent.restore, agent, bytes)
end

function ops.create(world, args, name)
  local options = options_of(world, args.options, args.tools, args.asks)
  if args.state then options.state = type(args.state) == "table" and args.state or world.states[args.state] end
  return make(world, "agents", name, llmspell.agent, options)
end

function ops.fork(world, args, name)
  local agent = world:agent(args.agent)
  return make(world, "agents", name, agent.fork, agent)
end

function ops.add_tool(world, args)
  local agent = world:agent(args.agent)
  return (outcome(agent.add_tool, agent, handlers.tool(world, args.tool)))
end

function ops.add_agent(world, args)
  local agent, other, given = world:agent(args.agent), world:agent(args.other), {}
  for key, value in pairs(args.as_tool) do given[key] = value end
  local as = given.handoff and other.as_handoff or other.as_tool
  given.handoff = nil
  return (outcome(agent.add_tool, agent, as(other, given)))
end

function ops.get_state(world, args, name)
  local agent = world:agent(args.agent)
  local session = args.session and { session = args.session } or nil
  local result, state = outcome(agent.get_state, agent, session)
  world.states[name] = state
  return result
end

function ops.played(world, args)
  return (outcome(llmspell.testing.played, world:agent(args.agent)))
end

function ops.reset(world, args)
  local agent = world:agent(args.agent)
  return (outcome(agent.reset, agent, args.session and { session = args.session } or nil))
end

function ops.close(world, args)
  if args.stream then
    world.streams[args.stream]:close()
    return { ok = true }
  end
  local agent = world:agent(args.agent)
  return (outcome(agent.close, agent))
end

function ops.release(world, args)
  world.scenario:release(args.hold)
  return { ok = true }
end

function ops.await(world, args)
  world.scenario:await(args.requests, args.aborted)
  return { ok = true }
end

local function steps(world, case)
  if case.given.scenario then world.scenario = mock.play(case.given.scenario) end
  world.agents.agent = assert(llmspell.agent(options_of(world, case.given.agent, case.given.tools, case.given.asks)))
  for _, step in ipairs(case.steps) do
    local op = assert(ops[step.op], "this host does not know the operation " .. step.op)
    world.record.steps[step.as] = op(world, step.args, step.as)
  end
  if world.scenario then world.record.seen = world.scenario:seen() end
end

local function finish(world)
  for _, stream in pairs(world.streams) do stream:close() end
  for _, agent in pairs(world.agents) do agent:close() end
  if world.scenario then world.scenario:remove() end
end

-- Plays a case. `carry` is where bytes for other hosts go: {folder, name}, and {bytes} that came from one. Returns the
-- record, and what went wrong in playing, if anything did.
function play.run(case, carry)
  local world = setmetatable({
    agents = {}, streams = {}, checkpoints = { carried = carry.bytes }, states = {}, carry = carry,
    record = { steps = {}, events = {}, calls = llmspell.array {} },
  }, World)
  case.given, case.steps = expand(case.given), expand(case.steps)
  local ok, problem = pcall(steps, world, case)
  local closed, trouble = pcall(finish, world)
  if ok and closed then return world.record end
  return world.record, "playing the case: " .. tostring(ok and trouble or problem)
end

return play
