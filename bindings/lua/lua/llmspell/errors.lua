-- Failures as `nil, message, details`, and misuse as Lua errors at the caller's level.
local _, native, raw = ...

local errors = {}

-- kinds that tell that the program is wrong, not the world: constructors and argument checks raise them
local misuse_kinds = { argument = true, config = true, validation = true }

-- The core counts the items of a list from 0, Lua from 1: adds one to the numbers in the path that a message begins with.
local function count_from_one(message)
  return (message:gsub("^[%w_%.%[%]]+", function(path)
    return (path:gsub("%[(%d+)%]", function(number) return ("[%d]"):format(tonumber(number) + 1) end))
  end))
end

-- What a value is, for messages: "a string", "nil".
function errors.kind_of(value)
  if value == nil then return "nil" end
  if value == native.null then return "llmspell.null" end
  if native.is(value, "llmspell.agent") then return "an agent" end
  return "a " .. type(value)
end

-- The tables of the module, with their names: a function that gets one as its first argument was called with a colon.
local modules = setmetatable({}, { __mode = "k" })

function errors.name_module(module, name)
  modules[module] = name
end

-- Raises at the caller of the public function `where` when that was called with a colon.
function errors.check_dot(first, where)
  if type(first) == "table" and modules[first] then
    errors.misuse(3, ("%s: it was called with a colon; write %s with a dot, like every function of %s")
      :format(where, where, modules[first]))
  end
end

-- Raises `message` with the position of the function `level` calls above the one that calls misuse
-- (1: that function itself, 2: its caller).
function errors.misuse(level, message)
  error(message, level + 1)
end

-- the core speaks of handles; for users there is one thing that they close
local CLOSED = "the agent is closed; make a new one with llmspell.agent"

-- The details of a failure that a raw function reported as JSON text.
function errors.details(json, message)
  local details = json and native.decode(json, native.DROP_NULL + native.ROUND_LARGE)
  if type(details) ~= "table" then
    details = { kind = "internal", code = raw.E_INTERNAL, message = message, retryable = false }
  elseif details.kind == "closed" then
    details.message = CLOSED
  end
  return details
end

-- A failure that the driver itself found: nil, message, details.
function errors.failure(kind, message)
  return nil, message, { kind = kind, code = raw["E_" .. kind:upper()], message = message, retryable = false }
end

-- Passes on what a raw function returned: its results, or nil, message and details as a table.
function errors.pass(result, message, json)
  if result ~= nil or message == nil then return result end
  local details = errors.details(json, message)
  return nil, details.message, details
end

-- The same as errors.raise_misuse, for a run that could not begin.
function errors.raise_run_misuse(level, where, message, details)
  -- what a run finds unusable was set in the environment or lies on a disk: the world, not the call
  if details.kind ~= "config" then errors.raise_misuse(level + 1, where, message, details) end
end

-- Raises a failure whose kind is misuse; returns for every other. `level` counts as in errors.misuse, `where` names the
-- public function.
function errors.raise_misuse(level, where, message, details)
  if misuse_kinds[details.kind] then errors.misuse(level + 1, where .. ": " .. count_from_one(message)) end
end

-- What somebody may have meant by `name`: the nearest of the names in `known` (a set), or nil.
function errors.nearest(name, known)
  local best, best_distance
  for candidate in pairs(known) do
    local row = {}
    for j = 0, #candidate do row[j] = j end
    for i = 1, #name do
      local diagonal = row[0]
      row[0] = i
      for j = 1, #candidate do
        local cost = name:byte(i) == candidate:byte(j) and 0 or 1
        local value = math.min(row[j] + 1, row[j - 1] + 1, diagonal + cost)
        diagonal, row[j] = row[j], value
      end
    end
    local distance = row[#candidate]
    if not best or distance < best_distance or (distance == best_distance and candidate < best) then
      best, best_distance = candidate, distance
    end
  end
  if best and best_distance <= math.max(2, math.floor(#name / 3)) then return best end
  return nil
end

-- The first key of `given` that is no name (a string of UTF-8), as a message; nil when all are. `what` says what the keys
-- belong to, `example` is a key that it may have.
function errors.bad_name(given, what, example)
  for key in next, given do
    local got
    if type(key) == "number" or type(key) == "boolean" then
      got = tostring(key)
    elseif type(key) ~= "string" then
      got = errors.kind_of(key)
    elseif not native.encode(key) then
      got = "a string that is not valid UTF-8"
    end
    if got then return ("%s: every key must be a name like '%s', got %s"):format(what, example, got) end
  end
  return nil
end

-- The first key of `given`, a table whose keys are names, that is not in the set `known`, as a message that suggests the
-- nearest; nil when all are. `what` is what the key is, like "unknown option".
function errors.unknown_key(given, known, what)
  for key in next, given do
    if not known[key] then
      local meant = #key <= 64 and errors.nearest(key, known)
      if meant then return ("%s '%s'; did you mean '%s'?"):format(what, key, meant) end
      local names = {}
      for name in pairs(known) do names[#names + 1] = name end
      table.sort(names)
      return ("%s '%s'; known are %s"):format(what, key, table.concat(names, ", "))
    end
  end
  return nil
end

return errors
