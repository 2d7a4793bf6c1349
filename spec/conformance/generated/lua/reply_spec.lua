-- Written by `make gen` from spec/cases; edit those.
local case = require("spec.conformance.lua.case")

it("reply/by_hand", case("reply/by_hand"))
it("reply/failure_by_hand", case("reply/failure_by_hand"))
it("reply/in_any_order", case("reply/in_any_order"))
it("reply/twice", case("reply/twice"))
