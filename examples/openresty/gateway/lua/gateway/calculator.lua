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

-- Reads from character `at` on what binds at least as strongly as `level`: its value, and the character behind it.
local function read(text, at, level)
  local first, value
  at, first = text:match("^%s*()(.?)", at)
  if first == "-" then
    value, at = read(text, at + 1, 3)
    value = -value
  elseif first == "(" then
    value, at = read(text, at + 1, 1)
    at = text:match("^%s*[)]()", at) or error("expected ) at character " .. at, 0)
  else
    local digits, behind = text:match("^(%d*%.?%d*)()", at)
    value, at = tonumber(digits) or error("expected a number at character " .. at, 0), behind
  end
  while true do
    local sign, behind = text:match("^%s*([-+*/^])()", at)
    if not sign or SIGNS[sign][1] < level then return value, at end
    local other
    other, at = read(text, behind, SIGNS[sign][2])
    value = SIGNS[sign][3](value, other)
  end
end

function calculator.execute(arguments)
  local ok, value, at = pcall(read, arguments.expression, 1, 1)
  if not ok then return nil, value end
  if arguments.expression:find("%S", at) then return nil, "cannot read on at character " .. at end
  if value ~= value or value == math.huge or value == -math.huge then return nil, "the result is no number" end
  return ("%.15g"):format(value)
end

return calculator
