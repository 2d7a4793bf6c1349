-- Written by `make gen` from spec/cases; edit those.
local case = require("spec.conformance.lua.case")

it("history/after_a_cancel_with_a_tool", case("history/after_a_cancel_with_a_tool"))
it("history/after_an_error", case("history/after_an_error"))
it("history/after_an_error_in_step_two", case("history/after_an_error_in_step_two"))
it("history/after_max_steps", case("history/after_max_steps"))
it("history/reset", case("history/reset"))
