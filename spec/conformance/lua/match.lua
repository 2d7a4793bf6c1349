-- Matching as spec/README.md defines it.
local llmspell = require("llmspell")

local match = {}

local compare

local ARRAY = getmetatable(llmspell.array {})

-- Whether a value that was expected is a list: an empty one is marked.
local function is_marked(value)
  return #value > 0 or getmetatable(value) == ARRAY
end

local function is_list(value)
  return type(value) == "table" and (#value > 0 or next(value) == nil)
end

local function fits(expected, got)
  local found = {}
  compare("", expected, got, found)
  return #found == 0
end

local function of_type(events, wanted, visit)
  for _, event in ipairs(events) do
    if wanted == nil or event.type == wanted then visit(event) end
  end
end

local matchers = {
  ["$any"] = function(_, got) return got ~= nil end,
  ["$absent"] = function(_, got) return got == nil end,
  ["$length"] = function(wanted, got) return is_list(got) and #got == wanted end,
  ["$bytes"] = function(wanted, got) return type(got) == "string" and #got == wanted end,
  ["$has"] = function(wanted, got) return type(got) == "string" and got:find(wanted, 1, true) ~= nil end,
  ["$min"] = function(wanted, got) return type(got) == "number" and got >= wanted end,
  ["$last"] = function(wanted, got) return is_list(got) and #got > 0 and fits(wanted, got[#got]) end,
  ["$repeat"] = function(wanted, got) return got == wanted[1]:rep(wanted[2]) end,
  ["$in"] = function(wanted, got)
    for _, one in ipairs(wanted) do
      if fits(one, got) then return true end
    end
    return false
  end,
  ["$all"] = function(wanted, got)
    for _, one in ipairs(wanted) do
      if not fits(one, got) then return false end
    end
    return true
  end,
  ["$contains"] = function(wanted, got)
    if not is_list(got) then return false end
    for _, element in ipairs(got) do
      if fits(wanted, element) then return true end
    end
    return false
  end,
  ["$types"] = function(wanted, got)
    if not is_list(got) then return false end
    local types = {}
    of_type(got, nil, function(event)
      if event.type ~= types[#types] then types[#types + 1] = event.type end
    end)
    return table.concat(types, " ") == table.concat(wanted, " ")
  end,
  ["$text"] = function(wanted, got)
    if not is_list(got) then return false end
    local pieces = {}
    of_type(got, "text_delta", function(event) pieces[#pieces + 1] = event.text end)
    return table.concat(pieces) == wanted
  end,
}

local function show(value)
  if value == nil then return "nothing" end
  local text = llmspell.json.encode(value) or tostring(value)
  return #text > 300 and text:sub(1, 300) .. "…" or text
end

-- Adds to `found` where `got` is not what is expected.
function compare(at, expected, got, found)
  if got == llmspell.null then got = nil end
  if expected == llmspell.null then expected = nil end
  local name, wanted
  if type(expected) == "table" then name, wanted = next(expected) end
  local ok
  if type(name) == "string" and matchers[name] then
    ok = matchers[name](wanted, got)
  elseif type(expected) ~= "table" then
    ok = expected == got
  elseif type(got) ~= "table" then
    ok = false
  elseif is_marked(expected) then
    ok = is_list(got) and #expected == #got
    for index = 1, ok and #expected or 0 do
      compare(("%s[%d]"):format(at, index - 1), expected[index], got[index], found)
    end
  else
    ok = #got == 0
    for key, value in next, expected do compare(at .. "." .. key, value, got[key], found) end
  end
  if not ok then found[#found + 1] = ("%s: expected %s, got %s"):format(at, show(expected), show(got)) end
end

-- Where a record is not what is expected, as a list of texts.
function match.problems(expected, record)
  local found = {}
  compare("record", expected, record, found)
  return found
end

return match
