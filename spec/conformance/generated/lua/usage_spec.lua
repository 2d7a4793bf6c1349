-- Written by `make gen` from spec/cases; edit those.
local case = require("spec.conformance.lua.case")

it("usage/cost", case("usage/cost"))
it("usage/cost_of_agents", case("usage/cost_of_agents"))
it("usage/cost_unknown", case("usage/cost_unknown"))
it("usage/sums_over_runs", case("usage/sums_over_runs"))
it("usage/told_apart", case("usage/told_apart"))
