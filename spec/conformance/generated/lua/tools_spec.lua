-- Written by `make gen` from spec/cases; edit those.
local case = require("spec.conformance.lua.case")

it("tools/two_in_one_turn", case("tools/two_in_one_turn"))
