-- Agents: the constructor and the methods. An agent is the raw handle (a userdata); what it serves and the runs that this
-- Lua state started lie in the table that goes with it.
local import, native, raw = ...

local callback = import("llmspell.callback")
local checks = import("llmspell.checks")
local errors = import("llmspell.errors")
local json = import("llmspell.json")
local media = import("llmspell.media")
local options = import("llmspell.options")
local run = import("llmspell.run")
local stream = import("llmspell.stream")
local testing = import("llmspell.testing")
local tool = import("llmspell.tool")

local agent = {}

local TYPE = "llmspell.agent"
local NO_EVENTS = json.array {}

-- options of one call (spec/schema/run_input.schema.json)
local CALL_OPTIONS = {
  temperature = true, top_p = true, max_tokens = true, stop = true, seed = true, tool_choice = true, max_steps = true,
  timeout_ms = true, max_retries = true, cache = true, budget = true, output_schema = true, output_name = true, output_mode = true,
  output_retries = true, session = true,
}
local STREAM_OPTIONS = { events = true }
for name in pairs(CALL_OPTIONS) do STREAM_OPTIONS[name] = true end

local DONE = raw.EVENT_DONE

-- what users know the member `input` by
local INPUT_NAMES = { input = "message" }

local methods = {}
local agent_meta = native.metatable(TYPE)
local close_handle = agent_meta.__index.close

-- Gives a new handle its table.
local function equip(handle, serves)
  native.fields(handle).serves = serves
  return handle
end

-- What an agent serves, to be changed; until then it shares that with its forks.
local function own_serves(fields)
  if fields.is_shared then
    fields.serves, fields.is_shared = checks.copy(fields.serves), nil
  end
  return fields.serves
end

