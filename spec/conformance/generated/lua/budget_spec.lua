-- Written by `make gen` from spec/cases; edit those.
local case = require("spec.conformance.lua.case")

it("budget/after_a_summary", case("budget/after_a_summary"))
it("budget/cost", case("budget/cost"))
it("budget/cost_not_reported", case("budget/cost_not_reported"))
it("budget/cost_unknown", case("budget/cost_unknown"))
it("budget/final_answer", case("budget/final_answer"))
it("budget/goes_on_afterwards", case("budget/goes_on_afterwards"))
it("budget/of_one_call", case("budget/of_one_call"))
it("budget/tokens", case("budget/tokens"))
it("budget/tool_calls", case("budget/tool_calls"))
it("budget/usage_not_reported", case("budget/usage_not_reported"))
