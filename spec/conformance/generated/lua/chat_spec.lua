-- Written by `make gen` from spec/cases; edit those.
local case = require("spec.conformance.lua.case")

it("chat/plain", case("chat/plain"))
