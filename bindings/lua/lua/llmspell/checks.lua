-- What an agent serves besides its tools: approvals, hooks and guardrails. Reads these options of llmspell.agent, of which the
-- core learns names only.
local import = ...

local errors = import("llmspell.errors")
local json = import("llmspell.json")
local tool = import("llmspell.tool")

local checks = {}

local HOOKS = {
  before_model = true, after_model = true, before_tool = true, after_tool = true, compact = true, on_event = true,
}
local GUARDRAIL = { name = true, check = true }
-- options with functions in them, which the core cannot tell from others
local SERVED = {
  on_approval = true, transport = true, hooks = true, input_guardrails = true, output_guardrails = true, tools = true, handoffs = true,
}
-- in the order in which a run comes to them
local POINTS = { "compact", "before_model", "after_model", "before_tool", "after_tool" }

-- What an agent without any serves. `tools`: functions by name; `needs`: functions that tell whether a call needs approval, by
-- tool; `approve`: on_approval; `transport`: what carries HTTP; `hooks`: functions by point; `input`, `output`: guardrails by name;
-- `agents`: by tool, the agent behind it.
function checks.none()
  return { tools = {}, needs = {}, hooks = {}, input = {}, output = {}, agents = {} }
end

-- A copy that can get tools of its own.
function checks.copy(serves)
  local copy = {}
  for key, value in pairs(serves) do copy[key] = value end
  copy.tools, copy.needs, copy.agents = {}, {}, {}
  for name, execute in pairs(serves.tools) do copy.tools[name] = execute end
  for name, needs in pairs(serves.needs) do copy.needs[name] = needs end
  for name, behind in pairs(serves.agents) do copy.agents[name] = behind end
  return copy
end

-- Adds what a tool does.
function checks.add_tool(serves, given)
  serves.tools[given.name] = given.execute
  if tool.is_callable(given.needs_approval) then serves.needs[given.name] = given.needs_approval end
end

local function must_be(what, expected, value)
  return ("%s must be %s, got %s"):format(what, expected, errors.kind_of(value))
end

-- The points of the option `hooks`; or nil and what is wrong.
local function read_hooks(given, serves)
  if type(given) ~= "table" then
    return nil, must_be("hooks", "a table of functions like { before_tool = function(call) … end }", given)
  end
  local problem = errors.bad_name(given, "hooks", "before_tool") or errors.unknown_key(given, HOOKS, "hooks: unknown hook")
  if problem then return nil, problem end
  for name, hook in next, given do
    if not tool.is_callable(hook) then return nil, must_be("hooks." .. name, "a function", hook) end
    serves.hooks[name] = hook
  end
  local points = json.array {}
  for _, name in ipairs(POINTS) do
    if serves.hooks[name] then points[#points + 1] = name end
  end
  return points
end

-- Adds the guardrails of one option to `names`, a list of {name, on}. Returns nil, or what is wrong.
local function read_guardrails(given, on, serves, names)
  local option = on .. "_guardrails"
  if type(given) ~= "table" then
    return must_be(option, "a list of functions, or of { name = …, check = function }", given)
  end
  for key in next, given do
    if type(key) ~= "number" or key < 1 or key > #given then
      return ("%s must be a list without holes, got the key '%s'"):format(option, tostring(key))
    end
  end
  for index = 1, #given do
    local one, where = given[index], ("%s[%d]"):format(option, index)
    local name, check = ("%s_%d"):format(on, index), one
    if type(one) == "table" and not tool.is_callable(one) then
      local problem = errors.bad_name(one, where, "check") or errors.unknown_key(one, GUARDRAIL, where .. ": unknown field")
      if problem then return problem end
      name, check = one.name or name, one.check
      if type(name) ~= "string" then return must_be(where .. ".name", "a string", name) end
      where = where .. ".check"
    end
    if not tool.is_callable(check) then return must_be(where, "a function that gets { text = …, name = …, step = … }", check) end
    if serves[on][name] then return ("%s: the name '%s' is there twice"):format(option, name) end
    serves[on][name] = check
    names[#names + 1] = { name = name, on = on }
  end
  return nil
end

-- What is wrong with an option that cannot be sent to the core, when it looks like a misspelt one of those that are read
-- here; or nil.
function checks.misspelt(option)
  local meant = not SERVED[option] and #option <= 64 and errors.nearest(option, SERVED)
  return meant and ("unknown option '%s'; did you mean '%s'?"):format(option, meant) or nil
end

-- Takes the options that are read here out of `options` and puts what the core knows of them in their place. Returns true; or
-- nil and what is wrong.
function checks.read(options, serves)
  local approve = options.on_approval
  if approve ~= nil and not tool.is_callable(approve) then
    return nil, must_be("on_approval", "a function that gets the call and returns true or false", approve)
  end
  options.on_approval, serves.approve = nil, approve
  local carry = options.transport
  if carry ~= nil and carry ~= "network" then
    if not tool.is_callable(carry) then
      return nil, must_be("transport", "a function that gets { url = …, headers = …, body = … } and returns the answer", carry)
    end
    options.transport, serves.transport = "host", carry
  end
  if options.hooks ~= nil then
    local points, problem = read_hooks(options.hooks, serves)
    if not points then return nil, problem end
    options.hooks = points
  end
  if options.guardrails ~= nil then
    return nil, "guardrails: in Lua they are input_guardrails and output_guardrails, lists of functions"
  end
  local names = json.array {}
  for _, on in ipairs { "input", "output" } do
    local given = options[on .. "_guardrails"]
    local problem = given ~= nil and read_guardrails(given, on, serves, names)
    if problem then return nil, problem end
    options[on .. "_guardrails"] = nil
  end
  if #names > 0 then options.guardrails = names end
  return true
end

return checks
