-- Options that a program gives as a table with names, on their way to the core as JSON text.
local import = ...

local errors = import("llmspell.errors")
local json = import("llmspell.json")

local options = {}

-- What is wrong with a table of options some of which may come from a metatable, where nobody can list them; or nil.
function options.inherited(given)
  local meta = getmetatable(given)
  if type(meta) ~= "table" or rawget(meta, "__index") == nil then return nil end
  return "options that come from a metatable (its __index) would not be seen; copy them into the table itself"
end

-- A copy of a table of options; or nil and what is wrong with it.
function options.copy(given)
  local problem = options.inherited(given) or errors.bad_name(given, "options", "temperature")
  if problem then return nil, problem end
  local copy = {}
  for key, value in next, given do copy[key] = value end
  return copy
end

-- The JSON text of options; or nil, what is wrong, and the option's name. `names` says what a message calls an option that users know by
-- another name; nil when there is none.
function options.text(given, names)
  local texts = {}
  -- each by itself, so that a path in a message begins with the option's name
  for key, value in next, given do
    local text, problem = json.text(value, names and names[key] or key)
    if not text then return nil, problem, key end
    texts[key] = json.verbatim(text)
  end
  return json.text(texts, "options")
end

return options
