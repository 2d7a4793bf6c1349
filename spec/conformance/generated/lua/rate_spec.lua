-- Written by `make gen` from spec/cases; edit those.
local case = require("spec.conformance.lua.case")

it("rate/cancel_while_waiting", case("rate/cancel_while_waiting"))
it("rate/other_account", case("rate/other_account"))
it("rate/second_waits", case("rate/second_waits"))
