-- Tools: what the model may call and the Lua function that does it.
local import = ...

local errors = import("llmspell.errors")
local json = import("llmspell.json")
local mark_lists = import("llmspell.schema")

local tool = {}

local FIELDS = {
  name = true, description = true, schema = true, execute = true, timeout_ms = true, parallel = true, max_calls = true,
  max_result_bytes = true, needs_approval = true, external = true,
}
-- fields that are numbers, and of what
local NUMBERS = { timeout_ms = "milliseconds", max_calls = "calls", max_result_bytes = "bytes" }

local tool_meta = {
  __name = "llmspell.tool",
  __tostring = function(self) return ("llmspell.tool (%s)"):format(tostring(self.name)) end,
}

-- Marks what agent:as_tool and agent:as_handoff return: a tool behind which an agent stands.
local agent_tool_meta = {
  __name = "llmspell.agent_tool",
  __tostring = function(self) return ("llmspell.agent_tool (%s)"):format(tostring(self.name or "unnamed")) end,
}

local AGENT_TOOL_FIELDS = {
  name = true, description = true, schema = true, timeout_ms = true, forward_events = true,
}

-- Whether a value is a tool behind which an agent stands.
function tool.is_agent(value)
  return type(value) == "table" and getmetatable(value) == agent_tool_meta
end

-- A tool behind which `agent` stands, from what the user says of it; or nil and what is wrong with that.
function tool.of_agent(agent, given, handoff)
  if given == nil then given = {} end
  if type(given) ~= "table" then
    return nil, ("expected a table like { description = \"…\" }, got %s"):format(errors.kind_of(given))
  end
  local problem = errors.bad_name(given, "options", "name") or errors.unknown_key(given, AGENT_TOOL_FIELDS, "unknown field")
  if problem then return nil, problem end
  local declaration = { handoff = handoff }
  for name in pairs(AGENT_TOOL_FIELDS) do declaration[name] = given[name] end
  if type(declaration.schema) == "table" then declaration.schema = mark_lists(declaration.schema) end
  local text
  text, problem = json.text(declaration, "tool")
  if not text then return nil, problem end
  return setmetatable({ agent = agent, name = given.name, text = text }, agent_tool_meta)
end

-- Whether a value can be called.
function tool.is_callable(value)
  if type(value) == "function" then return true end
  local meta = (type(value) == "table" or type(value) == "userdata") and getmetatable(value)
  return type(meta) == "table" and type(meta.__call) == "function"
end

-- What is wrong with the fields of a tool, or nil. `where` names it in the message.
local function problem_of(given, where)
  local function wrong(field, expected)
    return ("%s.%s must be %s, got %s"):format(where, field, expected, errors.kind_of(given[field]))
  end
  if type(given) ~= "table" then
    return ("%s must be a tool (made by llmspell.create_tool) or a table {name, description, schema, execute}, got %s")
      :format(where, errors.kind_of(given))
  end
  local odd = errors.bad_name(given, where, "name") or errors.unknown_key(given, FIELDS, where .. ": unknown field")
  if odd then return odd end
  if type(given.name) ~= "string" then return wrong("name", "a string, what the model calls the tool by") end
  if given.description ~= nil and type(given.description) ~= "string" then return wrong("description", "a string") end
  if given.schema ~= nil and type(given.schema) ~= "table" then
    return wrong("schema", "a table, the JSON Schema of the arguments")
  end
  if given.external ~= nil and type(given.external) ~= "boolean" then return wrong("external", "true or false") end
  if given.external and given.execute ~= nil then
    return ("%s has both external = true and execute; leave out execute where the caller gives the results"):format(where)
  end
  if not given.external and not tool.is_callable(given.execute) then
    return wrong("execute", "a function that gets the arguments (or leave it out and give external = true, where the caller gives the results)")
  end
  for field, unit in pairs(NUMBERS) do
    if given[field] ~= nil and type(given[field]) ~= "number" then return wrong(field, "a number of " .. unit) end
  end
  if given.parallel ~= nil and type(given.parallel) ~= "boolean" then return wrong("parallel", "true or false") end
  local needs = given.needs_approval
  if needs ~= nil and type(needs) ~= "boolean" and not tool.is_callable(needs) then
    return wrong("needs_approval", "true, false, or a function that gets the arguments and returns one of them")
  end
  return nil
end

-- The declaration of a tool as JSON text, or nil and what is wrong with it.
function tool.declaration(given, where)
  local problem = problem_of(given, where)
  if problem then return nil, problem end
  return json.text({
    name = given.name,
    description = given.description or "",
    schema = given.schema and mark_lists(given.schema) or { type = "object" },
    timeout_ms = given.timeout_ms,
    parallel = given.parallel,
    max_calls = given.max_calls,
    max_result_bytes = given.max_result_bytes,
    -- whether a call needs it is for a function to say when the core asks
    needs_approval = given.needs_approval and true or nil,
    external = given.external,
  }, where)
end

-- The declarations of a list of tools as JSON text, the tools, and those behind which agents stand; or nil and what is wrong.
function tool.declarations(list, where)
  if type(list) ~= "table" then
    return nil, ("%s must be a list of tools, got %s"):format(where, errors.kind_of(list))
  end
  local texts, tools, agents = {}, {}, {}
  for key in next, list do
    if type(key) ~= "number" then
      local problem = "%s must be a list of tools, got a table with names as keys; write %s = { tool }"
      return nil, problem:format(where, where)
    end
    if key < 1 or key > #list then
      return nil, ("%s[%s] stands behind a hole; a list goes from 1 to n"):format(where, tostring(key))
    end
  end
  for index = 1, #list do
    if tool.is_agent(list[index]) then
      agents[#agents + 1] = list[index]
    else
      local text, problem = tool.declaration(list[index], ("%s[%d]"):format(where, index))
      if not text then return nil, problem end
      texts[#texts + 1] = text
      tools[#tools + 1] = list[index]
    end
  end
  return "[" .. table.concat(texts, ",") .. "]", tools, agents
end

-- Public: llmspell.create_tool{name, description, schema, execute, …}. The table is copied.
function tool.create(given)
  errors.check_dot(given, "llmspell.create_tool")
  local text, problem = tool.declaration(given, "tool")
  if not text then errors.misuse(2, "llmspell.create_tool: " .. problem) end
  local made = {}
  -- by name, so that a tool may inherit fields from a metatable
  for name in pairs(FIELDS) do made[name] = given[name] end
  if made.schema then made.schema = json.value(text, 0, "tool").schema end
  return setmetatable(made, tool_meta)
end

return tool
