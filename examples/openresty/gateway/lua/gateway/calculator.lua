-- A tool: + - * / ^ and parentheses, read by hand, because `load` would run whatever a model was talked into.
local calculator = {
  name = "calculator",
  description = "Calculates an arithmetic expression exactly, such as (2 + 3) * 4 ^ 2",
  schema = {
    type = "object",
    properties = { expression = { type = "string", maxLength = 200, description = "with + - * / ^ and parentheses" } },
    required = { "expression" },
  },
}

-- How strongly a sign binds, how strongly what follows it must, and what it does. A minus before a number binds with 3.
local SIGNS = {
  ["+"] = { 1, 2, function(a, b) return a + b end }, ["-"] = { 1, 2, function(a, b) return a - b end },
  ["*"] = { 2, 3, function(a, b) return a * b end }, ["/"] = { 2, 3, function(a, b) return a / b end },
  ["^"] = { 4, 3, function(a, b) return a ^ b end },
}

-- Reads at place `at` what binds at least as strongly as `level`; returns its value and the place behind it.
local function read(text, at, level)
  at = text:find("%S", at) or #text + 1
  local number, behind = text:match("^(%d*%.?%d*)()", at)
  local value = tonumber(number)
  if value then at = behind
  elseif text:find("^-", at) then
    value, at = read(text, at + 1, 3)
    value = -value
  elseif text:find("^[(]", at) then
    value, at = read(text, at + 1, 1)
    behind = text:match("^%s*[)]()", at)
    at = behind or error({ "expected ) at character " .. at })
  else error({ "expected a number at character " .. at }) end
  while true do
    local sign, next_at = text:match("^%s*([-+*/^])()", at)
    if not sign or SIGNS[sign][1] < level then return value, at end
    local other
    other, at = read(text, next_at, SIGNS[sign][2])
    value = SIGNS[sign][3](value, other)
  end
end

function calculator.execute(arguments)
  local text = arguments.expression
  local ok, value, at = pcall(read, text, 1, 1)
  if not ok then return nil, type(value) == "table" and value[1] or "the expression is too deep" end
  if text:find("%S", at) then return nil, "cannot read on at character " .. at end
  if value ~= value or value == math.huge or value == -math.huge then return nil, "the result is no number" end
  return ("%.15g"):format(value)
end

return calculator
