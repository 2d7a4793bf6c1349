-- The cases as a test program that prints TAP.
local case = require("spec.conformance.lua.case")
local host = require("spec.conformance.lua.host")
local ids = require("spec.conformance.generated.cases")

local suite = { count = #ids }

-- Runs a case by its place in the list. Returns whether it passed, and what is to be printed.
function suite.test(index)
  local id = ids[index]
  local ok, problem = pcall(case, id)
  local line = ("ok %d - %s\n"):format(index, id)
  if ok then return true, line end
  return false, "not " .. line .. ("\n" .. tostring(problem)):gsub("\n", "\n# "):sub(2) .. "\n"
end

-- Runs all cases, one after the other. Returns what the program shall end with.
function suite.run()
  local code = 0
  host.write(("1..%d\n"):format(suite.count))
  for index = 1, suite.count do
    local ok, text = suite.test(index)
    host.write(text)
    if not ok then code = 1 end
  end
  return code
end

return suite
