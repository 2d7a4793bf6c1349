-- Pictures and files whose bytes a program gives as a string: {type = "image", bytes = …} goes to the core as base64. Tables of
-- the program are not changed; those on the way to such a part are copied.
local import, native = ...

local errors = import("llmspell.errors")

local media = {}

-- {bytes}, which the encoder writes as a string of base64
local bytes_mark = native.metatable("llmspell.bytes")
local array_mark = native.metatable("llmspell.array")

local MEDIA = { image = true, file = true }
-- what would say a second time where the picture or file comes from
local OTHERS = { "data", "url", "file_id" }

local rawlen = rawlen or function(list) return #list end

-- A copy in which `key` is `value`.
local function with(original, key, value)
  local copy = {}
  for name, member in next, original do copy[name] = member end
  if getmetatable(original) == array_mark then setmetatable(copy, array_mark) end
  copy[key] = value
  return copy
end

-- `given` with its member `key` converted, or nil and what is wrong.
local function member(given, key, convert, place, strict)
  local old = rawget(given, key)
  if type(old) ~= "table" then return given end
  local new, problem = convert(old, place .. "." .. key, strict)
  if not new then return nil, problem end
  if new == old then return given end
  return with(given, key, new)
end

-- A list with each element that is a table converted, or nil and what is wrong.
local function each(list, convert, place, strict)
  local copy
  for index = 1, rawlen(list) do
    local old = rawget(list, index)
    if type(old) == "table" then
      local new, problem = convert(old, ("%s[%d]"):format(place, index), strict)
      if not new then return nil, problem end
      if new ~= old then
        copy = copy or with(list, index, new)
        copy[index] = new
      end
    end
  end
  return copy or list
end

-- What keeps the bytes of a part from being used, or nil.
local function obstacle(part, bytes)
  if type(bytes) ~= "string" then return ".bytes must be a string with the bytes, got " .. errors.kind_of(bytes) end
  for _, other in ipairs(OTHERS) do
    if rawget(part, other) ~= nil then return (" has both bytes and %s; give one of them"):format(other) end
  end
  return nil
end

local parts

local function part(given, place, strict)
  local kind = rawget(given, "type")
  if kind == "tool_result" then
    local changed, problem = member(given, "parts", parts, place, strict)
    if problem or type(rawget(given, "content")) ~= "table" then return changed, problem end
    return member(changed, "content", parts, place, false)
  end
  local bytes = rawget(given, "bytes")
  if bytes == nil or not MEDIA[kind] then return given end
  local problem = obstacle(given, bytes)
  if problem then
    if strict then return nil, place .. problem end
    return given
  end
  local copy = with(given, "data", setmetatable({ bytes }, bytes_mark))
  copy.bytes = nil
  return copy
end

function parts(given, place, strict)
  if rawget(given, "type") ~= nil then return part(given, place, strict) end
  return each(given, part, place, strict)
end

local function message(given, place, strict)
  if rawget(given, "role") ~= nil then return member(given, "content", parts, place, strict) end
  return part(given, place, strict)
end

local function messages(given, place, strict)
  if rawget(given, "role") ~= nil or rawget(given, "type") ~= nil then return message(given, place, strict) end
  return each(given, message, place, strict)
end

-- The input of a run, called `place`; or nil and what is wrong.
function media.input(given, place)
  if type(given) ~= "table" then return given end
  return messages(given, place, true)
end

-- A conversation {version, messages, usage}; or nil and what is wrong.
function media.state(given)
  if type(given) ~= "table" then return given end
  return member(given, "messages", messages, "state", true)
end

-- What a tool returned. Only content that is a list of parts is looked at, and a part that says two things stays as it is: any
-- other table with these names is a result of its own.
function media.result(given)
  if type(given) ~= "table" or type(rawget(given, "content")) ~= "table" then return given end
  return member(given, "content", parts, "result", false)
end

-- What a hook or guardrail returned: messages for the conversation, or a tool's result.
function media.decision(given)
  if type(given) ~= "table" then return given end
  local changed = member(given, "messages", messages, "messages", false)
  changed = member(changed, "input", messages, "input", false)
  return member(changed, "result", media.result, "result", false)
end

return media
