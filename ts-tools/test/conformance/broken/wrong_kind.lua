-- Makes an adapter that tells every failure of a call as one of the provider.
local play = require("spec.conformance.lua.play")

local run = play.run

function play.run(case, carry)
  local record, trouble = run(case, carry)
  for _, outcome in pairs(record.steps) do
    if outcome.error then outcome.error.kind = "provider" end
  end
  return record, trouble
end
