-- Written by `make gen` from spec/cases; edit those.
local case = require("spec.conformance.lua.case")

it("replay/exhausted", case("replay/exhausted"))
it("replay/forks_share", case("replay/forks_share"))
it("replay/leftovers", case("replay/leftovers"))
it("replay/loose", case("replay/loose"))
it("replay/no_cassette", case("replay/no_cassette"))
it("replay/order", case("replay/order"))
it("replay/strict_miss", case("replay/strict_miss"))
