-- Written by `make gen` from spec/cases; edit those.
local case = require("spec.conformance.lua.case")

it("schema/alternatives", case("schema/alternatives"))
it("schema/empty_arguments", case("schema/empty_arguments"))
it("schema/nested", case("schema/nested"))
it("schema/unusable", case("schema/unusable"))
