-- JSON: the public encode, decode and array, and the encoder that the rest of the driver uses.
local import, native = ...

local errors = import("llmspell.errors")

local json = {}

local array_mark = native.metatable("llmspell.array")
local text_mark = native.metatable("llmspell.json")

-- Marks a list (a new one when none is given) as an array, which matters when it is empty: returns the list.
function json.array(list)
  errors.check_dot(list, "llmspell.array")
  if list == nil then list = {} end
  if type(list) ~= "table" then
    errors.misuse(2, ("llmspell.array: expected a list (a table), got %s"):format(errors.kind_of(list)))
  end
  local mark = getmetatable(list)
  if mark ~= nil and mark ~= array_mark then
    errors.misuse(2, "llmspell.array: the table has a metatable of its own; copy its elements into a new list")
  end
  return setmetatable(list, array_mark)
end

-- JSON text that json.text writes as it stands.
function json.verbatim(text)
  return setmetatable({ text }, text_mark)
end

-- The JSON text of `value`, or nil and a sentence that says where it cannot be one; `name` is what the value is called.
function json.text(value, name)
  local text, path, problem = native.encode(value)
  if text then return text end
  if path == "" then return nil, name .. " " .. problem end
  return nil, name .. (path:sub(1, 1) == "[" and "" or ".") .. path .. " " .. problem
end

-- The value of a JSON text, or nil and a sentence that says what is wrong; `flags` as for native.decode.
function json.value(text, flags, name)
  local value, path, problem = native.decode(text, flags)
  if problem == nil then return value end
  if path == "" then return nil, name .. ": " .. problem end
  return nil, name .. (path:sub(1, 1) == "[" and "" or ".") .. path .. " is " .. problem
end

-- Public: the JSON text of a value, or nil, message, details.
function json.encode(value)
  errors.check_dot(value, "llmspell.json.encode")
  local text, problem = json.text(value, "value")
  if text then return text end
  return errors.failure("argument", "llmspell.json.encode: " .. problem)
end

-- Public: the value of a JSON text (null becomes llmspell.null), or nil, message, details.
function json.decode(text)
  errors.check_dot(text, "llmspell.json.decode")
  if type(text) ~= "string" then
    errors.misuse(2, ("llmspell.json.decode: expected a string, got %s"):format(errors.kind_of(text)))
  end
  local value, problem = json.value(text, native.AS_ENCODED, "value")
  if problem == nil then return value end
  return errors.failure("argument", "llmspell.json.decode: " .. problem)
end

return json
