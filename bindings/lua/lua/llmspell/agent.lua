-- Agents: the constructor and the methods. An agent is the raw handle (a userdata); its handlers and the runs that this
-- Lua state started lie in the table that goes with it.
local import, native, raw = ...

local errors = import("llmspell.errors")
local json = import("llmspell.json")
local run = import("llmspell.run")
local stream = import("llmspell.stream")
local tool = import("llmspell.tool")

local agent = {}

local TYPE = "llmspell.agent"
local NO_EVENTS = json.array {}

local methods = {}
local agent_meta = native.metatable(TYPE)
local close_handle = agent_meta.__index.close

-- Gives a new handle its table.
local function equip(handle, handlers)
  local fields = native.fields(handle)
  fields.handlers = handlers
  fields.runs = setmetatable({}, { __mode = "k" })
  return handle
end

-- The options as JSON text and the handlers of their tools; or nil and what is wrong.
local function read_options(options)
  if type(options) ~= "table" then
    return nil, ('expected a table of options like { model = "openai/gpt-4o" }, got %s'):format(errors.kind_of(options))
  end
  local copy, handlers = {}, {}
  for key, value in next, options do
    if type(key) ~= "string" then
      return nil, ('options have names like model = "openai/gpt-4o"; got a value at the key %s'):format(tostring(key))
    end
    copy[key] = value
  end
  if copy.tools ~= nil then
    local text, found = tool.declarations(copy.tools, "tools")
    if not text then return nil, found end
    copy.tools, handlers = json.verbatim(text), found
  end
  -- each option by itself, so that a path in a message begins with its name
  for key, value in next, copy do
    local text, problem = json.text(value, key)
    if not text then return nil, problem end
    copy[key] = json.verbatim(text)
  end
  return native.encode(copy), handlers
end

-- Makes an agent for the public function `where`, whose caller is `level` calls above this one.
function agent.create_for(options, where, level)
  local text, handlers = read_options(options)
  if not text then errors.misuse(level + 1, where .. ": " .. handlers) end
  local handle, message, details = errors.pass(raw.agent_new(text))
  if not handle then
    errors.raise_misuse(level + 1, where, message, details)
    return nil, message, details
  end
  return equip(handle, handlers)
end

-- Public: llmspell.agent{…}.
function agent.create(options)
  local made, message, details = agent.create_for(options, "llmspell.agent", 2)
  return made, message, details
end

-- Raises unless a method was called on an agent.
local function check_self(self, method)
  if not native.is(self, TYPE) then
    errors.misuse(3, ("agent:%s: expected an agent, got %s; call methods with a colon, like agent:%s(…)")
      :format(method, errors.kind_of(self), method))
  end
end

-- The input of a run as JSON text; raises for what cannot be one. `options` are those of the call; `events` overrides
-- theirs unless it is nil.
local function input_text(method, message, options, events)
  if type(message) ~= "string" and type(message) ~= "table" then
    errors.misuse(3, ("agent:%s: the message must be a string, or a table {role, content} or a list of such, got %s")
      :format(method, errors.kind_of(message)))
  end
  local copy = {}
  if options ~= nil then
    if type(options) ~= "table" then
      errors.misuse(3, ("agent:%s: options must be a table like { temperature = 0 }, got %s"):format(method, errors.kind_of(options)))
    end
    for key, value in next, options do copy[key] = value end
    if copy.input ~= nil or (events and copy.events ~= nil) then
      errors.misuse(3, ("agent:%s: unknown option '%s'"):format(method, copy.input ~= nil and "input" or "events"))
    end
  end
  copy.input = message
  if events then copy.events = events end
  for key, value in next, copy do
    local text, problem = json.text(value, key == "input" and "message" or key)
    if not text then errors.misuse(3, ("agent:%s: %s"):format(method, problem)) end
    copy[key] = json.verbatim(text)
  end
  local text, problem = json.text(copy, "options")
  if not text then errors.misuse(3, ("agent:%s: %s"):format(method, problem)) end
  return text
end

-- Runs to the end and returns the `done` event; or nil, message, details.
local function complete(self, text, method)
  local session, message, details = run.start(self, text)
  if not session then
    errors.raise_misuse(3, "agent:" .. method, message, details)
    return nil, message, details
  end
  local event
  event, message, details = run.complete(session)
  if not event then return nil, message, details end
  if raw.event_type(event) ~= raw.EVENT_DONE then return run.failure(event) end
  return event
end

-- Sends a message and waits for the answer's text; or nil, message, details.
function methods.chat(self, message, options)
  check_self(self, "chat")
  local text = input_text("chat", message, options, NO_EVENTS)
  local event, problem, details = complete(self, text, "chat")
  if not event then return nil, problem, details end
  return raw.event_text(event)
end

-- Sends an input and waits for the whole result, a table; or nil, message, details.
function methods.execute(self, call)
  check_self(self, "execute")
  if type(call) ~= "table" or call.input == nil then
    errors.misuse(2, 'agent:execute: expected a table with the message as input, like agent:execute{ input = "Hello" }')
  end
  local options = {}
  for key, value in next, call do
    if key ~= "input" then options[key] = value end
  end
  local text = input_text("execute", call.input, options, NO_EVENTS)
  local event, problem, details = complete(self, text, "execute")
  if not event then return nil, problem, details end
  return run.event_table(event).result
end

-- Sends a message and returns its events as a stream, and what a for loop wants with it; or nil, message, details.
function methods.stream(self, message, options)
  check_self(self, "stream")
  local text = input_text("stream", message, options)
  local session, problem, details = run.start(self, text)
  if not session then
    errors.raise_misuse(2, "agent:stream", problem, details)
    return nil, problem, details
  end
  local made = stream.new(session)
  return made, nil, nil, made
end

-- Gives the agent one more tool. Returns true; or nil, message, details.
function methods.add_tool(self, given)
  check_self(self, "add_tool")
  local text, problem = tool.declaration(given, "tool")
  if not text then errors.misuse(2, "agent:add_tool: " .. problem) end
  local ok, message, details = errors.pass(raw.agent_tool_add(self, text))
  if not ok then
    errors.raise_misuse(2, "agent:add_tool", message, details)
    return nil, message, details
  end
  native.fields(self).handlers[given.name] = given.execute
  return true
end

-- The conversation {version, messages, usage}, which the option `state` accepts; or nil, message, details.
function methods.get_state(self)
  check_self(self, "get_state")
  local text, message, details = errors.pass(raw.agent_state(self))
  if not text then return nil, message, details end
  local state, problem = json.value(text, 0, "state")
  if not state then return errors.failure("argument", "agent:get_state: " .. problem) end
  return state
end

methods.state = methods.get_state

-- A new agent with the same configuration and tools and a copy of the conversation; or nil, message, details.
function methods.fork(self)
  check_self(self, "fork")
  local handle, message, details = errors.pass(raw.agent_fork(self))
  if not handle then return nil, message, details end
  local handlers = {}
  for name, execute in pairs(native.fields(self).handlers) do handlers[name] = execute end
  return equip(handle, handlers)
end

-- Forgets the conversation. Returns true; or nil, message, details.
function methods.reset(self)
  check_self(self, "reset")
  return errors.pass(raw.agent_reset(self))
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
