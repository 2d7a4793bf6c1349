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

-- Reads what binds at least as strong as `level`, at place `at`; returns its value and the place behind it.
local function read(text, level, at)
  local sum
  local function rest(pattern)
    local _, last, found = text:find("^%s*" .. pattern, at)
    if last then at = last + 1 end
    return found
  end
  if level == 4 then
    if rest("([(])") then
      sum, at = read(text, 1, at)
      if not rest("([)])") then error({ "expected ) at character " .. at }) end
      return sum, at
    end
    sum = tonumber((rest("(%d+%.?%d*)") or rest("(%.%d+)")))
    if not sum then error({ "expected a number at character " .. at }) end
    return sum, at
  end
  if level == 3 then
    if rest("(-)") then
      sum, at = read(text, 3, at)
      return -sum, at
    end
    sum, at = read(text, 4, at)
    if not rest("(%^)") then return sum, at end
    local power
    power, at = read(text, 3, at)
    return sum ^ power, at
  end
  sum, at = read(text, level + 1, at)
  while true do
    local sign, other = rest(level == 1 and "([+-])" or "([*/])"), nil
    if not sign then return sum, at end
    other, at = read(text, level + 1, at)
    if sign == "+" then sum = sum + other
    elseif sign == "-" then sum = sum - other
    elseif sign == "*" then sum = sum * other
    else sum = sum / other end
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
