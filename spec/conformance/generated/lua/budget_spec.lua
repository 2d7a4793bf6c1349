-- Written by `make gen` from spec/cases; edit those.
local case = require("spec.conformance.lua.case")

it("budget/cost", case("budget/cost"))
it("budget/cost_unknown", case("budget/cost_unknown"))
it("budget/final_answer", case("budget/final_answer"))
it("budget/goes_on_afterwards", case("budget/goes_on_afterwards"))
it("budget/of_one_call", case("budget/of_one_call"))
it("budget/tokens", case("budget/tokens"))
it("budget/tool_calls", case("budget/tool_calls"))
