-- Written by `make gen` from spec/cases; edit those.
local case = require("spec.conformance.lua.case")

it("cancel/after_the_end", case("cancel/after_the_end"))
it("cancel/before_the_head", case("cancel/before_the_head"))
it("cancel/before_the_tool", case("cancel/before_the_tool"))
it("cancel/between_turns", case("cancel/between_turns"))
it("cancel/by_closing", case("cancel/by_closing"))
it("cancel/by_the_tool", case("cancel/by_the_tool"))
it("cancel/in_mid_stream", case("cancel/in_mid_stream"))
it("cancel/while_queued", case("cancel/while_queued"))
