-- Written by `make gen` from spec/cases; edit those.
local case = require("spec.conformance.lua.case")

it("handoff/checkpoint", case("handoff/checkpoint"))
it("handoff/goes_on", case("handoff/goes_on"))
it("handoff/limited", case("handoff/limited"))
it("handoff/next_chat", case("handoff/next_chat"))
it("handoff/there_and_back", case("handoff/there_and_back"))
it("handoff/twice_in_a_turn", case("handoff/twice_in_a_turn"))