-- Adds the agents of the option `handoffs`, which are agents or made by agent:as_handoff. Returns true; or nil and what is
-- wrong.
local function read_handoffs(list, agents)
  if type(list) ~= "table" then
    return nil, ("handoffs must be a list of agents, got %s"):format(errors.kind_of(list))
  end
  for index = 1, #list do
    local one = list[index]
    if native.is(one, TYPE) then one = tool.of_agent(one, nil, true) end
    if not tool.is_agent(one) then
      return nil, ("handoffs[%d] must be an agent, or what agent:as_handoff{…} returned, got %s")
        :format(index, errors.kind_of(one))
    end
    agents[#agents + 1] = one
  end
  return true
end

-- Puts an agent behind a tool of another. Returns true; or nil, message, details.
local function add_agent(handle, one)
  local other = one.agent
  if not native.fields(other).serves then equip(other, checks.none()) end
  local before = native.decode(raw.agent_info(handle) or "{}", native.DROP_NULL).tools
  local ok, message, details = errors.pass(raw.agent_tool_add_agent(handle, other, one.text))
  if not ok then return nil, message, details end
  local tools = native.decode(raw.agent_info(handle), native.DROP_NULL).tools
  own_serves(native.fields(handle)).agents[tools[#before + 1]] = other
  return true
end

-- The options as JSON text, what they serve (checks.none) the tools behind which agents stand, and the scripted
-- model if one answers; or nil and what is wrong.
local function read_options(given)
  if type(given) ~= "table" then
    return nil, ('expected a table of options like { model = "openai/gpt-4o" }, got %s'):format(errors.kind_of(given))
  end
  local copy, problem = options.copy(given)
  if not copy then return nil, problem end
  local serves, agents = checks.none(), {}
  if copy.tools ~= nil then
    local text, found, behind = tool.declarations(copy.tools, "tools")
    if not text then return nil, found end
    for _, one in ipairs(found) do checks.add_tool(serves, one) end
    copy.tools, agents = json.verbatim(text), behind
  end
  if copy.handoffs ~= nil then
    local ok
    ok, problem = read_handoffs(copy.handoffs, agents)
    if not ok then return nil, problem end
    copy.handoffs = nil
  end
  local ok, text
  ok, problem = checks.read(copy, serves)
  if not ok then return nil, problem end
  copy.state, problem = media.state(copy.state)
  if problem then return nil, problem end
  local model = testing.take_model(copy, serves)
  local option
  text, problem, option = options.text(copy)
  if not text then return nil, option and checks.misspelt(option) or problem end
  return text, serves, agents, model
end

-- Makes an agent for the public function `where`, whose caller is `level` calls above this one.
function agent.create_for(given, where, level)
  local text, serves, agents, model = read_options(given)
  if not text then errors.misuse(level + 1, where .. ": " .. serves) end
  local handle, message, details = errors.pass(raw.agent_new(text))
  if handle and model then
    local ok
    ok, message, details = errors.pass(raw.agent_play_with(handle, model))
    if not ok then return nil, message, details end
  end
  if not handle then
    errors.raise_misuse(level + 1, where, message, details)
    return nil, message, details
  end
  equip(handle, serves)
  for index = 1, #agents do
    local ok
    ok, message, details = add_agent(handle, agents[index])
    if not ok then
      errors.raise_misuse(level + 1, where, message, details)
      return nil, message, details
    end
  end
  return handle
end

-- Public: llmspell.agent{…}.
function agent.create(given)
  errors.check_dot(given, "llmspell.agent")
  local made, message, details = agent.create_for(given, "llmspell.agent", 2)
  return made, message, details
end

-- The table of an agent; raises unless a method was called on one.
local function check_self(self, method)
  local fields = native.fields(self, TYPE)
  if not fields then
    errors.misuse(3, ("agent:%s: expected an agent, got %s; call methods with a colon, like agent:%s(…)")
      :format(method, errors.kind_of(self), method))
  end
  -- one that the raw module made has no table yet
  if not fields.serves then equip(self, checks.none()) end
  return fields
end

-- The options of one call as a new table, or nil and what is wrong. `known` is the set of their names.
local function call_options(given, known)
  if given == nil then return {} end
  if type(given) ~= "table" then
    return nil, ("options must be a table like { temperature = 0 }, got %s"):format(errors.kind_of(given))
  end
  local copy, problem = options.copy(given)
  if not copy then return nil, problem end
  if copy.events ~= nil and not known.events then
    return nil, "the option 'events' goes with agent:stream; this call waits for the end"
  end
  problem = errors.unknown_key(copy, known, "unknown option")
  if problem then return nil, problem end
  return copy
end

-- The input of a run as JSON text; raises for what cannot be one. `given` are the options of the call, of which `known`
-- is the set of names. Events come when the caller or the hook on_event wants them.
local function input_text(fields, method, message, given, known)
  if type(message) ~= "string" and type(message) ~= "table" then
    errors.misuse(3, ("agent:%s: the message must be a string, or a table {role, content} or a list of such, got %s")
      :format(method, errors.kind_of(message)))
  end
  local input, problem = media.input(message, "message")
  if problem then errors.misuse(3, ("agent:%s: %s"):format(method, problem)) end
  message = input
  local quiet = not known.events and not fields.serves.hooks.on_event
  local events = quiet and NO_EVENTS or nil
  if given == nil then
    local text = native.encode({ input = message, events = events })
    if text then return text end
  end
  local text
  input, problem = call_options(given, known)
  if input then
    input.input = message
    if quiet then input.events = NO_EVENTS end
    text, problem = options.text(input, INPUT_NAMES)
  end
  if not text then errors.misuse(3, ("agent:%s: %s"):format(method, problem)) end
  return text
end

-- What a `done` event is for the caller of each method.
local READ = {}

function READ.chat(event)
  local answer = raw.event_text(event)
  raw.event_free(event)
  return answer
end

function READ.execute(event)
  return run.event_table(event).result
end

-- Runs to the end and returns what came of it; or nil, message, details, and true when the run could not begin.
local function complete(self, text, method)
  local session, message, details = run.start(self, text)
  if not session then return nil, message, details, true end
  local event
  event, message, details = run.complete(session)
  if not event then return nil, message, details end
  if message ~= DONE then return run.failure(event) end
  return READ[method](event)
end

-- Sends a message and waits for the answer's text; or nil, message, details. With a function as last argument it does not wait:
-- that is called with these, and the task returned in which it happens.
function methods.chat(self, message, given, call)
  local fields = check_self(self, "chat")
  if type(given) == "function" and call == nil then given, call = nil, given end
  callback.check(call, "chat")
  local text = input_text(fields, "chat", message, given, CALL_OPTIONS)
  if call then return callback.start(call, complete, self, text, "chat") end
  local answer, problem, details, is_start = complete(self, text, "chat")
  if is_start then errors.raise_run_misuse(2, "agent:chat", problem, details) end
  if not answer then return nil, problem, details end
  return answer
end

-- Sends an input and waits for the whole result, a table; or nil, message, details. A function as second argument as for chat.
function methods.execute(self, call, more)
  local fields = check_self(self, "execute")
  if type(call) ~= "table" or call.input == nil then
    errors.misuse(2, 'agent:execute: expected a table with the message as input, like agent:execute{ input = "Hello" }')
  end
  if more ~= nil and type(more) ~= "function" then
    errors.misuse(2, ("agent:execute: takes one table; put the options into it, like agent:execute{ input = \"Hello\", temperature = 0 }, "
      .. "got %s as second argument"):format(errors.kind_of(more)))
  end
  local problem = options.inherited(call)
  if problem then errors.misuse(2, "agent:execute: " .. problem) end
  local given = {}
  for key, value in next, call do
    if key ~= "input" then given[key] = value end
  end
  local text = input_text(fields, "execute", call.input, given, CALL_OPTIONS)
  if more then return callback.start(more, complete, self, text, "execute") end
  local result, details, is_start
  result, problem, details, is_start = complete(self, text, "execute")
  if is_start then errors.raise_run_misuse(2, "agent:execute", problem, details) end
  if not result then return nil, problem, details end
  return result
end

-- Sends a message and returns its events as a stream, and what a for loop wants with it. A failure to begin is the only
-- event of its stream, because a for loop could not see it otherwise.
function methods.stream(self, message, given)
  local fields = check_self(self, "stream")
  local text = input_text(fields, "stream", message, given, STREAM_OPTIONS)
  local session, problem, details = run.start(self, text)
  if not session then errors.raise_run_misuse(2, "agent:stream", problem, details) end
  local made = session and stream.new(session) or stream.failed(details)
  return made, nil, nil, made
end

-- Goes on with a run from the bytes that stream:checkpoint gave, here or in another process, and returns its events like
-- agent:stream. Bytes that are refused (they come from outside the program) are the only event, too.
function methods.restore(self, checkpoint)
  check_self(self, "restore")
  if type(checkpoint) ~= "string" then
    errors.misuse(2, ("agent:restore: expected the bytes of stream:checkpoint as a string, got %s")
      :format(errors.kind_of(checkpoint)))
  end
  local session, _, details = run.restore(self, checkpoint)
  local made = session and stream.new(session) or stream.failed(details)
  return made, nil, nil, made
end

-- Gives the agent one more tool. Returns true; or nil, message, details.
function methods.add_tool(self, given)
  local fields = check_self(self, "add_tool")
  if tool.is_agent(given) then
    local added, why, more = add_agent(self, given)
    if not added then errors.raise_misuse(2, "agent:add_tool", why, more) end
    return added, why, more
  end
  local text, problem = tool.declaration(given, "tool")
  if not text then errors.misuse(2, "agent:add_tool: " .. problem) end
  local ok, message, details = errors.pass(raw.agent_tool_add(self, text))
  if not ok then
    errors.raise_misuse(2, "agent:add_tool", message, details)
    return nil, message, details
  end
  checks.add_tool(own_serves(fields), given)
  return true
end

-- This agent as a tool for others: {name, description, schema, timeout_ms, forward_events}, all optional.
function methods.as_tool(self, given)
  check_self(self, "as_tool")
  local made, problem = tool.of_agent(self, given, nil)
  if not made then errors.misuse(2, "agent:as_tool: " .. problem) end
  return made
end

-- This agent as one that takes conversations over: {name, description, schema}, all optional.
function methods.as_handoff(self, given)
  check_self(self, "as_handoff")
  local made, problem = tool.of_agent(self, given, true)
  if not made then errors.misuse(2, "agent:as_handoff: " .. problem) end
  return made
end

-- The session that {session = id} names; raises for anything else. `where` is the method.
local function session_of(where, given)
  if given == nil then return nil end
  local problem = type(given) ~= "table" and ("expected a table like { session = id }, got %s"):format(errors.kind_of(given))
    or errors.unknown_key(given, { session = true }, "unknown option")
  if not problem and type(given.session) ~= "string" then
    problem = ("session must be a string, got %s"):format(errors.kind_of(given.session))
  end
  if problem then errors.misuse(3, ("agent:%s: %s"):format(where, problem)) end
  return given.session
end

-- The conversation {version, messages, usage}, which the option `state` accepts, or that of a session; or nil, message,
-- details.
function methods.get_state(self, given)
  check_self(self, "get_state")
  local session = session_of("get_state", given)
  local text, message, details
  if session then
    text, message, details = errors.pass(raw.agent_session_state(self, session))
  else
    text, message, details = errors.pass(raw.agent_state(self))
  end
  if not text then return nil, message, details end
  local state, problem = json.value(text, 0, "state")
  if not state then return errors.failure("argument", "agent:get_state: " .. problem) end
  return state
end

methods.state = methods.get_state

-- A new agent with the same configuration and tools and a copy of the conversation; or nil, message, details.
function methods.fork(self)
  local fields = check_self(self, "fork")
  local handle, message, details = errors.pass(raw.agent_fork(self))
  if not handle then return nil, message, details end
  fields.is_shared = true
  local copy = native.fields(handle)
  copy.serves, copy.is_shared = fields.serves, true
  return handle
end

-- Forgets the conversation, or that of a session. Returns true; or nil, message, details.
function methods.reset(self, given)
  check_self(self, "reset")
  local session = session_of("reset", given)
  local function reset()
    if session then return errors.pass(raw.agent_session_reset(self, session)) end
    return errors.pass(raw.agent_reset(self))
  end
  local ok, message, details = reset()
  if not ok and details.kind == "busy" then ok, message, details = run.when_free(self, reset) end
  if not ok then return nil, message, details end
  return ok
end

-- Closes the agent; it cannot be used afterwards. Streams that are open go on. Returns true.
function methods.close(self)
  check_self(self, "close")
  close_handle(self)
  return true
end

function agent_meta.__tostring(self)
  local text = raw.agent_info(self)
  if not text then return TYPE .. " (closed)" end
  local info = native.decode(text, native.DROP_NULL)
  local name = info.name and (" " .. info.name) or ""
  return ("%s%s (%s/%s)"):format(TYPE, name, tostring(info.provider), tostring(info.model))
end

agent_meta.__index = methods

return agent
