-- Written by `make gen` from spec/cases; edit those.
local case = require("spec.conformance.lua.case")

it("state/checkpoint_of_the_ended", case("state/checkpoint_of_the_ended"))
it("state/failed_run_leaves_nothing", case("state/failed_run_leaves_nothing"))
it("state/fork", case("state/fork"))
it("state/fork_has_tools", case("state/fork_has_tools"))
it("state/reset", case("state/reset"))
it("state/restored_twice", case("state/restored_twice"))
it("state/round_trip", case("state/round_trip"))
it("state/usage_adds_up", case("state/usage_adds_up"))
